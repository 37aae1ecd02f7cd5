"""Dates with the name of a month: «1. mai», «fra 1. til 15. mai», «innen utgangen av april», «oktober 2014»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.calendar_days import MONTHS, day_value, full_year
from models.quantities.record import Quantity
from models.quantities.text import Text
from models.quantities.words import ORDINALS

_NAMES: Final = frozenset(MONTHS)
_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_SHORT: Final = ("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "okt", "oct", "nov", "des", "dec")
_FULL: Final = "|".join(name for name in MONTHS if name not in _SHORT)
_ENGLISH: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_YEAR: Final = r"(?:,?\s(?P<year>(?:19|20)\d\d)\b)?"
_DAY_MONTH: Final = re.compile(
    r"\b(?:(?P<first>\d{1,2})\.?\s?(?:-|til|og|to|and)\s?)?"
    rf"(?P<day>\d{{1,2}}|{'|'.join(ORDINALS)})(?:\.|st|nd|rd|th)?\s?(?:of\s)?(?P<month>{_MONTH})\b\.?{_YEAR}"
)
_MONTH_DAY: Final = re.compile(rf"\b(?P<month>{_ENGLISH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th|\b){_YEAR}")
_MONTH_DAY_ALONE: Final = re.compile(
    rf"(?<!\bi )\b(?P<month>{_MONTH})\.?\s?(?P<day>\d{{1,2}})"
    r"(?:,?\s(?P<year>(?:19|20)\d\d)\b|(?=\s*(?:$|[,;!?)]|\.(?!\d))))"
)
_PART: Final = re.compile(
    r"\b(?:(?P<part>utgangen|utgongen|slutten|end|starten|begynnelsen|byrjinga|beginning|midten|middle|medio|ultimo|primo)"
    r"(?:\s(?:av|of))?|(?P<early>tidlig i|tidleg i|early(?: in)?)|(?P<late>sent i|seint i|late(?: in)?))"
    rf"\s(?P<month>{_FULL}){_YEAR}(?![a-zæøå])"
)
_TURN: Final = re.compile(rf"\bm[åa]n[ea]dsskiftet\s(?P<month>{_FULL})\s?[/-]\s?(?:{_FULL})\b{_YEAR}")
_ALONE: Final = re.compile(
    r"\b(?:i|til|fra|frå|før|innen|innan|etter|siden|sidan|neste|ut|hele|heile|in|by|until|since|next)\s"
    rf"(?P<month>{_FULL})\b{_YEAR}"
)
_MONTH_YEAR: Final = re.compile(rf"\b(?P<month>{_FULL})\s(?P<year>(?:19|20)\d\d)\b")
_DAYS_OF: Final = {
    **dict.fromkeys(("utgangen", "utgongen", "slutten", "end", "ultimo"), (24, 31)),
    **dict.fromkeys(("starten", "begynnelsen", "byrjinga", "beginning", "primo"), (1, 8)),
    **dict.fromkeys(("midten", "middle", "medio"), (11, 20)),
}


def month_dates(text: Text) -> Iterator[Quantity]:
    if not text.has(_NAMES):
        return
    plain = text.plain
    for pattern in (_DAY_MONTH, _MONTH_DAY, _MONTH_DAY_ALONE):
        for m in pattern.finditer(plain):
            yield from _days(m)
    for m in _TURN.finditer(plain):
        month, year = MONTHS[m["month"]], full_year(m["year"])
        yield Quantity(m.start(), m.end(), "date", month * 100 + 24, month % 12 * 100 + 108, year=year)
    for m in _PART.finditer(plain):
        days = _DAYS_OF[m["part"]] if m["part"] else (1, 12) if m["early"] else (20, 31)
        yield _within(m, m.start(), *days)
    for pattern in (_ALONE, _MONTH_YEAR):
        for m in pattern.finditer(plain):
            yield _within(m, m.start("month"), 1, 31)


def _days(m: re.Match[str]) -> Iterator[Quantity]:
    month, year = MONTHS[m["month"]], full_year(m["year"])
    first = m.groupdict().get("first")
    high = day_value(month, ORDINALS[m["day"]] if m["day"] in ORDINALS else int(m["day"]), year)
    low = day_value(month, int(first), year) if first else high
    if high is not None:
        yield Quantity(m.start(), m.end(), "date", low if low and low < high else high, high, year=year)


def _within(m: re.Match[str], start: int, first_day: int, last_day: int) -> Quantity:
    month = MONTHS[m["month"]] * 100
    return Quantity(start, m.end(), "date", month + first_day, month + last_day, year=full_year(m["year"]))
