"""Posts from files: CSV, JSON Lines and Excel workbooks, a row or a line a post, read as a stream and shown no trust.

Columns (in the first line) and keys (JSON Lines); a mapping (exports.py) makes other tools' columns into these, and
those that are not listed are ignored:

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
    replies        how many there are, as the platform counts
    reposts        likewise
    likes          likewise
    quotes         likewise
    views          likewise

CSV is in UTF-8, UTF-16 or UTF-32 with a mark, or Windows-1252, separated by comma, semicolon or tab.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, get_args

from collectors import dates, exports, text
from collectors.exports import ExportMapping
from collectors.post import Author, Metrics, Platform, Post, Problem, digest
from collectors.rows import MAX_ROW as MAX_ROW
from collectors.rows import FileError, Lines, Record, RowError, cell, csv_rows, json_records
from collectors.spreadsheets import STARTS, sheet_rows
from collectors.urls import http_url

MAX_FILE = 200_000_000
MAX_SHOWN = 60
MAX_BIO = 1_000

_PLATFORMS: Final[dict[str, Platform]] = {name: name for name in get_args(Platform)}
_LOCAL_IDS: Final = frozenset({"feed", "forum", "other"})
"""Platforms whose addresses are ids within a source only."""
_ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+\d{1,3}")
"""How spreadsheets write long numbers («1,23457E+16»): what was an id has lost its last digits, and is none."""
_COUNT = re.compile(r"(\d{1,15})(?:\.0*)?", re.ASCII)

Row = tuple[int, Record | RowError]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not read, by the line it begins at; line 0 is the whole file."""

    line: int
    problem: Problem


def read_posts(
    path: Path,
    source_name: str,
    platform_default: Platform,
    now: datetime,
    mapping: ExportMapping | None = None,
) -> Iterator[Post | Refused]:
    """The posts of a file in their order, with the rows that are refused among them. Never raises for what it holds.

    Without a mapping, the columns have our names.
    """
    by_url: dict[str, str] = {}
    try:
        for line, record in _records(path, mapping):
            try:
                if isinstance(record, RowError):
                    raise record
                row = exports.mapped(mapping, record) if mapping else record
                post = _post(row, source_name, platform_default, now)
                # Another text at the same address is another post, which would take the first one's place.
                if post.native_id == post.url and by_url.setdefault(post.url, post.content_hash) != post.content_hash:
                    raise RowError(Problem("row_same_url"))
                yield post
            except RowError as error:
                yield Refused(line, error.problem)
    except FileError as error:
        yield Refused(0, error.problem)
    except OSError:
        yield Refused(0, Problem("file_unreadable", {"file": path.name}))


def _records(path: Path, mapping: ExportMapping | None) -> Iterator[Row]:
    """Raises FileError where the whole file can not be read, and OSError."""
    name = {"file": path.name}
    if not path.is_file():
        raise FileError(Problem("file_not_a_file", name) if path.exists() else Problem("file_not_found", name))
    if path.stat().st_size > MAX_FILE:
        raise FileError(Problem("file_too_large", {**name, "megabytes": f"{MAX_FILE / 1e6:.0f}"}))
    skipped = mapping.skip_rows if mapping else 0
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(STARTS):
        rows = sheet_rows(path, mapping.sheet if mapping else "")
        yield from _table(((number, row) for number, row in rows if number > skipped), path.name, mapping)
        return
    with path.open(encoding=_encoding(path, mapping.encoding if mapping else ""), errors="replace", newline="") as file:
        lines = Lines(file)
        lines.skip(skipped)
        first = lines.peek().lstrip()
        if first.startswith("["):
            raise FileError(Problem("file_is_json_list", name))
        if first.startswith("{"):
            yield from json_records(lines)
        else:
            yield from _table(csv_rows(lines, mapping.delimiter if mapping else ""), path.name, mapping)


def _encoding(path: Path, wanted: str) -> str:
    """How a file is encoded: by its mark, as wanted, or by reading all of it. Raises FileError for what is no text."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    signs = broken = 0
    with path.open("rb") as file:
        start = file.read(4_096)
        for mark, encoding in text.BYTE_ORDER_MARKS:
            if start.startswith(mark):
                return encoding
        if wanted.startswith("utf-16"):
            if b"\0" in start:
                return "utf-16-be" if start.startswith(b"\0") else "utf-16-le"
            wanted = ""  # it is not, whatever the mapping says
        file.seek(0)
        while piece := file.read(1 << 20):
            if b"\0" in piece:
                raise FileError(Problem("file_is_binary", {"file": path.name}))
            content = decoder.decode(piece)
            signs += len(content) - len(content.encode("ascii", "ignore"))
            broken += content.count("\ufffd")
    return wanted or ("cp1252" if broken > signs - broken else "utf-8")


def _table(
    rows: Iterator[tuple[int, list[str] | RowError]], file_name: str, mapping: ExportMapping | None
) -> Iterator[Row]:
    """Rows by the names in the first of them. Raises FileError where columns are missing."""
    _, header = next(rows, (0, None))
    if header is None:
        raise FileError(Problem("file_empty", {"file": file_name}))
    columns = [] if isinstance(header, RowError) else [exports.column(name) for name in header]
    needed = exports.needed(mapping) if mapping else {"text": "text"}
    if missing := [name for compared, name in needed.items() if compared not in columns]:
        # Only a file that is no text has such names: random bytes, or UTF-16 that is none.
        if not "".join(columns).isprintable():
            raise FileError(Problem("file_is_binary", {"file": file_name}))
        details = {"file": file_name, "columns": exports.listed(columns)}
        if mapping:
            raise FileError(Problem("mapping_missing_columns", {**details, "missing": exports.listed(missing)}))
        raise FileError(Problem("file_no_text_column", details))
    for name in needed if mapping else (*exports.COLUMNS, "published_at"):
        if columns.count(name) > 1:
            raise FileError(Problem("file_column_twice", {"file": file_name, "column": text.line(name, MAX_SHOWN)}))
    for number, row in rows:
        if isinstance(row, RowError):
            yield number, row
        elif len(row) > len(columns):  # mostly a separator in a text without quotes: columns would be mixed up
            yield number, RowError(Problem("row_columns", {"expected": str(len(columns)), "found": str(len(row))}))
        elif any(row):
            yield number, dict(zip(columns, row, strict=False))


# From a row to a post


def _post(record: Record, source_name: str, platform_default: Platform, now: datetime) -> Post:
    """Raises RowError for a row that is no post."""
    body = text.clean(_value(record, "text"))
    if not body:
        raise RowError(Problem("row_no_text"))
    given = _value(record, "platform").strip().lower()
    platform = _PLATFORMS.get(given) if given else platform_default
    if platform is None:
        raise RowError(Problem("row_unknown_platform", {"platform": text.line(given, MAX_SHOWN)}))
    written = _value(record, "published_at").strip()
    if written and dates.read(written) is None:
        raise RowError(Problem("row_bad_date", {"date": text.line(written, MAX_SHOWN)}))
    published, quality = dates.claimed(written, now)
    url = http_url(_value(record, "url")) if _value(record, "url") else ""
    handle, name = text.line(_value(record, "author_handle")).lstrip("@"), text.line(_value(record, "author"))
    bio = text.line(_value(record, "author_bio"), MAX_BIO)
    native_id = _id(_value(record, "id")) or url or digest(handle, name, written, body)
    title = text.line(_value(record, "title"))
    parent = _id(_value(record, "in_reply_to"))
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
        metrics=_metrics(record),
    )


def _id(given: str) -> str:
    return "" if _ROUNDED.fullmatch(given.strip()) else text.identity(given)


def _metrics(record: Record) -> Metrics | None:
    """How far a row has spread. What is no whole number is not known."""
    found = {name: _COUNT.fullmatch(str(record.get(name, "")).strip()) for name in exports.COUNTS}
    counts = {name: int(count[1]) for name, count in found.items() if count}
    return Metrics(**counts) if counts else None


def _author(platform: Platform, source_name: str, handle: str, name: str, bio: str, post: str) -> Author | None:
    """Who wrote a row. Mastodon's full account names are known everywhere, other names within the source only."""
    if not (handle or name or bio):
        return None
    known = platform == "mastodon" and "@" in handle
    native_id = handle.lower() if known else f"{source_name}/{handle or name or post}"
    return Author(platform, native_id, handle=handle, name=name, bio=bio)


def _value(record: Record, column: str) -> str:
    """A column's text; a list of hashtags is none. Raises RowError where a JSON value is no text or number."""
    return "" if column == "hashtags" and isinstance(record.get(column), list) else cell(record, column)
