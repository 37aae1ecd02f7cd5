"""The unit that stands by a number, and the period that an amount is for."""

from __future__ import annotations

import re
from typing import Final

from models.quantities.money import MONEY
from models.quantities.record import DAY, HOUR, MONTH, WEEK, YEAR
from models.quantities.text import Text

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
    + r")\b"
)
_UNITS: Final = (
    *MONEY,
    (r"%|prosentpoeng|prosents?|pst\b|percent|per ?cent|pct\b", "percent", 1.0),
    (r"promille|‰", "percent", 0.1),
    (
        r"km/t|km/h|km ?/ ?time|kmt|kph|km i timen|kilometer i timen|kilometer per time|-?\s?sone[nar]?\b|-?\s?zone\b",
        "km/h",
        1.0,
    ),
    (r"mph\b|miles per hour", "km/h", 1.609),
    (r"knop\b|knots?\b", "km/h", 1.852),
    (r"m/s|meter i sekundet|meter per sekund|metres per second|sekundmeter", "m/s", 1.0),
    (
        r"[- ]?års?[- ](?:gammel|gamle|gamal)\w*|[- ]?åringe?[rnae]*|[- ]?åringar\w*|[- ]years?[- ]olds?"
        r"|[- ]?årig[et]*\b",
        "age",
        1.0,
    ),
    (r"halvtime\w*", "minutes", 30.0),
    (r"halvår\w*", "minutes", YEAR / 2),
    (r"sekund\w*|sek\b|seconds?", "minutes", 1 / 60),
    (r"minutt\w*|min\b|minutes?", "minutes", 1.0),
    (
        r"timer?\b|(?:(?<=\ben )|(?<=\bein )|(?<=\b1 )|(?<=vannen )|(?<=vanna ))times\b|timers\w*|timar|timane|timene"
        r"|hours?|hrs?\b|[th]\b",
        "minutes",
        HOUR,
    ),
    (r"kvarter\w*", "minutes", 15.0),
    (
        r"(?:kalender|virke|verke|arbeids|yrke|skole|skule)?(?:dagers?|dagar|dagene|dagane|dags?\b)"
        r"|døgn(?:ene|a)?|(?:(?:calendar|working|business|school|sick)[- ])?days?",
        "minutes",
        DAY,
    ),
    (r"uke[rs]?\b|ukers|ukene|ukane|uka\b|veke[rs]?\b|vekor|vekene|vekane|weeks?", "minutes", WEEK),
    (r"fortnights?", "minutes", 2 * WEEK),
    (r"måneders?|måneds?\b|månedene|månaders?|månads?\b|månadene|månadane|mnd|months?", "minutes", MONTH),
    (r"tiår\w*|decades?", "minutes", 10 * YEAR),
    (r"års?\b|årene|åra\b|years?", "minutes", YEAR),
    (r"kilometer|km\b|kilometres?", "metres", 1000.0),
    (r"mil\b", "metres", 10_000.0),
    (r"kvadratmeter|kvadrat|kvm\b|m2\b|m²", "m2", 1.0),
    (r"kvadratkilometer|km2\b|km²", "m2", 1e6),
    (r"hektar\b|hectares?", "m2", 10_000.0),
    (r"mål\b|dekar\b", "m2", 1000.0),
    (r"meter\b|meters\b|m\b|metres?", "metres", 1.0),
    (r"centimeter\b|cm\b", "metres", 0.01),
    (r"millimeter\b|mm\b", "metres", 0.001),
    (r"tonn\b|tonnes?", "kg", 1000.0),
    (r"kilo\b|kg\b", "kg", 1.0),
    (r"gram\b|g\b", "kg", 0.001),
    (r"liter\b|litres?", "litres", 1.0),
    (r"desiliter\b|dl\b", "litres", 0.1),
    (r"minusgrader|kuldegrader", "degrees", -1.0),
    (r"grader\b|gradar\b|varmegrader|°c?|degrees", "degrees", 1.0),
    (r"desibel|db\b", "decibel", 1.0),
    (r"kwh\b|kilowattimer", "kwh", 1.0),
    (r"mwh\b|megawattimer", "kwh", 1e3),
    (r"gwh\b|gigawattimer", "kwh", 1e6),
    (r"twh\b|terawattimer", "kwh", 1e9),
    (r"kw\b|kilowatts?\b", "kilowatt", 1.0),
    (r"mw\b|megawatts?\b", "kilowatt", 1e3),
    (r"gw\b|gigawatts?\b", "kilowatt", 1e6),
)
_UNIT: Final = re.compile(
    r"\s?(?:"
    + "|".join(f"(?P<u{number}>{words})" for number, (words, _, _) in enumerate(_UNITS))
    + r")(?:(?<![^\W\d_])|(?![^\W\d_]))"
)
"""A unit ends where its word ends: «cent» is none of «centimeter»."""


def unit_after(text: Text, position: int) -> tuple[str, float, int]:
    """The unit that stands after a number, what the number is multiplied by, and where the unit ends."""
    plain = text.plain
    m = _UNIT.match(plain, position)
    if m is None or text.written[m.start() : m.end()].strip() == "G":  # the base amount of the national insurance
        return "number", 1.0, position
    if text.written.startswith("SEK", m.end() - 3):
        return "sek", 1.0, m.end()
    _, unit, factor = _UNITS[int((m.lastgroup or "u0")[1:])]
    return unit, factor, m.end()


def per_after(text: Text, position: int) -> tuple[float, int]:
    m = _PER.match(text.plain, position)
    if m is None:
        return 0.0, position
    return _PERIOD[int((m.lastgroup or "p0")[1:])][1], m.end()
