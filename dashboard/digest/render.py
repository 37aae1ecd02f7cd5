"""A digest in its formats: a page, Markdown, a sheet, or data.

JSON has the fields of `build.Digest` by their names, after `format` ("lyttepost/digest/1"); times are ISO 8601 in UTC,
days ISO dates, and a list is its `shown` lines and `more`, the number beside them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from dashboard import wording
from dashboard.digest import words
from dashboard.digest.build import Digest
from dashboard.digest.markdown import markdown
from dashboard.digest.sheet import sheet

Format = Literal["html", "md", "csv", "json"]
FORMATS: tuple[Format, ...] = ("html", "md", "csv", "json")

JSON_FORMAT = "lyttepost/digest/1"


def render(digest: Digest, format: Format) -> str:
    """The digest in one of `FORMATS`, in the language being served. Raises KeyError for another format."""
    return {"html": _page, "md": markdown, "csv": sheet, "json": _json}[format](digest)


def _page(digest: Digest) -> str:
    return _template().render(digest=digest, words=words, language=wording.language.get())


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dashboard.digest", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        {name: getattr(wording, name) for name in ("t", "n", "number", "day", "moment", "clock", "problem")}
    )
    return environment.get_template("digest.html")


def _json(digest: Digest) -> str:
    content = {"format": JSON_FORMAT, **asdict(digest)}
    return json.dumps(content, ensure_ascii=False, indent=2, default=_iso) + "\n"


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
