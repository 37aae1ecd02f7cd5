"""Labelled facts and posts that the matcher learns from, and those that it is measured on.

They lie in `models/corrections/examples/`, two files a register: `NAME.facts.jsonl` and `NAME.posts.jsonl`. The fields
of a fact are those of the register (docs/fakta.md); a post has `id, platform, published_at, text, lang, fact_id,
relation`. The relations follow section 6 of the codebook.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from models.labels import RELATIONS, Fact

FOLDER: Final = Path(str(files("models.corrections").joinpath("examples")))
TEST_FOLDER: Final = FOLDER / "test"
"""Never trained on."""

_FACT_KEYS: Final = frozenset(field.name for field in fields(Fact))


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
    """Every register of a folder, by name."""
    return [
        Register(
            path.name.removesuffix(".facts.jsonl"),
            tuple(map(parse_fact, _rows(path))),
            tuple(map(parse_example, _rows(path.with_name(path.name.replace(".facts.", ".posts."))))),
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


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
