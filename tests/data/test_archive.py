"""Archive decisions: added, never changed, with the text that they were made on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from collectors.post import Post
from data import archive
from data.archive import ArchiveDecision, Show
from data.store import Store
from models.archiving import Assessment
from tests.builders import NOW, TODAY, keep, label, post

REGISTER = Assessment("incoming", "yes", "yes", "no")
LEAVE_OUT = Assessment("foreign", "no", "no", "no")
UNSURE = Assessment("incoming", "yes", "not_assessed", "no")


def decide(
    store: Store, item: Post, assessment: Assessment = REGISTER, at: datetime = NOW, reason: str = "Klage"
) -> str:
    return store.write(lambda cursor: archive.decide(cursor, item.post_id, assessment, reason, "Kari Nordmann", at))


def decisions(store: Store, item: Post) -> list[ArchiveDecision]:
    with store.read() as cursor:
        return archive.decisions(cursor, item.post_id)


def listed(store: Store, show: Show, number: int = 1, size: int = 25, day: date | None = None) -> list[str]:
    with store.read() as cursor:
        return [view.text for view in archive.posts(cursor, show, number, size, day)]


def counts(store: Store) -> tuple[int, int]:
    with store.read() as cursor:
        numbers = archive.counts(cursor)
    return numbers["suggested"], numbers["decided"]


def complaint(store: Store, native_id: str, **more: object) -> Post:
    """A stored post that the labels alone suggest."""
    item = post(native_id, f"Klage {native_id}", **more)
    keep(store, item)
    label(store, item, intent="complaint")
    return item


def test_a_decision_keeps_who_when_why_the_answers_and_what_follows(store: Store) -> None:
    item = complaint(store, "1")
    assert decide(store, item) == "register"
    [kept] = decisions(store, item)
    assert replace(kept, decision_id=0) == ArchiveDecision(
        0, item.post_id, 1, "", "Klage 1", REGISTER, "register", "Klage", "Kari Nordmann", NOW
    )


def test_a_decision_keeps_the_text_and_the_revision_that_it_was_made_on(store: Store) -> None:
    item = complaint(store, "1", title="Før")
    decide(store, item)
    keep(store, replace(item, title="Etter", text="Noe annet"))
    decide(store, item, LEAVE_OUT)
    found = [(d.revision, d.title, d.text, d.outcome) for d in decisions(store, item)]
    assert found == [(1, "Før", "Klage 1", "register"), (2, "Etter", "Noe annet", "leave_out")]


def test_a_post_that_is_not_held_can_not_be_decided_on(store: Store) -> None:
    with pytest.raises(LookupError):
        decide(store, post("1"))
    assert counts(store) == (0, 0)


@pytest.mark.parametrize(
    ("said", "suggested"),
    [
        ({"intent": "complaint"}, True),
        ({"intent": "access_request"}, True),
        ({"conflict": 3}, True),
        ({"actor": "public_body", "intent": "claim"}, True),
        ({"actor": "public_body", "intent": "sharing"}, False),
        ({"actor": "citizen", "intent": "claim"}, False),
        ({"conflict": 2, "intent": "question"}, False),
        (None, False),
    ],
    ids=str,
)
def test_labels_suggest_what_an_archivist_should_look_at(
    store: Store, said: dict[str, object] | None, suggested: bool
) -> None:
    keep(store, post("1", "Innlegg"))
    if said is not None:
        label(store, post("1", "Innlegg"), **said)
    assert listed(store, "suggested") == (["Innlegg"] if suggested else [])
    assert counts(store) == (int(suggested), 0)


def test_what_is_decided_leaves_the_suggestions_also_when_it_was_never_one(store: Store) -> None:
    first = complaint(store, "1")
    other = post("2", "Småprat")
    keep(store, other)
    decide(store, first)
    decide(store, other, LEAVE_OUT)
    decide(store, first, LEAVE_OUT)
    assert listed(store, "suggested") == []
    assert sorted(listed(store, "decided")) == ["Klage 1", "Småprat"]
    assert counts(store) == (0, 2)


def test_a_post_with_a_question_left_open_still_waits(store: Store) -> None:
    item = post("1", "Småprat")
    keep(store, item)
    assert decide(store, item, UNSURE) == "not_assessed"
    assert (listed(store, "suggested"), listed(store, "decided")) == (["Småprat"], [])
    decide(store, item)
    assert (listed(store, "suggested"), listed(store, "decided")) == ([], ["Småprat"])
    decide(store, item, UNSURE)
    assert counts(store) == (1, 0)


@pytest.mark.parametrize("show", ["suggested", "decided"])
def test_the_newest_come_first_page_by_page(store: Store, show: Show) -> None:
    for n in range(7):
        item = complaint(store, str(n), published_at=NOW - timedelta(hours=n // 2))
        if show == "decided":
            decide(store, item)
    pages = [listed(store, show, number, 3) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [text for page in pages for text in page] == listed(store, show)
    assert sorted(pages[0][:2]) == ["Klage 0", "Klage 1"]
    assert pages[2] == ["Klage 6"]
    assert listed(store, show, 0, 3) == pages[0]
    assert counts(store) == ((7, 0) if show == "suggested" else (0, 7))


def test_the_posts_of_one_day(store: Store) -> None:
    complaint(store, "1")
    complaint(store, "2", published_at=NOW - timedelta(days=1))
    assert listed(store, "suggested", day=TODAY) == ["Klage 1"]
    assert listed(store, "suggested", day=TODAY - timedelta(days=1)) == ["Klage 2"]


def test_decisions_belong_to_the_norwegian_day_that_they_were_made_on(store: Store) -> None:
    item = complaint(store, "1")
    for hour, minute in ((22, 59), (23, 0), (12, 0)):
        day = 20 if hour > 12 else 21
        decide(store, item, at=datetime(2026, 11, day, hour, minute, tzinfo=UTC), reason=f"{hour}:{minute:02}")
    with store.read() as cursor:
        found = {day: [d.reason for d in archive.decided_on(cursor, date(2026, 11, day))] for day in (20, 21, 22)}
    assert found == {20: ["22:59"], 21: ["23:00", "12:00"], 22: []}
