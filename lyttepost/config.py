"""The body's configuration file: TOML in, records of sources and listening posts out.

One broken entry is reported and left out, so that it stops nothing else; a file that can not be read at all raises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from collectors.post import ListeningPost, Source
from collectors.web import Web
from dashboard.wording import has, t

FILE_NAME = "lyttepost.toml"


class ConfigError(Exception):
    """The configuration can not be used at all; the text is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the body listens to. `problems` are sentences about entries that were left out."""

    body: str
    contact: str
    sources: tuple[Source, ...] = ()
    listening_posts: tuple[ListeningPost, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    dashboard_hosts: tuple[str, ...] = ()
    """The names that people reach the dashboard by, beside this machine's own."""
    problems: tuple[str, ...] = ()


def _http_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("address")
    return value


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\wæøåÆØÅ .\-]{1,80}$")]
_Title = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,80}$")]
_Words = Annotated[list[_Text], Field(max_length=500)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _Body(_Entry):
    name: _Text
    contact: str = ""


class _Web(_Entry):
    allowed_hosts: list[str] = []


class _Dashboard(_Entry):
    hosts: list[Annotated[str, StringConstraints(pattern=r"^[\w.\-]+$", max_length=253)]] = []


class _Source(_Entry):
    name: _Name
    url: Annotated[str, AfterValidator(_http_address)]
    title: str = ""
    interval_minutes: Annotated[int, Field(ge=1, le=1440)] = 15


class _ListeningPost(_Entry):
    name: _Title
    purpose: _Text
    title: str = ""
    keywords: _Words = []
    hashtags: _Words = []
    sources: _Words = []


S = TypeVar("S", _Body, _Web, _Dashboard)
E = TypeVar("E", _Source, _ListeningPost)

_ROOT = ("body", "dashboard", "web", "sources", "listening_posts")


def load(path: Path) -> Config:
    """Read a configuration file. Raises ConfigError where there is none, where it is not TOML, or where the body's own
    entry is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(t("config.missing", path=path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(t("config.unreadable", path=path, why=type(error).__name__)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(t("config.not_toml", path=path, why=error)) from None
    return parse(raw)


def parse(raw: Mapping[str, Any]) -> Config:
    """The configuration of a parsed TOML document. Raises ConfigError as `load`."""
    problems = [t("config.unknown_key", where=key, allowed=", ".join(_ROOT)) for key in raw if key not in _ROOT]
    body = _section(raw, "body", _Body)
    web = _section(raw, "web", _Web)
    dashboard = _section(raw, "dashboard", _Dashboard)
    try:
        Web("", tuple(web.allowed_hosts))
    except ValueError as error:
        raise ConfigError(t("config.wrong_host", why=error)) from None

    sources = [
        Source(name=e.name, url=e.url, title=e.title, interval_minutes=e.interval_minutes)
        for e in _entries(raw, "sources", _Source, problems)
    ]
    known = {s.name for s in sources}
    listening_posts = []
    for e in _entries(raw, "listening_posts", _ListeningPost, problems):
        for name in e.sources:
            if name not in known:
                problems.append(t("config.unknown_source", listening_post=e.name, source=name))
        listening_posts.append(
            ListeningPost(e.name, e.purpose, e.title, tuple(e.keywords), tuple(e.hashtags), tuple(e.sources))
        )
    if sources and not listening_posts:
        problems.append(t("config.no_listening_post"))
    return Config(
        body.name,
        body.contact,
        tuple(sources),
        tuple(listening_posts),
        tuple(web.allowed_hosts),
        tuple(dashboard.hosts),
        tuple(problems),
    )


def template() -> str:
    """The file that a body starts from: commented, with nothing switched on."""
    return resources.files("lyttepost").joinpath("template.toml").read_text("utf-8")


def _section(raw: Mapping[str, Any], name: str, model: type[S]) -> S:
    try:
        return model.model_validate(raw.get(name, {}))
    except ValidationError as error:
        raise ConfigError(" ".join(_sentences(f"[{name}]", error))) from None


def _entries(raw: Mapping[str, Any], key: str, model: type[E], problems: list[str]) -> list[E]:
    """The entries of an array of tables that are right; what is wrong with the others goes to `problems`."""
    given = raw.get(key, [])
    if not isinstance(given, list):
        problems.append(t("config.not_a_list", key=key))
        return []
    entries: dict[str, E] = {}
    for number, item in enumerate(given, 1):
        name = item.get("name") if isinstance(item, dict) else None
        where = f"[[{key}]] nr. {number}" + (f" («{name}»)" if isinstance(name, str) else "")
        try:
            entry = model.model_validate(item)
        except ValidationError as error:
            problems.extend(_sentences(where, error))
            continue
        if entry.name in entries:
            problems.append(t("config.twice", where=where, name=entry.name))
        else:
            entries[entry.name] = entry
    return list(entries.values())


def _sentences(where: str, error: ValidationError) -> Sequence[str]:
    """A sentence for each thing that is wrong with an entry."""
    found = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"])
        key = f"config.fault.{fault['type']}"
        found.append(
            t(
                key if has(key) else "config.fault.other",
                where=where,
                field=field,
                given=str(fault["input"])[:80],
                **{name: str(value) for name, value in fault.get("ctx", {}).items() if name in ("ge", "le")},
            )
        )
    return found
