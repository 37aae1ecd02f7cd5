"""What one quantity is, and the lengths of time that units are told in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount between `low` and `high` (inclusive, `math.inf` where open) at text[start:end].

    Units: `kroner`, `dollar`, `euro`, `cent`, other money by its code (`sek`, `gbp`), `percent`, `minutes` (durations),
    `clock` (minutes after midnight), `date` (month * 100 + day; a range that wraps runs over New Year), `year`, `age`
    (years), `km/h`, `m/s`, `metres`, `m2`, `kg`, `litres`, `degrees`, `decibel`, `kwh`, `kilowatt`, `every` (minutes
    between two times: «annenhver uke»), `count` (of `noun`), and `number` where nothing tells what is counted.
    """

    start: int
    end: int
    unit: str
    low: float
    high: float
    noun: str = ""
    per: float = 0.0
    """The period that the amount is for, in minutes («22 kroner timen»: 60); 0 where none is given."""
    year: int | None = None
    """Of a date, where the text or the post's time gives it."""
    relative: bool = False
    """A date or year told from the post's own time («i morgen», «i fjor»)."""


HOUR: Final = 60.0
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 365.25 / 12 * DAY
YEAR: Final = 365.25 * DAY
"""In minutes; a month and a year are the mean ones."""
