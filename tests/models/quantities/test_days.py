"""Dates told from the post's own time."""

from __future__ import annotations

import pytest

from models.quantities import quantities
from tests.models.quantities.helpers import FRIDAY, only, read


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("i morgen", 1121, 1121),
        ("imorra", 1121, 1121),
        ("i overmorgon", 1122, 1122),
        ("i går", 1119, 1119),
        ("på mandag", 1123, 1123),
        ("på fredag", 1127, 1127),
        ("innan tysdag", 1124, 1124),
        ("sist torsdag", 1119, 1119),
        ("tysdag i neste veke", 1124, 1124),
        ("i neste veke", 1123, 1129),
        ("denne uka", 1116, 1122),
        ("forrige måned", 1001, 1031),
        ("i helga", 1120, 1122),
        ("om to uker", 1204, 1204),
        ("for tre dager siden", 1117, 1117),
        ("fristen er den 25.", 1125, 1125),
    ],
)
def test_a_relative_date_is_told_from_the_posts_time(text: str, low: float, high: float) -> None:
    quantity = only(text, FRIDAY)
    assert (quantity.unit, quantity.low, quantity.high, quantity.year) == ("date", low, high, 2026)
    assert quantity.relative


def test_a_relative_date_needs_the_posts_time() -> None:
    assert read("i morgen, neste uke eller på fredag", None) == []


@pytest.mark.parametrize(("text", "year"), [("i fjor", 2025), ("i år", 2026), ("neste år", 2027)])
def test_a_year_may_be_told_from_the_posts(text: str, year: int) -> None:
    assert read(text) == [("year", year, year)]


@pytest.mark.parametrize("text", ["åpent mandag til torsdag", "det siste året", "den tredje gangen"])
def test_what_returns_or_lasts_is_no_date(text: str) -> None:
    assert quantities(text, FRIDAY) == []
