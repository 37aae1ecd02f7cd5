"""Topics that a body adds: learned from 10 to 20 examples, beside what the classifier knows already.

A topic is a linear machine over the classifier's own features. The shipped examples are what it is told apart from, so
a topic is given no more often than to one in `_FALSE_ALARMS` of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classifier import OWN_BIAS, Classifier
from models.features import block_of, features
from models.labels import PostText

FEWEST: Final = 5
"""Examples from which something can be learned."""
_FOLDS: Final = 5
_FALSE_ALARMS: Final = 1 / 200
_BLOCKS: Final = (1.0, 0.7, 0.3, 0.5, 0.2, 0.1, 0.5, 0.3)
"""How much each block of features (features.BLOCKS) counts."""
_KEPT: Final = 3_000
_COST: Final = 0.1


def learn(classifier: Classifier, wanted: Sequence[str], others: Sequence[PostText], seed: int = 0) -> dict[str, float]:
    """The weights of a topic that these texts are about and (nearly all) the others are not; empty where the texts have
    too little in common to tell them from the others."""
    from sklearn.svm import LinearSVC

    if len(wanted) < FEWEST:
        return {}
    posts = [*(PostText(text) for text in wanted), *others]
    matrix = classifier.vocabulary.matrix(features(post) for post in posts)
    matrix.sum_duplicates()
    seen = np.asarray((matrix > 0).sum(axis=0)).ravel()
    rarity = np.log((1 + len(posts)) / (1 + seen)) + 1
    blocks = np.array([block_of(name) for name in classifier.vocabulary.names])
    scale = (np.array(_BLOCKS)[blocks] * rarity / 3).astype(np.float32)
    scaled = (matrix @ sparse.diags(scale)).tocsr()
    target = np.array([1] * len(wanted) + [0] * len(others))

    def fitted(rows: NDArray[np.int64]) -> LinearSVC:
        machine = LinearSVC(C=_COST, class_weight="balanced", random_state=seed)
        return machine.fit(scaled[rows], target[rows])

    unseen = np.zeros(len(posts))
    fold = np.arange(len(posts)) % _FOLDS
    for number in range(_FOLDS):
        unseen[fold == number] = fitted(np.flatnonzero(fold != number)).decision_function(scaled[fold == number])
    least = float(np.quantile(unseen[target == 0], 1 - _FALSE_ALARMS))
    usual = float(np.median(unseen[target == 1]))
    if usual <= least:
        return {}
    machine = fitted(np.arange(len(posts)))
    steepness = np.log(9) / (usual - least)  # a usual post of the topic has it by 90 %, one at the limit by 50 %
    weights = machine.coef_[0] * scale * steepness
    heaviest = np.argsort(-np.abs(weights))[:_KEPT]
    learned = {classifier.vocabulary.names[at]: round(float(weights[at]), 4) for at in heaviest if weights[at]}
    return learned | {OWN_BIAS: round(float((machine.intercept_[0] - least) * steepness), 4)}
