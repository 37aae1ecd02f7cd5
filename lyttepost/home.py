"""Where a body's Lyttepost lives: one folder with its configuration, database, models and digests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lyttepost.config import FILE_NAME


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and what lies where in it."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / FILE_NAME

    @property
    def database(self) -> Path:
        return self.root / "lyttepost.duckdb"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def log(self) -> Path:
        return self.root / "lyttepost.log"

    @property
    def tokens(self) -> Path:
        """Tokens that platforms hand out and renew."""
        return self.root / "tokens.json"

    @property
    def lock(self) -> Path:
        return self.root / "lyttepost.lock"

    @property
    def owner(self) -> Path:
        """Written by a running server: how a command reaches it."""
        return self.root / "server.json"


def default() -> Home:
    """`LYTTEPOST_HOME`, or `var` in the current folder."""
    return Home(Path(os.environ.get("LYTTEPOST_HOME", "var")).absolute())
