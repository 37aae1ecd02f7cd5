"""How good the classifier is: its labels beside the right ones, on examples that it was not trained on.

`python -m models.evaluation` prints the figures by cross-validation twice: in folds that share every file (themes as
in training), and leaving out some whole files at a time (themes not seen; topics say little there, for a theme's words
are gone with its file).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from models.classifier import Classifier
from models.examples import Example, file_folds, read_examples, stratified_folds
from models.labels import ACTORS, CONFLICT_FLAG, CONFLICT_LEVELS, INTENTS, STANCES, TOPICS, Labels
from models.training import train

PROMISED: Final = {
    "topics_f1": 0.75,
    "conflict_flag_f1": 0.75,
    "conflict_flag_auc": 0.90,
    "level_3_recall": 0.85,
    "actor_f1": 0.70,
    "stance_f1": 0.70,
    "intent_f1": 0.60,
}
"""What the project promises at least, on posts that the model has not seen."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares between 0 and 1, except `examples`. A macro-F1 is the mean over the values that the examples have."""

    examples: int
    topics_f1: float
    conflict_f1: float
    conflict_flag_f1: float
    conflict_flag_auc: float
    """How often a post in conflict is scored above one that is not."""
    level_3_recall: float
    actor_f1: float
    stance_f1: float
    intent_f1: float
    language_accuracy: float
    small_talk_topic_rate: float
    """Of posts without a topic, how many were given one."""
    calibration_error: float
    """Expected calibration error of the scores of all labels given: how far they lie from the share that is right."""


def evaluate(examples: Sequence[Example], labels: Sequence[Labels]) -> Evaluation:
    """The figures of labels, given in the order of the examples."""
    pairs = list(zip(examples, labels, strict=True))
    flags = [(example.conflict >= CONFLICT_FLAG, given.conflict >= CONFLICT_FLAG) for example, given in pairs]
    return Evaluation(
        examples=len(examples),
        topics_f1=macro_f1(TOPICS, [(set(example.topics), set(given.topics)) for example, given in pairs]),
        conflict_f1=macro_f1(CONFLICT_LEVELS, [({example.conflict}, {given.conflict}) for example, given in pairs]),
        conflict_flag_f1=_f1(flags),
        conflict_flag_auc=_auc([flag for flag, _ in flags], [given.scores["conflict_flag"] for given in labels]),
        level_3_recall=_share(given.conflict == 3 for example, given in pairs if example.conflict == 3),
        actor_f1=macro_f1(ACTORS, [({example.actor}, {given.actor}) for example, given in pairs]),
        stance_f1=macro_f1(STANCES, [({example.stance}, {given.stance}) for example, given in pairs]),
        intent_f1=macro_f1(INTENTS, [({example.intent}, {given.intent}) for example, given in pairs]),
        language_accuracy=_share(example.lang == given.lang for example, given in pairs),
        small_talk_topic_rate=_share(bool(given.topics) for example, given in pairs if not example.topics),
        calibration_error=_calibration_error(
            [judged for example, given in pairs for judged in scored_labels(example, given)]
        ),
    )


def cross_validate(examples: Sequence[Example], folds: Sequence[Sequence[int]], seed: int = 0) -> list[Labels]:
    """Labels for the examples in the folds, by position, each given by a model that was trained without its fold."""
    labels: dict[int, Labels] = {}
    for held_out in folds:
        away = set(held_out)
        model = train([example for at, example in enumerate(examples) if at not in away], seed)
        given = Classifier(model).label([examples[at].post for at in held_out])
        labels.update(zip(held_out, given, strict=True))
    return [labels[at] for at in sorted(labels)]


def scored_labels(example: Example, labels: Labels) -> list[tuple[float, bool]]:
    """The score of each label given, and whether it is right."""
    judged = [(labels.scores[topic], topic in example.topics) for topic in labels.topics]
    for head in ("conflict", "actor", "stance", "intent"):
        judged.append((labels.scores[head], getattr(labels, head) == getattr(example, head)))
    judged.append((labels.scores["conflict_flag"], example.conflict >= CONFLICT_FLAG))
    return judged


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0


def _f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    right = wrong = 0
    for wanted, given in pairs:
        right += wanted and given
        wrong += wanted != given
    return 2 * right / (2 * right + wrong) if right else 0.0


def macro_f1(values: Sequence[object], pairs: Sequence[tuple[set[object], set[object]]]) -> float:
    present = [value for value in values if any(value in wanted for wanted, _ in pairs)]
    scores = [_f1((value in wanted, value in given) for wanted, given in pairs) for value in present]
    return sum(scores) / len(scores) if scores else 0.0


def _auc(wanted: Sequence[bool], scores: Sequence[float]) -> float:
    marks, values = np.array(wanted, dtype=bool), np.array(scores)
    true, false = values[marks], values[~marks]
    if not len(true) or not len(false):
        return 0.0
    return float((true[:, None] > false).mean() + (true[:, None] == false).mean() / 2)


def _calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    if not judged:
        return 0.0
    scores, right = (np.array(column, dtype=float) for column in zip(*judged, strict=True))
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = [abs(scores[bins == b].sum() - right[bins == b].sum()) for b in range(_BINS)]
    return float(sum(gaps) / len(judged))


def main() -> None:
    """Prints the figures of both cross-validations side by side."""
    examples = read_examples()
    columns = {}
    for name, folds in (("stratified", stratified_folds(examples, 5)), ("by file", file_folds(examples))):
        print(f"{name}: {len(folds)} models", file=sys.stderr)
        columns[name] = evaluate(examples, cross_validate(examples, folds))
    print(f"{'':24}" + "".join(f"{name:>12}" for name in columns))
    for figure in fields(Evaluation):
        print(f"{figure.name:24}" + "".join(f"{getattr(column, figure.name):12.3f}" for column in columns.values()))


if __name__ == "__main__":
    main()
