"""Times of the day."""

from __future__ import annotations

import pytest

from tests.models.quantities.helpers import read


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("klokka 19", 19, 0),
        ("kl. 15.30", 15, 30),
        ("kl 0730", 7, 30),
        ("07.30", 7, 30),
        ("7.30", 7, 30),
        ("15:30", 15, 30),
        ("klokka halv tre", 2, 30),
        ("halv åtte", 7, 30),
        ("klokka halv to", 1, 30),
        ("kvart over åtte", 8, 15),
        ("kvart på 12", 11, 45),
        ("ti på halv ni", 8, 20),
        ("fem over tre", 3, 5),
        ("klokka 20 over 15", 15, 20),
        ("half past eight", 8, 30),
        ("quarter to eight", 7, 45),
        ("eight o'clock", 8, 0),
        ("7 pm", 19, 0),
    ],
)
def test_a_time_is_read_as_it_is_said(text: str, hour: int, minute: int) -> None:
    assert read(text) == [("clock", hour * 60 + minute, hour * 60 + minute)]


@pytest.mark.parametrize(
    "text", ["kl. 9–16", "kl 9 til 16", "9:00–16:00", "09.00 - 16.00", "mellom kl. 9 og kl. 16", "fra kl. 9 til kl. 16"]
)
def test_two_times_may_be_a_stretch(text: str) -> None:
    assert read(text) == [("clock", 9 * 60, 16 * 60)]


def test_a_stretch_may_run_past_midnight() -> None:
    assert read("kl. 22–02") == [("clock", 22 * 60, 26 * 60)]


@pytest.mark.parametrize(
    "text", ["kr 7.30", "7.30 prosent", "renta er 4.25", "at to av tre", "ti på fire rom", "kvart over", "kl. 8:00 GMT"]
)
def test_amounts_and_other_zones_are_no_time(text: str) -> None:
    assert all(unit != "clock" for unit, *_ in read(text))
