"""50,000 posts stored and labelled: at least 2,000 a second."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from collectors.post import Collected, ListeningPost, Match, Post
from data import posts
from data.store import Store
from lyttepost.pipeline import Labeller, label_waiting
from models.classifier import Classifier

POSTS, BATCH, FLOOR = 50_000, 5_000, 2_000
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERYTHING = (ListeningPost("Alt", "prøve"),)


def varied_posts() -> list[Collected]:
    """Sentences of the demo's posts put together anew, so that hardly a text comes twice."""
    chance = random.Random(1)
    folder = resources.files("data.demo").joinpath("posts")
    written = [json.loads(line)["text"] for f in folder.iterdir() for line in f.read_text("utf-8").splitlines()]
    sentences = [
        s.strip() for text in written for s in text.replace("!", "!\n").replace(".", ".\n").splitlines() if s.strip()
    ]
    return [
        Collected(
            Post(
                "feed",
                "avis",
                str(n),
                " ".join(chance.choices(sentences, k=chance.randint(2, 5))),
                NOW,
                NOW - timedelta(minutes=n),
                namespace="avis",
            ),
            (Match("Alt"),),
        )
        for n in range(POSTS)
    ]


def test_50000_posts_are_stored_and_labelled_at_2000_a_second(tmp_path: Path, classifier: Classifier) -> None:
    collected = varied_posts()
    assert len({item.post.text for item in collected}) > 0.85 * POSTS
    labeller = Labeller(classifier)
    with Store(tmp_path / "lyttepost.duckdb") as store:
        started = time.perf_counter()
        for at in range(0, POSTS, BATCH):
            batch = collected[at : at + BATCH]
            store.write(lambda cursor, batch=batch: posts.store(cursor, batch, EVERYTHING, NOW))
        stored = time.perf_counter() - started
        labelled = 0
        while count := label_waiting(store, labeller, NOW):
            labelled += count
        took = time.perf_counter() - started
    assert labelled == POSTS
    print(f"\nstored {POSTS / stored:,.0f} posts/s, stored and labelled {POSTS / took:,.0f} posts/s ({took:.1f} s)")
    assert POSTS / took >= FLOOR
