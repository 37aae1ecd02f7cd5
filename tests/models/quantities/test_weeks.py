"""Weeks by their number, and days by their place in a month."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.quantities import quantities
from tests.models.quantities.helpers import FRIDAY, only, read


@pytest.mark.parametrize(
    ("text", "low", "high", "year"),
    [
        ("uke 34", 817, 823, 2026),
        ("veke 34", 817, 823, 2026),
        ("uke 34–36", 817, 906, 2026),
        ("uke 34 2025", 818, 824, 2025),
        ("uke 3", 118, 124, 2027),
        ("siste mandag i mars", 330, 330, 2026),
        ("første tirsdag i oktober 2014", 1007, 1007, 2014),
        ("siste dag i oktober", 1031, 1031, 2026),
        ("første uke i oktober 2014", 1006, 1012, 2014),
    ],
)
def test_a_week_and_a_day_of_a_month_are_found_in_the_calendar(text: str, low: float, high: float, year: int) -> None:
    quantity = only(text, FRIDAY)
    assert (quantity.unit, quantity.low, quantity.high, quantity.year) == ("date", low, high, year)


def test_a_week_is_of_the_year_of_the_post() -> None:
    assert [q.year for q in quantities("uke 34", datetime(2024, 5, 1, tzinfo=UTC))] == [2024]


def test_hours_in_the_week_are_no_week() -> None:
    assert [unit for unit, *_ in read("I uke 20 timer")] == ["minutes"]
