"""Dates in digits: «01.05.», «20/9-26», «2026-05-01»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.calendar_days import day_value, full_year
from models.quantities.record import Quantity
from models.quantities.text import Text

_DIGIT: Final = re.compile(r"\d[./-]\s?\d")
_ISO: Final = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_DASHED: Final = re.compile(r"(?<![\d./-])(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>(?:19|20)?\d\d)(?![\d/-])")
_NUMERIC: Final = re.compile(
    r"(?<![\d.,/])(?P<day>\d{1,2})(?P<sep>[./])\s?(?P<month>\d{1,2})"
    r"(?:[./-]\s?(?P<year>(?:19|20)\d\d|\d\d(?![./]\d)))?\.?(?![/%‰]|[\d.]?\d)"
)
_AFTER_DECIMAL: Final = re.compile(
    r"\s?(?:%|prosent|promille|kr|mill|mrd|m/s|km|meter|grader|timer?|timar|år|del|liter)"
)
_FRACTIONS: Final = frozenset(("1/2", "1/3", "2/3", "1/4", "3/4", "24/7"))
_DATE_CUE: Final = re.compile(r"\b(?:den|fra|frå|til|innen|innan|før|etter|frist\w*|dato|by|until)\s$")
_NO_DATE: Final = re.compile(r"(?:(?:\bkl\.?|klokk\w+|\buke|\bveke|versjon|version|§|\bkr|\bpunkt)\s?|\w-)$")


def numeric_dates(text: Text) -> Iterator[Quantity]:
    if not text.digits or not _DIGIT.search(text.plain):
        return
    for pattern in (_ISO, _DASHED):
        for m in pattern.finditer(text.plain):
            yield from _dated(m)
    for m in _NUMERIC.finditer(text.plain):
        if m["year"] or _is_date(m, text.plain):
            yield from _dated(m)


def _dated(m: re.Match[str]) -> Iterator[Quantity]:
    year = full_year(m["year"])
    value = day_value(int(m["month"]), int(m["day"]), year)
    if value is not None:
        yield Quantity(m.start(), m.end(), "date", value, value, year=year)


def _is_date(m: re.Match[str], text: str) -> bool:
    """«1.5.», «01.05» and «20/9» are; «1/2 time», «2.5 prosent», «kl. 8.30» and «9.5» are none."""
    if _AFTER_DECIMAL.match(text, m.end()):
        return False
    earlier = text[max(0, m.start() - 12) : m.start()]
    if (no := _NO_DATE.search(earlier)) and not (no.group().endswith("-") and earlier[-2].isdecimal()):
        return False
    if m["sep"] == "/":
        return m.group() not in _FRACTIONS
    return m.group().endswith(".") or int(m["day"]) > 9 or m["day"][0] == "0" or bool(_DATE_CUE.search(earlier))
