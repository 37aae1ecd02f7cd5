"""Numbers with what they measure: their unit, and the words around them that make them a range or no amount."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from models.quantities.days import from_now
from models.quantities.money import CURRENCIES
from models.quantities.nouns import noun_after
from models.quantities.numbers import Number, plain_numbers
from models.quantities.record import YEAR, Quantity
from models.quantities.refused import refused
from models.quantities.surroundings import Bound, Surroundings, before
from models.quantities.text import Text
from models.quantities.units import per_after, unit_after

_AGE_LIMITS: Final = frozenset(["over", "under", "fra", "frå", "fylt", "til", "minst", "enn"])
_JOIN: Final = re.compile(r"\s?-\s?|\s(?:til|to|eller|or)\s")
_BETWEEN: Final = frozenset(("mellom", "between"))
_FROM: Final = frozenset(("fra", "frå", "from"))
_OF: Final = re.compile(r"\s(?:av|of|out of|in)\s")
_OF_AFTER: Final = re.compile(r"\s(?:av|of)\s")
_ORDINAL_DOT: Final = re.compile(r"\.(?=[-–\s]*[a-zæøå])")
_DECADE: Final = re.compile(r"-?\s?tal(?:let|et)\b")
_NO_AMOUNT: Final = re.compile(r"[^\W\d_]|-år(?:ene|ane|a|åra)\b|\s(?:takk|hjert\w+ takk)\b")
"""After a number: «6B», «40-årene», «tusen takk»."""
_OR_AFTER: Final = re.compile(
    r"\s(?:eller|og|or|and)\s(?:(?P<more>flere|fleire|mer|meir|more|over|eldre|older|oppover|up)"
    r"|(?P<less>færre|mindre|yngre|fewer|less|under|younger|nedover))\b"
)
"""«fem eller flere», «67 år og eldre»."""
_SPEED: Final = re.compile(r"\si (?:timen|tima)\b")
_PAID: Final = re.compile(r"tjen|betal|løn|kost|pris|leie|kron|\bkr\b|\bpay|\bearn")


def numbers(text: Text, at: datetime | None) -> Iterator[Quantity]:
    away = list(refused(text)) if text.digits else []
    found = list(plain_numbers(text))
    if away:
        found = [n for n in found if all(n.end <= start or n.start >= end for start, end in away)]
    skip = False
    for number, following in zip(found, (*found[1:], None), strict=False):
        if skip:
            skip = False
            continue
        if following and (share := _share(text, number, following)):
            skip = True
            yield share
            continue
        joined = following is not None and not number.article and _joins(text, number, following)
        last = following if joined and following else number
        quantity = _measured(text, number, last, at)
        if quantity is not None:
            skip = joined
            yield quantity


def _joins(text: Text, first: Number, second: Number) -> bool:
    """«10-15», «10 til 15», «mellom 20 og 30»; «fra 22 til 40» is a change and stays two."""
    if first.value >= second.value or second.article or second.start - first.end > 8:
        return False
    between = text.plain[first.end : second.start]
    word = before(text.plain, first.start).word
    if word in _BETWEEN:
        return between.strip() in ("og", "and")
    return bool(_JOIN.fullmatch(between)) and word not in _FROM


def _share(text: Text, first: Number, second: Number) -> Quantity | None:
    """«2 av 3», «én av fire»: as per cent between the whole ones next to it."""
    if not 0 < first.value < second.value or (second.value > 10 and second.value != 100) or second.article:
        return None
    whole = first.value.is_integer() and second.value.is_integer()
    between = text.plain[first.end : second.start]
    if not whole or not _OF.fullmatch(between) or (between == " in " and not text.english):
        return None
    share = 100 * first.value / second.value
    return Quantity(first.start, second.end, "percent", math.floor(share), math.ceil(share))


def _measured(text: Text, first: Number, last: Number, at: datetime | None) -> Quantity | None:
    unit, factor, end = unit_after(text, last.end)
    if unit == "number" and (first.article or _ORDINAL_DOT.match(text.written, last.end)):
        return None
    around = before(text.plain, first.start)
    if around.name:
        return None
    if unit == "minutes" and factor == YEAR and first.value >= 10 and around.word in _AGE_LIMITS:
        unit, factor = "age", 1.0
    if unit == "number" and around.told:
        unit = around.told
    if unit == "number":
        return _unmeasured(text, first, last, around)
    bound = around.bound or _bound_after(text.plain, end)
    low, high = _bounds(bound, text.plain[last.end : last.end + 1], first.value * factor, last.value * factor)
    if around.bound == "below zero" and (unit == "degrees" or (unit in CURRENCIES and around.word)):
        low, high = -high, -low
    per, end = per_after(text, end) if unit in CURRENCIES or unit in ("minutes", "percent") else (0.0, end)
    quantity = Quantity(first.start, end, unit, min(low, high), max(low, high), per=per)
    return from_now(quantity, text, at) if unit == "minutes" and at is not None else quantity


def _unmeasured(text: Text, first: Number, last: Number, around: Surroundings) -> Quantity | None:
    """A number without a unit: a year, a share, a speed, a count of something, or a number alone."""
    if m := _DECADE.match(text.plain, last.end):
        return _decade(first, m)
    if _NO_AMOUNT.match(text.plain, last.end):
        return None
    if first.fraction and _OF_AFTER.match(text.plain, last.end):
        return Quantity(first.start, last.end, "percent", first.value * 100, first.value * 100)
    if 1900 <= first.value < 2100 and last.end - last.start == 4 and first.end - first.start == 4:
        return Quantity(first.start, last.end, "year", first.value, last.value)
    bound = around.bound or _bound_after(text.plain, last.end)
    low, high = _bounds(bound, text.plain[last.end : last.end + 1], first.value, last.value)
    if 20 <= low <= 150 and (m := _SPEED.match(text.plain, last.end)) and not _PAID.search(text.plain):
        return Quantity(first.start, m.end(), "km/h", low, high)
    noun, end = noun_after(text.plain, last.end)
    if not bound and (after := _bound_after(text.plain, end)):
        low, high = _bounds(after, "", first.value, last.value)
    if not noun and around.bound == "below zero":
        low, high = -high, -low
    return Quantity(first.start, end, "count" if noun else "number", low, high, noun=noun)


def _bound_after(plain: str, position: int) -> Bound:
    m = _OR_AFTER.match(plain, position)
    return "" if m is None else "more" if m["more"] else "less"


def _decade(number: Number, m: re.Match[str]) -> Quantity | None:
    """«80-tallet», «1990-talet», «1800-tallet»: its years."""
    if number.value % 10 or not (10 <= number.value < 100 or 1000 <= number.value < 2100):
        return None
    first = number.value + 1900 if number.value < 100 else number.value
    return Quantity(number.start, m.end(), "year", first, first + (99 if first % 100 == 0 and first != 2000 else 9))


def _bounds(bound: Bound, after: str, low: float, high: float) -> tuple[float, float]:
    if bound == "more" or after == "+":
        return low, math.inf
    if bound == "less":
        return 0.0, high
    if bound == "about":
        return low * 0.85, high * 1.15
    if bound == "just over":
        return low, high * 1.15
    if bound == "several":
        return low * 2, low * 9
    return low, high
