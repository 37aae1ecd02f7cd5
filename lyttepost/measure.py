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
from lyttepost.config import shown, why
from lyttepost.context import OK, PARTLY, WRONG
from lyttepost.ownership import Say
from models.classifier import Classifier
from models.evaluation import Evaluation, evaluate
from models.examples import Example, ExampleError, parse_example, parse_post
from models.labels import PostText
from models.parallel import label_all

MAX_LINE = 200_000
REFUSED_SHOWN = 20
BATCH = 20_000


def evaluate_file(classifier: Classifier, file: Path, as_json: bool, say: Say, tell: Say) -> int:
    """Tell how good the classifier is on labelled posts. `tell` is for what is wrong with the file."""
    examples: list[Example] = []
    lines = _Lines(file, tell)
    for place, line in lines:
        try:
            examples.append(parse_example(line, file.stem, place))
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
    lines = _Lines(file, tell)
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


def _posts(lines: _Lines) -> Iterator[tuple[str, PostText]]:
    for place, line in lines:
        try:
            post = parse_post(line, place)
        except ExampleError as error:
            lines.refuse(error)
        else:
            lines.good += 1
            yield post


class _Lines:
    """The lines of a file, with what is wrong with it."""

    def __init__(self, file: Path, tell: Say) -> None:
        self._file = file
        self._tell = tell
        self.good = 0
        self.refused = 0
        self.unreadable = False

    def __iter__(self) -> Iterator[tuple[dict[str, str], str]]:
        try:
            with self._file.open("rb") as lines:
                for line_number, line in enumerate(iter(lambda: lines.readline(MAX_LINE), b""), start=1):
                    text = line.decode("utf-8-sig" if line_number == 1 else "utf-8", "replace").strip()
                    if text:
                        yield {"file": self._file.name, "line": str(line_number)}, text
        except OSError as error:
            self.unreadable = True
            self._tell(t("cli.evaluate.unreadable", file=shown(str(self._file)), why=why(error)))

    def refuse(self, error: ExampleError) -> None:
        self.refused += 1
        if self.refused <= REFUSED_SHOWN:
            known = {name: shown(value) for name, value in error.details.items()}
            self._tell(t(f"cli.evaluate.{error.code}", **known))

    def nothing(self) -> int:
        """The exit code of a file in which there was nothing to work on."""
        if not self.refused and not self.unreadable:
            self._tell(t("cli.evaluate.empty", file=shown(str(self._file))))
        return WRONG

    def ended(self) -> int:
        if self.refused > REFUSED_SHOWN:
            self._tell(n("cli.import.more_refused", self.refused - REFUSED_SHOWN))
        return PARTLY if self.refused or self.unreadable else OK
