"""Posts that may contradict a fact: what the matcher found, and what people decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import pyarrow as pa

from data import facts, listening
from data.listening import PostView
from data.store import Cursor, incoming, offset, rows
from models.labels import Fact, FactMatch, Span

Decision = Literal["confirmed", "dismissed", "answered", "reopened"]
State = Literal["open", "confirmed", "dismissed", "answered"]

LOOK_BACK_DAYS = 90
"""How far back a new or changed fact is matched."""


class DecidedMeanwhile(Exception):
    """Somebody else decided on the same item after it was shown; `by` and `decision` tell who and what."""

    def __init__(self, by: str, decision: str) -> None:
        super().__init__(f"{by}: {decision}")
        self.by = by
        self.decision = decision


@dataclass(frozen=True, slots=True)
class ToMatch:
    """A post that was not yet held against the register as it stands."""

    post_id: str
    content_hash: str
    title: str
    text: str
    lang: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision, with who, when and why."""

    decision_id: int
    revision: int
    """Of the post, as it was decided on."""
    decision: Decision
    reason: str
    reply_url: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the correction queue."""

    post: PostView
    fact: Fact
    match: FactMatch
    state: State
    history: tuple[DecisionRow, ...]
    """Oldest first."""

    @property
    def last_decision(self) -> int:
        return self.history[-1].decision_id if self.history else 0


_MATCH = pa.schema(
    [
        ("post_id", pa.string()),
        ("fact_id", pa.string()),
        ("relation", pa.string()),
        ("score", pa.float64()),
        *((name, pa.int32()) for name in ("post_start", "post_end", "fact_start", "fact_end")),
        ("matcher_version", pa.string()),
        ("found_at", pa.timestamp("us", "UTC")),
        ("holds", pa.bool_()),
        ("severity", pa.float64()),
        ("deadline", pa.date32()),
    ]
)
_CHECK = pa.schema([(name, pa.string()) for name in ("post_id", "content_hash", "register_version")])

# What contradicts a fact, and what somebody has decided on, whatever the matcher says of it by now. Who dismissed a
# post has not dismissed what it says after an edit.
_STATE = """SELECT m.*, p.published_at, p.day,
       CASE WHEN d.decision IS NULL OR d.decision = 'reopened' THEN 'open'
            WHEN d.decision = 'dismissed' AND d.revision < p.revision AND m.relation = 'contradicts' THEN 'open'
            ELSE d.decision END AS state
FROM fact_match m
JOIN post p ON p.post_id = m.post_id
JOIN fact f ON f.fact_id = m.fact_id
LEFT JOIN (SELECT post_id, fact_id, arg_max(decision, decision_id) AS decision,
                  arg_max(revision, decision_id) AS revision
           FROM correction_decision GROUP BY post_id, fact_id) d ON d.post_id = m.post_id AND d.fact_id = m.fact_id
WHERE m.relation = 'contradicts' OR d.decision IS NOT NULL"""


def waiting(cursor: Cursor, register_version: str, since: date, limit: int) -> list[ToMatch]:
    """Posts since a day that were not yet matched against this register, newest first."""
    return [
        ToMatch(**r)
        for r in rows(
            cursor,
            """SELECT p.post_id, p.content_hash, p.title, p.text, coalesce(l.lang, '') AS lang, p.published_at
               FROM post p LEFT JOIN label l ON l.post_id = p.post_id
               LEFT JOIN fact_check c ON c.post_id = p.post_id
               WHERE p.day >= $since AND p.state <> 'gone' AND (c.post_id IS NULL OR c.content_hash <> p.content_hash
                    OR c.register_version <> $register_version)
               ORDER BY p.published_at DESC LIMIT $limit""",
            {"since": since, "register_version": register_version, "limit": limit},
        )
    ]


def save(
    cursor: Cursor,
    posts: Sequence[ToMatch],
    found: Mapping[str, Sequence[FactMatch]],
    register_version: str,
    now: datetime,
) -> None:
    """Keep what the matcher found for these posts (by post id), in place of what it found earlier. Matches that
    somebody has decided on stay; a post that went away meanwhile gets none."""
    matches = [
        {
            "post_id": post_id,
            "fact_id": m.fact_id,
            "relation": m.relation,
            "score": m.score,
            "post_start": m.in_post.start if m.in_post else None,
            "post_end": m.in_post.end if m.in_post else None,
            "fact_start": m.in_fact.start if m.in_fact else None,
            "fact_end": m.in_fact.end if m.in_fact else None,
            "matcher_version": m.matcher_version,
            "found_at": now,
            "holds": m.holds,
            "severity": m.severity,
            "deadline": date.fromisoformat(m.deadline) if m.deadline else None,
        }
        for post_id, several in found.items()
        for m in several
    ]
    checks = [
        {"post_id": p.post_id, "content_hash": p.content_hash, "register_version": register_version} for p in posts
    ]
    with incoming(cursor, "incoming_match", matches, _MATCH), incoming(cursor, "incoming_check", checks, _CHECK):
        cursor.execute(
            """DELETE FROM fact_match m WHERE m.post_id IN (SELECT post_id FROM incoming_check)
               AND (m.post_id, m.fact_id) NOT IN (SELECT (post_id, fact_id) FROM incoming_match)
               AND NOT EXISTS (SELECT 1 FROM correction_decision d
                               WHERE d.post_id = m.post_id AND d.fact_id = m.fact_id)"""
        )
        still = "NOT EXISTS (SELECT 1 FROM post p WHERE p.post_id = i.post_id AND p.state = 'gone')"
        cursor.execute(f"INSERT OR REPLACE INTO fact_match SELECT * FROM incoming_match i WHERE {still}")
        cursor.execute(f"INSERT OR REPLACE INTO fact_check SELECT * FROM incoming_check i WHERE {still}")


def counts(cursor: Cursor) -> dict[State, int]:
    """How many items stand in each state."""
    found = cursor.execute(f"SELECT state, count(*) FROM ({_STATE}) GROUP BY state").fetchall()
    numbers: dict[State, int] = {"open": 0, "confirmed": 0, "dismissed": 0, "answered": 0}
    numbers.update(dict(found))
    return numbers


def queue(
    cursor: Cursor,
    state: State | None,
    number: int = 1,
    size: int = 25,
    fact_id: str = "",
    start: date | None = None,
    end: date | None = None,
) -> list[Item]:
    """A page of the queue: the surest first, then the newest. Optionally of one fact, or of posts in some days."""
    found = rows(
        cursor,
        f"""SELECT * FROM ({_STATE})
            WHERE ($state IS NULL OR state = $state) AND ($fact_id = '' OR fact_id = $fact_id)
              AND ($start IS NULL OR day >= $start) AND ($end IS NULL OR day <= $end)
            ORDER BY score DESC, published_at DESC, post_id, fact_id LIMIT $size OFFSET $offset""",
        {
            "state": state,
            "fact_id": fact_id,
            "start": start,
            "end": end,
            "size": size,
            "offset": offset(number, size),
        },
    )
    by_id = {f.id: f for f in facts.register(cursor)}
    posts = listening.posts(cursor, [r["post_id"] for r in found])
    history: dict[tuple[str, str], list[DecisionRow]] = {}
    for d in rows(
        cursor,
        """SELECT decision_id, post_id, fact_id, revision, decision, reason, reply_url, decided_by, decided_at
           FROM correction_decision WHERE post_id = ANY($ids) ORDER BY decision_id""",
        {"ids": list(posts)},
    ):
        history.setdefault((d.pop("post_id"), d.pop("fact_id")), []).append(DecisionRow(**d))
    return [
        Item(
            posts[r["post_id"]],
            by_id[r["fact_id"]],
            FactMatch(
                r["fact_id"],
                r["relation"],
                r["score"],
                _span(r["post_start"], r["post_end"]),
                _span(r["fact_start"], r["fact_end"]),
                r["matcher_version"],
                r["holds"],
                r["severity"],
                r["deadline"] and r["deadline"].isoformat(),
            ),
            r["state"],
            tuple(history.get((r["post_id"], r["fact_id"]), ())),
        )
        for r in found
    ]


def decide(
    cursor: Cursor,
    post_id: str,
    fact_id: str,
    decision: Decision,
    by: str,
    now: datetime,
    seen: int,
    reason: str = "",
    reply_url: str = "",
) -> None:
    """Add a decision. `seen` is the newest decision that was on the screen (0 for none): raises DecidedMeanwhile when
    there is a newer one, so that nobody overwrites what they have not read."""
    latest = cursor.execute(
        "SELECT decision_id, decided_by, decision FROM correction_decision "
        "WHERE post_id = ? AND fact_id = ? ORDER BY decision_id DESC LIMIT 1",
        [post_id, fact_id],
    ).fetchone()
    if latest and latest[0] > seen:
        raise DecidedMeanwhile(latest[1], latest[2])
    cursor.execute(
        """INSERT INTO correction_decision (decision_id, post_id, fact_id, revision, decision, reason, reply_url,
               decided_by, decided_at)
           SELECT nextval('decision_number'), post_id, $fact_id, revision, $decision, $reason, $reply_url, $by, $now
           FROM post WHERE post_id = $post_id""",
        {
            "post_id": post_id,
            "fact_id": fact_id,
            "decision": decision,
            "reason": reason,
            "reply_url": reply_url,
            "by": by,
            "now": now,
        },
    )


def _span(start: int | None, end: int | None) -> Span | None:
    return Span(start, end) if start is not None and end is not None else None
