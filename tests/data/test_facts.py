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


def change(store: Store, fact: Fact, seen: int, by: str = "Kari Vik", hours: int = 0) -> bool:
    now = NOW + timedelta(hours=hours)
    return store.write(lambda cursor: facts.change(cursor, fact, by, now, seen))


def history(store: Store, fact_id: str = "F1") -> list[facts.Revision]:
    with store.read() as cursor:
        return facts.history(cursor, fact_id)


def test_each_revision_tells_who_saved_it_when_and_what_they_changed(store: Store) -> None:
    store.write(lambda cursor: facts.save(cursor, [WHOLE], NOW, "Ola Hansen"))
    later = replace(WHOLE, owner="Oppvekst", valid_to="2027-07-31", reply_en="Reply")
    assert change(store, later, 1, hours=2)
    newest, first = history(store)
    assert (newest.number, newest.fact, newest.saved_by) == (2, later, "Kari Vik")
    assert newest.saved_at == NOW + timedelta(hours=2)
    assert newest.changed == ("valid_to", "reply_en", "owner")
    assert (first.number, first.fact, first.saved_by, first.changed) == (1, WHOLE, "Ola Hansen", ())
    assert history(store, "F9") == []


def test_nobody_overwrites_what_they_have_not_seen(store: Store) -> None:
    change(store, WHOLE, 0, "Ola Hansen", hours=1)
    for seen in (0, 1):
        if seen:
            change(store, replace(WHOLE, owner="Oppvekst"), 1, "Ola Hansen", hours=2)
        with pytest.raises(facts.SavedMeanwhile) as other:
            change(store, replace(WHOLE, owner="Skole"), seen, hours=3)
        assert (other.value.revision, other.value.by) == (seen + 1, "Ola Hansen")
        assert other.value.at == NOW + timedelta(hours=seen + 1)
    assert change(store, replace(WHOLE, owner="Skole"), 2)
    assert not change(store, replace(WHOLE, owner="Skole"), 3)
    assert len(history(store)) == 3


@pytest.mark.parametrize("links", [[("A", "X")], [("A", "A")], [("A", "B"), ("B", "A")]])
def test_a_successor_that_is_none_keeps_nothing(store: Store, links: list[tuple[str, str]]) -> None:
    with pytest.raises(facts.WrongSuccessor):
        save(store, WHOLE, *(Fact(fact_id, "x", successor=successor) for fact_id, successor in links))
    assert register(store) == []


def test_a_fact_and_its_successor_are_saved_together(store: Store) -> None:
    assert save(store, Fact("A", "x", successor="B"), Fact("B", "y")) == 2
    with pytest.raises(facts.WrongSuccessor):
        save(store, Fact("B", "y", successor="A"))


def test_facts_that_end_are_told_until_another_follows(store: Store) -> None:
    save(store, Fact("A", "x", valid_to="2026-12-01"), Fact("B", "y"), Fact("C", "z", valid_to="2026-11-01"))

    def ending() -> list[str]:
        with store.read() as cursor:
            return [fact.id for fact in facts.expiring(cursor, NOW.date())]

    assert ending() == ["C", "A"]
    save(store, Fact("A", "x", valid_to="2026-12-01", successor="B"))
    assert ending() == ["C"]
