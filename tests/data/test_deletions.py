"""What is gone where it stood: wiped down to what is counted, unless the archive keeps it and an archivist decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collectors.post import (
    Collected,
    HeldPost,
    LookedUp,
    Match,
    Metrics,
    Polled,
    Post,
    Problem,
    RawAnswer,
    SourceState,
)
from data import archive, corrections, deletions, fact_checks, labels, listening, posts, raw_answers
from data.corrections import DecidedMeanwhile
from data.deletions import SWEEPS, Changed
from data.listening import Filter
from data.store import Store, rows
from models.archiving import Assessment
from models.labels import Fact, FactMatch, Span
from tests.builders import KARI, NOW, SCHOOL, TODAY, WATER, collected, keep, label, match, post, register

LATER = NOW + timedelta(days=1)
SECRET = "Skolen i Nordbygda er stengt fordi taket lekker og ingen gjør noe med det"
ARCHIVED = Assessment("incoming", "yes", "yes", "no")
LEFT_OUT = Assessment("incoming", "no", "no", "no")
EVERYTHING = ("post", "author", "post_version", "post_match", "label", "fact_match", "fact_check", "archive_decision")


def ask(store: Store, looked: LookedUp, *asked: Post, now: Any = LATER) -> Changed:
    held = [HeldPost(item.post_id, item.native_id, item.server_id) for item in asked]
    return store.write(lambda cursor: deletions.save(cursor, held, looked, now))


def gone(store: Store, *items: Post, now: Any = LATER, how: str = "http_404") -> Changed:
    return ask(store, LookedUp({item.post_id: how for item in items}), *items, now=now)


def row(store: Store, item: Post) -> dict[str, Any]:
    with store.read() as cursor:
        return rows(cursor, "SELECT * FROM post WHERE post_id = ?", [item.post_id])[0]


def view(store: Store, item: Post) -> listening.PostView:
    with store.read() as cursor:
        found = listening.post(cursor, item.post_id)
    assert found
    return found


def everything(store: Store) -> str:
    """All that the store holds of posts, as one text to look in."""
    with store.read() as cursor:
        said = [str(rows(cursor, f"SELECT * FROM {table}")) for table in EVERYTHING]
        said += [str(raw_answers.of_post(cursor, r["post_id"])) for r in rows(cursor, "SELECT post_id FROM post")]
    return "\n".join(said)


def decide_archive(store: Store, item: Post, given: Assessment) -> None:
    store.write(lambda cursor: archive.decide(cursor, item.post_id, given, "Fordi.", "Ola", NOW))


def decide(store: Store, item: Post, decision: Any, seen: int = 0, by: str = "Ada Arkivar") -> None:
    store.write(lambda cursor: deletions.decide(cursor, item.post_id, decision, "Fordi.", by, LATER, seen))


def keep_raw(store: Store, body: bytes, *items: Post, now: Any = NOW) -> None:
    """Store posts together with the answer that they were read from."""
    answer = RawAnswer("https://torget.example.no/api", 200, {}, body, now)
    batch = [Collected(replace(item, raw_sha256=answer.sha256), (Match("skole"),)) for item in items]

    def work(cursor: Any) -> None:
        posts.store(cursor, batch, (SCHOOL, WATER), now)
        raw_answers.save(cursor, [("torget", answer)], [item.post for item in batch])

    store.write(work)


def raw_bodies(store: Store) -> int:
    with store.read() as cursor:
        return int(rows(cursor, "SELECT count(*) AS n FROM raw_answer")[0]["n"])


def test_posts_are_asked_for_after_a_day_a_week_and_a_month(store: Store) -> None:
    item = post("1")
    keep(store, item)
    asked_at = []
    for hour in range(0, 24 * 40, 6):
        now = NOW + timedelta(hours=hour)
        with store.read() as cursor:
            due = deletions.due(cursor, "torget", now, 10)
        if due:
            assert due == (HeldPost(item.post_id, "1", "", ""),)
            asked_at.append(timedelta(hours=hour))
            ask(store, LookedUp(posts=(item,)), item, now=now)
    assert tuple(asked_at) == SWEEPS


def test_what_was_missed_while_nothing_ran_is_asked_for_once(store: Store) -> None:
    item = post("1")
    keep(store, item)
    ask(store, LookedUp(), item, now=NOW + timedelta(days=8))
    assert row(store, item)["sweeps"] == 2
    with store.read() as cursor:
        assert deletions.due(cursor, "torget", NOW + timedelta(days=29), 10) == ()
        assert len(deletions.due(cursor, "torget", NOW + timedelta(days=30), 10)) == 1


def test_asking_before_the_first_day_is_over_does_not_count_as_one_of_the_three(store: Store) -> None:
    item = post("1")
    keep(store, item)
    ask(store, LookedUp(posts=(item,)), item, now=NOW + timedelta(hours=2))
    assert row(store, item)["sweeps"] == 0


def test_so_many_are_due_as_were_asked_for_of_one_source_and_the_longest_waiting_first(store: Store) -> None:
    items = [post(str(n), fetched_at=NOW - timedelta(minutes=n)) for n in range(5)]
    keep(store, *items, post("other", source="en annen"))
    with store.read() as cursor:
        due = deletions.due(cursor, "torget", LATER, 3)
    assert [held.native_id for held in due] == ["4", "3", "2"]


def test_a_tombstone_keeps_what_is_counted_and_nothing_that_was_said_or_by_whom(store: Store) -> None:
    item = post(
        f"https://torget.example.no/users/kari/{SECRET[:6]}",
        SECRET,
        title="Taket",
        url="https://torget.example.no/@kari/1",
        hashtags=("nordbygda",),
        mentions=("ola@torget.example.no",),
        links=("https://kari.example.no/",),
        server_id="117",
        conversation_id="c1",
        parent_native_id="0",
        metrics=Metrics(replies=3),
    )
    keep(store, collected(replace(item, text="Før: Nordbygda"), terms=("Nordbygda",)))
    keep(store, item)
    label(store, item, conflict=2, topics=("skole-og-utdanning",))
    before = row(store, item)
    assert gone(store, item) == Changed(gone=1)
    after = row(store, item)
    for name in (
        "post_id",
        "platform",
        "source",
        "kind",
        "published_at",
        "first_seen_at",
        "day",
        "parent_id",
        "replies",
    ):
        assert after[name] == before[name]
    assert (after["state"], after["state_at"], after["state_evidence"]) == ("gone", LATER, "http_404")
    for word in ("Nordbygda", "nordbygda", "kari", "Kari", "@ola", "Taket", item.content_hash):
        assert word not in everything(store)
    said = view(store, item)
    assert (said.state, said.text, said.author_handle, said.conflict) == ("gone", "", "", 2)


def test_counts_stay_the_same_when_posts_go(store: Store) -> None:
    items = [post(str(n), f"{SECRET} {n}") for n in range(4)]
    keep(store, *items)
    for n, item in enumerate(items[:3]):
        label(store, item, conflict=n + 1, topics=("skole-og-utdanning",), intent="question")
    day = Filter(TODAY, TODAY)
    with store.read() as cursor:
        before = [listening.totals(cursor, day), listening.counts(cursor, day, "topics")]
        said = [listening.volume_by_day(cursor, day), listening.counts(cursor, day, "intent")]
    gone(store, *items[:3])
    with store.read() as cursor:
        assert before == [listening.totals(cursor, day), listening.counts(cursor, day, "topics")]
        assert said == [listening.volume_by_day(cursor, day), listening.counts(cursor, day, "intent")]
        assert len(listening.page(cursor, day, 1, 10)) == 4
        assert [v.post_id for v in listening.page(cursor, replace(day, text="taket"), 1, 10)] == [items[3].post_id]


def test_a_tombstone_is_not_labelled_or_checked_again_and_waits_for_nothing(store: Store) -> None:
    labelled, unlabelled = post("1", SECRET), post("2", f"{SECRET} 2")
    keep(store, labelled, unlabelled)
    label(store, labelled)
    gone(store, labelled, unlabelled)
    with store.read() as cursor:
        assert labels.waiting(cursor, "another model", 10) == []
        assert fact_checks.waiting(cursor, "another register", TODAY - timedelta(days=9), 10) == []
        assert listening.totals(cursor, Filter(TODAY, TODAY)).unlabelled == 0


def test_what_a_checker_read_before_the_post_went_is_not_kept_after(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    register(store, Fact("F1", "Taket er tett."))
    gone(store, item)
    match(store, item, FactMatch("F1", "contradicts", 0.9, Span(0, 5), Span(0, 3)))
    with store.read() as cursor:
        assert corrections.counts(cursor, NOW)["open"] == 0


@pytest.mark.parametrize(
    ("decisions", "left"),
    [
        ((), {}),
        (("assigned",), {"assigned": 1}),
        (("dismissed",), {"dismissed": 1}),
        (("assigned", "answered"), {"answered": 1}),
        (("assigned", "reopened"), {}),
    ],
)
def test_its_items_leave_the_correction_queue_unless_they_are_decided(
    store: Store, decisions: Sequence[Any], left: dict[str, int]
) -> None:
    item = post("1", SECRET)
    keep(store, item)
    register(store, Fact("F1", "Taket er tett."))
    match(store, item, FactMatch("F1", "contradicts", 0.9, Span(0, 5), Span(0, 3)))
    for decision in decisions:
        store.write(
            lambda c, d=decision: corrections.decide(c, item.post_id, "F1", d, "Ola", NOW, 9)  # type: ignore[misc]
        )
    gone(store, item)
    with store.read() as cursor:
        assert {state: n for state, n in corrections.counts(cursor, NOW).items() if n} == left
        for found in corrections.queue(cursor, None, NOW):
            assert (found.match.in_post, found.match.in_fact, found.post.text) == (None, None, "")


def test_an_item_that_was_dismissed_before_an_edit_leaves_the_queue_too(store: Store) -> None:
    item = post("1", "Taket er tett")
    keep(store, item)
    register(store, Fact("F1", "Taket er tett."))
    match(store, item, FactMatch("F1", "contradicts", 0.9))
    store.write(lambda c: corrections.decide(c, item.post_id, "F1", "dismissed", "Ola", NOW, 0))
    keep(store, replace(item, text=SECRET))
    with store.read() as cursor:
        assert corrections.counts(cursor, NOW)["open"] == 1
    gone(store, item)
    with store.read() as cursor:
        assert corrections.counts(cursor, NOW)["open"] == 0


def test_an_author_goes_with_the_last_of_their_posts(store: Store) -> None:
    first, second = post("1"), post("2")
    keep(store, first, second)
    gone(store, first)
    assert view(store, second).author_handle == KARI.handle
    gone(store, second)
    with store.read() as cursor:
        assert rows(cursor, "SELECT * FROM author") == []


def test_a_tombstone_is_a_story_of_its_own(store: Store) -> None:
    items = [post("1", SECRET), post("2", SECRET), post("3", SECRET)]
    keep(store, *items)
    gone(store, items[0])
    assert [view(store, item).copies for item in items] == [0, 1, 1]


def test_the_raw_answer_goes_also_where_other_posts_were_read_from_it(store: Store) -> None:
    first, second = post("1", SECRET), post("2", "Hei")
    keep_raw(store, SECRET.encode(), first, second)
    gone(store, first)
    assert raw_bodies(store) == 0
    assert view(store, second).text == "Hei"
    with store.read() as cursor:
        assert raw_answers.of_post(cursor, second.post_id) is None


def test_the_raw_answer_stays_where_an_archived_post_was_read_from_it(store: Store) -> None:
    first, second = post("1", "Hei"), post("2", SECRET)
    keep_raw(store, SECRET.encode(), first, second)
    decide_archive(store, second, ARCHIVED)
    gone(store, first)
    with store.read() as cursor:
        answer = raw_answers.of_post(cursor, second.post_id)
    assert answer
    assert answer.body == SECRET.encode()


def test_all_that_the_source_answered_since_goes_too(store: Store) -> None:
    item = post("1", "Før")
    keep_raw(store, b"before", item)
    keep_raw(store, b"after, with others", replace(item, text="Etter"))
    keep_raw(store, b"repeated beside something new", post("3", "Ny"))
    gone(store, item)
    assert raw_bodies(store) == 0


def test_an_answer_that_still_tells_of_it_is_not_kept_again(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    gone(store, item)
    keep_raw(store, SECRET.encode(), item, post("2", "Hei"))
    assert raw_bodies(store) == 0


def test_a_poll_that_brings_the_same_post_again_writes_nothing_of_it(store: Store) -> None:
    item = post("1", SECRET, metrics=Metrics(likes=1))
    keep(store, item)
    gone(store, item)
    before = row(store, item)
    again = replace(item, text=f"{SECRET}!", metrics=Metrics(likes=9), fetched_at=LATER + timedelta(hours=1))
    assert keep(store, collected(again, ("skole", "vann"), ("taket",)), now=LATER).new == 0
    assert row(store, item) == before
    assert view(store, item).listening_posts == ("skole",)
    with store.read() as cursor:
        assert rows(cursor, "SELECT * FROM author") == []
    assert "taket" not in everything(store)


def test_what_the_platform_could_not_answer_is_not_gone(store: Store) -> None:
    items = [post(str(n), SECRET) for n in range(3)]
    keep(store, *items)
    looked = LookedUp({items[0].post_id: "absent"}, (items[1],), problem=Problem("http_503"))
    assert ask(store, looked, *items) == Changed(gone=1)
    assert [row(store, item)["state"] for item in items] == ["gone", "live", "live"]
    assert [row(store, item)["sweeps"] for item in items] == [1, 1, 0]
    with store.read() as cursor:
        assert [held.post_id for held in deletions.due(cursor, "torget", LATER, 10)] == [items[2].post_id]


def test_a_platform_that_is_down_makes_nothing_look_gone(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    assert ask(store, LookedUp(problem=Problem("connection_refused")), item) == Changed()
    assert view(store, item).text == SECRET


def test_what_was_not_asked_for_is_not_touched(store: Store) -> None:
    asked, other = post("1"), post("2", SECRET)
    keep(store, asked, other)
    assert ask(store, LookedUp({other.post_id: "absent", "unknown": "absent"}), asked) == Changed()
    assert view(store, other).text == SECRET


def test_what_is_told_to_be_both_gone_and_there_is_there(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    assert ask(store, LookedUp({item.post_id: "absent"}, (item,)), item) == Changed()
    assert view(store, item).state == "live"


def test_what_the_archive_keeps_is_held_with_its_text_and_waits_for_an_archivist(store: Store) -> None:
    item, other = post("1", SECRET), post("2", "Hei")
    keep(store, item, other)
    decide_archive(store, item, ARCHIVED)
    decide_archive(store, other, LEFT_OUT)
    assert gone(store, item, other) == Changed(gone=1, held=1)
    with store.read() as cursor:
        assert deletions.counts(cursor) == (1, 1)
        (conflict,) = deletions.conflicts(cursor)
        assert archive.decisions(cursor, other.post_id)[0].text == ""
    assert (conflict.post.text, conflict.post.state, conflict.post.author_handle) == (SECRET, "held", KARI.handle)
    assert (conflict.since, conflict.evidence, conflict.history) == (LATER, "http_404", ())
    assert (conflict.archived.outcome, conflict.archived.text) == ("register", SECRET)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ([ARCHIVED], True),
        ([Assessment("incoming", "no", "yes", "no")], True),
        ([Assessment("incoming", "no", "no", "yes")], True),
        ([ARCHIVED, LEFT_OUT], False),
        ([LEFT_OUT, ARCHIVED], True),
        ([Assessment("incoming", "yes", "not_assessed", "no")], False),
    ],
)
def test_the_last_archive_decision_tells_whether_it_is_held(store: Store, given: list[Assessment], held: bool) -> None:
    item = post("1", SECRET)
    keep(store, item)
    for assessment in given:
        decide_archive(store, item, assessment)
    gone(store, item)
    assert view(store, item).state == ("held" if held else "gone")
    assert (SECRET in everything(store)) is held


def test_to_keep_is_noted_with_who_and_why_and_changes_nothing(store: Store) -> None:
    item, waits = post("1", SECRET), post("2", "Hei")
    keep(store, item, waits)
    for each in (item, waits):
        decide_archive(store, each, ARCHIVED)
    gone(store, item, waits)
    decide(store, item, "keep")
    with store.read() as cursor:
        assert deletions.counts(cursor) == (2, 1)
        first, last = deletions.conflicts(cursor)
        assert [c.post.post_id for c in deletions.conflicts(cursor, 2, 1)] == [item.post_id]
    assert (first.post.post_id, last.post.post_id) == (waits.post_id, item.post_id)
    assert [(d.decision, d.decided_by, d.reason, d.decided_at) for d in last.history] == [
        ("keep", "Ada Arkivar", "Fordi.", LATER)
    ]
    assert view(store, item).text == SECRET
    assert gone(store, item, now=LATER + timedelta(days=7)) == Changed()


def test_to_erase_leaves_a_tombstone_also_of_the_texts_in_the_archive_decisions(store: Store) -> None:
    item = post("1", SECRET)
    keep_raw(store, SECRET.encode(), item)
    decide_archive(store, item, ARCHIVED)
    gone(store, item)
    decide(store, item, "erase")
    assert SECRET not in everything(store)
    assert "stengt" not in everything(store)
    assert raw_bodies(store) == 0
    after = row(store, item)
    assert (after["state"], after["state_at"], after["state_evidence"]) == ("gone", LATER, "http_404")
    with store.read() as cursor:
        assert deletions.counts(cursor) == (0, 0)
        assert rows(cursor, "SELECT decision FROM deletion_decision") == [{"decision": "erase"}]
        assert archive.decisions(cursor, item.post_id)[0].outcome == "register"


def test_nobody_decides_over_what_they_have_not_read(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    decide_archive(store, item, ARCHIVED)
    gone(store, item)
    decide(store, item, "keep")
    with pytest.raises(DecidedMeanwhile) as meanwhile:
        decide(store, item, "erase", by="Ola")
    assert (meanwhile.value.by, meanwhile.value.decision) == ("Ada Arkivar", "keep")
    with store.read() as cursor:
        (conflict,) = deletions.conflicts(cursor)
    decide(store, item, "erase", seen=conflict.last_decision)
    assert view(store, item).state == "gone"


def test_only_what_is_held_can_be_decided_on(store: Store) -> None:
    live, wiped = post("1", SECRET), post("2", "Hei")
    keep(store, live, wiped)
    gone(store, wiped)
    for item in (live, wiped, post("3")):
        with pytest.raises(LookupError):
            decide(store, item, "erase")
    assert view(store, live).text == SECRET


def test_what_is_held_is_live_again_when_it_is_found_again_and_a_new_conflict_starts_afresh(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    decide_archive(store, item, ARCHIVED)
    gone(store, item)
    decide(store, item, "keep")
    assert ask(store, LookedUp(posts=(item,)), item, now=LATER + timedelta(days=6)) == Changed(back=1)
    assert view(store, item).state == "live"
    gone(store, item, now=LATER + timedelta(days=7))
    with store.read() as cursor:
        assert deletions.counts(cursor) == (1, 1)
        assert deletions.conflicts(cursor)[0].history == ()


def test_a_poll_that_brings_what_is_held_makes_it_live_unless_it_is_older_or_of_another_source(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    decide_archive(store, item, ARCHIVED)
    gone(store, item)
    keep(store, replace(item, fetched_at=LATER - timedelta(minutes=1)))
    keep(store, replace(item, source="en annen", fetched_at=LATER + timedelta(hours=1)))
    assert view(store, item).state == "held"
    keep(store, replace(item, fetched_at=LATER + timedelta(hours=1)))
    assert view(store, item).state == "live"


def test_what_was_wiped_stays_gone_though_it_is_found_again(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    gone(store, item)
    assert ask(store, LookedUp(posts=(item,)), item) == Changed()
    assert view(store, item).state == "gone"


def test_a_tombstone_waits_for_no_archivist_and_can_not_be_archived(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    label(store, item, intent="complaint")
    gone(store, item)
    with store.read() as cursor:
        assert archive.counts(cursor) == {"suggested": 0, "decided": 0}
    with pytest.raises(LookupError):
        decide_archive(store, item, ARCHIVED)


def test_a_thread_goes_on_through_a_tombstone(store: Store) -> None:
    items = [post("1"), post("2", SECRET, parent_native_id="1"), post("3", parent_native_id="2")]
    keep(store, *items)
    gone(store, items[1])
    with store.read() as cursor:
        assert [v.post_id for v in listening.thread(cursor, items[2].post_id)] == sorted(i.post_id for i in items)


def test_the_posts_that_an_export_may_ask_for_are_told_by_source(store: Store) -> None:
    items = [post("1"), post("2", source="annet"), post("3")]
    keep(store, *items)
    gone(store, items[2])
    with store.read() as cursor:
        found = deletions.standing(cursor, [*(item.post_id for item in items), "unknown"])
    assert {source: [held.native_id for held in several] for source, several in found.items()} == {
        "torget": ["1"],
        "annet": ["2"],
    }


# What feeds list no more


def vanish(store: Store, *items: Post, brought: Sequence[Post] = (), source: str = "torget") -> None:
    polled = Polled(SourceState(source), tuple(brought), vanished=tuple(item.post_id for item in items))
    store.write(lambda cursor: deletions.note_vanished(cursor, [polled], LATER))


def missing(store: Store) -> list[str]:
    with store.read() as cursor:
        found = [view.post_id for view in deletions.missing(cursor, 10)]
        assert deletions.missing_count(cursor) == len(found)
        return found


def test_what_vanished_from_a_feed_waits_for_a_person_and_is_not_wiped(store: Store) -> None:
    item, other = post("1", SECRET), post("2")
    keep(store, item, other)
    vanish(store, item)
    assert missing(store) == [item.post_id]
    assert (view(store, item).missing_since, view(store, item).text, view(store, item).state) == (LATER, SECRET, "live")
    assert view(store, other).missing_since is None


def test_what_another_source_brought_or_what_is_not_held_is_not_missing(store: Store) -> None:
    item = post("1")
    keep(store, item)
    vanish(store, item, source="avis")
    vanish(store, post("unknown"))
    assert missing(store) == []


def test_what_its_feed_lists_again_is_missing_no_more(store: Store) -> None:
    item = post("1")
    keep(store, item)
    vanish(store, item)
    vanish(store, brought=[item])
    assert missing(store) == []


def test_a_missing_post_that_somebody_found_gone_becomes_a_tombstone(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    vanish(store, item)
    store.write(lambda cursor: deletions.answer_missing(cursor, item.post_id, True, "Ada Arkivar", LATER))
    assert SECRET not in everything(store)
    assert (view(store, item).state, row(store, item)["state_evidence"], missing(store)) == ("gone", "seen_gone", [])
    with store.read() as cursor:
        assert rows(cursor, "SELECT gone, answered_by FROM missing_answer") == [
            {"gone": True, "answered_by": "Ada Arkivar"}
        ]


def test_a_missing_post_that_is_archived_is_left_to_the_archivist(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    decide_archive(store, item, ARCHIVED)
    vanish(store, item)
    store.write(lambda cursor: deletions.answer_missing(cursor, item.post_id, True, "Ada Arkivar", LATER))
    assert (view(store, item).state, view(store, item).text) == ("held", SECRET)


def test_a_missing_post_that_somebody_found_standing_stays_and_is_answered_once(store: Store) -> None:
    item = post("1", SECRET)
    keep(store, item)
    vanish(store, item)
    store.write(lambda cursor: deletions.answer_missing(cursor, item.post_id, False, "Ada Arkivar", LATER))
    assert (view(store, item).state, view(store, item).missing_since) == ("live", None)
    with pytest.raises(LookupError):
        store.write(lambda cursor: deletions.answer_missing(cursor, item.post_id, True, "Per", LATER))
