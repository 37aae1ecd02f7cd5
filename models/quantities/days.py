"""Dates told from the post's own time: «i morgen», «på fredag», «neste uke», «om to uker»."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from models.quantities.calendar_days import WEEKDAYS, told
from models.quantities.record import DAY, YEAR, Quantity
from models.quantities.text import Text
from models.quantities.words import ORDINALS

_AWAY: Final = {
    **dict.fromkeys(("iovermorgen", "iovermorra", "iovermorgon", "ioverimorgen", "ioverimorra", "ioverimorgon"), 2),
    **dict.fromkeys(("dayaftertomorrow",), 2),
    **dict.fromkeys(("iforgårs", "iførgår", "iforigårs", "iforgås", "daybeforeyesterday"), -2),
    **dict.fromkeys(("imorgen", "imorra", "imorgon", "imårra", "tomorrow"), 1),
    **dict.fromkeys(("igår", "igårkveld", "yesterday"), -1),
    **dict.fromkeys(("idag", "ikveld", "ettermiddag", "iettermiddag", "iformiddag", "imorges", "today", "tonight"), 0),
}
_AWAY_WORDS_TEXT: Final = """
overmorgen overmorra overmorgon overimorgen overimorra overimorgon forgårs førgår forigårs forgås morgen morra
morgon mårra går gårkveld dag kveld ettermiddag formiddag morges tomorrow yesterday today tonight
"""
_AWAY_WORDS: Final = frozenset(_AWAY_WORDS_TEXT.split()) | frozenset(_AWAY)
_AWAY_PHRASE: Final = re.compile(
    r"\b(?:i ?(?:over(?:i?)mor(?:gen|ra|gon)|for(?:i?)gårs|førgår|forgås|mor(?:gen|ra|gon|ges)|mårra|går(?:kveld)?"
    r"|dag|kveld|ettermiddag|formiddag)|day (?:after|before) (?:tomorrow|yesterday)|tomorrow|yesterday|today|tonight)\b"
)
_WEEKDAY_WORDS: Final = frozenset(WEEKDAYS)
_PAST: Final = frozenset(("sist", "siste", "forrige", "førre", "last"))
_WEEKDAY: Final = re.compile(
    r"\b(?:(?P<which>på|til|innen|innan|før|frist|førstkommende|førstkommande|neste|sist|siste|forrige|førre|kommende"
    r"|komande|nå|no|on|by|until|next|last)\s)"
    rf"(?P<day>{'|'.join(WEEKDAYS)})\b(?P<again>\s(?:igjen|att)\b)?(?!\s?(?:-|til|og|i|to|and)\s?(?:{'|'.join(WEEKDAYS)}))"
)
_OF_WEEK: Final = re.compile(
    rf"\b(?P<day>{'|'.join(WEEKDAYS)})\s(?:i\s)?(?P<which>denne|neste|forrige|førre|sist)\s(?:uk[ea]n?|vek[ea])\b"
)
_PERIOD: Final = re.compile(
    r"\b(?:(?P<which>denne|dette|neste|nest|kommende|komande|forrige|førre|sist|this|next|last)"
    r"\s(?P<period>uk[ea]n?|vek[ea]|week|måned(?:en)?|månad(?:en)?|month|kvartal(?:et)?|quarter|år(?:et)?|year"
    r"|helg(?:[aei]n?)?|weekend)"
    r"|(?P<weekend>i (?:helga|helgen|helgi|helgå))|(?P<year>i (?:år|fjor)))\b(?!\s\d)"
)
_THE: Final = ("det ", "den ", "dei ", "de ")
_PERIOD_WORDS_TEXT: Final = """
uke uka uken veke veka week måned måneden månad månaden month kvartal kvartalet quarter år året year helg helga
helgen helgi helgå weekend fjor
"""
_PERIOD_WORDS: Final = frozenset(_PERIOD_WORDS_TEXT.split())
_DAY_OF_MONTH: Final = re.compile(
    rf"den (?<!\wden )(?P<day>\d{{1,2}}(?:\.|(?=[,;!?)»]|$))|{'|'.join(ORDINALS)})(?=[\s]*(?:$|[,.;!?)»]))"
)
_AGO: Final = re.compile(r"\s(?:siden|sidan|ago)\b")
_AHEAD: Final = re.compile(r"\b(?:om|in)\s$")


def relative_dates(text: Text, at: datetime | None) -> Iterator[Quantity]:
    if at is None:
        return
    today, plain = at.date(), text.plain
    if text.has(_AWAY_WORDS):
        for m in _AWAY_PHRASE.finditer(plain):
            yield told(m.start(), m.end(), today + timedelta(days=_AWAY[m.group().replace(" ", "")]))
    if text.has(_WEEKDAY_WORDS):
        yield from _weekdays(plain, today)
    if text.has(_PERIOD_WORDS):
        for m in _PERIOD.finditer(plain):
            if not plain[: m.start()].endswith(_THE):
                yield _period(m, today)
    if "den " in plain:
        for m in _DAY_OF_MONTH.finditer(plain):
            yield from _nearest(m, today)


def _weekdays(plain: str, today: date) -> Iterator[Quantity]:
    for m in _OF_WEEK.finditer(plain):
        monday = today - timedelta(days=today.weekday())
        weeks = 1 if m["which"] == "neste" else 0 if m["which"] == "denne" else -1
        yield told(m.start(), m.end(), monday + timedelta(days=WEEKDAYS[m["day"]] + 7 * weeks))
    for m in _WEEKDAY.finditer(plain):
        if m["which"] in ("til", "to") and plain[: m.start()].endswith(("dag ", "dager ", "dagar ")):
            continue  # «mandag til torsdag» is no date
        ahead = (WEEKDAYS[m["day"]] - today.weekday()) % 7 or 7
        if m["which"] in _PAST:
            ahead -= 7 if ahead < 7 else 14
        yield told(m.start(), m.end(), today + timedelta(days=ahead + (7 if m["again"] else 0)))


def _period(m: re.Match[str], today: date) -> Quantity:
    """A week, month, quarter, year or weekend, this or the one beside it."""
    period = m["period"] or ("helg" if m["weekend"] else "år")
    away = (
        -1
        if m["which"] in _PAST or m["year"] == "i fjor"
        else 0
        if m["which"] in (None, "denne", "dette", "this")
        else 1
    )
    monday = today - timedelta(days=today.weekday())
    if period.startswith(("uk", "vek")) or period == "week":
        return told(m.start(), m.end(), monday + timedelta(weeks=away), 7)
    if period.startswith("helg") or period == "weekend":
        return told(m.start(), m.end(), monday + timedelta(weeks=away, days=4), 3)
    if period.startswith(("år", "year")):
        year = float(today.year + away)
        return Quantity(m.start(), m.end(), "year", year, year, relative=True)
    long = 3 if period.startswith(("kv", "qu")) else 1
    index = today.year * 12 + (today.month - 1) // long * long + away * long
    first = date(index // 12, index % 12 + 1, 1)
    last = date((index + long - 1) // 12, (index + long - 1) % 12 + 1, 1)
    return told(m.start(), m.end(), first, (last - first).days + monthrange(last.year, last.month)[1])


def _nearest(m: re.Match[str], today: date) -> Iterator[Quantity]:
    """«den 15.»: in this month, the one before or after, whichever lies nearest."""
    day = ORDINALS.get(m["day"]) or int(m["day"].rstrip("."))
    months = (today.year * 12 + today.month - 1 + away for away in (-1, 0, 1))
    days = [date(n // 12, n % 12 + 1, day) for n in months if 1 <= day <= monthrange(n // 12, n % 12 + 1)[1]]
    if days:
        yield told(m.start(), m.end(), min(days, key=lambda other: abs(other - today)))


def from_now(quantity: Quantity, text: Text, at: datetime) -> Quantity:
    """«om to uker» and «for tre dager siden» are dates; «tok to uker» stays a duration."""
    if quantity.low < DAY or quantity.high > 2 * YEAR:
        return quantity
    days = timedelta(minutes=quantity.low)
    if _AHEAD.search(text.plain, max(0, quantity.start - 4), quantity.start):
        return told(quantity.start, quantity.end, (at + days).date())
    if _AGO.match(text.plain, quantity.end):
        return told(quantity.start, quantity.end, (at - days).date())
    return quantity
