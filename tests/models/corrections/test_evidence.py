"""What speaks for each relation, and the two places that clash."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.corrections.evidence import gather
from models.corrections.retrieval import Candidate, Index
from models.labels import Fact
from tests.models.corrections.helpers import (
    DEADLINE,
    FACTS,
    FERRY,
    ISLAND,
    NOTHING_ALIKE,
    PERMIT,
    PUPILS,
    at,
    evidence,
    post,
    reading,
)

PIECES = (
    "Tangholmen",
    "er",
    "ikke",
    "solgt",
    "20 elever",
    "?",
    ".",
    "Granlia skole",
    "\x00",
    "½",
    "²",
    "1.5.",
    "\ud800",
)


@pytest.mark.parametrize(
    ("text", "fact", "in_post", "in_fact"),
    [
        ("Hørt det? Granlia skole har 20 elever igjen.", PUPILS, "20 elever", "84 elever"),
        ("Granlia skole har 60 elever!", PUPILS, "60 elever", "84 elever"),
        ("The ferry to Tangholmen takes 40 minutes.", FERRY, "40 minutes", "12 minutter"),
        ("Fristen for barnehageplass er 1. april", DEADLINE, "1. april", "1. mars 2027"),
        ("Granlia skole har 84 elever, ikke 20 elever", PUPILS, "20 elever", "84 elever"),
        ("Granlia skule har 84 elevar.", PUPILS, "84 elevar", "84 elever"),
    ],
)
def test_two_quantities_that_clash_are_marked_and_else_those_that_meet(
    text: str, fact: Fact, in_post: str, in_fact: str
) -> None:
    found = evidence(text, fact)
    assert at(text, found.in_post) == in_post
    assert at(fact.statement_nb, found.in_fact) == in_fact


@pytest.mark.parametrize(
    ("text", "fact", "in_post"),
    [
        ("Fint vær. Men Tangholmen er solgt, og skolen er fin.", ISLAND, "Men Tangholmen er solgt"),
        ("Fint vær; Tangholmen er solgt til en utbygger!", ISLAND, "Tangholmen er solgt til en utbygger!"),
        (
            "Hei, det er påbudt å bruke Granlia-appen i barnehagen.",
            PERMIT,
            "det er påbudt å bruke Granlia-appen i barnehagen.",
        ),
    ],
)
def test_without_quantities_the_clause_and_the_statement_are_marked(text: str, fact: Fact, in_post: str) -> None:
    found = evidence(text, fact)
    assert at(text, found.in_post) == in_post
    assert at(fact.statement_nb, found.in_fact) == fact.statement_nb


def test_a_quantity_that_differs_is_told_from_one_that_agrees_and_from_a_claimed_one() -> None:
    same = evidence("Granlia skole har 84 elever.", PUPILS).features
    other = evidence("Granlia skole har 60 elever.", PUPILS).features
    claimed = evidence("Granlia skole har 20 elever.", PUPILS).features
    assert {"same", "says the same", "1: ="} <= same.keys()
    assert {"differs", "differ", "1: ≠"} <= other.keys()
    assert {"claimed quantity", "1: ~"} <= claimed.keys()
    assert not {"differs", "claimed quantity"} & same.keys()
    assert not {"same", "claimed quantity"} & other.keys()
    assert not {"same", "differs"} & claimed.keys()


def test_a_quantity_of_something_else_is_no_clash() -> None:
    found = evidence("Granlia skole fikk 40 kroner i gave.", PUPILS).features
    assert "other quantity" in found
    assert not {"same", "differs", "claimed quantity"} & found.keys()


def test_an_amount_within_a_limit_neither_agrees_nor_differs() -> None:
    limit = Fact("limit", "Søknader om bostøtte i Helgavik får svar etter inntil 30 dager.")
    facts = (*FACTS, limit)

    def features(text: str) -> dict[str, float]:
        found = gather(post(text), reading(limit, facts), Index(facts).near([text])[0][0])
        assert found is not None
        return found.features

    inside, reached = features("Bostøtte i Helgavik? Svar etter 12 dager"), features("Svar om bostøtte etter 30 dager")
    assert inside["within"] > 0
    assert "differs" not in inside
    assert "says the same" not in inside
    assert reached["says the same"] == 1
    assert "within" not in reached


def test_a_bare_number_is_read_in_the_unit_of_the_facts_length_of_time() -> None:
    assert evidence("Ferja til Tangholmen? Den bruker tolv", FERRY).features["says the same"] == 1
    assert evidence("Ferja til Tangholmen? Den bruker 40", FERRY).features["differs"] > 0
    assert "differs" not in evidence("Ferja til Tangholmen? Den tok 4000", FERRY).features


def test_what_is_counted_may_be_told_in_another_language() -> None:
    assert evidence("Granlia school has 84 pupils", PUPILS).features["says the same"] == 1
    homes = Fact("homes", "Det bygges 640 husstander på Granlia.")
    found = gather(post("640 households at Granlia"), reading(homes, (*FACTS, homes)), NOTHING_ALIKE)
    assert found is not None
    assert found.features["says the same"] == 1


def test_negation_against_a_negated_fact_agrees() -> None:
    denied = evidence("Tangholmen er ikkje seld.", ISLAND).features
    claimed = evidence("Tangholmen er seld.", ISLAND).features
    assert "agrees" in denied
    assert "opposed" not in denied
    assert "opposed" in claimed
    assert "agrees" not in claimed


def test_the_opposite_of_the_facts_word_is_found() -> None:
    assert "antonym" in evidence("Det er påbudt å bruke Granlia-appen i barnehagen.", PERMIT).features
    assert "antonym" not in evidence("Det er frivillig å bruke Granlia-appen i barnehagen.", PERMIT).features


def test_what_a_claim_has_of_its_own_speaks_for_it() -> None:
    claimed = evidence("Opptaket til barnehagen er stengt for godt.", DEADLINE).features
    told = evidence("Fristen for å søke barnehageplass er 1. mars 2027.", DEADLINE).features
    assert claimed["claim"] == pytest.approx(1.0)
    assert "claim" not in told
    assert claimed["claim likeness"] > claimed["statement likeness"]


def test_turns_of_speech_and_other_places_are_told() -> None:
    found = evidence("Er det sant at Tangholmen er solgt?", ISLAND).features
    assert {"asks", "asked", "ends asking", "opposed × asked"} <= found.keys()
    assert "elsewhere" in evidence("På Lihaug skole, som på Granlia skole, er det 20 elever", PUPILS).features


def test_the_post_is_read_as_a_row_of_signs() -> None:
    found = evidence("Nei, skolen har 60 elever.", PUPILS).features
    assert {"1: F", "2: nei F", "1: ≠", "nei | ≠", "sentence 2: nei F"} <= found.keys()
    assert not [name for name, value in found.items() if not value or not math.isfinite(value)]


def test_swapped_reading_turns_what_agrees_into_what_differs() -> None:
    text = "Granlia skole har 84 elever."
    right, swapped = evidence(text, PUPILS), evidence(text, PUPILS, swapped=True)
    assert swapped.features["differs"] == right.features["same"]
    assert "same" not in swapped.features
    assert evidence("Granlia skole har 60 elever.", PUPILS, swapped=True).features["same"] > 0
    assert evidence("Granlia skole har 20 elever.", PUPILS, swapped=True).features["same"] > 0


def test_swapped_reading_knows_no_false_claims() -> None:
    swapped = evidence("Tangholmen er solgt til en utbygger!", ISLAND, swapped=True).features
    assert not {"claim", "claim words", "claim likeness", "has claims"} & swapped.keys()


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Granlia skole har 84 elever.", 0.0),
        ("Granlia skole har 42 elever.", 0.5),
        ("Granlia skole har 168 elever.", 0.5),
        ("Granlia skole har 21 elever.", 0.75),
    ],
)
def test_severity_is_how_far_two_quantities_lie_apart(text: str, severity: float) -> None:
    assert evidence(text, PUPILS).severity == pytest.approx(severity)


def test_two_months_and_a_plain_opposite_are_as_severe_as_can_be() -> None:
    month = evidence("Fristen for barnehageplass er 1. april 2027", DEADLINE).severity
    assert 0 < month < evidence("Fristen for barnehageplass er 1. juni 2027", DEADLINE).severity == 1.0
    assert evidence("Tangholmen er solgt.", ISLAND).severity == 1.0


@pytest.mark.parametrize("text", ["Nydelig vær på brygga i dag, 20 grader.", "", "?", "84"])
def test_too_little_in_common_is_no_evidence(text: str) -> None:
    for fact in FACTS:
        assert gather(post(text), reading(fact), NOTHING_ALIKE) is None


def test_likeness_or_shared_words_are_enough() -> None:
    assert gather(post("Nydelig vær"), reading(PUPILS), Candidate(0, 0.5, 0.5)) is not None
    assert gather(post("Granlia skole"), reading(PUPILS), NOTHING_ALIKE) is not None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map(" ".join), st.sampled_from(FACTS), st.booleans())
def test_any_text_gives_sound_evidence(text: str, fact: Fact, swapped: bool) -> None:
    found = gather(post(text), reading(fact), Candidate(0, 0.5, 0.1), swapped)
    assert found is not None
    assert 0 <= found.in_post.start <= found.in_post.end <= len(text)
    assert 0 <= found.in_fact.start < found.in_fact.end <= len(fact.statement_nb)
    assert 0 <= found.severity <= 1
    assert all(value and math.isfinite(value) for value in found.features.values())
