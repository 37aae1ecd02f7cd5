"""What a command works with, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.store import Store
from lyttepost.config import Config
from lyttepost.home import Home
from lyttepost.jobs import Work

OK, PARTLY, WRONG = 0, 1, 2
"""Exit codes: all done; done but for some rows or sources; nothing done, the call was wrong."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    home: Home
    config: Config
    store: Store
    work: Work
    later: Callable[[], None] | None = None
    """In a server: have new posts labelled in the background. Alone, a command does it before it ends."""

    def process(self) -> None:
        if self.later:
            self.later()
        else:
            self.work.process()
