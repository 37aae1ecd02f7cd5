"""Figures value by value, as by hand, and read back as they were written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.examples import Example
from models.labels import Labels
from models.quality import DIALECT, Quality, quality, read_quality


def right(example: Example, **more: object) -> Labels:
    scores = dict.fromkeys((*example.topics, "conflict", "actor", "stance", "intent", "lang", "conflict_flag"), 1.0)
    found = Labels(
        example.lang, example.topics, example.conflict, example.actor, example.stance, example.intent, scores, "test"
    )
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.fixture
def found(examples: list[Example]) -> Quality:
    """Four posts, of which one opponent is taken for neutral and one post is uncertain."""
    base = replace(examples[0], stance="neutral", lang="nb")
    other = replace(base, stance="opponent")
    given = [right(base), right(base, uncertain=("stance",)), right(base), right(other)]
    return quality([base, base, other, other], given, "m1")


def test_precision_recall_and_f1_are_worked_out_as_by_hand(found: Quality) -> None:
    (neutral,) = [v for v in found.values if (v.label, v.value) == ("stance", "neutral")]
    assert (neutral.examples, neutral.given, neutral.precision, neutral.recall) == (2, 3, pytest.approx(2 / 3), 1.0)
    assert neutral.f1 == pytest.approx(0.8)
    assert 0 <= neutral.f1_low < neutral.f1 < neutral.f1_high <= 1


def test_what_is_mistaken_for_what_is_counted(found: Quality) -> None:
    # supporter, opponent, neutral: one opponent of two was taken for neutral
    assert found.confusion["stance"] == [[0, 0, 0], [0, 1, 1], [0, 0, 2]]


def test_figures_by_language_and_abstention_come_along(found: Quality) -> None:
    assert found.languages == {"nb": found.figures}
    assert found.abstained["stance"] == 0.25
    assert found.abstained["conflict"] == 0.0


def test_dialect_is_told_by_its_file_and_counted_apart(examples: list[Example]) -> None:
    nynorsk = replace(examples[0], lang="nn")
    dialect = replace(nynorsk, file="prove_dialekt_nord")
    found = quality([nynorsk, dialect], [right(nynorsk), right(dialect, conflict=3)], "m1")
    assert {name: figures.examples for name, figures in found.languages.items()} == {"nn": 1, DIALECT: 1}


def test_figures_are_read_back_as_they_were_written(found: Quality) -> None:
    assert read_quality(found.to_json()) == found
    assert read_quality("{}") is None
    assert read_quality("rubbish") is None
    assert read_quality('{"values": 3}') is None


def test_no_examples_give_no_figures() -> None:
    nothing = quality([], [], "m1")
    assert {value.f1 for value in nothing.values} == {0.0}
