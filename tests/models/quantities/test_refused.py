"""Digits that tell no amount."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import read


@pytest.mark.parametrize(
    "text",
    [
        "fv. 17",
        "E6",
        "buss 12",
        "nr. 12",
        "1. til 3. trinn",
        "sjette klasse",
        "se § 12",
        "punkt 4",
        "covid-19",
        "klasse 6B",
        "menn i 40-årene",
        "22 86 41 00",
        "+47 900 12 345",
        "41234567",
        "6770 Nordfjordeid",
        "0150 Oslo",
        "Fjordgata 12",
        "Kirkeveien 4B",
        "iOS 17.1.2",
        "versjon 2.15",
        "konto 1234.56.78903",
        "Heia vant 2–1",
        "Det ble 3-0",
        "åpent 24/7",
        "50/50",
        "på 1-2-3",
        "9" * 2_000,
    ],
)
def test_names_and_codes_are_no_quantities(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "unit"),
    [("2–1 er ikke 1–2 timer", "minutes"), ("12 000 000 kr", "kroner"), ("Fra torget 12 minutter", "minutes")],
)
def test_an_amount_beside_them_is_read(text: str, unit: str) -> None:
    assert [found[0] for found in read(text)] == [unit]
