"""What the classifier is chosen among can be worked out on the examples."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from models import comparison
from models.comparison import (
    HEADS,
    linear,
    majority,
    own_features,
    rules,
    sentence_vectors,
    tfidf,
    wanted,
    word_vectors,
)
from models.evaluation import macro_f1
from models.examples import Example


def figure(head: str, found: comparison.Given, examples: list[Example]) -> float:
    return macro_f1(HEADS[head], list(zip(wanted(examples)[head], found[head], strict=True)))


def test_rules_and_machines_do_better_than_the_commonest_value(few: list[Example]) -> None:
    learned = linear(few, dict.fromkeys(HEADS, tfidf(few)), 0.5)
    ours = linear(few, own_features(few), 0.1)
    assert figure("topics", rules(few), few) > figure("topics", majority(few), few)
    assert figure("conflict", learned, few) > figure("conflict", majority(few), few)
    assert figure("conflict", ours, few) > figure("conflict", majority(few), few)


def test_the_rules_take_the_actor_from_the_profile(few: list[Example]) -> None:
    assert figure("actor", rules(few), few) > 2 * figure("actor", majority(few), few)


@pytest.mark.parametrize("vectors", [sentence_vectors, word_vectors])
def test_vectors_are_centred_and_of_length_one(few: list[Example], vectors: object) -> None:
    def encode(text: str) -> list[float]:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        return list(np.random.default_rng(seed).normal(size=384))

    made = vectors(few, encode)  # type: ignore[operator]
    assert made.shape[0] == len(few)
    lengths = np.linalg.norm(made, axis=1)
    assert np.isclose(lengths, 1).mean() > 0.9
