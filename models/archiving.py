"""The archive questions of the codebook (section 7) as a rule: answers in, outcome out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["yes", "no", "not_assessed"]
Direction = Literal["incoming", "outgoing", "internal", "foreign"]
"""Addressed to us; published by us; within us; about us but not to us."""
Outcome = Literal["register", "archive", "preserve", "leave_out", "not_assessed"]

ANSWERS: tuple[Answer, ...] = ("yes", "no", "not_assessed")
DIRECTIONS: tuple[Direction, ...] = ("incoming", "outgoing", "internal", "foreign")


@dataclass(frozen=True, slots=True)
class Assessment:
    """A person's answers to the questions for one post."""

    direction: Direction
    case_processing: Answer
    documentation: Answer
    posterity: Answer


def outcome(assessment: Assessment) -> Outcome:
    """What follows from the answers: arkivforskrifta 2025 § 14 wants both answers and an item that came in or went
    out for the register; otherwise one yes is enough to archive, and posterity alone preserves in context."""
    answers = (assessment.case_processing, assessment.documentation, assessment.posterity)
    if not {"yes", "no"}.issuperset(answers):
        return "not_assessed"
    case, documentation, posterity = (answer == "yes" for answer in answers)
    if case and documentation and assessment.direction in ("incoming", "outgoing"):
        return "register"
    if case or documentation:
        return "archive"
    return "preserve" if posterity else "leave_out"
