"""Amounts that are told without a number: «gratis», «halv pris», «annenhver uke», «liten kuling»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.record import DAY, HOUR, MONTH, WEEK, Quantity
from models.quantities.words import ORDINALS

_FREE: Final = re.compile(
    r"(?<!ikke )(?<!ikkje )(?<!ingen )(?<!not )\b(?:gratis|kostnadsfri\w*|free of charge|for free)\b", re.I
)
_SHARES: Final = (
    (re.compile(r"\b(?:halv pris|halve prisen|half price|halvparten|hel[fv]ta|half the price|half of)\b", re.I), 50.0),
    (re.compile(r"\b(?:full pris|fullpris|full price|samme pris|same pris)\b", re.I), 100.0),
    (re.compile(r"\b(?:dobl(?:es|a|et|ast|er)|doblar|fordobl\w*|doubl(?:ed|es|ing|e))\b", re.I), 100.0),
)
_EVERY: Final = re.compile(
    r"\b(?:(?P<other>annenhver|annankvar|anna kvart?|every other|every second)|hver|kvar|hvert|kvart|every|each)\s"
    r"(?:einaste |eneste )?(?:(?P<nth>\d{1,2}\.|[^\W\d_]{4,9})\s)?"
    r"(?P<period>uke|veke|week|dag|day|måned|månad|month|time|hour|minutt|minute)\b",
    re.I,
)
_EVERY_PERIOD: Final = {
    **dict.fromkeys(("uke", "veke", "week"), WEEK),
    **dict.fromkeys(("dag", "day"), DAY),
    **dict.fromkeys(("måned", "månad", "month"), MONTH),
    **dict.fromkeys(("time", "hour"), HOUR),
    **dict.fromkeys(("minutt", "minute"), 1.0),
}
_WINDS: Final = (
    (re.compile(r"\bliten kuling\b", re.I), 10.8, 13.8),
    (re.compile(r"\bstiv kuling\b", re.I), 13.9, 17.1),
    (re.compile(r"\bsterk kuling\b", re.I), 17.2, 20.7),
    (re.compile(r"\bliten storm\b", re.I), 20.8, 24.4),
    (re.compile(r"\bfull storm\b", re.I), 24.5, 28.4),
)


def named(text: str) -> Iterator[Quantity]:
    """Amounts that are told without a number: «gratis», «halv pris», «dobles», «liten kuling»."""
    for m in _FREE.finditer(text):
        yield Quantity(m.start(), m.end(), "kroner", 0.0, 0.0, noun="gratis")
    for pattern, percent in _SHARES:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "percent", percent, percent)
    for m in _EVERY.finditer(text):
        if times := _times(m):
            between = times * _EVERY_PERIOD[m["period"].lower()]
            yield Quantity(m.start(), m.end(), "every", between, between)
    for pattern, low, high in _WINDS:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "m/s", low, high)


def _times(m: re.Match[str]) -> float | None:
    """«annenhver»: 2, «hver fjerde»: 4, «hver»: 1; None for «hver eneste god dag»."""
    if m["other"]:
        return 2.0
    nth = (m["nth"] or "1.").lower()
    return float(nth[:-1]) if nth[0].isdecimal() else ORDINALS.get(nth)
