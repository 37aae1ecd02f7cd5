"""Amounts that are told without a number."""

from __future__ import annotations

import pytest

from models.quantities import DAY, WEEK, YEAR
from tests.models.quantities.helpers import read


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("halv pris", 50, 50),
        ("en tredjedel", 33, 34),
        ("to tredeler", 66, 67),
        ("tre fjerdedelar", 75, 75),
        ("two thirds", 66, 67),
        ("trekvart", 75, 75),
        ("annenhver elev", 50, 50),
        ("kvar femte innbyggjar", 20, 20),
    ],
)
def test_a_share_is_per_cent(text: str, low: float, high: float) -> None:
    assert read(text) == [("percent", low, high)]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("annenhver uke", 2 * WEEK),
        ("annankvar veke", 2 * WEEK),
        ("annenhver onsdag", 2 * WEEK),
        ("kvar veke", WEEK),
        ("hver fredag", WEEK),
        ("hver fjerde uke", 4 * WEEK),
        ("hvert kvarter", 15),
        ("hvert 20. minutt", 20),
        ("tre ganger om dagen", DAY / 3),
        ("en gang i året", YEAR),
        ("every ten years", 10 * YEAR),
        ("every 2 weeks", 2 * WEEK),
        ("six times a day", DAY / 6),
    ],
)
def test_what_returns_has_the_time_between(text: str, minutes: float) -> None:
    assert read(text) == [("every", pytest.approx(minutes), pytest.approx(minutes))]


@pytest.mark.parametrize(
    "text",
    [
        "helt gratis",
        "ikkje ei krone",
        "det koster ingenting",
        "det kostar ikkje noko",
        "vi tar ikke betalt for det",
        "utan gebyr",
        "there is no charge",
        "den koster deg ingenting",
        "dei betaler null for det",
        "vi slapp å betale",
        "they paid nothing",
        "we didn't pay a krone",
        "it doesn’t cost anything",
    ],
)
def test_what_is_free_costs_no_kroner(text: str) -> None:
    assert read(text) == [("kroner", 0, 0)]


@pytest.mark.parametrize("text", ["annenhver", "ikke gratis", "hver første lørdag", "det koster ikke noe ekstra"])
def test_half_a_saying_tells_nothing(text: str) -> None:
    assert read(text) == []


def test_a_named_wind_has_its_speed() -> None:
    assert read("liten kuling") == [("m/s", 10.8, 13.8)]
