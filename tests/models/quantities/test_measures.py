"""What a number measures, and the ranges that words make of it."""

from __future__ import annotations

import math

import pytest

from models.quantities import quantities
from tests.models.quantities.helpers import only, read


@pytest.mark.parametrize(
    ("text", "value", "noun"),
    [
        ("64 elever", 64, "elev"),
        ("bare 30 elevar", 30, "elev"),
        ("72 plasser", 72, "plass"),
        ("11 turbiner", 11, "turbin"),
        ("64 nye elever", 64, "elev"),
        ("førti turbinar", 40, "turbin"),
        ("3000 demonstranter", 3000, "demonstrant"),
    ],
)
def test_a_count_keeps_the_noun_that_is_counted(text: str, value: float, noun: str) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.noun) == ("count", value, noun)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("over en time", 60, math.inf),
        ("minst 20 minutter", 20, math.inf),
        ("under 40 minutter", 0, 40),
        ("inntil 30 minutter", 0, 30),
        ("10–15 minutter", 10, 15),
        ("mellom 20 og 30 minutter", 20, 30),
        ("rundt 100 minutter", 85, 115),
        ("drøyt 100 minutter", 100, 115),
        ("i underkant av 100 minutter", 85, 115),
        ("fem eller flere fugler", 5, math.inf),
        ("20 personer eller fleire", 20, math.inf),
        ("70 desibel eller mindre", 0, 70),
    ],
)
def test_words_around_a_number_make_it_a_range(text: str, low: float, high: float) -> None:
    quantity = only(text)
    assert (quantity.low, quantity.high) == (pytest.approx(low), pytest.approx(high))


def test_a_word_of_the_sentence_before_makes_no_range() -> None:
    assert read("Ferien er over. Tre barn er ute.") == [("count", 3, 3)]


def test_a_change_from_one_amount_to_another_is_no_range() -> None:
    assert [q.low for q in quantities("opp fra 22 til 40 kroner")] == [22, 40]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("2 av 3", 66, 67), ("tre av fire elever", 75, 75), ("én av fem", 20, 20), ("one in three", 33, 34)],
)
def test_so_many_of_so_many_is_a_share(text: str, low: float, high: float) -> None:
    assert read(text) == [("percent", low, high)]


def test_few_of_many_stay_two_counts() -> None:
    assert read("14 av 300 elever") == [("number", 14, 14), ("count", 300, 300)]


def test_so_much_in_the_hour_is_a_speed_unless_somebody_is_paid() -> None:
    assert read("De kjører 80 i timen") == [("km/h", 80, 80)]
    assert read("Jeg tjener 120 i timen") == [("number", 120, 120)]


@pytest.mark.parametrize(
    ("text", "first", "last"), [("80-tallet", 1980, 1989), ("1800-talet", 1800, 1899), ("2024–2025", 2024, 2025)]
)
def test_years_may_be_many(text: str, first: int, last: int) -> None:
    assert read(text) == [("year", first, last)]
