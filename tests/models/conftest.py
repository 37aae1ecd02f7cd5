"""What the tests of the models share: labels that a model gave to examples it had not seen."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from models.classifier import Classifier
from models.examples import Example, stratified_folds
from models.labels import Labels
from models.model_file import ModelError, load_model, save_model
from models.training import model_version, train


@pytest.fixture(scope="session")
def held_out(examples: list[Example], models: Path) -> tuple[list[Example], list[Labels]]:
    """A fifth of the examples, with the labels of a model that has seen the others only, trained once for all the
    processes that run tests."""
    positions = set(stratified_folds(examples, 5)[0])
    seen = [example for at, example in enumerate(examples) if at not in positions]
    unseen = [example for at, example in enumerate(examples) if at in positions]
    version = model_version(seen)
    path = models / f"{version}.model"
    with (models / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            model = load_model(path, version)
        except ModelError:
            model = train(seen)
            save_model(model, path)
    return unseen, Classifier(model).label([example.post for example in unseen])
