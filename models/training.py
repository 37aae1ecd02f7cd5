"""From labelled examples to a model: linear support vector machines, calibrated on examples that they have not seen.

A model is a pure function of the examples, this code and the seed; its version is a hash of the three.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models import classifier, features, language
from models.classifier import (
    Classifier,
    choice_probabilities,
    nothing_public,
    topic_confidence,
    topic_evidence,
    topic_probabilities,
)
from models.examples import Example, fingerprint, read_examples, stratified_folds
from models.features import Vocabulary, block_of, learn_vocabulary
from models.labels import CHOICES
from models.model_file import COLUMNS, HEADS, NO_TOPIC, OUTPUTS, Model, ModelError, load_model, save_model

FILE_NAME: Final = "classifier.model"
FOLDS: Final = 5

_SCALES: Final[Mapping[str, tuple[float, ...]]] = {
    "topics": (1.5, 0.7, 0.1, 0.5, 0.5, 0.6, 1.0, 0.7),
    "conflict": (1.5, 1.0, 0.3, 0.1, 0.8, 0.3, 0.5, 0.2),
    "actor": (1.0, 0.7, 0.3, 0.1, 1.0, 0.4, 0.5, 0.2),
    "stance": (1.0, 0.7, 0.3, 0.1, 0.5, 0.2, 0.5, 0.2),
    "intent": (1.5, 1.0, 0.3, 0.1, 0.8, 0.3, 0.5, 0.2),
}
"""How much each block of features (features.BLOCKS) counts for each label, chosen by cross-validation."""
_COST: Final = 0.1
_TOLERANCE: Final = 0.01
_THREAT_PREFERRED: Final = 2.0
"""How many times likelier than it is level 3 counts as: an overlooked threat costs more than a false alarm."""
_SMALL_TALK_WITH_TOPIC: Final = 0.1
"""So many of them may look like having a topic; a part of those falls below the topics' own thresholds."""

_RIGHT_ENOUGH: Final = 0.9
_MOST_ABSTAINED: Final = 0.12
"""A label of which more than this is uncertain is left to nobody: people can not look at all of them."""

_DECISION_WEIGHT: Final = 3.0
"""How much a decision of the body's counts beside a shipped example: it is about the body's own posts."""

_THRESHOLDS: Final = [step / 50 for step in range(5, 41)]
_NEVER: Final = -3.0
_NEVER_ODDS: Final = -9.0
"""The decision value and the log-odds of something that no example has."""

log = logging.getLogger(__name__)


def model_version(
    examples: Sequence[Example], seed: int = 0, decided: Mapping[str, frozenset[str]] | None = None
) -> str:
    """Twelve hex digits that name the model that these examples, decisions, this code and this seed give."""
    h = hashlib.sha256(fingerprint(examples).encode())
    h.update(repr(sorted((name, sorted(heads)) for name, heads in (decided or {}).items())).encode())
    h.update(features.code_version().encode())
    for module in (sys.modules[__name__], classifier, language):
        h.update(inspect.getsource(module).encode())
    h.update(f"{seed} {installed_version('scikit-learn')} {installed_version('numpy')}".encode())
    return h.hexdigest()[:12]


def train(
    examples: Sequence[Example],
    seed: int = 0,
    on_progress: Callable[[str], None] = lambda step: None,
    decided: Mapping[str, frozenset[str]] | None = None,
) -> Model:
    """A model of the examples. `on_progress` is told each step as it begins: `features`, `fold N/M`, `calibration`,
    `final`. `decided` are the examples (by id) that come from decisions of a body, with the labels that were decided
    (of HEADS): those count more, and the others of these examples not at all."""
    counts = _counts(examples, decided or {})
    on_progress("features")
    found = [features.features(example.post) for example in examples]
    vocabulary, rarity = learn_vocabulary(found)
    matrix = vocabulary.matrix(found)
    matrix.sum_duplicates()
    del found
    scales = weighing(vocabulary, rarity)
    targets = _targets(examples)
    unseen = np.zeros(targets.shape, dtype=np.float32)
    for number, held_out in enumerate(stratified_folds(examples, FOLDS, seed), start=1):
        on_progress(f"fold {number}/{FOLDS}")
        kept = np.setdiff1d(np.arange(len(examples)), held_out)
        weights, bias = _fit(matrix[kept], targets[kept], scales, counts[kept], seed)
        unseen[held_out] = matrix[held_out] @ weights + bias
    on_progress("calibration")
    # Decisions are no sample: editors look at what is doubtful. So the shipped examples alone say how sure to be.
    shipped = np.array([example.id not in (decided or {}) for example in examples])
    unseen, known = unseen[shipped], targets[shipped]
    topic_calibration, topic_thresholds, no_topic = _calibrate_topics(
        unseen[:, COLUMNS["topics"]], known[:, COLUMNS["topics"]]
    )
    calibration = {head: _calibrate(unseen[:, COLUMNS[head]], known[:, COLUMNS[head]]) for head in CHOICES}
    preference = {head: np.ones(len(values), dtype=np.float32) for head, values in CHOICES.items()}
    preference["conflict"][-1] = _THREAT_PREFERRED
    sure = _sure_enough(unseen, known, topic_calibration, topic_thresholds, no_topic, calibration, preference)
    on_progress("final")
    weights, bias = _fit(matrix, targets, scales, counts, seed)
    return Model(
        version=model_version(examples, seed, decided),
        names=vocabulary.names,
        weights=weights,
        bias=bias,
        topic_calibration=topic_calibration,
        topic_thresholds=topic_thresholds,
        no_topic=no_topic,
        calibration=calibration,
        preference=preference,
        sure=sure,
    )


def ensure_model(
    folder: Path, on_progress: Callable[[str], None], on_refused: Callable[[ModelError], None] = lambda error: None
) -> Classifier:
    """The classifier of the shipped examples: the one kept in `folder` where it is of their version and whole, else a
    new one, which is kept. `on_progress` is told the steps of training, if there is any (see `train`), and `on_refused`
    why a file that is there can not be used."""
    examples = read_examples()
    path = folder / FILE_NAME
    try:
        model = load_model(path, model_version(examples))
    except ModelError as error:
        if error.code != "model_missing":
            on_refused(error)
        model = train(examples, on_progress=on_progress)
        try:
            save_model(model, path)
        except OSError:
            log.warning("the model could not be kept in %s; it is trained again next time", folder)
    return Classifier(model)


def weighing(vocabulary: Vocabulary, rarity: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """For each label, (features,): how much each feature counts, by its block and how rare it is."""
    blocks = np.array([block_of(name) for name in vocabulary.names])
    return {head: np.array(_SCALES[head], dtype=np.float32)[blocks] * rarity for head in COLUMNS}


def _targets(examples: Sequence[Example]) -> NDArray[np.int64]:
    """(examples, OUTPUTS) of 0 and 1."""

    def true(example: Example, head: str, value: object) -> bool:
        if head != "topics":
            return bool(getattr(example, head) == value)
        return value in example.topics if value else not example.topics

    return np.array([[true(example, *output) for output in OUTPUTS] for example in examples], dtype=np.int64)


def _counts(examples: Sequence[Example], decided: Mapping[str, frozenset[str]]) -> NDArray[np.float64]:
    """(examples, HEADS): how much each example counts for each label."""
    counts = np.ones((len(examples), len(HEADS)))
    for at, example in enumerate(examples):
        if (heads := decided.get(example.id)) is not None:
            counts[at] = [_DECISION_WEIGHT if head in heads else 0.0 for head in HEADS]
    return counts


def _fit(
    matrix: sparse.csr_matrix,
    targets: NDArray[np.int64],
    scales: Mapping[str, NDArray[np.float32]],
    counts: NDArray[np.float64],
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights and bias, one machine an output against the rest. What no example has is never chosen."""
    # scikit-learn takes a second and 60 MB to import; a process that finds its model does without.
    from sklearn.svm import LinearSVC

    weights = np.zeros((matrix.shape[1], len(OUTPUTS)), dtype=np.float32)
    bias = np.full(len(OUTPUTS), _NEVER, dtype=np.float32)
    for head, columns in COLUMNS.items():
        count = counts[:, HEADS.index(head)]
        scaled = (matrix @ sparse.diags(scales[head])).tocsr()[count > 0]
        for column in range(columns.start, columns.stop):
            wanted = targets[count > 0, column]
            if 0 < wanted.sum() < len(wanted):
                machine = LinearSVC(C=_COST, class_weight="balanced", tol=_TOLERANCE, random_state=seed)
                machine.fit(scaled, wanted, count[count > 0])
                weights[:, column] = machine.coef_[0] * scales[head]
                bias[column] = machine.intercept_[0]
    return weights, bias


def _calibrate_topics(
    decisions: NDArray[np.float32], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Each topic's calibration, the probability from which it is given, and the decision value of none from which no
    topic is."""
    from sklearn.linear_model import LogisticRegression

    evidence = topic_evidence(decisions)
    calibration = np.zeros((NO_TOPIC, evidence.shape[2]), dtype=np.float32)
    for topic in range(NO_TOPIC):
        wanted = targets[:, topic]
        if 0 < wanted.sum() < len(wanted):
            fitted = LogisticRegression(C=10.0).fit(evidence[:, topic, :-1], wanted)
            calibration[topic] = [*fitted.coef_[0], fitted.intercept_[0]]
        else:
            calibration[topic, -1] = _NEVER_ODDS
    probabilities = topic_probabilities(decisions, calibration)
    is_none, none = targets[:, NO_TOPIC] == 1, nothing_public(decisions)[:, 0]
    no_topic = float(np.quantile(none[is_none], _SMALL_TALK_WITH_TOPIC)) if is_none.any() else -_NEVER
    probabilities = np.where((none < no_topic)[:, None], probabilities, 0.0)
    own = np.array([_best_threshold(probabilities[:, at], targets[:, at]) for at in range(NO_TOPIC)])
    # A topic has too few examples to be sure of its own threshold: half of it is what suits all.
    common = _best_threshold(probabilities, targets[:, :NO_TOPIC])
    thresholds = ((own + common) / 2).astype(np.float32)
    return calibration, thresholds, np.array([no_topic], dtype=np.float32)


def _best_threshold(probabilities: NDArray[Any], wanted: NDArray[Any]) -> float:
    """The threshold with the best F1 (of the macro kind where there are several columns)."""

    def f1(threshold: float) -> float:
        given = probabilities >= threshold
        right = (given & (wanted == 1)).sum(axis=0)
        wrong = (given & (wanted == 0)).sum(axis=0)
        return float(np.mean(2 * right / np.maximum(right + wrong + wanted.sum(axis=0), 1)))

    return max(_THRESHOLDS, key=f1)


def _calibrate(decisions: NDArray[np.float32], targets: NDArray[np.int64]) -> NDArray[np.float32]:
    """(K, K + 1): multinomial logistic regression of the value on the decision values."""
    from sklearn.linear_model import LogisticRegression

    values = decisions.shape[1]
    calibration = np.zeros((values, values + 1), dtype=np.float32)
    calibration[:, -1] = _NEVER_ODDS
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(decisions, targets.argmax(axis=1))
    if len(fitted.classes_) == 2:
        calibration[fitted.classes_] = 0.0
        calibration[fitted.classes_[1]] = [*fitted.coef_[0], fitted.intercept_[0]]
    else:
        calibration[fitted.classes_] = np.column_stack([fitted.coef_, fitted.intercept_])
    return calibration


def _sure_enough(
    decisions: NDArray[np.float32],
    targets: NDArray[np.int64],
    topic_calibration: NDArray[np.float32],
    topic_thresholds: NDArray[np.float32],
    no_topic: NDArray[np.float32],
    calibration: Mapping[str, NDArray[np.float32]],
    preference: Mapping[str, NDArray[np.float32]],
) -> NDArray[np.float32]:
    """(HEADS,): the confidence from which the labels of examples that were not seen are right often enough."""
    probabilities = topic_probabilities(decisions[:, COLUMNS["topics"]], topic_calibration)
    given = (probabilities >= topic_thresholds) & (nothing_public(decisions[:, COLUMNS["topics"]]) < no_topic)
    right = (given == targets[:, :NO_TOPIC]).all(axis=1)
    found = [_least_confidence(topic_confidence(probabilities, given), right)]
    for head in CHOICES:
        probabilities = choice_probabilities(decisions[:, COLUMNS[head]], calibration[head])
        best = (probabilities * preference[head]).argmax(axis=1)
        confidence = probabilities[np.arange(len(best)), best]
        found.append(_least_confidence(confidence, targets[:, COLUMNS[head]].argmax(axis=1) == best))
    return np.array(found, dtype=np.float32)


def _least_confidence(confidence: NDArray[Any], right: NDArray[Any]) -> float:
    """The least confidence above which `_RIGHT_ENOUGH` of the labels are right, or, where that is too much to ask, the
    one that no more than `_MOST_ABSTAINED` fall below."""
    surest_first = np.argsort(-confidence, kind="stable")
    share_right = np.cumsum(right[surest_first]) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(share_right >= _RIGHT_ENOUGH)
    kept = max(int(enough[-1]) + 1 if len(enough) else 0, math.ceil((1 - _MOST_ABSTAINED) * len(right)))
    return float(confidence[surest_first[kept - 1]])
