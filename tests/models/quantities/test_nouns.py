"""The noun that is counted."""

from __future__ import annotations

import pytest

from models.quantities import stem
from models.quantities.nouns import noun_after, same_noun


@pytest.mark.parametrize("word", ["elever", "elevar", "elevane", "Elevene", "elev"])
def test_a_noun_loses_its_inflection(word: str) -> None:
    assert stem(word) == "elev"


def test_adjectives_before_the_noun_are_passed_over() -> None:
    assert noun_after("64 nye private elever", 2) == ("elev", 21)


def test_a_small_word_is_no_noun() -> None:
    assert noun_after("64 av dem", 2) == ("", 2)


@pytest.mark.parametrize("text", ["18 slepp", "16 mandag", "25 allowed", "280 timen", "14 hverdager"])
def test_what_stands_after_a_number_need_not_be_what_it_counts(text: str) -> None:
    assert noun_after(text, text.index(" "))[0] == ""


@pytest.mark.parametrize(("one", "other"), [("elev", "ung"), ("turbin", "vindturbin"), ("", "elev")])
def test_like_nouns_are_the_same(one: str, other: str) -> None:
    assert same_noun(one, other)
    assert not same_noun("leg", "pasient")
