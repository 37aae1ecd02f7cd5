"""A post as the matcher reads it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quantities import MAX_TEXT
from tests.models.corrections.helpers import NOON, at, post

PIECES = (
    "ikke",
    "Tangholmen",
    "½",
    "²",
    "\x00",
    "\ud800",
    "\u2028",
    "\n",
    ". ",
    "?!",
    "1.5.",
    "a²",
    "ⅷ",
    "🏝",
    "…",
    "; - ,",
)


def test_sentences_end_at_marks_and_at_line_ends() -> None:
    text = "Hørt det? Skolen stenger!! Badet også … Og ferja\nNei"
    assert [s.text.strip() for s in post(text).sentences] == [
        "Hørt det?",
        "Skolen stenger!!",
        "Badet også …",
        "Og ferja",
        "Nei",
    ]


def test_a_sentence_stands_where_it_says_and_has_its_own_words() -> None:
    text = "Hørt det?\n\nSkolen legges ned."
    for sentence in post(text).sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert all(sentence.start <= token.start < token.end <= sentence.end for token in sentence.tokens)
    assert [token.plain for token in post(text).sentences[1].tokens] == ["skolen", "legge", "ned"]


def test_a_sentence_is_meant_in_its_own_way() -> None:
    first, second, third = post("Er skolen stengt? Den er ikke stengt. Bare tull at den stenges.").sentences
    assert first.is_question
    assert not second.is_question
    assert (first.negated, second.negated, third.negated) == (False, True, False)
    assert "rejects" in third.cues
    assert "rejects" not in first.cues | second.cues


def test_the_post_has_the_turns_of_all_its_sentences() -> None:
    found = post("Er skolen stengt? Bare tull at den stenges. Den burde vært åpen.")
    assert {"rejects", "wishes"} <= found.cues


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Skolen er fin, men badet er stengt.", ["Skolen er fin", "men badet er stengt."]),
        ("Badet er åpent mens skulen er stengd", ["Badet er åpent", "skulen er stengd"]),
        ("Ferja – den til øya – er i rute", ["Ferja", "den til øya", "er i rute"]),
        ("Klart: badet er åpent", ["Klart", "badet er åpent"]),
        ("Badet er åpent", ["Badet er åpent"]),
        ("Det tar 1,5 timer", ["Det tar 1,5 timer"]),
    ],
)
def test_clauses_are_told_apart(text: str, clauses: list[str]) -> None:
    (sentence,) = post(text).sentences
    assert [at(text, span) for span in sentence.clauses] == clauses


def test_the_clauses_of_a_later_sentence_are_counted_in_the_post() -> None:
    text = "Hørt det? Skolen er fin; badet er stengt."
    assert [at(text, span) for span in post(text).sentences[1].clauses] == ["Skolen er fin", "badet er stengt."]


def test_names_are_capitalised_within_the_sentence() -> None:
    (sentence,) = post("Ferja går fra Granvik til Ytre Tangholmen i dag").sentences
    assert sentence.names == {"granvik", "ytr", "tangholm"}


def test_words_numbers_and_marks_are_tokens() -> None:
    tokens = post("Skulen, 84 elevar?!").tokens
    assert [token.plain for token in tokens] == ["skole", "84", "elev", "?", "!"]
    assert [token.folded for token in tokens] == ["skol", "", "elev", "", ""]


def test_the_words_of_a_post_are_those_with_content() -> None:
    assert post("Det er ikke 84 på Granlia skule!").words == {"granli", "skol"}


def test_quantities_are_told_from_the_posts_own_day() -> None:
    (quantity,) = post("Badet åpner i morgen").quantities
    assert quantity.relative
    assert quantity.low == 1015
    assert NOON.day == 14


def test_only_the_beginning_of_a_long_post_is_read() -> None:
    found = post("øy " * MAX_TEXT + "badet")
    assert len(found.text) == MAX_TEXT
    assert found.words == {"øy"}


@pytest.mark.parametrize("text", ["", " \n\t ", "…", "???", "\ud800", "\x00"])
def test_a_post_that_says_nothing_has_no_words(text: str) -> None:
    found = post(text)
    assert found.words == frozenset()
    assert found.quantities == ()


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from((*PIECES, " "))).map("".join)))
def test_any_text_is_read_soundly(text: str) -> None:
    found = post(text)
    assert [token for sentence in found.sentences for token in sentence.tokens] == list(found.tokens)
    for token in found.tokens:
        assert found.text[token.start : token.end]
    for sentence in found.sentences:
        assert found.text[sentence.start : sentence.end] == sentence.text
        assert isinstance(sentence.cues | sentence.names, frozenset)
        assert sentence.is_question in (True, False)
        for clause in sentence.clauses:
            assert sentence.start <= clause.start < clause.end <= sentence.end
            assert at(found.text, clause).strip() == at(found.text, clause)


@pytest.mark.parametrize("piece", ["ikke ", "a, ", "? ", "jo: ", "\n", "Aa ", "ikke sant at ", "1. "])
def test_reading_takes_no_longer_for_hostile_texts(piece: str) -> None:
    found = post(piece * 20_000)
    started = time.process_time()
    for sentence in found.sentences:
        assert sentence.clauses is not None
        assert sentence.cues | sentence.names is not None
        assert sentence.is_question in (True, False)
    assert found.cues is not None
    assert time.process_time() - started < 2
