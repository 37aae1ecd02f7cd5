"""Sources: what is configured, how their polls went, and the periods that they did not cover."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pyarrow as pa

from collectors.causes import Cause, cause
from collectors.post import (
    Budget,
    Credential,
    ListeningPost,
    Polled,
    Problem,
    Source,
    SourceKind,
    SourceState,
    Spent,
    Traffic,
)
from collectors.standing import silence
from data.store import Cursor, incoming, rows, storable

_OWN_COLUMNS = ("name", "title", "kind", "url", "interval_minutes")
"""Of a source's settings; the others stand together as JSON."""
_TIME = pa.timestamp("us", "UTC")
_STATE = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "cursor", "problem")),
        ("failures", pa.int64()),
        ("stopped", pa.bool_()),
        *((name, _TIME) for name in ("last_attempt", "last_success", "next_due", "last_item_at")),
        ("usual_gap_minutes", pa.float64()),
    ]
)
_LAST_POLL = pa.schema(
    [
        ("source", pa.string()),
        *((name, pa.int64()) for name in ("requests", "bytes", "status", "milliseconds", "new", "edited")),
    ]
)
_STATE_COLUMNS = ", ".join(_STATE.names)
_SUGGESTION = pa.schema([(name, pa.string()) for name in ("url", "title", "post_id")])


@dataclass(frozen=True, slots=True)
class LastPoll:
    """What the last poll of a source took, and what it brought."""

    traffic: Traffic
    new: int
    edited: int


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
    source: Source | None
    """As it is asked; None for what was imported or added by hand."""
    from_dashboard: bool
    """Added from the dashboard, and can be removed there."""
    spent_today: Spent
    """Today in UTC, as platforms count."""
    silent_for: timedelta | None
    """How long nothing has come, where that is longer than it should be."""
    opted_out_24h: int
    """Posts by people who ask not to be collected, today and yesterday."""
    last_poll: LastPoll | None
    """None where it was never polled."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A period that a source did not cover, and why; `ended_at` None while it lasts."""

    source: str
    title: str
    started_at: datetime
    ended_at: datetime | None
    problem: Problem

    @property
    def cause(self) -> Cause:
        return cause(self.problem)


def configure(
    cursor: Cursor, sources: Sequence[Source], listening_posts: Sequence[ListeningPost], keep: Sequence[str] = ()
) -> None:
    """Bring the configured sources and listening posts into the store; those left out stay, inactive: from then on
    they are not a gap. A source with a new address starts afresh, also where the old one had stopped. What is named in
    `keep` stays as it is, active and with its gap: its entry can not be read."""
    kept = {"keep": list(keep)}
    cursor.execute(
        """UPDATE source SET active = false
           WHERE kind NOT IN ('import', 'manual') AND origin = 'file' AND name <> ALL($keep::VARCHAR[])""",
        kept,
    )
    for s in sources:
        cursor.execute(
            "DELETE FROM source_state WHERE source IN (SELECT name FROM source WHERE name = ? AND url <> ?)",
            [s.name, s.url],
        )
        cursor.execute(
            """INSERT INTO source (name, title, kind, url, interval_minutes, settings, active)
               VALUES (?, ?, ?, ?, ?, ?, true)
               ON CONFLICT (name) DO UPDATE SET title = excluded.title, kind = excluded.kind, url = excluded.url,
                   interval_minutes = excluded.interval_minutes, settings = excluded.settings, origin = 'file',
                   active = true""",
            [s.name, s.title or s.name, s.kind, s.url, s.interval_minutes or 0, _settings(s)],
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
        """INSERT INTO source (name, title, kind, url, interval_minutes, active) VALUES (?, ?, 'import', '', 0, true)
           ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, url = excluded.url, active = true
           WHERE NOT source.active""",
        [name, title],
    )


def added(cursor: Cursor) -> list[Source]:
    """The sources that were added from the dashboard, beside those of the configuration."""
    found = rows(cursor, "SELECT * FROM source WHERE origin = 'dashboard' AND active ORDER BY name")
    return [source for row in found if (source := _source(row))]


def add(cursor: Cursor, source: Source) -> None:
    """Add a source from the dashboard. A configured one of that name stays what it is."""
    cursor.execute(
        """INSERT INTO source (name, title, kind, url, interval_minutes, settings, origin, active)
           VALUES (?, ?, ?, ?, ?, ?, 'dashboard', true)
           ON CONFLICT (name) DO UPDATE SET active = true WHERE source.origin = 'dashboard'""",
        [
            source.name,
            source.title or source.name,
            source.kind,
            source.url,
            source.interval_minutes or 0,
            _settings(source),
        ],
    )


def remove(cursor: Cursor, name: str) -> None:
    """Stop a source that was added from the dashboard; what it brought stays."""
    cursor.execute("UPDATE source SET active = false WHERE name = ? AND origin = 'dashboard'", [name])
    cursor.execute(
        "UPDATE gap SET ended_at = greatest(started_at, now()) WHERE source = ? AND ended_at IS NULL", [name]
    )


def state(cursor: Cursor, source: str) -> SourceState:
    """A source's standing; a fresh one where it was never polled."""
    return states(cursor, [source])[source]


def states(cursor: Cursor, names: Sequence[str]) -> dict[str, SourceState]:
    """The standing of each of these sources; fresh ones where they were never polled."""
    found = rows(cursor, "SELECT * FROM source_state WHERE source = ANY($names)", {"names": list(names)})
    return {name: SourceState(name) for name in names} | {row["source"]: _state(row) for row in found}


def save_state(cursor: Cursor, *states: SourceState) -> None:
    """Keep the states that polls ended in, and open or close the gaps that follow from them. Of several states of one
    source the last holds."""
    records = [
        {
            **{name: getattr(state, name) for name in _STATE.names},
            "cursor": _json(state.cursor),
            "problem": state.problem and _json(dataclasses.asdict(state.problem)),
        }
        for state in {state.source: state for state in states}.values()
    ]
    with incoming(cursor, "incoming_state", records, _STATE):
        cursor.execute(
            f"""INSERT INTO source_state ({_STATE_COLUMNS}) SELECT {_STATE_COLUMNS} FROM incoming_state
                ON CONFLICT (source) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in _STATE.names[1:])}"""
        )
        cursor.execute(
            """UPDATE gap SET ended_at = i.last_success FROM incoming_state i
               WHERE gap.source = i.source AND i.failures = 0
                 AND gap.ended_at IS NULL AND gap.started_at < i.last_success"""
        )
        cursor.execute(
            """INSERT INTO gap
               SELECT source, coalesce(last_success, last_attempt), NULL, problem FROM incoming_state i
               WHERE failures > 0 AND problem IS NOT NULL AND last_attempt IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.source = i.source AND g.ended_at IS NULL)"""
        )


def save_last_polls(cursor: Cursor, polls: Mapping[str, LastPoll]) -> None:
    """Keep what the last poll of each of these sources took; their states are kept already."""
    records = [
        {"source": name, **dataclasses.asdict(last.traffic), "new": last.new, "edited": last.edited}
        for name, last in polls.items()
    ]
    with incoming(cursor, "incoming_poll", records, _LAST_POLL):
        cursor.execute(
            """UPDATE source_state SET requests = i.requests, bytes = i.bytes, http_status = i.status,
                      milliseconds = i.milliseconds, items_new = i.new, items_edited = i.edited
               FROM incoming_poll i WHERE i.source = source_state.source"""
        )


def open_gap(cursor: Cursor, source: str, started_at: datetime, problem: Problem) -> None:
    """Note that a source is not covered from `started_at`, unless that is noted already."""
    cursor.execute(
        "INSERT INTO gap SELECT $source, $started_at, NULL, $problem "
        "WHERE NOT EXISTS (SELECT 1 FROM gap WHERE source = $source AND ended_at IS NULL)",
        {"source": source, "started_at": started_at, "problem": _json(dataclasses.asdict(problem))},
    )


def save_extras(cursor: Cursor, polled: Polled, now: datetime) -> None:
    """Keep what a poll brought beside posts and state: gaps, how many opted out, what could be a source."""
    source, day = polled.state.source, now.astimezone(UTC).date()
    for gap in polled.gaps:
        cursor.execute(
            "INSERT INTO gap VALUES (?, ?, ?, ?)",
            [source, gap.started_at, gap.ended_at, _json(dataclasses.asdict(gap.problem))],
        )
    if polled.opted_out:
        cursor.execute(
            """INSERT INTO opted_out VALUES (?, ?, ?)
               ON CONFLICT (source, day) DO UPDATE SET posts = opted_out.posts + excluded.posts""",
            [source, day, polled.opted_out],
        )
    if polled.suggestions:
        with incoming(cursor, "incoming_suggestion", [dataclasses.asdict(s) for s in polled.suggestions], _SUGGESTION):
            cursor.execute(
                """INSERT INTO suggestion
                   SELECT i.url, i.title, $source, i.post_id, $now, '', '', NULL
                   FROM incoming_suggestion i JOIN post p ON p.post_id = i.post_id ON CONFLICT DO NOTHING""",
                {"source": source, "now": now},
            )


def book(cursor: Cursor, source: str, spent: Spent, now: datetime) -> None:
    """Add to what a source has cost on this day of UTC, or take away from it."""
    cursor.execute(
        """INSERT INTO spent VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, day) DO UPDATE
           SET requests = spent.requests + excluded.requests, posts = spent.posts + excluded.posts,
               nok = spent.nok + excluded.nok""",
        [source, now.astimezone(UTC).date(), spent.requests, spent.posts, spent.nok],
    )


def spent_today(cursor: Cursor, source: str, now: datetime) -> Spent:
    """What a source has cost on this day of UTC."""
    found = cursor.execute(
        "SELECT requests, posts, nok FROM spent WHERE source = ? AND day = ?", [source, now.astimezone(UTC).date()]
    ).fetchone()
    return Spent(*found) if found else Spent()


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
        """SELECT s.*, st.*, st.requests AS poll_requests,
                  coalesce(n.posts_24h, 0) AS posts_24h, coalesce(n.posts_total, 0) AS posts_total,
                  (SELECT min(started_at) FROM gap g WHERE g.source = s.name AND g.ended_at IS NULL) AS gap_since,
                  coalesce(sp.requests, 0) AS requests, coalesce(sp.posts, 0) AS paid_posts, coalesce(sp.nok, 0) AS nok,
                  (SELECT coalesce(sum(posts), 0) FROM opted_out o
                   WHERE o.source = s.name AND o.day >= $yesterday) AS opted_out
           FROM source s
           LEFT JOIN source_state st ON st.source = s.name
           LEFT JOIN spent sp ON sp.source = s.name AND sp.day = $today
           LEFT JOIN (SELECT source, count(*) AS posts_total,
                             count(*) FILTER (WHERE published_at > $since AND published_at <= $now) AS posts_24h
                      FROM post GROUP BY source) n ON n.source = s.name
           WHERE s.active
           ORDER BY st.problem IS NULL, lower(s.title)""",
        {
            "since": now - timedelta(hours=24),
            "now": now,
            "today": now.astimezone(UTC).date(),
            "yesterday": now.astimezone(UTC).date() - timedelta(days=1),
        },
    )
    return [_status(r, now) for r in found]


def _status(row: dict[str, Any], now: datetime) -> SourceStatus:
    state = _state(row) if row["source"] else SourceState(row["name"])
    source = _source(row)
    return SourceStatus(
        row["name"],
        row["title"],
        row["kind"],
        row["url"],
        state,
        row["posts_24h"],
        row["posts_total"],
        row["gap_since"],
        source,
        row["origin"] == "dashboard",
        Spent(row["requests"], row["paid_posts"], row["nok"]),
        silence(source, state, now) if source else None,
        row["opted_out"],
        _last_poll(row),
    )


def _last_poll(row: dict[str, Any]) -> LastPoll | None:
    if row["poll_requests"] is None:
        return None
    traffic = Traffic(row["poll_requests"], row["bytes"], row["http_status"], row["milliseconds"])
    return LastPoll(traffic, row["items_new"], row["items_edited"])


def _state(row: dict[str, Any]) -> SourceState:
    return SourceState(
        row["source"],
        json.loads(row["cursor"]),
        row["failures"],
        row["last_attempt"],
        row["last_success"],
        _problem(row["problem"]),
        row["next_due"],
        row["stopped"],
        row["last_item_at"],
        row["usual_gap_minutes"],
    )


def _settings(source: Source) -> str:
    """The settings that have no column of their own."""
    return _json({name: value for name, value in dataclasses.asdict(source).items() if name not in _OWN_COLUMNS})


def _source(row: dict[str, Any]) -> Source | None:
    """A source as it is asked; None for one that is not."""
    if row["kind"] not in get_args(SourceKind):
        return None
    settings: dict[str, Any] = json.loads(row["settings"] or "{}")
    budget, credential = settings.pop("budget", {}), settings.pop("credential", {})
    return Source(
        row["name"],
        row["url"],
        row["kind"],
        row["interval_minutes"] or None,
        row["title"],
        credential=Credential(**credential),
        budget=_budget(**budget),
        **_tuples(settings),
    )


def _budget(posts: int | None = None, nok: str | None = None, nok_per_usd: str = "11") -> Budget:
    return Budget(posts, None if nok is None else Decimal(nok), Decimal(nok_per_usd))


def _tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def _problem(text: str | None) -> Problem | None:
    return Problem(**json.loads(text)) if text else None


def _json(record: Mapping[str, Any]) -> str:
    text: str = storable(json.dumps(record, default=str, ensure_ascii=False))
    return text
