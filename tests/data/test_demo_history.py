"""The demo's history: invented colleagues who follow the rules, in the order of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, get_args

import pytest

from data import corrections
from data.demo import history
from data.store import Store
from models.labels import Fact, FactMatch
from models.workflow import OUTCOMES, Decision
from tests import builders

PUBLISHED = datetime(2026, 11, 12, 18, tzinfo=UTC)
LATER = PUBLISHED + timedelta(days=20)


def ids(folder: str) -> set[str]:
    found = resources.files("data.demo").joinpath(folder)
    files = list(found.iterdir()) if found.is_dir() else [found]
    return {json.loads(line)["id"] for file in files for line in file.read_text("utf-8").splitlines()}


def test_each_decision_is_one_that_people_take_on_a_post_and_a_fact_of_the_demo() -> None:
    posts, facts = ids("posts"), ids("facts.jsonl")
    for row in history.decisions():
        assert row["post"] in posts, row
        assert row["fact"] in facts, row
        assert row["decision"] in get_args(Decision), row
        assert row["after_hours"] > 0, row
        assert row.get("lead", row["post"]) in posts, row
        assert row.get("outcome", "changed") in OUTCOMES, row
        assert "example.no" in row.get("reply_url", "example.no"), row


def test_every_kind_of_decision_is_there_but_for_what_undoes_another() -> None:
    assert set(get_args(Decision)) - {row["decision"] for row in history.decisions()} == {"reopened", "split"}


def test_nobody_approves_what_they_drafted() -> None:
    drafted: dict[str, str] = {}
    for row in history.decisions():
        if row["decision"] == "drafted":
            drafted[row["post"]] = row["by"]
        if row["decision"] == "approved":
            assert drafted[row["post"]] != row["by"]


def found(store: Store, demo_id: str, fact_id: str) -> str:
    item = builders.post(f"tag:example.no,2026:forum/{demo_id}", f"Påstand {demo_id}", published_at=PUBLISHED)
    builders.keep(store, item)
    builders.match(store, item, FactMatch(fact_id, "contradicts", 0.9))
    return item.post_id


@pytest.fixture
def rumour(store: Store) -> tuple[str, str]:
    builders.register(store, Fact("F01", "Vannet er trygt.", reply_nb="Vannet er trygt."))
    return found(store, "b022", "F01"), found(store, "b030", "F01")


def states(store: Store, now: datetime) -> dict[str, Any]:
    with store.read() as cursor:
        return {item.post.post_id: item for item in corrections.queue(cursor, None, now)}


def test_decisions_come_at_their_time_after_the_post_and_copies_are_merged(
    store: Store, rumour: tuple[str, str]
) -> None:
    lead, copy = rumour
    assert store.write(lambda cursor: history.replay(cursor, LATER)) > 2
    items = states(store, LATER)
    assert copy not in items
    assert items[lead].merged == 1
    answered = next(row for row in items[lead].history if row.decision == "answered")
    assert PUBLISHED < answered.decided_at < PUBLISHED + timedelta(hours=2)
    assert [row.decided_at for row in items[lead].history] == sorted(row.decided_at for row in items[lead].history)


def test_what_lies_ahead_has_not_happened(store: Store, rumour: tuple[str, str]) -> None:
    lead, _ = rumour
    early = PUBLISHED + timedelta(minutes=40)
    store.write(lambda cursor: history.replay(cursor, early))
    assert states(store, early)[lead].state == "assigned"


def test_items_that_are_not_there_are_left_out(store: Store) -> None:
    assert store.write(lambda cursor: history.replay(cursor, LATER)) == 0
