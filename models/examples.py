"""The labelled examples that the classifier learns from: reading them, checking them, and sharing them into folds.

They lie in `models/examples/*.jsonl`, one file a theme, one JSON object a line, with the keys of `Example`; keys that
would be empty are left out. The labels follow the codebook.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from models.labels import ACTORS, CONFLICT_LEVELS, INTENTS, LANGUAGES, STANCES, TOPICS, PostText

FOLDER: Final = Path(str(files("models").joinpath("examples")))

_TEXTS: Final = ("platform", "author_handle", "author_name", "author_bio", "in_reply_to_text", "text")
_ONE_OF: Final[Mapping[str, Sequence[object]]] = {
    "lang": LANGUAGES,
    "conflict": CONFLICT_LEVELS,
    "actor": ACTORS,
    "stance": STANCES,
    "intent": INTENTS,
}
_WORD = re.compile(r"\w+")
_FIRST_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A post with the labels that it should get, and the file (without its ending) that it stands in."""

    id: str
    file: str
    post: PostText
    lang: str
    topics: tuple[str, ...]
    conflict: int
    actor: str
    stance: str
    intent: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two examples that are too much alike: the same text, or the same first five words."""

    kind: str
    first: str
    second: str


class ExampleError(ValueError):
    """A line that is no example. `details` name the file and the line (and the key, where it is one)."""

    def __init__(self, code: str, details: dict[str, str]) -> None:
        super().__init__(f"{code}: {', '.join(f'{key} {value}' for key, value in details.items())}")
        self.code = code
        self.details = details


def read_examples(folder: Path = FOLDER) -> list[Example]:
    """Every example, by file name and line. Raises ExampleError at the first line that is none."""
    return [
        parse_example(line, path.stem, {"file": path.name, "line": str(number)})
        for path in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if line.strip()
    ]


def parse_example(line: str, file: str, place: Mapping[str, str]) -> Example:
    """One line of JSON. Raises ExampleError with the place in its details."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ExampleError("example_not_json", {**place, "error": str(error)}) from error
    if not isinstance(row, dict):
        raise ExampleError("example_not_json", {**place, "error": "no object"})
    _check(row, place)
    post = PostText(**{key: row[key] for key in _TEXTS if key in row})
    labels = {key: row[key] for key in _ONE_OF}
    return Example(id=row["id"], file=file, post=post, topics=tuple(row["topics"]), **labels)


def _check(row: dict[str, Any], place: Mapping[str, str]) -> None:
    for key in ("id", "text", "topics", *_ONE_OF):
        if key not in row:
            raise ExampleError("example_key_missing", {**place, "key": key})
    for key, value in row.items():
        if key in _ONE_OF:
            # True == 1, so the type is compared too.
            good = any(value == allowed and type(value) is type(allowed) for allowed in _ONE_OF[key])
        elif key == "topics":
            good = isinstance(value, list) and all(topic in TOPICS for topic in value) and len(value) == len(set(value))
        elif key in ("id", *_TEXTS):
            good = isinstance(value, str) and bool(value.strip())
        else:
            raise ExampleError("example_key_unknown", {**place, "key": key})
        if not good:
            raise ExampleError("example_bad_value", {**place, "key": key, "value": repr(value)[:80]})


def fingerprint(examples: Sequence[Example]) -> str:
    """A hash of the examples, whatever order they are read in."""
    return hashlib.sha256("\n".join(sorted(map(repr, examples))).encode()).hexdigest()


def find_duplicates(examples: Sequence[Example]) -> list[Duplicate]:
    """Pairs with the same text or the same five first words, letters and case aside from everything else."""
    found = []
    texts: dict[tuple[str, ...], str] = {}
    openings: dict[tuple[str, ...], str] = {}
    for example in examples:
        words = tuple(_WORD.findall(example.post.text.lower()))
        key = words or (example.post.text,)
        if key in texts:
            found.append(Duplicate("text", texts[key], example.id))
        elif len(words) >= _FIRST_WORDS and words[:_FIRST_WORDS] in openings:
            found.append(Duplicate("opening", openings[words[:_FIRST_WORDS]], example.id))
        texts.setdefault(key, example.id)
        openings.setdefault(words[:_FIRST_WORDS], example.id)
    return found


def stratified_folds(examples: Sequence[Example], count: int, seed: int = 0) -> list[list[int]]:
    """The examples' positions shared out over `count` folds, each with its share of every file and conflict level."""
    shuffled = list(range(len(examples)))
    random.Random(seed).shuffle(shuffled)  # noqa: S311  (no secret)
    groups: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for position in shuffled:
        example = examples[position]
        groups[example.file, example.conflict, example.intent].append(position)
    dealt = [position for key in sorted(groups) for position in groups[key]]
    return [sorted(dealt[start::count]) for start in range(count)]


def file_folds(examples: Sequence[Example]) -> list[list[int]]:
    """The examples' positions by file: a theme that the model has not seen, its topics aside."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position, example in enumerate(examples):
        groups[example.file].append(position)
    return [groups[file] for file in sorted(groups)]
