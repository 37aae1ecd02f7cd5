"""Which posts wait to be held against the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from data import fact_checks
from data.fact_checks import ToMatch
from data.store import Store
from tests.builders import NOW, TODAY, keep, label, match, post


def waiting(store: Store, version: str = "1", since: date = TODAY, limit: int = 100) -> list[ToMatch]:
    with store.read() as cursor:
        return fact_checks.waiting(cursor, version, since, limit)


def test_posts_wait_until_they_are_held_against_the_register(store: Store) -> None:
    keep(store, post("1"), post("2", published_at=NOW - timedelta(hours=1)))
    label(store, post("1"), lang="nn")
    assert [(p.post_id, p.lang) for p in waiting(store)] == [(post("1").post_id, "nn"), (post("2").post_id, "")]
    assert [p.post_id for p in waiting(store, limit=1)] == [post("1").post_id]
    match(store, post("1"))
    assert [p.post_id for p in waiting(store)] == [post("2").post_id]
    assert len(waiting(store, "2")) == 2


def test_an_edited_post_waits_again(store: Store) -> None:
    claim = post("1", "Det går 30 elever der")
    keep(store, claim)
    match(store, claim)
    assert waiting(store) == []
    keep(store, replace(claim, text="Det går 64 elever der"))
    assert [p.text for p in waiting(store)] == ["Det går 64 elever der"]


def test_posts_before_the_day_do_not_wait(store: Store) -> None:
    keep(store, post("1", published_at=NOW - timedelta(days=1)))
    assert waiting(store) == []
    assert len(waiting(store, since=TODAY - timedelta(days=1))) == 1


def test_what_was_read_of_a_post_is_known_when_it_is_matched_with_another_register(store: Store) -> None:
    claim, other = post("1", "Det går 30 elever der"), post("2")
    keep(store, claim, other)
    held, rest = waiting(store, "matcher:1")
    held.readings["a fact"] = [-0.5, -2.25]
    store.write(lambda cursor: fact_checks.save(cursor, [held, rest], {}, "matcher:1", NOW))
    assert {p.post_id: p.readings for p in waiting(store, "matcher:2")} == {
        held.post_id: {"a fact": [-0.5, -2.25]},
        rest.post_id: {},
    }


def test_what_another_matcher_read_and_what_was_read_of_another_text_is_not_known(store: Store) -> None:
    claim = post("1", "Det går 30 elever der")
    keep(store, claim)
    (held,) = waiting(store, "matcher:1")
    held.readings["a fact"] = [-0.5, -2.25]
    store.write(lambda cursor: fact_checks.save(cursor, [held], {}, "matcher:1", NOW))
    assert [p.readings for p in waiting(store, "another:2")] == [{}]
    keep(store, replace(claim, text="Det går 64 elever der"))
    assert [p.readings for p in waiting(store, "matcher:2")] == [{}]
