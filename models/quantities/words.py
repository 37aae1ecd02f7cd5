"""Numbers and ordinals that are written as words."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

_SMALL: Final = (
    ("null", "zero"),
    ("én", "éin", "éi", "ett", "eitt", "one"),
    ("to", "two", "tvo"),
    ("tre", "three", "tri"),
    ("fire", "four"),
    ("fem", "five", "fæm"),
    ("seks", "six", "sæks"),
    ("sju", "syv", "seven", "sjau"),
    ("åtte", "eight", "åtta"),
    ("ni", "nine"),
    ("ti", "ten"),
    ("elleve", "eleven", "ellve"),
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
    return words | {"halvannen": 1.5, "halvannet": 1.5, "halvtanna": 1.5, "halvanna": 1.5, "dusin": 12.0, "dozen": 12.0}


NUMBERS: Final = _number_words()
_LONG: Final = ("million", "milliard", "billion", "billiard", "trillion", "trilliard", "kvadrillion", "kvadrilliard")
MULTIPLIERS: Final = {
    **dict.fromkeys(("hundre", "hundred"), 1e2),
    **dict.fromkeys(("tusen", "thousand", "k"), 1e3),
    **dict.fromkeys(("mill", "millions", "mnok", "m"), 1e6),
    "mrd": 1e9,
    **{f"{name}{ending}": 1e6 * 1e3**n for n, name in enumerate(_LONG) for ending in ("", "er", "ar")},
}
"""What a number before them is multiplied by; «k» and «M» stand close to it."""
SHORT_SCALE: Final = {"billion": 1e9, "trillion": 1e12}
"""What the same words are in English."""
SHORT: Final = frozenset(("k", "m", "mill", "mrd"))
"""Multipliers that are none without a number before them."""
ARTICLES: Final = frozenset(("en", "ein", "ei", "et", "eit", "e", "a", "an", "ett", "éin"))
HALVES: Final = frozenset(("halv", "halvt", "half", "halve"))
_WHOLES: Final = (("tusen", 1e3), ("hundre", 1e2))


@lru_cache(maxsize=4_000)
def number_word(word: str) -> float | None:
    """The value of one word: «tjuefem», «femhundre», «totusenfemhundreogtjue»; None for other words."""
    if word in NUMBERS or ("hundre" not in word and "tusen" not in word):
        return NUMBERS.get(word)
    for whole, factor in _WHOLES:
        head, found, tail = word.partition(whole)
        if found:
            many = number_word(head) if head else 1.0
            rest = number_word(tail.removeprefix("og")) if tail else 0.0
            return None if many is None or rest is None else many * factor + rest
    return None


_ORDINAL_NAMES: Final = (
    "første fyrste first",
    "andre second",
    "tredje third",
    "fjerde fourth",
    "femte fifth",
    "sjette sixth",
    "sjuende syvende sjuande seventh",
    "åttende åttande eighth",
    "niende niande ninth",
    "tiende tiande tenth",
    "ellevte eleventh",
    "tolvte twelfth",
    "trettende trettande",
    "fjortende fjortande",
    "femtende femtande fifteenth",
    "sekstende sekstande",
    "syttende syttande",
    "attende attande",
    "nittende nittande",
    "tjuende tjuande tyvende twentieth",
)
ORDINALS: Final = {name: number for number, names in enumerate(_ORDINAL_NAMES, 1) for name in names.split()} | {
    f"{ten}{name}": 20 + number
    for ten in ("tjue", "tjuge")
    for number, names in enumerate(_ORDINAL_NAMES[:9], 1)
    for name in names.split()
}
"""Up to the twenty-ninth."""
