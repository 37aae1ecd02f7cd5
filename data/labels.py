"""Labels in the store: which posts still need them, and keeping what the classifier said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from data.store import Cursor, incoming, rows
from models.labels import Labels, PostText


@dataclass(frozen=True, slots=True)
class ToLabel:
    """A post whose labels are missing, or are of an earlier text or model."""

    post_id: str
    content_hash: str
    text: PostText


_LABEL = pa.schema(
    [
        ("post_id", pa.string()),
        ("content_hash", pa.string()),
        ("lang", pa.string()),
        ("topics", pa.list_(pa.string())),
        ("conflict", pa.int32()),
        ("actor", pa.string()),
        ("stance", pa.string()),
        ("intent", pa.string()),
        ("scores", pa.string()),
        ("model_version", pa.string()),
        ("labelled_at", pa.timestamp("us", "UTC")),
    ]
)


def waiting(cursor: Cursor, model_version: str, limit: int) -> list[ToLabel]:
    """Posts to label with this model, newest first. What is gone keeps the labels that it had."""
    found = rows(
        cursor,
        """WITH todo AS (
               SELECT p.post_id FROM post p LEFT JOIN label l ON l.post_id = p.post_id
               WHERE p.state <> 'gone' AND (l.post_id IS NULL OR l.content_hash <> p.content_hash
                                            OR l.model_version <> $model_version)
               ORDER BY p.published_at DESC, p.post_id LIMIT $limit)
           SELECT p.post_id, p.content_hash, p.title, p.text, p.platform, a.handle, a.name, a.bio, parent.text AS parent
           FROM todo JOIN post p ON p.post_id = todo.post_id
           LEFT JOIN author a ON a.author_id = p.author_id
           LEFT JOIN post parent ON parent.post_id = p.parent_id
           ORDER BY p.published_at DESC, p.post_id""",
        {"model_version": model_version, "limit": limit},
    )
    return [
        ToLabel(
            r["post_id"],
            r["content_hash"],
            PostText(
                text=r["text"],
                title=r["title"],
                author_handle=r["handle"] or "",
                author_name=r["name"] or "",
                author_bio=r["bio"] or "",
                in_reply_to_text=r["parent"] or "",
                platform=r["platform"],
            ),
        )
        for r in found
    ]


def save(cursor: Cursor, posts: Sequence[ToLabel], labels: Sequence[Labels], now: datetime) -> None:
    """Keep the labels of these posts, in place of earlier ones. What is gone meanwhile keeps those it had."""
    records = [
        {
            "post_id": post.post_id,
            "content_hash": post.content_hash,
            "lang": label.lang,
            "topics": list(label.topics),
            "conflict": label.conflict,
            "actor": label.actor,
            "stance": label.stance,
            "intent": label.intent,
            "scores": json.dumps({name: round(score, 4) for name, score in label.scores.items()}),
            "model_version": label.model_version,
            "labelled_at": now,
        }
        for post, label in zip(posts, labels, strict=True)
    ]
    with incoming(cursor, "incoming_label", records, _LABEL):
        cursor.execute(
            """INSERT OR REPLACE INTO label SELECT i.* FROM incoming_label i
               WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.post_id = i.post_id AND p.state = 'gone')"""
        )
