"""Answers as they came: compressed, once each, until retention is over."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from collectors.post import Post, RawAnswer
from data.archive import HOLDING
from data.store import Cursor, incoming, rows

_LEVEL = 1
"""Twice as fast as the usual level, and a fifth larger."""
_RAW = pa.schema(
    [
        *((name, pa.string()) for name in ("sha256", "source", "url")),
        ("status", pa.int32()),
        ("headers", pa.string()),
        ("body", pa.binary()),
        ("fetched_at", pa.timestamp("us", "UTC")),
    ]
)


def save(cursor: Cursor, answers: Iterable[tuple[str, RawAnswer]], brought: Iterable[Post]) -> None:
    """Keep the answers (with their sources' names) that a post is held from, once what they brought is stored: one
    that brought nothing new is not needed. Nor is one kept that still tells of a post that is gone where it stood."""
    offered = [(post.post_id, post.raw_sha256) for post in brought if post.raw_sha256]
    if not offered:
        return
    held = cursor.execute(
        "SELECT post_id, raw_sha256, state FROM post WHERE post_id = ANY($ids)", {"ids": [name for name, _ in offered]}
    ).fetchall()
    gone = {post_id for post_id, _, state in held if state == "gone"}
    wanted = {sha256 for _, sha256, _ in held} - {sha256 for post_id, sha256 in offered if post_id in gone}
    found = {
        sha256: {
            "sha256": sha256,
            "source": source,
            "url": answer.url,
            "status": answer.status,
            "headers": json.dumps(dict(answer.headers), ensure_ascii=False),
            "body": zlib.compress(answer.body, _LEVEL),
            "fetched_at": answer.fetched_at,
        }
        for source, answer in answers
        if (sha256 := answer.sha256) in wanted
    }
    if found:
        with incoming(cursor, "incoming_raw", list(found.values()), _RAW):
            cursor.execute("INSERT INTO raw_answer SELECT * FROM incoming_raw ON CONFLICT DO NOTHING")


def of_post(cursor: Cursor, post_id: str) -> RawAnswer | None:
    """The answer that a post was read from, while it is kept."""
    found = rows(
        cursor,
        "SELECT r.* FROM post p JOIN raw_answer r ON r.sha256 = p.raw_sha256 WHERE p.post_id = ?",
        [post_id],
    )
    for r in found:
        return RawAnswer(r["url"], r["status"], json.loads(r["headers"]), zlib.decompress(r["body"]), r["fetched_at"])
    return None


def expire(cursor: Cursor, before: datetime) -> int:
    """Remove what was fetched before a moment, except what an archive decision keeps; returns how many."""
    found = cursor.execute(
        f"""DELETE FROM raw_answer WHERE fetched_at < $before AND NOT EXISTS (
                SELECT 1 FROM post p JOIN ({HOLDING}) USING (post_id) WHERE p.raw_sha256 = raw_answer.sha256)""",
        {"before": before},
    ).fetchone()
    return int(found[0]) if found else 0
