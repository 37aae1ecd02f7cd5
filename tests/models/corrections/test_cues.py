"""Turns of speech: what denies, what asks, and what is the opposite of what."""

from __future__ import annotations

import pytest

from models.corrections import cues
from models.corrections.words import content


@pytest.mark.parametrize(
    ("text", "negation"),
    [
        ("Skolen blir ikke lagt ned.", "Skolen blir ikke"),
        ("Skulen blir ikkje lagd ned.", "Skulen blir ikkje"),
        ("Vi får itj nå buss.", "Vi får itj"),
        ("Aldri har badet vært åpent.", "Aldri"),
        ("Ingen får plass.", "Ingen"),
        ("The pool isn't open.", "The pool isn't"),
        ("The pool is no longer open.", "The pool is no longer"),
        ("Det er ikke sant at skolen ikke legges ned.", "Det er ikke sant at skolen ikke"),
    ],
)
def test_a_negation_is_found_where_it_ends(text: str, negation: str) -> None:
    assert cues.negation_ends(text) == len(negation)


@pytest.mark.parametrize(
    "text",
    [
        "Det er ikke rart at skolen legges ned.",
        "Badet åpner ikke før mai.",
        "Ikke bare barn får plass.",
        "Det stemmer ikke at skolen legges ned.",
        "Eg veit ikkje om skulen er open.",
        "It is not true that the pool is closed.",
        "Ingen spurte oss om skolen.",
        "Det er ikke mer enn 20 elever igjen.",
    ],
)
def test_what_only_looks_like_a_negation_negates_nothing(text: str) -> None:
    assert cues.negation_ends(text) is None


@pytest.mark.parametrize(
    "text", ["Ingen får ikke plass.", "Kommunen har ikke sagt nei til noen.", "Vi har aldri vært uten, aldri."]
)
def test_two_negations_cancel(text: str) -> None:
    assert cues.negation_ends(text) is None


@pytest.mark.parametrize("text", ["Skolen er stengt.", "Ikkevoldsdagen er i dag.", "Kjeks og nullpunkt.", ""])
def test_a_text_without_a_negation_has_none(text: str) -> None:
    assert cues.negation_ends(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Når åpner badet?",
        "Er badet stengt?",
        "Hei, kor mange elevar har skulen?",
        "@granvik: når åpner badet?",
        "Is the pool closed?",
        "«Er badet stengt?»",
        "Badet stengt?",
    ],
)
def test_who_wants_to_know_asks(text: str) -> None:
    assert cues.is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hvorfor må vi betale for badet?",
        "Kvifor er skulen stengd?",
        "Why is the pool closed?",
        "Badet er jo stengt?",
        "Hva er vitsen med badet?",
        "Flere enn meg som syns badet bør åpne?",
        "Did you know that the pool is closed?",
        "Kommunen stenger altså badet vårt for godt?",
        "Når badet åpner, er vi der.",
    ],
)
def test_a_question_that_takes_its_premise_for_given_asks_nothing(text: str) -> None:
    assert not cues.is_question(text)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Ryktet om skolen er bare tull", "rejects"),
        ("Slutt å spre dette", "rejects"),
        ("This is not true", "rejects"),
        ("Han påstår at skolen stenges", "quotes"),
        ("Stemmer det at skolen stenges", "asks"),
        ("Skolen burde stenges", "wishes"),
        ("I fjor var skolen stengt", "past"),
        ("Visstnok skal skolen stenges", "hedges"),
        ("Hvis skolen stenges, flytter vi", "if"),
        ("Bare barn får plass", "only"),
        ("Kvifor er skulen stengd", "why"),
    ],
)
def test_a_turn_of_speech_is_known_by_its_name(text: str, cue: str) -> None:
    assert cues.CUES[cue].search(text)
    assert not cues.CUES[cue].search("Skolen legges ned til sommeren.")


def test_a_turn_of_speech_is_whole_words() -> None:
    assert not cues.REJECTIONS.search("Feilmarginen og mytologien")
    assert not cues.ONLY.search("barer og kunst")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gratis", "koster"),
        ("frivillig", "påbudt"),
        ("åpnar", "stengjer"),
        ("trygt", "giftig"),
        ("lovlig", "forbudt"),
        ("vedtatt", "avslått"),
        ("dobles", "halverer"),
    ],
)
def test_opposites_are_known_either_way(one: str, other: str) -> None:
    said, told = content(one), content(other)
    assert any(said <= left and told <= right for left, right in cues.OPPOSITES)
    assert any(told <= left and said <= right for left, right in cues.OPPOSITES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Det er staten, ikke kommunen, som betaler.", {"kommunen"}),
        ("Fylket og ikkje staten eig vegen.", {"stat"}),
        ("The county, but not the police, decides.", {"politi"}),
        ("Det er ikke kommunen.", set()),
    ],
)
def test_what_a_text_rejects_stands_after_a_not_that_follows_on_something(text: str, words: set[str]) -> None:
    assert cues.rejected(text) == words


def test_no_word_is_its_own_opposite() -> None:
    assert not [left & right for left, right in cues.OPPOSITES if not left or not right or left & right]


def test_an_alternative_excludes_the_others_of_its_line() -> None:
    who, _, weekday, *_ = cues.ALTERNATIVES
    assert who["stat"] != who["kommune"] == who["kommunen"]
    assert weekday["tirsdag"] == weekday["tysdag"] == weekday["tuesday"] != weekday["onsdag"]
