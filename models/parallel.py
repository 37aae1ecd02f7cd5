"""Labels for many posts at once, on all processors."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from models.classifier import Classifier
from models.labels import Labels, PostText

WORTH_IT: Final = 4_000
"""Posts from which a second process saves more time than it takes to begin."""
_PIECE: Final = 1_000

_classifier: Classifier | None = None


def label_all(classifier: Classifier, posts: Sequence[PostText]) -> list[Labels]:
    """The labels of each post, in order. For a process without other threads: it is forked."""
    workers = len(os.sched_getaffinity(0))
    if len(posts) < WORTH_IT or workers < 2:
        return classifier.label(posts)
    global _classifier
    _classifier = classifier
    pieces = [posts[start : start + _PIECE] for start in range(0, len(posts), _PIECE)]
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
            return [labels for found in pool.map(_label, pieces) for labels in found]
    finally:
        _classifier = None


def _label(posts: Sequence[PostText]) -> list[Labels]:
    assert _classifier
    return _classifier.label(posts)
