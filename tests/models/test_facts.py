"""What a fact must be, how facts follow one another, and what a change does to an approval."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from models.facts import (
    FIELDS,
    LIMITS,
    WrongFact,
    changed_fields,
    edited,
    ends_soon,
    expiring,
    fact_of,
    next_id,
    wrong_successors,
)
from models.labels import Fact

TODAY = date(2026, 11, 21)
LEAST = {"id": "F1", "statement_nb": "Skolen har 64 elever."}


def faults(**values: Any) -> list[tuple[str, str]]:
    with pytest.raises(WrongFact) as wrong:
        fact_of({**LEAST, **values})
    return [(fault.field, fault.code) for fault in wrong.value.faults]


def test_the_fields_are_those_of_the_record() -> None:
    assert set(FIELDS) == {field.name for field in fields(Fact)}
    assert set(LIMITS) <= set(FIELDS)


def test_a_fact_is_kept_trimmed_with_iso_dates_and_each_claim_once() -> None:
    given = {
        **LEAST,
        "id": " F1 ",
        "statement_nb": "Første linje\r\nandre linje\x00 \ud800",
        "valid_from": "1.8.2026",
        "valid_to": "20271231",
        "known_false_claims": ["Det  er 30 | Det er 40", "Det er 30\nDet er 50", " "],
        "owner": "Skole\u00a0og oppvekst",
        "reply_nb": None,
    }
    assert fact_of(given) == Fact(
        "F1",
        "Første linje\nandre linje \ufffd",
        valid_from="2026-08-01",
        valid_to="2027-12-31",
        known_false_claims=("Det er 30", "Det er 40", "Det er 50"),
        owner="Skole og oppvekst",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"id": "", "statement_nb": " "}, [("id", "lacks"), ("statement_nb", "lacks")]),
        ({"id": "F\n1"}, [("id", "not_one_line")]),
        ({"owner": "Skole\u200b"}, [("owner", "not_one_line")]),
        ({"id": "F" * 81}, [("id", "too_long")]),
        ({"reply_en": "x" * 5_001}, [("reply_en", "too_long")]),
        ({"known_false_claims": ["x" * 15_000, "y" * 15_000]}, [("known_false_claims", "too_long")]),
        ({"known_false_claims": [1]}, [("known_false_claims", "not_a_list")]),
        ({"statement_nn": 5}, [("statement_nn", "not_text")]),
        (
            {"valid_from": "i fjor", "approved_at": "31.02.2026"},
            [("valid_from", "not_a_date"), ("approved_at", "not_a_date")],
        ),
        ({"valid_to": "9999-12-31"}, [("valid_to", "not_a_date")]),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-31"}, [("valid_to", "ends_first")]),
        ({"topic": "skole"}, [("topic", "unknown_topic")]),
        ({"source_url": "javascript:1"}, [("source_url", "wrong_address")]),
        ({"source_url": "https://kari:pw@example.no"}, [("source_url", "wrong_address")]),
        ({"source_url": "https://[::1"}, [("source_url", "wrong_address")]),
        ({"kilde": "x"}, [("kilde", "unknown_field")]),
    ],
)
def test_all_that_is_wrong_is_told_with_its_field(values: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(**values) == expected


def test_the_bodys_own_topics_are_topics() -> None:
    assert fact_of({**LEAST, "topic": "bybrua"}, ["bybrua"]).topic == "bybrua"


@pytest.mark.parametrize(
    ("valid_to", "soon"), [(None, False), ("2026-11-20", False), ("2026-11-21", True), ("2026-12-21", True)]
)
def test_a_fact_ends_soon_in_its_last_30_days(valid_to: str | None, soon: bool) -> None:
    assert ends_soon(Fact("F1", "x", valid_to=valid_to), TODAY) is soon


def test_facts_that_end_or_ended_lately_are_told_by_their_end() -> None:
    ends = {"A": "2026-12-22", "B": "2026-12-21", "C": "2026-11-20", "D": "2026-10-22", "E": "2026-10-21", "F": None}
    register = [Fact(fact_id, "x", valid_to=end) for fact_id, end in ends.items()]
    assert [fact.id for fact in expiring(register, TODAY)] == ["D", "C", "B"]
    assert [fact.id for fact in expiring(register, TODAY, within_days=31)] == ["D", "C", "B", "A"]


@pytest.mark.parametrize(
    ("following", "told"),
    [
        ({"valid_from": "2026-12-02"}, False),
        ({"valid_from": "2026-12-03"}, True),
        ({"valid_to": "2026-12-01"}, True),
        ({"valid_to": "2026-12-01", "successor": "C"}, False),
    ],
    ids=["from the next day", "a day too late", "ends with it", "followed itself"],
)
def test_a_fact_that_another_follows_at_once_is_not_told(following: dict[str, Any], told: bool) -> None:
    register = [
        Fact("A", "x", valid_to="2026-12-01", successor="B"),
        Fact("B", "y", **following),
        Fact("C", "z", valid_from="2026-12-02"),
    ]
    assert ("A" in [fact.id for fact in expiring(register, TODAY)]) is told


def wrong(*links: tuple[str, str], changed: str) -> dict[str, str]:
    register = {fact_id: Fact(fact_id, "x", successor=successor) for fact_id, successor in links}
    return {fact_id: fault.code for fact_id, fault in wrong_successors(register, changed.split()).items()}


def test_a_successor_exists_and_leads_in_no_circle() -> None:
    assert wrong(("A", "B"), ("B", "C"), ("C", ""), changed="A B C") == {}
    assert wrong(("A", "X"), changed="A") == {"A": "unknown_successor"}
    assert wrong(("A", "A"), changed="A") == {"A": "circle"}
    assert wrong(("A", "B"), ("B", "C"), ("C", "B"), ("D", ""), changed="D A C") == {"C": "circle"}


@pytest.mark.parametrize("field", ["statement_nb", "statement_nn", "statement_en", "reply_nb", "reply_nn", "reply_en"])
def test_another_word_takes_the_approval_away(field: str) -> None:
    before = Fact("F1", "x", approved_by="Rektor", approved_at="2026-11-01")
    after = edited(before, replace(before, **{field: "ny"}))
    assert (after.approved_by, after.approved_at) == ("", None)


def test_the_approval_stays_with_the_words_and_can_not_be_written() -> None:
    before = Fact("F1", "x", approved_by="Rektor", approved_at="2026-11-01")
    after = edited(before, Fact("F1", "x", owner="Skole", approved_by="Kari"))
    assert after == replace(before, owner="Skole")
    assert changed_fields(before, after) == ("owner",)
    assert edited(None, Fact("F2", "x", approved_by="Kari", approved_at="2026-11-01")) == Fact("F2", "x")


def test_a_new_fact_gets_the_next_number() -> None:
    assert next_id([]) == "F01"
    assert next_id(["F09", "F2", "X50", "F1a"]) == "F10"
