"""What is read as a quantity, in which unit, and when two quantities agree."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quantities import DAY, HOUR, MAX_TEXT, MONTH, WEEK, YEAR, Quantity, compare, quantities

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def only(text: str, at: datetime | None = None) -> Quantity:
    found = quantities(text, at)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("15 000 kr", "kroner", 15_000),
        ("15\u00a0000 kroner", "kroner", 15_000),
        ("15.000,-", "kroner", 15_000),
        ("kr 1 250,50", "kroner", 1_250.5),
        ("femten tusen kroner", "kroner", 15_000),
        ("to hundre og femti kroner", "kroner", 250),
        ("et halvt tusen kroner", "kroner", 500),
        ("tre tusenlapper", "kroner", 3_000),
        ("1,2 mrd. kroner", "kroner", 1.2e9),
        ("12 mill. kroner", "kroner", 12e6),
        ("1.200 millioner kroner", "kroner", 1.2e9),
        ("NOK 320", "kroner", 320),
        ("15k", "number", 15_000),
        ("6 prosent", "percent", 6),
        ("6,5 %", "percent", 6.5),
        ("2,8 promille", "percent", 0.28),
        ("halv pris", "percent", 50),
        ("30 km/t", "km/h", 30),
        ("40-sone", "km/h", 40),
        ("25 meter i sekundet", "m/s", 25),
        ("15 m/s", "m/s", 15),
        ("25 minutter", "minutes", 25),
        ("ein halvtime", "minutes", 30),
        ("halvannen time", "minutes", 90),
        ("1 ½ time", "minutes", 90),
        ("1/2 time", "minutes", 30),
        ("seks uker", "minutes", 6 * WEEK),
        ("tre veker", "minutes", 3 * WEEK),
        ("seks måneders", "minutes", 6 * MONTH),
        ("et halvt år", "minutes", YEAR / 2),
        ("twenty-five minutes", "minutes", 25),
        ("fem og tjue minutter", "minutes", 25),
        ("klokka 19", "clock", 19 * HOUR),
        ("kl. 15.30", "clock", 15.5 * HOUR),
        ("klokka halv tre", "clock", 2.5 * HOUR),
        ("18 år gammel", "age", 18),
        ("annenhver uke", "every", 2 * WEEK),
        ("kvar veke", "every", WEEK),
        ("hver fjerde uke", "every", 4 * WEEK),
        ("i 2025", "year", 2025),
        ("1. mai", "date", 501),
        ("01.05.", "date", 501),
        ("20/9-26", "date", 920),
        ("første mai", "date", 501),
        ("May 1st", "date", 501),
        ("15. desember 2026", "date", 1215),
    ],
)
def test_an_amount_is_read_in_its_unit(text: str, unit: str, value: float) -> None:
    quantity = only(text)
    assert quantity.unit == unit
    assert quantity.low == pytest.approx(value)
    assert quantity.high == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value", "noun"),
    [
        ("64 elever", 64, "elev"),
        ("bare 30 elevar", 30, "elev"),
        ("72 plasser", 72, "plass"),
        ("11 turbiner", 11, "turbin"),
        ("64 nye elever", 64, "elev"),
        ("førti turbinar", 40, "turbin"),
    ],
)
def test_a_count_keeps_the_noun_that_is_counted(text: str, value: float, noun: str) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.noun) == ("count", value, noun)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("over en time", 60, math.inf),
        ("minst 20 minutter", 20, math.inf),
        ("under 40 minutter", 0, 40),
        ("inntil 30 minutter", 0, 30),
        ("10–15 minutter", 10, 15),
        ("mellom 20 og 30 minutter", 20, 30),
        ("rundt 100 minutter", 85, 115),
    ],
)
def test_words_around_a_number_make_it_a_range(text: str, low: float, high: float) -> None:
    quantity = only(text)
    assert quantity.low == pytest.approx(low)
    assert quantity.high == pytest.approx(high)


def test_a_change_from_one_amount_to_another_is_no_range() -> None:
    assert [q.low for q in quantities("opp fra 22 til 40 kroner")] == [22, 40]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("innen utgangen av april", 424, 431),
        ("i april", 401, 431),
        ("før jul", 1220, 1231),
        ("til sommeren", 601, 831),
        ("10.–15. mai", 510, 515),
    ],
)
def test_a_vague_date_is_a_stretch_of_the_year(text: str, low: float, high: float) -> None:
    quantity = only(text)
    assert (quantity.unit, quantity.low, quantity.high) == ("date", low, high)


@pytest.mark.parametrize(
    ("text", "value"),
    [("i morgen", 1121), ("i går", 1119), ("på mandag", 1123), ("sist torsdag", 1119), ("om to uker", 1204)],
)
def test_a_relative_date_is_told_from_the_posts_time(text: str, value: float) -> None:
    quantity = only(text, FRIDAY)
    assert (quantity.unit, quantity.low, quantity.year, quantity.relative) == ("date", value, 2026, True)


def test_a_relative_date_needs_the_posts_time() -> None:
    assert quantities("i morgen") == []


def test_weekdays_from_one_to_another_are_no_date() -> None:
    assert quantities("åpent mandag til torsdag", FRIDAY) == []


def test_a_rate_keeps_its_period() -> None:
    assert only("22 kroner timen").per == HOUR
    assert only("1 200 kroner i måneden").per == MONTH
    assert only("180 kroner døgnet").per == DAY
    assert only("12 timer i uka").per == WEEK


@pytest.mark.parametrize("text", ["fv. 17", "E6", "buss 12", "1. til 3. trinn", "se § 12", "punkt 4", "en skole"])
def test_names_and_ordinals_are_no_quantities(text: str) -> None:
    assert quantities(text) == []


def test_the_span_is_where_the_quantity_stands() -> None:
    text = "Det koster 15 000 kr nå, ikke 12 %."
    assert [text[q.start : q.end] for q in quantities(text)] == ["15 000 kr", "12 %"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 minutter", "en halv time"),
        ("15k kroner", "femten tusen kroner"),
        ("1,2 mrd kroner", "1.200 millioner kroner"),
        ("2,8 promille", "0,28 prosent"),
        ("1. mai", "01.05.2026"),
        ("4 uker", "en måned"),
        ("64 elever", "64 unger"),
        ("11 vindturbiner", "elleve turbiner"),
        ("klokka 19", "til 19"),
        ("klokka 20", "klokka åtte"),
        ("over 50 elever", "64 elever"),
        ("1 200 kroner i måneden", "14 400 kroner i året"),
        ("18 år", "18 år gammel"),
        ("15. april", "i april"),
    ],
)
def test_equal_amounts_in_other_words_agree(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "same"
    assert compare(only(other), only(one)) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("25 minutter", "over en time"),
        ("64 elever", "under 40 elever"),
        ("6 prosent", "dobles"),
        ("1. mars 2026", "1. mars 2027"),
        ("15. desember", "1. desember"),
        ("1. mai", "i april"),
        ("under 16 år", "under 10 år"),
        ("22 kroner timen", "40 kroner timen"),
        ("klokka 19", "til 16"),
        ("hver uke", "annenhver uke"),
    ],
)
def test_different_amounts_of_the_same_thing_differ(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "differs"


@pytest.mark.parametrize(
    ("one", "other"),
    [("30 km/t", "30 minutter"), ("64 elever", "64 kroner"), ("46 leger", "46 pasienter"), ("1. mai", "15 kroner")],
)
def test_amounts_of_different_things_are_not_compared(one: str, other: str) -> None:
    assert compare(only(one), only(other)) is None


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert quantities("x" * MAX_TEXT + " 15 kroner") == []


@pytest.mark.parametrize(
    "piece", ["1 ", "en ", "halv og ", "15.000 ", "1.1.", "hundre ", "1-", "kl ", "hver ", "-", "a"]
)
def test_a_hostile_text_is_read_quickly(piece: str) -> None:
    started = time.process_time()
    quantities(piece * 100_000, FRIDAY)
    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_ordered_spans_within_it(text: str) -> None:
    found = quantities(text, FRIDAY)
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert all(q.low <= q.high for q in found if q.unit != "date")
    assert all(a.end <= b.start for a, b in pairwise(found))
