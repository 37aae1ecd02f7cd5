"""Files of facts: CSV and JSON Lines in and out, and schema.org's ClaimReview out as JSON-LD.

What is written can be read back and is then the same register. CSV has the fields of `models.facts.FIELDS` in its first
line, by their names or by those in the catalogue (`facts.field.NAME`), separated by semicolon, comma or tab, in UTF-8;
false claims stand in one cell, on lines of their own or between « | ».
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from dashboard.wording import number, t
from data import facts, topics
from data.store import Cursor, Store
from lyttepost.config import shown
from models.facts import FIELDS, Fault, Form, Refusal, Taken, WrongFact, fact_of, wrong_successors
from models.labels import TOPICS, Fact

MAX_FILE: Final = 20_000_000
MAX_ROWS: Final = 20_000

_ENDINGS: Final[Mapping[str, Form]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".jsonld": "jsonld",
}
_DELIMITERS: Final = ";,\t"
_FORMULA: Final = re.compile(r"'*[ ]*[=+\-@\t＝＋－＠]")
"""What a spreadsheet takes for the start of a formula, also in the wide forms; an apostrophe makes it text."""

Names = Mapping[str, str]
"""What fields are called in a file, where that is not their own name."""
Row = tuple[int, Fact | Refusal]


class _FileFault(Exception):
    """The whole file can not be read; the text is a sentence."""


class _RowFault(Exception):
    """A row can not be read; the text is a sentence."""


def form_of(name: str) -> Form | None:
    """The format that a file's name tells of."""
    return _ENDINGS.get(PurePath(name).suffix.lower())


def take_in(store: Store, name: str, content: bytes, by: str, now: datetime, form: Form | None = None) -> Taken:
    """Take the facts of a file into the register; one with a known id becomes a new revision of it. A row that is wrong
    is refused, and the others come in. `name` is the file's; `form` goes before its ending."""
    with store.read() as cursor:
        known = (*TOPICS, *topics.names(cursor))
    try:
        rows = list(_read(shown(PurePath(name).name), content, form or form_of(name), known))
    except _FileFault as fault:
        return Taken(refused=(Refusal(0, str(fault)),))
    return store.write(lambda cursor: _keep(cursor, rows, by, now))


def write(register: Sequence[Fact], form: Form, body: str) -> str:
    """The register as a file. `body` is the name of whose facts they are, where they do not say it themselves."""
    if form == "csv":
        return _csv(register)
    return _json_lines(register) if form == "jsonl" else _claim_reviews(register, body)


def _keep(cursor: Cursor, rows: Sequence[Row], by: str, now: datetime) -> Taken:
    refused = [row for _, row in rows if isinstance(row, Refusal)]
    lines = {row.id: line for line, row in rows if isinstance(row, Fact)}
    found = {row.id: row for _, row in rows if isinstance(row, Fact)}
    present = {fact.id: fact for fact in facts.register(cursor)}
    before: dict[str, list[str]] = {}
    for fact in found.values():
        before.setdefault(fact.successor, []).append(fact.id)
    while wrong := wrong_successors(present | found, found):
        while wrong:
            fact_id, fault = wrong.popitem()
            if found.pop(fact_id, None):
                refused.append(Refusal(lines[fact_id], told(fault)))
                if fact_id not in present:  # those that point to it point to nothing now
                    lost = Fault("unknown_successor", "successor", {"successor": fact_id})
                    wrong |= {other: lost for other in before.get(fact_id, ()) if other not in wrong}
    changed = facts.save(cursor, list(found.values()), now, by)
    return Taken(len(found), changed, tuple(sorted(refused, key=lambda refusal: refusal.line)))


def _read(name: str, content: bytes, form: Form | None, known: Collection[str]) -> Iterator[Row]:
    """The facts of a file and the rows that are refused, by the line each begins at. Raises _FileFault."""
    if form not in ("csv", "jsonl"):
        raise _FileFault(t("facts.file.unknown_form", file=name))
    if len(content) > MAX_FILE:
        raise _FileFault(t("facts.file.too_large", file=name, megabytes=MAX_FILE // 1_000_000))
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise _FileFault(t("facts.file.not_unicode", file=name))
    count = 0
    for line, values, names in _csv_rows(name, content) if form == "csv" else _json_rows(content):
        count += 1
        if count > MAX_ROWS:
            raise _FileFault(t("facts.file.too_many", file=name, limit=number(MAX_ROWS)))
        try:
            if isinstance(values, _RowFault):
                raise values
            yield line, fact_of(values, known)
        except _RowFault as fault:
            yield line, Refusal(line, str(fault))
        except WrongFact as wrong:
            yield line, Refusal(line, " ".join(told(fault, names) for fault in wrong.faults))
    if not count:
        raise _FileFault(t("facts.file.empty", file=name))


def told(fault: Fault, names: Names | None = None) -> str:
    """A fault in a sentence, with the field as the file calls it."""
    details = {key: shown(value) if key != "known" else value for key, value in fault.details.items()}
    return t(f"facts.fault.{fault.code}", field=shown((names or {}).get(fault.field, fault.field)), **details)


def _json_rows(content: bytes) -> Iterator[tuple[int, dict[str, Any] | _RowFault, Names]]:
    for line, text in enumerate(content.split(b"\n"), 1):
        if text.strip():
            try:
                yield line, _json_object(text), {}
            except _RowFault as fault:
                yield line, fault, {}


def _json_object(line: bytes) -> dict[str, Any]:
    """Raises _RowFault."""
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise _RowFault(t("facts.file.not_utf8")) from None
    except (ValueError, RecursionError):
        raise _RowFault(t("facts.file.not_json")) from None
    if not isinstance(found, dict):
        raise _RowFault(t("facts.file.not_an_object"))
    return found


def _csv_rows(name: str, content: bytes) -> Iterator[tuple[int, dict[str, Any] | _RowFault, Names]]:
    """Raises _FileFault."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _FileFault(t("facts.file.not_unicode", file=name)) from None
    first = text.lstrip().split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count))
    fields: list[str] = []
    names: dict[str, str] = {}
    began = 1
    try:
        for cells in reader:
            line, began = began, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not fields:
                fields = _fields(name, cells)
                names = dict(zip(fields, cells, strict=True))
                continue
            if any(cells[len(fields) :]):
                yield line, _RowFault(t("facts.file.too_many_cells")), names
            else:
                yield line, dict(zip(fields, map(_plain, cells), strict=False)), names
    except csv.Error:
        raise _FileFault(t("facts.file.broken_csv", file=name, line=began)) from None


def _fields(name: str, header: Sequence[str]) -> list[str]:
    """The field of each column. Raises _FileFault."""
    by_name = {_folded(t(f"facts.field.{field}")): field for field in FIELDS} | {field: field for field in FIELDS}
    fields = []
    for cell in header:
        field = by_name.get(_folded(cell))
        if field is None:
            raise _FileFault(t("facts.file.unknown_column", file=name, field=shown(cell)))
        if field in fields:
            raise _FileFault(t("facts.file.same_column", file=name, field=shown(cell)))
        fields.append(field)
    for field in ("id", "statement_nb"):
        if field not in fields:
            raise _FileFault(t("facts.file.no_column", file=name, field=field))
    return fields


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _csv(register: Sequence[Fact]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(FIELDS)
    for fact in register:
        writer.writerow([_cell(getattr(fact, name)) for name in FIELDS])
    return f"\ufeff{out.getvalue()}"


def _cell(value: str | tuple[str, ...] | None) -> str:
    """A value that a spreadsheet shows as text."""
    text = "\n".join(value) if isinstance(value, tuple) else value or ""
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(cell: str) -> str:
    """What a cell says, without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _json_lines(register: Sequence[Fact]) -> str:
    rows = ({name: getattr(fact, name) for name in FIELDS} for fact in register)
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _claim_reviews(register: Sequence[Fact], body: str) -> str:
    """JSON-LD with a ClaimReview (https://schema.org/ClaimReview) for each false claim."""
    graph = [_claim_review(fact, claim, body) for fact in register for claim in fact.known_false_claims]
    return json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, indent=2) + "\n"


def _claim_review(fact: Fact, claim: str, body: str) -> dict[str, Any]:
    review = {
        "@type": "ClaimReview",
        "identifier": fact.id,
        "url": fact.source_url,
        "claimReviewed": claim,
        "itemReviewed": {"@type": "Claim", "text": claim},
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": 1,
            "worstRating": 1,
            "bestRating": 5,
            "alternateName": t("facts.file.false"),
        },
        "reviewBody": fact.statement_nb,
        "author": {"@type": "GovernmentOrganization", "name": fact.body or body},
        "datePublished": fact.approved_at,
        "expires": fact.valid_to,
        "inLanguage": "nb",
    }
    return {name: value for name, value in review.items() if value}
