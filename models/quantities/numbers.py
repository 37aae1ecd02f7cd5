"""The plain numbers of a text, in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models.quantities.text import Text
from models.quantities.words import (
    ARTICLES,
    HALVES,
    MULTIPLIERS,
    NUMBERS,
    SHORT,
    SHORT_SCALE,
    TENS,
    number_word,
)

_GROUPED: Final = re.compile(r"(\d{1,3}(?:[ .,]\d{3})+)(?:,(\d{1,2}))?")
_FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_COMPOUND: Final = re.compile(
    r"(.{2,}?)(?:åring|lapp|sone[nar]?$|timers|dagers|ukers|minutters|meters|kroners)[a-zæøå]*"
)
"""«seksåringer», «femhundrelapp», «sekstisone»: a number that is written together with its unit."""
_COMMA: Final = ("komma", "point")
_ALSO_ENGLISH: Final = frozenset(("to", "fire"))


@dataclass(frozen=True, slots=True)
class Number:
    start: int
    end: int
    value: float
    article: bool = False
    """Written «en» or «a», which counts only before a unit of measure."""
    fraction: bool = False
    """Written «3/4»."""


def plain_numbers(text: Text) -> Iterator[Number]:
    english = text.english
    following = 0
    for index, token in enumerate(text.tokens):
        if index >= following and _begins(token.group()):
            number, used = _read(text, index, english)
            following = index + used
            if number is not None:
                yield number


@lru_cache(maxsize=20_000)
def _begins(word: str) -> bool:
    """Whether a number may begin with a word: most words are passed over so."""
    known = word in _FRACTIONS or word in ARTICLES or word in HALVES or (word in MULTIPLIERS and word not in SHORT)
    return word[0].isdecimal() or known or number_word(word) is not None or _together(word) is not None


def _read(text: Text, index: int, english: bool) -> tuple[Number | None, int]:
    """The number that begins at a token, and the tokens it takes (at least one)."""
    tokens, plain = text.tokens, text.plain
    first = tokens[index]
    word = first.group()
    if word[0].isdecimal():
        total, current, used = 0.0, _digits(word), 1
    elif word in _FRACTIONS:
        return Number(first.start(), first.end(), _FRACTIONS[word]), 1
    elif word in MULTIPLIERS and word not in SHORT:
        total, current, used = 0.0, 1.0, 0
    elif (value := number_word(word)) is not None and not (english and word in _ALSO_ENGLISH):
        total, current, used = 0.0, value, 1
    elif word in ARTICLES or word in HALVES:
        number, used = _article(tokens, index)
        if number.article:
            return number, used
        total, current = 0.0, number.value
    else:
        together = _together(word)
        return together and Number(first.start(), first.start() + together[0], together[1]), 1
    while index + used < len(tokens):
        token = tokens[index + used]
        gap = plain[tokens[index + used - 1].end() : token.start()] if used else ""
        word = token.group()
        if used == 1 and gap in ("-", " ") and current in TENS and 0 < NUMBERS.get(word, 0.0) < 10:
            current, used = current + NUMBERS[word], 2
            continue
        if gap and gap != " ":
            break
        if word in MULTIPLIERS and (word not in ("k", "m") or (not gap and text.written[token.start()] in "kKM")):
            factor = SHORT_SCALE.get(word, MULTIPLIERS[word]) if english else MULTIPLIERS[word]
            total, current = (total, current * factor) if factor == 100 else (total + (current or 1.0) * factor, 0.0)
            used += 1
        elif word in _FRACTIONS:
            current += _FRACTIONS[word]
            used += 1
        elif "/" in word and used == 1 and current == int(current):
            current += _digits(word)
            used += 1
        elif word in _COMMA and (tenths := _tenths(tokens, index + used + 1)):
            current += tenths
            used += 2
        elif _and_a_half(tokens, index + used):
            current += 0.5
            used += 3
        elif _continues(tokens, index + used, total + current):
            used += 1
        elif (total or current >= 100 or plain[token.start() - 3 : token.start()] == "og ") and word in NUMBERS:
            current += NUMBERS[word]
            used += 1
        else:
            break
    last = tokens[index + max(used, 1) - 1]
    end = last.end() + (last.group() in ("mill", "mrd") and plain[last.end() : last.end() + 2] == ". ")
    return Number(first.start(), end, total + current, fraction="/" in first.group()), max(used, 1)


@lru_cache(maxsize=4_000)
def _together(word: str) -> tuple[int, float] | None:
    """How many letters of a word are a number, and which; None for a word that begins with none."""
    m = _COMPOUND.fullmatch(word)
    value = number_word(m[1]) if m else None
    return None if m is None or value is None else (m.end(1), value)


def _tenths(tokens: Sequence[re.Match[str]], index: int) -> float:
    """«nittini komma fem»."""
    word = tokens[index].group() if index < len(tokens) else ""
    digit = float(word) if word.isdecimal() and len(word) == 1 else NUMBERS.get(word, 10.0)
    return digit / 10 if digit < 10 else 0.0


def _and_a_half(tokens: Sequence[re.Match[str]], index: int) -> bool:
    """«to og en halv», «two and a half»."""
    words = [token.group() for token in tokens[index : index + 3]]
    return len(words) == 3 and words[0] in ("og", "and") and words[1] in ARTICLES and words[2] in HALVES


def _continues(tokens: Sequence[re.Match[str]], index: int, value: float) -> bool:
    """«to hundre og femti», «fem og tjue»: an «og» that belongs to the number."""
    if tokens[index].group() not in ("og", "and") or index + 1 >= len(tokens):
        return False
    following = NUMBERS.get(tokens[index + 1].group())
    return following is not None and (value >= 100 or (value < 10 and following in TENS))


def _article(tokens: Sequence[re.Match[str]], index: int) -> tuple[Number, int]:
    """«en time», «en halv time», «halv time», «en og en halv time», «et par dager», «et par hundre»."""
    words = [token.group() for token in tokens[index : index + 4]]
    value, used = 1.0, 1
    if words[0] in HALVES:
        value, used = 0.5, 2 if len(words) > 1 and words[1] in ("a", "an") else 1
    elif _and_a_half(tokens, index + 1):
        value, used = 1.5, 4
    elif len(words) > 1 and words[1] in HALVES:
        value, used = 0.5, 2
    elif len(words) > 1 and words[1] in ("par", "couple"):
        value, used = 2.0, 2
    if used < len(words) and words[used] in MULTIPLIERS and words[used] not in ("k", "m"):
        value, used = value * MULTIPLIERS[words[used]], used + 1
        return Number(tokens[index].start(), tokens[index + used - 1].end(), value), used
    return Number(tokens[index].start(), tokens[index + used - 1].end(), value, article=True), used


def _digits(written: str) -> float:
    if grouped := _GROUPED.fullmatch(written):
        return float(re.sub(r"\D", "", grouped[1]) + "." + (grouped[2] or "0"))
    if "/" in written:
        return int(written[0]) / int(written[2])
    return float(written[:30].replace(",", "."))
