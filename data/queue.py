"""The due-queue that all who poll share: a source is polled by whoever holds its lease, and by nobody else.

A lease ends by itself, so that one who was killed blocks nobody for long. A result counts only while its lease was not
given to somebody else.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import duckdb

from data.store import Cursor


def claim(cursor: Cursor, owner: str, names: Collection[str], now: datetime, seconds: float) -> frozenset[str]:
    """Take the leases of these sources for `owner`, who is one run of one process: those that are free, or have run
    out. Returns whose were got. Must come first in its transaction: where another one is just taking the same, none
    is got."""
    try:
        cursor.execute(
            """INSERT INTO source_state (source, cursor, failures, stopped)
               SELECT name, '{}', 0, false FROM (SELECT unnest($names::VARCHAR[]) AS name)
               WHERE name NOT IN (SELECT source FROM source_state)""",
            {"names": list(names)},
        )
        found = cursor.execute(
            """UPDATE source_state SET lease_owner = $owner, lease_until = $until
               WHERE source = ANY($names) AND (lease_owner IS NULL OR lease_until <= $now) RETURNING source""",
            {"names": list(names), "owner": owner, "now": now, "until": now + timedelta(seconds=seconds)},
        ).fetchall()
    except duckdb.TransactionException:  # a conflict: the other one gets them
        cursor.rollback()
        cursor.begin()
        return frozenset()
    return frozenset(name for (name,) in found)


def renew(cursor: Cursor, owner: str, now: datetime, seconds: float) -> frozenset[str]:
    """Let the leases that an owner still has last for so long from now; returns whose they are."""
    found = cursor.execute(
        "UPDATE source_state SET lease_until = $until WHERE lease_owner = $owner RETURNING source",
        {"owner": owner, "until": now + timedelta(seconds=seconds)},
    ).fetchall()
    return frozenset(name for (name,) in found)


def release(cursor: Cursor, owner: str, names: Collection[str] | None = None) -> frozenset[str]:
    """Give back leases (None: all that an owner has), in the transaction that stores what came of them. Returns those
    that it still had: the result of another one is to be discarded."""
    found = cursor.execute(
        """UPDATE source_state SET lease_owner = NULL, lease_until = NULL
           WHERE lease_owner = $owner AND ($names IS NULL OR source = ANY($names)) RETURNING source""",
        {"owner": owner, "names": None if names is None else list(names)},
    ).fetchall()
    return frozenset(name for (name,) in found)


def clear_others(cursor: Cursor, process: str) -> None:
    """End the leases of all whose owner does not begin with `process`. Only for a store that one process has to
    itself, as with DuckDB: they are of processes that have ended."""
    cursor.execute(
        "UPDATE source_state SET lease_owner = NULL, lease_until = NULL WHERE NOT starts_with(lease_owner, ?)",
        [process],
    )
