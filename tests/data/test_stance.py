"""A stance belongs to a post, never to a person: nothing stores, sums or shows it per author (GDPR, article 9)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import dashboard
import data
from data import listening
from data.listening import Filter
from data.store import Store, rows

_PER_AUTHOR = re.compile(r"(?:GROUP BY|PARTITION BY|DISTINCT ON)[^)]*\b(?:author\w*|handle|a\.\w+)", re.IGNORECASE)
_OF_AUTHOR = {"author", "author_id", "handle", "bio"}


def strings(package: object) -> Iterator[tuple[str, str]]:
    """Each text in the source of a package, with its file."""
    for file in Path(package.__path__[0]).rglob("*.py"):  # type: ignore[attr-defined]
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield file.name, node.value


def test_only_labels_of_posts_have_a_stance(store: Store) -> None:
    with store.read() as cursor:
        columns = rows(cursor, "SELECT table_name, column_name FROM information_schema.columns")
    tables: dict[str, set[str]] = {}
    for column in columns:
        tables.setdefault(column["table_name"], set()).add(column["column_name"])
    with_stance = {name for name, names in tables.items() if "stance" in names}
    assert with_stance == {"label"}
    assert not tables["label"] & _OF_AUTHOR


@pytest.mark.parametrize("package", [data, dashboard], ids=["data", "dashboard"])
def test_no_query_sums_by_author(package: object) -> None:
    found = [(file, text) for file, text in strings(package) if _PER_AUTHOR.search(text)]
    assert found == []


def test_posts_can_not_be_counted_or_filtered_by_author() -> None:
    assert not set(get_args(listening.Dimension)) & _OF_AUTHOR
    assert not {field.name for field in fields(Filter)} & _OF_AUTHOR


def test_the_rule_sees_a_query_that_would_break_it() -> None:
    assert _PER_AUTHOR.search("SELECT p.author_id, l.stance, count(*) FROM post p GROUP BY p.author_id, l.stance")
    assert _PER_AUTHOR.search("SELECT count(*) FROM label l JOIN author a GROUP BY a.handle")
