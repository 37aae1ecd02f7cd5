"""The correction queue: what the matcher found, what people decided, and that neither is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from collectors.post import Metrics, Post
from data import corrections
from data.corrections import DecidedMeanwhile, Item, OwnDraft
from data.store import Store
from models.labels import Fact, FactMatch, Span
from models.workflow import STATES, Decision
from tests.builders import NOW, TODAY, keep, match, post, register

F1, F2 = Fact("F1", "Skolen har 64 elever."), Fact("F2", "Vannet er trygt.")
FALSE = FactMatch("F1", "contradicts", 0.9, Span(0, 4), Span(11, 13), "m1")


def queue(store: Store, state: Any = "open", **more: Any) -> list[Item]:
    with store.read() as cursor:
        return corrections.queue(cursor, state, NOW, **more)


def pairs(store: Store, state: Any = "open", **more: Any) -> list[tuple[str, str]]:
    return [(item.post.text, item.fact.id) for item in queue(store, state, **more)]


def counts(store: Store) -> dict[str, int]:
    with store.read() as cursor:
        return {state: number for state, number in corrections.counts(cursor, NOW).items() if number}


def decide(
    store: Store,
    item: Post,
    decision: Decision,
    seen: int = 0,
    fact: str = "F1",
    by: str = "Kari Nordmann",
    at: datetime = NOW,
    **more: Any,
) -> None:
    store.write(lambda cursor: corrections.decide(cursor, item.post_id, fact, decision, by, at, seen, **more))


def last(store: Store, item: Post, fact: str = "F1") -> int:
    with store.read() as cursor:
        found = cursor.execute(
            "SELECT max(decision_id) FROM correction_decision WHERE post_id = ? AND fact_id = ?", [item.post_id, fact]
        ).fetchone()
    return (found and found[0]) or 0


def merged(store: Store, item: Post, fact: str = "F1") -> list[str]:
    with store.read() as cursor:
        return [other.post.post_id for other in corrections.merged(cursor, NOW, item.post_id, fact)]


def said(store: Store, *items: Post, found: FactMatch | None = None) -> None:
    """Posts that contradict F1."""
    register(store, F1, F2)
    keep(store, *items)
    for item in items:
        match(store, item, found or FALSE)


@pytest.fixture
def claim(store: Store) -> Post:
    """A post that contradicts F1, in a store with two facts."""
    register(store, F1, F2)
    item = post("1", "Det går 30 elever der")
    keep(store, item)
    match(store, item, FALSE)
    return item


def test_an_item_holds_the_post_the_fact_and_the_match(store: Store, claim: Post) -> None:
    [item] = queue(store)
    assert (item.post.post_id, item.fact, item.match, item.state) == (claim.post_id, F1, FALSE, "open")
    assert (item.history, item.last_decision) == ((), 0)


def test_a_match_without_spans_is_kept(store: Store, claim: Post) -> None:
    match(store, claim, replace(FALSE, in_post=None, in_fact=None))
    assert (queue(store)[0].match.in_post, queue(store)[0].match.in_fact) == (None, None)


def test_what_the_matcher_finds_anew_replaces_what_it_found(store: Store, claim: Post) -> None:
    match(store, claim, replace(FALSE, score=0.7, in_post=None), version="2")
    assert [item.match.score for item in queue(store)] == [0.7]
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
    decide(store, claim, "assigned")
    match(store, claim, *found, version="2")
    assert pairs(store, "assigned") == [(claim.text, "F1")]
    assert counts(store) == {"assigned": 1}


def test_a_match_that_is_not_sure_is_asked_about_until_somebody_decides(store: Store, claim: Post) -> None:
    match(store, claim, replace(FALSE, score=0.4))
    assert counts(store) == {"unsure": 1}
    assert queue(store) == []
    (asked,) = queue(store, "unsure")
    assert (asked.state, asked.spread.last_7_days) == ("unsure", 0)
    decide(store, claim, "assigned")
    assert counts(store) == {"assigned": 1}
    assert queue(store, "assigned")[0].spread.last_7_days == 1


def test_the_surest_come_first_then_the_newest_then_by_id(store: Store) -> None:
    register(store, F1, F2)
    items = [post(str(n), f"Nr. {n}", published_at=NOW - timedelta(minutes=n // 2)) for n in range(6)]
    keep(store, *items)
    for n, item in enumerate(items):
        match(store, item, replace(FALSE, score=0.9 if n == 5 else 0.7), replace(FALSE, fact_id="F2", score=0.6))
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
        match(store, item, FALSE, replace(FALSE, fact_id="F2", score=0.6))
    assert pairs(store, fact_id="F2") == [("Nr. 0", "F2"), ("Nr. 1", "F2"), ("Nr. 2", "F2")]
    assert pairs(store, fact_id="' OR 1=1") == []
    yesterday = TODAY - timedelta(days=1)
    assert pairs(store, fact_id="F1", start=yesterday, end=yesterday) == [("Nr. 1", "F1")]
    assert len(pairs(store, start=yesterday)) == 4
    assert len(pairs(store, end=yesterday)) == 4


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        (["assigned"], "assigned"),
        (["dismissed"], "dismissed"),
        (["assigned", "answered"], "answered"),
        (["dismissed", "reopened"], "open"),
        (["dismissed", "reopened", "assigned"], "assigned"),
        (["assigned", "drafted"], "drafted"),
        (["drafted", "sent_back"], "assigned"),
        (["answered", "followed_up", "followed_up"], "followed_up"),
        (["split"], "open"),
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
    assert all(pairs(store, other) == [] for other in {*STATES} - {state})


def test_who_has_not_seen_the_newest_decision_can_not_decide(store: Store, claim: Post) -> None:
    decide(store, claim, "dismissed")
    with pytest.raises(DecidedMeanwhile) as raised:
        decide(store, claim, "assigned")
    assert (raised.value.by, raised.value.decision) == ("Kari Nordmann", "dismissed")
    assert counts(store) == {"dismissed": 1}
    decide(store, claim, "reopened", queue(store, None)[0].last_decision)
    assert counts(store) == {"open": 1}


def test_a_decision_on_one_fact_leaves_the_posts_other_matches_open(store: Store, claim: Post) -> None:
    match(store, claim, FALSE, replace(FALSE, fact_id="F2"))
    decide(store, claim, "dismissed")
    decide(store, claim, "assigned", fact="F2")
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
    edited = replace(claim, text="Noe annet som er like galt")
    keep(store, edited)
    (again,) = queue(store, "open")
    assert [row.revision for row in again.history] == [1]
    match(store, edited)
    assert counts(store) == {"dismissed": 1}


def test_what_was_confirmed_earlier_is_assigned_to_who_confirmed_it(store: Store, claim: Post) -> None:
    decide(store, claim, "confirmed")  # type: ignore[arg-type]
    [item] = queue(store, "assigned")
    assert (item.holder, item.history[0].decision, item.history[0].assignee) == (
        "Kari Nordmann",
        "assigned",
        "Kari Nordmann",
    )


def test_each_decision_keeps_what_belongs_to_it(store: Store, claim: Post) -> None:
    steps: list[tuple[Decision, str, dict[str, str]]] = [
        ("assigned", "Kari", {"assignee": "Ola"}),
        ("drafted", "Ola", {"draft": "Det går 64 der."}),
        ("sent_back", "Kari", {"reason": "Si hvor det står"}),
        ("drafted", "Ola", {"draft": "Det går 64 der, se nettsiden."}),
        ("approved", "Kari", {"draft": "Det går 64 der, se nettsiden."}),
        ("answered", "Ola", {"reply_url": "https://torget.example.no/svar"}),
        ("followed_up", "Ola", {"outcome": "changed", "reason": "Rettet av avsenderen"}),
    ]
    for decision, by, values in steps:
        decide(store, claim, decision, last(store, claim), by=by, **values)
    [item] = queue(store, "followed_up")
    for row, (decision, by, values) in zip(item.history, steps, strict=True):
        assert (row.decision, row.decided_by) == (decision, by)
        assert {name: getattr(row, name) for name in values} == values
    assert item.drafted
    assert item.answered
    assert (item.drafted.decision, item.answered.reply_url) == ("approved", "https://torget.example.no/svar")
    with store.read() as cursor:
        assert corrections.people(cursor) == ["Kari", "Ola"]


@pytest.mark.parametrize("decision", [d for d in get_args(Decision) if d != "merged"])
def test_the_second_person_is_told_whatever_either_of_them_decides(
    store: Store, claim: Post, decision: Decision
) -> None:
    decide(store, claim, decision, by="Ola Hansen")
    for second in get_args(Decision):
        with pytest.raises(DecidedMeanwhile) as raised:
            decide(store, claim, second)
        assert (raised.value.by, raised.value.decision) == ("Ola Hansen", decision)
    assert [row.decision for row in queue(store, None)[0].history] == [decision]


def test_nobody_approves_what_they_drafted(store: Store, claim: Post) -> None:
    decide(store, claim, "drafted", draft="Det går 64.", by="Kari Nordmann")
    with pytest.raises(OwnDraft):
        decide(store, claim, "approved", last(store, claim), by="kari  nordmann", draft="Det går 64.")
    decide(store, claim, "approved", last(store, claim), by="Ola Hansen", draft="Det går 64.")
    assert counts(store) == {"approved": 1}


def test_who_has_an_item_follows_from_what_was_done_with_it(store: Store, claim: Post) -> None:
    def holder() -> str:
        return queue(store, None)[0].holder

    assert holder() == ""
    decide(store, claim, "assigned", assignee="Ola")
    assert holder() == "Ola"
    decide(store, claim, "drafted", last(store, claim), by="Kari", draft="Hei")
    decide(store, claim, "sent_back", last(store, claim), by="Ola")
    assert holder() == "Kari"
    assert pairs(store, "assigned", holder="Kari") == [(claim.text, "F1")]
    assert pairs(store, "assigned", holder="Ola") == []
    decide(store, claim, "reopened", last(store, claim))
    assert holder() == ""
    assert queue(store, None)[0].drafted is None


LONG = "Nå har kommunen bestemt at det bare går 30 elever på skolen vår, og ingen sier noe om det"


def copies(number: int) -> list[Post]:
    """The same text so many times, a minute apart, the first one first."""
    return [post(str(n), LONG, published_at=NOW + timedelta(minutes=n)) for n in range(number)]


def test_the_same_text_on_the_same_fact_is_one_item_of_its_earliest_post(store: Store) -> None:
    items = copies(3)
    said(store, *reversed(items))
    match(store, items[1], FALSE, replace(FALSE, fact_id="F2"))
    assert [(item.post.post_id, item.fact.id, item.merged) for item in queue(store)] == [
        (items[0].post_id, "F1", 2),
        (items[1].post_id, "F2", 0),
    ]
    assert merged(store, items[0]) == [items[1].post_id, items[2].post_id]
    assert counts(store) == {"open": 2}


def test_short_texts_are_not_one_rumour(store: Store) -> None:
    said(store, post("1", "Bare 30"), post("2", "Bare 30"))
    assert counts(store) == {"open": 2}


@pytest.mark.parametrize("decision", ["answered", "dismissed"])
def test_what_holds_for_the_lead_holds_for_its_copies_also_when_the_lead_changes_after(
    store: Store, decision: Decision
) -> None:
    items = copies(3)
    said(store, *items[:2])
    decide(store, items[0], decision)
    said(store, items[2])
    assert counts(store) == {decision: 1}
    decide(store, items[0], "reopened", last(store, items[0]))
    decide(store, items[0], decision, last(store, items[0]))
    keep(store, replace(items[0], text="Jeg tok feil, det går 64 elever på skolen vår ifølge kommunens egne sider"))
    match(store, items[0])
    assert counts(store) == {decision: 1}
    assert merged(store, items[0]) == [items[1].post_id, items[2].post_id]


def test_who_has_begun_with_a_copy_keeps_it_when_an_earlier_one_turns_up(store: Store) -> None:
    first, second, third = copies(3)
    said(store, second, third)
    decide(store, second, "assigned", assignee="Kari")
    said(store, first)
    [item] = queue(store, None)
    assert (item.post.post_id, item.state, item.merged) == (second.post_id, "assigned", 2)


def test_a_copy_that_was_split_off_stands_by_itself(store: Store) -> None:
    items = copies(3)
    said(store, *items)
    decide(store, items[1], "split")
    assert {(item.post.post_id, item.merged) for item in queue(store)} == {(items[0].post_id, 1), (items[1].post_id, 0)}
    decide(store, items[1], "dismissed", last(store, items[1]))
    assert counts(store) == {"open": 1, "dismissed": 1}


def test_rumours_are_merged_by_hand_with_their_copies(store: Store) -> None:
    first, second = copies(2)
    other = post("9", "Under 40 elever igjen", published_at=NOW - timedelta(minutes=1))
    said(store, first, second, other)
    decide(store, first, "merged", lead=other.post_id)
    [item] = queue(store, None)
    assert (item.post.post_id, item.merged) == (other.post_id, 2)
    assert merged(store, other) == [first.post_id, second.post_id]
    late = post("10", LONG, published_at=NOW + timedelta(hours=1))
    said(store, late)
    assert queue(store, None)[0].merged == 3
    decide(store, second, "split", last(store, second))
    assert {(item.post.post_id, item.merged) for item in queue(store)} == {(other.post_id, 2), (second.post_id, 0)}


def test_nothing_is_merged_into_what_was_merged_itself_meanwhile(store: Store) -> None:
    items = [post(str(n), f"Bare {n}") for n in (1, 2, 3)]
    said(store, *items)
    decide(store, items[1], "merged", lead=items[2].post_id, by="Ola Hansen")
    with pytest.raises(DecidedMeanwhile) as raised:
        decide(store, items[0], "merged", lead=items[1].post_id)
    assert raised.value.by == "Ola Hansen"
    assert {item.post.post_id for item in queue(store)} == {items[0].post_id, items[2].post_id}


def test_what_was_merged_is_not_lost_with_its_lead(store: Store) -> None:
    first, lead = post("1", "Bare 30"), post("2", "Under 40")
    said(store, first, lead)
    decide(store, first, "merged", lead=lead.post_id)
    match(store, lead)
    assert [(item.post.post_id, item.state) for item in queue(store)] == [(first.post_id, "open")]


def test_one_item_is_read_as_it_stands(store: Store) -> None:
    first, second = copies(2)
    said(store, first, second)
    with store.read() as cursor:
        item = corrections.item(cursor, NOW, first.post_id, "F1")
        assert item
        assert item.merged == 1
        assert corrections.item(cursor, NOW, second.post_id, "F1") is None
        assert corrections.item(cursor, NOW, first.post_id, "F2") is None


def test_an_item_holds_what_its_post_answers(store: Store) -> None:
    parent = post("0", "Hvor mange går det der?")
    keep(store, parent)
    said(store, post("1", "Bare 30", parent_native_id="0"))
    [item] = queue(store)
    assert item.parent
    assert item.parent.text == parent.text


def ordered(store: Store) -> list[str]:
    return [text for text, _ in pairs(store)]


@pytest.mark.parametrize(
    "worse",
    [
        {"score": 0.9},
        {"severity": 0.9},
        {"deadline": "2026-11-24"},
    ],
    ids=["surer", "further from what is right", "a deadline is near"],
)
def test_the_most_harmful_comes_first_by_what_the_matcher_tells(store: Store, worse: dict[str, Any]) -> None:
    usual = replace(FALSE, score=0.6, severity=0.5, deadline=None)
    newer = NOW + timedelta(hours=1)
    said(store, post("1", "Mildt", published_at=newer), found=usual)
    said(store, post("2", "Verre"), found=replace(usual, **worse))
    assert ordered(store) == ["Verre", "Mildt"]


def test_a_nearer_deadline_is_more_urgent_and_one_that_has_passed_less(store: Store) -> None:
    for day in (None, "2026-11-21", "2026-12-04", "2026-12-20", "2026-11-20", "2026-11-28"):
        said(store, post(str(day), str(day)), found=replace(FALSE, deadline=day))
    assert ordered(store)[:3] == ["2026-11-21", "2026-11-28", "2026-12-04"]
    assert set(ordered(store)[3:5]) == {"None", "2026-12-20"}
    assert ordered(store)[5] == "2026-11-20"


@pytest.mark.parametrize(
    "counted",
    [Metrics(reposts=3), Metrics(quotes=3), Metrics(replies=3), Metrics(likes=15), Metrics(views=300)],
    ids=str,
)
def test_what_has_come_further_comes_first(store: Store, counted: Metrics) -> None:
    said(store, post("1", "Stille", published_at=NOW + timedelta(hours=1), metrics=Metrics(likes=4)))
    said(store, post("2", "Delt", metrics=counted))
    assert ordered(store) == ["Delt", "Stille"]


def test_the_reach_of_copies_counts_for_their_lead(store: Store) -> None:
    first, second = copies(2)
    said(store, post("9", "Stille", published_at=NOW + timedelta(hours=1)))
    said(store, first, replace(second, metrics=Metrics(reposts=9, likes=2)))
    assert ordered(store) == [LONG, "Stille"]
    assert queue(store)[0].spread.metrics == Metrics(reposts=9, likes=2)


def test_what_grows_comes_first(store: Store) -> None:
    register(store, F1, F2)
    old = NOW - timedelta(hours=49)
    said(store, *(post(f"gammel{n}", f"Gammel {n}", published_at=old) for n in range(3)))
    fresh = [post(f"fersk{n}", f"Fersk {n}", published_at=NOW - timedelta(hours=47)) for n in range(2)]
    keep(store, *fresh)
    for item in fresh:
        match(store, item, replace(FALSE, fact_id="F2"))
    assert [text.split()[0] for text in ordered(store)] == ["Fersk"] * 2 + ["Gammel"] * 3
    spread = [(item.spread.last_48_hours, item.spread.last_7_days) for item in queue(store)]
    assert spread == [(2, 2), (2, 2), (0, 3), (0, 3), (0, 3)]


@pytest.mark.parametrize("how", ["did not hold then", "has ended"])
def test_a_fact_that_does_not_hold_warns_and_asks_for_no_correction(store: Store, how: str) -> None:
    ended = how == "has ended"
    said(store, post("1", "Bare 30"), found=replace(FALSE, holds=ended))
    new = Fact("F9", "Skolen har 70 elever.")
    register(store, replace(F1, valid_to="2026-11-20" if ended else None, successor="F9"), new)
    assert counts(store) == {"expired": 1}
    [item] = queue(store, "expired")
    assert (item.holds, item.successor) == (False, new)
    decide(store, post("1", "Bare 30"), "assigned", assignee="Kari")
    [item] = queue(store, "assigned")
    assert item.holds is False


def test_a_fact_holds_through_its_last_day(store: Store) -> None:
    said(store, post("1", "Bare 30"))
    register(store, replace(F1, valid_to="2026-11-21"))
    assert counts(store) == {"open": 1}


def test_what_was_answered_waits_to_be_followed_up_after_three_days(store: Store, claim: Post) -> None:
    other = post("2", "Under 40")
    said(store, other)
    decide(store, claim, "answered", at=NOW - timedelta(days=3))
    decide(store, other, "answered", at=NOW - timedelta(days=2))
    assert counts(store) == {"answered": 2, "due": 1}
    assert pairs(store, "due") == [(claim.text, "F1")]
    decide(store, claim, "followed_up", last(store, claim), outcome="unchanged")
    assert counts(store) == {"answered": 1, "followed_up": 1}


def test_posts_on_the_fact_since_the_answer_are_counted(store: Store, claim: Post) -> None:
    decide(store, claim, "answered", at=NOW)
    said(store, post("2", "Under 40", published_at=NOW + timedelta(hours=1)))
    [item] = queue(store, "answered")
    assert item.spread.since_answer == 1
    assert queue(store)[0].spread.since_answer == 0


def test_counts_are_of_one_fact_or_one_holder_where_that_is_asked_for(store: Store, claim: Post) -> None:
    match(store, claim, FALSE, replace(FALSE, fact_id="F2"))
    decide(store, claim, "assigned", assignee="Ola")
    with store.read() as cursor:
        assert corrections.counts(cursor, NOW, fact_id="F2")["open"] == 1
        assert corrections.counts(cursor, NOW, fact_id="F2")["assigned"] == 0
        assert corrections.counts(cursor, NOW, holder="Ola")["assigned"] == 1
        assert corrections.counts(cursor, NOW, holder="Ola")["open"] == 0
