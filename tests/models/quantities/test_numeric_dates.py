"""Dates in digits."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import only, read


@pytest.mark.parametrize(
    ("text", "day", "year"),
    [
        ("01.05.", 501, None),
        ("30.10", 1030, None),
        ("20/9", 920, None),
        ("20/9-26", 920, 2026),
        ("3-3-2015", 303, 2015),
        ("31-10-74", 1031, 1974),
        ("2026-05-01", 501, 2026),
        ("1.5.2026", 501, 2026),
    ],
)
def test_a_date_has_its_day_and_year(text: str, day: float, year: int | None) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.year) == ("date", day, year)


def test_two_dates_may_be_a_stretch() -> None:
    assert read("15/6–30/8") == [("date", 615, 830)]


@pytest.mark.parametrize("text", ["2.5 prosent", "9.5", "1/2 time", "iOS 14.1.1", "31.2."])
def test_decimals_fractions_and_versions_are_no_dates(text: str) -> None:
    assert all(unit != "date" for unit, *_ in read(text))
