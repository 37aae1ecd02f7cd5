"""What a fact of the register must be, how facts follow one another, and what a change does to an approval.

Pure: what is wrong is given as codes, which the catalogue words (`facts.fault.CODE`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from models.labels import TOPICS, Fact

Form = Literal["csv", "jsonl", "jsonld"]
"""What a register can be written as; the last can not be read back."""
LANGUAGES: Final = ("nb", "nn", "en")
STATEMENTS: Final = tuple(f"statement_{lang}" for lang in LANGUAGES)
REPLIES: Final = tuple(f"reply_{lang}" for lang in LANGUAGES)
CLAIMS: Final = "known_false_claims"
DATES: Final = ("valid_from", "valid_to", "approved_at")
FIELDS: Final = (
    "id",
    *STATEMENTS,
    "valid_from",
    "valid_to",
    "successor",
    "source_url",
    CLAIMS,
    *REPLIES,
    "topic",
    "owner",
    "body",
    "approved_by",
    "approved_at",
)
"""All fields, in the order that people read and write them."""
LIMITS: Final[Mapping[str, int]] = {
    "id": 80,
    **dict.fromkeys(STATEMENTS, 2_000),
    "successor": 80,
    "source_url": 2_000,
    CLAIMS: 20_000,
    **dict.fromkeys(REPLIES, 5_000),
    "topic": 80,
    "owner": 200,
    "body": 200,
    "approved_by": 200,
}
"""Characters, at most; those of all claims together."""
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
SOON: Final = 30
"""Days before and after its end in which a fact is warned about."""

_MANY_LINES: Final = frozenset({*STATEMENTS, *REPLIES})
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_HALF_A_SIGN = re.compile("[\ud800-\udfff]")
_NORWEGIAN_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a field."""

    code: str
    field: str
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)


class WrongFact(Exception):
    """A fact that can not be kept, and all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of a file that was not taken in, by the line it begins at (0: the whole file), and why, in a sentence."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file of facts: how many could be read, and how many of them were new or changed."""

    read: int = 0
    changed: int = 0
    refused: tuple[Refusal, ...] = ()


def fact_of(values: Mapping[str, Any], topics: Collection[str] = TOPICS) -> Fact:
    """The fact of these values by field, as it is kept: trimmed, dates in ISO, each claim once. Values are texts, None
    or, for the claims, a list of texts. Raises WrongFact."""
    faults = [Fault("unknown_field", name) for name in sorted(set(values) - set(FIELDS))]
    given: dict[str, Any] = {}
    for name in FIELDS:
        try:
            given[name] = _value(name, values.get(name))
        except WrongFact as wrong:
            faults += wrong.faults
            given[name] = None if name in DATES else ""
    refused = {fault.field for fault in faults}
    faults += [Fault("lacks", name) for name in ("id", "statement_nb") if not given[name] and name not in refused]
    if given["valid_from"] and given["valid_to"] and given["valid_from"] > given["valid_to"]:
        faults.append(Fault("ends_first", "valid_to"))
    if given["topic"] and given["topic"] not in topics:
        faults.append(Fault("unknown_topic", "topic", {"topic": given["topic"], "known": ", ".join(topics)}))
    if given["source_url"] and not _is_address(given["source_url"]):
        faults.append(Fault("wrong_address", "source_url"))
    if faults:
        raise WrongFact(*faults)
    return Fact(**given)


def holds(fact: Fact, day: date) -> bool:
    """Whether a fact holds on a day."""
    today = day.isoformat()
    return (fact.valid_from or today) <= today <= (fact.valid_to or today)


def is_coming(fact: Fact, day: date) -> bool:
    """Whether a fact holds from a later day on."""
    return bool(fact.valid_from and fact.valid_from > day.isoformat())


def is_past(fact: Fact, day: date) -> bool:
    """Whether a fact held until an earlier day."""
    return bool(fact.valid_to and fact.valid_to < day.isoformat())


def ends_soon(fact: Fact, day: date, within_days: int = SOON) -> bool:
    """Whether a fact still holds and ends within so many days."""
    return holds(fact, day) and bool(fact.valid_to) and is_past(fact, day + timedelta(days=within_days + 1))


def expiring(register: Iterable[Fact], day: date, within_days: int = SOON) -> list[Fact]:
    """The facts that end within so many days, or ended within the last `SOON`, and that no other follows; the first
    to end first."""
    facts = {fact.id: fact for fact in register}
    since = (day - timedelta(days=SOON)).isoformat()
    found = [
        fact
        for fact in facts.values()
        if (ends_soon(fact, day, within_days) or (is_past(fact, day) and (fact.valid_to or "") >= since))
        and not _is_followed(fact, facts, day)
    ]
    return sorted(found, key=lambda fact: (fact.valid_to or "", fact.id))


def changed_fields(before: Fact, after: Fact) -> tuple[str, ...]:
    """The fields in which two revisions of a fact differ."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def edited(before: Fact | None, after: Fact) -> Fact:
    """A fact as somebody has written it anew: what was approved stays so only while no word of it changes."""
    if before and not set(changed_fields(before, after)) & _MANY_LINES:
        return replace(after, approved_by=before.approved_by, approved_at=before.approved_at)
    return replace(after, approved_by="", approved_at=None)


def without_claims(register: Iterable[Fact]) -> int:
    """How many facts have no false claim, and so nothing to review in JSON-LD."""
    return sum(not fact.known_false_claims for fact in register)


def wrong_successors(register: Mapping[str, Fact], changed: Collection[str]) -> dict[str, Fault]:
    """Of the changed facts in a register, those whose successor is not in it, or that stand in a circle; by id."""
    faults: dict[str, Fault] = {}
    seen: set[str] = set()
    circling: set[str] = set()
    for start in changed:
        path: dict[str, None] = {}
        at = start
        while at in register and at not in seen and at not in path:
            path[at] = None
            at = register[at].successor
        if at in path:
            steps = list(path)
            circling.update(steps[steps.index(at) :])
        seen.update(path)
    for fact_id in changed:
        successor = register[fact_id].successor
        if fact_id in circling:
            faults[fact_id] = Fault("circle", "successor", {"successor": successor})
        elif successor and successor not in register:
            faults[fact_id] = Fault("unknown_successor", "successor", {"successor": successor})
    return faults


def next_id(register: Collection[str]) -> str:
    """An id for a new fact: the number after the highest of those like F01."""
    numbers = [int(known[1:]) for known in register if re.fullmatch(r"F\d{1,6}", known, re.ASCII)]
    return f"F{max(numbers, default=0) + 1:02}"


def _value(name: str, value: Any) -> Any:
    """One field as it is kept. Raises WrongFact."""
    if name == CLAIMS:
        lines = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
            raise WrongFact(Fault("not_a_list", name))
        claims = _claims(lines)
        _check_length(name, "\n".join(claims))
        return claims
    if value is not None and not isinstance(value, str):
        raise WrongFact(Fault("not_text", name))
    text = _clean(value or "")
    if name in DATES:
        return _day(name, text) if text else None
    if name not in _MANY_LINES:
        text = text if "\n" in text else " ".join(text.split())
        if not text.isprintable():
            raise WrongFact(Fault("not_one_line", name))
    _check_length(name, text)
    return text


def _claims(texts: Iterable[str]) -> tuple[str, ...]:
    """Each claim once, on one line: they stand on lines of their own, or between « | »."""
    lines = [" ".join(line.split()) for text in texts for line in _clean(text).split("\n")]
    found = (part.strip() for line in lines for part in line.split(" | "))
    return tuple(dict.fromkeys(claim for claim in found if claim))


def _clean(text: str) -> str:
    """A text without signs that no field can hold, and with one kind of line end."""
    return _NOT_TEXT.sub("", _HALF_A_SIGN.sub("\ufffd", _LINE_END.sub("\n", text))).strip()


def _check_length(name: str, text: str) -> None:
    if len(text) > LIMITS[name]:
        raise WrongFact(Fault("too_long", name, {"limit": str(LIMITS[name])}))


def _day(name: str, text: str) -> str:
    """An ISO date, also from «21.11.2026», as Norwegian spreadsheets write it."""
    if norwegian := _NORWEGIAN_DAY.fullmatch(text):
        text = f"{norwegian[3]}-{norwegian[2]:0>2}-{norwegian[1]:0>2}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongFact(Fault("not_a_date", name)) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise WrongFact(Fault("not_a_date", name))
    return day.isoformat()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return bool(usable) and url.isprintable() and " " not in url and "\\" not in url


def _is_followed(fact: Fact, register: Mapping[str, Fact], day: date) -> bool:
    """Whether one of those that come after a fact holds when it has ended: on the next day, or now."""
    end = date.fromisoformat(fact.valid_to or day.isoformat())
    when = max(end + timedelta(days=1), day)
    seen = {fact.id}
    while (following := register.get(fact.successor)) and following.id not in seen:
        if holds(following, when):
            return True
        seen.add(following.id)
        fact = following
    return False
