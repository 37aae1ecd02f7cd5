"""The lines of a file of JSON Lines, with what is wrong with them told in sentences."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from dashboard.wording import n, t
from lyttepost.config import shown, why
from lyttepost.context import OK, PARTLY, WRONG
from lyttepost.ownership import Say
from models.examples import ExampleError

MAX_LINE = 200_000
"""Bytes."""
REFUSED_SHOWN = 20


class Lines:
    """The lines of a file that have something on them, each with its place. `tell` is for what is wrong with it."""

    def __init__(self, file: Path, tell: Say) -> None:
        self._file = file
        self._tell = tell
        self.good = 0
        self.refused = 0
        self.unreadable = False

    def __iter__(self) -> Iterator[tuple[dict[str, str], bytes]]:
        try:
            with self._file.open("rb") as lines:
                for line_number, line in enumerate(iter(lambda: lines.readline(MAX_LINE), b""), start=1):
                    content = line.removeprefix(codecs.BOM_UTF8 if line_number == 1 else b"").strip()
                    if content:
                        yield {"file": self._file.name, "line": str(line_number)}, content
        except OSError as error:
            self.unreadable = True
            self._tell(t("cli.evaluate.unreadable", file=shown(str(self._file)), why=why(error)))

    def refuse(self, error: ExampleError) -> None:
        known = {name: shown(value) for name, value in error.details.items()}
        self.leave_out(t(f"cli.evaluate.{error.code}", **known))

    def leave_out(self, sentence: str) -> None:
        """Count a line that is not used; the sentence says why."""
        self.refused += 1
        if self.refused <= REFUSED_SHOWN:
            self._tell(sentence)

    def nothing(self, code: str = "empty") -> int:
        """The exit code of a file in which there was nothing to work on."""
        if not self.refused and not self.unreadable:
            self._tell(t(f"cli.evaluate.{code}", file=shown(str(self._file))))
        return WRONG

    def ended(self) -> int:
        if self.refused > REFUSED_SHOWN:
            self._tell(n("cli.import.more_refused", self.refused - REFUSED_SHOWN))
        return PARTLY if self.refused or self.unreadable else OK
