"""A store in memory that tests fill as the application does: through `data/`, with invented people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.post import Author, Collected, ListeningPost, Match, Post, Source
from data import corrections, facts, labels, posts, sources
from data.labels import ToLabel
from data.store import Store
from models.labels import Fact, FactMatch, Labels, PostText

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


class Held:
    """The store, and short ways to put something into it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.listening_posts = [
            ListeningPost("skole", "Følge debatten om skolen", "Skole"),
            ListeningPost("vann", "Følge med på drikkevannet", "Vann"),
        ]
        found = [
            Source("avisa", "https://avisa.example.no/feed", title="Elveposten"),
            Source("torget", "https://torget.example.no/feed", title="Torget"),
        ]
        store.write(lambda cursor: sources.configure(cursor, found, self.listening_posts))

    def post(
        self,
        text: str,
        native_id: str,
        *,
        at: datetime = NOON,
        to: str = "skole",
        source: str = "torget",
        handle: str = "@kari@torget.example.no",
        title: str = "",
        url: str | None = None,
        answers: str = "",
        **label: Any,
    ) -> str:
        """Store a post, with labels where any is given; returns its id."""
        post = Post(
            platform="mastodon",
            source=source,
            native_id=native_id,
            text=text,
            fetched_at=at,
            published_at=at,
            title=title,
            url=f"https://torget.example.no/{native_id}" if url is None else url,
            author=Author("mastodon", handle, handle),
            parent_native_id=answers,
        )
        collected = [Collected(post, (Match(to),))]
        self.store.write(lambda cursor: posts.store(cursor, collected, self.listening_posts, at))
        if label:
            values = {"lang": "nb", "topics": (), "conflict": 0, "actor": "citizen", "stance": "neutral"}
            given = Labels(**{**values, "intent": "other", "model_version": "test", **label})
            todo = ToLabel(post.post_id, post.content_hash, PostText(text))
            self.store.write(lambda cursor: labels.save(cursor, [todo], [given], at))
        return post.post_id

    def fact(self, fact_id: str, statement: str, **more: Any) -> Fact:
        """Put a fact into the register."""
        fact = Fact(fact_id, statement, **more)
        self.store.write(lambda cursor: facts.save(cursor, [fact], NOON))
        return fact

    def match(self, post_id: str, fact_id: str, score: float = 0.9, **spans: Any) -> None:
        """Let the matcher have found that a post contradicts a fact."""
        found = {post_id: [FactMatch(fact_id, "contradicts", score, matcher_version="test", **spans)]}
        self.store.write(lambda cursor: corrections.save(cursor, [], found, "1", NOON))


@pytest.fixture
def held() -> Iterator[Held]:
    with Store(":memory:") as store:
        yield Held(store)
