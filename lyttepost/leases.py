"""What one run holds of the due-queue: a source is polled by one run at a time, whichever process it is in."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import count
from typing import Final

from collectors.web import Limits
from data import queue
from data.store import Store

PROCESS: Final = f"{os.getpid()}-{secrets.token_hex(4)}/"
"""How the owners of this process begin; a process id alone may be another's later."""
SECONDS: Final = 5 * Limits().total_seconds
"""How long a lease lasts: a poll is a few fetches, each with its own deadline."""

_runs = count(1)


class Leases:
    """The leases of one run, given back when the block ends. Threads may share it."""

    def __init__(self, store: Store, seconds: float = SECONDS) -> None:
        self.owner = f"{PROCESS}{next(_runs)}"
        self._store = store
        self._seconds = seconds
        self._changing = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._renew_at = 0.0

    def __enter__(self) -> Leases:
        return self

    def __exit__(self, *_: object) -> None:
        if self._names:
            self._store.write(lambda cursor: queue.release(cursor, self.owner))

    def claim(self, names: Collection[str]) -> frozenset[str]:
        """Take the leases of these sources; returns those that nobody else has."""
        if not names:
            return frozenset()
        got = self._store.write(lambda c: queue.claim(c, self.owner, names, _now(), self._seconds))
        with self._changing:
            self._names |= got
            self._renew_at = time.monotonic() + self._seconds / 2
        return got

    def given_back(self, names: Collection[str]) -> None:
        """Note that the leases of these sources were given back with what came of them."""
        with self._changing:
            self._names -= frozenset(names)

    def has(self, name: str) -> bool:
        """Whether a source's lease is still ours, for half of its time at least: those of a long run are renewed."""
        with self._changing:
            if time.monotonic() >= self._renew_at:
                self._names = self._store.write(lambda c: queue.renew(c, self.owner, _now(), self._seconds))
                self._renew_at = time.monotonic() + self._seconds / 2
            return name in self._names


def clear_others(store: Store) -> None:
    """End the leases of processes before this one, which are no more: the store's file has one process at a time."""
    store.write(lambda cursor: queue.clear_others(cursor, PROCESS))


def _now() -> datetime:
    return datetime.now(UTC)
