"""What follows from the archive questions: the truth table of the codebook (section 7), whole."""

from __future__ import annotations

from itertools import product

import pytest

from models.archiving import ANSWERS, DIRECTIONS, Answer, Assessment, Direction, Outcome, outcome

TABLE: dict[tuple[Answer, Answer, Answer], tuple[Outcome, Outcome]] = {
    # case processing, documentation, posterity: what came in or went out, and what did not
    ("yes", "yes", "yes"): ("register", "archive"),
    ("yes", "yes", "no"): ("register", "archive"),
    ("yes", "no", "yes"): ("archive", "archive"),
    ("yes", "no", "no"): ("archive", "archive"),
    ("no", "yes", "yes"): ("archive", "archive"),
    ("no", "yes", "no"): ("archive", "archive"),
    ("no", "no", "yes"): ("preserve", "preserve"),
    ("no", "no", "no"): ("leave_out", "leave_out"),
}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("answers", TABLE, ids=" ".join)
def test_answers_lead_to_the_outcome_of_the_codebook(
    answers: tuple[Answer, Answer, Answer], direction: Direction
) -> None:
    sent, other = TABLE[answers]
    assert outcome(Assessment(direction, *answers)) == (sent if direction in ("incoming", "outgoing") else other)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nothing_follows_while_a_question_is_open(direction: Direction) -> None:
    for answers in product(ANSWERS, repeat=3):
        if "not_assessed" in answers:
            assert outcome(Assessment(direction, *answers)) == "not_assessed"


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_an_unknown_answer_never_leaves_a_post_out(answer: Answer) -> None:
    assert outcome(Assessment("incoming", answer, "no", "no")) == "not_assessed"
