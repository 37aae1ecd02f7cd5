"""Stories: the same text, wherever it stands. Tombstones are stories of their own."""

from __future__ import annotations

from data import listening
from data.listening import PostView
from data.store import Cursor


def copies(cursor: Cursor, story_id: str, limit: int = 50) -> list[PostView]:
    """The posts of a story, oldest first."""
    found = cursor.execute(
        "SELECT post_id FROM post WHERE story_id = $story_id ORDER BY published_at, post_id LIMIT $limit",
        {"story_id": story_id, "limit": limit},
    ).fetchall()
    return list(listening.posts(cursor, [row[0] for row in found]).values())
