"""Times of the day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.record import Quantity
from models.quantities.words import NUMBERS

_CLOCK: Final = re.compile(
    r"\b(?:klokk(?:a|en|o)|kl\.?|at(?=\s))\s?(?P<half>halv\s)?(?P<hour>\d{1,2}|[^\W\d_]{2,9})(?:[.:](?P<minute>[0-5]\d))?"
    r"(?:\s?(?P<half_day>am|pm|a\.m\.|p\.m\.))?(?!\s?(?:km|kr|%|m/s|\d))"
    r"|(?<![\d.,:])(?P<hour2>[01]?\d|2[0-4]):(?P<minute2>[0-5]\d)(?![\d:])"
    r"|(?<![\d.,:])(?P<hour3>\d{1,2})\s?(?P<half_day3>am|pm)\b",
    re.I,
)


def clock_times(text: str) -> Iterator[Quantity]:
    for m in _CLOCK.finditer(text):
        word = (m["hour"] or m["hour2"] or m["hour3"]).lower()
        hour = float(word) if word.isdecimal() else NUMBERS.get(word)
        if hour is None or hour > 24:
            continue
        afternoon = (m["half_day"] or m["half_day3"] or "").lower().startswith("p") and hour < 12
        minutes = (
            hour * 60 + int(m["minute"] or m["minute2"] or 0) + (720 if afternoon else 0) - (30 if m["half"] else 0)
        )
        yield Quantity(m.start(), m.end(), "clock", minutes, minutes)
