"""Units of measure."""

from __future__ import annotations

import pytest

from models.quantities import DAY, HOUR, MONTH, WEEK, YEAR
from tests.models.quantities.helpers import only, read


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("6 prosent", "percent", 6),
        ("6,5 %", "percent", 6.5),
        ("førti prosent", "percent", 40),
        ("2,8 promille", "percent", 0.28),
        ("30 km/t", "km/h", 30),
        ("40-sone", "km/h", 40),
        ("sekstisone", "km/h", 60),
        ("25 meter i sekundet", "m/s", 25),
        ("15 m/s", "m/s", 15),
        ("25 minutter", "minutes", 25),
        ("ein halvtime", "minutes", 30),
        ("halvannen time", "minutes", 90),
        ("half an hour", "minutes", 30),
        ("a fortnight", "minutes", 20_160),
        ("ein og ein halv time", "minutes", 90),
        ("1 ½ time", "minutes", 90),
        ("1/2 time", "minutes", 30),
        ("seks uker", "minutes", 6 * WEEK),
        ("tre veker", "minutes", 3 * WEEK),
        ("seks måneders", "minutes", 6 * MONTH),
        ("et halvt år", "minutes", YEAR / 2),
        ("twenty-five minutes", "minutes", 25),
        ("fem og tjue minutter", "minutes", 25),
        ("18 år gammel", "age", 18),
        ("6-åringer", "age", 6),
        ("seksåringar", "age", 6),
        ("-5 grader", "degrees", -5),
        ("minus fem grader", "degrees", -5),
        ("15 kuldegrader", "degrees", -15),
        ("40 cm", "metres", 0.4),
        ("to mil", "metres", 20_000),
        ("5 twh", "kwh", 5e9),
        ("150 centimeter", "metres", 1.5),
        ("3 millimeter", "metres", 0.003),
        ("18 kvadrat", "m2", 18),
        ("25 MW", "kilowatt", 25_000),
        ("25 megawatt", "kilowatt", 25_000),
        ("tre kalenderdager", "minutes", 3 * DAY),
        ("16 calendar days", "minutes", 16 * DAY),
        ("de første 16 virkedagene", "minutes", 16 * DAY),
        ("førtiåtte dagane", "minutes", 48 * DAY),
        ("de siste 20 årene", "minutes", 20 * YEAR),
        ("en times kø", "minutes", HOUR),
    ],
)
def test_an_amount_is_read_in_its_unit(text: str, unit: str, value: float) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high) == (unit, pytest.approx(value), pytest.approx(value))


def test_a_duration_keeps_the_period_that_it_is_for() -> None:
    assert (only("12 timer i uka").low, only("12 timer i uka").per) == (12 * HOUR, WEEK)


def test_times_in_english_are_no_hours() -> None:
    assert read("three times") == [("count", 3, 3)]


def test_the_base_amount_of_the_national_insurance_is_no_weight() -> None:
    assert read("over 6G") == []
    assert read("under 2 G") == [("count", 0, 2)]


def test_a_unit_ends_with_its_word() -> None:
    assert read("5 milepæler") == [("count", 5, 5)]
