"""Archive decisions: added, never changed; each keeps the post's text as it was decided on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from data import listening
from data.listening import PostView
from data.store import Cursor, rows
from models.archiving import Assessment, Outcome, outcome

Show = Literal["suggested", "decided"]

# Where the labels alone suggest that an archivist should look: what starts a case, threats, the body's own words.
_SUGGESTED = """(l.intent IN ('access_request', 'complaint') OR (l.actor = 'public_body' AND l.intent = 'claim')
                 OR l.conflict = 3)"""


@dataclass(frozen=True, slots=True)
class ArchiveDecision:
    """One decision, with the answers, who, when and why."""

    decision_id: int
    post_id: str
    revision: int
    title: str
    text: str
    assessment: Assessment
    outcome: Outcome
    reason: str
    decided_by: str
    decided_at: datetime


def decide(cursor: Cursor, post_id: str, assessment: Assessment, reason: str, by: str, now: datetime) -> Outcome:
    """Keep a decision on a post as it reads now; returns what it came to. Raises LookupError for an unknown post."""
    result = outcome(assessment)
    written = cursor.execute(
        """INSERT INTO archive_decision
           SELECT nextval('decision_number'), post_id, revision, title, text, $direction, $case, $documentation,
                  $posterity, $outcome, $reason, $by, $now
           FROM post WHERE post_id = $post_id""",
        {
            "post_id": post_id,
            "direction": assessment.direction,
            "case": assessment.case_processing,
            "documentation": assessment.documentation,
            "posterity": assessment.posterity,
            "outcome": result,
            "reason": reason,
            "by": by,
            "now": now,
        },
    ).fetchone()
    if not written or not written[0]:
        raise LookupError(post_id)
    return result


def decisions(cursor: Cursor, post_id: str) -> list[ArchiveDecision]:
    """All decisions on a post, oldest first; the last one holds."""
    return _decisions(cursor, "WHERE post_id = $id ORDER BY decision_id", {"id": post_id})


def decided_on(cursor: Cursor, day: date) -> list[ArchiveDecision]:
    """The decisions of a Norwegian day."""
    return _decisions(
        cursor, "WHERE (decided_at AT TIME ZONE 'Europe/Oslo')::DATE = $day ORDER BY decision_id", {"day": day}
    )


def posts(cursor: Cursor, show: Show, number: int = 1, size: int = 25, day: date | None = None) -> list[PostView]:
    """A page of posts that an archivist should look at and nobody has decided on, or of those decided on. Newest
    first; optionally those published on one day."""
    decided = "p.post_id IN (SELECT post_id FROM archive_decision)"
    condition = decided if show == "decided" else f"{_SUGGESTED} AND NOT {decided}"
    found = cursor.execute(
        f"""SELECT p.post_id FROM post p LEFT JOIN label l ON l.post_id = p.post_id
            WHERE {condition} AND ($day IS NULL OR p.day = $day)
            ORDER BY p.published_at DESC, p.post_id LIMIT $size OFFSET $offset""",
        {"day": day, "size": size, "offset": (number - 1) * size},
    ).fetchall()
    ids = [row[0] for row in found]
    by_id = listening.posts(cursor, ids)
    return [by_id[post_id] for post_id in ids]


def counts(cursor: Cursor) -> dict[Show, int]:
    """How many posts wait for an archivist, and how many are decided."""
    row = cursor.execute(
        f"""SELECT count(*) FILTER (WHERE {_SUGGESTED}
                       AND p.post_id NOT IN (SELECT post_id FROM archive_decision)),
                   (SELECT count(DISTINCT post_id) FROM archive_decision)
            FROM post p JOIN label l ON l.post_id = p.post_id"""
    ).fetchone()
    return {"suggested": row[0], "decided": row[1]} if row else {"suggested": 0, "decided": 0}


def _decisions(cursor: Cursor, condition: str, parameters: dict[str, object]) -> list[ArchiveDecision]:
    return [
        ArchiveDecision(
            r["decision_id"],
            r["post_id"],
            r["revision"],
            r["title"],
            r["text"],
            Assessment(r["direction"], r["case_processing"], r["documentation"], r["posterity"]),
            r["outcome"],
            r["reason"],
            r["decided_by"],
            r["decided_at"],
        )
        for r in rows(cursor, f"SELECT * FROM archive_decision {condition}", parameters)
    ]
