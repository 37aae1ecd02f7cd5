"""The word lists of `lexicon.toml`, ready to look words up in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

_TOML = files("models").joinpath("lexicon.toml").read_text("utf-8")
SOURCE: Final = _TOML.encode()
"""What the lists are, byte for byte: a part of the model's version."""

_TABLES: Final[dict[str, dict[str, str]]] = tomllib.loads(_TOML)
_PLAIN: Final = {form: plain for plain, forms in _TABLES["plain"].items() for form in forms.split()}

# Nynorsk, conservative and radical spellings that differ inside the word.
_SPELLINGS: Final = (
    ("skul", "skol"),
    ("sjuk", "syk"),
    ("heim", "hjem"),
    ("vatn", "vann"),
    ("vass", "vann"),
    ("straum", "strøm"),
    ("flaum", "flom"),
    ("køyr", "kjør"),
    ("høyr", "hør"),
    ("bustad", "bolig"),
    ("mjølk", "melk"),
    ("veg", "vei"),
    ("auk", "øk"),
    ("leik", "lek"),
    ("rekning", "regning"),
    ("løys", "løs"),
    ("laus", "løs"),
    ("einig", "enig"),
    ("tenest", "tjenest"),
    ("eigedom", "eiendom"),
    ("grann", "nabo"),
    ("utslepp", "utslipp"),
    ("forurein", "forurens"),
    ("tilskot", "tilskudd"),
    ("forbod", "forbud"),
    ("tilbod", "tilbud"),
    ("ombod", "ombud"),
    ("kjelde", "kilde"),
    ("røyst", "stemm"),
    ("verksemd", "virksomhet"),
)
_ENDINGS: Final = (("leg", "lig"), ("lege", "lige"), ("heit", "het"), ("ane", "ene"), ("ar", "er"), ("ande", "ende"))
_INFLECTIONS: Final = (
    *("ingene", "ingane", "ingen", "inga", "enes", "ene", "ane", "ers", "ets", "ens"),
    *("er", "ar", "et", "en", "te", "de", "a", "e", "t", "s"),
)


def plain(word: str) -> str:
    """The bokmål form of a function word in nynorsk or dialect writing; other words as they are. Lower case."""
    return _PLAIN.get(word, word)


def stem(word: str) -> str:
    """A rough common stem of a word's bokmål, nynorsk and inflected forms, at least four letters."""
    for other, bokmal in _SPELLINGS:
        if other in word:
            word = word.replace(other, bokmal)
    for other, bokmal in _ENDINGS:
        if len(word) > len(other) + 3 and word.endswith(other):
            word = word[: -len(other)] + bokmal
    for ending in _INFLECTIONS:
        if len(word) >= len(ending) + 4 and word.endswith(ending):
            return word[: -len(ending)]
    return word


class Lexicon:
    """Word lists by class, indexed so that a word costs a few dictionary look-ups however long the lists are."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._beginnings: dict[str, set[str]] = {}
        self._endings: dict[str, set[str]] = {}
        self._parts: dict[str, set[str]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, patterns in classes.items():
            for pattern in patterns.split():
                core = pattern.strip("*")
                if "_" in core:
                    words = tuple(core.split("_"))
                    self._phrases.setdefault(words[0], []).append((words, name))
                elif pattern.startswith("*"):
                    (self._parts if pattern.endswith("*") else self._endings).setdefault(core, set()).add(name)
                else:
                    (self._beginnings if pattern.endswith("*") else self._whole).setdefault(core, set()).add(name)
        self._beginning_lengths = sorted({len(core) for core in self._beginnings})
        self._ending_lengths = sorted({len(core) for core in self._endings})
        self._part_lengths = sorted({len(core) for core in self._parts})

    def classes(self, word: str) -> set[str]:
        """The classes that a word in lower case belongs to."""
        found = set(self._whole.get(word, ()))
        size = len(word)
        for length in self._beginning_lengths:
            if length > size:
                break
            found.update(self._beginnings.get(word[:length], ()))
        for length in self._ending_lengths:
            if length > size:
                break
            found.update(self._endings.get(word[-length:], ()))
        for length in self._part_lengths:
            for start in range(size - length + 1):
                found.update(self._parts.get(word[start : start + length], ()))
        return found

    def phrases(self, words: Sequence[str]) -> list[tuple[str, int, int]]:
        """Where phrases stand among words in bokmål forms: class, first word, one past the last."""
        found = []
        for start, word in enumerate(words):
            for phrase, name in self._phrases.get(word, ()):
                end = start + len(phrase)
                if tuple(words[start:end]) == phrase:
                    found.append((name, start, end))
        return found


@cache
def text_lexicon() -> Lexicon:
    """Topics (`t:ID`), small talk (`t:sport`, `t:smalltalk`) and cues (`c:NAME`), for what a post says."""
    topics = {f"t:{name}": words for name, words in (_TABLES["topics"] | _TABLES["small_talk"]).items()}
    return Lexicon(topics | {f"c:{name}": words for name, words in _TABLES["cues"].items()})


@cache
def profile_lexicon() -> Lexicon:
    """Kinds of actors (`a:NAME`), for what a profile says."""
    return Lexicon({f"a:{name}": words for name, words in _TABLES["profiles"].items()})


@cache
def function_words() -> dict[str, dict[str, int]]:
    """Word → language → how much the word speaks for it."""
    found: dict[str, dict[str, int]] = {}
    for language, entries in _TABLES["languages"].items():
        for entry in entries.split():
            word, _, weight = entry.partition(":")
            found.setdefault(word, {})[language] = int(weight or 1)
    return found
