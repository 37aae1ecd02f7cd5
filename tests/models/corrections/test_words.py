"""Words over bokmål, nynorsk, dialect and English."""

from __future__ import annotations

import pytest

from models.corrections.words import GLOSSARY, WORD, content, fold, likeness, plain


@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("skolen", "skulen skule school skolene"),
        ("barn", "ungane born onga kids children barna"),
        ("vannet", "vatn vatnet water"),
        ("drikkevann", "drikkevatnet drikkevann"),
        ("åpner", "opnar åpent open opens"),
        ("stengt", "stengd closes lukker"),
        ("solgt", "selt seld sold"),
        ("sykehjemmet", "sjukeheimen sykehjem"),
        ("ferje", "ferga ferry"),
        ("elever", "elevar pupils"),
        ("havna", "hamna"),
        ("kirka", "kyrkja"),
        ("uke", "veke"),
        ("behandling", "handsaming"),
        ("søppel", "bosset avfall waste"),
    ],
)
def test_a_word_is_the_same_in_bokmal_nynorsk_dialect_and_english(one: str, others: str) -> None:
    whole = fold(one)
    assert whole
    for other in others.split():
        assert likeness(whole, fold(other)) >= 0.6, (one, other)


@pytest.mark.parametrize("word", ["ikke", "ikkje", "itj", "jeg", "eg", "æ", "hva", "kva", "the", "is", "nå"])
def test_a_word_without_content_is_folded_to_nothing(word: str) -> None:
    assert fold(word) == ""


def test_case_does_not_matter() -> None:
    assert fold("SKULEN") == fold("skulen") == fold("Skolen")
    assert plain("IKKJE") == "ikke"


def test_the_plain_form_keeps_what_is_bokmal_as_it_stands() -> None:
    assert [plain(word) for word in ("ikkje", "eg", "vatnet", "Vannet", "elevene")] == [
        "ikke",
        "jeg",
        "vann",
        "vannet",
        "elevene",
    ]


def test_a_text_says_the_same_in_bokmal_nynorsk_and_english() -> None:
    assert content("Skolen er stengt") == content("Skulen er stengd") == content("The school is closed")
    assert content("Det er ikke noe, og 15 % av 3!") == frozenset()


def test_a_text_without_words_has_no_content() -> None:
    assert content("") == content("😀 2026 …") == frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [("skole", "barneskole"), ("vann", "drikkevann"), ("buss", "bussrute"), ("eiendomsskatt", "eiendomsmegler")],
)
def test_a_compound_is_like_its_parts_but_not_the_same(one: str, other: str) -> None:
    assert 0.6 <= likeness(one, other) < 1.0
    assert likeness(other, one) == likeness(one, other)


def test_a_part_tells_more_than_a_shared_beginning() -> None:
    assert likeness("skatt", "skattelette") > likeness("skattelette", "skatteplikt") > 0


@pytest.mark.parametrize(("one", "other"), [("sko", "skog"), ("hus", "buss"), ("vei", "veileder"), ("skole", "kirke")])
def test_short_and_different_words_are_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) == 0.0


def test_a_word_is_fully_like_itself() -> None:
    assert likeness("sko", "sko") == 1.0


@pytest.mark.parametrize(
    ("norwegian", "other"),
    [
        ("klage", "appeals"),
        ("tilskudd", "grants"),
        ("videregående", "vgs"),
        ("arbeidsgiver", "sjefen"),
        ("uke", "weeks"),
    ],
)
def test_the_glossary_brings_synonyms_and_translations_together(norwegian: str, other: str) -> None:
    assert fold(other) == fold(norwegian) != ""


def test_a_word_stands_once_in_the_glossary_and_lines_are_in_order() -> None:
    said: list[str] = []
    for path in sorted(GLOSSARY.glob("*.txt")):
        lines = [line.split(": ") for line in path.read_text("utf-8").splitlines()]
        forms = [form for form, _ in lines]
        variants = [word for _, words in lines for word in words.split(" ")]
        assert forms == sorted(set(forms)), path.name
        assert not set(forms) & set(variants), path.name
        said += variants
    assert len(said) == len(set(said)) > 10_000
    assert all(word == word.lower() and WORD.fullmatch(word) for word in said)
