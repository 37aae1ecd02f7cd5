"""Single words that are numbers."""

from __future__ import annotations

import pytest

from models.quantities.words import ORDINALS, number_word


@pytest.mark.parametrize(
    ("word", "value"),
    [("femogtjue", 25), ("femhundre", 500), ("tusen", 1_000), ("hundreogfem", 105), ("totusen", 2_000), ("åtti", 80)],
)
def test_a_word_may_hold_a_whole_number(word: str, value: float) -> None:
    assert number_word(word) == value


@pytest.mark.parametrize("word", ["hundremeteren", "tusenfryd", "skole", ""])
def test_a_word_with_more_in_it_is_none(word: str) -> None:
    assert number_word(word) is None


def test_ordinals_go_up_to_the_twenty_ninth() -> None:
    assert (ORDINALS["første"], ORDINALS["tjueniende"]) == (1, 29)
