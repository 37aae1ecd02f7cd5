"""The body's configuration file: TOML in, records of sources and listening posts out.

What is wrong is told and left out, so that it stops nothing else: a value, or an entry that can not do without it. A
file that can not be read at all raises.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from collectors.matching import with_words
from collectors.post import Budget, Credential, ListeningPost, Source
from collectors.urls import MAX_URL
from collectors.web import Web
from dashboard.wording import has, t

FILE_NAME = "lyttepost.toml"
MAX_SHOWN = 80

_LINE = re.compile(r"at line (\d+)")
"""Where tomllib says that an error is."""


class ConfigError(Exception):
    """The configuration can not be used at all; the text is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the body listens to. `problems` are sentences about what was wrong and left out."""

    body: str
    contact: str
    sources: tuple[Source, ...] = ()
    listening_posts: tuple[ListeningPost, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    dashboard_hosts: tuple[str, ...] = ()
    """The names that people reach the dashboard by, beside this machine's own."""
    raw_days: int = 30
    """How long raw answers are kept."""
    answer_within_hours: int = 24
    """The body's own target for answering what is wrongly said, in hours by the clock from when it was found."""
    problems: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """The names of the sources and listening posts that were left out."""


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("control_signs", "control signs")
    return value


def _searchable(value: str) -> str:
    if not any(sign.isalnum() for sign in value):
        raise PydanticCustomError("no_word", "no letter or digit")
    return value


def _http_address(value: str) -> str:
    parts = urlsplit(value)
    labels = (parts.hostname or "").removesuffix(".").split(".")
    named = all(0 < len(label) < 64 for label in labels)
    if parts.scheme not in ("http", "https") or not named or parts.port == 0 or " " in value or not value.isprintable():
        raise ValueError("address")
    return value


def _allowed_host(value: str) -> str:
    try:
        Web("", (value,))
    except ValueError:
        raise PydanticCustomError("wrong_host", "no host") from None
    if "*" in value or not value.isprintable():
        raise PydanticCustomError("wrong_host", "no host")
    return value


def _host_name(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+", value):
        raise PydanticCustomError("wrong_host_name", "no name of a host")
    return value


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\wæøåÆØÅ .\-]{1,80}$")]
_Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), AfterValidator(_one_line)]
_Words = Annotated[list[Annotated[_Text, AfterValidator(_searchable)]], Field(max_length=500)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _Body(_Entry):
    name: Annotated[_Text, AfterValidator(_one_line)]
    contact: Annotated[str, StringConstraints(max_length=500), AfterValidator(_one_line)] = ""


class _Web(_Entry):
    allowed_hosts: list[Annotated[str, StringConstraints(max_length=253), AfterValidator(_allowed_host)]] = []


class _Dashboard(_Entry):
    hosts: list[Annotated[str, StringConstraints(max_length=253), AfterValidator(_host_name)]] = []


class _Retention(_Entry):
    raw_days: Annotated[int, Field(ge=1, le=365, strict=True)] = 30


class _Corrections(_Entry):
    answer_within_hours: Annotated[int, Field(ge=1, le=720, strict=True)] = 24


class _Source(_Entry):
    name: _Name
    kind: Literal["feed", "mastodon", "bluesky", "x", "youtube"] = "feed"
    url: Annotated[str, StringConstraints(max_length=MAX_URL), AfterValidator(_http_address)] = ""
    title: _Title = ""
    interval_minutes: Annotated[int, Field(ge=1, le=1440, strict=True)] | None = None
    silent_after_hours: Annotated[int, Field(ge=1, le=8760, strict=True)] | None = None
    hashtags: _Words = []
    keywords: _Words = []
    mentions: bool = False
    account: Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)] = ""
    channels: _Words = []
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)] = ""
    token_file: Annotated[str, StringConstraints(max_length=1000), AfterValidator(_one_line)] = ""
    terms: Annotated[str, StringConstraints(max_length=40), AfterValidator(_one_line)] = ""
    posts_per_day: Annotated[int, Field(ge=0, le=10_000_000, strict=True)] | None = None
    nok_per_day: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None
    nok_per_usd: Annotated[Decimal, Field(gt=0, le=1000)] = Decimal(11)
    secret_url: bool = False

    def source(self) -> Source:
        return Source(
            self.name,
            self.url or _SERVERS.get(self.kind, ""),
            self.kind,
            self.interval_minutes,
            self.title,
            tuple(self.hashtags),
            tuple(self.keywords),
            self.mentions,
            self.account.removeprefix("@"),
            tuple(self.channels),
            Credential(self.token_env, self.token_file),
            self.terms,
            Budget(self.posts_per_day, self.nok_per_day, self.nok_per_usd),
            self.silent_after_hours,
            self.secret_url,
        )

    def lacks(self) -> str:
        """What this kind of source can not do without: the name of the missing setting, or ""."""
        needed: dict[str, tuple[tuple[str, object], ...]] = {
            "feed": (("url", self.url),),
            "mastodon": (("url", self.url), ("token_env", not self.mentions or self.token_env or self.token_file)),
            "bluesky": (("account", self.account), ("token_env", self.token_env or self.token_file)),
            "x": (
                ("token_env", self.token_env or self.token_file),
                ("account", not self.mentions or self.account),
                ("posts_per_day", self.posts_per_day is not None or self.nok_per_day is not None),
            ),
            "youtube": (("channels", self.channels), ("token_env", self.token_env or self.token_file)),
        }
        return next((name for name, given in needed[self.kind] if not given), "")


class _ListeningPost(_Entry):
    name: Annotated[_Title, Field(min_length=1)]
    purpose: _Text
    title: _Title = ""
    keywords: _Words = []
    hashtags: _Words = []
    sources: Annotated[list[_Text], Field(max_length=500)] = []


S = TypeVar("S", _Body, _Web, _Dashboard, _Retention, _Corrections)
E = TypeVar("E", _Source, _ListeningPost)

_LIMITS = ("ge", "le", "gt", "max_length")
"""What a sentence tells of the limit that was passed."""
_ROOT = ("body", "dashboard", "web", "retention", "corrections", "sources", "listening_posts")
_SERVERS = {
    "bluesky": "https://bsky.social",
    "x": "https://api.twitter.com",
    "youtube": "https://www.googleapis.com",
}
"""Of the platforms that have one for all."""


def load(path: Path) -> Config:
    """Read a configuration file. Raises ConfigError where there is none, where it is not TOML, or where the body has no
    name."""
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(t("config.missing", path=path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(t("config.unreadable", path=path, why=why(error))) from None
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        raise ConfigError(
            t("config.not_toml", path=path, line=line[1]) if line else t("config.not_toml_at_end", path=path)
        ) from None
    except (ValueError, RecursionError):
        raise ConfigError(t("config.too_much", path=path)) from None
    return parse(raw)


def parse(raw: Mapping[str, Any]) -> Config:
    """The configuration of a parsed TOML document. Raises ConfigError as `load`."""
    problems = [t("config.unknown_key", where=shown(key), allowed=", ".join(_ROOT)) for key in raw if key not in _ROOT]
    body = _section(raw, "body", _Body, problems)
    web = _section(raw, "web", _Web, problems)
    dashboard = _section(raw, "dashboard", _Dashboard, problems)
    retention = _section(raw, "retention", _Retention, problems)
    corrections = _section(raw, "corrections", _Corrections, problems)
    broken: list[str] = []
    sources = []
    for source in _entries(raw, "sources", _Source, problems, broken):
        if missing := source.lacks():
            problems.append(t(f"config.lacks.{missing}", source=source.name, kind=source.kind))
            broken.append(source.name)
        else:
            sources.append(source.source())
    known = {s.name for s in sources}.union(broken)
    listening_posts = []
    for e in _entries(raw, "listening_posts", _ListeningPost, problems, broken):
        for name in e.sources:
            if name not in known:
                problems.append(t("config.unknown_source", listening_post=e.name, source=shown(name)))
        listening_posts.append(
            ListeningPost(e.name, e.purpose, e.title, tuple(e.keywords), tuple(e.hashtags), tuple(e.sources))
        )
    if sources and not listening_posts:
        problems.append(t("config.no_listening_post"))
    return Config(
        body.name,
        body.contact,
        tuple(with_words(source, listening_posts) for source in sources),
        tuple(listening_posts),
        tuple(web.allowed_hosts),
        tuple(dashboard.hosts),
        retention.raw_days,
        corrections.answer_within_hours,
        tuple(problems),
        tuple(broken),
    )


def template() -> str:
    """The file that a body starts from: commented, with nothing switched on."""
    return resources.files("lyttepost").joinpath("template.toml").read_text("utf-8")


def why(error: OSError | ValueError) -> str:
    """Why a file could not be read or written, as a part of a sentence."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return t("config.why.missing")
        case PermissionError():
            return t("config.why.denied")
        case IsADirectoryError():
            return t("config.why.folder")
        case UnicodeDecodeError():
            return t("config.why.encoding")
    return t("config.why.other")


def shown(value: object) -> str:
    """A value from outside, fit for a sentence: short, and without control characters."""
    try:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list of thousands of lists
        return "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:MAX_SHOWN])


def _section(raw: Mapping[str, Any], name: str, model: type[S], problems: list[str]) -> S:
    """A table without what is wrong in it, which goes to `problems`. Raises ConfigError where it can not do without."""
    given = raw.get(name, {})
    try:
        return model.model_validate(given)
    except ValidationError as error:
        sentences = _sentences(f"[{name}]", error)
        try:
            found = model.model_validate(_without(given, error))
        except ValidationError:
            raise ConfigError(" ".join(sentences)) from None
        problems.extend(sentences)
        return found


def _entries(raw: Mapping[str, Any], key: str, model: type[E], problems: list[str], broken: list[str]) -> list[E]:
    """The entries of an array of tables that can be used. What is wrong goes to `problems`, and the names of those that
    can not be used to `broken`."""
    given = raw.get(key, [])
    if not isinstance(given, list):
        problems.append(t("config.not_a_list", key=key))
        return []
    entries: dict[str, E] = {}
    for number, item in enumerate(given, 1):
        name = item.get("name") if isinstance(item, dict) else None
        where = f"[[{key}]] nr. {number}" + (f" («{shown(name)}»)" if isinstance(name, str) else "")
        try:
            entry = model.model_validate(item)
        except ValidationError as error:
            problems.extend(_sentences(where, error))
            usable = _without_words(item, error, model)
            if usable is None:
                if isinstance(name, str):
                    broken.append(name.strip())
                continue
            entry = usable
        if entry.name in entries:
            problems.append(t("config.twice", where=where, name=entry.name))
        else:
            entries[entry.name] = entry
    return list(entries.values())


def _without_words(item: Any, error: ValidationError, model: type[E]) -> E | None:
    """An entry without the words that are wrong; None where more is wrong, or where no word would be left: it would
    then listen to everything."""
    if any(len(fault["loc"]) != 2 for fault in error.errors(include_url=False)):
        return None
    left = _without(item, error)
    for fields in (("keywords", "hashtags"), ("sources",)):
        if any(item.get(field) for field in fields) and not any(left.get(field) for field in fields):
            return None
    return model.model_validate(left)


def _without(given: Any, error: ValidationError) -> dict[str, Any]:
    """A table without the values, and without the items of its lists, that an error is about."""
    if not isinstance(given, dict):
        return {}
    places = {fault["loc"] for fault in error.errors(include_url=False)}
    return {
        key: [item for number, item in enumerate(value) if (key, number) not in places]
        if isinstance(value, list)
        else value
        for key, value in given.items()
        if (key,) not in places
    }


def _sentences(where: str, error: ValidationError) -> list[str]:
    """A sentence for each thing that is wrong with an entry."""
    found = []
    for fault in error.errors(include_url=False):
        key = f"config.fault.{fault['type']}"
        if fault["loc"][-1:] == ("token_env",):  # what stands there by mistake may be the secret itself
            found.append(t("config.fault.secret", where=where))
            continue
        found.append(
            t(
                key if has(key) else "config.fault.other",
                where=where,
                field=_field(fault["loc"]),
                given=shown(fault["input"]),
                **{name: str(value) for name, value in fault.get("ctx", {}).items() if name in _LIMITS},
            )
        )
    return found


def _field(place: Iterable[int | str]) -> str:
    """The name of a setting; an item of a list by its number, from 1."""
    return shown(" nr. ".join(str(part + 1) if isinstance(part, int) else part for part in place))
