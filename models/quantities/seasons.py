"""Stretches of the year with a name: seasons, holidays, quarters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.calendar_days import full_year
from models.quantities.record import Quantity
from models.quantities.text import Text
from models.quantities.words import ORDINALS

_NAMES: Final = {
    **dict.fromkeys(("julaften", "juleaften", "julaftan", "julafta", "julekvelden", "christmas eve"), (1224, 1224)),
    **dict.fromkeys(("nyttårsaften", "nyttårsaftan"), (1231, 1231)),
    **dict.fromkeys(("nyttårsdag", "nyttårsdagen", "første nyttårsdag"), (101, 101)),
    **dict.fromkeys(("romjula", "romjulen", "romjulo"), (1225, 1231)),
    **dict.fromkeys(("nyttår", "nytt år", "nyttårsskiftet", "new year"), (1231, 101)),
    **dict.fromkeys(("påske", "påska", "påsken", "easter"), (320, 425)),
    **dict.fromkeys(("sankthans", "jonsok"), (623, 624)),
    **dict.fromkeys(
        ("sommeren", "sommaren", "sommerferien", "sommarferien", "the summer", "til sommers", "this summer"), (601, 831)
    ),
    **dict.fromkeys(("høsten", "hausten", "the autumn"), (901, 1130)),
    **dict.fromkeys(("vinteren", "the winter"), (1201, 229)),
    **dict.fromkeys(("våren", "the spring"), (301, 531)),
}
_CHRISTMAS_DAY: Final = r"(?P<christmas>1|2|første|fyrste|andre|annen)\.?\sjuledag\b"
_CHRISTMAS: Final = (
    r"(?:før|til|i|etter|over|innen|innan|by|until|before|after|at)\s(?P<jul>jul|jula|julen|christmas)\b"
)
_QUARTER: Final = (
    r"(?P<quarter>[1-4]|første|fyrste|andre|tredje|fjerde|first|second|third|fourth)\.?\s(?:kvartal|quarter)\b"
)
_HALF: Final = r"(?P<half>[12]|første|fyrste|andre|siste)\.?\s(?:halvår|halvdel av året)\b"
_SEASON: Final = re.compile(
    rf"\b(?:{_CHRISTMAS_DAY}|{_CHRISTMAS}|(?:{_QUARTER}|{_HALF})(?:\s(?:i\s)?(?P<year>(?:19|20)\d\d)\b)?"
    rf"|(?P<name>{'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})\b)"
)
_WORDS: Final = frozenset(name.split()[-1] for name in _NAMES) | frozenset(
    ("jul", "jula", "julen", "christmas", "juledag", "kvartal", "quarter", "halvår", "halvdel")
)
_NUMBER: Final = {**ORDINALS, "annen": 2, "siste": 2}


def seasons(text: Text) -> Iterator[Quantity]:
    if text.has(_WORDS):
        for m in _SEASON.finditer(text.plain):
            low, high = _days(m)
            yield Quantity(m.start(), m.end(), "date", low, high, year=full_year(m["year"]))


def _days(m: re.Match[str]) -> tuple[int, int]:
    if m["name"]:
        return _NAMES[m["name"]]
    if m["jul"]:
        return 1220, 1231
    if m["christmas"]:
        day = 1224 + _number(m["christmas"])
        return day, day
    months, number = (3, _number(m["quarter"])) if m["quarter"] else (6, _number(m["half"]))
    return (months * (number - 1) + 1) * 100 + 1, months * number * 100 + 31


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBER[word]
