"""Stretches of the year with a name."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import only


@pytest.mark.parametrize(
    ("text", "low", "high", "year"),
    [
        ("før jul", 1220, 1231, None),
        ("til sommeren", 601, 831, None),
        ("i romjula", 1225, 1231, None),
        ("første juledag", 1225, 1225, None),
        ("nyttårsaften", 1231, 1231, None),
        ("vinteren", 1201, 229, None),
        ("3. kvartal", 701, 931, None),
        ("fjerde kvartal 2018", 1001, 1231, 2018),
        ("første halvår 2026", 101, 631, 2026),
    ],
)
def test_a_season_is_a_stretch_of_the_year(text: str, low: float, high: float, year: int | None) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high, quantity.year) == ("date", low, high, year)
