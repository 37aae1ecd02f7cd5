"""Which facts a post may be about: cosine of TF-IDF over character 4-grams of words, a document a fact.

Posts are many and facts few: what a word brings is worked out once and remembered, so that a post costs a look-up a
word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.corrections.words import WORD, fold
from models.labels import Fact
from models.quantities import MAX_TEXT

CANDIDATES: Final = 4
"""Facts that a post is held against, at most."""
_NEAR: Final = 0.09
"""From this cosine on a post may be about a fact; 95 in a hundred of the registers' come so near theirs."""
_BESIDE: Final = 0.5
"""What another fact's cosine must be of the best one's."""
_GRAM: Final = 4
_BETWEEN_WORDS: Final = r"[^\pL\p{Nl}\p{No}]+"
"""What `WORD` passes over, in the syntax of RE2: Arrow finds the words of many texts in half the time."""
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
        documents = [Counter(_grams_of(text)) for text in map(_document, facts)]
        spread = Counter(gram for document in documents for gram in document)
        self._columns = {gram: column for column, gram in enumerate(sorted(spread))}
        self._rarity = np.array([_rarity(len(facts), spread[gram]) for gram in self._columns], dtype=np.float32)
        self._unknown = _rarity(len(facts), 0)
        self._by_word: dict[str, tuple[tuple[int, ...], int]] = {}
        self._facts = self._vectors(list(map(_document, facts))).T.tocsr()
        self._statements = self._passages([_statements(fact) for fact in facts])
        self._claims = self._passages([fact.known_false_claims for fact in facts])

    def near(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """For each text the facts that it may be about, most like first."""
        if not self._columns or not texts:
            return [[] for _ in texts]
        posts = self._vectors(texts)
        best = self._best(posts)
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

    def near_any(self, texts: Sequence[str], numbers: Sequence[int]) -> NDArray[np.bool_]:
        """Whether one of some facts, by their places in the register, is among those that `near` gives for a text."""
        may_be = np.zeros(len(texts), dtype=bool)
        if self._columns and texts and numbers:
            posts = self._vectors(texts)
            most = (posts @ self._facts[:, list(numbers)]).max(axis=1).toarray().ravel()
            close = np.flatnonzero(most >= _NEAR)
            for row, best in zip(close, self._best(posts[close]), strict=True):
                may_be[row] = any(number in numbers for number, _ in best[:CANDIDATES])
        return may_be

    def _best(self, posts: csr_matrix) -> list[list[tuple[int, float]]]:
        """For each post, a row, the facts that it is near, and one more, with their cosines, most like first."""
        found = posts @ self._facts
        return [_most_like(found.indices[a:b], found.data[a:b]) for a, b in pairwise(found.indptr)]

    def _passages(self, texts: Sequence[Sequence[str]]) -> _Passages:
        """Several short texts a fact."""
        starts = np.cumsum([0, *(len(several) for several in texts)])
        return _Passages(self._vectors([text for several in texts for text in several]).T.tocsr(), starts)

    def _vectors(self, texts: Sequence[str]) -> csr_matrix:
        """A row of length 1 a text: 1 + log of how often it has each gram, times how rare the gram is among facts."""
        said, words = _said(texts)
        held = [self._held(word) for word in words]
        grams = _rows([known for known, _ in held], len(self._columns))
        found = said @ grams
        found.data = (1 + np.log(found.data)) * self._rarity[found.indices]
        unknown = said @ np.array([others for _, others in held], dtype=np.float32)
        # What no fact has counts half: a long post about much else is still about the fact.
        lengths = np.asarray(found.multiply(found).sum(axis=1)).ravel() + 0.5 * unknown * self._unknown**2
        found.data /= np.repeat(np.sqrt(np.maximum(lengths, 1e-9)), np.diff(found.indptr))
        return found

    def _held(self, word: str) -> tuple[tuple[int, ...], int]:
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


def _most_like(numbers: NDArray[np.int32], cosines: NDArray[np.float32]) -> list[tuple[int, float]]:
    """Of the facts' numbers and a post's cosines with them."""
    if not cosines.size or cosines.max() < _NEAR:
        return []
    order = np.argsort(-cosines, kind="stable")[: CANDIDATES + 1]
    least = max(_NEAR, _BESIDE * float(cosines[order[0]]))
    return [(int(numbers[i]), float(cosines[i])) for i in order if cosines[i] >= least]


def _said(texts: Sequence[str]) -> tuple[csr_matrix, list[str]]:
    """How often each text has each word, and the words."""
    cut = [text[:MAX_TEXT].encode(errors="replace") for text in texts]
    split = pc.split_pattern_regex(pa.array(cut, pa.large_binary()).cast(pa.large_string()), _BETWEEN_WORDS)
    words = split.flatten().dictionary_encode()
    indices, pointers = words.indices.to_numpy(), split.offsets.to_numpy()
    shape = len(texts), len(words.dictionary)
    counts = csr_matrix((np.ones(len(indices), dtype=np.float32), indices, pointers), shape)
    return counts, words.dictionary.to_pylist()


def _rows(several: Sequence[Sequence[int]], columns: int) -> csr_matrix:
    """A row a list of columns, counting each."""
    indices = np.array([column for row in several for column in row], dtype=np.int32)
    pointers = np.cumsum([0, *map(len, several)])
    matrix = csr_matrix((np.ones(len(indices), dtype=np.float32), indices, pointers), shape=(len(several), columns))
    matrix.sum_duplicates()
    return matrix


def _rarity(facts: int, having: int) -> float:
    return math.log((1 + facts) / (1 + having)) + 1


def _statements(fact: Fact) -> list[str]:
    return [text for text in (fact.statement_nb, fact.statement_nn, fact.statement_en) if text]


def _document(fact: Fact) -> str:
    """All that is told of a fact; cut like any text."""
    return " ".join((*_statements(fact), *fact.known_false_claims, fact.reply_nb, fact.reply_nn))


def _grams_of(text: str) -> list[str]:
    return [gram for word in WORD.findall(text[:MAX_TEXT]) for gram in _grams(word)]


def _grams(word: str) -> list[str]:
    """The 4-grams of a word with its bounds, as it is written and in its common form; none where it has no content."""
    if not (folded := fold(word)):
        return []
    found = []
    for form in {word.lower(), folded}:
        padded = f" {form} "
        found += [padded[i : i + _GRAM] for i in range(max(1, len(padded) - _GRAM + 1))]
    return found
