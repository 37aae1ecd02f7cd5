"""The labelled examples that the classifier learns from: reading them, checking them, and sharing them into folds.

They lie in `models/examples/*.jsonl`, one file a theme or body, one JSON object a line, with the keys of `Example`;
keys that would be empty are left out. The labels follow the codebook. `python -m models.examples` counts them, and
fails where two are too much alike.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.labels import CHOICES, LANGUAGES, TOPICS, PostText

FOLDER: Final = Path(str(files("models").joinpath("examples")))

TEST_FOLDER: Final = FOLDER / "test"
"""The published test set, which nothing is trained on."""

_TEXTS: Final = ("platform", "author_handle", "author_name", "author_bio", "in_reply_to_text", "text")
_ONE_OF: Final = {"lang": LANGUAGES, **CHOICES}
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S+")
_FIRST_WORDS: Final = 5
_FRAME: Final = 7
_PART: Final = 5
_ALIKE: Final = 0.35
_FEWEST_PARTS: Final = 30
_AT_A_TIME: Final = 500


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
    """Two examples that are too much alike, and how (see `find_duplicates`)."""

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
    """One line of JSON with a post and its labels. Raises ExampleError with the place in its details."""
    row = parse_row(line, place)
    post_id, post = _post(row, place)
    for key in ("topics", *_ONE_OF):
        if key not in row:
            raise ExampleError("example_key_missing", {**place, "key": key})
        value = row[key]
        if key == "topics":
            good = isinstance(value, list) and all(topic in TOPICS for topic in value) and len(value) == len(set(value))
        else:
            # True == 1, so the type is compared too.
            good = any(value == allowed and type(value) is type(allowed) for allowed in _ONE_OF[key])
        if not good:
            raise bad_value(key, value, place)
    labels = {key: row[key] for key in _ONE_OF}
    return Example(id=post_id, file=file, post=post, topics=tuple(row["topics"]), **labels)


def parse_post(line: str, place: Mapping[str, str]) -> tuple[str, PostText]:
    """One line of JSON with a post: its id and what it says. Raises ExampleError with the place in its details."""
    return _post(parse_row(line, place), place)


def parse_row(line: str, place: Mapping[str, str]) -> dict[str, Any]:
    """One line of JSON with an object. Raises ExampleError with the place in its details."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExampleError("example_not_json", {**place, "error": str(error)}) from error
    if not isinstance(row, dict):
        raise ExampleError("example_not_json", {**place, "error": "no object"})
    return row


def _post(row: Mapping[str, Any], place: Mapping[str, str]) -> tuple[str, PostText]:
    """The post of a row; keys that are empty count as left out."""
    texts: dict[str, str] = {"text": ""}
    for key in ("id", *_TEXTS):
        if key not in row and key in ("id", "text"):
            raise ExampleError("example_key_missing", {**place, "key": key})
        value = row.get(key)
        if isinstance(value, str) and (value.strip() or key != "id"):
            texts[key] = value
        elif value is not None or key in ("id", "text"):
            raise bad_value(key, value, place)
    return texts.pop("id"), PostText(**texts)


def bad_value(key: str, value: object, place: Mapping[str, str]) -> ExampleError:
    """What is wrong with a row whose key has a value that it can not have."""
    return ExampleError("example_bad_value", {**place, "key": key, "value": repr(value)[:80]})


def fingerprint(examples: Sequence[Example]) -> str:
    """A hash of the examples, whatever order they are read in."""
    return hashlib.sha256("\n".join(sorted(map(repr, examples))).encode()).hexdigest()


def find_duplicates(examples: Sequence[Example]) -> list[Duplicate]:
    """Pairs that are too much alike, letters and case aside from everything else: the same `text`, the same `opening`
    of five words, the same `frame` of seven words in a row (numbers count as one word), or texts that share too many
    parts of words (`near`)."""
    found: dict[tuple[str, str], Duplicate] = {}
    firsts: dict[tuple[str, tuple[str, ...]], str] = {}

    def note(kind: str, words: tuple[str, ...], example: Example) -> None:
        first = firsts.setdefault((kind, words), example.id)
        if first != example.id:
            found.setdefault((first, example.id), Duplicate(kind, first, example.id))

    for example in examples:
        words = tuple(_WORD.findall(example.post.text.lower()))
        note("text", words or (example.post.text,), example)
        if len(words) >= _FIRST_WORDS:
            note("opening", words[:_FIRST_WORDS], example)
        framed = tuple("0" if word.isdigit() else word for word in words)
        for start in range(len(framed) - _FRAME + 1):
            note("frame", framed[start : start + _FRAME], example)
    for one, other in _near(examples):
        found.setdefault((one, other), Duplicate("near", one, other))
    return list(found.values())


def _near(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Pairs of texts of which more than `_ALIKE` of the parts of five characters are the same (Jaccard)."""
    # scikit-learn takes a second to import, and labelling does without.
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [" ".join(_WORD.findall(_LINK.sub(" ", example.post.text.lower()))) for example in examples]
    if not any(len(text) >= _PART for text in texts):
        return
    parts = CountVectorizer(analyzer="char", ngram_range=(_PART, _PART), binary=True).fit_transform(texts)
    sizes = np.asarray(parts.sum(axis=1)).ravel()
    for start in range(0, len(texts), _AT_A_TIME):
        shared = (parts[start : start + _AT_A_TIME] @ parts.T).tocoo()
        rows = shared.row + start
        alike = shared.data > _ALIKE * (sizes[rows] + sizes[shared.col] - shared.data)
        for row, column in zip(rows[alike], shared.col[alike], strict=True):
            if row < column and sizes[row] >= _FEWEST_PARTS:
                yield examples[row].id, examples[column].id


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
    """The examples' positions in ten folds of about the same size, each of whole files: themes and writers that
    the model has not seen."""
    files: dict[str, list[int]] = defaultdict(list)
    for position, example in enumerate(examples):
        files[example.file].append(position)
    found: list[list[int]] = [[] for _ in range(min(10, len(files)))]
    for positions in sorted(files.values(), key=len, reverse=True):
        min(found, key=len).extend(positions)
    return found


def counts(examples: Sequence[Example]) -> dict[str, Counter[str]]:
    """How many examples there are by file and by each label's values; `-` is no topic."""
    found: dict[str, Counter[str]] = {"file": Counter(example.file for example in examples)}
    for name in _ONE_OF:
        found[name] = Counter(str(getattr(example, name)) for example in examples)
    found["topics"] = Counter(topic for example in examples for topic in example.topics or ("-",))
    return found


def main() -> int:
    """Prints the counts and what is too much alike; 1 where anything is."""
    examples = read_examples()
    print(f"{len(examples)} examples")
    for name, values in counts(examples).items():
        print(f"{name}: {', '.join(f'{value} {count}' for value, count in sorted(values.items()))}")
    duplicates = find_duplicates(examples)
    for duplicate in duplicates:
        print(f"{duplicate.kind}: {duplicate.first} {duplicate.second}", file=sys.stderr)
    return int(bool(duplicates))


if __name__ == "__main__":
    sys.exit(main())
