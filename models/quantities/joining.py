"""Two quantities that are one: «15/6-30/8», «9.30 til 11.00», «2 timer og 15 minutter», «2 kroner og 50 øre»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from models.quantities.money import CURRENCIES
from models.quantities.record import DAY, HOUR, YEAR, Quantity
from models.quantities.text import Text

_UNTIL: Final = re.compile(r"\s?-\s?|\s(?:til|t\.?o\.?m\.?|til og med|to|until)\s(?:den\s)?")
_AND: Final = re.compile(r"\s(?:og|and)\s(?:den\s)?")
_BETWEEN: Final = re.compile(r"\b(?:mellom|between)\s(?:den\s)?$")
_FROM: Final = re.compile(r"\b(?:fra|frå|from)\s(?:den\s)?$")
_MOVED: Final = re.compile(r"flytt|utse?tt|utset|endr|forskj|framskund|fremskynd|moved|postponed|changed")
_TOGETHER: Final = re.compile(r"\s(?:(?:og|and)\s)?")
_ENDS: Final = re.compile(r"\s*(?:$|[.,;:!?)»](?!\d))")
_LONGEST: Final = 8
"""Months of a stretch; «1. mai - 1. mars» is none."""


def joined(text: Text, found: Sequence[Quantity]) -> list[Quantity]:
    """The quantities in order, with those made one that belong together."""
    result: list[Quantity] = []
    for quantity in found:
        one = _one(text.plain, result[-1], quantity) if result and quantity.start - result[-1].end < 14 else None
        if one is None:
            result.append(quantity)
        else:
            result[-1] = one
    return result


def _one(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    gap = text[a.end : b.start]
    if a.unit == b.unit and a.unit in ("date", "clock"):
        return _stretch(a, b) if _reaches(text, a, gap) else None
    if not _TOGETHER.fullmatch(gap):
        return None
    if a.unit == b.unit == "minutes":
        exact = a.low == a.high and b.low == b.high and not a.per
        smaller = any(b.high < step <= a.low for step in (1.0, HOUR, DAY, YEAR))
        return replace(a, end=b.end, low=a.low + b.low, high=a.high + b.high, per=b.per) if exact and smaller else None
    return _with_hundredths(text, a, b, gap)


def _reaches(text: str, a: Quantity, gap: str) -> bool:
    """Whether «a til b» is a stretch; «flyttet fra 1. mai til 1. juni» are two days."""
    earlier = text[max(0, a.start - 40) : a.start]
    if _AND.fullmatch(gap):
        return bool(_BETWEEN.search(earlier))
    return bool(_UNTIL.fullmatch(gap)) and not (_FROM.search(earlier) and _MOVED.search(earlier))


def _stretch(a: Quantity, b: Quantity) -> Quantity | None:
    if a.unit == "clock":
        return replace(a, end=b.end, high=b.high if b.high >= a.low else b.high + DAY)
    months = (b.high // 100 - a.low // 100) % 12
    if months > _LONGEST or (months == 0 and b.high < a.low):
        return None
    return replace(a, end=b.end, high=b.high, year=a.year or b.year)


def _with_hundredths(text: str, a: Quantity, b: Quantity, gap: str) -> Quantity | None:
    """«2 kroner og 50 øre», «20 rupees 43» at the end of what is said."""
    if a.unit not in CURRENCIES or a.low != a.high or b.low != b.high or a.per or not float(a.low).is_integer():
        return None
    if b.unit == "cent" and 0 < b.low < 100:
        part = b.low / 100
    elif (b.unit == a.unit and 0 < b.low < 1) or (b.unit == "kroner" and a.unit in ("dkk", "sek") and 0 < b.low < 1):
        part = b.low
    elif b.unit == "number" and gap == " " and 10 <= b.low < 100 and _ENDS.match(text, b.end):
        part = b.low / 100
    else:
        return None
    return replace(a, end=b.end, low=a.low + part, high=a.high + part, per=b.per)
