"""What people made of the classifier's labels: the posts that it was not sure of, and how often it was overruled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from data import listening
from data.labels import TOPIC
from data.listening import PostView
from data.store import Cursor

LOOK_BACK: Final = timedelta(days=90)
"""Older posts are not asked about."""

# Of the labels that the classifier was not sure of, one that nobody has decided on.
_OPEN: Final = f"""len(list_filter(l.uncertain, lambda name: NOT list_contains(l.decided, name) AND NOT (
    name = 'topics' AND len(list_filter(l.decided, lambda other: starts_with(other, '{TOPIC}'))) > 0))) > 0"""


@dataclass(frozen=True, slots=True)
class Overruled:
    """How often people looked at a label in a month, and how often they changed it."""

    month: date
    """Its first day."""
    label: str
    """`topics`, `conflict`, `actor`, `stance`, `intent` or `lang`."""
    decided: int
    changed: int


def uncertain(cursor: Cursor, now: datetime, limit: int) -> list[PostView]:
    """Posts that a person should look at, those first of which the classifier is least sure."""
    found = cursor.execute(
        f"""SELECT l.post_id FROM label l JOIN post p ON p.post_id = l.post_id
            WHERE {_OPEN} AND p.state = 'live' AND p.published_at >= $since
            ORDER BY l.doubt DESC, l.post_id LIMIT $limit""",
        {"since": now - LOOK_BACK, "limit": limit},
    ).fetchall()
    return list(listening.posts(cursor, [post_id for (post_id,) in found]).values())


def uncertain_count(cursor: Cursor, now: datetime) -> int:
    """How many posts a person should look at."""
    row = cursor.execute(
        f"""SELECT count(*) FROM label l JOIN post p ON p.post_id = l.post_id
            WHERE {_OPEN} AND p.state = 'live' AND p.published_at >= ?""",
        [now - LOOK_BACK],
    ).fetchone()
    return int(row[0]) if row else 0


def overruled(cursor: Cursor) -> list[Overruled]:
    """How often labels were decided and changed, by month and label; the last word on a label of a post counts."""
    found = cursor.execute(
        f"""WITH last AS (
                SELECT * FROM label_decision
                QUALIFY row_number() OVER (PARTITION BY post_id, label ORDER BY decision_id DESC) = 1)
            SELECT date_trunc('month', timezone('Europe/Oslo', decided_at))::DATE AS month,
                   CASE WHEN starts_with(label, '{TOPIC}') THEN 'topics' ELSE label END AS name,
                   count(*), count(*) FILTER (WHERE value <> machine AND label <> 'topics')
            FROM last WHERE value IS NOT NULL GROUP BY ALL ORDER BY month, name"""
    ).fetchall()
    return [Overruled(*row) for row in found]


def waiting_for_model(cursor: Cursor, version: str) -> int:
    """How many posts wait to be labelled by this version of the classifier."""
    row = cursor.execute(
        """SELECT count(*) FROM post p LEFT JOIN label l ON l.post_id = p.post_id
           WHERE p.state <> 'gone' AND l.model_version IS DISTINCT FROM ?""",
        [version],
    ).fetchone()
    return int(row[0]) if row else 0
