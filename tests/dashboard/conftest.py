"""A store for the pages and the digest: two sources, two listening posts, and a word for each thing to put in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.post import Author, Post, Source
from data import sources
from data.store import Store
from models.labels import Fact, FactMatch
from tests import builders

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


class Held:
    """The store, and what was put into it by the id it got."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.items: dict[str, Post] = {}
        found = [
            Source("avisa", "https://avisa.example.no/feed", title="Elveposten"),
            Source("torget", "https://torget.example.no/feed", title="Torget"),
        ]
        store.write(lambda cursor: sources.configure(cursor, found, [builders.SCHOOL, builders.WATER]))

    def post(
        self,
        text: str,
        native_id: str,
        *,
        at: datetime = NOON,
        to: str = "skole",
        handle: str = "@kari@torget.example.no",
        title: str = "",
        url: str | None = None,
        answers: str = "",
        **label: Any,
    ) -> str:
        """Store a post, with labels where any is given; returns its id."""
        item = builders.post(
            native_id,
            text,
            fetched_at=at,
            published_at=at,
            title=title,
            url=f"https://torget.example.no/{native_id}" if url is None else url,
            author=Author("mastodon", handle, handle),
            parent_native_id=answers,
        )
        builders.keep(self.store, builders.collected(item, [to]), now=at)
        if label:
            builders.label(self.store, item, **label)
        self.items[item.post_id] = item
        return item.post_id

    def fact(self, fact_id: str, statement: str, **more: Any) -> None:
        """Put a fact into the register."""
        builders.register(self.store, Fact(fact_id, statement, **more))

    def match(self, post_id: str, fact_id: str, score: float = 0.9, **spans: Any) -> None:
        """Let the matcher have found that a post contradicts a fact."""
        found = FactMatch(fact_id, "contradicts", score, matcher_version="test", **spans)
        builders.match(self.store, self.items[post_id], found)


@pytest.fixture
def held(store: Store) -> Held:
    return Held(store)
