"""Short ways to fill a store as the application does, with invented people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from collectors.post import Author, Collected, ListeningPost, Match, Post
from data import fact_checks, facts, labels, posts
from data.posts import Stored
from data.store import Store
from models.labels import Fact, FactMatch, Labels

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)
SCHOOL = ListeningPost("skole", "Følge debatten om skolen", "Skole")
WATER = ListeningPost("vann", "Følge med på drikkevannet", "Vann")
KARI = Author("mastodon", "kari", "@kari@torget.example.no", "Kari", bio="Bor i Nordbygda")


def post(native_id: str, text: str = "Hei", **more: Any) -> Post:
    """A post of today by Kari."""
    values: dict[str, Any] = {
        "platform": "mastodon",
        "source": "torget",
        "fetched_at": NOW,
        "published_at": NOW,
        "author": KARI,
    }
    return Post(native_id=native_id, text=text, **{**values, **more})


def collected(item: Post, to: Sequence[str] = ("skole",), terms: Sequence[str] = ()) -> Collected:
    """A post with the listening posts that asked for it."""
    return Collected(item, tuple(Match(name, tuple(terms)) for name in to))


def keep(store: Store, *batch: Post | Collected, now: datetime = NOW) -> Stored:
    """Store a batch."""
    whole = [item if isinstance(item, Collected) else collected(item) for item in batch]
    return store.write(lambda cursor: posts.store(cursor, whole, (SCHOOL, WATER), now))


def label(store: Store, item: Post, **more: Any) -> None:
    """Label a stored post: small talk of a citizen, where nothing else is said."""
    values: dict[str, Any] = {
        "lang": "nb",
        "topics": (),
        "conflict": 0,
        "actor": "citizen",
        "stance": "neutral",
        "intent": "other",
        "model_version": "m1",
    }
    said = Labels(**{**values, **more})
    todo = labels.ToLabel(item.post_id, item.content_hash, labels.PostText(item.text))
    store.write(lambda cursor: labels.save(cursor, [todo], [said], NOW))


def register(store: Store, *found: Fact) -> None:
    """Put facts into the register."""
    store.write(lambda cursor: facts.save(cursor, found, NOW))


def match(store: Store, item: Post, *found: FactMatch, version: str = "1") -> None:
    """Let the matcher have found this of a post, and nothing else."""
    todo = fact_checks.ToMatch(item.post_id, item.content_hash, item.title, item.text, "nb", item.published_at)
    store.write(lambda cursor: fact_checks.save(cursor, [todo], {item.post_id: found}, version, NOW))
