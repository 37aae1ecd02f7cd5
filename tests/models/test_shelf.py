"""Which model is in use: the shipped one, a trained one, and back again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models import shelf
from models.classifier import Classifier
from models.examples import read_examples
from models.shelf import Shelf, Trained
from models.training import model_version


@pytest.fixture
def folder(tmp_path: Path, models: Path) -> Path:
    """A folder with the shipped model."""
    (tmp_path / "classifier.model").write_bytes((models / "classifier.model").read_bytes())
    return tmp_path


def trained(classifier: Classifier, version: str, shipped: str | None = None) -> tuple[object, Trained]:
    shipped = shipped or model_version(read_examples())
    return replace(classifier.model, version=version), Trained(version, shipped, "2026-11-21T12:00:00", 12)


def use(folder: Path, classifier: Classifier, version: str, shipped: str | None = None) -> Trained:
    model, record = trained(classifier, version, shipped)
    shelf.use(folder, model, record)  # type: ignore[arg-type]
    return record


def version(folder: Path) -> str:
    return shelf.load(folder, lambda step: pytest.fail("it was trained anew")).version


def test_the_shipped_model_is_used_until_another_one_is(folder: Path, classifier: Classifier) -> None:
    assert (shelf.shelf(folder), version(folder)) == (Shelf(), classifier.version)
    record = use(folder, classifier, "own1")
    assert (shelf.shelf(folder), version(folder)) == (Shelf(record), "own1")


def test_the_earlier_model_can_be_brought_back_and_forth(folder: Path, classifier: Classifier) -> None:
    assert not shelf.bring_back(folder)
    use(folder, classifier, "own1")
    assert shelf.bring_back(folder)
    assert version(folder) == classifier.version
    assert shelf.bring_back(folder)
    assert version(folder) == "own1"


def test_no_more_than_the_model_in_use_and_the_earlier_one_are_kept(folder: Path, classifier: Classifier) -> None:
    for name in ("own1", "own2", "own3"):
        use(folder, classifier, name)
    assert sorted(path.name for path in folder.glob("own-*")) == ["own-own2.model", "own-own3.model"]
    shelf.bring_back(folder)
    assert version(folder) == "own2"


def refused(folder: Path, classifier: Classifier) -> list[str]:
    """Why the model on the shelf is not used, where the shipped one is in its place."""
    codes: list[str] = []
    loaded = shelf.load(folder, lambda step: pytest.fail("trained anew"), lambda error: codes.append(error.code))
    assert loaded.version == classifier.version
    return codes


def test_a_model_that_an_older_program_trained_is_left(folder: Path, classifier: Classifier) -> None:
    use(folder, classifier, "own1", shipped="older")
    assert refused(folder, classifier) == ["model_other_version"]


@pytest.mark.parametrize(
    ("broken", "code"), [("in_use.json", []), ("own-own1.model", ["model_broken"])], ids=["which", "model"]
)
def test_what_is_broken_is_left_for_the_shipped_model(
    folder: Path, classifier: Classifier, broken: str, code: list[str]
) -> None:
    use(folder, classifier, "own1")
    (folder / broken).write_bytes(b"{}")
    assert refused(folder, classifier) == code
