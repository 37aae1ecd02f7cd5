"""Two quantities that are one, and two that stay two."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import read


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 timer og 15 minutter", "minutes", 135),
        ("1 t 20 min", "minutes", 80),
        ("2 kroner og 50 øre", "kroner", 2.5),
        ("20 euro og 5 cent", "euro", 20.05),
    ],
)
def test_a_smaller_unit_is_added(text: str, unit: str, value: float) -> None:
    assert read(text) == [(unit, pytest.approx(value), pytest.approx(value))]


def test_a_stretch_may_run_over_new_year() -> None:
    assert read("15. desember til 5. januar") == [("date", 1215, 105)]


@pytest.mark.parametrize("text", ["flyttet fra 1. mai til 1. juni", "1. mai og 1. juni", "1. mai – 1. april"])
def test_dates_that_are_no_stretch_stay_two(text: str) -> None:
    assert len(read(text)) == 2


def test_durations_of_like_size_stay_two() -> None:
    assert len(read("to uker og tre uker")) == 2
