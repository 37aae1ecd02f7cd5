"""How good the matcher is: what it makes of posts beside what they should have been.

All figures are shares between 0 and 1, and 0 where there is nothing to share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from models.corrections.examples import MatchExample
from models.corrections.verdict import Verdict

_OTHERS: Final = ("debunks", "states", "asks")
"""Relations of posts that speak of a fact and need no correction."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A post's best fact for a correction and its score, and what it should have been."""

    score: float
    right: bool
    """Whether it needs a correction, and with that fact."""
    needs: bool
    relation: str
    """The one it should have."""
    right_fact: bool
    right_relation: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `needs a correction`: precision, recall and the share flagged of posts that debunk, state or ask; the share of
    posts (that are about a fact) whose right fact comes first; the share of posts with the right relation."""

    posts: int
    needing: int
    precision: float
    recall: float
    others_flagged: float
    right_fact: float
    right_relation: float


@dataclass(frozen=True, slots=True)
class _Cut:
    """What corrections from a score on give."""

    sure: float
    precision: float
    recall: float
    others_flagged: float


def held_against(given: Verdict, example: MatchExample, holds: bool) -> Judged:
    """A verdict beside the right one. `holds` says whether the example's fact held on the day of the post: only then
    what contradicts it needs a correction."""
    needs = example.relation == "contradicts" and holds
    right_fact = given.fact_id == example.fact_id
    same = given.relation == example.relation
    return Judged(
        given.score,
        needs and right_fact,
        needs,
        example.relation,
        right_fact,
        same and (right_fact or example.relation == "unrelated"),
    )


def figures(judged: Sequence[Judged], sure: float) -> Figures:
    """The figures with corrections from the score `sure` on."""
    flagged = [j for j in judged if j.score >= sure]
    others = [j for j in judged if j.relation in _OTHERS]
    about = [j for j in judged if j.relation != "unrelated"]
    needing = sum(j.needs for j in judged)
    right = sum(j.right for j in flagged)
    return Figures(
        len(judged),
        needing,
        right / max(1, len(flagged)),
        right / max(1, needing),
        sum(j.score >= sure for j in others) / max(1, len(others)),
        sum(j.right_fact for j in about) / max(1, len(about)),
        sum(j.right_relation for j in judged) / max(1, len(judged)),
    )


def average_precision(judged: Sequence[Judged]) -> float:
    """The area under precision over recall of `needs a correction`."""
    area = before = 0.0
    for cut in _cuts(judged):
        area += cut.precision * (cut.recall - before)
        before = cut.recall
    return area


def recall_at(judged: Sequence[Judged], precision: float = 0.9, others: float = 0.05) -> tuple[float, float]:
    """The greatest recall with so much precision and so few others flagged, and the score from which it is had."""
    good = [c for c in _cuts(judged) if c.precision >= precision and c.others_flagged <= others]
    return max(((c.recall, c.sure) for c in good), default=(0.0, 1.0))


def precision_at(judged: Sequence[Judged], recall: float = 0.75) -> float:
    """The greatest precision with so much recall; 0 where no score gives it."""
    return max((c.precision for c in _cuts(judged) if c.recall >= recall), default=0.0)


def _cuts(judged: Sequence[Judged]) -> Iterator[_Cut]:
    """Each score that can be asked for, the highest first; 0 is that of posts that are near no fact that holds."""
    needing = sum(j.needs for j in judged)
    others = sum(j.relation in _OTHERS for j in judged)
    flagged = right = wrongly = 0
    ordered = sorted((j for j in judged if j.score > 0), key=lambda j: -j.score)
    for sure, several in groupby(ordered, key=lambda j: j.score):
        for j in several:
            flagged += 1
            right += j.right
            wrongly += j.relation in _OTHERS
        yield _Cut(sure, right / flagged, right / max(1, needing), wrongly / max(1, others))
