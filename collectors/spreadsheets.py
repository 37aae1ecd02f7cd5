"""Rows of Excel workbooks (.xlsx), read by a process of its own (sheet_process.py) that a hostile one can not harm."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collectors import text
from collectors.post import Problem
from collectors.rows import FileError, RowError, too_long

STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin: zip files, and the format before them, which also holds those that are locked."""

_SCRIPT = Path(__file__).with_name("sheet_process.py")


def sheet_rows(path: Path, sheet: str = "") -> Iterator[tuple[int, list[str] | RowError]]:
    """The rows of a sheet (the first one, where none is named) that are not blank, with their numbers as Excel has
    them. Raises FileError, and OSError where the file can not be opened."""
    command = [sys.executable, "-I", str(_SCRIPT), sheet]
    with (
        path.open("rb") as file,
        # Without our environment, which may hold secrets.
        subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}) as process,  # noqa: S603
    ):
        out = process.stdout
        assert out is not None  # it is a pipe
        try:
            begun = _message(out.readline())
            if isinstance(begun, dict) and "error" in begun:
                raise FileError(_problem(begun, path.name, sheet))
            for line in out:
                match _message(line):
                    case [int(number), list(cells)]:
                        yield number, cells
                    case [int(number), None]:
                        yield number, too_long()
            if code := process.wait():  # negative where it was ended, for what it would have taken
                name = {"file": path.name}
                too_large = Problem("file_sheet_too_large", name)
                raise FileError(too_large if code < 0 else Problem("file_sheet_unreadable", name))
        finally:
            process.kill()


def _message(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # the process was ended while it wrote
        return None


def _problem(answer: dict[str, Any], file: str, sheet: str) -> Problem:
    match answer["error"]:
        case "locked":
            return Problem("file_is_locked", {"file": file})
        case "other_format":
            return Problem("file_is_spreadsheet", {"file": file})
        case "no_spreadsheet":
            return Problem("file_is_binary", {"file": file})
        case "too_large":
            return Problem("file_sheet_too_large", {"file": file})
        case "no_sheet" if sheet:
            sheets = text.line(", ".join(answer["sheets"]), 200) or "–"
            return Problem("file_no_such_sheet", {"file": file, "sheet": text.line(sheet, 60), "sheets": sheets})
        case "no_sheet":
            return Problem("file_empty", {"file": file})
    return Problem("file_sheet_unreadable", {"file": file})
