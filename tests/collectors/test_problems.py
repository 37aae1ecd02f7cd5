"""Every problem that a collector can give has its sentence, with the details that the collector gives."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import collectors
from dashboard.wording import catalogue

FUNCTIONS = {"Problem", "_FileError", "_RowError"}


def given() -> Iterator[str]:
    """The codes in the collectors' source."""
    for file in Path(collectors.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
                for constant in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(constant, ast.Constant):
                        yield str(constant.value)


WORDED = {key.removeprefix("problem."): text for key, text in catalogue("nb").items() if key.startswith("problem.")}


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert set(given()) | {"unknown"} == set(WORDED)


@pytest.mark.parametrize("code", WORDED)
def test_sentences_ask_for_details_by_name_only(code: str) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(WORDED[code]) if name is not None}
    assert all(name.isidentifier() for name in names)
    assert WORDED[code].endswith(".")
