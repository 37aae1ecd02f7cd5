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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from scipy import sparse

from models import lexicon
from models.labels import PostText

BLOCKS: Final = ("words", "pairs", "cues", "topics", "profile_words", "profile_cues", "parent_words", "parent_cues")
"""Groups of features that are counted and weighed together; each feature's name begins with its block's number."""
WORDS, PAIRS, CUES, TOPICS, PROFILE_WORDS, PROFILE_CUES, PARENT_WORDS, PARENT_CUES = range(len(BLOCKS))
RARE: Final = frozenset({WORDS, PAIRS, PROFILE_WORDS, PARENT_WORDS})
"""Blocks of many rare features: shared out over the post's length and weighed by how rare they are."""

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
_NAME = re.compile(r"[^\W\d_]+")
_HEADLINE_MARK = re.compile(r"\s*[A-ZÆØÅ]{4,}( [A-ZÆØÅ]+)?:")
_COLON_EARLY = re.compile(r"[^.!?]{3,40}: ")
_NGRAMS: Final = (3, 4, 5)
_PROFILE_NGRAMS: Final = (4, 5)
_ME: Final = frozenset("jeg eg min mine mitt i my".split())
_US: Final = frozenset("vi me oss våre we our".split())
_CROSSED: Final = frozenset(
    f"c:{name}"
    for name in (
        *("disagree", "scorn", "sarcasm", "slur", "harm", "threat", "praise", "support", "question", "access"),
        *("complaint", "report", "suggest", "should", "wish", "firstperson", "firstplural", "second", "third"),
        *("negation", "body", "contrast", "swear", "mobilise", "condemn", "quote"),
    )
)
"""Cues whose meeting in one sentence says more than each alone (should + harm, wish + second person)."""
_ANSWERING: Final = ("disagree", "scorn", "praise", "support", "negation", "question", "harm", "slur", "sarcasm")
_ANSWERED: Final = ("scorn", "praise", "disagree", "negation", "harm", "slur")


def code_version() -> str:
    """A hash of what decides the features: this module, the word lists and how they are looked up."""
    h = hashlib.sha256(lexicon.SOURCE)
    for module in (sys.modules[__name__], lexicon):
        h.update(inspect.getsource(module).encode())
    return h.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Word:
    """What a word brings wherever it stands."""

    plain: str
    names: tuple[str, ...]
    """Features of the word itself, without a block."""
    cues: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """Features of one source: full names, the value that they share, and the words of the post that they came from."""

    block: int
    names: tuple[str, ...]
    value: float
    source: tuple[str, ...] = ()


@lru_cache(maxsize=100_000)
def word_features(word: str) -> Word:
    """The features of a word in lower case."""
    plain = lexicon.plain(word)
    lists = lexicon.text_lexicon()
    classes = sorted(lists.classes(word) | lists.classes(plain))
    names = [f"w={plain}", f"s={lexicon.stem(plain)}"]
    if word != plain:
        names.append(f"w={word}")
    names.extend(_ngrams(word, "g=", _NGRAMS))
    return Word(
        plain,
        tuple(f"{WORDS}{name}" for name in names),
        tuple(name for name in classes if name[0] == "c"),
        tuple(name for name in classes if name[0] == "t"),
    )


@lru_cache(maxsize=50_000)
def _profile_word(word: str) -> tuple[tuple[str, ...], frozenset[str]]:
    names = [f"w={word}", *_ngrams(word, "g=", _PROFILE_NGRAMS)]
    classes = lexicon.profile_lexicon().classes(word) | set(word_features(word).topics)
    return tuple(f"{PROFILE_WORDS}{name}" for name in names), frozenset(classes)


def _ngrams(word: str, prefix: str, sizes: Sequence[int]) -> Iterator[str]:
    framed = f"‹{word[:MAX_WORD]}›"
    for size in sizes:
        if size < len(framed):
            for start in range(len(framed) - size + 1):
                yield prefix + framed[start : start + size]


def words_of(text: str) -> list[str]:
    """The words of a text in its own spelling, also those of hashtags and handles, without links."""
    return [word for token in _tokens(text) for word in _split(token)]


def _tokens(text: str) -> list[str]:
    return [match.group() for match in _TOKEN.finditer(text[:MAX_CHARACTERS])]


def _split(token: str) -> list[str]:
    if token[0] in "@#":
        return _NAME.findall(token)
    return [token] if token[0].isalpha() and not token.startswith(("http://", "https://", "www.")) else []


def full_text(post: PostText) -> str:
    """What is read of a post: a title stands as a line of its own above the text."""
    return f"{post.title}\n{post.text}" if post.title else post.text


def features(post: PostText) -> list[Feature]:
    """All features of a post, in a fixed order."""
    text = full_text(post)
    found: list[Feature] = []
    cues = _text_features(text, found)
    _shape_features(text, bool(post.in_reply_to_text), found)
    if post.in_reply_to_text:
        _parent_features(post.in_reply_to_text, text, cues, found)
    _profile_features(post, found)
    return found


def _text_features(text: str, found: list[Feature]) -> dict[str, list[str]]:
    """Adds what the words say; returns cue → the words that gave it."""
    tokens = _tokens(text)
    words: dict[str, str] = {}
    row: list[str] = []
    spelled: list[str] = []
    cues: dict[str, list[str]] = {}
    topics: dict[str, list[str]] = {}
    sentence: set[str] = set()
    crossed: set[tuple[str, str]] = set()
    counts: Counter[str] = Counter()
    for token in tokens:
        if token[0] in "?!.…\n":
            crossed.update(_crossings(frozenset(sentence)))
            sentence.clear()
        elif (split := _split(token)):
            for spelling in split:
                lower = spelling.lower()
                word = word_features(lower)
                row.append(word.plain)
                spelled.append(spelling)
                sentence.update(word.cues)
                if lower not in words:
                    words[lower] = spelling
                    for name in word.cues:
                        cues.setdefault(name, []).append(spelling)
                    for name in word.topics:
                        topics.setdefault(name, []).append(spelling)
        elif token not in words and not token[0].isdigit():
            for name in word_features(token).cues:
                cues.setdefault(name, []).append(token)
    crossed.update(_crossings(frozenset(sentence)))

    size = sum(len(word_features(lower).names) for lower in words)
    share = 1.0 / math.sqrt(size or 1)
    found.extend(Feature(WORDS, word_features(lower).names, share, (spelling,)) for lower, spelling in words.items())

    ends = zip(["‹", *row], [*row, "›"], ["", *spelled], [*spelled, ""], strict=True)
    pairs = {f"{PAIRS}{a}_{b}": tuple(filter(None, (x, y))) for a, b, x, y in ends}
    share = 1.0 / math.sqrt(len(pairs))
    found.extend(Feature(PAIRS, (name,), share, source) for name, source in pairs.items())

    for name, source in cues.items():
        names = [f"{CUES}{name}"]
        if len(source) > 1:
            names.append(f"{CUES}{name}:2")
        if len(source) > 3:
            names.append(f"{CUES}{name}:4")
        found.append(Feature(CUES, tuple(names), 1.0, tuple(source)))
    for first, second in sorted(crossed):
        source_words = (cues[first][0], cues[second][0])
        found.append(Feature(CUES, (f"{CUES}{first}&{second}",), 1.0, source_words))
    for name, start, end in lexicon.text_lexicon().phrases(row):
        block = TOPICS if name[0] == "t" else CUES
        if block == TOPICS:
            topics.setdefault(name, []).append(" ".join(spelled[start:end]))
        elif (full := f"{CUES}phrase {name}") not in counts:
            counts[full] += 1
            found.append(Feature(CUES, (full,), 1.0, tuple(spelled[start:end])))
    if row:
        first_cues = word_features(spelled[0].lower()).cues
        names_first = (f"{CUES}first={row[0]}", *(f"{CUES}first {name}" for name in first_cues))
        found.append(Feature(CUES, names_first, 1.0, (spelled[0],)))

    public = 0
    for name, source in topics.items():
        found.append(Feature(TOPICS, (f"{TOPICS}{name}",), math.log1p(len(source)), tuple(source)))
        public += name not in _SMALL_TALK
    found.append(Feature(TOPICS, (f"{TOPICS}public" if public else f"{TOPICS}nothing public",), math.log1p(public or 1)))
    return cues
