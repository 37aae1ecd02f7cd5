"""The fact register: what is correct, since when, and what is wrongly said of it. Every change is a new revision."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from data.store import Cursor, rows
from models.labels import Fact

_FIELDS = tuple(field.name for field in dataclasses.fields(Fact) if field.name != "id")
_DATES = ("valid_from", "valid_to", "approved_at")


def register(cursor: Cursor) -> list[Fact]:
    """The facts as they stand, by id."""
    return [_fact(r) for r in rows(cursor, "SELECT * FROM fact ORDER BY fact_id")]


def fact(cursor: Cursor, fact_id: str) -> Fact | None:
    """One fact as it stands."""
    found = rows(cursor, "SELECT * FROM fact WHERE fact_id = ?", [fact_id])
    return _fact(found[0]) if found else None


def save(cursor: Cursor, facts: Sequence[Fact], now: datetime) -> int:
    """Keep facts: new ones, and a new revision of those that differ; of two with one id the last holds. Returns how
    many were new or changed. Raises ValueError for a date that is none."""
    present = {f.id: f for f in register(cursor)}
    changed = [f for f in {f.id: _normal(f) for f in facts}.values() if present.get(f.id) != f]
    for f in changed:
        cursor.execute(
            f"""INSERT INTO fact_revision (fact_id, revision, {", ".join(_FIELDS)}, saved_at)
                SELECT $1, coalesce(max(revision), 0) + 1, {", ".join(f"${n + 2}" for n in range(len(_FIELDS)))},
                       ${len(_FIELDS) + 2}
                FROM fact_revision WHERE fact_id = $1""",
            [f.id, *(_value(getattr(f, name)) for name in _FIELDS), now],
        )
    return len(changed)


def register_version(cursor: Cursor) -> str:
    """Changes whenever a fact does."""
    row = cursor.execute("SELECT count(*), coalesce(epoch_us(max(saved_at)), 0) FROM fact_revision").fetchone()
    return f"{row[0]}@{row[1]}" if row else ""


def _normal(fact: Fact) -> Fact:
    """The fact with its dates as the store gives them back."""
    dates: dict[str, Any] = {name: _day(getattr(fact, name)) for name in _DATES}
    return dataclasses.replace(fact, **dates)


def _day(text: str | None) -> str | None:
    return date.fromisoformat(text).isoformat() if text else None


def _value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _fact(row: dict[str, Any]) -> Fact:
    values = {name: row[name] for name in _FIELDS}
    values["known_false_claims"] = tuple(values["known_false_claims"])
    for name in _DATES:
        values[name] = values[name] and values[name].isoformat()
    return Fact(row["fact_id"], **values)
