"""Which facts a post may be about."""

from __future__ import annotations

import pytest

from models.corrections import retrieval
from models.corrections.retrieval import CANDIDATES, Index
from models.corrections.words import WORD
from models.labels import Fact
from models.quantities import MAX_TEXT
from tests.models.corrections.helpers import DEADLINE, FACTS, FERRY, ISLAND, PUPILS

TEXTS = (
    "Det går bare 20 elever på Granlia skole.",
    "Tangholmen er solgt til en utbygger!",
    "The ferry to Tangholmen takes 40 minutes.",
    "Barnehagen tvinger alle til å bruke Granlia-appen.",
    "Nydelig vær på brygga i dag.",
    "Ferja og barnehagen og skolen og Tangholmen og Granlia",
    "",
    "😀 …",
)


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(FACTS)


def first(index: Index, text: str) -> Fact | None:
    (near,) = index.near([text])
    return FACTS[near[0].number] if near else None


def test_the_nearest_fact_comes_first(index: Index) -> None:
    (near,) = index.near(["Ferja til Tangholmen er treg"])
    assert [FACTS[candidate.number] for candidate in near] == [FERRY, ISLAND]
    assert near[0].likeness > near[1].likeness > 0
    assert near[0].lead == pytest.approx(near[0].likeness - near[1].likeness)
    assert near[1].lead == pytest.approx(-near[0].lead)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Skulen på Granlia har 20 elevar att.", PUPILS),
        ("Granlia school has only 20 pupils left.", PUPILS),
        ("Ferga ut til Tangholmen tek ein halvtime.", FERRY),
        ("The ferry to Tangholmen takes 40 minutes.", FERRY),
        ("Tangholmen er seld!", ISLAND),
        ("Når er fristen for å søkje barnehageplass?", DEADLINE),
        ("What is the deadline for the kindergarten?", DEADLINE),
        ("Opptaket er stengt for godt!", DEADLINE),
    ],
)
def test_nynorsk_english_and_claims_find_a_fact_in_bokmal(index: Index, text: str, fact: Fact) -> None:
    assert first(index, text) == fact


@pytest.mark.parametrize("text", ["Nydelig vær på brygga i dag.", "", "Det er ikke noe.", "😀 …", "12 84 2027"])
def test_a_post_about_something_else_is_near_none(index: Index, text: str) -> None:
    assert index.near([text]) == [[]]


def test_statement_and_claim_are_told_apart(index: Index) -> None:
    (false,), (true,) = index.near(["Tangholmen er solgt til en utbygger!", "Ferja til Tangholmen bruker 12 minutter"])
    assert false.claim > false.statement > 0
    assert true.claim == 0.0
    assert true.statement == pytest.approx(1.0, abs=1e-5)


def test_each_text_has_its_own_candidates(index: Index) -> None:
    together = index.near(TEXTS)
    for text, near in zip(TEXTS, together, strict=True):
        (alone,) = index.near([text])
        assert [candidate.number for candidate in alone] == [candidate.number for candidate in near]
        assert [c.likeness for c in alone] == pytest.approx([c.likeness for c in near])
        assert [c.claim for c in alone] == pytest.approx([c.claim for c in near])


def test_a_post_is_held_against_few_facts() -> None:
    facts = [Fact(f"f{n}", f"Badet i Granvik har {n} baner.") for n in range(8)]
    (near,) = Index(facts).near(["Badet i Granvik er fint"])
    assert len(near) == CANDIDATES


def test_an_empty_register_is_near_nothing() -> None:
    for facts in ([], [Fact("empty", "")], [Fact("stop", "Det er ikke noe.")]):
        index = Index(facts)
        assert index.near(TEXTS) == [[] for _ in TEXTS]
        assert not index.near_any(TEXTS, range(len(facts))).any()


def test_no_texts_are_near_nothing(index: Index) -> None:
    assert index.near([]) == []
    assert index.near_any([], [0]).tolist() == []
    assert not index.near_any(TEXTS, []).any()


def test_near_any_agrees_with_near(index: Index) -> None:
    near = index.near(TEXTS)
    assert index.near_any(TEXTS, range(len(FACTS))).tolist() == [bool(found) for found in near]
    for number in range(len(FACTS)):
        some = index.near_any(TEXTS, [number])
        assert some.tolist() == [number in {one.number for one in found} for found in near]


def test_a_text_that_is_far_more_like_another_fact_is_not_near_one() -> None:
    index = Index(
        [Fact("bath", "Badet i Granvik er åpent."), Fact("hall", "Svømmehallen på Nordnes er åpen hver dag.")]
    )
    texts = ["Badet i Granvik er åpent.", "Åpent hver dag"]
    assert index.near_any(texts, [1]).tolist() == [False, True]


@pytest.mark.parametrize(
    "text", ["Ferja, båten og 12b-ruta! «Øy»_øyer", "x² og Ⅳ er ½", "é e\u0301 ﬁ ß İ", "", "  ", "🙂a🙂", "\ud800 a"]
)
def test_the_words_of_a_text_are_those_that_are_read_elsewhere(text: str) -> None:
    counts, words = retrieval._said([text, text])
    found = [word for word in words if word]
    assert found == list(dict.fromkeys(WORD.findall(text)))
    assert counts.shape == (2, len(words))


def test_only_the_beginning_of_a_long_post_is_read(index: Index) -> None:
    assert index.near(["øl " * MAX_TEXT + "Granlia skole har 20 elever"]) == [[]]
    assert first(index, "Granlia skole har 20 elever. " + "øl " * MAX_TEXT) == PUPILS


def test_words_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch, index: Index) -> None:
    expected = index.near(TEXTS)
    monkeypatch.setattr(retrieval, "_REMEMBERED", 3)
    bounded = Index(FACTS)
    for _ in range(2):
        assert bounded.near(TEXTS) == expected
    assert len(bounded._by_word) == 3
