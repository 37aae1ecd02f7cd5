"""Posts from files: CSV and JSON Lines, a row or a line a post, read as a stream and shown no trust.

Columns (CSV, in the first line) and keys (JSON Lines); those that are not listed are ignored:

    text           what the post says; the only one that must be there
    id             the platform's id; without one the url is it, or else a digest of author, date and text
    url            where it can be seen (http or https)
    title
    published_at   ISO 8601 («2026-11-21T14:30:00+01:00») or Norwegian («21.11.2026 14.30», «21. nov. 2026»);
                   Norwegian time where no zone is given; the time of the import where it is missing
    author         name
    author_handle  account name, as in «ola@server.example.no»
    author_bio     profile line
    platform       feed, mastodon, bluesky, x, facebook, instagram, youtube, linkedin, forum or other
    in_reply_to    the id of the post that it answers
    lang           language code
    hashtags       separated by spaces or commas (in JSON also a list); those in the text are found without

CSV is in UTF-8, UTF-16 or UTF-32 with a mark, or Windows-1252, separated by comma, semicolon or tab.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO, get_args

from collectors import dates, text
from collectors.post import Author, Platform, Post, Problem, digest
from collectors.urls import http_url

MAX_FILE = 200_000_000
MAX_ROW = 100_000
"""Characters of one row; the csv module takes fields up to 131,072."""
MAX_SHOWN = 60
MAX_BIO = 1_000

_PLATFORMS: Final[dict[str, Platform]] = {name: name for name in get_args(Platform)}
_LOCAL_IDS: Final = frozenset({"feed", "forum", "other"})
"""Platforms whose addresses are ids within a source only."""
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_QUOTED = re.compile(r'"[^"]*"')

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not read, by the line it begins at; line 0 is the whole file."""

    line: int
    problem: Problem


class _FileError(Exception):
    """The whole file can not be read."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, details)


class _RowError(Exception):
    """One row can not be read."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, {name: text.line(value, MAX_SHOWN) for name, value in details.items()})


def read_posts(path: Path, source_name: str, platform_default: Platform, now: datetime) -> Iterator[Post | Refused]:
    """The posts of a file in their order, with the rows that are refused among them. Never raises for what it holds."""
    try:
        with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
            yield from _posts(_Lines(file), path.name, source_name, platform_default, now)
    except _FileError as error:
        yield Refused(0, error.problem)
    except OSError:
        yield Refused(0, Problem("file_unreadable", {"file": path.name}))


def _encoding(path: Path) -> str:
    """How a file is encoded, by reading all of it. Raises _FileError for what is no text, and OSError."""
    if not path.is_file():
        raise _FileError("file_not_a_file" if path.exists() else "file_not_found", file=path.name)
    if path.stat().st_size > MAX_FILE:
        raise _FileError("file_too_large", file=path.name, megabytes=f"{MAX_FILE / 1e6:.0f}")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    signs = broken = 0
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(_SPREADSHEETS):
            raise _FileError("file_is_spreadsheet", file=path.name)
        for mark, encoding in text.BYTE_ORDER_MARKS:
            if start.startswith(mark):
                return encoding
        file.seek(0)
        while piece := file.read(1 << 20):
            if b"\0" in piece:
                raise _FileError("file_is_binary", file=path.name)
            content = decoder.decode(piece)
            signs += len(content) - len(content.encode("ascii", "ignore"))
            broken += content.count("\ufffd")
    return "cp1252" if broken > signs - broken else "utf-8"


def _posts(
    lines: _Lines, file_name: str, source_name: str, platform_default: Platform, now: datetime
) -> Iterator[Post | Refused]:
    first = lines.peek().lstrip()
    if not first:
        raise _FileError("file_empty", file=file_name)
    if first.startswith("["):
        raise _FileError("file_is_json_list", file=file_name)
    records = _json_records(lines) if first.startswith("{") else _csv_records(lines, file_name)
    for line, record in records:
        try:
            if isinstance(record, _RowError):
                raise record
            yield _post(record, source_name, platform_default, now)
        except _RowError as error:
            yield Refused(line, error.problem)


# Rows


class _Lines:
    """The lines of a file, which can be given back. Of one longer than MAX_ROW, only its beginning is kept."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._number = 0
        self._given_back: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []
        """What was taken since this list was cleared, with line numbers."""

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


def _json_records(lines: _Lines) -> Iterator[tuple[int, Record | _RowError]]:
    for line in lines:
        number = lines.taken.pop()[0]
        if not line.strip():
            continue
        if len(line) > MAX_ROW:
            yield number, _RowError("row_too_long", limit=str(MAX_ROW))
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            yield number, _RowError("row_not_json")
            continue
        yield number, record if isinstance(record, dict) else _RowError("row_not_object")


def _csv_records(lines: _Lines, file_name: str) -> Iterator[tuple[int, Record | _RowError]]:
    unquoted = _QUOTED.sub("", lines.peek())
    delimiter = max(",;\t", key=unquoted.count)
    rows = _csv_rows(lines, delimiter)
    _, header = next(rows)
    columns = [] if isinstance(header, _RowError) else [column.strip().lower() for column in header]
    if "text" not in columns:
        # Only a file that is no text has such names: random bytes, or UTF-16 that is none.
        if not "".join(columns).isprintable():
            raise _FileError("file_is_binary", file=file_name)
        raise _FileError("file_no_text_column", file=file_name, columns=text.line(", ".join(columns), 200))
    for number, row in rows:
        if isinstance(row, _RowError):
            yield number, row
        elif len(row) > len(columns):  # mostly a separator in a text without quotes: columns would be mixed up
            yield number, _RowError("row_columns", expected=str(len(columns)), found=str(len(row)))
        elif any(row):
            yield number, dict(zip(columns, row, strict=False))


def _csv_rows(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | _RowError]]:
    """Rows with the number of the line they begin at. Where a quote is never closed, reading goes on a line later."""
    reader = csv.reader(_within_bounds(lines), delimiter=delimiter, strict=True)
    while True:
        lines.taken = []
        try:
            row = next(reader)
        except StopIteration:
            return
        except (_RowError, csv.Error) as error:
            # Over several lines, it was the quotes of a later row that ended a field which is open.
            unclosed = len(lines.taken) > 1
            fault = _RowError("row_open_quote" if unclosed else "row_unreadable")
            yield lines.taken[0][0], error if isinstance(error, _RowError) else fault
            lines.give_back(lines.taken[1:])
            reader = csv.reader(_within_bounds(lines), delimiter=delimiter, strict=True)
        else:
            yield lines.taken[0][0], row


def _within_bounds(lines: _Lines) -> Iterator[str]:
    """The lines as csv asks for them. Raises _RowError where a row is too long or is not closed at the end."""
    size = 0
    for line in lines:
        begins = len(lines.taken) == 1
        size = len(line) if begins else size + len(line)
        if size > MAX_ROW:
            raise _RowError("row_too_long", limit=str(MAX_ROW)) if begins else _RowError("row_open_quote")
        yield line
    if lines.taken:
        raise _RowError("row_open_quote")


# From a row to a post


def _post(record: Record, source_name: str, platform_default: Platform, now: datetime) -> Post:
    """Raises _RowError for a row that is no post."""
    body = text.clean(_value(record, "text"))
    if not body:
        raise _RowError("row_no_text")
    given = _value(record, "platform").strip().lower()
    platform = _PLATFORMS.get(given) if given else platform_default
    if platform is None:
        raise _RowError("row_unknown_platform", platform=given)
    written = _value(record, "published_at").strip()
    if written and dates.read(written) is None:
        raise _RowError("row_bad_date", date=written)
    published, quality = dates.claimed(written, now)
    url = http_url(_value(record, "url")) if _value(record, "url") else ""
    handle, name = text.line(_value(record, "author_handle")).lstrip("@"), text.line(_value(record, "author"))
    bio = text.line(_value(record, "author_bio"), MAX_BIO)
    native_id = text.identity(_value(record, "id")) or url or digest(handle, name, written, body)
    title = text.line(_value(record, "title"))
    parent = text.identity(_value(record, "in_reply_to"))
    tags = record.get("hashtags")
    listed = tags if isinstance(tags, list) else re.split(r"[\s,]+", _value(record, "hashtags"))
    return Post(
        platform=platform,
        source=source_name,
        native_id=native_id,
        namespace="" if "://" in native_id and platform not in _LOCAL_IDS else source_name,
        title=title,
        text=body,
        url=url,
        kind="reply" if parent else "article" if title and platform == "feed" else "post",
        author=_author(platform, source_name, handle, name, bio, native_id),
        published_at=published,
        published_quality=quality,
        published_raw=text.line(written, 100),
        fetched_at=now,
        parent_native_id=parent,
        hashtags=text.hashtags(f"{title} {body}", (word for word in listed if isinstance(word, str))),
        lang_declared=text.lang(_value(record, "lang")),
    )


def _author(platform: Platform, source_name: str, handle: str, name: str, bio: str, post: str) -> Author | None:
    """Who wrote a row. Mastodon's full account names are known everywhere, other names within the source only."""
    if not (handle or name or bio):
        return None
    known = platform == "mastodon" and "@" in handle
    native_id = handle.lower() if known else f"{source_name}/{handle or name or post}"
    return Author(platform, native_id, handle=handle, name=name, bio=bio)


def _value(record: Record, column: str) -> str:
    """A column's text. Raises _RowError where a JSON value is no text or number."""
    value = record.get(column)
    if value is None or (column == "hashtags" and isinstance(value, list)):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _RowError("row_bad_value", column=column)
