"""The demo's texts are whole and consistent, and its documents can be read back."""

import json
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import feedparser
import pytest

from data import facts
from data.store import Store
from lyttepost import demo_feeds, fact_files
from lyttepost.config import parse
from lyttepost.demo import configuration
from models.facts import Taken
from tests.builders import NOW

TODAY = date(2026, 11, 20)
POSTS = demo_feeds.load(TODAY)
KNOWN = {source.name for source in demo_feeds.SOURCES} | {demo_feeds.EXPORTED}


def test_there_are_about_1500_posts_over_30_days() -> None:
    assert 1_450 <= len(POSTS) <= 1_600
    days = {(TODAY - p.at.astimezone(UTC).date()).days for p in POSTS}
    assert max(days) >= 29
    assert min(days) <= 0


def test_each_post_has_an_id_of_its_own_and_a_known_source() -> None:
    assert [i for i, count in Counter(p.id for p in POSTS).items() if count > 1] == []
    assert {p.source for p in POSTS} == KNOWN


def test_an_answer_comes_after_what_it_answers_in_the_same_place() -> None:
    by_id = {p.id: p for p in POSTS}
    wrong = [
        p.id
        for p in POSTS
        if p.reply_to and not (by_id[p.reply_to].at <= p.at and by_id[p.reply_to].source == p.source)
    ]
    assert wrong == []


def test_only_a_rumour_is_copied_word_for_word() -> None:
    copies = Counter(p.text for p in POSTS)
    assert sum(count - 1 for count in copies.values()) <= 20


def test_the_register_has_27_facts_with_replies_in_both_forms_of_norwegian(store: Store) -> None:
    taken = fact_files.take_in(store, "fakta.jsonl", demo_feeds.facts(TODAY).encode(), "", NOW)
    assert taken == Taken(27, 27)
    with store.read() as cursor:
        register = facts.register(cursor)
        ending = facts.expiring(cursor, TODAY)
    assert all(f.known_false_claims and f.reply_nb and f.reply_nn and "example.no" in f.source_url for f in register)
    assert sum(bool(f.statement_en and f.reply_en) for f in register) == 5
    assert [(f.id, f.valid_to) for f in ending] == [("F10", "2026-11-29")]
    assert [(f.id, f.successor) for f in register if f.successor] == [("F26", "F27")]


@pytest.mark.parametrize("source", demo_feeds.SOURCES, ids=lambda s: s.name)
def test_a_source_serves_all_its_posts_in_its_own_format(source: demo_feeds.DemoSource) -> None:
    document = source.render(POSTS)
    expected = sum(p.source == source.name for p in POSTS)
    if source.content_type == "application/feed+json":
        assert len(json.loads(document)["items"]) == expected
    else:
        parsed = feedparser.parse(document)
        assert not parsed.bozo
        assert len(parsed.entries) == expected
    assert expected > 20


def test_the_demo_configuration_is_right_and_knows_the_same_sources() -> None:
    settings = parse(tomllib.loads(configuration(8000)))
    assert settings.problems == ()
    assert {s.name for s in demo_feeds.SOURCES} <= {s.name for s in settings.sources}
    assert {s.path for s in demo_feeds.SOURCES} <= {
        s.url.removeprefix("http://127.0.0.1:8000") for s in settings.sources
    }


def test_a_day_with_summer_time_does_not_move_posts_to_another_hour() -> None:
    after = demo_feeds.load(date(2026, 3, 29))
    assert all(p.at.tzinfo == UTC for p in after)
    assert after[-1].at - after[0].at < timedelta(days=31)
    assert after[-1].at <= datetime(2026, 3, 29, 22, tzinfo=UTC)
