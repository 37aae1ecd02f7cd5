"""The correction queue: what the matcher found, what people decided, and that neither is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from collectors.post import Post
from data import corrections
from data.corrections import DecidedMeanwhile, Decision, Item, ToMatch
from data.store import Store
from models.labels import Fact, FactMatch, Span
from tests.builders import NOW, TODAY, keep, label, match, post, register

F1, F2 = Fact("F1", "Skolen har 64 elever."), Fact("F2", "Vannet er trygt.")
FALSE = FactMatch("F1", "contradicts", 0.9, Span(0, 4), Span(11, 13), "m1")


def queue(store: Store, state: Any = "open", **more: Any) -> list[Item]:
    with store.read() as cursor:
        return corrections.queue(cursor, state, **more)


def pairs(store: Store, state: Any = "open", **more: Any) -> list[tuple[str, str]]:
    return [(item.post.text, item.fact.id) for item in queue(store, state, **more)]


def counts(store: Store) -> dict[str, int]:
    with store.read() as cursor:
        return {state: number for state, number in corrections.counts(cursor).items() if number}


def decide(store: Store, item: Post, decision: Decision, seen: int = 0, fact: str = "F1", **more: str) -> None:
    store.write(
        lambda cursor: corrections.decide(cursor, item.post_id, fact, decision, "Kari Nordmann", NOW, seen, **more)
    )


def waiting(store: Store, version: str = "1", since: date = TODAY, limit: int = 100) -> list[ToMatch]:
    with store.read() as cursor:
        return corrections.waiting(cursor, version, since, limit)


@pytest.fixture
def claim(store: Store) -> Post:
    """A post that contradicts F1, in a store with two facts."""
    register(store, F1, F2)
    item = post("1", "Det går 30 elever der")
    keep(store, item)
    match(store, item, FALSE)
    return item


def test_posts_wait_until_they_are_held_against_the_register(store: Store) -> None:
    keep(store, post("1"), post("2", published_at=NOW - timedelta(hours=1)))
    label(store, post("1"), lang="nn")
    assert [(p.post_id, p.lang) for p in waiting(store)] == [(post("1").post_id, "nn"), (post("2").post_id, "")]
    assert [p.post_id for p in waiting(store, limit=1)] == [post("1").post_id]
    match(store, post("1"))
    assert [p.post_id for p in waiting(store)] == [post("2").post_id]
    assert len(waiting(store, "2")) == 2


def test_an_edited_post_waits_again(store: Store, claim: Post) -> None:
    assert waiting(store) == []
    keep(store, replace(claim, text="Det går 64 elever der"))
    assert [p.text for p in waiting(store)] == ["Det går 64 elever der"]


def test_posts_before_the_day_do_not_wait(store: Store) -> None:
    keep(store, post("1", published_at=NOW - timedelta(days=1)))
    assert waiting(store) == []
    assert len(waiting(store, since=TODAY - timedelta(days=1))) == 1


def test_an_item_holds_the_post_the_fact_and_the_match(store: Store, claim: Post) -> None:
    [item] = queue(store)
    assert (item.post.post_id, item.fact, item.match, item.state) == (claim.post_id, F1, FALSE, "open")
    assert (item.history, item.last_decision) == ((), 0)


def test_a_match_without_spans_is_kept(store: Store, claim: Post) -> None:
    match(store, claim, replace(FALSE, in_post=None, in_fact=None))
    assert (queue(store)[0].match.in_post, queue(store)[0].match.in_fact) == (None, None)


def test_what_the_matcher_finds_anew_replaces_what_it_found(store: Store, claim: Post) -> None:
    match(store, claim, replace(FALSE, score=0.5, in_post=None), version="2")
    assert [item.match.score for item in queue(store)] == [0.5]
    match(store, claim, replace(FALSE, fact_id="F2"))
    assert pairs(store) == [(claim.text, "F2")]
    match(store, claim)
    assert pairs(store) == []
    assert counts(store) == {}


def test_matches_of_other_posts_stay(store: Store, claim: Post) -> None:
    other = post("2")
    keep(store, other)
    match(store, other)
    assert pairs(store) == [(claim.text, "F1")]


@pytest.mark.parametrize("relation", ["states", "asks", "debunks"])
def test_only_what_contradicts_needs_correction(store: Store, claim: Post, relation: str) -> None:
    match(store, claim, replace(FALSE, relation=relation))
    assert pairs(store, None) == []
    assert counts(store) == {}


@pytest.mark.parametrize("found", [(), (replace(FALSE, relation="states", score=0.1),)], ids=["gone", "states"])
def test_what_somebody_has_decided_on_stays_whatever_the_matcher_says(
    store: Store, claim: Post, found: tuple[FactMatch, ...]
) -> None:
    decide(store, claim, "confirmed")
    match(store, claim, *found, version="2")
    assert pairs(store, "confirmed") == [(claim.text, "F1")]
    assert counts(store) == {"confirmed": 1}


def test_the_surest_come_first_then_the_newest_then_by_id(store: Store) -> None:
    register(store, F1, F2)
    items = [post(str(n), f"Nr. {n}", published_at=NOW - timedelta(minutes=n // 2)) for n in range(6)]
    keep(store, *items)
    for n, item in enumerate(items):
        match(store, item, replace(FALSE, score=0.9 if n == 5 else 0.5), replace(FALSE, fact_id="F2", score=0.1))
    found = pairs(store, size=6)
    assert found[0] == ("Nr. 5", "F1")
    assert sorted(found[1:3]) == [("Nr. 0", "F1"), ("Nr. 1", "F1")]
    assert {fact for _, fact in found} == {"F1"}
    pages = [pairs(store, number=number, size=5) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert [pair for page in pages for pair in page] == pairs(store, size=100)
    assert pairs(store, number=0, size=5) == pages[0]


def test_the_queue_of_one_fact_or_of_some_days(store: Store) -> None:
    register(store, F1, F2)
    items = [post(str(n), f"Nr. {n}", published_at=NOW - timedelta(days=n)) for n in range(3)]
    keep(store, *items)
    for item in items:
        match(store, item, FALSE, replace(FALSE, fact_id="F2", score=0.1))
    assert pairs(store, fact_id="F2") == [("Nr. 0", "F2"), ("Nr. 1", "F2"), ("Nr. 2", "F2")]
    assert pairs(store, fact_id="' OR 1=1") == []
    yesterday = TODAY - timedelta(days=1)
    assert pairs(store, fact_id="F1", start=yesterday, end=yesterday) == [("Nr. 1", "F1")]
    assert len(pairs(store, start=yesterday)) == 4
    assert len(pairs(store, end=yesterday)) == 4


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        (["confirmed"], "confirmed"),
        (["dismissed"], "dismissed"),
        (["confirmed", "answered"], "answered"),
        (["dismissed", "reopened"], "open"),
        (["dismissed", "reopened", "confirmed"], "confirmed"),
    ],
    ids=str,
)
def test_the_newest_decision_holds_and_all_are_kept(
    store: Store, claim: Post, taken: list[Decision], state: str
) -> None:
    for decision in taken:
        decide(store, claim, decision, queue(store, None)[0].last_decision, reason="Fordi", reply_url="https://x")
    assert counts(store) == {state: 1}
    [item] = queue(store, state)
    assert item.state == state
    assert [row.decision for row in item.history] == taken
    row = item.history[-1]
    assert (row.decided_by, row.decided_at, row.reason, row.reply_url) == ("Kari Nordmann", NOW, "Fordi", "https://x")
    assert all(pairs(store, other) == [] for other in {"open", "confirmed", "dismissed", "answered"} - {state})


def test_who_has_not_seen_the_newest_decision_can_not_decide(store: Store, claim: Post) -> None:
    decide(store, claim, "dismissed")
    with pytest.raises(DecidedMeanwhile) as raised:
        decide(store, claim, "confirmed")
    assert (raised.value.by, raised.value.decision) == ("Kari Nordmann", "dismissed")
    assert counts(store) == {"dismissed": 1}
    decide(store, claim, "reopened", queue(store, None)[0].last_decision)
    assert counts(store) == {"open": 1}


def test_a_decision_on_one_fact_leaves_the_posts_other_matches_open(store: Store, claim: Post) -> None:
    match(store, claim, FALSE, replace(FALSE, fact_id="F2"))
    decide(store, claim, "dismissed")
    decide(store, claim, "confirmed", fact="F2")
    assert pairs(store, "dismissed") == [(claim.text, "F1")]
    assert [len(item.history) for item in queue(store, None)] == [1, 1]


def test_the_queue_shows_the_fact_as_it_reads_now(store: Store, claim: Post) -> None:
    register(store, replace(F1, statement_nb="Skolen har 65 elever."))
    assert [item.fact.statement_nb for item in queue(store)] == ["Skolen har 65 elever."]


@pytest.mark.parametrize("gone", ["post", "fact_revision"])
def test_a_match_whose_post_or_fact_is_gone_is_left_out_everywhere(store: Store, claim: Post, gone: str) -> None:
    other = post("2", "Et annet")
    keep(store, other)
    match(store, other, replace(FALSE, fact_id="F2"))
    name, value = ("post_id", claim.post_id) if gone == "post" else ("fact_id", "F1")
    store.write(lambda cursor: cursor.execute(f"DELETE FROM {gone} WHERE {name} = ?", [value]))
    assert pairs(store) == [("Et annet", "F2")]
    assert counts(store) == {"open": 1}


def test_what_was_dismissed_is_open_again_when_the_post_was_edited_and_still_contradicts(
    store: Store, claim: Post
) -> None:
    decide(store, claim, "dismissed", reason="satire")
    assert counts(store)["dismissed"] == 1
    keep(store, replace(claim, text="Noe annet som er like galt"))
    (again,) = queue(store, "open")
    assert [row.revision for row in again.history] == [1]
