"""The classifier on files: figures and labels for what can be read, and a sentence for what can not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lyttepost.context import OK, PARTLY, WRONG
from lyttepost.measure import classify_file, evaluate_file
from models.classifier import Classifier

ROW = {
    "id": "1",
    "platform": "facebook",
    "author_handle": "",
    "author_name": None,
    "text": "Når åpner søknaden om barnehageplass?",
    "lang": "nb",
    "topics": ["familie-og-barn"],
    "conflict": 0,
    "actor": "citizen",
    "stance": "neutral",
    "intent": "question",
}


@dataclass
class Said:
    out: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@pytest.fixture
def said() -> Said:
    return Said()


def file_of(folder: Path, *rows: Any) -> Path:
    path = folder / "innlegg.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_figures_are_told_in_sentences(classifier: Classifier, tmp_path: Path, said: Said) -> None:
    code = evaluate_file(classifier, file_of(tmp_path, ROW, {**ROW, "id": "2"}), False, said.out.append, print)
    assert code == OK
    assert said.out[0] == "2 innlegg er målt."
    assert any(line.startswith("Konflikt (nivå 2 eller 3), AUC: ") for line in said.out)


def test_figures_are_told_as_json(classifier: Classifier, tmp_path: Path, said: Said) -> None:
    assert evaluate_file(classifier, file_of(tmp_path, ROW), True, said.out.append, print) == OK
    figures = json.loads(said.out[0])
    assert (figures["examples"], figures["model_version"]) == (1, classifier.version)
    assert {"topics_f1", "conflict_flag_f1", "conflict_flag_auc", "level_3_recall", "stance_f1"} < set(figures)


def test_each_post_gets_a_line_with_its_labels(classifier: Classifier, tmp_path: Path, said: Said) -> None:
    path = file_of(tmp_path, ROW, {"id": "2", "text": "Takk for rask hjelp på sykehuset!"}, {"id": "3", "text": ""})
    assert classify_file(classifier, path, said.out.append, print) == OK
    first, second, third = map(json.loads, said.out)
    assert set(first) == {
        *("id", "lang", "topics", "conflict", "actor", "stance", "intent", "scores", "uncertain"),
    }
    assert (first["intent"], first["topics"], second["intent"]) == ("question", ["familie-og-barn"], "praise")
    assert 0 <= first["scores"]["conflict_flag"] <= 1
    assert (third["id"], third["lang"], third["topics"]) == ("3", "und", [])


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("rubbish", "innlegg.jsonl, linje 2: ikke et JSON-objekt"),
        ({"text": "Hei"}, "linje 2: mangler «id»"),
        ({"id": "2", "text": ["Hei"]}, "linje 2: «text» kan ikke være"),
    ],
)
def test_a_line_that_can_not_be_read_is_told_and_left_out(
    classifier: Classifier, tmp_path: Path, said: Said, bad: Any, sentence: str
) -> None:
    path = file_of(tmp_path, ROW, bad, ROW)
    assert classify_file(classifier, path, said.out.append, said.told.append) == PARTLY
    assert len(said.out) == 2
    assert sentence in said.told[0]


def test_a_post_without_labels_can_not_be_measured(classifier: Classifier, tmp_path: Path, said: Said) -> None:
    path = file_of(tmp_path, {"id": "1", "text": "Hei"})
    assert evaluate_file(classifier, path, False, said.out.append, said.told.append) == WRONG
    assert "mangler «topics»" in said.told[0]


def test_a_file_that_is_not_there_or_empty_is_told(classifier: Classifier, tmp_path: Path, said: Said) -> None:
    assert classify_file(classifier, tmp_path / "borte.jsonl", said.out.append, said.told.append) == WRONG
    assert classify_file(classifier, file_of(tmp_path, ""), said.out.append, said.told.append) == WRONG
    assert "Kunne ikke lese" in said.told[0]
    assert "ingen innlegg" in said.told[1]
