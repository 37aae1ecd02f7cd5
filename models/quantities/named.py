"""Amounts that are told without a number: «gratis», «halv pris», «to tredeler», «annenhver uke», «liten kuling»."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from models.quantities.calendar_days import WEEKDAYS
from models.quantities.record import DAY, HOUR, MONTH, WEEK, YEAR, Quantity
from models.quantities.text import Text
from models.quantities.words import NUMBERS, ORDINALS

_FREE: Final = re.compile(
    r"\b(?:gratis|kostnadsfri\w*|vederlagsfri\w*|free of charge|for free"
    r"|(?:ikke|ikkje|itj) (?:så mye som |så mykje som )?(?:en|ei|éi|ein|én|éin) (?:rød |raud |eneste )?kron[ea]"
    r"|(?:kost(?:er|ar|a)|betal(?:er|ar|e|te)) (?:\w+ ){0,2}(?:ingenting|ingen ting|ikke noe|ikkje noko|inkje|null)"
    r"|(?:slipper|slapp|slepp) å betale|(?:cost(?:s|ing)?|pa(?:y|ys|id)) (?:\w+ )?nothing|for nothing|at no cost"
    r"|\w+n['’]t (?:cost|pay) (?:(?:you|us|me) )?(?:anything|a (?:krone|penny|cent))"
    r"|(?:tar|tek|tas|tek dei|tar de) (?:ikke|ikkje) (?:seg )?betal(?:t|ing)"
    r"|(?:uten|utan) (?:gebyr|avgift|vederlag|betaling|egenandel|eigendel|kostnad|å betale)|no (?:fee|charge))\b"
    r"(?! (?:mer|meir|ekstra|more|extra)\b)"
)
_NOT: Final = ("ikke ", "ikkje ", "ingen ", "not ")
_FREE_PARTS: Final = ("gratis", "fri", "free", "kron", "kost", "betal", "ten ", "tan ", "no ", "nothing", "n't", "n’t")
_SHARE: Final = re.compile(
    r"\b(?:(?P<half>halv pris|halve prisen|half price|halvparten|halvdelen|hel[fv]ta|half the price|half of)"
    r"|(?P<whole>full pris|fullpris|full price|samme pris|same pris"
    r"|dobl(?:es|a|et|ast|er|ar)|fordobl\w*|doubl(?:ed|es|ing|e))"
    r"|(?P<three>tre ?kvart(?:e?n|parten)?|three quarters))\b(?! (?:time|år|liter))"
)
_SHARE_PARTS: Final = ("halv", "helfta", "helvta", "half", "pris", "price", "dobl", "doubl", "kvart", "quarters")
_PART: Final = re.compile(
    r"\b(?P<many>\d|en|ein|éin|én|ei|a|one|to|two|tre|three|fire|four|fem)[\s-]"
    r"(?P<part>tredje|tre|fjerde|fire|femte|fem|sjette|seks|sjuende|åttende|åtte|tiende|ti|third|fourth|fifth|tenth|quarter)"
    r"(?:-?\s?(?:del(?:en|er|ar|a)?|part(?:en|er|ar)?)|s\b|(?= of\b))\b"
)
_PARTS: Final = ("edel", "femdel", "seksdel", "tidel", "epart", "third", "quarter", "fourth", "fifth", "tenth")
_EVERY_WORDS_TEXT: Final = """
annenhver annahver annakvar annankvar annankver anna every each hver kvar hvert kvart kver gong gonger ganger gang times
"""
_EVERY_WORDS: Final = frozenset(_EVERY_WORDS_TEXT.split())
_EVERY: Final = re.compile(
    r"\b(?:(?P<other>annenhve(?:r|rt)|annahver|annan?kva(?:r|rt)|annankver|anna kvart?|every other|every second)"
    r"|hver|kvar|kver|hvert|kvart|every|each)\s"
    r"(?:einaste |eneste |single )?(?:(?P<nth>\d{1,2}\.?|[^\W\d_]{3,9})\s)?"
    rf"(?P<period>uke|veke|weeks?|dag|days?|døgn|måned|månad|months?|halvtime|time|hours?|kvarter|minutt|minutes?|år|years?"
    rf"|{'|'.join(WEEKDAYS)})\b"
)
_TIMES: Final = re.compile(
    r"\b(?P<times>\d{1,2}|én|en|ein|éin|to|tre|fire|fem|seks|two|three|four|five|six|ten)\s(?:gang|ganger|gong|gonger|times)\s"
    r"(?:i|om|per|pr\.?|hver|kvar|a|an)\s?(?P<period>uka|uken|uke|veka|veke|week|dagen|dag|day|døgnet"
    r"|måneden|måned|månaden|månad|month"
    r"|året|år|year|timen|time|hour)\b"
)
_OTHER_ONE: Final = re.compile(r"\b(?:annenhver|annankvar|annakvar|every second)\s(?=[^\W\d_]{3})")
_NTH_ONE: Final = re.compile(
    r"\b(?:hver|kvar|every)\s(?P<nth>tredje|fjerde|femte|sjette|tiende|third|fourth|fifth|tenth)\s(?=[^\W\d_]{3})"
)
_PERIODS: Final = (("uk", WEEK), ("vek", WEEK), ("week", WEEK), ("mån", MONTH), ("month", MONTH), ("halvt", HOUR / 2))
_MORE_PERIODS: Final = (("tim", HOUR), ("hour", HOUR), ("kvart", 15.0), ("min", 1.0), ("år", YEAR), ("year", YEAR))
_WINDS: Final = {
    "liten kuling": (10.8, 13.8),
    "stiv kuling": (13.9, 17.1),
    "sterk kuling": (17.2, 20.7),
    "liten storm": (20.8, 24.4),
    "full storm": (24.5, 28.4),
}
_WIND: Final = re.compile(rf"\b(?:{'|'.join(_WINDS)})\b")
_WIND_WORDS: Final = frozenset(("kuling", "storm"))


def named(text: Text) -> Iterator[Quantity]:
    plain = text.plain
    if any(part in plain for part in _FREE_PARTS):
        for m in _FREE.finditer(plain):
            if not plain[: m.start()].endswith(_NOT):
                yield Quantity(m.start(), m.end(), "kroner", 0.0, 0.0, noun="gratis")
    if any(part in plain for part in _SHARE_PARTS):
        for m in _SHARE.finditer(plain):
            percent = 50.0 if m["half"] else 100.0 if m["whole"] else 75.0
            yield Quantity(m.start(), m.end(), "percent", percent, percent)
    if any(part in plain for part in _PARTS):
        for m in _PART.finditer(plain):
            yield from _part(m)
    if text.has(_EVERY_WORDS):
        yield from _every(plain)
    if text.has(_WIND_WORDS):
        for m in _WIND.finditer(plain):
            yield Quantity(m.start(), m.end(), "m/s", *_WINDS[m.group()])


def _part(m: re.Match[str]) -> Iterator[Quantity]:
    """«to tredeler» is 66 to 67 per cent: between the whole ones next to it."""
    many = float(m["many"]) if m["many"].isdecimal() else NUMBERS.get(m["many"], 1.0)
    of = 4.0 if m["part"] == "quarter" else ORDINALS.get(m["part"]) or NUMBERS[m["part"]]
    if many < of:
        yield _share(m, 100 * many / of)


def _share(m: re.Match[str], percent: float) -> Quantity:
    return Quantity(m.start(), m.end(), "percent", math.floor(percent), math.ceil(percent))


def _every(plain: str) -> Iterator[Quantity]:
    for m in _EVERY.finditer(plain):
        if times := _times(m):
            between = times * _length(m["period"])
            yield Quantity(m.start(), m.end(), "every", between, between)
    for m in _TIMES.finditer(plain):
        times = float(m["times"]) if m["times"].isdecimal() else NUMBERS.get(m["times"], 1.0)
        if times:
            yield Quantity(m.start(), m.end(), "every", _length(m["period"]) / times, _length(m["period"]) / times)
    for m in _OTHER_ONE.finditer(plain):
        yield _share(m, 50.0)
    for m in _NTH_ONE.finditer(plain):
        yield _share(m, 100 / ORDINALS[m["nth"]])


def _length(period: str) -> float:
    """In minutes; from one weekday to the next is a week."""
    if period in WEEKDAYS:
        return WEEK
    return next((minutes for start, minutes in (*_PERIODS, *_MORE_PERIODS) if period.startswith(start)), DAY)


def _times(m: re.Match[str]) -> float | None:
    """«annenhver»: 2, «hver fjerde»: 4, «hver»: 1; None for «hver eneste god dag»."""
    if m["other"]:
        return 2.0
    if m["nth"] and m["period"] in WEEKDAYS:
        return None  # «hver første lørdag» is one in a month
    nth = m["nth"] or "1."
    return float(nth.rstrip(".")) if nth[0].isdecimal() else ORDINALS.get(nth) or NUMBERS.get(nth)
