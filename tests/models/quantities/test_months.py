"""Dates with the name of a month."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import only


@pytest.mark.parametrize(
    ("text", "low", "high", "year"),
    [
        ("1. mai", 501, 501, None),
        ("første mai", 501, 501, None),
        ("May 1st", 501, 501, None),
        ("1st of May", 501, 501, None),
        ("Jul 18, 2014", 718, 718, 2014),
        ("15. desember 2026", 1215, 1215, 2026),
        ("10.–15. mai", 510, 515, None),
        ("15. - 20. juni", 615, 620, None),
        ("fra 1. til 15. mai", 501, 515, None),
        ("15. juni - 30. august", 615, 830, None),
        ("innen utgangen av april", 424, 431, None),
        ("to the end of April", 424, 431, None),
        ("tidleg i mai", 501, 512, None),
        ("månedsskiftet april/mai", 424, 508, None),
        ("i april", 401, 431, None),
        ("oktober 2014", 1001, 1031, 2014),
    ],
)
def test_a_month_gives_a_day_or_a_stretch(text: str, low: float, high: float, year: int | None) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high, quantity.year) == ("date", low, high, year)
