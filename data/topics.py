"""Topics of the body's own: a name, words that point to it, and examples to learn from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from data.store import Cursor, rows
from models.labels import TOPICS

MAX_TOPICS = 200
_NOT_ID = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """`topic_id` stands in labels; it is made of the name, and stays when the name is changed."""

    topic_id: str
    name: str
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    learned: Mapping[str, float] = field(default_factory=dict)
    """What the examples have taught: feature → weight. Empty where words alone decide."""


def topic_id(name: str) -> str:
    """The id of a new topic: its name in small letters with hyphens, as those of Los have it."""
    made = _NOT_ID.sub("-", name.lower()).strip("-")[:60]
    return f"egen-{made}" if made in TOPICS else made


def active(cursor: Cursor) -> list[Topic]:
    """The topics in use, by name."""
    return [
        Topic(
            r["topic_id"],
            r["name"],
            tuple(r["keywords"]),
            tuple(r["examples"]),
            json.loads(r["learned"]) if r["learned"] else {},
        )
        for r in rows(cursor, "SELECT * FROM topic WHERE active ORDER BY lower(name)")
    ]


def names(cursor: Cursor) -> dict[str, str]:
    """What each of the body's own topics is called, also those that are in use no more: old labels have them."""
    return dict(cursor.execute("SELECT topic_id, name FROM topic ORDER BY active DESC, lower(name)").fetchall())


def version(cursor: Cursor) -> str:
    """A short hash of the topics in use; empty where there are none. It is part of the version of all labels."""
    found = cursor.execute(
        "SELECT topic_id, keywords, examples, learned FROM topic WHERE active ORDER BY topic_id"
    ).fetchall()
    return hashlib.sha256(repr(found).encode()).hexdigest()[:8] if found else ""


def save(cursor: Cursor, topic: Topic, by: str, now: datetime) -> None:
    """Put a topic to use, or change it. Raises ValueError where there are too many."""
    count = cursor.execute("SELECT count(*) FROM topic WHERE active AND topic_id <> ?", [topic.topic_id]).fetchone()
    if count and count[0] >= MAX_TOPICS:
        raise ValueError(topic.topic_id)
    cursor.execute(
        "INSERT OR REPLACE INTO topic VALUES (?, ?, ?, ?, ?, true, ?, ?)",
        [
            topic.topic_id,
            topic.name,
            list(topic.keywords),
            list(topic.examples),
            json.dumps(dict(topic.learned)) if topic.learned else None,
            by,
            now,
        ],
    )


def remove(cursor: Cursor, topic_id: str, by: str, now: datetime) -> None:
    """Take a topic out of use: it is given no more. What people decided about it stays."""
    cursor.execute(
        "UPDATE topic SET active = false, changed_by = ?, changed_at = ? WHERE topic_id = ?", [by, now, topic_id]
    )
