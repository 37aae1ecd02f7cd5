"""When two quantities agree."""

from __future__ import annotations

import pytest

from models.quantities import compare
from tests.models.quantities.helpers import only


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
        ("klokka ni", "kl. 17–21"),
        ("24 rom", "24 rooms"),
        ("over 50 elever", "64 elever"),
        ("1 200 kroner i måneden", "14 400 kroner i året"),
        ("18 år", "18 år gammel"),
        ("15. april", "i april"),
        ("2 av 3", "67 prosent"),
        ("15. juni", "15/6–30/8"),
        ("-5 grader", "5 kuldegrader"),
        ("klokka halv to", "13:30"),
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
        ("kl. 9–14", "kl. 17–21"),
        ("hver uke", "annenhver uke"),
        ("i 2025", "i 2027"),
        ("-5 grader", "5 grader"),
    ],
)
def test_different_amounts_of_the_same_thing_differ(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "differs"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 km/t", "30 minutter"),
        ("64 elever", "64 kroner"),
        ("46 leger", "46 pasienter"),
        ("1. mai", "15 kroner"),
        ("15 kroner", "15 euro"),
    ],
)
def test_amounts_of_different_things_are_not_compared(one: str, other: str) -> None:
    assert compare(only(one), only(other)) is None
