"""What the listening posts heard: counts for the charts, and the posts themselves. Every query is aggregated here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from collectors.post import Metrics
from data.posts import fold
from data.store import Cursor, offset, rows
from models.labels import CONFLICT_FLAG

Order = Literal["newest", "conflict"]
State = Literal["live", "gone", "held"]
"""Standing where it was found; gone there, and here but for what is counted; gone there, and kept for the archive."""
Dimension = Literal["topics", "actor", "stance", "intent", "lang", "source", "conflict"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which posts are meant. Days are inclusive and Norwegian; empty means all."""

    start: date
    end: date
    listening_post: str = ""
    topic: str = ""
    conflict: int = 0
    """At least this level."""
    actor: str = ""
    stance: str = ""
    intent: str = ""
    lang: str = ""
    source: str = ""
    text: str = ""
    """Words that must all be there, in any order; those in quotes as they stand."""


@dataclass(frozen=True, slots=True)
class ListeningPostInfo:
    name: str
    title: str
    purpose: str
    keywords: tuple[str, ...]
    hashtags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over a filter. `conflict` is level 2 or 3, `escalate` level 3, `unlabelled` not yet classified."""

    posts: int = 0
    conflict: int = 0
    escalate: int = 0
    questions: int = 0
    sources: int = 0
    unlabelled: int = 0


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as people see it. Labels are None until it is classified."""

    post_id: str
    platform: str
    source: str
    source_title: str
    url: str
    kind: str
    title: str
    text: str
    author_handle: str
    author_name: str
    author_bio: str
    published_at: datetime
    published_quality: str
    edited_at: datetime | None
    revision: int
    parent_id: str | None
    lang: str | None
    topics: tuple[str, ...]
    conflict: int | None
    actor: str | None
    stance: str | None
    intent: str | None
    scores: dict[str, float] = field(default_factory=dict)
    model_version: str = ""
    listening_posts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    state: State = "live"
    story_id: str = ""
    copies: int = 0
    """Other posts with the same text, wherever they stand."""
    metrics: Metrics = field(default_factory=Metrics)
    decided: tuple[str, ...] = ()
    """The labels that a person decided (`Decision.label`)."""
    uncertain: tuple[str, ...] = ()
    """The labels that the classifier was not sure of."""
    missing_since: datetime | None = None
    """Since when its feed lists what stood around it, and not it: it may be gone."""


_COLUMNS: dict[Dimension, str] = {
    "topics": "unnest(l.topics)",
    "actor": "l.actor",
    "stance": "l.stance",
    "intent": "l.intent",
    "lang": "l.lang",
    "source": "p.source",
    "conflict": "l.conflict::TEXT",
}
_ORDERS: dict[Order, str] = {
    "newest": "p.published_at DESC, p.post_id",
    "conflict": "l.conflict DESC NULLS LAST, p.published_at DESC, p.post_id",
}

_PHRASE_OR_WORD = re.compile(r"""[«“”"]([^»“”"]*)[»“”"]?|([^\s«»“”"]+)""")

_DEEPEST = 200
"""Levels of a thread that are followed up from a post, and down from there."""
# Up from each post to the first one that it goes back to, held or not, and down from there to all that answer. Who
# answers in a circle is met once: the only way round leads through the first one.
_THREADS = """WITH RECURSIVE up(start, id, step) AS (
    SELECT post_id, post_id, 0 FROM post WHERE post_id = ANY($ids)
    UNION ALL SELECT up.start, p.parent_id, up.step + 1 FROM up JOIN post p ON p.post_id = up.id
    WHERE p.parent_id IS NOT NULL AND up.step < $deepest),
root AS (SELECT start, arg_max(id, step) AS id FROM up GROUP BY start),
down(root, id, step) AS (
    SELECT DISTINCT id, id, 0 FROM root
    UNION ALL SELECT down.root, p.post_id, down.step + 1
    FROM down JOIN post p ON p.parent_id = down.id AND p.post_id <> down.root
    WHERE down.step <= $deepest)"""


def listening_posts(cursor: Cursor) -> list[ListeningPostInfo]:
    """The active listening posts in the configuration's order."""
    return [
        ListeningPostInfo(r["name"], r["title"], r["purpose"], tuple(r["keywords"]), tuple(r["hashtags"]))
        for r in rows(cursor, "SELECT * FROM listening_post WHERE active ORDER BY position")
    ]


def totals(cursor: Cursor, chosen: Filter) -> Totals:
    """The numbers above the charts."""
    condition, parameters = _where(chosen)
    found = rows(
        cursor,
        f"""SELECT count(*) AS posts, count(*) FILTER (WHERE l.conflict >= {CONFLICT_FLAG}) AS conflict,
                   count(*) FILTER (WHERE l.conflict > {CONFLICT_FLAG}) AS escalate,
                   count(*) FILTER (WHERE l.intent = 'question') AS questions,
                   count(DISTINCT p.source) AS sources,
                   count(*) FILTER (WHERE l.post_id IS NULL AND p.state <> 'gone') AS unlabelled
            FROM post p LEFT JOIN label l ON l.post_id = p.post_id WHERE {condition}""",
        parameters,
    )
    return Totals(**found[0])


def volume_by_day(cursor: Cursor, chosen: Filter) -> list[dict[str, Any]]:
    """Rows of `day` (date), `posts`, `conflict` (of them, level 2 or 3); days without posts are there with 0."""
    condition, parameters = _where(chosen)
    return rows(
        cursor,
        f"""SELECT d.day::DATE AS day, coalesce(n.posts, 0) AS posts, coalesce(n.conflict, 0) AS conflict
            FROM generate_series($start::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) d(day)
            LEFT JOIN (SELECT p.day, count(*) AS posts,
                              count(*) FILTER (WHERE l.conflict >= {CONFLICT_FLAG}) AS conflict
                       FROM post p LEFT JOIN label l ON l.post_id = p.post_id
                       WHERE {condition} GROUP BY p.day) n ON n.day = d.day::DATE
            ORDER BY d.day""",
        parameters,
    )


def counts(cursor: Cursor, chosen: Filter, dimension: Dimension) -> list[dict[str, Any]]:
    """Rows of `value` (text) and `posts`, most first. A post with two topics counts under both."""
    condition, parameters = _where(chosen)
    return rows(
        cursor,
        f"""SELECT value, count(*) AS posts
            FROM (SELECT {_COLUMNS[dimension]} AS value
                  FROM post p LEFT JOIN label l ON l.post_id = p.post_id WHERE {condition})
            WHERE value IS NOT NULL GROUP BY value ORDER BY posts DESC, value""",
        parameters,
    )


def page(cursor: Cursor, chosen: Filter, number: int, size: int, order: Order = "newest") -> list[PostView]:
    """Page `number` (from 1) of the posts."""
    condition, parameters = _where(chosen)
    return _views(
        cursor,
        f"""SELECT p.post_id FROM post p LEFT JOIN label l ON l.post_id = p.post_id
            WHERE {condition} ORDER BY {_ORDERS[order]} LIMIT $size OFFSET $offset""",
        {**parameters, "size": size, "offset": offset(number, size)},
    )


def post(cursor: Cursor, post_id: str) -> PostView | None:
    """One post, or None where we do not hold it."""
    return posts(cursor, [post_id]).get(post_id)


def posts(cursor: Cursor, post_ids: Sequence[str]) -> dict[str, PostView]:
    """These posts by id, in this order; those that we do not hold are left out."""
    found = rows(
        cursor,
        """SELECT p.post_id, p.platform, p.source, p.url, p.kind, p.title, p.text, p.published_at, p.published_quality,
                  p.edited_at, p.revision, p.parent_id, s.title AS source_title, p.state, p.missing_since,
                  p.story_id,
                  p.replies, p.reposts, p.likes, p.quotes, p.views, coalesce(c.copies, 0) AS copies,
                  a.handle, a.name AS author_name, a.bio,
                  l.lang, l.topics, l.conflict, l.actor, l.stance, l.intent, l.scores, l.model_version,
                  l.decided, l.uncertain,
                  m.listening_posts, m.terms
           FROM post p
           LEFT JOIN label l ON l.post_id = p.post_id
           LEFT JOIN author a ON a.author_id = p.author_id
           LEFT JOIN source s ON s.name = p.source
           LEFT JOIN (SELECT post_id, list(listening_post ORDER BY listening_post) AS listening_posts,
                             list_sort(list_distinct(flatten(list(terms)))) AS terms
                      FROM post_match WHERE post_id = ANY($ids) GROUP BY post_id) m ON m.post_id = p.post_id
           LEFT JOIN (SELECT story_id, count(*) - 1 AS copies FROM post
                      WHERE story_id IN (SELECT story_id FROM post WHERE post_id = ANY($ids))
                      GROUP BY story_id) c ON c.story_id = p.story_id
           WHERE p.post_id = ANY($ids)""",
        {"ids": list(post_ids)},
    )
    by_id = {r["post_id"]: _view(r) for r in found}
    return {post_id: by_id[post_id] for post_id in post_ids if post_id in by_id}


def thread(cursor: Cursor, post_id: str, limit: int = 50) -> list[PostView]:
    """The conversation around a post that we hold, oldest first: what it answers, and the answers to that, also where
    that is not held. Of a long one, the post itself, what it answers and what answers it go before the rest."""
    return _views(
        cursor,
        f"""{_THREADS}
            SELECT post_id FROM (
                SELECT p.post_id, p.published_at FROM down JOIN post p ON p.post_id = down.id
                LEFT JOIN (SELECT id, min(step) AS step FROM up GROUP BY id) above ON above.id = p.post_id
                ORDER BY coalesce(above.step, CASE WHEN p.parent_id = $id THEN 1 END) NULLS LAST,
                         p.published_at, p.post_id
                LIMIT $limit)
            ORDER BY published_at, post_id""",
        {"ids": [post_id], "id": post_id, "limit": limit, "deepest": _DEEPEST},
    )


def answered(cursor: Cursor, post_ids: Sequence[str], actor: str = "public_body") -> set[str]:
    """Those of these posts in whose thread such an actor has written at the same time or later."""
    found = cursor.execute(
        f"""{_THREADS}
            SELECT DISTINCT p.post_id FROM root
            JOIN post p ON p.post_id = root.start
            JOIN down ON down.root = root.id
            JOIN post other ON other.post_id = down.id AND other.published_at >= p.published_at
            JOIN label l ON l.post_id = other.post_id
            WHERE l.actor = $actor AND other.post_id <> p.post_id""",
        {"ids": list(post_ids), "actor": actor, "deepest": _DEEPEST},
    ).fetchall()
    return {row[0] for row in found}


def versions(cursor: Cursor, post_id: str) -> list[dict[str, Any]]:
    """What an edited post said before, oldest first: `revision`, `title`, `text`, `replaced_at`."""
    return rows(
        cursor,
        "SELECT revision, title, text, replaced_at FROM post_version WHERE post_id = ? ORDER BY revision",
        [post_id],
    )


def first_day(cursor: Cursor) -> date | None:
    """The day of the oldest post held; None in an empty store."""
    row = cursor.execute("SELECT min(day) FROM post").fetchone()
    return row[0] if row else None


def _views(cursor: Cursor, sql: str, parameters: dict[str, Any]) -> list[PostView]:
    """The posts whose ids a query gives, in its order. The query stays narrow: texts are read for these posts only."""
    return list(posts(cursor, [row[0] for row in cursor.execute(sql, parameters).fetchall()]).values())


def _view(r: dict[str, Any]) -> PostView:
    return PostView(
        post_id=r["post_id"],
        platform=r["platform"],
        source=r["source"],
        source_title=r["source_title"] or r["source"],
        url=r["url"],
        kind=r["kind"],
        title=r["title"],
        text=r["text"],
        author_handle=r["handle"] or "",
        author_name=r["author_name"] or "",
        author_bio=r["bio"] or "",
        published_at=r["published_at"],
        published_quality=r["published_quality"],
        edited_at=r["edited_at"],
        revision=r["revision"],
        parent_id=r["parent_id"],
        lang=r["lang"],
        topics=tuple(r["topics"] or ()),
        conflict=r["conflict"],
        actor=r["actor"],
        stance=r["stance"],
        intent=r["intent"],
        scores=json.loads(r["scores"]) if r["scores"] else {},
        model_version=r["model_version"] or "",
        listening_posts=tuple(r["listening_posts"] or ()),
        terms=tuple(r["terms"] or ()),
        state=r["state"],
        story_id=r["story_id"],
        copies=r["copies"],
        metrics=Metrics(r["replies"], r["reposts"], r["likes"], r["quotes"], r["views"]),
        decided=tuple(r["decided"] or ()),
        uncertain=tuple(r["uncertain"] or ()),
        missing_since=r["missing_since"],
    )


def _where(chosen: Filter) -> tuple[str, dict[str, Any]]:
    """The condition on `post p LEFT JOIN label l`, with its parameters. Only fixed fragments enter the SQL."""
    parts = ["p.day BETWEEN $start AND $end"]
    parameters: dict[str, Any] = {"start": chosen.start, "end": chosen.end}
    if chosen.listening_post:
        parts.append("p.post_id IN (SELECT post_id FROM post_match WHERE listening_post = $listening_post)")
        parameters["listening_post"] = chosen.listening_post
    if chosen.topic:
        parts.append("list_contains(l.topics, $topic)")
        parameters["topic"] = chosen.topic
    if chosen.conflict:
        parts.append("l.conflict >= $conflict")
        parameters["conflict"] = chosen.conflict
    for name, column in (
        ("actor", "l.actor"),
        ("stance", "l.stance"),
        ("intent", "l.intent"),
        ("lang", "l.lang"),
        ("source", "p.source"),
    ):
        if value := getattr(chosen, name):
            parts.append(f"{column} = ${name}")
            parameters[name] = value
    for number, sought in enumerate(_sought(chosen.text)):
        parts.append(f"contains(p.folded, $text{number})")
        parameters[f"text{number}"] = sought
    return " AND ".join(parts), parameters


def _sought(text: str) -> list[str]:
    """What a post must hold, in any order: each word or part of one, and each phrase that stands in quotes. Those are
    «…», “…” or "…"; one that is never closed ends with the text."""
    found = (fold(phrase or word) for phrase, word in _PHRASE_OR_WORD.findall(text))
    return list(dict.fromkeys(filter(None, found)))
