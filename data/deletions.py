"""Posts that are gone where they stood: asked for at times, wiped down to what is counted, or kept for the archive.

A post whose platform has it no more becomes a tombstone: its text, its author and all that was read with it go; that it
was there, when, and what it was labelled, stay. Where the archive keeps it, the text stays too, and an archivist
decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from collectors.post import HeldPost, LookedUp, Polled
from data import archive, listening
from data.archive import HOLDING, ArchiveDecision
from data.corrections import DecidedMeanwhile
from data.listening import PostView
from data.store import Cursor, offset, rows

Decision = Literal["keep", "erase"]

SWEEPS: Final = (timedelta(hours=24), timedelta(days=7), timedelta(days=30))
"""How long after a post was first seen its platform is asked whether it still stands."""
ASKED_AGAIN: Final = timedelta(days=1)
"""For so long a post is asked for again of which the platform says nothing, though it answers."""

_MISSING: Final = "missing_since IS NOT NULL AND state = 'live'"


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of asking: posts that became tombstones, that the archive keeps, and that are live again."""

    gone: int = 0
    held: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class DeletionDecision:
    """What an archivist decided, with who, when and why."""

    decision_id: int
    decision: Decision
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """A post that is gone where it stood, and that the archive keeps."""

    post: PostView
    since: datetime
    evidence: str
    """How we know that it is gone: `http_404`, `absent` or the like."""
    archived: ArchiveDecision
    """The last decision to archive it."""
    history: tuple[DeletionDecision, ...]
    """What was decided since it went, oldest first; empty while it waits."""

    @property
    def last_decision(self) -> int:
        return self.history[-1].decision_id if self.history else 0


def note_vanished(cursor: Cursor, polls: Sequence[Polled], now: datetime) -> None:
    """Mark what feeds list no more as missing, and what they brought as standing. Only a person knows that it is gone:
    feeds can not be asked."""
    brought = [post.post_id for polled in polls for post in polled.posts]
    cursor.execute(
        "UPDATE post SET missing_since = NULL WHERE missing_since IS NOT NULL AND post_id = ANY($ids)",
        {"ids": brought},
    )
    for polled in polls:
        if polled.vanished:
            cursor.execute(
                """UPDATE post SET missing_since = $now WHERE post_id = ANY($ids) AND source = $source
                   AND state = 'live' AND missing_since IS NULL""",
                {"now": now, "ids": list(polled.vanished), "source": polled.state.source},
            )


def missing(cursor: Cursor, limit: int) -> list[PostView]:
    """The posts that their feeds list no more, those missing longest first and no more than `limit`."""
    found = cursor.execute(
        f"SELECT post_id FROM post WHERE {_MISSING} ORDER BY missing_since, post_id LIMIT ?", [limit]
    ).fetchall()
    return list(listening.posts(cursor, [post_id for (post_id,) in found]).values())


def missing_count(cursor: Cursor) -> int:
    """How many posts their feeds list no more."""
    row = cursor.execute(f"SELECT count(*) FROM post WHERE {_MISSING}").fetchone()
    return int(row[0]) if row else 0


def answer_missing(cursor: Cursor, post_id: str, gone: bool, by: str, now: datetime) -> None:
    """Keep what somebody found who looked where a missing post stood: it is gone, and is treated like any other that
    is, or it still stands. Raises LookupError where the post is not missing (any more)."""
    found = cursor.execute(
        f"SELECT post_id, native_id, server_id, conversation_id FROM post WHERE post_id = ? AND {_MISSING}",
        [post_id],
    ).fetchone()
    if not found:
        raise LookupError(post_id)
    cursor.execute("INSERT INTO missing_answer VALUES (?, ?, ?, ?)", [post_id, gone, by, now])
    cursor.execute("UPDATE post SET missing_since = NULL WHERE post_id = ?", [post_id])
    if gone:
        save(cursor, [HeldPost(*found)], LookedUp({post_id: "seen_gone"}), now)


def due(cursor: Cursor, source: str, now: datetime, limit: int) -> tuple[HeldPost, ...]:
    """Posts of a source that are to be asked for now, those that have waited longest first."""
    found = cursor.execute(
        f"""SELECT post_id, native_id, server_id, conversation_id FROM post
            WHERE source = $source AND state <> 'gone' AND sweeps < {len(SWEEPS)}
              AND first_seen_at + (CASE sweeps {_after()} END) <= $now
            ORDER BY first_seen_at + (CASE sweeps {_after()} END), post_id LIMIT $limit""",
        {"source": source, "now": now, "limit": limit},
    ).fetchall()
    return tuple(HeldPost(*row) for row in found)


def standing(cursor: Cursor, post_ids: Collection[str]) -> dict[str, tuple[HeldPost, ...]]:
    """Those of these posts that are not gone, by their source."""
    by_source: dict[str, list[HeldPost]] = {}
    for source, *post in cursor.execute(
        """SELECT source, post_id, native_id, server_id, conversation_id FROM post
           WHERE state <> 'gone' AND post_id = ANY($ids) ORDER BY post_id""",
        {"ids": list(post_ids)},
    ).fetchall():
        by_source.setdefault(source, []).append(HeldPost(*post))
    return {source: tuple(posts) for source, posts in by_source.items()}


def out_of_reach(cursor: Cursor, post_ids: Collection[str], names: Collection[str]) -> int:
    """How many of these posts are of a platform that could be asked, but came by a file, by hand or by a source that
    is not among `names` (any more)."""
    found = cursor.execute(
        """SELECT count(*) FROM post WHERE state <> 'gone' AND post_id = ANY($ids) AND source <> ALL($names)
           AND platform IN ('mastodon', 'bluesky', 'x', 'youtube')""",
        {"ids": list(post_ids), "names": list(names)},
    ).fetchone()
    return int(found[0]) if found else 0


def save(cursor: Cursor, asked: Sequence[HeldPost], looked: LookedUp, now: datetime) -> Changed:
    """Keep what asking for posts came to. Only what is told to be gone is; what was not answered stays as it is, and
    is asked for again."""
    ids = {post.post_id for post in asked}
    found = {post.post_id for post in looked.posts} & ids
    gone = {post_id: how for post_id, how in looked.gone.items() if post_id in ids - found}
    live = {
        post_id
        for (post_id,) in cursor.execute(
            "SELECT post_id FROM post WHERE state = 'live' AND post_id = ANY($ids)", {"ids": list(gone)}
        ).fetchall()
    }
    kept = {
        post_id
        for (post_id,) in cursor.execute(
            f"SELECT post_id FROM ({HOLDING}) WHERE post_id = ANY($ids)", {"ids": list(live)}
        ).fetchall()
    }
    for post_id in kept:
        cursor.execute(
            "UPDATE post SET state = 'held', state_at = ?, state_evidence = ? WHERE post_id = ?",
            [now, gone[post_id], post_id],
        )
    _wipe(cursor, {post_id: gone[post_id] for post_id in live - kept}, now)
    back = cursor.execute(
        """UPDATE post SET state = 'live', state_at = $now, state_evidence = ''
           WHERE state = 'held' AND post_id = ANY($found)""",
        {"now": now, "found": list(found)},
    ).fetchone()
    cursor.execute(
        f"""UPDATE post SET sweeps = (CASE {_passed()} ELSE sweeps END)
            WHERE post_id = ANY($answered) OR (post_id = ANY($silent) AND $long_ago >= first_seen_at + (
                CASE sweeps {_after()} END))""",
        {
            "now": now,
            "answered": list(found | gone.keys()),
            "silent": [] if looked.problem else list(ids - found - gone.keys()),
            "long_ago": now - ASKED_AGAIN,
        },
    )
    return Changed(len(live - kept), len(kept), back[0] if back else 0)


def decide(cursor: Cursor, post_id: str, decision: Decision, reason: str, by: str, now: datetime, seen: int) -> None:
    """Add a decision on a post that the archive keeps though it is gone; to erase it leaves a tombstone, of the texts
    in its archive decisions too. `seen` is the newest decision that was on the screen (0 for none).

    Raises LookupError where the post is not such a one (any more), DecidedMeanwhile where there is a newer decision.
    """
    found = rows(cursor, "SELECT state_at, state_evidence FROM post WHERE post_id = ? AND state = 'held'", [post_id])
    if not found:
        raise LookupError(post_id)
    earlier = _decisions(cursor, [post_id]).get(post_id, ())
    if earlier and earlier[-1].decision_id > seen:
        raise DecidedMeanwhile(earlier[-1].decided_by, earlier[-1].decision)
    cursor.execute(
        "INSERT INTO deletion_decision VALUES (nextval('decision_number'), ?, ?, ?, ?, ?)",
        [post_id, decision, reason, by, now],
    )
    if decision == "erase":
        _wipe(cursor, {post_id: found[0]["state_evidence"]}, found[0]["state_at"])


def conflicts(cursor: Cursor, number: int = 1, size: int = 25) -> list[Conflict]:
    """A page of the posts that are gone where they stood and that the archive keeps: those that nobody has decided on
    first, then the latest."""
    found = rows(
        cursor,
        """SELECT p.post_id, p.state_at, p.state_evidence FROM post p
           LEFT JOIN (SELECT post_id, max(decided_at) AS decided_at FROM deletion_decision GROUP BY post_id) d
             ON d.post_id = p.post_id AND d.decided_at >= p.state_at
           WHERE p.state = 'held'
           ORDER BY d.decided_at IS NOT NULL, p.state_at DESC, p.post_id LIMIT $size OFFSET $offset""",
        {"size": size, "offset": offset(number, size)},
    )
    views = listening.posts(cursor, [r["post_id"] for r in found])
    archived, history = archive.last_decisions(cursor, list(views)), _decisions(cursor, list(views))
    return [
        Conflict(
            views[r["post_id"]],
            r["state_at"],
            r["state_evidence"],
            archived[r["post_id"]],
            history.get(r["post_id"], ()),
        )
        for r in found
    ]


def counts(cursor: Cursor) -> tuple[int, int]:
    """How many posts the archive keeps though they are gone where they stood, and how many of them wait for an
    archivist."""
    row = cursor.execute(
        """SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
               SELECT 1 FROM deletion_decision d WHERE d.post_id = p.post_id AND d.decided_at >= p.state_at))
           FROM post p WHERE p.state = 'held'"""
    ).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _decisions(cursor: Cursor, post_ids: Sequence[str]) -> dict[str, tuple[DeletionDecision, ...]]:
    """What was decided since each of these posts went, oldest first."""
    found: dict[str, tuple[DeletionDecision, ...]] = {}
    for row in rows(
        cursor,
        """SELECT d.* FROM deletion_decision d JOIN post p ON p.post_id = d.post_id
           WHERE d.post_id = ANY($ids) AND d.decided_at >= p.state_at ORDER BY d.decision_id""",
        {"ids": list(post_ids)},
    ):
        post_id = row.pop("post_id")
        found[post_id] = (*found.get(post_id, ()), DeletionDecision(**row))
    return found


def _wipe(cursor: Cursor, evidence: Mapping[str, str], now: datetime) -> None:
    """Make tombstones of these posts (post_id: how we know): what is left is what is counted."""
    if not evidence:
        return
    ids = {"ids": list(evidence)}
    _remove_raw_answers(cursor, ids)
    authors = cursor.execute(
        "SELECT DISTINCT author_id FROM post WHERE post_id = ANY($ids) AND author_id IS NOT NULL", ids
    ).fetchall()
    # The platform's ids and most addresses name the author, and the hashes of a text can be held against a guess.
    cursor.execute(
        """UPDATE post SET title = '', text = '', folded = '', author_id = NULL, url = '', native_id = '',
                  server_id = '', conversation_id = '', published_raw = '', hashtags = [], mentions = [], links = [],
                  content_hash = '', raw_sha256 = '', story_id = post_id, state = 'gone', state_at = $now
           WHERE post_id = ANY($ids)""",
        {**ids, "now": now},
    )
    for post_id, how in evidence.items():
        cursor.execute("UPDATE post SET state_evidence = ? WHERE post_id = ?", [how, post_id])
    cursor.execute(
        """DELETE FROM author a WHERE author_id = ANY($authors)
           AND NOT EXISTS (SELECT 1 FROM post p WHERE p.author_id = a.author_id)""",
        {"authors": [author_id for (author_id,) in authors]},
    )
    cursor.execute("DELETE FROM post_version WHERE post_id = ANY($ids)", ids)
    cursor.execute("UPDATE post_match SET terms = [] WHERE post_id = ANY($ids)", ids)
    cursor.execute("UPDATE label SET content_hash = '' WHERE post_id = ANY($ids)", ids)
    cursor.execute("DELETE FROM fact_check WHERE post_id = ANY($ids)", ids)
    # What nobody has decided on by itself leaves the queue; a decision keeps its item, without what it pointed at.
    cursor.execute(
        """DELETE FROM fact_match m WHERE post_id = ANY($ids) AND coalesce((
               SELECT arg_max(decision IN ('reopened', 'merged', 'split')
                              OR (decision = 'dismissed' AND d.revision < p.revision), decision_id)
               FROM correction_decision d JOIN post p ON p.post_id = d.post_id
               WHERE d.post_id = m.post_id AND d.fact_id = m.fact_id), true)""",
        ids,
    )
    cursor.execute(
        """UPDATE fact_match SET post_start = NULL, post_end = NULL, fact_start = NULL, fact_end = NULL
           WHERE post_id = ANY($ids)""",
        ids,
    )
    cursor.execute("UPDATE archive_decision SET title = '', text = '' WHERE post_id = ANY($ids)", ids)


def _remove_raw_answers(cursor: Cursor, ids: Mapping[str, list[str]]) -> None:
    """Remove all that their sources answered since these posts were first seen: the posts may stand in any of it, as
    they were or as they were edited. Other posts lose their raw answers too: they have their own text. Only what an
    archived post was read from stays."""
    cursor.execute(
        f"""DELETE FROM raw_answer r
            WHERE (r.sha256 IN (SELECT raw_sha256 FROM post WHERE post_id = ANY($ids))
                   OR EXISTS (SELECT 1 FROM post e WHERE e.post_id = ANY($ids)
                              AND e.source = r.source AND r.fetched_at >= e.first_seen_at - INTERVAL 1 HOUR))
              AND NOT EXISTS (SELECT 1 FROM post k JOIN ({HOLDING}) h ON h.post_id = k.post_id
                              WHERE k.raw_sha256 = r.sha256 AND k.post_id <> ALL($ids))""",
        ids,
    )


def _after() -> str:
    return " ".join(f"WHEN {n} THEN {_seconds(wait)}" for n, wait in enumerate(SWEEPS))


def _passed() -> str:
    """How many times of the plan have passed: what was missed meanwhile is not made up for."""
    return " ".join(
        f"WHEN first_seen_at + {_seconds(wait)} <= $now THEN greatest(sweeps, {n})"
        for n, wait in reversed(list(enumerate(SWEEPS, 1)))
    )


def _seconds(wait: timedelta) -> str:
    return f"INTERVAL {int(wait.total_seconds())} SECOND"
