"""Numbers in digits and in words, in both forms of Norwegian, in dialect and in English."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import only, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15k", 15_000),
        ("3M", 3e6),
        ("1,2 mrd.", 1.2e9),
        ("4,5 mill", 4.5e6),
        ("to billioner", 2e12),
        ("15\u00a0000", 15_000),
        ("15\u202f000", 15_000),
        ("1.200.000", 1_200_000),
        ("1 250,50", 1_250.5),
        ("1 ½", 1.5),
        ("1½", 1.5),
        ("3/4", 0.75),
        ("1 1/2", 1.5),
        ("femten tusen", 15_000),
        ("femtentusen", 15_000),
        ("totusenfemhundreogtjue", 2_520),
        ("fem hundre og tjue", 520),
        ("et halvt tusen", 500),
        ("et par hundre", 200),
        ("to og en halv", 2.5),
        ("nittini komma fem", 99.5),
        ("tredve", 30),
        ("halvannen", 1.5),
        ("halvannet", 1.5),
        ("sjauogtjuge", 27),
        ("tjueein", 21),
        ("fæm", 5),
        ("forty-two", 42),
        ("a hundred and twenty", 120),
        ("the two billion", 2e9),
    ],
)
def test_a_number_has_the_value_that_is_meant(text: str, value: float) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high) == ("number", pytest.approx(value), pytest.approx(value))


@pytest.mark.parametrize("text", ["en skole", "et par", "tusen takk", "fire the coach of it", "to be or not, is it"])
def test_an_article_and_a_phrase_are_no_number(text: str) -> None:
    assert read(text) == []
