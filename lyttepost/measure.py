"""`lyttepost evaluate` and `lyttepost classify`: the classifier on posts in a file of JSON Lines, without the store.

The format is that of the published test set (docs/klassifisering.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Any

from dashboard.wording import n, number, t
from lyttepost.json_lines import Lines
from lyttepost.ownership import Say
from models.classifier import Classifier
from models.evaluation import Evaluation, evaluate
from models.examples import Example, ExampleError, parse_example, parse_post
from models.labels import PostText
from models.parallel import label_all

BATCH = 20_000


def evaluate_file(classifier: Classifier, file: Path, as_json: bool, say: Say, tell: Say) -> int:
    """Tell how good the classifier is on labelled posts. `tell` is for what is wrong with the file."""
    examples: list[Example] = []
    lines = Lines(file, tell)
    for place, line in lines:
        try:
            examples.append(parse_example(line.decode("utf-8", "replace"), file.stem, place))
        except ExampleError as error:
            lines.refuse(error)
    if not examples:
        return lines.nothing()
    figures = evaluate(examples, label_all(classifier, [example.post for example in examples]))
    if as_json:
        say(json.dumps({"model_version": classifier.version, **asdict(figures)}))
    else:
        for sentence in told(figures):
            say(sentence)
    return lines.ended()


def classify_file(classifier: Classifier, file: Path, say: Say, tell: Say) -> int:
    """Say one line of JSON for each post: its id and what it is labelled."""
    lines = Lines(file, tell)
    posts = _posts(lines)
    while batch := list(islice(posts, BATCH)):
        for (post_id, _), labels in zip(batch, label_all(classifier, [post for _, post in batch]), strict=True):
            row: dict[str, Any] = {"id": post_id, "lang": labels.lang, "topics": list(labels.topics)}
            row |= {name: getattr(labels, name) for name in ("conflict", "actor", "stance", "intent")}
            row["scores"] = {name: round(score, 4) for name, score in labels.scores.items()}
            row["uncertain"] = list(labels.uncertain)
            say(json.dumps(row, ensure_ascii=False))
    return lines.ended() if lines.good else lines.nothing()


def told(figures: Evaluation) -> list[str]:
    """The figures in sentences."""
    lines = [n("cli.evaluate.examples", figures.examples)]
    for field in fields(figures):
        if field.name != "examples":
            value = number(round(getattr(figures, field.name), 3))
            lines.append(t("cli.evaluate.figure", name=t(f"quality.figure_{field.name}"), value=value))
    return lines


def _posts(lines: Lines) -> Iterator[tuple[str, PostText]]:
    for place, line in lines:
        try:
            post = parse_post(line.decode("utf-8", "replace"), place)
        except ExampleError as error:
            lines.refuse(error)
        else:
            lines.good += 1
            yield post
