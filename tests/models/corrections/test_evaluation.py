"""The figures of the matcher, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.corrections import training
from models.corrections.evaluation import (
    Figures,
    Judged,
    average_precision,
    figures,
    held_against,
    precision_at,
    recall_at,
)
from models.corrections.examples import TEST_FOLDER, MatchExample, read_registers
from models.corrections.verdict import Verdict
from models.corrections.weights import shipped
from models.labels import SURE_CONTRADICTION

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


def judged(score: float, relation: str, right_fact: bool = True, right_relation: bool = True) -> Judged:
    needs = relation == "contradicts"
    return Judged(score, needs and right_fact, needs, relation, right_fact, right_relation)


JUDGED = [
    judged(0.9, "contradicts"),
    judged(0.8, "contradicts", right_fact=False, right_relation=False),
    judged(0.7, "states", right_relation=False),
    judged(0.6, "contradicts"),
    judged(0.2, "contradicts"),
    judged(0.0, "asks"),
    judged(0.0, "debunks"),
    judged(0.0, "unrelated", right_fact=False),
]


def test_the_figures_are_those_one_gets_by_hand() -> None:
    assert figures(JUDGED, 0.5) == Figures(
        posts=8,
        needing=4,
        precision=2 / 4,
        recall=2 / 4,
        others_flagged=1 / 3,
        right_fact=6 / 7,
        right_relation=6 / 8,
    )


def test_the_average_is_taken_over_what_is_right_and_ties_count_together() -> None:
    assert average_precision(JUDGED) == pytest.approx((1 / 1 + 2 / 4 + 3 / 5) / 4)
    assert average_precision([judged(0.5, "contradicts"), judged(0.5, "states")]) == pytest.approx(1 / 2)
    assert average_precision([judged(0.5, "states"), judged(0.5, "contradicts")]) == pytest.approx(1 / 2)


def test_the_greatest_recall_with_a_precision_comes_with_its_score() -> None:
    assert recall_at(JUDGED) == (1 / 4, 0.9)
    assert recall_at(JUDGED, precision=0.6, others=0.5) == (3 / 4, 0.2)
    assert recall_at(JUDGED, precision=0.6, others=0.05) == (1 / 4, 0.9)
    assert recall_at([judged(0.9, "states")]) == (0.0, 1.0)


def test_the_greatest_precision_with_a_recall_is_0_where_it_is_never_reached() -> None:
    assert precision_at(JUDGED, 0.75) == 3 / 5
    assert precision_at(JUDGED, 0.2) == 1.0
    assert precision_at(JUDGED, 0.9) == 0.0


def test_a_score_of_0_is_never_a_warning() -> None:
    nothing_found = [judged(0.0, "contradicts"), judged(0.0, "asks")]
    assert (average_precision(nothing_found), precision_at(nothing_found), recall_at(nothing_found)[0]) == (0, 0, 0)


def test_no_posts_give_no_figures() -> None:
    assert figures([], 0.5) == Figures(0, 0, 0, 0, 0, 0, 0)
    assert (average_precision([]), precision_at([]), recall_at([])) == (0.0, 0.0, (0.0, 1.0))


def example(relation: str, fact_id: str = "f") -> MatchExample:
    return MatchExample("1", "…", "nb", NOON, fact_id, relation)


@pytest.mark.parametrize(
    ("given", "right", "holds", "expected"),
    [
        (Verdict("f", "contradicts", 0.9, True), example("contradicts"), True, (True, True, True, True)),
        (Verdict("g", "contradicts", 0.9, True), example("contradicts"), True, (False, True, False, False)),
        (Verdict("f", "contradicts", 0.0, False), example("contradicts"), False, (False, False, True, True)),
        (Verdict("f", "contradicts", 0.9, True), example("asks"), True, (False, False, True, False)),
        (Verdict("g", "states", 0.0, False), example("states"), True, (False, False, False, False)),
        (Verdict("g", "unrelated", 0.0, False), example("unrelated"), True, (False, False, False, True)),
        (Verdict(None, "unrelated", 0.0, False), example("unrelated", ""), False, (False, False, False, True)),
    ],
)
def test_a_verdict_is_held_against_the_right_one(
    given: Verdict, right: MatchExample, holds: bool, expected: tuple[bool, bool, bool, bool]
) -> None:
    found = held_against(given, right, holds)
    assert (found.right, found.needs, found.right_fact, found.right_relation) == expected
    assert (found.score, found.relation) == (given.score, right.relation)


@pytest.fixture(scope="module")
def on_the_test_registers() -> dict[str, list[Judged]]:
    """What the shipped matcher makes of them, by register."""
    return {register.name: training.judged(register, shipped()) for register in read_registers(TEST_FOLDER)}


@pytest.mark.xdist_group("on_the_test_registers")
def test_the_manual_tells_the_figures_of_the_shipped_test_registers(
    on_the_test_registers: dict[str, list[Judged]],
) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "faktatreff.md").read_text("utf-8")
    together = [one for several in on_the_test_registers.values() for one in several]
    for name, found in {**on_the_test_registers, "alle": together}.items():
        shown = figures(found, SURE_CONTRADICTION)
        shares = (shown.precision, shown.recall, shown.others_flagged, shown.right_fact)
        told = " | ".join(f"{share:.2f}".replace(".", ",") for share in shares)
        assert f"| `{name}` | {shown.posts} | {told} |" in manual


@pytest.mark.xdist_group("on_the_test_registers")
def test_posts_that_nothing_was_learned_from_are_judged_as_promised(
    on_the_test_registers: dict[str, list[Judged]],
) -> None:
    found = figures([one for several in on_the_test_registers.values() for one in several], SURE_CONTRADICTION)
    assert found.precision >= 0.90
    assert found.recall >= 0.75
    assert found.others_flagged <= 0.05
    assert found.right_fact >= 0.95
