"""What the matcher has held against the register, and what it found: which posts wait for it, and how each stands to
a fact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import pyarrow as pa

from data.store import Cursor, incoming, rows
from models.labels import FactMatch

LOOK_BACK_DAYS: Final = 90
"""How far back a new or changed fact is matched."""


@dataclass(frozen=True, slots=True)
class ToMatch:
    """A post that was not yet held against the register as it stands."""

    post_id: str
    content_hash: str
    title: str
    text: str
    lang: str
    published_at: datetime
    readings: dict[str, list[float]] = field(default_factory=dict)
    """What this version of the matcher made of this text earlier, by what it was read beside."""


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
_CHECK = pa.schema(
    [
        *((name, pa.string()) for name in ("post_id", "content_hash", "register_version")),
        ("readings", pa.map_(pa.string(), pa.list_(pa.float32()))),
    ]
)


def waiting(cursor: Cursor, register_version: str, since: date, limit: int) -> list[ToMatch]:
    """Posts since a day that were not yet matched against this register, newest first. `register_version` begins with
    the matcher's version and a colon."""
    return [
        ToMatch(**r)
        for r in rows(
            cursor,
            """SELECT p.post_id, p.content_hash, p.title, p.text, coalesce(l.lang, '') AS lang, p.published_at,
                      coalesce(CASE WHEN c.content_hash = p.content_hash
                                    AND split_part(c.register_version, ':', 1) = split_part($register_version, ':', 1)
                                    THEN c.readings END, MAP {}) AS readings
               FROM post p LEFT JOIN label l ON l.post_id = p.post_id
               LEFT JOIN fact_check c ON c.post_id = p.post_id
               WHERE p.day >= $since AND p.state <> 'gone' AND (c.post_id IS NULL OR c.content_hash <> p.content_hash
                    OR c.register_version <> $register_version)
               ORDER BY p.published_at DESC LIMIT $limit""",
            {"since": since, "register_version": register_version, "limit": limit},
        )
    ]


def checked_with(cursor: Cursor, register_version: str, since: date) -> list[tuple[str, str, str, str, datetime]]:
    """Id, title, text, language and time of publication of posts since a day that were matched with this version of the
    register, as they are now."""
    return cursor.execute(
        """SELECT p.post_id, p.title, p.text, coalesce(l.lang, ''), p.published_at
           FROM post p JOIN fact_check c ON c.post_id = p.post_id AND c.content_hash = p.content_hash
           LEFT JOIN label l ON l.post_id = p.post_id
           WHERE p.day >= $since AND p.state <> 'gone' AND c.register_version = $register_version""",
        {"since": since, "register_version": register_version},
    ).fetchall()


def carry_over(cursor: Cursor, old: str, new: str, but: Sequence[str]) -> None:
    """Let what was matched with one version of the register count as matched with another, but for some posts."""
    cursor.execute(
        """UPDATE fact_check SET register_version = $new
           WHERE register_version = $old AND post_id NOT IN (SELECT unnest($but::TEXT[]))""",
        {"old": old, "new": new, "but": list(but)},
    )


def matched_to(cursor: Cursor, fact_ids: Collection[str]) -> frozenset[str]:
    """The posts that were found to stand to one of these facts."""
    found = cursor.execute(
        "SELECT DISTINCT post_id FROM fact_match WHERE fact_id = ANY($ids)", {"ids": list(fact_ids)}
    ).fetchall()
    return frozenset(post_id for (post_id,) in found)


def latest_check(cursor: Cursor) -> str:
    """The version of the register that most posts were matched with; empty where none was."""
    row = cursor.execute(
        "SELECT register_version FROM fact_check GROUP BY register_version ORDER BY count(*) DESC LIMIT 1"
    ).fetchone()
    return str(row[0]) if row else ""


def lessons(cursor: Cursor, limit: int) -> list[tuple[str, str, bool]]:
    """What people decided about matches: the fact, what the post says and whether it contradicts the fact, the latest
    last. Who leaves a post alone for another reason than what it says has not said that it is no contradiction."""
    found = cursor.execute(
        """SELECT d.fact_id, p.title || chr(10) || p.text, d.decision <> 'dismissed'
           FROM correction_decision d JOIN post p ON p.post_id = d.post_id
           WHERE p.state <> 'gone' AND (d.decision IN ('assigned', 'confirmed', 'drafted', 'approved', 'answered')
                OR (d.decision = 'dismissed' AND regexp_matches(d.reason, '^(wrong_match|opinion|satire)')))
           QUALIFY row_number() OVER (PARTITION BY d.post_id, d.fact_id ORDER BY d.decision_id DESC) = 1
           ORDER BY d.decision_id DESC LIMIT $limit""",
        {"limit": limit},
    ).fetchall()
    return [(fact_id, text.strip(), bool(contradicts)) for fact_id, text, contradicts in reversed(found)]


def save(
    cursor: Cursor,
    posts: Sequence[ToMatch],
    found: Mapping[str, Sequence[FactMatch]],
    register_version: str,
    now: datetime,
) -> None:
    """Keep what the matcher found for these posts (by post id), and read of them, in place of earlier. Matches that
    somebody has decided on stay, as unrelated where they are found no more; a post that went away meanwhile gets
    none."""
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
        {
            "post_id": p.post_id,
            "content_hash": p.content_hash,
            "register_version": register_version,
            "readings": list(p.readings.items()),
        }
        for p in posts
    ]
    with incoming(cursor, "incoming_match", matches, _MATCH), incoming(cursor, "incoming_check", checks, _CHECK):
        cursor.execute(
            """DELETE FROM fact_match m WHERE m.post_id IN (SELECT post_id FROM incoming_check)
               AND (m.post_id, m.fact_id) NOT IN (SELECT (post_id, fact_id) FROM incoming_match)
               AND NOT EXISTS (SELECT 1 FROM correction_decision d
                               WHERE d.post_id = m.post_id AND d.fact_id = m.fact_id)"""
        )
        cursor.execute(
            """UPDATE fact_match SET relation = 'unrelated', post_start = NULL, post_end = NULL, fact_start = NULL,
                      fact_end = NULL
               WHERE post_id IN (SELECT post_id FROM incoming_check)
                 AND (post_id, fact_id) NOT IN (SELECT (post_id, fact_id) FROM incoming_match)"""
        )
        still = "NOT EXISTS (SELECT 1 FROM post p WHERE p.post_id = i.post_id AND p.state = 'gone')"
        # Who is answered within so many hours is counted from when a claim was first found, whatever changes since.
        cursor.execute(
            f"""INSERT OR REPLACE INTO fact_match SELECT i.* REPLACE (coalesce((
                    SELECT m.found_at FROM fact_match m WHERE m.post_id = i.post_id AND m.fact_id = i.fact_id
                      AND m.relation = i.relation), i.found_at) AS found_at)
                FROM incoming_match i WHERE {still}"""
        )
        cursor.execute(f"INSERT OR REPLACE INTO fact_check SELECT * FROM incoming_check i WHERE {still}")
