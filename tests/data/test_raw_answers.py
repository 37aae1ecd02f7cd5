"""Answers as they came: kept once, while a post is held from them, for as long as retention says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from collectors.post import Collected, Match, Post, RawAnswer
from data import archive, posts, raw_answers
from data.store import Store, rows
from models.archiving import Assessment
from tests.builders import NOW, SCHOOL, post

MONTH = timedelta(days=30)


def answer(body: str, at: Any = NOW) -> RawAnswer:
    return RawAnswer("https://torget.example.no/api", 200, {"content-type": "application/json"}, body.encode(), at)


def keep(store: Store, raw: RawAnswer, *items: Post) -> None:
    batch = [Collected(replace(item, raw_sha256=raw.sha256), (Match("skole"),)) for item in items]

    def work(cursor: Any) -> None:
        posts.store(cursor, batch, (SCHOOL,), NOW)
        raw_answers.save(cursor, [("torget", raw)], [item.post for item in batch])

    store.write(work)


def bodies(store: Store) -> int:
    with store.read() as cursor:
        return int(rows(cursor, "SELECT count(*) AS n FROM raw_answer")[0]["n"])


def expire(store: Store, days: float) -> int:
    return store.write(lambda cursor: raw_answers.expire(cursor, NOW + timedelta(days=days) - MONTH))


def test_a_post_leads_to_the_answer_that_it_was_read_from(store: Store) -> None:
    raw = answer('{"æøå": "\U0001f600"}' * 1000)
    keep(store, raw, post("1"), post("2"))
    with store.read() as cursor:
        assert raw_answers.of_post(cursor, post("2").post_id) == raw
        size = rows(cursor, "SELECT octet_length(body) AS n FROM raw_answer")[0]["n"]
    assert bodies(store) == 1
    assert size < len(raw.body) / 10


def test_an_answer_that_no_post_was_kept_from_is_not_kept(store: Store) -> None:
    store.write(lambda cursor: raw_answers.save(cursor, [("torget", answer("x"))], []))
    keep(store, answer("nothing"))
    assert bodies(store) == 0


def test_an_answer_that_brought_nothing_new_is_not_kept(store: Store) -> None:
    keep(store, answer("first"), post("1"))
    keep(store, answer("the same post, another answer"), post("1"))
    assert bodies(store) == 1
    keep(store, answer("an edit"), post("1", "Rettet"))
    assert bodies(store) == 2


def test_a_hand_written_post_has_no_answer(store: Store) -> None:
    batch = [Collected(post("1"), (Match("skole"),))]
    store.write(lambda cursor: posts.store(cursor, batch, (SCHOOL,), NOW))
    store.write(lambda cursor: raw_answers.save(cursor, [("torget", answer("x"))], [item.post for item in batch]))
    assert bodies(store) == 0
    with store.read() as cursor:
        assert raw_answers.of_post(cursor, post("1").post_id) is None


def test_answers_expire_when_retention_is_over(store: Store) -> None:
    keep(store, answer("old"), post("1"))
    keep(store, answer("new", NOW + timedelta(days=2)), post("2"))
    assert expire(store, 30) == 0
    assert expire(store, 31) == 1
    with store.read() as cursor:
        assert raw_answers.of_post(cursor, post("1").post_id) is None
        assert raw_answers.of_post(cursor, post("2").post_id)


def test_what_an_archived_post_was_read_from_does_not_expire_while_the_decision_holds(store: Store) -> None:
    keep(store, answer("old"), post("1"), post("2"))
    yes, no = Assessment("incoming", "yes", "yes", "no"), Assessment("incoming", "no", "no", "no")
    store.write(lambda c: archive.decide(c, post("1").post_id, yes, "Klage.", "Ola", NOW))
    assert expire(store, 300) == 0
    store.write(lambda c: archive.decide(c, post("1").post_id, no, "Ikke klage.", "Ola", NOW))
    assert expire(store, 300) == 1
