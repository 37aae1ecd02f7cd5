"""Labelled facts and posts that the matcher learns from, and those that it is measured on.

They lie in `models/corrections/examples/`, two files a register: `NAME.facts.jsonl` and `NAME.posts.jsonl`. The fields
of a fact are those of the register (docs/fakta.md); a post has `id, platform, published_at, text, lang, fact_id,
relation`. The relations follow section 6 of the codebook. `python -m models.corrections.examples` counts them, and
fails where a post is written twice.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

from models.labels import RELATIONS, Fact

FOLDER: Final = Path(str(files("models.corrections").joinpath("examples")))
CALIBRATION_FOLDER: Final = FOLDER / "calibration"
"""Neither the linear model nor the reader learns from these: how the two are weighed is learned from them."""
TEST_FOLDER: Final = FOLDER / "test"
"""Never trained on."""

_FACT_KEYS: Final = frozenset(field.name for field in fields(Fact))
_WORD: Final = re.compile(r"\w+")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MatchExample:
    """A post, the fact that it was written about, and how it stands to it."""

    id: str
    text: str
    lang: str
    published_at: datetime
    fact_id: str
    relation: str


@dataclass(frozen=True, slots=True)
class Register:
    """A register of facts with posts about them."""

    name: str
    facts: tuple[Fact, ...]
    posts: tuple[MatchExample, ...]


def read_registers(folder: Path = FOLDER) -> list[Register]:
    """Every register of a folder, by name. Raises KeyError, TypeError or ValueError at the first line that is no
    fact or post, with its place as a note."""
    return [
        Register(
            path.name.removesuffix(".facts.jsonl"),
            tuple(_parsed(path, parse_fact)),
            tuple(_parsed(path.with_name(path.name.replace(".facts.", ".posts.")), parse_example)),
        )
        for path in sorted(folder.glob("*.facts.jsonl"))
    ]


def parse_fact(row: Mapping[str, Any]) -> Fact:
    """A fact from a row; keys that the register has not are passed over. Raises TypeError for what is none."""
    given = {key: value for key, value in row.items() if key in _FACT_KEYS and value is not None}
    claims = given.pop("known_false_claims", ())
    return Fact(**given, known_false_claims=tuple(claims))


def parse_example(row: Mapping[str, Any]) -> MatchExample:
    """A post with its relation from a row. Raises KeyError, TypeError or ValueError for what is none."""
    if row["relation"] not in RELATIONS:
        raise ValueError(row["relation"])
    return MatchExample(
        row["id"],
        row["text"],
        row.get("lang") or "",
        datetime.fromisoformat(row["published_at"]),
        row.get("fact_id") or "",
        row["relation"],
    )


def fingerprint(registers: Sequence[Register]) -> str:
    """A hash of the examples."""
    return hashlib.sha256(repr(sorted(registers, key=lambda register: register.name)).encode()).hexdigest()


def find_duplicates(registers: Sequence[Register]) -> list[tuple[str, str]]:
    """The ids of posts that say the same, case and signs aside, in whatever registers they stand."""
    firsts: dict[tuple[str, ...], MatchExample] = {}
    found = []
    for post in (post for register in registers for post in register.posts):
        first = firsts.setdefault(tuple(_WORD.findall(post.text.lower())) or (post.text,), post)
        if first is not post:
            found.append((first.id, post.id))
    return found


def counts(registers: Sequence[Register]) -> dict[str, Counter[str]]:
    """How many posts there are by register, language and relation."""
    posts = [post for register in registers for post in register.posts]
    return {
        "register": Counter({register.name: len(register.posts) for register in registers}),
        "lang": Counter(post.lang for post in posts),
        "relation": Counter(post.relation for post in posts),
    }


def _parsed(path: Path, parse: Callable[[Mapping[str, Any]], _T]) -> Iterator[_T]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                yield parse(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                error.add_note(f"{path.name}, line {number}")
                raise


def main() -> int:
    """Prints the counts by what the registers are for, and what is written twice; 1 where anything is."""
    kinds = {
        "learned from": read_registers(),
        "weighed by": read_registers(CALIBRATION_FOLDER),
        "kept apart": read_registers(TEST_FOLDER),
    }
    for kind, registers in kinds.items():
        print(f"{sum(len(r.posts) for r in registers)} posts on {sum(len(r.facts) for r in registers)} facts {kind}")
        for name, values in counts(registers).items():
            print(f"{name}: {', '.join(f'{value} {count}' for value, count in sorted(values.items()))}")
    duplicates = find_duplicates([register for registers in kinds.values() for register in registers])
    for first, other in duplicates:
        print(f"text: {first} {other}", file=sys.stderr)
    return int(bool(duplicates))


if __name__ == "__main__":
    sys.exit(main())
