"""Numbers and ordinals that are written as words."""

from __future__ import annotations

from itertools import product
from typing import Final

_SMALL: Final = (
    ("null", "zero"),
    ("én", "éin", "éi", "ett", "one"),
    ("to", "two", "tvo"),
    ("tre", "three"),
    ("fire", "four"),
    ("fem", "five"),
    ("seks", "six"),
    ("sju", "syv", "seven"),
    ("åtte", "eight"),
    ("ni", "nine"),
    ("ti", "ten"),
    ("elleve", "eleven"),
    ("tolv", "twelve"),
    ("tretten", "thirteen"),
    ("fjorten", "fourteen"),
    ("femten", "fifteen"),
    ("seksten", "sixteen"),
    ("sytten", "søtten", "seventeen"),
    ("atten", "eighteen"),
    ("nitten", "nineteen"),
)
TENS: Final = {
    20: ("tjue", "tyve", "tjuge", "twenty"),
    30: ("tretti", "tredve", "thirty"),
    40: ("førti", "forty"),
    50: ("femti", "fifty"),
    60: ("seksti", "sixty"),
    70: ("sytti", "søtti", "seventy"),
    80: ("åtti", "eighty"),
    90: ("nitti", "ninety"),
}


def _number_words() -> dict[str, float]:
    words = {word: float(value) for value, group in enumerate(_SMALL) for word in group}
    for (ten, tens), (unit, units) in product(TENS.items(), enumerate(_SMALL[:10])):
        for tenth, one in product(tens, (*units, "en", "ein") if unit == 1 else units):
            words[tenth] = float(ten)
            if unit:
                words |= {f"{tenth}{one}": float(ten + unit), f"{one}og{tenth}": float(ten + unit)}
    return words | {"halvannen": 1.5, "halvanna": 1.5, "halvtanna": 1.5, "dusin": 12.0, "dozen": 12.0}


NUMBERS: Final = _number_words()
MULTIPLIERS: Final = {
    **dict.fromkeys(("hundre", "hundred"), 1e2),
    **dict.fromkeys(("tusen", "thousand", "k"), 1e3),
    **dict.fromkeys(("mill", "million", "millioner", "millionar", "millions", "mill.", "mnok"), 1e6),
    **dict.fromkeys(("mrd", "milliard", "milliarder", "milliardar", "billion", "mrd."), 1e9),
}
ARTICLES: Final = ("en", "ein", "ei", "et", "eit", "e", "a", "an", "ett", "éin")
HALVES: Final = ("halv", "halvt", "half", "halve")
ORDINALS: Final = {
    name: day
    for day, names in enumerate(
        (
            "første|fyrste|first",
            "andre|second",
            "tredje|third",
            "fjerde|fourth",
            "femte|fifth",
            "sjette|sixth",
            "sjuende|syvende|sjuande|seventh",
            "åttende|åttande|eighth",
            "niende|niande|ninth",
            "tiende|tiande|tenth",
            "ellevte|eleventh",
            "tolvte|twelfth",
            "trettende|trettande",
            "fjortende|fjortande",
            "femtende|femtande|fifteenth",
            "sekstende|sekstande",
            "syttende|syttande",
            "attende|attande",
            "nittende|nittande",
            "tjuende|tjuande|tyvende|twentieth",
        ),
        1,
    )
    for name in names.split("|")
}
