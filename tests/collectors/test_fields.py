"""What comes from outside is read by its type, and is missing where it has another."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.fields import array, count, mapping, string

ODD: list[Any] = [None, True, 1.5, "1", [], {}, -1, 2**40]


@pytest.mark.parametrize("value", ODD)
def test_what_is_of_another_type_counts_as_missing(value: Any) -> None:
    holder = {"key": value}
    assert string(holder, "key") == (value if isinstance(value, str) else "")
    assert mapping(holder, "key") == {}
    assert array(holder, "key") == []
    assert count(holder, "key") is None


def test_what_is_there_is_found() -> None:
    holder = {"text": "Hei", "who": {"a": 1}, "tags": ["b"], "likes": 0}
    assert (string(holder, "text"), mapping(holder, "who"), array(holder, "tags")) == ("Hei", {"a": 1}, ["b"])
    assert count(holder, "likes") == 0
    assert (string(holder, "x"), mapping(holder, "x"), array(holder, "x"), count(holder, "x")) == ("", {}, [], None)
