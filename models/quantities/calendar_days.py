"""Days of the calendar as a quantity holds them, and the names of months and weekdays."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from models.quantities.record import Quantity

_MONTH_NAMES: Final = (
    "januar january jan",
    "februar february feb",
    "mars march mar",
    "april apr",
    "mai may",
    "juni june jun",
    "juli july jul",
    "august aug",
    "september sept sep",
    "oktober october okt oct",
    "november nov",
    "desember december des dec",
)
MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_WEEKDAY_NAMES: Final = (
    "mandag måndag monday",
    "tirsdag tysdag tuesday",
    "onsdag wednesday",
    "torsdag thursday",
    "fredag friday",
    "lørdag laurdag saturday",
    "søndag sundag sunday",
)
WEEKDAYS: Final = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}


def day_value(month: int, day: int, year: int | None = None) -> float | None:
    """As `Quantity` holds it; None where the calendar has no such day."""
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year or 2024, month)[1]):
        return None
    return month * 100.0 + day


def full_year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) == 4 else 2000 + int(digits) if int(digits) < 70 else 1900 + int(digits)


def told(start: int, end: int, first: date, days: int = 1, *, relative: bool = True) -> Quantity:
    """The stretch of `days` that begins with a day of a known year."""
    last = first + timedelta(days=days - 1)
    low, high = (day.month * 100.0 + day.day for day in (first, last))
    return Quantity(start, end, "date", low, high, year=first.year, relative=relative)
