"""Weeks by their number, and days by their place in a month: «uke 34», «siste mandag i mars»."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from models.quantities.calendar_days import MONTHS, WEEKDAYS, told
from models.quantities.record import Quantity
from models.quantities.text import Text
from models.quantities.units import unit_after
from models.quantities.words import ORDINALS

_WEEK_WORDS: Final = frozenset(["uke", "uka", "veke", "veka", "week"])
_WEEK: Final = re.compile(
    r"\b(?:uk[ea]|vek[ea]|week)\s(?P<first>\d{1,2})(?:\s?(?:-|/|og|til|to|and)\s?(?P<last>\d{1,2}))?(?![\d-]|[.,]\d)"
    r"(?:,?\s(?:i\s)?(?P<year>20\d\d)\b)?"
)
_WHAT: Final = "|".join((*WEEKDAYS, "dag", "day", "uke", "veke", "week"))
_NTH: Final = re.compile(
    r"\b(?P<nth>første|fyrste|andre|tredje|fjerde|siste|first|second|third|fourth|last)\s"
    rf"(?P<what>{_WHAT})(?:en)?\s(?:i|in|av|of)\s(?P<month>{'|'.join(MONTHS)})\b(?:\s(?P<year>(?:19|20)\d\d)\b)?"
)
_MONTHS: Final = frozenset(MONTHS)


def weeks(text: Text, at: datetime | None) -> Iterator[Quantity]:
    if text.has(_WEEK_WORDS):
        for m in _WEEK.finditer(text.plain):
            if unit_after(text, m.end())[0] == "number":
                yield from _numbered(m, at)
    if text.has(_MONTHS):
        for m in _NTH.finditer(text.plain):
            if m["year"] or at:
                yield from _nth(m, int(m["year"]) if m["year"] else at.year if at else 0)


def _numbered(m: re.Match[str], at: datetime | None) -> Iterator[Quantity]:
    """In the post's year, if none is given; the first weeks, told late in the year, are those of the next."""
    first, last = int(m["first"]), int(m["last"] or m["first"])
    if not 1 <= first <= last <= 52 or (at is None and not m["year"]):
        return
    year = int(m["year"]) if m["year"] else at.year + (at.month > 10 and first < 9) if at else 0
    yield told(m.start(), m.end(), date.fromisocalendar(year, first, 1), 7 * (last - first + 1), relative=False)


def _nth(m: re.Match[str], year: int) -> Iterator[Quantity]:
    month, what = MONTHS[m["month"]], m["what"]
    length = monthrange(year, month)[1]
    start, step = date(year, month, 1), 1
    if what not in ("dag", "day"):
        start, step = start + timedelta(days=(WEEKDAYS.get(what, 0) - start.weekday()) % 7), 7
    whole = 7 if what in ("uke", "veke", "week") else 1
    nth = (length - start.day - whole + 1) // step if m["nth"] in ("siste", "last") else ORDINALS[m["nth"]] - 1
    first = start + timedelta(days=step * nth)
    if first.month == month:
        yield told(m.start(), m.end(), first, whole, relative=not m["year"])
