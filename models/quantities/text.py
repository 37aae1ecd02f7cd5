"""A text made ready to be read: one case, one space, one dash, and its words and numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SAME: Final = str.maketrans(
    {**dict.fromkeys("\u00a0\u202f\u2007\u2009\t", " "), **dict.fromkeys("–—−‑", "-"), "İ": "i"}
)
"""Each sign for one sign, so that positions stay; «İ» alone grows when it is lowered."""
_ODD: Final = re.compile("[\u00a0\u202f\u2007\u2009\t–—−‑İ]")
_TOKEN: Final = re.compile(
    r"[^\W\d_]+"
    r"|(?<!\d)\d{1,3}(?:[ .,]\d{3})+(?:,\d{1,2})?(?!\d)"  # 15 000 | 15.000,50
    r"|(?<![\d/])(?:1/[234]|[23]/[34])(?![\d/.-])"
    r"|\d+(?:[.,]\d+)?"
    r"|[½¼¾]"
)
_DIGIT: Final = re.compile(r"\d")
_ENGLISH_WORDS: Final = """
the is are was and of it you they we this past one two three has have my your our their she he that with from not what
when where who how
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())


@dataclass(frozen=True, slots=True)
class Text:
    written: str
    plain: str
    """As written, but in lower case and with plain spaces and hyphens; as long."""
    tokens: tuple[re.Match[str], ...]
    """The words and numbers of `plain`."""
    words: frozenset[str]
    """What lets most patterns be passed over."""
    digits: bool

    def has(self, words: frozenset[str]) -> bool:
        return not self.words.isdisjoint(words)

    @property
    def english(self) -> bool:
        return self.has(_ENGLISH)


def read_text(written: str) -> Text:
    plain = (written.translate(_SAME) if _ODD.search(written) else written).lower()
    tokens = tuple(_TOKEN.finditer(plain))
    words = frozenset([token.group() for token in tokens])
    return Text(written, plain, tokens, words, _DIGIT.search(plain) is not None)
