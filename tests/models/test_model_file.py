from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.labels import CHOICES, TOPICS
from models.model_file import COLUMNS, HEADS, MAX_BYTES, OUTPUTS, Model, ModelError, load_model, save_model

MODEL = Model(
    version="abc",
    names=("2", "0w=skole", "0w=blåbær"),
    weights=np.arange(3 * len(OUTPUTS), dtype=np.float32).reshape(3, len(OUTPUTS)),
    bias=np.ones(len(OUTPUTS), dtype=np.float32),
    topic_calibration=np.ones((len(TOPICS), 4), dtype=np.float32),
    topic_thresholds=np.full(len(TOPICS), 0.5, dtype=np.float32),
    no_topic=np.zeros(1, dtype=np.float32),
    calibration={head: np.ones((len(v), len(v) + 1), dtype=np.float32) for head, v in CHOICES.items()},
    preference={head: np.ones(len(v), dtype=np.float32) for head, v in CHOICES.items()},
    sure=np.full(len(HEADS), 0.5, dtype=np.float32),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_model(MODEL, tmp_path / "deep" / "classifier.model")
    return tmp_path / "deep" / "classifier.model"


def code(path: Path, version: str = "abc") -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path, version)
    assert caught.value.details["file"] == str(path)
    return caught.value.code


def test_a_saved_model_comes_back_as_it_was(path: Path) -> None:
    loaded = load_model(path, "abc")
    assert loaded.names == MODEL.names
    np.testing.assert_array_equal(loaded.weights, MODEL.weights)
    np.testing.assert_array_equal(loaded.calibration["actor"], MODEL.calibration["actor"])
    assert loaded.version == "abc"


def test_saving_leaves_nothing_else_behind(path: Path) -> None:
    assert [found.name for found in path.parent.iterdir()] == ["classifier.model"]


def test_a_model_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert code(tmp_path / "none.model") == "model_missing"


def test_a_model_of_another_version_is_refused(path: Path) -> None:
    assert code(path, "def") == "model_other_version"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_changed_byte_is_refused(path: Path, share: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 1
    path.write_bytes(content)
    assert code(path) == "model_broken"


def test_a_cut_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    assert code(path) == "model_broken"


@pytest.mark.parametrize("content", [b"", b"\n", b"not a model", b"[]\nabc", b'{"format": 1}\nabc', b"\xff\xfe\n"])
def test_a_file_that_is_no_model_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert code(path) == "model_broken"


def test_arrays_of_another_shape_are_refused_also_with_a_right_checksum(path: Path) -> None:
    save_model(replace(MODEL, bias=np.ones(3, dtype=np.float32)), path)
    assert code(path) == "model_broken"
    save_model(replace(MODEL, bias=np.full(len(OUTPUTS), np.nan, dtype=np.float32)), path)
    assert code(path) == "model_broken"


def test_objects_that_need_pickle_are_not_read(path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        save_model(replace(MODEL, bias=np.array([print], dtype=object)), path)
    assert load_model(path, "abc").version == "abc"


def test_a_file_that_is_far_too_large_is_not_read(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    assert code(path) == "model_broken"


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    assert code(tmp_path) == "model_broken"


def test_each_label_has_its_columns() -> None:
    assert OUTPUTS[COLUMNS["topics"]] == (*(("topics", topic) for topic in TOPICS), ("topics", None))
    for head, values in CHOICES.items():
        assert OUTPUTS[COLUMNS[head]] == tuple((head, value) for value in values)
