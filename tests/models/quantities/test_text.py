"""A text made ready to be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.quantities.text import read_text


@given(st.text(max_size=50))
def test_positions_stay(text: str) -> None:
    assert len(read_text(text).plain) == len(text)


def test_spaces_dashes_and_letters_are_of_one_kind() -> None:
    assert read_text("İ 15\u00a0000–16\u202f000 KR").plain == "i 15 000-16 000 kr"


def test_english_is_known_by_its_small_words() -> None:
    assert read_text("It is one of them").english
    assert read_text("Everybody has a room to themselves").english
    assert not read_text("Det er to av tre").english
