"""The file that the reader begins from, made small here."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from models.corrections.reader_base import read_base

PIECES = {"<s>": 0.0, "▁fris": -3.5, "t": -2.25}
BLOCK = struct.pack("<e", 0.5) + bytes([0x98 + n % 2 for n in range(16)])


def small() -> bytes:
    words = [piece.encode() for piece in PIECES]
    bounds = np.cumsum([0, *map(len, words)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 4, 128, 3, 8, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(words), 0, 2, 1, 3, int(bounds[-1]))
    head += bounds.astype("<u4").tobytes() + np.array(list(PIECES.values()), "<f4").tobytes() + b"".join(words)
    head += struct.pack("<iI", 1, 5) + b"\x00" * 5
    tensors = {"l0.q.w": (1, BLOCK), "l0.aln.w": (0, np.array([1.0, -2.0], "<f4").tobytes())}
    listed = sum(2 + len(name) + struct.calcsize("<BIQQ") for name in tensors) + 4
    at = len(head) + listed
    head += struct.pack("<i", len(tensors))
    for name, (kind, raw) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, 0, at, len(raw))
        at += len(raw)
    return head + b"".join(raw for _, raw in tensors.values())


def test_the_pieces_come_with_their_scores() -> None:
    base = read_base(small())
    assert base.pieces == list(PIECES.items())
    assert base.width == 32


def test_weights_of_4_bits_are_scaled_by_their_block() -> None:
    row = read_base(small()).matrix("l0.q.w", 32)
    assert row.shape == (1, 32)
    np.testing.assert_array_equal(row[0, :4], [0.0, 0.5, 0.0, 0.5])
    np.testing.assert_array_equal(row[0, 16:], [0.5] * 16)


def test_other_weights_are_plain_numbers() -> None:
    np.testing.assert_array_equal(read_base(small()).tensors["l0.aln.w"], [1.0, -2.0])


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no e5 model"):
        read_base(b"PK\x03\x04")


@pytest.mark.parametrize("kept", [6, 60, 100])
def test_a_file_that_is_cut_off_is_refused(kept: int) -> None:
    with pytest.raises((ValueError, struct.error)):
        read_base(small()[:kept])
