"""All quantities of a text, in time that is bounded whatever it holds."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quantities import MAX_TEXT, quantities
from tests.models.quantities.helpers import FRIDAY, read

WRITTEN = """1|12|15 000|0|.|,|-|–|/|:| |½|%|kr|kl. |klokka |halv |og |en |et par |hundre|tusen|mill. \
|fem|åring|lapp|over |på |til |av |mai |uke |den |neste |hver |2026|+47 |$|timer |siden |Gata |İ \
|\u00a0|fra |mellom |\n"""
PIECES = WRITTEN.split("|")


def test_the_span_is_where_the_quantity_stands() -> None:
    text = "Det koster 15 000 kr nå, ikke 12 %."
    assert [text[q.start : q.end] for q in quantities(text)] == ["15 000 kr", "12 %"]


def test_a_date_and_a_time_are_two_quantities() -> None:
    assert read("Møtet er 25/4 kl. 16:00 på torsdag") == [
        ("date", 425, 425),
        ("clock", 960, 960),
        ("date", 1126, 1126),
    ]


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert quantities("x" * MAX_TEXT + " 15 kroner") == []


@pytest.mark.parametrize("piece", [*PIECES, "1 ", "halv og ", "1.1.", "1-", "kl ", "a", "hundretusen", "1/2 ", "kr 1 "])
def test_a_hostile_text_is_read_quickly(piece: str) -> None:
    started = time.process_time()
    quantities(piece * MAX_TEXT, FRIDAY)
    assert time.process_time() - started < 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_no_pattern_that_repeats_takes_long(pattern: str) -> None:
    started = time.process_time()
    quantities(pattern * MAX_TEXT, FRIDAY)
    assert time.process_time() - started < 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_gives_ordered_spans_within_it(text: str) -> None:
    found = quantities(text, FRIDAY)
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert all(q.low <= q.high for q in found if q.unit != "date")
    assert all(a.end <= b.start for a, b in pairwise(found))
