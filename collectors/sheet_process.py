"""Reads a sheet of an Excel workbook, as a process of its own: `python sheet_process.py SHEET < workbook`.

The parser makes room for every cell between the first and the last, and ends the whole process where there is no such
room; one cell far away is enough. Here that ends nothing else. Memory and time are limited before anything is read.

Out come lines of JSON: `{"error": …}` or `{}`, then `[row number, [the cells' texts]]` for each row that is not blank,
with null in place of the cells where they are too long. Formulas are not worked out: their values are as stored.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

MEMORY = 2_000_000_000
CPU_SECONDS = 120
MAX_UNPACKED = 500_000_000
MAX_PARTS = 5_000
MAX_ROW = 100_000
"""Characters of one row (as collectors.rows has it, which is not loaded here)."""
EXACT = 10**15
"""Excel keeps 15 digits of a number."""

_LOCKED = "EncryptedPackage".encode("utf-16-le")


def main(file: BinaryIO, sheet: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if error := _no_workbook(file):
        _say({"error": error})
        return
    try:
        workbook = load_workbook(file)
        found = _sheet(workbook, sheet)
    except CalamineError:
        _say({"error": "unreadable"})
        return
    if found is None:
        _say({"error": "no_sheet", "sheets": workbook.sheet_names})
        return
    _say({})
    for number, row in enumerate(found.iter_rows(), 1):
        cells = [_text(value) for value in row]
        if any(cells):
            _say([number, cells if sum(map(len, cells)) <= MAX_ROW else None])


def _no_workbook(file: BinaryIO) -> str:
    """What a file is instead of a workbook that can be read here; "" for one that is."""
    if not file.read(4).startswith(b"PK"):
        file.seek(0)
        return "locked" if _LOCKED in file.read() else "other_format"
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "unreadable"
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        return "other_format" if names & {"content.xml", "xl/workbook.bin"} else "no_spreadsheet"
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        return "too_large"
    file.seek(0)
    return ""


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet | None:
    """The sheet of a name, or the first that holds cells and is seen; None where there is none."""
    for sheet in workbook.sheets_metadata:
        seen = sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        if sheet.name == name if name else seen:
            return workbook.get_sheet_by_name(sheet.name)
    return None


def _text(value: Any) -> str:
    """A cell as text: times in ISO 8601, whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        # Longer ones have lost digits; written so, they are taken for no id.
        return str(int(value)) if abs(value) < EXACT else f"{value:E}"
    if isinstance(value, datetime):  # before date, which it is too
        return _second(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    return str(value).strip()


def _second(moment: datetime) -> datetime:
    """The nearest second: Excel keeps times as parts of days."""
    try:
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    except OverflowError:
        return moment


def _say(message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    try:
        main(sys.stdin.buffer, sys.argv[1])
    except MemoryError:
        os.abort()  # as the parser does
