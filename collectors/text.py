"""From what is received to plain text: markup taken away, signs in one form, lengths bounded."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser

from collectors.post import MAX_TEXT, digest

MAX_LINE = 500
MAX_ID = 1_000
MAX_HASHTAGS = 50
MAX_MARKUP = 100_000
MAX_TAGS = 2_000
"""The HTML parser takes time by the square of the depth, so no more of a text's tags are read."""

CUT = " […]"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"}
    | {"form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "td", "th", "tr", "ul"}
)
_UNSEEN = ["script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"]
# Control characters, lone surrogates, and signs without width that break words or turn the direction of a line.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
_LANG = re.compile(r"[a-z]{2,3}(?:-[a-z\d]{1,8})*")
_NOT_WORD = re.compile(r"\W+")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Plain text in NFC, with line breaks as they were and no control characters; cut at `limit` with "[…]"."""
    text = _CONTROL.sub("", _LINE_END.sub("\n", text[: 2 * limit + 100]))
    text = unicodedata.normalize("NFC", _BLANK_LINES.sub("\n\n", text)).strip()
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT


def line(text: str, limit: int = MAX_LINE) -> str:
    """Plain text on one line, for titles and names."""
    return clean(" ".join(text[: 4 * limit].split()), limit)


def plain(markup: str, limit: int = MAX_TEXT) -> str:
    """The text of a piece of HTML as one reads it, a line for each paragraph; scripts and styles are left out."""
    if "<" not in markup:
        return clean(html.unescape(markup[:MAX_MARKUP]), limit)
    cut = len(markup) > MAX_MARKUP
    markup = markup[:MAX_MARKUP]
    if markup.count("<") > MAX_TAGS:
        cut = True
        markup = "<".join(markup.split("<", MAX_TAGS)[:MAX_TAGS])
    body = LexborHTMLParser(markup).body
    if body is None:
        return ""
    body.strip_tags(_UNSEEN)
    pieces = []
    for node in body.traverse(include_text=True):
        if node.tag == "-text":
            pieces.append((node.text_content or "").replace("\n", " "))
        elif node.tag in _BLOCKS:
            pieces.append("\n")
        elif node.tag == "img" and "emoji" in (node.attributes.get("src") or ""):
            pieces.append(node.attributes.get("alt") or "")
    lines = (" ".join(piece.split()) for piece in "".join(pieces).split("\n"))
    text = "\n".join(filter(None, lines))
    return clean(text + CUT if cut and len(text) < limit else text, limit)


def tag(word: str) -> str:
    """A hashtag or a category in the form that is compared: lower case, NFC, no #, no spaces."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", word[:200]).lower())


def hashtags(text: str, also: Iterable[str] = ()) -> tuple[str, ...]:
    """The hashtags in a text, after those that are given beside it; each once, in the order they come."""
    found = dict.fromkeys(tag(word) for word in (*also, *_HASHTAG.findall(text)))
    found.pop("", None)
    return tuple(found)[:MAX_HASHTAGS]


def identity(given: str) -> str:
    """An id as it was given, or a digest where it can not be kept so."""
    given = given.strip()
    return given if len(given) <= MAX_ID and given.isprintable() else digest(given)


def lang(code: str) -> str:
    """A language code in lower case, or "" for what is none."""
    found = _LANG.match(code.strip().lower()[:35])
    return found[0] if found else ""
