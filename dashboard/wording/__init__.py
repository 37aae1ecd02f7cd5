"""The catalogue: every string that people see, by language, in `NAME.LANGUAGE.toml` beside this file.

A language other than bokmål may be incomplete: what it lacks is shown in bokmål. Values are filled in by name
(`{host}`) and are never read as a pattern themselves, so text from outside is safe in them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal

DEFAULT = "nb"
LANGUAGES = ("nb",)

_LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
_OSLO = ZoneInfo("Europe/Oslo")

language: ContextVar[str] = ContextVar("language", default=DEFAULT)
"""The language of the person that is being served."""


def t(key: str, /, **values: Any) -> str:
    """The string of a key such as "oversikt.title", with its values filled in. Raises KeyError for an unknown key."""
    chosen = catalogue(language.get())
    text = chosen[key] if key in chosen else catalogue(DEFAULT)[key]
    return text.format_map(values) if values else text


def has(key: str) -> bool:
    """Whether the catalogue knows a key."""
    return key in catalogue(DEFAULT)


def n(key: str, count: int, /, **values: Any) -> str:
    """A string that counts: KEY_one for 1, KEY_other otherwise, with `{count}` written the Norwegian way."""
    return t(f"{key}_one" if count == 1 else f"{key}_other", count=number(count), **values)


def problem(code: str, details: Mapping[str, str]) -> str:
    """The sentence for something that went wrong outside; an unknown code or a missing detail still gives one."""
    key = f"problem.{code}"
    try:
        return t(key, **details) if details else t(key)
    except KeyError:
        return t("problem.unknown", code=code)


def number(value: int | float) -> str:
    """«1 520»"""
    return str(format_decimal(value, locale=_LOCALES[language.get()]))


def day(value: date, style: str = "d. MMMM y") -> str:
    """«21. november 2026»"""
    return str(format_date(value, style, locale=_LOCALES[language.get()]))


def moment(value: datetime) -> str:
    """«21. nov. 2026 kl. 14.05», in Norwegian time."""
    return str(format_datetime(value.astimezone(_OSLO), "d. MMM y 'kl'. HH.mm", locale=_LOCALES[language.get()]))


def clock(value: datetime) -> str:
    """«14.05», in Norwegian time."""
    return str(format_time(value.astimezone(_OSLO), "HH.mm", locale=_LOCALES[language.get()]))


def ago(value: datetime, now: datetime) -> str:
    """«for 5 minutter siden», «om 5 minutter»"""
    return str(format_timedelta(value - now, add_direction=True, locale=_LOCALES[language.get()]))


@cache
def catalogue(language_code: str) -> dict[str, str]:
    """All strings of a language by dotted key."""
    found: dict[str, str] = {}
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(f".{language_code}.toml"):
            for key, text in _flat(tomllib.loads(file.read_text("utf-8")), ""):
                if key in found:
                    raise ValueError(f"{file.name}: {key} is in the catalogue twice")
                found[key] = text
    return found


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
