"""Dates told from the post's own time: «i morgen», «på fredag», «om to uker»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from models.quantities.record import DAY, YEAR, Quantity

_DAYS_AWAY: Final = (
    (re.compile(r"\b(?:i ?overmorgen|i ?overmorra|i ?overmorgon|day after tomorrow)\b", re.I), 2),
    (re.compile(r"\b(?:i forgårs|i førgår|day before yesterday)\b", re.I), -2),
    (re.compile(r"\b(?:i ?morgen|i ?morra|i ?morgon|tomorrow)\b(?! tidlig)", re.I), 1),
    (re.compile(r"\b(?:i ?går|yesterday)\b", re.I), -1),
    (re.compile(r"\b(?:i ?dag|i ?kveld|today|tonight)\b", re.I), 0),
)
_WEEKDAY: Final = re.compile(
    r"\b(?:(?P<which>på|til|neste|sist|siste|forrige|førre|kommende|on|by|next|last)\s)"
    r"(?P<day>mandag|måndag|monday|tirsdag|tysdag|tuesday|onsdag|wednesday|torsdag|thursday|fredag|friday"
    r"|lørdag|laurdag|saturday|søndag|sundag|sunday)\b",
    re.I,
)
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "mandag måndag monday",
            "tirsdag tysdag tuesday",
            "onsdag wednesday",
            "torsdag thursday",
            "fredag friday",
            "lørdag laurdag saturday",
            "søndag sundag sunday",
        )
    )
    for name in names.split()
}


def relative_dates(text: str, at: datetime | None) -> Iterator[Quantity]:
    if at is None:
        return
    today = at.date()
    for pattern, days in _DAYS_AWAY:
        for m in pattern.finditer(text):
            yield _told(m.start(), m.end(), today + timedelta(days=days))
    for m in _WEEKDAY.finditer(text):
        if m["which"].lower() == "til" and text[: m.start()].lower().endswith(("dag ", "dager ", "dagar ")):
            continue  # «mandag til torsdag» is no date
        ahead = (_WEEKDAYS[m["day"].lower()] - today.weekday()) % 7 or 7
        if m["which"].lower() in ("sist", "siste", "forrige", "førre", "last"):
            ahead -= 7 if ahead < 7 else 14
        yield _told(m.start(), m.end(), today + timedelta(days=ahead))


def _told(start: int, end: int, day: date) -> Quantity:
    value = day.month * 100.0 + day.day
    return Quantity(start, end, "date", value, value, year=day.year, relative=True)


def from_now(quantity: Quantity, before: str, text: str, at: datetime) -> Quantity:
    """«om to uker» and «for tre dager siden» are dates; «tok to uker» stays a duration."""
    if quantity.low < DAY or quantity.high > 2 * YEAR:
        return quantity
    days = timedelta(minutes=quantity.low)
    if re.search(r"\b(?:om|in)\s$", before, re.I):
        return _told(quantity.start, quantity.end, (at + days).date())
    if re.match(r"\s(?:siden|sidan|ago)\b", text[quantity.end : quantity.end + 8], re.I):
        return _told(quantity.start, quantity.end, (at - days).date())
    return quantity
