"""The plain numbers of a text, in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.quantities.words import ARTICLES, HALVES, MULTIPLIERS, NUMBERS, TENS

_ALSO_ENGLISH: Final = ("to", "fire")
_ENGLISH: Final = re.compile(r"\b(?:the|is|are|was|and|of|it|you|they|we|this)\b", re.I)

_TOKEN: Final = re.compile(
    r"(?<!\d)\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?:,\d{1,2})?(?!\d)"  # 15 000 | 15.000,50
    r"|(?<![\d/])[1-3]/[234](?=\s[a-zæøå])"
    r"|\d+(?:[.,]\d+)?"
    r"|[^\W\d_]+|[½¼¾]"
)
_FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}


@dataclass(frozen=True, slots=True)
class Number:
    start: int
    end: int
    value: float
    article: bool = False
    """Written «en» or «a», which counts only before a unit of measure."""


def plain_numbers(text: str) -> Iterator[Number]:
    tokens = list(_TOKEN.finditer(text))
    norwegian = not _ENGLISH.search(text)
    index = 0
    while index < len(tokens):
        number, used = _read(text, tokens, index, norwegian)
        if number is not None:
            yield number
        index += used


def _read(text: str, tokens: list[re.Match[str]], index: int, norwegian: bool) -> tuple[Number | None, int]:
    """The number that begins at a token, and the tokens it takes (at least one)."""
    first = tokens[index]
    word = first.group().lower()
    if word[0].isdecimal():
        total, current, used = 0.0, _digits(word), 1
    elif word in _FRACTIONS:
        return Number(first.start(), first.end(), _FRACTIONS[word]), 1
    elif word in NUMBERS and (norwegian or word not in _ALSO_ENGLISH):
        total, current, used = 0.0, NUMBERS[word], 1
    elif word in MULTIPLIERS and word not in ("k", "mill", "mrd"):
        total, current, used = 0.0, 1.0, 0
    elif word in ARTICLES or word in HALVES:
        return _article(tokens, index)
    else:
        return None, 1
    while index + used < len(tokens):
        token = tokens[index + used]
        gap = text[tokens[index + used - 1].end() : token.start()] if used else ""
        word = token.group().lower()
        if used == 1 and gap in ("-", " ") and current in TENS and 0 < NUMBERS.get(word, 0.0) < 10:
            current, used = current + NUMBERS[word], 2
            continue
        if gap.strip() or len(gap) > 1:
            break
        if word in MULTIPLIERS and (word != "k" or not gap):
            factor = MULTIPLIERS[word]
            total, current = (total, current * factor) if factor == 100 else (total + (current or 1.0) * factor, 0.0)
            used += 1
        elif word in _FRACTIONS:
            current += _FRACTIONS[word]
            used += 1
        elif _continues(tokens, index + used, total + current):
            used += 1
        elif (total or current >= 100 or text[token.start() - 3 : token.start()] == "og ") and word in NUMBERS:
            current += NUMBERS[word]
            used += 1
        else:
            break
    last = tokens[index + max(used, 1) - 1]
    end = last.end() + (last.group().lower() in ("mill", "mrd") and text[last.end() : last.end() + 2] == ". ")
    return Number(first.start(), end, total + current), max(used, 1)


def _continues(tokens: list[re.Match[str]], index: int, value: float) -> bool:
    """«to hundre og femti», «fem og tjue»: an «og» that belongs to the number."""
    if tokens[index].group().lower() not in ("og", "and") or index + 1 >= len(tokens):
        return False
    following = NUMBERS.get(tokens[index + 1].group().lower())
    return following is not None and (value >= 100 or (value < 10 and following in TENS))


def _article(tokens: list[re.Match[str]], index: int) -> tuple[Number | None, int]:
    """«en time», «en halv time», «halv time», «et halvt tusen», «et par dager»."""
    words = [token.group().lower() for token in tokens[index : index + 3]]
    value, used = 1.0, 1
    if words[0] in HALVES:
        value = 0.5
    elif len(words) > 1 and words[1] in HALVES:
        value, used = 0.5, 2
    elif len(words) > 1 and words[1] in ("par", "couple"):
        value, used = 2.0, 2
    if used < len(words) and words[used] in MULTIPLIERS and words[used] not in ("k", "mill", "mrd"):
        value, used = value * MULTIPLIERS[words[used]], used + 1
        return Number(tokens[index].start(), tokens[index + used - 1].end(), value), used
    return Number(tokens[index].start(), tokens[index + used - 1].end(), value, article=True), used


def _digits(written: str) -> float:
    grouped = re.fullmatch(r"(\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+)(?:,(\d{1,2}))?", written)
    if grouped:
        return float(re.sub(r"\D", "", grouped[1]) + "." + (grouped[2] or "0"))
    if "/" in written:
        return int(written[0]) / int(written[2])
    return float(written[:30].replace(",", "."))
