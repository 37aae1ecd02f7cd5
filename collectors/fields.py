"""What stands in a mapping that came from outside, and is of the right type: never an error, whatever it holds."""

from __future__ import annotations

from typing import Any

MAX_COUNT = 2_000_000_000
"""More than any post has had, and what the store's counts hold."""


def string(holder: dict[str, Any], key: str) -> str:
    value = dict.get(holder, key)  # the lookup of feedparser's own mappings has other keys in mind
    return value if isinstance(value, str) else ""


def mapping(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = dict.get(holder, key)
    return value if isinstance(value, dict) else {}


def array(holder: dict[str, Any], key: str) -> list[Any]:
    value = dict.get(holder, key)
    return value if isinstance(value, list) else []


def count(holder: dict[str, Any], key: str) -> int | None:
    """How many; None where that is not told, or not to be believed."""
    value = dict.get(holder, key)
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None
