"""Digits that tell no amount: telephone numbers, versions, scores, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.text import Text
from models.quantities.units import unit_after

_LONG: Final = re.compile(r"\d[\d ./:-]{2,}\d")
_CODE: Final = re.compile(
    r"(?<![\d.,+])(?:\+\d{2} ?)?(?:\d{2} \d{2} \d{2} \d{2}|\d{3} \d{2} \d{3}|\d{4} \d{2} \d{5}|[2-9]\d{7})(?!,?\d)"
    r"|\b0\d{3,}(?!,?\d)"  # postcodes, short numbers
    r"|\b\d+(?:\.\d+){2,}(?!\d)"  # versions, accounts, IP addresses
    r"|\b\d{9,}"
    r"|\b\d{1,2}[:.]\d{2}\s?(?:gmt|utc)\b"
    r"|\b(?:24/7|50/50)\b"
    r"|\b\d{1,4}(?:-\d{1,4}){2,}\b"
)
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_MONEY: Final = re.compile(r"\s?(?:kr\b|kroner|nok\b|,-)")
_SCORE: Final = re.compile(r"(?<![\d.,\-/])(\d{1,2})\s?-\s?(\d{1,2})(?![\d./-]|,\d)")
_MATCH_TEXT: Final = """
vant vann slo tapte leder ledet leier leda uavgjort seier siger tap kampen måla resultatet sluttresultat won beat
lost score leading
"""
_MATCH: Final = frozenset(_MATCH_TEXT.split())
_STREETS: Final = (
    "gata",
    "gate",
    "gaten",
    "veien",
    "vegen",
    "vei",
    "veg",
    "allé",
    "torget",
    "svingen",
    "bakken",
    "street",
)
_COUNTED: Final = re.compile(r"\s[a-zæøå]{2}")
_PLACE: Final = re.compile(r"\s[A-ZÆØÅ][A-Za-zæøåÆØÅ]{2}")
_YEAR_BEFORE: Final = frozenset(("i", "in", "fra", "frå", "siden", "sidan", "til", "av", "for", "om"))


def refused(text: Text) -> Iterator[tuple[int, int]]:
    """Where such digits stand."""
    plain = text.plain
    for m in _CODE.finditer(plain) if _LONG.search(plain) else ():
        if not _THOUSANDS.fullmatch(m.group()) and not _MONEY.match(plain, m.end()):
            yield m.span()
    for m in _SCORE.finditer(plain) if "-" in plain else ():
        falling = int(m[1]) >= int(m[2])
        if (falling or text.has(_MATCH)) and unit_after(text, m.end())[0] == "number":
            yield m.span()
    for index, token in enumerate(text.tokens):
        if token.group().isdecimal() and _in_address(text, text.tokens[index - 1].group() if index else "", token):
            yield token.span()


def _in_address(text: Text, earlier: str, token: re.Match[str]) -> bool:
    """«Fjordgata 12», «6770 Nordfjordeid»."""
    digits, end = token.group(), token.end()
    if len(digits) == 4 and _PLACE.match(text.written, end):
        return not 1900 <= int(digits) < 2100 and earlier not in _YEAR_BEFORE
    if len(digits) > 3 or not earlier.endswith(_STREETS) or len(earlier) < 6:
        return False
    return unit_after(text, end)[0] == "number" and not _COUNTED.match(text.written, end)
