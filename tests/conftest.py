"""What all tests share: the options, a store in memory, and the classifier, trained once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data.store import Store

if TYPE_CHECKING:
    from models.classifier import Classifier
    from models.examples import Example

pytest_plugins = ["tests.browser.fixtures"]

HERE = Path(__file__).parent
ON_REQUEST = {"--benchmarks": HERE / "bench", "--screenshots": HERE / "browser" / "test_screenshots.py"}
"""Tests that run only where the option is given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--benchmarks", action="store_true", help="measure speed (tests/bench)")
    parser.addoption("--screenshots", action="store_true", help="take the pictures of docs/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for option, place in ON_REQUEST.items():
        if not config.getoption(option):
            for item in items:
                if item.path.is_relative_to(place):
                    item.add_marker(pytest.mark.skip(reason=f"runs with {option}"))


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    with Store(":memory:") as store:
        yield store


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """The shipped examples."""
    from models.examples import read_examples

    return read_examples()


@pytest.fixture(scope="session")
def few(examples: list[Example]) -> list[Example]:
    """Enough of them to train on in a second."""
    from models.examples import stratified_folds

    return [examples[at] for at in stratified_folds(examples, 12)[0]]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the classifier lies in, trained once for all the processes that run tests."""
    from models.training import ensure_model  # scikit-learn is slow to load, and most tests do without

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ensure_model(folder, print)
    return folder


@pytest.fixture(scope="session")
def classifier(models: Path) -> Classifier:
    """The classifier of the shipped examples."""
    from models.training import ensure_model

    return ensure_model(models, print)
