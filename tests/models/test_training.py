from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import training
from models.classifier import Classifier
from models.examples import Example
from models.labels import TOPICS
from models.model_file import COLUMNS, Model
from models.training import FILE_NAME, ensure_model, model_version, train


@pytest.fixture(scope="module")
def steps() -> list[str]:
    return []


@pytest.fixture(scope="module")
def model(few: list[Example], steps: list[str]) -> Model:
    return train(few, on_progress=steps.append)


def test_the_same_examples_give_the_same_model(model: Model, few: list[Example]) -> None:
    again = train(list(few))
    assert again.version == model.version
    assert again.names == model.names
    np.testing.assert_array_equal(again.weights, model.weights)
    np.testing.assert_array_equal(again.topic_thresholds, model.topic_thresholds)
    for head, calibration in model.calibration.items():
        np.testing.assert_array_equal(again.calibration[head], calibration)


def test_the_version_follows_examples_and_seed(few: list[Example]) -> None:
    version = model_version(few)
    assert len(version) == 12
    assert model_version(list(reversed(few))) == version
    assert model_version(few, seed=1) != version
    assert model_version(few[1:]) != version
    assert model_version([replace(few[0], conflict=(few[0].conflict + 1) % 4), *few[1:]]) != version


def test_the_version_follows_the_code(few: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    version = model_version(few)
    monkeypatch.setattr("models.features.code_version", lambda: "other")
    assert model_version(few) != version


def test_each_step_is_told(model: Model, steps: list[str]) -> None:
    assert steps == ["features", *(f"fold {number}/5" for number in range(1, 6)), "calibration", "final"]
    assert np.isfinite(model.weights).all()


def test_a_label_without_examples_is_never_given(few: list[Example]) -> None:
    known = [example for example in few if "naring" not in example.topics and example.actor != "media"]
    classifier = training.Classifier(train(known[:80]))
    given = classifier.label([example.post for example in few])
    assert not any("naring" in labels.topics for labels in given)
    assert not any(labels.actor == "media" for labels in given)


def test_every_topic_has_a_threshold_between_rare_and_sure(model: Model) -> None:
    assert model.topic_thresholds.shape == (len(TOPICS),)
    assert ((model.topic_thresholds >= 0.1) & (model.topic_thresholds <= 0.8)).all()


def test_rare_conflict_is_preferred(model: Model) -> None:
    assert model.preference["conflict"][3] > model.preference["conflict"][0]
    assert model.preference["stance"].tolist() == [1.0, 1.0, 1.0]


def test_weights_stand_for_features_that_the_model_names(model: Model) -> None:
    column = COLUMNS["conflict"].start + 1
    assert model.weights[model.names.index("2c:disagree"), column] > 0


@pytest.fixture
def shipped(few: list[Example], model: Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Training of few examples in place of the shipped ones; counts how often it was done."""
    trained: list[int] = []

    def count(examples: list[Example], **_: object) -> Model:
        trained.append(len(examples))
        return model

    monkeypatch.setattr(training, "read_examples", lambda: few)
    monkeypatch.setattr(training, "train", count)
    return trained


def test_a_model_is_trained_once_and_kept(tmp_path: Path, shipped: list[int]) -> None:
    first = ensure_model(tmp_path / "models", lambda step: None)
    second = ensure_model(tmp_path / "models", lambda step: None)
    assert len(shipped) == 1
    assert first.version == second.version
    assert (tmp_path / "models" / FILE_NAME).exists()


@pytest.mark.parametrize("content", [b"", b"rubbish", b'{"format": 1, "version": "older", "sha256": ""}\n'])
def test_a_broken_or_older_model_is_replaced(tmp_path: Path, shipped: list[int], content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    ensure_model(tmp_path, lambda step: None)
    ensure_model(tmp_path, lambda step: None)
    assert len(shipped) == 1


def test_a_tampered_model_is_replaced(tmp_path: Path, shipped: list[int]) -> None:
    ensure_model(tmp_path, lambda step: None)
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    content[-2_000] ^= 255
    path.write_bytes(content)
    ensure_model(tmp_path, lambda step: None)
    assert len(shipped) == 2


def test_what_was_not_decided_of_a_post_teaches_nothing(few: list[Example]) -> None:
    spoiled = [
        Example(f"x{n}", "decisions", e.post, "nb", (), 3, "media", "neutral", "other") for n, e in enumerate(few)
    ]
    nothing = train([*few, *spoiled], decided={example.id: frozenset() for example in spoiled})
    actors = [labels.actor for labels in Classifier(nothing).label([e.post for e in few])]
    assert actors.count("media") <= sum(e.actor == "media" for e in few) + 3


def test_a_decision_counts_more_than_an_example(few: list[Example]) -> None:
    first = next(example for example in few if example.actor == "citizen")
    decided = Example("x", "decisions", first.post, first.lang, (), 0, "expert", first.stance, first.intent)

    def sure_of_expert(**more: Any) -> float:
        labels = Classifier(train([*few, decided], **more)).label([first.post])[0]
        return labels.scores["actor"] * {"expert": 1, "citizen": -1}[labels.actor]

    assert sure_of_expert(decided={"x": frozenset({"actor"})}) > sure_of_expert()
