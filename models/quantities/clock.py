"""Times of the day: «kl. 15.30», «halv åtte», «kvart over 3», «half past eight», «10.00-15.00»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.quantities.record import Quantity
from models.quantities.text import Text
from models.quantities.words import NUMBERS

_CUES: Final = frozenset(["klokka", "klokken", "klokko", "klokkå", "kl"])
_SPOKEN_WORDS: Final = _CUES | frozenset(
    ("halv", "half", "kvart", "kvarter", "quarter", "fem", "ti", "tjue", "five", "ten", "twenty", "clock")
)
_DIGITS: Final = re.compile(r"\d[.:]\d\d|\d ?[ap]m")
_HOUR: Final = "|".join(
    word for word, value in NUMBERS.items() if 1 <= value <= 12 and value.is_integer() and word != "dozen"
)
_HALF_DAY: Final = r"(?:\s?(?P<half_day>am|pm|a\.m\.|p\.m\.))?"
_NO_AMOUNT: Final = r"(?!\s?(?:km|kr|%|m/s|prosent|gmt|utc|\d)|[.:]\d)"
_UNTIL: Final = (
    r"(?:\s?(?:-|til)\s?(?P<until>[01]?\d|2[0-4])(?:[.:]?(?P<until_minute>[0-5]\d))?"
    r"(?!\d|[./]\d|/|\s?(?:min|time|kr|%)))?"
)
_CUED: Final = re.compile(
    rf"\b(?:klokk(?:a|en|o|å)|kl\.?)\s?(?P<hour>\d{{1,2}}|{_HOUR})(?:[.:]?(?P<minute>[0-5]\d)(?!\d))?"
    rf"{_HALF_DAY}{_UNTIL}(?![a-zæøå]){_NO_AMOUNT}"
)
_AT: Final = re.compile(
    rf"\bat\s(?P<hour>\d{{1,2}}|{_HOUR})(?:[.:](?P<minute>[0-5]\d))?{_HALF_DAY}(?![a-z]){_NO_AMOUNT}"
)
_SPOKEN: Final = re.compile(
    r"\b(?P<cue>(?:klokk(?:a|en|o|å)|kl\.?)\s?)?(?:(?P<part>kvart|kvarter|quarter|fem|ti|tjue|five|ten|twenty|\d{1,2})"
    r"\s(?:min\w*\s)?(?P<side>over|på|past|to)\s)?(?P<half>(?:halv|half past)\s)?"
    rf"(?P<hour>{_HOUR}|\d{{1,2}})\b(?P<clock>\so'?\s?clock\b)?(?![.,:]?\d)(?!\s?(?:km|kr|%|m/s|prosent|time|minutt))"
)
_COLON: Final = re.compile(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:]|\s?(?:gmt|utc)\b)"
)
_ALONE: Final = re.compile(r"\s*(?:$|[.,;:!?)»]|(?:i|om|på|da|så|og|når|til|er|var|kom|gikk|går)\b)")
_HALF_DAYS: Final = re.compile(r"(?<![\d.,:])(?P<hour>\d{1,2})\s?(?P<half_day>am|pm)\b")
_POINT: Final = re.compile(r"(?<![\d.,:/])(?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5]\d)(?![\d:/%‰]|[.,]\d|,-)")
_BEFORE_TIME: Final = re.compile(
    r"(?:\b(?:til|fra|frå|før|etter|innen|innan|mellom|ca\.?|cirka|rundt|i ?dag|i ?kveld|i ?morgen|går)|[-])\s?$"
)
_AMOUNT: Final = re.compile(
    r"\s?(?:kr|kroner|prosent|promille|mill|mrd|m/s|km|meter|grader|time|timer|timar|kg|liter|nok|euro)\b"
)
_AMOUNT_BEFORE: Final = re.compile(
    r"(?:\b(?:kr\.?|nok|versjon|version|kost\w*|pris\w*|rent\w+|punkt|kapittel|kap\.?)\s?|[$€£§]\s?|[a-z])$"
)
_ROUND: Final = frozenset(("00", "15", "30", "45"))
_PARTS: Final = {"kvart": 15.0, "kvarter": 15.0, "quarter": 15.0}


def clock_times(text: Text) -> Iterator[Quantity]:
    plain = text.plain
    if text.has(_SPOKEN_WORDS):
        yield from _spoken(text)
    if text.has(_CUES):
        for m in _CUED.finditer(plain):
            yield from _told(m)
    if text.english:
        for m in _AT.finditer(plain):
            yield from _told(m)
    if text.digits and _DIGITS.search(plain):
        for pattern in (_COLON, _HALF_DAYS):
            for m in pattern.finditer(plain):
                yield from _told(m)
        for m in _POINT.finditer(plain):
            if _is_time(m, text):
                yield from _told(m)


def _told(m: re.Match[str]) -> Iterator[Quantity]:
    found = m.groupdict()
    hour = _hour(m["hour"])
    if hour > 24:
        return
    afternoon = (found.get("half_day") or "").startswith("p") and hour < 12
    minutes = hour * 60 + int(found.get("minute") or 0) + 720 * afternoon
    until = int(found["until"]) * 60.0 + int(found["until_minute"] or 0) if found.get("until") else minutes
    yield Quantity(m.start(), m.end(), "clock", minutes, until if until >= minutes else until + 1440)


def _hour(word: str) -> float:
    return float(word) if word.isdecimal() else NUMBERS[word]


def _spoken(text: Text) -> Iterator[Quantity]:
    """«halv åtte», «kvart over 3», «ti på halv ni», «half past eight»."""
    for m in _SPOKEN.finditer(text.plain):
        hour, part, half = _hour(m["hour"]), m["part"], (m["half"] or "").strip()
        if not (half or part or m["clock"]) or hour > (24 if part else 12):
            continue
        sure = bool(m["cue"]) or part in _PARTS or bool(half)
        digits = m["hour"].isdecimal() or (part or "").isdecimal()
        alone = _ALONE.match(text.plain, m.end())
        if not sure and not m["clock"] and (digits or m["side"] == "to" or not alone):
            continue  # «fem over tre.» is a time, «ti på fire rom» none
        away = _PARTS.get(part, 0.0) or _hour(part) if part else 0.0
        away = -away if m["side"] in ("på", "to") else away
        minutes = hour * 60 + away + (-30 if half == "halv" else 30 if half else 0)
        yield Quantity(m.start(), m.end(), "clock", minutes % 1440, minutes % 1440)


def _is_time(m: re.Match[str], text: Text) -> bool:
    """«7.30» and «10.00-15.00» are; «kr 7.30», «2.50 prosent», «versjon 3.15» and the date «10.12» are none."""
    earlier = text.plain[max(0, m.start() - 12) : m.start()]
    if text.english or _AMOUNT.match(text.plain, m.end()) or _AMOUNT_BEFORE.search(earlier):
        return False
    if m["minute"] != "00" and int(m["minute"]) <= 12:
        return False
    return m["minute"] in _ROUND or len(m["hour"]) == 2 or bool(_BEFORE_TIME.search(earlier))
