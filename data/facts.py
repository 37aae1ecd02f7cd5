"""The fact register: what is correct, since when, and what is wrongly said of it.

Every change is a new revision, with who saved it and when. No fact is ever deleted: it ends (`valid_to`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from data.store import Cursor, incoming, rows
from models import facts as rules
from models.labels import Fact

_FIELDS = tuple(field.name for field in dataclasses.fields(Fact) if field.name != "id")
_INCOMING = pa.schema(
    [
        ("fact_id", pa.string()),
        *(
            (
                name,
                pa.date32() if name in rules.DATES else pa.list_(pa.string()) if name == rules.CLAIMS else pa.string(),
            )
            for name in _FIELDS
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Revision:
    """A fact as it stood after a change: who saved it and when, and which fields they changed (none: it was new)."""

    number: int
    fact: Fact
    saved_by: str
    """Empty where that is not known."""
    saved_at: datetime
    changed: tuple[str, ...] = ()


class SavedMeanwhile(Exception):
    """Somebody else saved the same fact after it was shown; `by` and `at` tell who and when, `revision` what stands."""

    def __init__(self, revision: int, by: str, at: datetime) -> None:
        super().__init__(f"{by}: {at}")
        self.revision = revision
        self.by = by
        self.at = at


class WrongSuccessor(ValueError):
    """A fact names a successor that is not in the register, or leads in a circle; `fault` tells which."""

    def __init__(self, fact_id: str, fault: rules.Fault) -> None:
        super().__init__(f"{fact_id}: {fault.code}")
        self.fact_id = fact_id
        self.fault = fault


def register(cursor: Cursor) -> list[Fact]:
    """The facts as they stand, by id."""
    return [_fact(r) for r in rows(cursor, "SELECT * FROM fact ORDER BY fact_id")]


def register_at(cursor: Cursor, version: str) -> list[Fact]:
    """The facts as they stood when the register had this version, by id."""
    until = int(version.partition("@")[2] or 0)
    return [
        _fact(r)
        for r in rows(
            cursor,
            """SELECT * FROM fact_revision WHERE epoch_us(saved_at) <= $until
               QUALIFY revision = max(revision) OVER (PARTITION BY fact_id) ORDER BY fact_id""",
            {"until": until},
        )
    ]


def fact(cursor: Cursor, fact_id: str) -> Fact | None:
    """One fact as it stands."""
    found = rows(cursor, "SELECT * FROM fact WHERE fact_id = ?", [fact_id])
    return _fact(found[0]) if found else None


def history(cursor: Cursor, fact_id: str) -> list[Revision]:
    """All revisions of a fact, the newest first."""
    found = [
        Revision(r["revision"], _fact(r), r["saved_by"] or "", r["saved_at"])
        for r in rows(cursor, "SELECT * FROM fact_revision WHERE fact_id = ? ORDER BY revision DESC", [fact_id])
    ]
    changes = [rules.changed_fields(older.fact, newer.fact) for newer, older in pairwise(found)]
    return [*(dataclasses.replace(r, changed=changed) for r, changed in zip(found, changes, strict=False)), *found[-1:]]


def expiring(cursor: Cursor, today: date, within_days: int = rules.SOON) -> list[Fact]:
    """The facts that end within so many days, or ended within the last 30, and that no other follows; the first to
    end first."""
    return rules.expiring(register(cursor), today, within_days)


def save(cursor: Cursor, facts: Sequence[Fact], now: datetime, by: str = "") -> int:
    """Keep facts: new ones, and a new revision of those that differ; of two with one id the last holds. Returns how
    many were new or changed. Raises ValueError for a date that is none, and WrongSuccessor."""
    present = {f.id: f for f in register(cursor)}
    changed = {f.id: f for f in {f.id: _normal(f) for f in facts}.values() if present.get(f.id) != f}
    for fact_id, fault in rules.wrong_successors(present | changed, changed).items():
        raise WrongSuccessor(fact_id, fault)
    with incoming(cursor, "incoming_fact", [_row(f) for f in changed.values()], _INCOMING):
        names, given = ", ".join(_FIELDS), ", ".join(f"i.{name}" for name in _FIELDS)
        cursor.execute(
            f"""INSERT INTO fact_revision (fact_id, revision, {names}, saved_at, saved_by)
                SELECT i.fact_id, coalesce(last.revision, 0) + 1, {given}, $now, $by
                FROM incoming_fact i
                LEFT JOIN (SELECT fact_id, max(revision) AS revision FROM fact_revision GROUP BY fact_id) last
                    ON last.fact_id = i.fact_id""",
            {"now": now, "by": by},
        )
    return len(changed)


def change(cursor: Cursor, fact: Fact, by: str, now: datetime, seen: int) -> bool:
    """Keep one fact that somebody has written; returns whether it differs from what stood. `seen` is the revision that
    was on the screen (0 for none): raises SavedMeanwhile when there is a newer one, so that nobody overwrites what
    they have not read. Raises WrongSuccessor."""
    latest = cursor.execute(
        "SELECT revision, saved_by, saved_at FROM fact_revision WHERE fact_id = ? ORDER BY revision DESC LIMIT 1",
        [fact.id],
    ).fetchone()
    if latest and latest[0] > seen:
        raise SavedMeanwhile(latest[0], latest[1] or "", latest[2])
    return bool(save(cursor, [fact], now, by))


def register_version(cursor: Cursor) -> str:
    """Changes whenever a fact does."""
    row = cursor.execute("SELECT count(*), coalesce(epoch_us(max(saved_at)), 0) FROM fact_revision").fetchone()
    return f"{row[0]}@{row[1]}" if row else ""


def _normal(fact: Fact) -> Fact:
    """The fact with its dates as the store gives them back."""
    dates: dict[str, Any] = {name: _day(getattr(fact, name)) for name in rules.DATES}
    return dataclasses.replace(fact, **dates)


def _day(text: str | None) -> str | None:
    return date.fromisoformat(text).isoformat() if text else None


def _row(fact: Fact) -> dict[str, Any]:
    row = {name: getattr(fact, name) for name in _FIELDS}
    dates = {name: date.fromisoformat(row[name]) if row[name] else None for name in rules.DATES}
    return {"fact_id": fact.id, **row, **dates}


def _fact(row: dict[str, Any]) -> Fact:
    values = {name: row[name] for name in _FIELDS}
    values["known_false_claims"] = tuple(values["known_false_claims"])
    for name in rules.DATES:
        values[name] = values[name] and values[name].isoformat()
    return Fact(row["fact_id"], **values)
