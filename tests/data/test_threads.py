"""Conversations are read again when answers have had time to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from collectors.post import HeldPost, LookedUp
from data import deletions, threads
from data.store import Store
from data.threads import READS
from tests.builders import NOW, keep, post


def due(store: Store, now: datetime = NOW, limit: int = 10) -> list[str]:
    with store.read() as cursor:
        return [held.native_id for held in threads.due(cursor, "torget", now, limit)]


def read(store: Store, *names: str) -> None:
    store.write(lambda cursor: threads.save_read(cursor, [post(name).post_id for name in names]))


def test_a_conversation_is_read_at_once_and_after_an_hour_six_a_day_and_three(store: Store) -> None:
    keep(store, post("1"))
    moments = []
    for half_hour in range(2 * 24 * 5):
        now = NOW + timedelta(minutes=30 * half_hour)
        if due(store, now):
            moments.append(now - NOW)
            read(store, "1")
    assert tuple(moments) == READS


def test_a_conversation_is_read_once_however_many_of_its_posts_are_held(store: Store) -> None:
    asked = {"conversation_id": "c"}
    keep(store, post("1", **asked), post("2", published_at=NOW + timedelta(minutes=1), **asked), post("3"))
    assert sorted(due(store)) == ["1", "3"]
    read(store, "1")
    assert due(store) == ["3"]
    assert sorted(due(store, NOW + timedelta(hours=1))) == ["1", "3"]


def test_the_newest_go_first_where_not_all_can(store: Store) -> None:
    keep(store, *(post(str(n), fetched_at=NOW - timedelta(minutes=n)) for n in range(5)))
    assert due(store, limit=2) == ["0", "1"]


def test_a_post_comes_as_its_platform_knows_it(store: Store) -> None:
    item = post("uri", server_id="117", conversation_id="c")
    keep(store, item, post("elsewhere", source="en annen"))
    with store.read() as cursor:
        assert threads.due(cursor, "torget", NOW, 10) == (HeldPost(item.post_id, "uri", "117", "c"),)


def test_the_conversation_of_a_post_that_is_gone_is_not_read(store: Store) -> None:
    item = post("1")
    keep(store, item)
    looked = LookedUp({item.post_id: "http_404"})
    store.write(lambda c: deletions.save(c, [HeldPost(item.post_id, "1", "")], looked, NOW))
    assert due(store) == []
    assert due(store, NOW + timedelta(days=9)) == []


def test_no_posts_read_changes_nothing(store: Store) -> None:
    keep(store, post("1"))
    read(store)
    assert due(store) == ["1"]
