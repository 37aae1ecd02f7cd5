"""The reader: a small transformer that reads a post and a fact as one text, and tells how the one stands to the other.

A cross-encoder (Nogueira and Cho 2019, arXiv:1901.04085) of twelve layers, begun from multilingual-e5-small (Wang et
al. 2024, arXiv:2402.05672) and taught on the labelled registers by `models.corrections.reader_training`. It knows how
things are said in other words than the fact's, which the linear model of `weights` does not; that one knows quantities.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from models.corrections.post import PostReading
from models.labels import RELATIONS, Fact

NETWORK: Final = Path(str(files("models.corrections").joinpath("reader.onnx")))
PIECES: Final = Path(str(files("models.corrections").joinpath("reader.pieces")))

START, PADDING, END = 0, 1, 2
"""The ids of the signs that are no pieces of words."""
_POST: Final = 160
_STATEMENT: Final = 64
_CLAIM: Final = 40
_CLAIMS: Final = 3
_FACT: Final = 110
"""Pieces that are read, at most: of a post, a statement, each of the first claims, and the two together."""

Readings = dict[str, list[float]]
"""Of one post: `wording_key` of a pair → the log of how likely each of RELATIONS is."""


@dataclass(frozen=True, slots=True)
class ReaderPair:
    """A post's text, and the statement and known false claims that it is read beside."""

    post: str
    statement: str
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A pair as ids of pieces, those of the post first, and where those of the fact begin."""

    ids: tuple[int, ...]
    fact_from: int


def pair_of(post: PostReading, fact: Fact) -> ReaderPair:
    """A post beside a fact, whose statement is taken in the post's language where it is told in it."""
    told = {"nn": fact.statement_nn, "en": fact.statement_en}.get(post.lang) or fact.statement_nb
    return ReaderPair(post.text, told, tuple(fact.known_false_claims))


def encode(pieces: SentencePieceProcessor, pairs: Sequence[ReaderPair]) -> list[Encoded]:
    """Each pair as the network reads it: start, post, end, statement, end, and each claim with an end."""
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.post, pair.statement, *pair.claims[:_CLAIMS])))
    known = dict(zip(texts, pieces.encode(texts), strict=True))
    encoded = []
    for pair in pairs:
        post = [START, *known[pair.post][:_POST], END]
        fact = known[pair.statement][:_STATEMENT]
        for claim in pair.claims[:_CLAIMS]:
            fact = [*fact, END, *known[claim][:_CLAIM]]
        encoded.append(Encoded((*post, *fact[:_FACT], END), len(post)))
    return encoded


def wording_key(pair: ReaderPair) -> str:
    """A hash of the statement and claims that the post is read beside."""
    return hashlib.blake2b(repr((pair.statement, pair.claims)).encode(errors="replace"), digest_size=8).hexdigest()


def batch(encoded: Sequence[Encoded]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids of some pairs, filled up to the longest, and 1 where they are of the fact; both (pairs, pieces)."""
    longest = max(len(pair.ids) for pair in encoded)
    ids = np.full((len(encoded), longest), PADDING, dtype=np.int64)
    of_fact = np.zeros_like(ids)
    for row, pair in enumerate(encoded):
        ids[row, : len(pair.ids)] = pair.ids
        of_fact[row, pair.fact_from : len(pair.ids)] = 1
    return ids, of_fact


class Reader:
    """The network and its pieces, loaded once a process."""

    def __init__(self, network: Path = NETWORK, pieces: Path = PIECES) -> None:
        self._pieces = SentencePieceProcessor(model_file=str(pieces))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self._threads = len(os.sched_getaffinity(0))
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])

    def read(self, pairs: Sequence[ReaderPair]) -> NDArray[np.float64]:
        """The log of how likely each relation is for each pair: (pairs, RELATIONS)."""
        # One by one, since a batch shares the scale of its bytes: what is read of a pair must not hang on the others.
        with ThreadPoolExecutor(self._threads) as pool:
            found = list(pool.map(self._read_one, encode(self._pieces, pairs)))
        return np.vstack(found) if found else np.zeros((0, len(RELATIONS)))

    def _read_one(self, pair: Encoded) -> NDArray[np.float64]:
        ids, of_fact = batch([pair])
        return np.asarray(self._session.run(None, {"ids": ids, "of_fact": of_fact})[0], dtype=np.float64)


@lru_cache(maxsize=1)
def shipped() -> Reader:
    """The reader that ships with the program."""
    return Reader()
