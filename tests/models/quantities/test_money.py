"""Amounts of money, as people write them."""

from __future__ import annotations

import pytest

from models.quantities import DAY, HOUR, MONTH
from tests.models.quantities.helpers import only, read


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("15 000 kr", "kroner", 15_000),
        ("15\u00a0000 kroner", "kroner", 15_000),
        ("15.000,-", "kroner", 15_000),
        ("kr 1 250,50", "kroner", 1_250.5),
        ("kr. 500", "kroner", 500),
        ("50kr", "kroner", 50),
        ("15k kr", "kroner", 15_000),
        ("femten tusen kroner", "kroner", 15_000),
        ("femten tusen spenn", "kroner", 15_000),
        ("to hundre og femti kroner", "kroner", 250),
        ("et halvt tusen kroner", "kroner", 500),
        ("tre tusenlapper", "kroner", 3_000),
        ("hundrelapp", "kroner", 100),
        ("200-lapp", "kroner", 200),
        ("femhundrelappen", "kroner", 500),
        ("tre femhundrelapper", "kroner", 1_500),
        ("1,2 mrd. kroner", "kroner", 1.2e9),
        ("12 mill. kroner", "kroner", 12e6),
        ("1.200 millioner kroner", "kroner", 1.2e9),
        ("NOK 320", "kroner", 320),
        ("2 kroner og 50 øre", "kroner", 2.5),
        ("200 svenske kroner", "sek", 200),
        ("200 SEK", "sek", 200),
        ("ti danske kroner", "dkk", 10),
        ("£9", "gbp", 9),
        ("$10k", "dollar", 10_000),
        ("20 euro", "euro", 20),
        ("10 cent", "cent", 10),
    ],
)
def test_money_is_read_in_its_currency(text: str, unit: str, value: float) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high) == (unit, pytest.approx(value), pytest.approx(value))


def test_small_letters_are_seconds() -> None:
    assert read("10 sek") == [("minutes", pytest.approx(1 / 6), pytest.approx(1 / 6))]


def test_a_rate_keeps_its_period() -> None:
    assert only("22 kroner timen").per == HOUR
    assert only("1 200 kroner i måneden").per == MONTH
    assert only("180 kroner døgnet").per == DAY
