"""A fact as the matcher reads it: the words, quantities and known false claims that posts are held against."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from models.corrections import cues
from models.corrections.words import WORD, content, fold, likeness
from models.labels import Fact
from models.quantities import MAX_TEXT, Quantity, quantities

ALIKE: Final = 0.6
"""From this likeness on a word counts as the fact's."""
_NAME: Final = re.compile(r"(?<=[^.!?\s] )([A-ZÆØÅ][^\W\d_]+)")
_REMEMBERED: Final = 20_000
_MONTH: Final = 100
"""A date is told as month · 100 + day."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A known false claim; `own` are those of its words that the statement has not."""

    words: frozenset[str]
    own: frozenset[str]
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class FactReading:
    """A fact, prepared. `versions` are the words of its statement in each language that it is in."""

    fact: Fact
    versions: tuple[frozenset[str], ...]
    words: frozenset[str]
    """Of all versions, without those that only tell a quantity."""
    quantities: tuple[Quantity, ...]
    """Of the statement in bokmål."""
    claims: tuple[Claim, ...]
    claim_words: frozenset[str]
    negated: bool
    names: frozenset[str]
    """Those of its words that are names in the register."""
    meanings: tuple[frozenset[int], ...]
    """For each line of `cues.ALTERNATIVES`, which of them the statement has."""
    denied: frozenset[str]
    """The words of what the statement tells is not so: «kommunen, ikke staten»."""
    cues: frozenset[str]
    """Of `cues.CUES`, those that the statement has."""
    weights: Mapping[str, float]
    """How much each word tells of which fact is meant."""
    _likenesses: dict[str, tuple[float, str, float]] = field(default_factory=dict)

    def like(self, word: str) -> tuple[float, str, float]:
        """How far a folded word is one of the statement's, which, and how far it is one of a false claim's."""
        known = self._likenesses.get(word)
        if known is None:
            most, term = max(((likeness(term, word), term) for term in self.words), default=(0.0, ""))
            known = (most, term, max((likeness(term, word) for term in self.claim_words), default=0.0))
            if len(self._likenesses) < _REMEMBERED:
                self._likenesses[word] = known
        return known

    def cover(self, held: Mapping[str, float], words: frozenset[str]) -> float:
        """The share of the weight of `words` in how far each is held."""
        total = sum(self.weights.get(word, 1.0) for word in words)
        got = sum(self.weights.get(word, 1.0) * held[word] for word in words if word in held)
        return got / total if total else 0.0

    @property
    def deadline(self) -> str | None:
        """The one day that the statement tells, where its year is told too or follows from the fact's period."""
        days = [q for q in self.quantities if q.unit == "date"]
        if len(days) != 1 or days[0].low != days[0].high:
            return None
        year = days[0].year or _year(self.fact)
        month, day = divmod(int(days[0].low), _MONTH)
        try:
            return date(year, month, day).isoformat() if year else None
        except ValueError:
            return None


def read_register(facts: Sequence[Fact], background: Mapping[str, float]) -> list[FactReading]:
    """The facts that say something, prepared. `background` is how rare words are in posts (log of the inverse share);
    what many facts of the register share tells less of which is meant."""
    names = frozenset(fold(m[1]) for fact in facts for text in _texts(fact) for m in _NAME.finditer(text)) - {""}
    spread = Counter(word for fact in facts for word in frozenset().union(*map(content, _texts(fact))))
    weights = {
        word: background.get(word, max(background.values(), default=5.0)) * _rarity(count, len(facts))
        for word, count in spread.items()
    }
    return [reading for fact in facts if (reading := _read(fact, names, weights)).words]


def _read(fact: Fact, names: frozenset[str], weights: Mapping[str, float]) -> FactReading:
    statements = [text[:MAX_TEXT] for text in (fact.statement_nb, fact.statement_nn, fact.statement_en) if text]
    statement = fact.statement_nb[:MAX_TEXT]
    measures = frozenset(
        word
        for text in statements
        for q in quantities(text)
        if q.unit != "count" and q.noun != "gratis"
        for word in content(text[q.start : q.end])
    )
    versions = tuple(content(text) - measures for text in statements)
    words = frozenset[str]().union(*versions)
    first = versions[0] if versions else frozenset()
    claims = tuple(_claim(text[:MAX_TEXT], first) for text in fact.known_false_claims)
    denied = frozenset[str]().union(*map(cues.rejected, statements))
    said = {token.lower() for text in statements for token in WORD.findall(text)} | words
    told = {word for word in said if fold(word) not in denied and word not in denied}
    meanings = tuple(frozenset(number for word, number in line.items() if word in told) for line in cues.ALTERNATIVES)
    return FactReading(
        fact=fact,
        versions=tuple(version for version in versions if version),
        words=words,
        quantities=tuple(quantities(statement)),
        claims=claims,
        claim_words=frozenset[str]().union(*(claim.words for claim in claims)),
        negated=cues.negation_ends(statement) is not None,
        names=names & words,
        meanings=meanings,
        denied=denied,
        cues=frozenset(name for name, pattern in cues.CUES.items() if pattern.search(statement)),
        weights=weights,
    )


def _claim(text: str, statement: frozenset[str]) -> Claim:
    words = content(text)
    own = frozenset(w for w in words if all(likeness(term, w) < ALIKE for term in statement))
    return Claim(words, own, tuple(quantities(text)))


def _texts(fact: Fact) -> tuple[str, ...]:
    return (fact.statement_nb, fact.statement_nn, fact.statement_en, *fact.known_false_claims)


def _rarity(count: int, facts: int) -> float:
    """1 for a word of one fact, less for one of many."""
    return 1.0 - 0.7 * math.log(count) / math.log(facts + 1) if facts > 1 else 1.0


def _year(fact: Fact) -> int | None:
    years = {day[:4] for day in (fact.valid_from, fact.valid_to) if day}
    return int(years.pop()) if len(years) == 1 else None
