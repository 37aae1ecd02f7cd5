"""The unit that stands by a number, and the period that an amount is for."""

from __future__ import annotations

import re
from typing import Final

from models.quantities.record import DAY, HOUR, MONTH, WEEK, YEAR

_PERIOD: Final = (
    (r"time|timen|timer?|hour|hr|t\b", HOUR),
    (r"dag|dagen|døgn|døgnet|day", DAY),
    (r"uke|uka|uken|veke|veka|vekå|week", WEEK),
    (r"måned|måneden|månad|månaden|måned\w*|mnd|month", MONTH),
    (r"år|året|year", YEAR),
)
_PER: Final = re.compile(
    r"\s?(?:(?:i|per|pr\.?|for|kvar|hver|a|an|/|om|every|each)\s?)?(?:"
    + "|".join(f"(?P<p{number}>{words})" for number, (words, _) in enumerate(_PERIOD))
    + r")\b",
    re.I,
)
_UNITS: Final = (
    (r",[-–]|kroner|kronar|kronå|kroners|norske kroner|kr\b|nok\b|crowns?", "kroner", 1.0),
    (r"øre\b", "kroner", 0.01),
    (r"tusenlapp(?:er|ar|en)?\b", "kroner", 1000.0),
    (r"hundrelapp(?:er|ar|en)?\b", "kroner", 100.0),
    (r"dollars?|usd|\$", "dollar", 1.0),
    (r"euro|eur|€", "euro", 1.0),
    (r"%|prosentpoeng|prosents?|pst\b|percent|per ?cent", "percent", 1.0),
    (r"promille|‰", "percent", 0.1),
    (r"km/t|km/h|kmt|kph|km i timen|kilometer i timen|-?\s?sone[nar]?\b|-?\s?zone\b", "km/h", 1.0),
    (r"m/s|meter i sekundet|meter per sekund|metres per second|sekundmeter", "m/s", 1.0),
    (r"[- ]?års?[- ](?:gammel|gamle|gamal)\w*|[- ]?åringe?[rnae]*|[- ]?åringar\w*|[- ]years?[- ]olds?", "age", 1.0),
    (r"halvtime\w*", "minutes", 30.0),
    (r"halvår\w*", "minutes", YEAR / 2),
    (r"sekund\w*|sek\b|seconds?", "minutes", 1 / 60),
    (r"minutt\w*|min\b|minutes?", "minutes", 1.0),
    (r"timer?s?\b|timar|timane|timene|hours?|hrs?\b", "minutes", HOUR),
    (r"kvarter\w*", "minutes", 15.0),
    (r"dagers?|dagar|dags?\b|døgn|days?", "minutes", DAY),
    (r"uke[rs]?\b|ukers|uka\b|veke[rs]?\b|vekor|weeks?", "minutes", WEEK),
    (r"måneders?|måneds?\b|månaders?|månads?\b|mnd|months?", "minutes", MONTH),
    (r"års?\b|years?", "minutes", YEAR),
    (r"kilometer|km\b|kilometres?", "metres", 1000.0),
    (r"mil\b", "metres", 10_000.0),
    (r"kvadratmeter|kvm\b|m2\b|m²", "m2", 1.0),
    (r"mål\b|dekar\b", "m2", 1000.0),
    (r"meter\b|m\b|metres?", "metres", 1.0),
    (r"tonn\b|tonnes?", "kg", 1000.0),
    (r"kilo\b|kg\b", "kg", 1.0),
    (r"liter\b|litres?", "litres", 1.0),
    (r"grader\b|°|degrees", "degrees", 1.0),
    (r"desibel|db\b", "decibel", 1.0),
    (r"kwh\b|kilowattimer", "kwh", 1.0),
    (r"gwh\b|gigawattimer", "kwh", 1e6),
)
_UNIT: Final = re.compile(
    r"[\s\u00a0\u202f]?(?:" + "|".join(f"(?P<u{number}>{words})" for number, (words, _, _) in enumerate(_UNITS)) + ")",
    re.I,
)
UNITS_BEFORE: Final = (
    (re.compile(r"(?:\bkr\.?|\bnok|\bkroner)\s?$", re.I), "kroner"),
    (re.compile(r"(?:\$|\busd)\s?$", re.I), "dollar"),
    (re.compile(r"(?:€|\beur)\s?$", re.I), "euro"),
    (re.compile(r"\b(?:fylt|fylte|fyller|turned|aged)\s$", re.I), "age"),
)
"""What stands before an amount and tells its unit."""


def unit_after(text: str, position: int) -> tuple[str, float, int]:
    m = _UNIT.match(text, position)
    if m is None or (m.end() < len(text) and m.group()[-1].isalpha() and text[m.end()].isalpha()):
        return "number", 1.0, position
    _, unit, factor = _UNITS[int((m.lastgroup or "u0")[1:])]
    return unit, factor, m.end()


def per_after(text: str, position: int) -> tuple[float, int]:
    m = _PER.match(text, position)
    if m is None:
        return 0.0, position
    return _PERIOD[int((m.lastgroup or "p0")[1:])][1], m.end()
