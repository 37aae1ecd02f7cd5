"""Mapping files: which columns of another tool's export are which of ours. TOML in, a mapping out; then pure.

delimiter = "\\t"                    # of CSV; found out where it is not said
encoding = "utf-16"                 # likewise
skip_rows = 2                       # lines above the one with the columns' names
sheet = "Data"                      # of a workbook; the first where it is not said
decimal = ","                       # in numbers; "." where it is not said
date_format = "%d-%b-%Y %H:%M"      # as Python's strptime has it; ISO 8601 and Norwegian dates are read without
timezone = "UTC"                    # of times that do not say; Norwegian where it is not said
[columns]                           # ours = theirs; several of theirs are joined
text = "Hit Sentence"
published = ["Date", "Time"]
[platform_values]                   # their words for a platform = ours; "*" is for all others
Twitter = "x"
"""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors import text
from collectors.post import Platform, Problem
from collectors.rows import FileError, Record, RowError, cell

MAX_MAPPING = 100_000
MAX_SKIPPED = 1_000
MAX_SHOWN = 60
MAX_LISTED = 300

COUNTS: Final = ("replies", "reposts", "likes", "quotes", "views")
COLUMNS: Final = (
    *("text", "published", "author", "author_handle", "author_bio", "id", "url", "title", "platform"),
    *("in_reply_to", "lang", "hashtags", *COUNTS),
)
"""What a mapping may name; «published» is `published_at` of a row."""
_KEYS: Final = ("delimiter", "encoding", "skip_rows", "sheet", "decimal", "date_format", "timezone")
_TABLES: Final = ("columns", "platform_values")
_ENCODINGS: Final = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "iso8859-15")
"""Those that exports come in, by Python's names; some others take minutes on hostile input."""
_DATE_FORMAT = re.compile(r"(?:[^%]|%[aAbBdHIjmMpSyYzZf%])+")
_LINE = re.compile(r"at line (\d+)")
_OTHERS = "*"


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """How another tool's columns become ours. `columns` has their names as the mapping file spells them."""

    columns: Mapping[str, tuple[str, ...]]
    platform_values: Mapping[str, Platform] = field(default_factory=dict)
    """By their word in lower case."""
    delimiter: str = ""
    encoding: str = ""
    skip_rows: int = 0
    sheet: str = ""
    decimal: str = "."
    date_format: str = ""
    timezone: str = ""


def column(name: str) -> str:
    """A column's name as it is compared: case, spaces and the form of signs make no difference."""
    return " ".join(unicodedata.normalize("NFC", name).lower().split())


def listed(names: Iterable[str]) -> str:
    """The names of columns, as a sentence lists them."""
    return text.line(", ".join(filter(None, names)), MAX_LISTED) or "–"


def read_mapping(path: Path) -> ExportMapping:
    """Read a mapping file. Raises FileError with what is wrong with it first."""
    name = {"file": path.name}
    try:
        with path.open("rb") as file:
            raw = tomllib.loads(file.read(MAX_MAPPING).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        raise FileError(Problem("mapping_not_found", name)) from None
    except (OSError, UnicodeDecodeError):
        raise FileError(Problem("mapping_unreadable", name)) from None
    except (ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        broken = Problem("mapping_not_toml", {**name, "line": line[1]}) if line else Problem("mapping_broken", name)
        raise FileError(broken) from None
    return parse_mapping(raw, path.name)


def parse_mapping(raw: Mapping[str, Any], file: str) -> ExportMapping:
    """The mapping of a parsed TOML document. Raises FileError with what is wrong with it first."""
    _known(raw, (*_KEYS, *_TABLES), file)
    columns, platforms = (_table(raw, name, file) for name in _TABLES)
    _known(columns, COLUMNS, file)
    if "text" not in columns:
        raise FileError(Problem("mapping_no_text", {"file": file}))
    for word, platform in platforms.items():
        if platform not in get_args(Platform):
            raise _wrong(file, word, platform)
    good: dict[str, Any] = {}
    for key, is_good in {
        "delimiter": lambda v: isinstance(v, str) and len(v) == 1 and not v.isalnum() and v not in '"\r\n\0 ',
        "encoding": lambda v: isinstance(v, str) and _codec(v) in _ENCODINGS,
        "skip_rows": lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= MAX_SKIPPED,
        "sheet": lambda v: isinstance(v, str) and v.isprintable(),
        "decimal": lambda v: v in (",", "."),
        "date_format": lambda v: isinstance(v, str) and bool(_DATE_FORMAT.fullmatch(v)),
        "timezone": _is_zone,
    }.items():
        if key in raw:
            if not is_good(raw[key]):
                raise _wrong(file, key, raw[key])
            good[key] = raw[key]
    if "encoding" in good:
        good["encoding"] = _codec(good["encoding"])
    return ExportMapping(
        {ours: _names(file, ours, theirs) for ours, theirs in columns.items()},
        {word.strip().lower(): platform for word, platform in platforms.items()},
        **good,
    )


def needed(mapping: ExportMapping) -> dict[str, str]:
    """The columns that a mapping reads: their names as compared, and as the mapping file spells them."""
    return {column(name): name for names in mapping.columns.values() for name in names}


def mapped(mapping: ExportMapping, record: Record) -> Record:
    """A row of theirs as a row of ours. Raises RowError where it can not be."""
    theirs = {column(name): value for name, value in record.items()}
    row: Record = {}
    for ours, names in mapping.columns.items():
        if ours == "hashtags" and isinstance(theirs.get(column(names[0])), list):
            row[ours] = theirs[column(names[0])]
            continue
        values = filter(None, (cell(theirs, column(name)).strip() for name in names))
        row[ours] = ("\n" if ours == "text" else " ").join(values)
    row["published_at"] = _moment(mapping, row.pop("published", ""))
    if platform := row.get("platform"):
        others = mapping.platform_values.get(_OTHERS, platform)
        row["platform"] = mapping.platform_values.get(platform.lower(), others)
    for name in COUNTS:
        if name in row:
            row[name] = _number(row[name], mapping.decimal)
    return row


def _moment(mapping: ExportMapping, written: str) -> str:
    """A time in the mapping's format, in ISO 8601; as it was written where no format is given. Raises RowError."""
    if not written:
        return ""
    if mapping.date_format:
        with suppress(ValueError):
            moment = datetime.strptime(written, mapping.date_format)
            has_clock = any(sign in mapping.date_format for sign in ("%H", "%I"))
            return _zoned(moment, mapping.timezone) if has_clock else moment.date().isoformat()
    try:
        moment = datetime.fromisoformat(written)  # as the date cells of workbooks come, whatever the format
    except ValueError:
        if mapping.date_format or mapping.timezone:
            expected = mapping.date_format or "%Y-%m-%dT%H:%M"
            details = {"date": text.line(written, MAX_SHOWN), "format": text.line(expected, MAX_SHOWN)}
            raise RowError(Problem("row_date_format", details)) from None
        return written
    return written if len(written) <= len("2026-11-21") else _zoned(moment, mapping.timezone)


def _zoned(moment: datetime, zone: str) -> str:
    return (moment.replace(tzinfo=ZoneInfo(zone)) if zone and moment.tzinfo is None else moment).isoformat()


def _number(written: str, decimal: str) -> str:
    """The whole part of a number: «1 234,5» is 1234. A point is a decimal one where no three digits follow, as in the
    numbers of workbooks."""
    grouping = "." if decimal == "," else ","
    whole = re.match(rf"\d{{1,3}}(?:[{grouping}]\d{{3}})+(?!\d)|\d+", "".join(written.split()))
    return whole[0].replace(grouping, "") if whole else ""


def _known(table: Mapping[str, Any], known: tuple[str, ...], file: str) -> None:
    for key in table:
        if key not in known:
            details = {"file": file, "key": text.line(key, MAX_SHOWN), "known": ", ".join(known)}
            raise FileError(Problem("mapping_unknown_key", details))


def _table(raw: Mapping[str, Any], name: str, file: str) -> Mapping[str, Any]:
    table = raw.get(name, {})
    if not isinstance(table, dict):
        raise _wrong(file, name, table)
    return table


def _names(file: str, ours: str, theirs: object) -> tuple[str, ...]:
    """The columns that make up one of ours."""
    names = theirs if isinstance(theirs, list) else [theirs]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise _wrong(file, ours, theirs)
    return tuple(names)


def _wrong(file: str, key: str, value: object) -> FileError:
    shown = text.line(value if isinstance(value, str) else repr(value)[:200], MAX_SHOWN)
    return FileError(Problem("mapping_wrong_value", {"file": file, "key": text.line(key, MAX_SHOWN), "value": shown}))


def _codec(name: str) -> str:
    """Python's name of an encoding; "" for none."""
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
