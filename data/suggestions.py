"""Feeds that could become sources, and what people answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.store import Cursor, rows

Answer = Literal["taken", "refused"]


@dataclass(frozen=True, slots=True)
class Suggested:
    """The comments below a post that is held, as a feed that nobody has decided on."""

    url: str
    title: str
    source: str
    source_title: str
    found_at: datetime


def waiting(cursor: Cursor, limit: int = 10) -> list[Suggested]:
    """The newest suggestions that nobody has answered."""
    return [
        Suggested(**r)
        for r in rows(
            cursor,
            """SELECT g.url, g.title, g.source, s.title AS source_title, g.found_at
               FROM suggestion g JOIN source s ON s.name = g.source
               WHERE g.answer = '' AND NOT EXISTS (SELECT 1 FROM source k WHERE k.url = g.url AND k.active)
               ORDER BY g.found_at DESC, g.url LIMIT $limit""",
            {"limit": limit},
        )
    ]


def answer(cursor: Cursor, url: str, given: Answer, by: str, now: datetime) -> bool:
    """Keep an answer; False where somebody has answered already."""
    found = cursor.execute(
        "UPDATE suggestion SET answer = ?, answered_by = ?, answered_at = ? WHERE url = ? AND answer = ''",
        [given, by, now, url],
    ).fetchone()
    return bool(found and found[0])
