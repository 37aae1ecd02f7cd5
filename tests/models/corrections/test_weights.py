"""The model's weights: what they make of features, and their file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.corrections.weights import UNREAD, Weights, another_meant, read, save, shipped, worth_reading
from models.labels import RELATIONS
from tests.models.corrections.helpers import ISLAND, PUPILS, evidence

ROWS = [[2.0, 0.0, 0.0, -1.0, 0.0], [0.0, 1.23456, 0.0, 0.0, -3.0]]
SMALL = Weights(
    version="0123456789ab",
    names={"differs": 0, "1: elev «ikke»": 1},
    rows=np.array(ROWS, dtype=np.float32),
    bias=np.array([0.0, 0.0, 0.0, 0.0, 1.0], dtype=np.float32),
    background={"": 8.21, "skøl": 4.5},
    blend=UNREAD,
)
OWN = np.array([[0.5, 0.2, 0.1, 0.1, 0.1], [0.01, 0.01, 0.01, 0.0, 0.97]])
READ = np.log([[0.1, 0.6, 0.1, 0.1, 0.1], [0.6, 0.1, 0.1, 0.1, 0.1]])


def test_the_probabilities_are_of_all_relations_and_sum_to_1() -> None:
    for features in ({}, {"differs": 1.0}, {"differs": -3.0, "1: elev «ikke»": 1e4}, evidence("Tang", ISLAND).features):
        chances = SMALL.probabilities(features)
        assert chances.shape == (len(RELATIONS),)
        assert chances.sum() == pytest.approx(1.0)
        assert (chances >= 0).all()
    assert shipped().probabilities(evidence("Granlia skole", PUPILS).features).sum() == pytest.approx(1.0)


def test_without_features_the_bias_decides() -> None:
    chances = SMALL.probabilities({})
    assert RELATIONS[int(chances.argmax())] == "unrelated"
    assert chances[4] / chances[0] == pytest.approx(np.e)


def test_a_feature_weighs_by_its_value() -> None:
    assert RELATIONS[int(SMALL.probabilities({"differs": 1.0}).argmax())] == "contradicts"
    once, twice = (SMALL.probabilities({"differs": value}) for value in (1.0, 2.0))
    assert twice[0] / twice[1] == pytest.approx((once[0] / once[1]) ** 2)


def test_unknown_features_are_passed_over() -> None:
    known = SMALL.probabilities({"differs": 1.0})
    np.testing.assert_array_equal(SMALL.probabilities({"differs": 1.0, "no such feature": 9.0}), known)
    np.testing.assert_array_equal(SMALL.probabilities({"no such feature": 9.0}), SMALL.probabilities({}))


def test_without_a_blend_the_reader_counts_for_nothing() -> None:
    np.testing.assert_allclose(SMALL.with_reader(OWN, READ, np.zeros(2)), OWN, atol=1e-6)


def test_the_blend_weighs_the_reader_beside_the_linear_model() -> None:
    both = np.vstack([np.eye(5), np.eye(5), np.zeros((2, 5))]).astype(np.float32)
    together = replace(SMALL, blend=both).with_reader(OWN, READ, np.zeros(2))
    np.testing.assert_allclose(together.sum(axis=1), 1.0)
    assert RELATIONS[int(together[0].argmax())] == "states"
    np.testing.assert_allclose(together[0, 1] / together[0, 0], 0.2 * 0.6 / (0.5 * 0.1), rtol=1e-5)


def test_how_likely_another_fact_is_meant_is_told_by_the_other_pairs_of_the_same_post() -> None:
    own = np.array([[0.7, 0.0, 0.0, 0.0, 0.3], [0.1, 0.0, 0.0, 0.0, 0.9], [0.4, 0.0, 0.0, 0.0, 0.6], OWN[0]])
    unread = another_meant(own, np.array([], dtype=np.intp), np.zeros((0, 5)), [1, 1, 1, 2])
    np.testing.assert_allclose(unread, [0.4, 0.7, 0.7, 0.0])


def test_what_the_reader_makes_of_another_fact_counts_as_much_as_the_linear_model() -> None:
    own = np.array([[0.8, 0.0, 0.0, 0.0, 0.2], [0.5, 0.0, 0.0, 0.0, 0.5]])
    read = np.log([[0.2, 1e-9, 1e-9, 1e-9, 0.8]])
    np.testing.assert_allclose(another_meant(own, np.array([0]), read, [7, 7]), [0.5, 0.5], atol=1e-3)


def test_another_fact_that_is_meant_speaks_against_this_one() -> None:
    plain, beside_another = shipped().with_reader(OWN[[0, 0]], READ[[0, 0]], np.array([0.0, 1.0]))
    assert beside_another[RELATIONS.index("unrelated")] > plain[RELATIONS.index("unrelated")]


def test_the_shipped_blend_listens_to_both() -> None:
    blend = shipped().blend
    own, read = np.diag(blend[:5]), np.diag(blend[5:10])
    assert (own[:4] > 0).all()
    assert (read > 0).all()


def test_what_is_plainly_unrelated_is_not_worth_reading() -> None:
    assert worth_reading(OWN).tolist() == [0]
    assert worth_reading(np.zeros((0, 5))).tolist() == []


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    save(SMALL, path)
    back = read(path)
    assert (back.version, back.background) == (SMALL.version, SMALL.background)
    for name, row in SMALL.names.items():
        np.testing.assert_allclose(back.rows[back.names[name]], SMALL.rows[row], atol=5e-4)
    np.testing.assert_array_equal(back.bias, SMALL.bias)
    np.testing.assert_array_equal(back.blend, SMALL.blend)
    save(back, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_a_feature_is_a_line_in_its_order(tmp_path: Path) -> None:
    save(SMALL, tmp_path / "weights.json")
    lines = (tmp_path / "weights.json").read_text("utf-8").splitlines()
    assert [json.loads(line)[0] for line in lines[4:]] == sorted(SMALL.names)


def test_weights_of_other_relations_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    save(SMALL, path)
    path.write_text(path.read_text("utf-8").replace('"asks"', '"wonders"'), "utf-8")
    with pytest.raises(ValueError, match=r"weights\.json tells other relations than contradicts, .*: run make weights"):
        read(path)


@pytest.mark.parametrize("kept", [0, 40, 200, -5])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "weights.json"
    save(SMALL, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError):  # noqa: PT011  (json's words, or those of unpacking)
        read(path)


def test_the_shipped_weights_are_sound() -> None:
    weights = shipped()
    assert weights.rows.shape == (len(weights.names), len(RELATIONS))
    assert weights.bias.shape == (len(RELATIONS),)
    assert np.isfinite(weights.rows).all()
    assert weights.background[""] == max(weights.background.values())
    assert min(weights.background.values()) >= 0
