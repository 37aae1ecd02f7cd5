"""`lyttepost match` and `lyttepost evaluate --corrections`: the matcher on files of JSON Lines, without the store.

The formats are those of docs/faktatreff.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from dashboard.wording import n, number, t
from data.posts import OSLO
from lyttepost.config import shown
from lyttepost.context import WRONG
from lyttepost.fact_files import MAX_ROWS, told
from lyttepost.json_lines import Lines
from lyttepost.ownership import Say
from models.corrections import Matcher
from models.corrections.evaluation import (
    Judged,
    average_precision,
    figures,
    held_against,
    precision_at,
    recall_at,
)
from models.corrections.examples import MatchExample
from models.corrections.verdict import verdicts
from models.examples import ExampleError, bad_value, parse_row
from models.facts import CLAIMS, FIRST_DAY, LAST_DAY, REPLIES, STATEMENTS, WrongFact, fact_of, holds
from models.labels import RELATIONS, SURE_CONTRADICTION, Fact

BATCH: Final = 2_000
READ: Final = frozenset({"id", *STATEMENTS, "valid_from", "valid_to", CLAIMS, *REPLIES})
"""The fields of a fact that the matcher reads; what others hold does not matter to it."""


@dataclass(frozen=True, slots=True)
class _Post:
    """A post to be matched."""

    id: str
    text: str
    lang: str
    published_at: datetime


def match_file(facts_file: Path, file: Path, say: Say, tell: Say) -> int:
    """Say one line of JSON for each post: its best fact, and whether it needs a correction. `tell` is for what is wrong
    with the files."""
    register, code = _register(facts_file, tell)
    if not register:
        return code
    matcher = Matcher(list(register.values()))
    lines = Lines(file, tell)
    posts = _posts(lines)
    while batch := list(islice(posts, BATCH)):
        found = verdicts(matcher, [(post.text, post.lang, post.published_at) for post in batch])
        for post, given in zip(batch, found, strict=True):
            row = {"id": post.id, **asdict(given), "score": round(given.score, 4)}
            say(json.dumps(row, ensure_ascii=False))
    return max(code, lines.ended()) if lines.good else lines.nothing()


def evaluate_corrections(facts_file: Path, file: Path, as_json: bool, say: Say, tell: Say) -> int:
    """Tell how good the matcher is on posts whose fact and relation are known."""
    register, code = _register(facts_file, tell)
    if not register:
        return code
    matcher = Matcher(list(register.values()))
    lines = Lines(file, tell)
    examples = _examples(lines, register)
    judged: list[Judged] = []
    while batch := list(islice(examples, BATCH)):
        found = verdicts(matcher, [(example.text, example.lang, example.published_at) for example in batch])
        for example, given in zip(batch, found, strict=True):
            judged.append(held_against(given, example, _held(example, register)))
    if not judged:
        return lines.nothing()
    measured = _measured(judged)
    if as_json:
        say(json.dumps({"matcher_version": matcher.version, **measured}))
    else:
        say(n("cli.evaluate.examples", len(judged)))
        for name, value in measured.items():
            if name != "posts":
                say(t("cli.evaluate.figure", name=t(f"cli.corrections.{name}"), value=number(round(value, 3))))
        say(t("cli.evaluate.figure", name=t("cli.corrections.matcher_version"), value=matcher.version))
    return max(code, lines.ended())


def _measured(judged: list[Judged]) -> dict[str, float]:
    """All figures by name."""
    return {
        **asdict(figures(judged, SURE_CONTRADICTION)),
        "precision_at_recall_75": precision_at(judged, 0.75),
        "recall_at_precision_90": recall_at(judged, 0.9, 0.05)[0],
        "average_precision": average_precision(judged),
    }


def _held(example: MatchExample, register: Mapping[str, Fact]) -> bool:
    """Whether the example's fact held on the Norwegian day of the post."""
    fact = register.get(example.fact_id)
    return fact is not None and holds(fact, example.published_at.astimezone(OSLO).date())


def _register(file: Path, tell: Say) -> tuple[dict[str, Fact], int]:
    """The facts of a file by id, and the exit code so far; no facts where it can not be used."""
    lines = Lines(file, tell)
    found: dict[str, Fact] = {}
    for place, line in lines:
        try:
            fact = _fact(line, place)
        except ExampleError as error:
            lines.refuse(error)
        except WrongFact as wrong:
            why = " ".join(map(told, wrong.faults))
            lines.leave_out(t("cli.evaluate.fact_wrong", file=shown(place["file"]), line=place["line"], why=why))
        else:
            if fact.id in found:
                lines.refuse(ExampleError("fact_twice", {**place, "id": fact.id}))
            elif len(found) == MAX_ROWS:
                tell(t("facts.file.too_many", file=shown(file.name), limit=number(MAX_ROWS)))
                return {}, WRONG
            else:
                found[fact.id] = fact
    return found, lines.ended() if found else lines.nothing("no_facts")


def _fact(line: bytes, place: Mapping[str, str]) -> Fact:
    """Raises ExampleError or WrongFact."""
    row = _row(line, place)
    return fact_of({key: value for key, value in row.items() if key in READ})


def _posts(lines: Lines) -> Iterator[_Post]:
    for place, line in lines:
        try:
            post = _post(_row(line, place), place)
        except ExampleError as error:
            lines.refuse(error)
        else:
            lines.good += 1
            yield post


def _examples(lines: Lines, known: Collection[str]) -> Iterator[MatchExample]:
    for place, line in lines:
        try:
            example = _example(_row(line, place), known, place)
        except ExampleError as error:
            lines.refuse(error)
        else:
            yield example


def _row(line: bytes, place: Mapping[str, str]) -> dict[str, Any]:
    try:
        return parse_row(line.decode("utf-8"), place)
    except UnicodeDecodeError:
        raise ExampleError("not_utf8", dict(place)) from None


def _post(row: Mapping[str, Any], place: Mapping[str, str]) -> _Post:
    post_id = _text(row, "id", place)
    if not post_id.strip():
        raise bad_value("id", post_id, place)
    return _Post(post_id, _text(row, "text", place), _text(row, "lang", place, ""), _moment(row, place))


def _example(row: Mapping[str, Any], known: Collection[str], place: Mapping[str, str]) -> MatchExample:
    post = _post(row, place)
    relation = _text(row, "relation", place)
    if relation not in RELATIONS:
        raise bad_value("relation", relation, place)
    fact_id = _text(row, "fact_id", place, "").strip()
    if not fact_id and relation != "unrelated":
        raise ExampleError("no_fact", {**place, "relation": relation})
    if fact_id and fact_id not in known:
        raise ExampleError("unknown_fact", {**place, "fact": fact_id})
    return MatchExample(post.id, post.text, post.lang, post.published_at, fact_id, relation)


def _text(row: Mapping[str, Any], key: str, place: Mapping[str, str], otherwise: str | None = None) -> str:
    """The text of a key; `otherwise`, where it is given, stands for one that is null or left out."""
    value = row.get(key)
    if value is None and otherwise is not None:
        return otherwise
    if key not in row:
        raise ExampleError("example_key_missing", {**place, "key": key})
    if not isinstance(value, str):
        raise bad_value(key, value, place)
    return value


def _moment(row: Mapping[str, Any], place: Mapping[str, str]) -> datetime:
    """When a post was published; in Norwegian time where it tells no zone."""
    given = _text(row, "published_at", place)
    try:
        at = datetime.fromisoformat(given.strip())
    except ValueError:
        raise ExampleError("not_a_moment", {**place, "value": given}) from None
    if not FIRST_DAY <= at.date() <= LAST_DAY:
        raise ExampleError("not_a_moment", {**place, "value": given})
    return at if at.tzinfo else at.replace(tzinfo=OSLO)
