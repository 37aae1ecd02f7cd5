"""Conversations that are read again: at once after a hit, and some times later, when answers have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from collectors.post import HeldPost
from data.store import Cursor

READS: Final = (timedelta(0), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
"""How long after a post was first seen its conversation is read."""


def due(cursor: Cursor, source: str, now: datetime, limit: int) -> tuple[HeldPost, ...]:
    """Posts of a source whose conversations are to be read now, one a conversation, the newest first."""
    later = " ".join(f"WHEN {read} THEN INTERVAL {int(wait.total_seconds())} SECOND" for read, wait in enumerate(READS))
    found = cursor.execute(
        f"""SELECT post_id, native_id, server_id, conversation_id FROM post
            WHERE source = $source AND state = 'live' AND thread_reads < {len(READS)}
              AND first_seen_at + (CASE thread_reads {later} END) <= $now
            QUALIFY row_number() OVER (
                PARTITION BY coalesce(nullif(conversation_id, ''), post_id) ORDER BY published_at) = 1
            ORDER BY first_seen_at DESC, post_id LIMIT $limit""",
        {"source": source, "now": now, "limit": limit},
    ).fetchall()
    return tuple(HeldPost(*row) for row in found)


def save_read(cursor: Cursor, post_ids: Sequence[str]) -> None:
    """Note that the conversations of these posts were read."""
    if post_ids:
        cursor.execute(
            """UPDATE post SET thread_reads = thread_reads + 1 WHERE post_id = ANY($ids) OR (conversation_id <> ''
               AND conversation_id IN (SELECT conversation_id FROM post WHERE post_id = ANY($ids)))""",
            {"ids": list(post_ids)},
        )
