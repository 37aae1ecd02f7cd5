"""From a post to the sparse features that the classifier weighs.

Most features belong to a word alone (its bokmål form, stem and character n-grams, the word lists that it is in), so
they are found once a word and kept; a post is then put together from its words, their neighbours, the cues of the
codebook that stand in one sentence, the profile and the parent. Every feature keeps the words that it came from, in
the post's own spelling, so that a label can be explained.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models import lexicon
from models.labels import PostText

BLOCKS: Final = ("words", "pairs", "cues", "topics", "profile_words", "profile_cues", "parent_words", "parent_cues")
"""Groups of features that are weighed together; a feature's name begins with its block's number."""
WORDS, PAIRS, CUES, TOPICS, PROFILE_WORDS, PROFILE_CUES, PARENT_WORDS, PARENT_CUES = range(len(BLOCKS))
RARE: Final = frozenset({WORDS, PAIRS, PROFILE_WORDS, PARENT_WORDS})
"""Blocks of many rare features: their weight is shared out over a post, and grows with how rare they are."""

MAX_CHARACTERS: Final = 4_000
"""Of the text and the parent each; what a post is about shows before that."""
MAX_PROFILE: Final = 600
MAX_WORD: Final = 30

_TOKEN = re.compile(
    r"https?://\S+|www\.\S+"
    r"|[@#][\w.@-]*\w"
    r"|[^\W\d_]+(?:['’-][^\W\d_]+)*"
    r"|\d+(?:[.,:]\d+)*"
    r"|[?!.…]+|\n"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27BF]"
)
_LINK: Final = ("http://", "https://", "www.")
_LETTERS = re.compile(r"[^\W\d_]+")
_PROFILE_WORD = re.compile(r"[^\W\d_]+(?:[-/][^\W\d_]+)*")
_KICKER = re.compile(r"\s*[A-ZÆØÅ]{4,}( [A-ZÆØÅ]+)?:")
_EARLY_COLON = re.compile(r"[^.!?]{3,40}: ")
_EMOJI = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_ME = re.compile(r"\b(jeg|eg|min|mine|mitt|i|my)\b")
_US = re.compile(r"\b(vi|me|oss|våre|we|our)\b")
_NGRAMS: Final = (3, 4, 5)
_PROFILE_NGRAMS: Final = (4, 5)
_CROSSED: Final = frozenset(
    f"c:{name}"
    for name in (
        *("disagree", "scorn", "sarcasm", "slur", "harm", "threat", "praise", "support", "question", "access"),
        *("complaint", "report", "suggest", "should", "wish", "firstperson", "firstplural", "second", "third"),
        *("negation", "body", "contrast", "swear", "mobilise", "condemn", "quote"),
    )
)
"""Cues whose meeting in one sentence says more than each alone (should + harm, wish + second person)."""
_ANSWERING: Final = tuple(
    f"c:{name}"
    for name in ("disagree", "scorn", "praise", "support", "negation", "question", "harm", "slur", "sarcasm", "condemn")
)
_ANSWERED: Final = ("c:scorn", "c:praise", "c:disagree", "c:negation", "c:harm", "c:slur")
_BY_WORD: Final = frozenset({WORDS, PROFILE_WORDS, PARENT_WORDS})
_MAX_GROUPS: Final = 60_000
_SMALL_TALK: Final = frozenset({"t:sport", "t:smalltalk"})


class Word(NamedTuple):
    """What a word brings wherever it stands."""

    plain: str
    names: tuple[str, ...]
    """Its own features, the word as it is written first."""
    cues: tuple[str, ...]
    topics: tuple[str, ...]


Feature = tuple[int, Sequence[str], float, Sequence[str]]
"""Block, full names, the value that they share, and their source: the words of the post that they came from, in its
own spelling. In PAIRS the name at i stands between the words at i and i + 1."""


@dataclass(slots=True)
class _Reading:
    """A text read once, word by word."""

    tokens: list[str]
    spelled: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    """Each different word in lower case, and how it is spelled first."""
    cues: dict[str, list[str]] = field(default_factory=dict)
    """Each cue and the words that gave it; `topics` likewise, `phrases` with their words."""
    topics: dict[str, list[str]] = field(default_factory=dict)
    phrases: dict[str, list[str]] = field(default_factory=dict)
    crossed: set[tuple[str, str]] = field(default_factory=set)
    """Cues that met in one sentence."""


def code_version() -> str:
    """A hash of what decides the features: this module, the word lists and how they are looked up."""
    h = hashlib.sha256(lexicon.SOURCE)
    for module in (sys.modules[__name__], lexicon):
        h.update(inspect.getsource(module).encode())
    return h.hexdigest()[:16]


def full_text(post: PostText) -> str:
    """What is read of a post: a title stands as a line of its own above the text."""
    return f"{post.title}\n{post.text}" if post.title else post.text


def has_words(text: str) -> bool:
    """Whether a text says anything beside links, emoji, numbers and the handles of others; a hashtag does."""
    return any(
        spelling[0].isalpha()
        for token in _TOKEN.findall(text[:MAX_CHARACTERS])
        if token[0] != "@"
        for spelling in _spellings(token)
    )


def features(post: PostText) -> list[Feature]:
    """All features of a post, in a fixed order."""
    text = full_text(post)
    reading = _read(text)
    found = [*_word_features(reading), *_cue_features(reading), *_topic_features(reading)]
    found.extend(_shape_features(text, reading, bool(post.in_reply_to_text)))
    found.extend(
        _profile(post.author_handle[:MAX_PROFILE], post.author_name[:MAX_PROFILE], post.author_bio[:MAX_PROFILE])
    )
    if post.in_reply_to_text:
        found.extend(_parent_features(_read(post.in_reply_to_text), reading, post.in_reply_to_text))
    return found


@lru_cache(maxsize=50_000)
def word_features(word: str) -> Word:
    """The features of a word in lower case."""
    plain = lexicon.plain(word)
    lists = lexicon.text_lexicon()
    classes = sorted(lists.classes(word) | lists.classes(plain))
    names = [f"{WORDS}w={word}", f"{WORDS}s={lexicon.stem(plain)}"]
    if word != plain:
        names.append(f"{WORDS}w={plain}")
    names.extend(_ngrams(word, f"{WORDS}g=", _NGRAMS))
    return Word(
        plain,
        tuple(names),
        tuple(name for name in classes if name[0] == "c"),
        tuple(name for name in classes if name[0] == "t"),
    )


@lru_cache(maxsize=10_000)
def _profile_word(word: str) -> tuple[tuple[str, ...], frozenset[str]]:
    names = (f"{PROFILE_WORDS}w={word}", *_ngrams(word, f"{PROFILE_WORDS}g=", _PROFILE_NGRAMS))
    return names, frozenset({*lexicon.profile_lexicon().classes(word), *word_features(word).topics})


@lru_cache(maxsize=20_000)
def _crossings(cues: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(combinations(sorted(cues & _CROSSED), 2))


def _ngrams(word: str, prefix: str, sizes: Sequence[int]) -> Iterator[str]:
    """Parts of the word between its edges; interned, for words share them and many words are kept."""
    framed = f"‹{word[:MAX_WORD]}›"
    for size in sizes:
        if size < len(framed):
            for start in range(len(framed) - size + 1):
                yield sys.intern(prefix + framed[start : start + size])


def _read(text: str) -> _Reading:
    reading = _Reading(_TOKEN.findall(text[:MAX_CHARACTERS]))
    spelled, plain, words = reading.spelled, reading.plain, reading.words
    sentence: set[str] = set()
    for token in reading.tokens:
        first = token[0]
        if first in "?!.…\n":
            if len(sentence) > 1:
                reading.crossed.update(_crossings(frozenset(sentence)))
            sentence.clear()
            continue
        for spelling in _spellings(token) if first in "@#hw" else () if first.isdigit() else (token,):
            lower = spelling.lower()
            word = word_features(lower)
            sentence.update(word.cues)
            if lower[0].isalpha():
                spelled.append(spelling)
                plain.append(word.plain)
            if lower not in words:
                words[lower] = spelling
                for name in word.cues:
                    reading.cues.setdefault(name, []).append(spelling)
                for name in word.topics:
                    reading.topics.setdefault(name, []).append(spelling)
    if len(sentence) > 1:
        reading.crossed.update(_crossings(frozenset(sentence)))
    for name, start, end in lexicon.text_lexicon().phrases(plain):
        if name[0] == "t":
            reading.topics.setdefault(name, []).append(max(spelled[start:end], key=len))
        else:
            reading.phrases[name] = spelled[start:end]
    return reading


def _spellings(token: str) -> Sequence[str]:
    """The words of a token: those of a hashtag or a handle, none of a link, else itself."""
    if token[0] in "@#":
        return _LETTERS.findall(token)
    return () if token.startswith(_LINK) else (token,)


def _word_features(reading: _Reading) -> Iterator[Feature]:
    words = [(spelling, word_features(lower).names) for lower, spelling in reading.words.items()]
    share = 1.0 / math.sqrt(sum([len(names) for _, names in words]) or 1)
    for spelling, names in words:
        yield WORDS, names, share, (spelling,)
    plain = ["‹", *reading.plain, "›"]
    pairs = [f"{PAIRS}{one}_{other}" for one, other in pairwise(plain)]
    yield PAIRS, pairs, 1.0 / math.sqrt(len(pairs)), ("", *reading.spelled, "")


def _cue_features(reading: _Reading) -> Iterator[Feature]:
    for name, source in reading.cues.items():
        names = [f"{CUES}{name}"]
        names.extend(f"{CUES}{name}:{least}" for least in (2, 4) if len(source) >= least)
        yield CUES, tuple(names), 1.0, tuple(source)
    for one, other in sorted(reading.crossed):
        yield CUES, (f"{CUES}{one}&{other}",), 1.0, (reading.cues[one][0], reading.cues[other][0])
    for name, source in reading.phrases.items():
        yield CUES, (f"{CUES}phrase {name}",), 1.0, source
    if reading.spelled:
        first = reading.spelled[0]
        cues = (f"{CUES}first {name}" for name in word_features(first.lower()).cues)
        yield CUES, (f"{CUES}first={reading.plain[0]}", *cues), 1.0, (first,)


def _topic_features(reading: _Reading) -> Iterator[Feature]:
    public = 0
    for name, source in reading.topics.items():
        public += name not in _SMALL_TALK
        yield TOPICS, (f"{TOPICS}{name}",), math.log1p(len(source)), tuple(source)
    yield TOPICS, (f"{TOPICS}{'public' if public else 'nothing public'}",), math.log1p(public or 1), ()


def _shape_features(text: str, reading: _Reading, answers: bool) -> Iterator[Feature]:
    """Punctuation, capitals, numbers, links and length."""
    text = text.strip()
    ending = text[-1:]
    if questions := text.count("?"):
        asked = ["?", ending == "?" and "ends ?", questions > 1 and "? ?", ("?!" in text or "??" in text) and "?!"]
        yield CUES, [f"{CUES}x {mark}" for mark in asked if mark], 1.0, "?"
    if exclamations := text.count("!"):
        called = ["!", exclamations > 1 and "! !", "!?" in text and "?!"]
        yield CUES, [f"{CUES}x {mark}" for mark in called if mark], 1.0, "!"
    shouted = [word for word in reading.spelled if len(word) > 2 and word.isupper()]
    if shouted:
        yield CUES, [f"{CUES}x shout", f"{CUES}x shouts"][: 1 + (len(shouted) > 2)], 1.0, shouted
    numbers = sum([1 for token in reading.tokens if token[0].isdigit()])
    marks = (
        ("http" in text or "www." in text) and "link",
        "@" in text and "handle",
        "#" in text and "hashtag",
        ("«" in text or '"' in text or "“" in text) and "quote",
        ("..." in text or "…" in text) and "dots",
        numbers > 0 and "number",
        numbers > 1 and "numbers",
        ("%" in text or "prosent" in text) and "percent",
        bool(_KICKER.match(text)) and "kicker",
        bool(_EARLY_COLON.match(text)) and "colon",
        text == text.lower() and "lower",
        ending not in (".", "!", "?", "…") and "no end",
        bool(_EMOJI.search(text)) and "emoji",
        "answer" if answers else "no parent",
        f"length {min(6, len(reading.spelled) // 6)}",
    )
    yield CUES, [f"{CUES}x {mark}" for mark in marks if mark], 1.0, ()


@lru_cache(maxsize=1_000)
def _profile(handle: str, name: str, bio: str) -> tuple[Feature, ...]:
    """The handle's, the name's and the bio's words and kinds; whether there is a profile, and who speaks in it."""
    return tuple(_profile_features(handle.replace("_", " ").replace(".", " "), name, bio))


def _profile_features(handle: str, name: str, bio: str) -> Iterator[Feature]:
    words: dict[str, str] = {}
    kinds: dict[str, list[str]] = {}
    for part, text in (("n", name), ("b", bio), ("h", handle)):
        spelled = _PROFILE_WORD.findall(text)
        lower = [word.lower() for word in spelled]
        for spelling, word in zip(spelled, lower, strict=True):
            words.setdefault(word, spelling)
            for kind in _profile_word(word)[1]:
                kinds.setdefault(kind, []).append(spelling)
                kinds.setdefault(f"{kind} {part}", []).append(spelling)
        for kind, start, end in lexicon.profile_lexicon().phrases(lower):
            kinds.setdefault(kind, []).extend(spelled[start:end])
            kinds.setdefault(f"{kind} {part}", []).extend(spelled[start:end])
        if lower:
            kinds.setdefault(f"first={lower[0]}", []).append(spelled[0])
    groups = [(spelling, _profile_word(word)[0]) for word, spelling in words.items()]
    share = 1.0 / math.sqrt(sum(len(names) for _, names in groups) or 1)
    for spelling, names in groups:
        yield PROFILE_WORDS, names, share, (spelling,)
    for kind in sorted(kinds):
        yield PROFILE_CUES, (f"{PROFILE_CUES}{kind}",), 1.0, tuple(dict.fromkeys(kinds[kind]))
    yield PROFILE_CUES, tuple(f"{PROFILE_CUES}{sign}" for sign in _profile_signs(name, bio, handle)), 1.0, ()


def _profile_signs(name: str, bio: str, handle: str) -> Iterator[str]:
    if not name and not bio:
        yield "no profile"
        yield "handle only" if handle else "nothing"
        return
    yield "bio" if bio else "no bio"
    parts = name.split()
    kinds = lexicon.profile_lexicon()
    if 1 <= len(parts) <= 3 and all(part[0].isupper() and not kinds.classes(part.lower()) for part in parts):
        yield f"like a person's name {len(parts)}"
    if _ME.search(bio.lower()):
        yield "me"
    if _US.search(bio.lower()):
        yield "us"


def _parent_features(parent: _Reading, reading: _Reading, text: str) -> Iterator[Feature]:
    """The parent's words and cues, and how the post's cues answer them."""
    share = 1.0 / math.sqrt(2 * len(parent.words) or 1)
    for lower, spelling in parent.words.items():
        plain = lexicon.plain(lower)
        names = (f"{PARENT_WORDS}w={plain}", f"{PARENT_WORDS}s={lexicon.stem(plain)}")
        yield PARENT_WORDS, names, share, (spelling,)
    for name, source in (parent.cues | parent.topics).items():
        yield PARENT_CUES, (f"{PARENT_CUES}{name}",), 1.0, tuple(source)
    if "?" in text:
        yield PARENT_CUES, (f"{PARENT_CUES}?",), 1.0, ()
    if reading.plain:
        yield PARENT_CUES, (f"{PARENT_CUES}first={reading.plain[0]}",), 1.0, (reading.spelled[0],)
    for answering in _ANSWERING:
        if answering in reading.cues:
            met = [f"{answering}/{name}" for name in _ANSWERED if name in parent.cues]
            answers = [f"{PARENT_CUES}answer {cue}" for cue in (answering, *met)]
            yield PARENT_CUES, answers, 1.0, tuple(reading.cues[answering])


_NOBODY: Final = f"{CUES}"


def learn_vocabulary(posts: Sequence[Sequence[Feature]], least: int = 2) -> tuple[Vocabulary, NDArray[np.float32]]:
    """The features that stand in at least `least` of the posts, and how much each counts: more the rarer it is (inverse
    document frequency) in blocks of rare features, 1 in the others."""
    seen = Counter(name for post in posts for name in {name for _, names, _, _ in post for name in names})
    names = [_NOBODY, *sorted(name for name, count in seen.items() if count >= least)]
    rarity = [
        (math.log((1 + len(posts)) / (1 + seen[name])) + 1) / 3 if block_of(name) in RARE else 1.0 for name in names
    ]
    return Vocabulary(names), np.array(rarity, dtype=np.float32)


def block_of(name: str) -> int:
    """The block of a feature's full name."""
    return int(name[0])


class Vocabulary:
    """The features that a model knows, as columns."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        # Column 0 is nobody's, so that an unknown name and a column can be told apart by truth alone.
        self._columns = {name: column for column, name in enumerate(self.names) if column}
        self._groups: dict[str, array[int]] = {}

    def column(self, name: str) -> int:
        """The column of one name; 0, which is nobody's, where it is unknown."""
        return self._columns.get(name, 0)

    def columns(self, feature: Feature) -> array[int]:
        """The columns of a feature's names, unknown ones left out."""
        block, names, _, _ = feature
        if block not in _BY_WORD:
            return array("i", filter(None, map(self._columns.get, names)))
        known = self._groups.get(names[0])
        if known is None:
            known = array("i", filter(None, map(self._columns.get, names)))
            if len(self._groups) < _MAX_GROUPS:
                self._groups[names[0]] = known
        return known

    def matrix(self, posts: Iterable[Sequence[Feature]]) -> sparse.csr_matrix:
        """One row a post, float32, without rarity (which lies in the model's weights); a column may stand twice."""
        indices, ends = array("i"), [0]
        values: list[float] = []
        lengths: list[int] = []
        for post in posts:
            for feature in post:
                names = feature[1]
                if len(names) == 1:
                    column = self._columns.get(names[0])
                    if column:
                        indices.append(column)
                        values.append(feature[2])
                        lengths.append(1)
                elif columns := self.columns(feature):
                    indices.extend(columns)
                    values.append(feature[2])
                    lengths.append(len(columns))
            ends.append(len(indices))
        data = np.repeat(np.array(values, dtype=np.float32), lengths)
        shape = (len(ends) - 1, len(self.names))
        return sparse.csr_matrix((data, np.frombuffer(indices, dtype=np.int32), np.array(ends, dtype=np.int32)), shape)
