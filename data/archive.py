"""Archive decisions: added, never changed; each keeps the post's text as it was decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from data import listening
from data.listening import PostView
from data.store import Cursor, offset, rows
from models.archiving import Assessment, Outcome, outcome

Show = Literal["suggested", "decided"]

# Where the labels alone suggest that an archivist should look: what starts a case, threats, the body's own words.
_SUGGESTED = """(l.intent IN ('access_request', 'complaint') OR (l.actor = 'public_body' AND l.intent = 'claim')
                 OR l.conflict = 3)"""
HOLDING = """SELECT post_id FROM archive_decision GROUP BY post_id
             HAVING arg_max(outcome, decision_id) IN ('register', 'archive', 'preserve')"""
"""The posts that the archive keeps, by the last decision on each."""

# A decision that left a question open is not yet one: the post still waits for an archivist. Of what is gone where it
# stood there is nothing left to decide on.
_POSTS = f"""SELECT p.post_id, p.published_at, p.day,
       CASE WHEN d.outcome <> 'not_assessed' THEN 'decided'
            WHEN p.state <> 'gone' AND (d.outcome = 'not_assessed' OR {_SUGGESTED}) THEN 'suggested' END AS standing
FROM post p
LEFT JOIN label l ON l.post_id = p.post_id
LEFT JOIN (SELECT post_id, arg_max(outcome, decision_id) AS outcome
           FROM archive_decision GROUP BY post_id) d ON d.post_id = p.post_id"""


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
    """Keep a decision on a post as it reads now; returns what it came to. Raises LookupError for an unknown post,
    and for one of which nothing is left."""
    result = outcome(assessment)
    written = cursor.execute(
        """INSERT INTO archive_decision
           SELECT nextval('decision_number'), post_id, revision, title, text, $direction, $case, $documentation,
                  $posterity, $outcome, $reason, $by, $now
           FROM post WHERE post_id = $post_id AND state <> 'gone'""",
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


def last_decisions(cursor: Cursor, post_ids: Sequence[str]) -> dict[str, ArchiveDecision]:
    """The decision that holds on each of these posts, where there is one."""
    found = _decisions(cursor, "WHERE post_id = ANY($ids) ORDER BY decision_id", {"ids": list(post_ids)})
    return {decision.post_id: decision for decision in found}


def decided_on(cursor: Cursor, day: date) -> list[ArchiveDecision]:
    """The decisions of a Norwegian day."""
    return _decisions(
        cursor, "WHERE (decided_at AT TIME ZONE 'Europe/Oslo')::DATE = $day ORDER BY decision_id", {"day": day}
    )


def posts(cursor: Cursor, show: Show, number: int = 1, size: int = 25, day: date | None = None) -> list[PostView]:
    """A page of posts that an archivist should look at and nobody has decided on, or of those decided on. Newest
    first; optionally those published on one day."""
    found = cursor.execute(
        f"""SELECT post_id FROM ({_POSTS}) WHERE standing = $show AND ($day IS NULL OR day = $day)
            ORDER BY published_at DESC, post_id LIMIT $size OFFSET $offset""",
        {"show": show, "day": day, "size": size, "offset": offset(number, size)},
    ).fetchall()
    return list(listening.posts(cursor, [row[0] for row in found]).values())


def counts(cursor: Cursor) -> dict[Show, int]:
    """How many posts wait for an archivist, and how many are decided."""
    found = cursor.execute(f"SELECT standing, count(*) FROM ({_POSTS}) GROUP BY standing").fetchall()
    numbers = dict(found)
    return {"suggested": numbers.get("suggested", 0), "decided": numbers.get("decided", 0)}


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
