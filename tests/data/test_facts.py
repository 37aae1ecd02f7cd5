"""The fact register: every change is a new revision, and nothing else is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data import facts
from data.store import Store
from models.labels import Fact
from tests.builders import NOW

WHOLE = Fact(
    "F1",
    "Skolen har 64 elever.",
    "Skulen har 64 elevar.",
    "2026-08-01",
    None,
    "https://fjellheim.example.no/skole",
    ("Det går 30 elever der.", "'; DROP TABLE post; --"),
    "Svar",
    "Svar",
    "skole-og-utdanning",
    "Skole",
    "Leder",
    "2026-10-28",
)


def save(store: Store, *found: Fact, hours: int = 0) -> int:
    return store.write(lambda cursor: facts.save(cursor, found, NOW + timedelta(hours=hours)))


def register(store: Store) -> list[Fact]:
    with store.read() as cursor:
        return facts.register(cursor)


def version(store: Store) -> str:
    with store.read() as cursor:
        return facts.register_version(cursor)


def revisions(store: Store) -> list[tuple[str, int, str]]:
    with store.read() as cursor:
        return cursor.execute(
            "SELECT fact_id, revision, statement_nb FROM fact_revision ORDER BY fact_id, revision"
        ).fetchall()


def test_a_fact_is_read_as_it_was_saved(store: Store) -> None:
    assert save(store, WHOLE, Fact("F0", "Kort")) == 2
    assert register(store) == [Fact("F0", "Kort"), WHOLE]
    with store.read() as cursor:
        assert facts.fact(cursor, "F1") == WHOLE
        assert facts.fact(cursor, "F9") is None


def test_an_unchanged_fact_is_not_saved_again(store: Store) -> None:
    save(store, WHOLE)
    before = version(store)
    assert save(store, WHOLE, hours=1) == 0
    assert revisions(store) == [("F1", 1, WHOLE.statement_nb)]
    assert version(store) == before


def test_a_changed_fact_is_a_new_revision_and_the_newest_holds(store: Store) -> None:
    for number in range(1, 12):
        assert save(store, replace(WHOLE, statement_nb=f"Nr. {number}")) == 1
    assert register(store) == [replace(WHOLE, statement_nb="Nr. 11")]
    assert revisions(store) == [("F1", n, f"Nr. {n}") for n in range(1, 12)]


@pytest.mark.parametrize("change", [{"valid_to": "2027-01-01"}, {"known_false_claims": ()}, {"reply_nn": "Nytt"}])
def test_the_version_of_the_register_changes_with_every_fact(store: Store, change: dict[str, object]) -> None:
    versions = [version(store)]
    save(store, WHOLE)
    versions.append(version(store))
    save(store, replace(WHOLE, **change))  # type: ignore[arg-type]
    versions.append(version(store))
    save(store, WHOLE)
    versions.append(version(store))
    assert len(set(versions)) == 4


def test_of_two_facts_with_one_id_the_last_holds(store: Store) -> None:
    save(store, WHOLE)
    assert save(store, replace(WHOLE, owner="En"), WHOLE) == 0
    assert save(store, WHOLE, replace(WHOLE, owner="To")) == 1
    assert [f.owner for f in register(store)] == ["To"]


def test_a_date_is_the_same_in_every_form_of_iso(store: Store) -> None:
    save(store, replace(WHOLE, valid_from="20260801", valid_to=""))
    assert register(store) == [WHOLE]
    assert save(store, WHOLE) == 0


def test_a_date_that_is_none_keeps_nothing(store: Store) -> None:
    with pytest.raises(ValueError, match="month"):
        save(store, Fact("F0", "Kort"), replace(WHOLE, valid_to="2026-31-31"))
    assert register(store) == []
