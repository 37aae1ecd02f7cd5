"""Posts that somebody added by hand, with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.post import Author, Collected, ListeningPost, Match, Post
from collectors.urls import known_post
from data import posts
from data.store import Cursor

SOURCE = "for-haand"


class AlreadyHeld(Exception):
    """There is a post with this address; `post_id` is its id."""

    def __init__(self, post_id: str) -> None:
        super().__init__(post_id)
        self.post_id = post_id


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person tells of a post, and why it should be here."""

    url: str
    text: str
    author: str
    published_at: datetime
    listening_post: str
    reason: str


def add(cursor: Cursor, entry: ByHand, title: str, by: str, now: datetime) -> str:
    """Keep a post that somebody found; returns its id. `title` is what people see as its source.

    Raises AlreadyHeld, and LookupError where the listening post is unknown.
    """
    held = cursor.execute("SELECT post_id FROM post WHERE url = ? LIMIT 1", [entry.url]).fetchone()
    if held:
        raise AlreadyHeld(held[0])
    found = cursor.execute("SELECT purpose FROM listening_post WHERE name = ?", [entry.listening_post]).fetchone()
    if not found:
        raise LookupError(entry.listening_post)
    platform, namespace, native_id = known_post(entry.url)
    post = Post(
        platform,
        SOURCE,
        native_id,
        entry.text,
        fetched_at=now,
        published_at=min(entry.published_at, now),
        namespace=namespace,
        url=entry.url,
        author=Author(platform, f"{SOURCE}/{entry.author}", name=entry.author) if entry.author else None,
    )
    held = cursor.execute("SELECT post_id FROM post WHERE post_id = ?", [post.post_id]).fetchone()
    if held:
        raise AlreadyHeld(held[0])
    cursor.execute(
        """INSERT INTO source (name, title, kind, url, interval_minutes, active) VALUES (?, ?, 'manual', '', 0, true)
           ON CONFLICT DO NOTHING""",
        [SOURCE, title],
    )
    listening_post = ListeningPost(entry.listening_post, found[0])
    posts.store(cursor, [Collected(post, (Match(listening_post.name),))], [listening_post], now)
    cursor.execute("INSERT INTO added_by_hand VALUES (?, ?, ?, ?)", [post.post_id, by, entry.reason, now])
    return post.post_id
