"""What the values of labels are called on screen."""

from __future__ import annotations

from dashboard.parts.query import read
from dashboard.wording import has, t
from data import topics


def label(table: str, value: str | int) -> str:
    """What a value of a label is called; a body's own topics are called by their name."""
    name = f"{table}.{value}"
    if has(name):
        return t(name)
    return read(topics.names).get(str(value), str(value)) if table == "topic" else str(value)
