"""The words of facts and posts, brought together over bokmål, nynorsk, some dialect and everyday English."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from models.quantities import stem

GLOSSARY: Final = Path(str(files("models.corrections").joinpath("glossary")))
"""A file a language; a line has a common form in bokmål (`-` for none), and the words that are read as it."""
_STOP_WORDS: Final = """
i på av til for fra og eller men som er var blir ble bli blitt med ved om ikke ingen aldri nå da det den de jeg vi du
dere han hun så at hvis når der her under over etter før per enn mot har hadde ha skal skulle kan kunne må måtte vil
ville får fikk få gjør også bare jo vel man en ei et hele all alle alt sin sitt sine seg selv oss meg deg dem min mitt
mine vår våre noe noen hva hvem hvor hvorfor hvordan mer mest mye mange igjen the a an is are was were be
to of in on at by for with and or not no it this that you we they have has had do does will
kommune kommunen kommuna kommunens
gang gå går gikk siste ny nye veldig helt litt slik sånn dette disse denne nei allerede lenger fortsatt
"""
_STOP: Final = frozenset(_STOP_WORDS.split())
WORD: Final = re.compile(r"[^\W\d_]+")
_SPELLING_PAIRS: Final = """
skul:skol sjuk:syk heim:hjem høyr:hør veg:vei vatn:vann auk:øk søkj:søk byggj:bygg veke:uke eigen:egen eige:eie
teneste:tjeneste avgjer:avgjør løyve:tillatelse straum:strøm hamn:havn kyrkj:kirk mjølk:melk førar:fører
eingong:engang handsaming:behandling
"""
"""Parts of words in nynorsk, and as they are in bokmål."""
_SPELLINGS: Final = tuple(pair.split(":") for pair in _SPELLING_PAIRS.split())


def _read_glossary() -> dict[str, str]:
    """Word → its common form, "" where it has no content. A common form in one language may have another in bokmål."""
    common: dict[str, str] = {}
    for path in sorted(GLOSSARY.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            form, _, variants = line.partition(":")
            common |= dict.fromkeys(variants.split(), form.strip("-"))
    return {variant: common.get(form, form) for variant, form in common.items()}


_COMMON: Final = _read_glossary()


@lru_cache(maxsize=200_000)
def plain(word: str) -> str:
    """A word as it is in bokmål, where we know it in another form; its inflection stays."""
    word = word.lower()
    return _COMMON.get(word) or word


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """A word's common form over bokmål, nynorsk, some dialect and everyday English; "" for a word without content."""
    word = word.lower()
    word = _COMMON.get(word, _COMMON.get(stem(word)) or word)
    if not word or word in _STOP:
        return ""
    for written, common in _SPELLINGS:
        word = word.replace(written, common)
    return "" if (folded := stem(word)) in _STOP else folded


def content(text: str) -> frozenset[str]:
    """The folded words of a text that have content."""
    return frozenset(folded for word in WORD.findall(text) if (folded := fold(word)))


@lru_cache(maxsize=400_000)
def likeness(term: str, word: str) -> float:
    """How far two folded words name the same: 1 for equal ones, less for parts of compounds and shared beginnings."""
    if term == word:
        return 1.0
    shorter, longer = sorted((term, word), key=len)
    if len(shorter) >= 4 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return 0.85
    if len(shorter) >= 6 and shorter[:5] == longer[:5]:
        return 0.6
    return 0.0
