"""Numbers with what they measure: their unit, and the words around them that make them a range or no amount."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from models.quantities.days import from_now
from models.quantities.nouns import noun_after
from models.quantities.numbers import Number, plain_numbers
from models.quantities.record import YEAR, Quantity
from models.quantities.units import UNITS_BEFORE, per_after, unit_after

_AGE_LIMIT: Final = re.compile(r"\b(?:over|under|fra|frå|fylt|til|minst|yngre enn|eldre enn)\s$", re.I)
_NAME_BEFORE: Final = re.compile(
    r"(?:\b(?:fv|rv|ev|nr|nummer|rute|ruta|linje|buss|fylkesvei|fylkesveg|riksvei|riksveg|europavei|side|punkt|kapittel"
    r"|vedlegg|sak|avdeling|route|bus|line|no|covid|paragraf|etasje|kanal|trinn|tlf|telefon|ring)\.?[\s-]?|[§#@/_&]\s?)$",
    re.I,
)
_NOT_BEFORE: Final = re.compile(r"[^\W\d_]$")

_MORE: Final = re.compile(
    r"\b(?:over|mer enn|meir enn|fler enn|flere enn|fleire enn|minst|more than|at least)\s(?:kr\.?\s)?$",
    re.I,
)
_LESS: Final = re.compile(
    r"\b(?:under|mindre enn|færre enn|less than|fewer than|maks|maksimalt|høyst|høgst|inntil|opptil|opp til|up to"
    r"|at most|knapt|barely|inntil)\s(?:kr\.?\s)?$",
    re.I,
)
_ABOUT: Final = re.compile(
    r"(?:\b(?:ca\.?|cirka|omtrent|rundt|omlag|om lag|omkring|nesten|about|around|nærmere|nærare|bortimot|snaut|almost"
    r"|nearly|opp mot|sånn|kring)\s|~\s?)(?:kr\.?\s)?$",
    re.I,
)
_SEVERAL: Final = re.compile(r"\b(?:flere|fleire|several|mange|many)\s$", re.I)
_JOIN: Final = re.compile(r"\s?[-–]\s?|\s(?:til|to|eller|or)\s")
_BETWEEN: Final = re.compile(r"\b(?:mellom|between)\s$", re.I)
_FROM: Final = re.compile(r"\b(?:fra|frå|from)\s(?:kr\.?\s)?$", re.I)
_ORDINAL_DOT: Final = re.compile(r"\.(?=[-–\s]*[a-zæøå])")


def numbers(text: str, at: datetime | None) -> Iterator[Quantity]:
    numbers = list(plain_numbers(text))
    skip = False
    for index, number in enumerate(numbers):
        if skip:
            skip = False
            continue
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        joined = following is not None and not number.article and _joins(text, number, following)
        last = following if joined and following else number
        quantity = _measured(text, number, last, at)
        if quantity is not None:
            skip = joined
            yield quantity


def _joins(text: str, first: Number, second: Number) -> bool:
    """«10–15», «10 til 15», «mellom 20 og 30»; «fra 22 til 40» is a change and stays two."""
    between = text[first.end : second.start]
    before = text[max(0, first.start - 12) : first.start]
    if first.value >= second.value or second.article:
        return False
    if _BETWEEN.search(before):
        return between.strip().lower() in ("og", "and")
    return bool(_JOIN.fullmatch(between)) and not _FROM.search(before)


def _measured(text: str, first: Number, last: Number, at: datetime | None) -> Quantity | None:
    before = text[max(0, first.start - 26) : first.start]
    told = next((unit for pattern, unit in UNITS_BEFORE if pattern.search(before)), "")
    if (not told and _NOT_BEFORE.search(before)) or _NAME_BEFORE.search(before):
        return None
    unit, factor, end = unit_after(text, last.end)
    if unit == "number" and (first.article or _ORDINAL_DOT.match(text, last.end)):
        return None
    if unit == "number" and told:
        unit = told
    if unit == "minutes" and factor == YEAR and first.value >= 10 and _AGE_LIMIT.search(before):
        unit, factor = "age", 1.0
    low, high = _bounds(before, text[last.end : last.end + 1], first.value, last.value)
    if unit == "number":
        if 1900 <= first.value < 2100 and first == last and len(text[first.start : first.end]) == 4:
            return Quantity(first.start, end, "year", first.value, first.value)
        noun, end = noun_after(text, last.end)
        return Quantity(first.start, end, "count" if noun else "number", low, high, noun=noun)
    per, end = per_after(text, end) if unit in ("kroner", "minutes", "percent") else (0.0, end)
    quantity = Quantity(first.start, end, unit, low * factor, high * factor, per=per)
    return from_now(quantity, before, text, at) if unit == "minutes" and at is not None else quantity


def _bounds(before: str, after: str, low: float, high: float) -> tuple[float, float]:
    if _MORE.search(before) or after == "+":
        return low, math.inf
    if _LESS.search(before):
        return 0.0, high
    if _ABOUT.search(before):
        return low * 0.85, high * 1.15
    if _SEVERAL.search(before):
        return low * 2, low * 9
    return low, high
