"""The noun that a number counts: where it stands, its stem, and when two nouns name the same."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[\s-]?([^\W\d_]+)")
_NO_NOUN_WORDS: Final = """
i på av til for fra frå og eller men som er var blir vart ble bli med ved om ikke ikkje nå no da då det den de dei eg
jeg vi du dere dokker han hun ho hu så at hvis dersom når der her under over etter før per pr enn mot uten utan hver
kvar gjennom mens medan forbi siden sidan hele heile allerede bare berre jo vel også òg faktisk helt heilt sier seier
folkens takk altså kanskje in on of to from and or but as is was be with by if the a an it not now then that this you
they we too only just maks maksimalt minst totalt til saman sammen tilsammen max
kan kunne må måtte skal skulle vil ville får fikk fekk har hadde koster kostar kosta trenger treng slipper slepp vert
gjelder gjeld går gjekk gikk står tar tek kommer kjem gjør gjer betaler betalar blei er slik rett themselves can could
must will would may are were has have had do does did get gets got allowed cost costs pay pays need needs mandag måndag
tirsdag tysdag onsdag torsdag fredag lørdag laurdag søndag sundag monday tuesday wednesday thursday friday saturday
sunday hverdag hverdager kvardag kvardagar helg helga helger weekdays weekends
timen tima døgnet måneden månaden året uka veka dagen stykket stykk
"""
_NO_NOUN: Final = frozenset(_NO_NOUN_WORDS.split())
_ADJECTIVE: Final = re.compile(
    r"(?:ige|iske|ske|ede|lege|nye|små|store|gamle|andre|eldre|unge|private|faste|new|more|flere|fleire)$"
)
_ENDINGS: Final = ("ene", "ane", "er", "ar", "en", "et", "s", "e", "a", "r")
_SAME_NOUNS: Final = (
    "elev barn unge ung born bån pupil student kid child children skolebarn førsteklassing",
    "turbin vindturbin vindmøll møll mølle turbine windmill",
    "plass sykehjemsplass sjukeheimsplass seng rom romm place bed room spot space plassar",
    "person menneske folk stk people innbygger pasient søker",
    "leg lege fastleg fastlege doctor doktor gp",
    "ansatt tilsett årsverk stilling employee staff",
    "bolig bustad leilighet leilegheit hus home house apartment flat",
)
_NOUN_GROUP: Final = {word: number for number, words in enumerate(_SAME_NOUNS) for word in words.split()}


def noun_after(text: str, position: int) -> tuple[str, int]:
    """The stem of the noun that a number counts, and where it ends; adjectives before it are passed over."""
    words = []
    for _ in range(3):
        m = _WORD.match(text, position)
        if m is None or m[1].lower() in _NO_NOUN:
            break
        words.append(m)
        position = m.end()
        if not _ADJECTIVE.search(m[1].lower()):
            break
    return (stem(words[-1][1]), words[-1].end()) if words else ("", position)


def stem(word: str) -> str:
    """A word without its inflection, in both forms of Norwegian: «elever», «elevar», «elevane» → «elev»."""
    word = word.lower()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def same_noun(a: str, b: str) -> bool:
    """Whether two counted nouns name the same things: «elever» and «elevar», «vindturbiner» and «turbiner»."""
    if not a or not b:
        return True
    if a == b or (min(len(a), len(b)) > 3 and (a.endswith(b) or b.endswith(a))):
        return True
    return a in _NOUN_GROUP and _NOUN_GROUP[a] == _NOUN_GROUP.get(b)
