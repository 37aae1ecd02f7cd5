"""Which listening posts a post is for. Pure, and fast enough to run over everything that comes in.

A keyword is one word or several that stand after one another. Each is found in its inflected forms («kommune» also in
«kommunenes»), and with a * at its end as the beginning of a word («barnehage*» in «barnehageplass»). A keyword that
begins with # is a hashtag. Case and the form of signs (NFC) make no difference.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import snowballstemmer

from collectors.post import ListeningPost, Match, Post, Source, digest
from collectors.text import hashtags, tag

_WORD = re.compile(r"\w+")
_KEYWORD_WORD = re.compile(r"\w+\*?")
_LONGEST_WORD = 40

_ENDINGS = ("", "s", "en", "ens", "et", "ets", "a", "as", "er", "ers", "ene", "enes", "ar", "ars", "ane", "anes")
"""Of nouns in both written standards; the stemmer leaves short words («vei», «by») as they are."""
_ENDINGS_AFTER_ER = ("e", "es", "ne", "nes")
"""«lærer», «lærere», «lærerne»"""

_stemmer = snowballstemmer.stemmer("norwegian")
_stemmer_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a keyword: the forms that hit it, the stem that does, or the beginning that does."""

    forms: frozenset[str]
    stem: str = ""
    start: str = ""

    def hit_by(self, token: str) -> bool:
        if self.start:
            return token.startswith(self.start)
        return token in self.forms or (bool(self.stem) and _stem(token) == self.stem)


@dataclass(frozen=True, slots=True)
class _Term:
    """A keyword of a listening post (by its position), as it was written there and as it is looked for."""

    listening_post: int
    written: str
    words: tuple[_Word, ...]


class Matcher:
    """Matches posts with listening posts. Make a new one when these change; it may be used by several threads."""

    def __init__(self, listening_posts: Iterable[ListeningPost]) -> None:
        self._listening_posts = tuple(listening_posts)
        self._forms: dict[str, list[_Term]] = {}
        self._stems: dict[str, list[_Term]] = {}
        self._starts: dict[str, list[_Term]] = {}
        self._hashtags: dict[str, list[tuple[int, str]]] = {}
        for number, listening_post in enumerate(self._listening_posts):
            for written in listening_post.hashtags:
                self._hashtags.setdefault(tag(written), []).append((number, written))
            for written in listening_post.keywords:
                if written.lstrip().startswith("#"):
                    self._hashtags.setdefault(tag(written), []).append((number, written))
                else:
                    self._add(_Term(number, written, _words(written)))
        self._hashtags.pop("", None)
        self._start_lengths = sorted({len(start) for start in self._starts})

    def match(self, post: Post) -> tuple[Match, ...]:
        """The listening posts that a post is for, in their order, with the terms that hit as they were written."""
        return self._matches(f"{post.title}\n{post.text}", set(map(tag, post.hashtags)), post.source)

    def match_text(self, written: str) -> tuple[Match, ...]:
        """The same of a text alone, which is of no source; its hashtags are those that stand in it."""
        return self._matches(written, set(hashtags(written)), "")

    def _matches(self, text: str, tagged: set[str], source: str) -> tuple[Match, ...]:
        tokens = _WORD.findall(unicodedata.normalize("NFC", text).lower())
        hits: set[tuple[int, str]] = set()
        for name in self._hashtags.keys() & tagged:
            hits.update(self._hashtags[name])
        for term in self._candidates(set(tokens)):
            if len(term.words) == 1 or _phrase_in(term.words, tokens):
                hits.add((term.listening_post, term.written))
        hit = {number for number, _ in hits}
        matches = []
        for number, lp in enumerate(self._listening_posts):
            wanted = number in hit or not (lp.keywords or lp.hashtags)
            if wanted and (not lp.sources or source in lp.sources):
                written = dict.fromkeys((*lp.keywords, *lp.hashtags))
                matches.append(Match(lp.name, tuple(term for term in written if (number, term) in hits)))
        return tuple(matches)

    def _add(self, term: _Term) -> None:
        """Index a term by its first word. One without any word is found nowhere."""
        for first in term.words[:1]:
            for form in first.forms:
                self._forms.setdefault(form, []).append(term)
            if first.stem:
                self._stems.setdefault(first.stem, []).append(term)
            if first.start:
                self._starts.setdefault(first.start, []).append(term)

    def _candidates(self, tokens: set[str]) -> Iterable[_Term]:
        """The terms whose first word is there; the same one may come more than once."""
        for form in self._forms.keys() & tokens:
            yield from self._forms[form]
        for stem in self._stems.keys() & set(map(_stem, tokens)):
            yield from self._stems[stem]
        for length in self._start_lengths:
            for start in self._starts.keys() & {token[:length] for token in tokens}:
                yield from self._starts[start]


def with_words(source: Source, listening_posts: Iterable[ListeningPost]) -> Source:
    """A source of a platform with the words to ask it for: its own, or those of the listening posts that listen to it.

    A word that begins others («skole*») is asked for as it stands without the *, since platforms know no other form.
    """
    if source.kind not in ("mastodon", "bluesky", "x") or source.hashtags or source.keywords:
        return source
    listening = [lp for lp in listening_posts if not lp.sources or source.name in lp.sources]
    words = [word for lp in listening for word in lp.keywords]
    hashtags = [*(name for lp in listening for name in lp.hashtags), *(w for w in words if w.lstrip().startswith("#"))]
    keywords = (" ".join(w.replace("*", "").split()) for w in words if not w.lstrip().startswith("#"))
    return replace(
        source,
        hashtags=tuple(dict.fromkeys(filter(None, map(tag, hashtags)))),
        keywords=tuple(dict.fromkeys(filter(None, keywords))),
    )


def fingerprint(listening_posts: Iterable[ListeningPost]) -> str:
    """A digest of all that decides what is held: when it changes, what is in the feeds must be matched anew."""
    return digest(
        *(json.dumps([lp.name, lp.keywords, lp.hashtags, lp.sources], ensure_ascii=False) for lp in listening_posts)
    )


def _words(written: str) -> tuple[_Word, ...]:
    """The words of a keyword.

    What begins with a capital and ends like an inflected word is taken for a name: «Bergen» is no form of «berg».
    """
    words = []
    for part in _KEYWORD_WORD.findall(unicodedata.normalize("NFC", written)):
        word = part.lower()
        if word.endswith("*"):
            words.append(_Word(frozenset(), start=word[:-1]))
        elif part[0].isupper() and len(word) - len(_stem(word)) > 1:
            words.append(_Word(frozenset({word, f"{word}s"})))
        else:
            words.append(_Word(_forms(word), _stem(word)))
    return tuple(words)


def _forms(word: str) -> frozenset[str]:
    """A noun's regular forms; «m» is doubled before an ending («sykehjem», «sykehjemmet»)."""
    bases = (word, word + "m") if word.endswith("m") else (word,)
    endings = _ENDINGS + (_ENDINGS_AFTER_ER if word.endswith("er") else ())
    return frozenset(base + ending for base in bases for ending in endings)


def _phrase_in(words: tuple[_Word, ...], tokens: list[str]) -> bool:
    """Whether words stand after one another."""
    return any(
        all(word.hit_by(token) for word, token in zip(words, tokens[i : i + len(words)], strict=True))
        for i in range(len(tokens) - len(words) + 1)
        if words[0].hit_by(tokens[i])
    )


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    """A word's stem by Snowball; the stemmer holds a state and is used by one thread at a time."""
    if len(word) > _LONGEST_WORD:
        return word
    with _stemmer_lock:
        return str(_stemmer.stemWord(word))
