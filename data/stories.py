"""Stories: the same text, wherever it stands. Tombstones are stories of their own."""

from __future__ import annotations

from collections.abc import Collection

from data import listening
from data.listening import Filter, PostView
from data.store import Cursor


def by_source(cursor: Cursor, post_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """How many other posts say the same as each of these, by the source's title, most first; posts that stand alone
    are left out."""
    found: dict[str, dict[str, int]] = {}
    for post_id, title, count in cursor.execute(
        """SELECT asked.post_id, coalesce(s.title, other.source) AS title, count(*) AS n
           FROM post asked
           JOIN post other ON other.story_id = asked.story_id AND other.post_id <> asked.post_id
           LEFT JOIN source s ON s.name = other.source
           WHERE asked.post_id = ANY($ids) GROUP BY ALL ORDER BY asked.post_id, n DESC, title""",
        {"ids": list(post_ids)},
    ).fetchall():
        found.setdefault(post_id, {})[title] = count
    return found


def count(cursor: Cursor, chosen: Filter) -> int:
    """How many stories the posts of a filter are."""
    condition, parameters = listening.where(chosen)
    found = cursor.execute(
        f"SELECT count(DISTINCT p.story_id) FROM post p LEFT JOIN label l ON l.post_id = p.post_id WHERE {condition}",
        parameters,
    ).fetchone()
    return int(found[0]) if found else 0


def copies(cursor: Cursor, story_id: str, limit: int = 50) -> list[PostView]:
    """The posts of a story, oldest first."""
    found = cursor.execute(
        "SELECT post_id FROM post WHERE story_id = $story_id ORDER BY published_at, post_id LIMIT $limit",
        {"story_id": story_id, "limit": limit},
    ).fetchall()
    return list(listening.posts(cursor, [row[0] for row in found]).values())
