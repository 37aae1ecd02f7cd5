"""Dates that a text names: days, months and seasons."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from typing import Final

from models.quantities.record import Quantity
from models.quantities.words import ORDINALS

_MONTH_NAMES: Final = (
    "januar|january|jan",
    "februar|february|feb",
    "mars|march|mar",
    "april|apr",
    "mai|may",
    "juni|june|jun",
    "juli|july|jul",
    "august|aug",
    "september|sept|sep",
    "oktober|october|okt|oct",
    "november|nov",
    "desember|december|des|dec",
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}
_MONTH_WORD: Final = "|".join(_MONTH_NAMES)
_FULL_MONTH: Final = "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
_ENGLISH_MONTH: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAY_WORD: Final = rf"\d{{1,2}}|{'|'.join(ORDINALS)}"

_DIGIT: Final = re.compile(r"\d")
_MONTH_HINT: Final = re.compile("jan|feb|ma[ri]|apr|may|ju[nl]|aug|sep|o[kc]t|nov|de[sc]", re.I)
"""Saves most texts the patterns with months."""
_ISO: Final = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_DAY_MONTH: Final = re.compile(
    rf"\b(?:(?P<first>\d{{1,2}})\.?\s?(?:[-–]|til|og)\s?)?(?P<day>{_DAY_WORD})(?:\.|st|nd|rd|th)?\s?(?:of\s)?"
    rf"(?P<month>{_MONTH_WORD})\b\.?(?:,?\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_MONTH_DAY: Final = re.compile(
    rf"\b(?P<month>{_ENGLISH_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th|\b)(?:,?\s(?P<year>(?:19|20)\d\d)\b)?", re.I
)
_NUMERIC: Final = re.compile(
    r"(?<![\d.,/-])(?P<day>\d{1,2})(?P<sep>[./])\s?(?P<month>\d{1,2})(?:[./-]\s?(?P<year>(?:19|20)?\d\d))?\.?(?![\d/%‰])"
)
_AFTER_DECIMAL: Final = re.compile(
    r"\s?(?:%|prosent|promille|kr|mill|mrd|m/s|km|meter|grader|timer?|timar|år|del|liter)", re.I
)
_DATE_CUE: Final = re.compile(r"\b(?:den|fra|frå|til|innen|innan|før|etter|frist\w*|dato|by|until)\s$", re.I)
_PART_OF_MONTH: Final = re.compile(
    r"\b(?P<part>utgangen|slutten|end|starten|begynnelsen|byrjinga|beginning|midten|medio|ultimo|primo)\s(?:av |of )?"
    rf"(?P<month>{_FULL_MONTH}|{_ENGLISH_MONTH})\b(?:\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_MONTH_ALONE: Final = re.compile(
    rf"\b(?:(?:i|til|fra|frå|før|innen|etter|in|by|until|since)\s)(?P<month>{_FULL_MONTH}|{_ENGLISH_MONTH})\b"
    r"(?:\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_PARTS: Final = {
    **dict.fromkeys(("utgangen", "slutten", "end", "ultimo"), (24, 31)),
    **dict.fromkeys(("starten", "begynnelsen", "byrjinga", "beginning", "primo"), (1, 8)),
    **dict.fromkeys(("midten", "medio"), (11, 20)),
}
_SEASONS: Final = (
    (re.compile(r"\b(?:julaften|juleaften|christmas eve)\b", re.I), 1224, 1224),
    (re.compile(r"\bnyttårsaften\b", re.I), 1231, 1231),
    (
        re.compile(r"\b(?:før|til|i|etter|over|innen|by|until|before|after|at)\s(?:jul|jula|christmas)\b", re.I),
        1220,
        1231,
    ),
    (re.compile(r"\b(?:nyttår|nytt ?år|nyttårsskiftet|new year)\b", re.I), 1231, 101),
    (re.compile(r"\b(?:påske|påska|påsken|easter)\b", re.I), 320, 425),
    (re.compile(r"\b(?:sommeren|sommaren|sommerferien|sommarferien|the summer|til sommers)\b", re.I), 601, 831),
    (re.compile(r"\b(?:høsten|hausten|the autumn|til høsten)\b", re.I), 901, 1130),
    (re.compile(r"\b(?:vinteren|the winter)\b", re.I), 1201, 229),
    (re.compile(r"\b(?:våren|the spring)\b", re.I), 301, 531),
)


def dates(text: str) -> Iterator[Quantity]:
    if _DIGIT.search(text):
        yield from _numeric_dates(text)
    if _MONTH_HINT.search(text):
        yield from _month_dates(text)
    for pattern, low, high in _SEASONS:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "date", low, high)


def _numeric_dates(text: str) -> Iterator[Quantity]:
    for m in _ISO.finditer(text):
        yield from _dated(m, int(m["month"]), m["day"])
    for m in _NUMERIC.finditer(text):
        if not _looks_like_fraction(m, text):
            yield from _dated(m, int(m["month"]), m["day"])


def _month_dates(text: str) -> Iterator[Quantity]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for m in pattern.finditer(text):
            month = _MONTHS[m["month"].lower()]
            first = m.groupdict().get("first")
            low = _day(month, int(first), None) if first else None
            high = _day(month, _day_number(m["day"]), None)
            if low and high and low < high:
                yield Quantity(m.start(), m.end(), "date", low, high, year=_full_year(m["year"]))
            else:
                yield from _dated(m, month, m["day"])
    for m in _PART_OF_MONTH.finditer(text):
        days = _PARTS[m["part"].lower()]
        yield _within(m, m.start(), *days)
    for m in _MONTH_ALONE.finditer(text):
        yield _within(m, m.start("month"), 1, 31)


def _within(m: re.Match[str], start: int, first_day: int, last_day: int) -> Quantity:
    month = _MONTHS[m["month"].lower()] * 100
    return Quantity(start, m.end(), "date", month + first_day, month + last_day, year=_full_year(m["year"]))


def _dated(m: re.Match[str], month: int, day: str) -> Iterator[Quantity]:
    year = _full_year(m["year"])
    value = _day(month, _day_number(day), year)
    if value is not None:
        yield Quantity(m.start(), m.end(), "date", value, value, year=year)


def _day_number(day: str) -> int:
    return ORDINALS[day.lower()] if day.lower() in ORDINALS else int(day)


def _looks_like_fraction(m: re.Match[str], text: str) -> bool:
    """«1/2 time», «2.5 prosent», «kl. 8.30» and «9.5» are no dates; «1.5.», «01.05» and «20/9» are."""
    if m["year"]:
        return False
    if re.search(r"(?:kl\.?|klokk\w+)\s?$", text[max(0, m.start() - 9) : m.start()], re.I):
        return True
    if m["sep"] == "/":
        return m.group() in ("1/2", "1/3", "2/3", "1/4", "3/4") or bool(_AFTER_DECIMAL.match(text, m.end()))
    sure = m.group().endswith(".") or int(m["day"]) > 9 or m["day"][0] == "0" or _DATE_CUE.search(text[: m.start()])
    return bool(_AFTER_DECIMAL.match(text, m.end())) or not sure


def _day(month: int, day: int, year: int | None) -> float | None:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year or 2024, month)[1]):
        return None
    return month * 100.0 + day


def _full_year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) == 4 else 2000 + int(digits) if int(digits) < 70 else 1900 + int(digits)
