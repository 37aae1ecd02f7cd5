"""Sources: what is configured, how their polls went, and the periods that they did not cover."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.post import Cursor as PollCursor
from collectors.post import ListeningPost, Problem, Source, SourceState
from data.store import Cursor, rows, storable


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What Kilder shows of a source."""

    name: str
    title: str
    kind: str
    url: str
    state: SourceState
    posts_24h: int
    posts_total: int
    gap_since: datetime | None
    """Since when nothing has come from it, while that lasts."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A period that a source did not cover, and why; `ended_at` None while it lasts."""

    source: str
    title: str
    started_at: datetime
    ended_at: datetime | None
    problem: Problem


def configure(
    cursor: Cursor, sources: Sequence[Source], listening_posts: Sequence[ListeningPost], keep: Sequence[str] = ()
) -> None:
    """Bring the configured sources and listening posts into the store; those left out stay, inactive: from then on
    they are not a gap. A source with a new address starts afresh, also where the old one had stopped. What is named in
    `keep` stays as it is, active and with its gap: its entry can not be read."""
    kept = {"keep": list(keep)}
    cursor.execute("UPDATE source SET active = false WHERE kind <> 'import' AND name <> ALL($keep::VARCHAR[])", kept)
    for s in sources:
        cursor.execute(
            "DELETE FROM source_state WHERE source IN (SELECT name FROM source WHERE name = ? AND url <> ?)",
            [s.name, s.url],
        )
        cursor.execute(
            """INSERT INTO source VALUES (?, ?, ?, ?, ?, true)
               ON CONFLICT (name) DO UPDATE SET title = excluded.title, kind = excluded.kind, url = excluded.url,
                   interval_minutes = excluded.interval_minutes, active = true""",
            [s.name, s.title or s.name, s.kind, s.url, s.interval_minutes],
        )
    cursor.execute(
        """UPDATE gap SET ended_at = greatest(started_at, now())
           WHERE ended_at IS NULL AND source IN (SELECT name FROM source WHERE NOT active)"""
    )
    cursor.execute("UPDATE listening_post SET active = false WHERE name <> ALL($keep::VARCHAR[])", kept)
    for position, lp in enumerate(listening_posts):
        cursor.execute(
            """INSERT INTO listening_post VALUES (?, ?, ?, ?, ?, ?, ?, true)
               ON CONFLICT (name) DO UPDATE SET title = excluded.title, purpose = excluded.purpose,
                   keywords = excluded.keywords, hashtags = excluded.hashtags, sources = excluded.sources,
                   position = excluded.position, active = true""",
            [
                lp.name,
                lp.title or lp.name,
                lp.purpose,
                list(lp.keywords),
                list(lp.hashtags),
                list(lp.sources),
                position,
            ],
        )


def add_import(cursor: Cursor, name: str, title: str) -> None:
    """Make an imported file's source known. A configured source of that name stays what it is."""
    cursor.execute(
        """INSERT INTO source VALUES (?, ?, 'import', '', 0, true)
           ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, url = excluded.url, active = true
           WHERE NOT source.active""",
        [name, title],
    )


def state(cursor: Cursor, source: str) -> SourceState:
    """A source's standing; a fresh one where it was never polled."""
    found = rows(cursor, "SELECT * FROM source_state WHERE source = ?", [source])
    return _state(found[0]) if found else SourceState(source)


def save_state(cursor: Cursor, state: SourceState) -> None:
    """Keep the state that a poll ended in, and open or close the gap that follows from it."""
    cursor.execute(
        "INSERT OR REPLACE INTO source_state VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            state.source,
            _json(state.cursor),
            state.failures,
            state.last_attempt,
            state.last_success,
            state.problem and _json(state.problem),
            state.next_due,
            state.stopped,
        ],
    )
    if not state.failures:
        cursor.execute(
            "UPDATE gap SET ended_at = $ended WHERE source = $source AND ended_at IS NULL AND started_at < $ended",
            {"ended": state.last_success, "source": state.source},
        )
    elif state.problem and state.last_attempt:
        open_gap(cursor, state.source, state.last_success or state.last_attempt, state.problem)


def open_gap(cursor: Cursor, source: str, started_at: datetime, problem: Problem) -> None:
    """Note that a source is not covered from `started_at`, unless that is noted already."""
    cursor.execute(
        "INSERT INTO gap SELECT $source, $started_at, NULL, $problem "
        "WHERE NOT EXISTS (SELECT 1 FROM gap WHERE source = $source AND ended_at IS NULL)",
        {"source": source, "started_at": started_at, "problem": _json(problem)},
    )


def gaps(cursor: Cursor, start: datetime, end: datetime, at_least: timedelta = timedelta(0)) -> list[Gap]:
    """The periods that reach into [start, end) and were not covered, oldest first. `at_least` is the whole length of
    those that have ended; those that last always count."""
    return [
        Gap(r["source"], r["title"], r["started_at"], r["ended_at"], _problem(r["problem"]) or Problem("unknown"))
        for r in rows(
            cursor,
            """SELECT g.*, s.title FROM gap g JOIN source s ON s.name = g.source
               WHERE g.started_at < $end AND coalesce(g.ended_at, $end) > $start
                 AND (g.ended_at IS NULL OR g.ended_at - g.started_at >= $at_least)
               ORDER BY g.started_at, g.source""",
            {"start": start, "end": end, "at_least": at_least},
        )
    ]


def overview(cursor: Cursor, now: datetime) -> list[SourceStatus]:
    """Every active source with its standing and its posts; those with a problem first, then by title."""
    found = rows(
        cursor,
        """SELECT s.*, st.*, coalesce(n.posts_24h, 0) AS posts_24h, coalesce(n.posts_total, 0) AS posts_total,
                  (SELECT min(started_at) FROM gap g WHERE g.source = s.name AND g.ended_at IS NULL) AS gap_since
           FROM source s
           LEFT JOIN source_state st ON st.source = s.name
           LEFT JOIN (SELECT source, count(*) AS posts_total,
                             count(*) FILTER (WHERE published_at > $since AND published_at <= $now) AS posts_24h
                      FROM post GROUP BY source) n ON n.source = s.name
           WHERE s.active
           ORDER BY st.problem IS NULL, lower(s.title)""",
        {"since": now - timedelta(hours=24), "now": now},
    )
    return [
        SourceStatus(
            r["name"],
            r["title"],
            r["kind"],
            r["url"],
            _state(r) if r["source"] else SourceState(r["name"]),
            r["posts_24h"],
            r["posts_total"],
            r["gap_since"],
        )
        for r in found
    ]


def _state(row: dict[str, Any]) -> SourceState:
    cursor = json.loads(row["cursor"])
    if cursor["last_full_fetch"]:
        cursor["last_full_fetch"] = datetime.fromisoformat(cursor["last_full_fetch"])
    return SourceState(
        row["source"],
        PollCursor(**cursor),
        row["failures"],
        row["last_attempt"],
        row["last_success"],
        _problem(row["problem"]),
        row["next_due"],
        row["stopped"],
    )


def _problem(text: str | None) -> Problem | None:
    return Problem(**json.loads(text)) if text else None


def _json(record: PollCursor | Problem) -> str:
    text: str = storable(json.dumps(dataclasses.asdict(record), default=datetime.isoformat, ensure_ascii=False))
    return text
