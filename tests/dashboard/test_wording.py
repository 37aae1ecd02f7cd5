"""Every string that the code asks for is in the catalogue, and nothing lies in the catalogue unused."""

from __future__ import annotations

import re
from pathlib import Path

import dashboard
import lyttepost
from dashboard.wording import catalogue

TABLES = (
    "lang",
    "topic",
    "conflict",
    "actor",
    "stance",
    "intent",
    "direction",
    "answer",
    "outcome",
)
"""What labels are called: asked for by value."""
FROM_OUTSIDE = (*TABLES, "problem", "streamlit", "store", "config")
"""Tables whose keys come from data, codes and settings."""
ASKED = re.compile(r"""\b(?P<how>t|n|_difference|has|problem_text)\(\s*(?P<f>f?)(?P<q>["'])(?P<key>[^"']+)(?P=q)""")
KEY = re.compile(r"""["']([a-z_]+(?:\.[^"'\s]*)+)["']""")


def sources() -> dict[Path, str]:
    folders = (Path(dashboard.__file__).parent, Path(lyttepost.__file__).parent)
    return {f: f.read_text("utf-8") for folder in folders for f in folder.rglob("*") if f.suffix in (".py", ".html")}


def asked() -> set[str]:
    """Keys in the code, with * where a value goes in."""
    found: set[str] = set()
    for code in sources().values():
        for match in ASKED.finditer(code):
            key = re.sub(r"\{[^}]*\}", "*", match["key"])
            ends = ("_one", "_other") if match["how"] == "n" else ("",)
            found.update(key + end for end in ends)
    return found


def mentioned() -> set[str]:
    """Everything in the code that reads like a key, with * where a value goes in."""
    tables = {key.split(".")[0] for key in catalogue("nb")}
    return {
        re.sub(r"\{[^}]*\}", "*", key)
        for code in sources().values()
        for key in KEY.findall(code)
        if key.split(".")[0] in tables
    }


def as_pattern(key: str) -> re.Pattern[str]:
    """What a key may stand for; templates put a key together from its beginning and a value."""
    end = ".+" if key.endswith((".", "_")) else ""
    return re.compile(re.escape(key).replace(r"\*", ".+") + end)


def test_every_key_that_the_code_asks_for_is_there() -> None:
    known = catalogue("nb")
    keys = {k for k in asked() if "." in k and not k.startswith("*")}
    assert keys
    missing = {k for k in keys if not any(as_pattern(k).fullmatch(other) for other in known)}
    assert not missing


def test_every_string_of_the_catalogue_is_used() -> None:
    patterns = [as_pattern(key) for key in mentioned()]
    unused = {
        key
        for key in catalogue("nb")
        if key.split(".")[0] not in FROM_OUTSIDE
        and not any(p.fullmatch(key) or p.fullmatch(key.removesuffix("_one").removesuffix("_other")) for p in patterns)
    }
    assert not unused


def test_a_string_that_counts_has_both_forms() -> None:
    known = catalogue("nb")
    for key in known:
        if key.endswith("_one"):
            assert key.removesuffix("_one") + "_other" in known


def test_no_norwegian_stands_in_the_code_of_the_dashboard() -> None:
    for file in Path(dashboard.__file__).parent.rglob("*.py"):
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", file.read_text("utf-8"))
        assert not re.search(r"[æøåÆØÅ]", code), file
