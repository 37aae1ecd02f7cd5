"""Labels in the store: which posts still need them, what the classifier said, and what people decided instead.

A person's decision wins over the classifier, now and when the post is labelled anew. Each decision is a row of its own,
and what the classifier gave is kept beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from data.store import Cursor, incoming, rows
from models.labels import CHOICES, LANGUAGES, Labels, PostText

TOPIC: Final = "topic:"
"""A topic is decided on by itself, under this and its id."""
YES, NO = "yes", "no"
CONFIRMED: Final = "confirmed"
"""The value of the label `topics`: all of them are right as they stand, also where there are none."""
_VALUES: Final = {name: tuple(map(str, values)) for name, values in {"lang": LANGUAGES, **CHOICES}.items()}
"""Decisions are stored as text."""


@dataclass(frozen=True, slots=True)
class ToLabel:
    """A post whose labels are missing, or are of an earlier text or model."""

    post_id: str
    content_hash: str
    text: PostText


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about one label of a post; `value` None gives it back to the classifier."""

    label: str
    """`lang`, `conflict`, `actor`, `stance`, `intent`, `topic:ID`, or `topics` for all of them."""
    value: str | None
    """`yes` or `no` for a topic."""
    machine: str | None
    """What the classifier said then."""
    decided_by: str
    decided_at: datetime


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
        ("machine", pa.string()),
        ("decided", pa.list_(pa.string())),
        ("uncertain", pa.list_(pa.string())),
        ("doubt", pa.float64()),
    ]
)
_COLUMNS: Final = ", ".join(_LABEL.names)


def waiting(cursor: Cursor, model_version: str, limit: int) -> list[ToLabel]:
    """Posts to label with this model, newest first. What is gone keeps the labels that it had."""
    return _texts(
        cursor,
        """SELECT p.post_id FROM post p LEFT JOIN label l ON l.post_id = p.post_id
           WHERE p.state <> 'gone' AND (l.post_id IS NULL OR l.content_hash <> p.content_hash
                                        OR l.model_version <> $model_version)
           ORDER BY p.published_at DESC, p.post_id LIMIT $limit""",
        {"model_version": model_version, "limit": limit},
    )


def save(cursor: Cursor, posts: Sequence[ToLabel], labels: Sequence[Labels], now: datetime) -> None:
    """Keep the labels of these posts, in place of earlier ones; what a person decided stays as it was decided. What is
    gone meanwhile keeps those it had."""
    decided = _decided(cursor, [post.post_id for post in posts])
    records = [
        {
            "post_id": post.post_id,
            "content_hash": post.content_hash,
            **_effective(_machine(label), decided.get(post.post_id, {})),
            "scores": json.dumps({name: round(score, 4) for name, score in label.scores.items()}),
            "model_version": label.model_version,
            "labelled_at": now,
            "machine": json.dumps(_machine(label)) if post.post_id in decided else None,
            "decided": sorted(decided.get(post.post_id, ())),
            "uncertain": list(label.uncertain),
            "doubt": label.doubt,
        }
        for post, label in zip(posts, labels, strict=True)
    ]
    with incoming(cursor, "incoming_label", records, _LABEL):
        cursor.execute(
            f"""INSERT OR REPLACE INTO label ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming_label i
                WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.post_id = i.post_id AND p.state = 'gone')"""
        )


def decide(cursor: Cursor, post_id: str, label: str, value: str | None, by: str, now: datetime) -> None:
    """Let a person's word hold for one label of a post, or give it back to the classifier (None).

    Raises LookupError where the post has no labels (yet), ValueError where the label can not have that value.
    """
    if not allowed(label, value):
        raise ValueError(f"{label} {value}")
    found = rows(
        cursor,
        """SELECT l.lang, l.topics, l.conflict, l.actor, l.stance, l.intent, l.machine, l.model_version
           FROM label l JOIN post p ON p.post_id = l.post_id WHERE l.post_id = ? AND p.state <> 'gone'""",
        [post_id],
    )
    if not found:
        raise LookupError(post_id)
    row = found[0]
    kept, version = row.pop("machine"), row.pop("model_version")
    machine: dict[str, Any] = json.loads(kept) if kept else row
    cursor.execute(
        "INSERT INTO label_decision VALUES (nextval('decision_number'), ?, ?, ?, ?, ?, ?, ?)",
        [post_id, label, value, _value(machine, label), version, by, now],
    )
    decided = _decided(cursor, [post_id]).get(post_id, {})
    cursor.execute(
        """UPDATE label SET lang = $lang, topics = $topics, conflict = $conflict, actor = $actor, stance = $stance,
                  intent = $intent, machine = $machine, decided = $decided WHERE post_id = $post_id""",
        {
            **_effective(machine, decided),
            "machine": json.dumps(machine) if decided else None,
            "decided": sorted(decided),
            "post_id": post_id,
        },
    )


def allowed(label: str, value: str | None) -> bool:
    """Whether a person can decide that a label has this value."""
    if label == "topics":
        return value in (CONFIRMED, None)
    if label.startswith(TOPIC):
        return len(label) > len(TOPIC) and value in (YES, NO, None)
    return label in _VALUES and (value is None or value in _VALUES[label])


def decisions(cursor: Cursor, post_id: str) -> list[Decision]:
    """What was decided about a post's labels, oldest first."""
    found = cursor.execute(
        """SELECT label, value, machine, decided_by, decided_at FROM label_decision
           WHERE post_id = ? ORDER BY decision_id""",
        [post_id],
    ).fetchall()
    return [Decision(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Decided:
    """A post of whose labels a person decided some, with the labels that hold."""

    post: ToLabel
    lang: str
    topics: tuple[str, ...]
    conflict: int
    actor: str
    stance: str
    intent: str
    labels: tuple[str, ...]
    """The labels that were decided (`Decision.label`)."""
    decided_at: datetime
    """The last time."""


def decided(cursor: Cursor) -> list[Decided]:
    """The posts that still stand of whose labels people decided some, in the order of the last decision."""
    chosen = "SELECT post_id FROM label WHERE len(decided) > 0"
    texts = {post.post_id: post for post in _texts(cursor, chosen, {})}
    found = rows(
        cursor,
        f"""SELECT l.post_id, l.lang, l.topics, l.conflict, l.actor, l.stance, l.intent, l.decided, d.decided_at
            FROM label l JOIN post p ON p.post_id = l.post_id
            JOIN (SELECT post_id, max(decided_at) AS decided_at FROM label_decision GROUP BY post_id) d
              ON d.post_id = l.post_id
            WHERE p.state <> 'gone' AND l.post_id IN ({chosen}) ORDER BY d.decided_at, l.post_id""",
    )
    return [
        Decided(
            texts[r["post_id"]],
            r["lang"],
            tuple(r["topics"]),
            r["conflict"],
            r["actor"],
            r["stance"],
            r["intent"],
            tuple(r["decided"]),
            r["decided_at"],
        )
        for r in found
    ]


def _texts(cursor: Cursor, chosen: str, parameters: Mapping[str, Any]) -> list[ToLabel]:
    """What the classifier is given of the posts whose ids a query gives, newest first."""
    found = rows(
        cursor,
        f"""WITH todo AS ({chosen})
            SELECT p.post_id, p.content_hash, p.title, p.text, p.platform, a.handle, a.name, a.bio,
                   parent.text AS parent
            FROM todo JOIN post p ON p.post_id = todo.post_id
            LEFT JOIN author a ON a.author_id = p.author_id
            LEFT JOIN post parent ON parent.post_id = p.parent_id
            ORDER BY p.published_at DESC, p.post_id""",
        parameters,
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


def _decided(cursor: Cursor, post_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """What people decided about these posts and did not give back: label → value."""
    found: dict[str, dict[str, str]] = {}
    for post_id, label, value in cursor.execute(
        """SELECT post_id, label, value FROM label_decision WHERE post_id = ANY($ids)
           QUALIFY row_number() OVER (PARTITION BY post_id, label ORDER BY decision_id DESC) = 1""",
        {"ids": list(post_ids)},
    ).fetchall():
        if value is not None:
            found.setdefault(post_id, {})[label] = value
    return found


def _machine(label: Labels) -> dict[str, Any]:
    """What the classifier gave, as it is kept."""
    return {name: getattr(label, name) for name in _VALUES} | {"topics": list(label.topics)}


def _value(machine: Mapping[str, Any], label: str) -> str:
    """What the classifier said of one label."""
    if label.startswith(TOPIC):
        return YES if label.removeprefix(TOPIC) in machine["topics"] else NO
    return CONFIRMED if label == "topics" else str(machine[label])


def _effective(machine: Mapping[str, Any], decided: Mapping[str, str]) -> dict[str, Any]:
    """The labels that hold: what people decided, and the classifier's for the rest."""
    labels = dict(machine)
    topics = [topic for topic in machine["topics"] if decided.get(f"{TOPIC}{topic}") != NO]
    for label, value in decided.items():
        topic = label.removeprefix(TOPIC)
        if label == "conflict":
            labels["conflict"] = int(value)
        elif label in _VALUES:
            labels[label] = value
        elif label != "topics" and value == YES and topic not in topics:
            topics.append(topic)
    return labels | {"topics": topics}
