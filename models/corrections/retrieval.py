"""Which facts a post may be about: cosine of TF-IDF over character 4-grams of words, a document a fact.

Posts are many and facts few: what a word brings is worked out once and remembered, so that a post costs a look-up a
word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.corrections.words import WORD, fold
from models.labels import Fact
from models.quantities import MAX_TEXT

CANDIDATES: Final = 3
"""Facts that a post is held against, at most."""
_NEAR: Final = 0.08
"""The cosine from which a post may be about a fact."""
_GRAM: Final = 4
_REMEMBERED: Final = 200_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact by its place in the register, with the post's likeness to it, and to the next best fact."""

    number: int
    likeness: float
    lead: float
    """How much more like this fact than any other; negative where another is more like."""
    statement: float = 0.0
    """Its likeness to the statement alone, in the language that it is most like."""
    claim: float = 0.0
    """Its likeness to the known false claim that it is most like."""


class Index:
    """The facts of a register as TF-IDF vectors; posts are multiplied in."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        documents = [_document(fact) for fact in facts]
        spread = Counter(gram for document in documents for gram in document)
        self._columns = {gram: column for column, gram in enumerate(sorted(spread))}
        self._rarity = np.array(
            [math.log((1 + len(facts)) / (1 + spread[gram])) + 1 for gram in self._columns], dtype=np.float32
        )
        self._unknown = math.log(1 + len(facts)) + 1
        self._by_word: dict[str, tuple[tuple[int, ...], int]] = {}
        self._facts = self._vectors(documents).T.tocsr()
        self._statements = self._passages([_statements(fact) for fact in facts])
        self._claims = self._passages([fact.known_false_claims for fact in facts])

    def _passages(self, texts: Sequence[Sequence[str]]) -> _Passages:
        """Several short texts a fact."""
        starts = np.cumsum([0, *(len(several) for several in texts)])
        vectors = self._vectors(_grams_of(text) for several in texts for text in several)
        return _Passages(vectors.T.tocsr(), starts)

    def _vectors(self, documents: Iterable[Counter[str]]) -> csr_matrix:
        """A row of length 1 a document."""
        columns: list[int] = []
        values: list[float] = []
        pointers = [0]
        for document in documents:
            held = [self._columns[gram] for gram in document]
            weights = (1 + np.log(np.array(list(document.values()), dtype=np.float32))) * self._rarity[held]
            columns += held
            values += (weights / (float(np.linalg.norm(weights)) or 1.0)).tolist()
            pointers.append(len(columns))
        shape = (len(pointers) - 1, len(self._columns))
        return csr_matrix((np.array(values, dtype=np.float32), columns, pointers), shape=shape)

    def near(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """For each text the facts that it may be about, most like first."""
        if not self._columns:
            return [[] for _ in texts]
        columns: list[int] = []
        values: list[float] = []
        pointers = [0]
        for text in texts:
            counts: Counter[int] = Counter()
            unknown = 0
            for word in WORD.findall(text[:MAX_TEXT]):
                known, others = self._grams(word)
                counts.update(known)
                unknown += others
            held = list(counts)
            weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(held)))) * self._rarity[held]
            # What no fact has counts half: a long post about much else is still about the fact.
            length = math.sqrt(float(weights @ weights) + 0.5 * unknown * self._unknown**2) or 1.0
            columns += held
            values += (weights / length).tolist()
            pointers.append(len(columns))
        posts = csr_matrix(
            (np.array(values, dtype=np.float32), columns, pointers), shape=(len(texts), len(self._columns))
        )
        found = posts @ self._facts
        best = [_best(found.indices[a:b], found.data[a:b]) for a, b in pairwise(found.indptr)]
        rows = [row for row, several in enumerate(best) if several]
        statements, claims = self._statements.most(posts[rows]), self._claims.most(posts[rows])
        candidates: list[list[Candidate]] = [[] for _ in texts]
        for line, row in enumerate(rows):
            several = best[row]
            for place, (number, cosine) in enumerate(several[:CANDIDATES]):
                other = several[0][1] if place else several[1][1] if len(several) > 1 else 0.0
                alike = float(statements[line, number]), float(claims[line, number])
                candidates[row].append(Candidate(number, cosine, cosine - other, *alike))
        return candidates

    def _grams(self, word: str) -> tuple[tuple[int, ...], int]:
        """The columns of a word's grams, and how many of its grams no fact has."""
        known = self._by_word.get(word)
        if known is None:
            grams = _grams(word)
            found = tuple(self._columns[gram] for gram in grams if gram in self._columns)
            known = (found, len(grams) - len(found))
            if len(self._by_word) < _REMEMBERED:
                self._by_word[word] = known
        return known


@dataclass(frozen=True, slots=True)
class _Passages:
    """Short texts of facts, a column each; those of fact n stand from starts[n] to starts[n + 1]."""

    vectors: csr_matrix
    starts: NDArray[np.int64]

    def most(self, posts: csr_matrix) -> NDArray[np.float32]:
        """(posts, facts): the cosine of each post with the passage of each fact that it is most like; 0 without any."""
        cosines = np.zeros((posts.shape[0], int(self.starts[-1]) + 1), dtype=np.float32)
        cosines[:, :-1] = (posts @ self.vectors).toarray()
        most = np.maximum.reduceat(cosines, self.starts[:-1], axis=1)
        most[:, self.starts[:-1] == self.starts[1:]] = 0.0
        return most


def _best(numbers: NDArray[np.int32], cosines: NDArray[np.float32]) -> list[tuple[int, float]]:
    """The facts that a post is near, and one more, most like first."""
    order = np.argsort(-cosines, kind="stable")[: CANDIDATES + 1]
    return [(int(numbers[i]), float(cosines[i])) for i in order if cosines[i] >= _NEAR]


def _statements(fact: Fact) -> list[str]:
    return [text for text in (fact.statement_nb, fact.statement_nn, fact.statement_en) if text]


def _document(fact: Fact) -> Counter[str]:
    return _grams_of(" ".join((*_statements(fact), *fact.known_false_claims, fact.reply_nb, fact.reply_nn)))


def _grams_of(text: str) -> Counter[str]:
    return Counter(gram for word in WORD.findall(text[: 4 * MAX_TEXT]) for gram in _grams(word))


def _grams(word: str) -> list[str]:
    """The 4-grams of a word with its bounds, as it is written and in its common form; none where it has no content."""
    if not (folded := fold(word)):
        return []
    found = []
    for form in {word.lower(), folded}:
        padded = f" {form} "
        found += [padded[i : i + _GRAM] for i in range(max(1, len(padded) - _GRAM + 1))]
    return found
