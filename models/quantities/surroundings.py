"""The words before a number that make it a range, name its unit, or tell that it is a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from models.quantities.money import UNITS_BEFORE

Bound = Literal["", "more", "less", "about", "just over", "several", "below zero"]

_BOUNDS: Final[dict[str, Bound]] = {
    **dict.fromkeys(
        (
            "over",
            "mer enn",
            "meir enn",
            "fler enn",
            "flere enn",
            "fleire enn",
            "minst",
            "more than",
            "at least",
            "minimum",
        ),
        "more",
    ),
    **dict.fromkeys(
        (
            *("under", "mindre enn", "færre enn", "less than", "fewer than", "maks", "maksimalt", "høyst", "høgst"),
            *("inntil", "opptil", "opp til", "up to", "at most", "knapt", "barely"),
        ),
        "less",
    ),
    **dict.fromkeys(
        (
            *("ca", "cirka", "circa", "omtrent", "rundt", "omlag", "om lag", "omkring", "nesten", "about"),
            *("around", "nærmere", "nærare", "bortimot", "snaut", "almost", "nearly", "opp mot", "sånn", "kring"),
            *("underkant av", "roughly", "approximately", "oppunder", "~"),
        ),
        "about",
    ),
    **dict.fromkeys(
        ("drøyt", "drøye", "drygt", "dryge", "og vel", "overkant av", "litt over", "litt mer enn", "litt meir enn"),
        "just over",
    ),
    **dict.fromkeys(("flere", "fleire", "several", "mange", "many"), "several"),
    **dict.fromkeys(("minus", "negativ", "negativt"), "below zero"),
}
_NAMES_TEXT: Final = """
fv rv ev nr nummer rute ruta linje buss bussen fylkesvei fylkesveg riksvei riksveg europavei side punkt kapittel
vedlegg sak avdeling route bus line no covid paragraf etasje kanal trinn tlf telefon ring mob mobil kap art artikkel
versjon version windows ios android iphone rom postboks pb gnr bnr konto kontonr orgnr tog seksjon side s spor topp
zone sone episode sesong kode pinkode blokk inngang del nødnummeret nødtelefonen
"""
_NAMES: Final = frozenset(_NAMES_TEXT.split())
_ABBREVIATED: Final = frozenset(
    (
        "ca.",
        "kr.",
        "nr.",
        "no.",
        "fv.",
        "rv.",
        "ev.",
        "tlf.",
        "mob.",
        "kap.",
        "art.",
        "gnr.",
        "bnr.",
        "pb.",
        "s.",
        "rs.",
    )
)
_MARKS: Final = "$€£~"
_BRACKETS: Final = "(«\"'[:"


@dataclass(frozen=True, slots=True)
class Surroundings:
    told: str = ""
    """The unit that stands before the number."""
    bound: Bound = ""
    word: str = ""
    """The word before the number, and before its unit."""
    name: bool = False


def before(text: str, start: int) -> Surroundings:
    earlier = text[max(0, start - 30) : start]
    words = earlier.split()
    if not words:
        return Surroundings()
    last, close = words[-1], not earlier[-1].isspace()
    if close and last[-1] == "-":
        return _after_hyphen(words)
    if last[-1] in "§#@/_&":
        return Surroundings(name=True)
    if last[-1] in _MARKS:
        words[-1:] = [last[:-1], last[-1]] if last[:-1] else [last]
    told = UNITS_BEFORE.get(_bare(words[-1]), "")
    if told:
        words.pop()
    elif close and last[-1].isalpha():
        return Surroundings(name=True)
    last = _bare(words[-1]) if words else ""
    return Surroundings(
        told,
        _bound(words),
        last,
        not told and (last in _NAMES or last.endswith("nummer")),
    )


def _bound(words: list[str]) -> Bound:
    """What the last three words, or the last two or one of them, make of the number."""
    last = [*words[-3:-1], _bare(words[-1])] if words else []
    return next((bound for start in range(len(last)) if (bound := _BOUNDS.get(" ".join(last[start:])))), "")


def _bare(word: str) -> str:
    word = word.lstrip(_BRACKETS)
    return word[:-1] if word in _ABBREVIATED else word


def _after_hyphen(words: list[str]) -> Surroundings:
    """«-5» is below zero, «covid-19» a name, «10 -15» a stretch."""
    last = words[-1].lstrip(_BRACKETS)
    if last == "-":
        return Surroundings() if len(words) > 1 and words[-2][-1].isdecimal() else Surroundings(bound="below zero")
    return Surroundings(name=last[-2].isalpha())
