"""Text from outside on its way to the screen: what it says is shown, and nothing of it is obeyed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from models.labels import Span

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|:<>~$&^=@\"'])")


def md(text: str) -> str:
    """Text that Streamlit's Markdown shows as it stands, on one line: for labels and captions."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def html(text: str, marks: Sequence[Span] = ()) -> str:
    """Text for an HTML element or attribute, with marked stretches in `<mark>`. Marks may overlap or lie outside."""
    parts = []
    position = 0
    for start, end in sorted((max(m.start, 0), min(m.end, len(text))) for m in marks):
        start = max(start, position)
        if start < end:
            parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
            position = end
    return "".join([*parts, escape(text[position:])])


def web_address(url: str) -> str:
    """The address where it is one that a reader may be sent to (http or https), else an empty string."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    safe = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s\x00-\x1f\\]", url)
    return url if safe else ""
