"""A post as the matcher reads it: its sentences, words and quantities, once for all facts that it is held against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from models.corrections import cues
from models.corrections.words import fold, plain
from models.labels import Span
from models.quantities import MAX_TEXT, Quantity, quantities

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[?!]")
_BREAK: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_NAME: Final = re.compile(r"(?<=[^.!?\s] )([A-ZÆØÅ][a-zæøå]+)")
_CLAUSE: Final = re.compile(r"[,;:]\s|\s[-–—]\s|\s(?:men|but|selv om|sjølv om|mens|medan)\s", re.I)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a mark, at text[start:end]; `folded` is empty where it has no content of its own."""

    start: int
    end: int
    plain: str
    folded: str


@dataclass(frozen=True)
class Sentence:
    """A sentence of a post, and how it is meant as far as its turns of speech tell."""

    start: int
    end: int
    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def negated(self) -> bool:
        return cues.negation_ends(self.text) is not None

    @cached_property
    def is_question(self) -> bool:
        return cues.is_question(self.text)

    @cached_property
    def cues(self) -> frozenset[str]:
        return frozenset(name for name, pattern in cues.CUES.items() if pattern.search(self.text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Its folded words that are capitalised within it."""
        return frozenset(folded for m in _NAME.finditer(self.text) if (folded := fold(m[1])))

    @cached_property
    def clauses(self) -> tuple[Span, ...]:
        """Its clauses in the post's text, without the marks between them."""
        cuts = [0, *(position for m in _CLAUSE.finditer(self.text) for position in (m.start(), m.end()))]
        bounds = zip(cuts[::2], [*cuts[1::2], len(self.text)], strict=True)
        spans = []
        for start, end in bounds:
            piece = self.text[start:end]
            left = start + len(piece) - len(piece.lstrip())
            if right := len(piece.rstrip()):
                spans.append(Span(self.start + left, self.start + start + right))
        return tuple(spans)


@dataclass(frozen=True)
class PostReading:
    """A post's first 2,000 characters, read."""

    text: str
    lang: str
    at: datetime

    @classmethod
    def of(cls, text: str, lang: str, at: datetime) -> PostReading:
        return cls(text[:MAX_TEXT], lang, at)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(quantities(self.text, self.at))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        found = []
        for m in _TOKEN.finditer(self.text):
            word = m.group()
            is_word = word[0].isalpha()
            found.append(Token(m.start(), m.end(), plain(word) if is_word else word, fold(word) if is_word else ""))
        return tuple(found)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        found = []
        start = 0
        for end in [*(m.end() for m in _BREAK.finditer(self.text)), len(self.text)]:
            if self.text[start:end].strip():
                tokens = tuple(token for token in self.tokens if start <= token.start < end)
                found.append(Sentence(start, end, self.text[start:end], tokens))
            start = end
        return tuple(found)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(token.folded for token in self.tokens if token.folded)

    @cached_property
    def cues(self) -> frozenset[str]:
        return frozenset(name for name, pattern in cues.CUES.items() if pattern.search(self.text))
