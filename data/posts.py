"""Posts with their authors and reasons: storing what a poll brought, and reading it back."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from collectors.post import Author, Collected, ListeningPost, Metrics
from data.store import Cursor, incoming

OSLO = ZoneInfo("Europe/Oslo")

_NOT_LETTERS = re.compile(r"https?://\S+|[\W_]+")

MOST_VERSIONS = 24
"""Earlier texts kept of one post. What changes more often flips back and forth by itself; its revisions are counted on,
so that a decision is still known to be about an earlier text."""

STORY_LENGTH = 40
"""Letters and digits that a text must have to be the same story wherever it stands; shorter ones are so by chance."""

_TIME = pa.timestamp("us", "UTC")
_COUNTS = ("replies", "reposts", "likes", "quotes", "views")
_POST = pa.schema(
    [
        *((name, pa.string()) for name in ("post_id", "platform", "source", "namespace", "native_id", "url", "kind")),
        *((name, pa.string()) for name in ("title", "text", "author_id", "parent_id")),
        ("hashtags", pa.list_(pa.string())),
        ("lang_declared", pa.string()),
        ("published_at", _TIME),
        ("published_quality", pa.string()),
        ("published_raw", pa.string()),
        ("edited_at", _TIME),
        ("first_seen_at", _TIME),
        ("day", pa.date32()),
        ("content_hash", pa.string()),
        ("folded", pa.string()),
        *((name, pa.string()) for name in ("quoted_id", "conversation_id", "server_id")),
        ("indexed_at", _TIME),
        ("mentions", pa.list_(pa.string())),
        ("links", pa.list_(pa.string())),
        *((name, pa.int64()) for name in _COUNTS),
        ("raw_sha256", pa.string()),
        ("story_id", pa.string()),
    ]
)
_COLUMNS = ", ".join(_POST.names)
_AUTHOR = pa.schema([(n, pa.string()) for n in ("author_id", "platform", "native_id", "handle", "name", "url", "bio")])
_MATCH = pa.schema(
    [
        ("post_id", pa.string()),
        ("listening_post", pa.string()),
        ("purpose", pa.string()),
        ("terms", pa.list_(pa.string())),
        ("matched_at", _TIME),
    ]
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a batch came to: posts that were new, posts whose text had changed."""

    new: int = 0
    edited: int = 0
    by_source: dict[str, tuple[int, int]] = field(default_factory=dict, compare=False)
    """The same two numbers of each source that had any."""


def store(
    cursor: Cursor, batch: Sequence[Collected], listening_posts: Sequence[ListeningPost], now: datetime
) -> Stored:
    """Store a batch inside the caller's transaction. The same post again changes nothing; of two posts with one id the
    last holds, for the reasons of both; a post with another text keeps the earlier one in `post_version`. A copy from
    another source, where it may be rendered otherwise, is no edit. Of what is gone where it stood nothing is written
    again; what the archive kept, and its source brings once more, is live there."""
    batch = _without_gone(cursor, batch)
    if not batch:
        return Stored()
    purposes = {lp.name: lp.purpose for lp in listening_posts}
    by_id = _one_each(cursor, batch)
    authors = {item.post.author.author_id: item.post.author for item in by_id.values() if item.post.author}
    reasons = {(item.post.post_id, match.listening_post): match for item in reversed(batch) for match in item.matches}
    matches = [
        {
            "post_id": post_id,
            "listening_post": name,
            "purpose": purposes[name],
            "terms": list(match.terms),
            "matched_at": now,
        }
        for (post_id, name), match in reasons.items()
    ]
    with (
        incoming(cursor, "incoming_post", [_post_row(i, item) for i, item in by_id.items()], _POST),
        incoming(cursor, "incoming_author", [_author_row(a) for a in authors.values()], _AUTHOR),
        incoming(cursor, "incoming_match", matches, _MATCH),
    ):
        _take_over(cursor)
        # Some feeds give their items new ids at every poll: the same words by the same author at the same time and
        # address are the same post.
        cursor.execute(
            """CREATE OR REPLACE TEMP TABLE renamed AS
               SELECT i.post_id, min(p.post_id) AS held_as FROM incoming_post i JOIN post p
                 ON p.content_hash = i.content_hash AND p.source = i.source AND p.url = i.url
                AND p.published_raw = i.published_raw AND p.author_id IS NOT DISTINCT FROM i.author_id
               WHERE i.platform = 'feed' AND i.published_raw || i.url <> '' AND p.post_id <> i.post_id
                 AND NOT EXISTS (SELECT 1 FROM post q WHERE q.post_id = i.post_id)
               GROUP BY i.post_id"""
        )
        by_source: dict[str, tuple[int, int]] = {
            source: (new, edited)
            for source, new, edited in cursor.execute(
                """SELECT i.source, count(*) FILTER (WHERE p.post_id IS NULL) AS new,
                          count(*) FILTER (WHERE p.content_hash <> i.content_hash AND p.source = i.source) AS edited
                   FROM incoming_post i LEFT JOIN post p ON p.post_id = i.post_id
                   WHERE i.post_id NOT IN (SELECT post_id FROM renamed)
                   GROUP BY i.source HAVING new + edited > 0"""
            ).fetchall()
        }
        new, edited = (sum(numbers) for numbers in zip((0, 0), *by_source.values(), strict=True))
        if edited:
            cursor.execute(
                """INSERT INTO post_version
                   SELECT p.post_id, p.revision, p.title, p.text, p.content_hash, $now
                   FROM post p JOIN incoming_post i ON i.post_id = p.post_id
                   WHERE i.content_hash <> p.content_hash AND i.source = p.source AND p.revision <= $most""",
                {"now": now, "most": MOST_VERSIONS},
            )
            cursor.execute(
                """UPDATE post SET title = i.title, text = i.text, hashtags = i.hashtags, url = i.url,
                          edited_at = coalesce(i.edited_at, i.first_seen_at),
                          content_hash = i.content_hash, folded = i.folded, revision = post.revision + 1,
                          mentions = i.mentions, links = i.links, raw_sha256 = i.raw_sha256, story_id = i.story_id
                   FROM incoming_post i
                   WHERE i.post_id = post.post_id AND i.content_hash <> post.content_hash AND i.source = post.source"""
            )
        if new:
            cursor.execute(
                f"INSERT INTO post ({_COLUMNS}, revision) SELECT {_COLUMNS}, 1 FROM incoming_post i "
                "WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.post_id = i.post_id) "
                "AND i.post_id NOT IN (SELECT post_id FROM renamed)"
            )
        if any(item.post.metrics for item in by_id.values()):
            counts = ", ".join(f"{name} = coalesce(i.{name}, post.{name})" for name in _COUNTS)
            cursor.execute(f"UPDATE post SET {counts} FROM incoming_post i WHERE i.post_id = post.post_id")
        cursor.execute(
            """INSERT INTO author SELECT * FROM incoming_author
               ON CONFLICT (author_id) DO UPDATE
               SET handle = coalesce(nullif(excluded.handle, ''), author.handle),
                   name = coalesce(nullif(excluded.name, ''), author.name),
                   url = coalesce(nullif(excluded.url, ''), author.url),
                   bio = coalesce(nullif(excluded.bio, ''), author.bio)
               WHERE (author.handle, author.name, author.url, author.bio)
                  IS DISTINCT FROM (excluded.handle, excluded.name, excluded.url, excluded.bio)"""
        )
        cursor.execute(
            """INSERT INTO post_match
               SELECT DISTINCT ON (1, 2) coalesce(r.held_as, m.post_id), m.listening_post, m.purpose, m.terms,
                      m.matched_at
               FROM incoming_match m LEFT JOIN renamed r ON r.post_id = m.post_id ON CONFLICT DO NOTHING"""
        )
    return Stored(new, edited, by_source)


def _one_each(cursor: Cursor, batch: Sequence[Collected]) -> dict[str, Collected]:
    """One item for each post: the last one, but of a held post one from its own source, which alone can edit it."""
    by_id: dict[str, list[Collected]] = {}
    for item in batch:
        by_id.setdefault(item.post.post_id, []).append(item)
    several = [post_id for post_id, items in by_id.items() if len({item.post.source for item in items}) > 1]
    own: dict[str, str] = {}
    if several:
        own = dict(cursor.execute("SELECT post_id, source FROM post WHERE post_id = ANY(?)", [several]).fetchall())
    return {
        post_id: next((item for item in reversed(items) if item.post.source == own.get(post_id)), items[-1])
        for post_id, items in by_id.items()
    }


def _take_over(cursor: Cursor) -> None:
    """Let posts that came by a file, by hand or by a source that is no more belong to the source that brings them now,
    so that they are edited and looked up like its others."""
    cursor.execute(
        """UPDATE post SET source = i.source, server_id = i.server_id FROM incoming_post i, source was, source becomes
           WHERE i.post_id = post.post_id AND post.state <> 'gone'
             AND was.name = post.source AND (was.kind IN ('import', 'manual') OR NOT was.active)
             AND becomes.name = i.source AND becomes.active AND becomes.kind NOT IN ('import', 'manual')"""
    )


def _without_gone(cursor: Cursor, batch: Sequence[Collected]) -> list[Collected]:
    """The batch without what is gone. What is held, and was fetched after it had been missed, is live again."""
    by_id = {item.post.post_id: item.post for item in batch}
    found = cursor.execute(
        "SELECT post_id, state, source, state_at FROM post WHERE state <> 'live' AND post_id = ANY($ids)",
        {"ids": list(by_id)},
    ).fetchall()
    back = [
        (post_id, by_id[post_id].fetched_at)
        for post_id, state, source, since in found
        if state == "held" and by_id[post_id].source == source and by_id[post_id].fetched_at > since
    ]
    for post_id, at in back:
        cursor.execute(
            "UPDATE post SET state = 'live', state_at = ?, state_evidence = '' WHERE post_id = ?", [at, post_id]
        )
    gone = {post_id for post_id, state, *_ in found if state == "gone"}
    return [item for item in batch if item.post.post_id not in gone]


def listening_posts_of(cursor: Cursor, post_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The listening posts that hold each of these posts; posts that are not held are left out."""
    found = cursor.execute(
        "SELECT post_id, list(listening_post ORDER BY listening_post) FROM post_match "
        "WHERE post_id = ANY($ids) GROUP BY post_id",
        {"ids": list(post_ids)},
    ).fetchall()
    return {post_id: tuple(names) for post_id, names in found}


def count(cursor: Cursor) -> int:
    """How many posts are held."""
    row = cursor.execute("SELECT count(*) FROM post").fetchone()
    return int(row[0]) if row else 0


def oslo_day(moment: datetime) -> date:
    """The day of a moment in Norway."""
    return moment.astimezone(OSLO).date()


def fold(text: str) -> str:
    """A text as it is searched: without regard to case, to the form of signs and to line breaks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def story_id(post_id: str, folded: str) -> str:
    """What posts with the same text have in common, whatever stands between its letters: links, signs, spaces.

    The migration that brought it in computes the same in SQL.
    """
    letters = _NOT_LETTERS.sub("", folded)
    return hashlib.md5(letters.encode(), usedforsecurity=False).hexdigest() if len(letters) >= STORY_LENGTH else post_id


def _post_row(post_id: str, item: Collected) -> dict[str, Any]:
    post = item.post
    folded = fold(f"{post.title} {post.text}")
    metrics = post.metrics or Metrics()
    return {
        "post_id": post_id,
        "platform": post.platform,
        "source": post.source,
        "namespace": post.namespace,
        "native_id": post.native_id,
        "url": post.url,
        "kind": post.kind,
        "title": post.title,
        "text": post.text,
        "author_id": post.author.author_id if post.author else None,
        "parent_id": post.parent_id,
        "hashtags": list(post.hashtags),
        "lang_declared": post.lang_declared,
        "published_at": post.published_at.astimezone(UTC),
        "published_quality": post.published_quality,
        "published_raw": post.published_raw,
        "edited_at": post.edited_at,
        "first_seen_at": post.fetched_at,
        "day": oslo_day(post.published_at),
        "content_hash": post.content_hash,
        "folded": folded,
        "quoted_id": post.quoted_id,
        "conversation_id": post.conversation_id,
        "server_id": post.server_id,
        "indexed_at": post.indexed_at,
        "mentions": list(post.mentions),
        "links": list(post.links),
        **{name: getattr(metrics, name) for name in _COUNTS},
        "raw_sha256": post.raw_sha256,
        "story_id": story_id(post_id, folded),
    }


def _author_row(author: Author) -> dict[str, str]:
    return {
        "author_id": author.author_id,
        "platform": author.platform,
        "native_id": author.native_id,
        "handle": author.handle,
        "name": author.name,
        "url": author.url,
        "bio": author.bio,
    }
