"""Rows of CSV and JSON Lines, read as a stream and with the number of the line that each begins at."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, TextIO

from collectors.post import Problem

MAX_ROW = 100_000
"""Characters of one row; the csv module takes fields up to 131,072."""

_QUOTED = re.compile(r'"[^"]*"')

Record = dict[str, Any]


class FileError(Exception):
    """The whole file can not be read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class RowError(Exception):
    """One row can not be read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Lines:
    """The lines of a file, which can be given back. Of one longer than MAX_ROW, only its beginning is kept."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._number = 0
        self._given_back: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []
        """What was taken since this list was cleared, with line numbers."""

    def skip(self, count: int) -> None:
        """Pass over the next lines."""
        for _ in range(count):
            self._read()

    def peek(self) -> str:
        """The next line that is not blank; the blank ones before it are passed over."""
        for line in self:
            if line.strip():
                self.give_back(self.taken)
                return line
            self.taken = []
        return ""

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        """Have these lines come next."""
        self._given_back.extendleft(reversed(lines))
        self.taken = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, line = self._given_back.popleft() if self._given_back else self._read()
        if not line:
            raise StopIteration
        self.taken.append((number, line))
        return line

    def _read(self) -> tuple[int, str]:
        line = self._file.readline(MAX_ROW + 1)
        rest = line
        while len(rest) > MAX_ROW and not rest.endswith(("\n", "\r")):
            rest = self._file.readline(MAX_ROW + 1)
        self._number += 1
        return self._number, line


def json_records(lines: Lines) -> Iterator[tuple[int, Record | RowError]]:
    for line in lines:
        number = lines.taken.pop()[0]
        if not line.strip():
            continue
        if len(line) > MAX_ROW:
            yield number, too_long()
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            yield number, RowError(Problem("row_not_json"))
            continue
        yield number, record if isinstance(record, dict) else RowError(Problem("row_not_object"))


def csv_rows(lines: Lines, delimiter: str = "") -> Iterator[tuple[int, list[str] | RowError]]:
    """All rows, the header too. Without a delimiter, it is what the first line has most of: comma, semicolon or tab.

    Where a quote is never closed, reading goes on a line later.
    """
    delimiter = delimiter or max(",;\t", key=_QUOTED.sub("", lines.peek()).count)
    reader = csv.reader(_within_bounds(lines), delimiter=delimiter, strict=True)
    while True:
        lines.taken = []
        try:
            row = next(reader)
        except StopIteration:
            return
        except (RowError, csv.Error) as error:
            # Over several lines, it was the quotes of a later row that ended a field which is open.
            fault = Problem("row_open_quote") if len(lines.taken) > 1 else Problem("row_unreadable")
            yield lines.taken[0][0], error if isinstance(error, RowError) else RowError(fault)
            lines.give_back(lines.taken[1:])
            reader = csv.reader(_within_bounds(lines), delimiter=delimiter, strict=True)
        else:
            yield lines.taken[0][0], row


def _within_bounds(lines: Lines) -> Iterator[str]:
    """The lines as csv asks for them. Raises RowError where a row is too long or is not closed at the end."""
    size = 0
    for line in lines:
        begins = len(lines.taken) == 1
        size = len(line) if begins else size + len(line)
        if size > MAX_ROW:
            raise too_long() if begins else RowError(Problem("row_open_quote"))
        yield line
    if lines.taken:
        raise RowError(Problem("row_open_quote"))


def too_long() -> RowError:
    return RowError(Problem("row_too_long", {"limit": str(MAX_ROW)}))


def cell(record: Record, column: str) -> str:
    """A column's text. Raises RowError where a JSON value is no text or number."""
    value = record.get(column)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise RowError(Problem("row_bad_value", {"column": column}))
