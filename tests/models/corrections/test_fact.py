"""A fact as the matcher reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.corrections import fact as fact_module
from models.corrections.fact import read_register
from models.corrections.words import fold
from models.labels import Fact
from tests.models.corrections.helpers import DEADLINE, FACTS, FERRY, ISLAND, PERMIT, PUPILS, reading


def test_the_words_that_only_tell_a_quantity_are_not_the_facts() -> None:
    assert reading(FERRY).words == {"ferj", "tangholm", "bruk"}
    assert "mars" not in reading(DEADLINE).words
    assert not any(word.startswith(("minutt", "kron")) for word in reading(FERRY).words)


def test_what_is_counted_is_the_facts() -> None:
    assert reading(PUPILS).words == {"granli", "skol", "elev"}


def test_each_language_is_a_version_and_all_are_the_facts_words() -> None:
    fact = replace(
        FERRY, statement_nn="Ferja til Tangholmen brukar 12 minutt.", statement_en="A crossing of 12 minutes."
    )
    found = reading(fact, [fact])
    assert len(found.versions) == 3
    assert found.words == frozenset().union(*found.versions)
    assert {"ferj", fold("crossing")} <= found.words


def test_names_are_words_that_the_register_capitalises() -> None:
    assert reading(PERMIT).names == {"granli"}
    # «Tangholmen» begins the statement; another fact has it within a sentence.
    assert reading(ISLAND).names == {"tangholm"}
    assert reading(DEADLINE).names == frozenset()


def test_a_claims_own_words_are_those_that_the_statement_has_not() -> None:
    (claim,) = reading(ISLAND).claims
    assert claim.words == {"tangholm", "selg", "utbygg"}
    assert claim.own == {"utbygg"}
    (pupils,) = reading(PUPILS).claims
    assert pupils.own == frozenset()
    assert [q.low for q in pupils.quantities] == [20]


def test_a_word_is_held_against_statement_and_claims() -> None:
    found = reading(ISLAND)
    assert found.like("tangholm") == (1.0, "tangholm", 1.0)
    assert found.like("utbygg") == (0.0, found.like("utbygg")[1], 1.0)
    most, term, claim = found.like("tangholmferj")
    assert 0.6 <= most < 1.0
    assert term == "tangholm"
    assert claim == most
    assert found.like("badekar")[0] == found.like("badekar")[2] == 0.0


def test_words_that_many_facts_share_weigh_less() -> None:
    facts = [
        Fact(f"f{n}", f"Granlia {name} er åpen.") for n, name in enumerate(("skole", "bibliotek", "kirke", "hall"))
    ]
    weights = read_register(facts, {"": 8.0})[0].weights
    assert 0 < weights["granli"] < weights["skol"] == weights["kirk"] == 8.0


def test_words_that_are_common_in_posts_weigh_less() -> None:
    weights = read_register([Fact("f", "Skolen har sklie.")], {"": 8.0, "skol": 2.0})[0].weights
    assert weights["skol"] == 2.0
    assert weights["skli"] == 8.0


def test_cover_is_the_share_of_the_weight_that_is_held() -> None:
    found = reading(PUPILS)
    assert found.cover({}, found.words) == 0.0
    assert found.cover(dict.fromkeys(found.words, 1.0), found.words) == pytest.approx(1.0)
    assert found.cover({"granli": 1.0}, found.words) > found.cover({"skol": 1.0}, found.words) > 0
    assert found.cover({"granli": 0.5}, found.words) == pytest.approx(found.cover({"granli": 1.0}, found.words) / 2)
    assert found.cover({"granli": 1.0}, frozenset()) == 0.0


def test_a_statement_can_be_negated() -> None:
    assert reading(ISLAND).negated
    assert not reading(PUPILS).negated


def test_what_a_statement_denies_is_none_of_its_meanings() -> None:
    fact = Fact("who", "Kommunen, ikke staten, rydder veien.")
    alone = Fact("alone", "Kommunen rydder veien.")
    assert reading(fact, [fact]).denied == {"stat"}
    assert reading(fact, [fact]).meanings[0] == reading(alone, [alone]).meanings[0] != frozenset()


def test_a_fact_that_says_who_or_when_has_a_meaning_of_that_line() -> None:
    fact = Fact("who", "Vi rydder veien på tirsdag.")
    who, _, weekday, *_ = reading(fact, [fact]).meanings
    assert weekday == {1}
    assert who == frozenset()
    state = Fact("state", "Staten eier veien.")
    assert reading(state, [state]).meanings[0]


@pytest.mark.parametrize(
    ("fact", "deadline"),
    [
        (DEADLINE, "2027-03-01"),
        (Fact("f", "Fristen er 1. mars."), None),
        (Fact("f", "Fristen er 1. mars.", valid_from="2026-01-01", valid_to="2026-12-31"), "2026-03-01"),
        (Fact("f", "Fristen er 1. mars.", valid_from="2026-01-01", valid_to="2027-12-31"), None),
        (Fact("f", "Fristen er 1. mars.", valid_to="2026-06-30"), "2026-03-01"),
        (Fact("f", "Badet er åpent fra 1. mai 2027 til 1. juni 2027."), None),
        (Fact("f", "Fristen er 1. mars 2027 eller 1. mai 2027."), None),
        (Fact("f", "Skuddårsdagen er 29. februar.", valid_to="2027-12-31"), None),
        (PUPILS, None),
    ],
)
def test_the_deadline_is_the_one_day_whose_year_is_known(fact: Fact, deadline: str | None) -> None:
    assert reading(fact, [fact]).deadline == deadline


def test_facts_that_say_nothing_are_left_out() -> None:
    facts = [Fact("empty", ""), PUPILS, Fact("number", "15 kroner."), Fact("stop", "Det er ikke noe.")]
    assert [found.fact.id for found in read_register(facts, {})] == ["pupils"]
    assert read_register([], {}) == []


def test_words_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"skole{letter}" for letter in "abcdefgh"]
    free = reading(PUPILS)
    expected = [free.like(word) for word in words]
    monkeypatch.setattr(fact_module, "_REMEMBERED", 3)
    bounded = reading(PUPILS)
    assert [bounded.like(word) for word in words] == expected
    assert len(bounded._likenesses) == 3


def test_a_register_is_read_in_its_order() -> None:
    assert [found.fact for found in read_register(FACTS, {})] == list(FACTS)
