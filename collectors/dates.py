"""The times that posts claim: ISO 8601, RFC 822 and Norwegian ones. Times without a zone are Norwegian."""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from collectors.post import DateQuality

OSLO = ZoneInfo("Europe/Oslo")
AHEAD = timedelta(minutes=15)
"""How far a source's clock may be ahead of ours."""
OLDEST = datetime(1995, 1, 1, tzinfo=UTC)

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(\S*))?")
_WRITTEN = re.compile(
    r"(?:[^\W\d_]+\.?,?\s*)?(?:den\s+)?"  # weekday
    r"(\d{1,2})(?:\.\s*|\s+|-)"  # day
    r"(?:([^\W\d_]{3,9})\.?(?:,?\s+|-)|(\d{1,2})\.)"  # month, as a word or a number
    r"(\d{4}|\d\d)"
    r"(?:,?\s+(?:kl(?:okka|okken)?\.?\s*)?(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?\s*(.*))?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d\d):?(\d\d)?(?:\s*\(.*\))?")
_MONTHS = ["jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"]
_ENGLISH = {"may": "mai", "oct": "okt", "dec": "des"}
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2}
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def claimed(raw: str, now: datetime, fallback: time.struct_time | None = None) -> tuple[datetime, DateQuality]:
    """The time in UTC that a text claims, and how far it can be trusted; `now` where it says nothing usable.

    `fallback` is what another parser made of the text, in UTC.
    """
    found = read(raw) or _from_struct(fallback)
    if found is None or found[0] < OLDEST:
        return now, "missing"
    moment, quality = found
    return (moment, quality) if moment <= now + AHEAD else (now, "clamped_future")


def read(raw: str) -> tuple[datetime, DateQuality] | None:
    """The time in UTC that a text says, exact or only its day; None for what is no time."""
    raw = raw.strip()
    try:
        if m := _ISO.fullmatch(raw):
            day, clock, zone = m.groups()
            moment = datetime.fromisoformat(f"{day}T{clock.replace(',', '.')}" if clock else day)
        elif (m := _WRITTEN.fullmatch(raw)) and (month := _month(m[2], m[3])):
            year = int(m[4]) if len(m[4]) == 4 else int(m[4]) + (2000 if int(m[4]) < 70 else 1900)
            clock, zone = m[5], m[8]
            moment = datetime(year, month, int(m[1]), int(m[5] or 0), int(m[6] or 0), int(m[7] or 0))
        else:
            return None
        return moment.replace(tzinfo=_zone(zone or "")).astimezone(UTC), "exact" if clock else "date_only"
    except (ValueError, OverflowError):
        return None


def _month(word: str | None, number: str | None) -> int:
    """1 to 12, or 0 where it is none; a number that is no month fails later, as a date."""
    if not word:
        return int(number or 0)
    short = word[:3].lower()
    short = _ENGLISH.get(short, short)
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _zone(text: str) -> tzinfo:
    if m := _OFFSET.fullmatch(text):
        offset = timedelta(hours=int(m[2]), minutes=int(m[3] or 0))
        return timezone(-offset if m[1] == "-" else offset)
    hours = _ZONES.get(text.upper())
    return OSLO if hours is None else timezone(timedelta(hours=hours))


def _from_struct(parsed: time.struct_time | None) -> tuple[datetime, DateQuality] | None:
    try:
        return (datetime.fromtimestamp(calendar.timegm(parsed), UTC), "exact") if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None
