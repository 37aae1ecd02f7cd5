"""Topics from Los, the public sector's vocabulary: its RDF/XML file (SKOS, https://psi.norge.no/los/all.rdf).

Below the 14 main themes lie themes (`tema/barnehage`), and below these words (`ord/barnehageplass`). Each has a name in
bokmål and nynorsk, and words that mean the same (hiddenLabel).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring  # no document type is let through

from models.labels import TOPICS

MAX_BYTES: Final = 30_000_000
MAX_WORDS: Final = 100
_BASE: Final = "psi.norge.no/los/"
_SKOS: Final = "{http://www.w3.org/2004/02/skos/core#}"
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_WRITTEN: Final = ("nb", "nn")


class LosError(Exception):
    """The file is not Los; `code` is worded by the catalogue (`cli.topics.CODE`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Concept:
    """A theme or a word of Los."""

    los_id: str
    """The last part of its address."""
    is_theme: bool
    name: str = ""
    words: list[str] = field(default_factory=list)
    """What it is called in both written standards, and what means the same."""
    broader: list[str] = field(default_factory=list)
    """The ids of the themes that it lies under."""


def read(path: Path) -> dict[str, Concept]:
    """The themes and words of a file, by id; a theme comes before a word of the same id. Raises LosError, OSError."""
    if path.stat().st_size > MAX_BYTES:
        raise LosError("too_large")
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise LosError("not_los")
    try:
        root = fromstring(content)  # noqa: S314  # it declares no entities
    except ParseError as error:
        raise LosError("not_los") from error
    found: dict[str, Concept] = {}
    for element in root:
        if (concept := _concept(element)) and (concept.is_theme or concept.los_id not in found):
            found[concept.los_id] = concept
    if not found:
        raise LosError("not_los")
    return found


def choices(found: dict[str, Concept]) -> list[Concept]:
    """The themes that could become topics: those below the main themes, by name."""
    themes = (concept for concept in found.values() if concept.is_theme and concept.los_id not in TOPICS)
    return sorted(themes, key=lambda concept: concept.name.lower())


def keywords(found: dict[str, Concept], chosen: Concept) -> tuple[str, ...]:
    """The words that point to a theme or a word: its own, and those of what lies under it."""
    below = [concept for concept in found.values() if chosen.is_theme and chosen.los_id in concept.broader]
    words = dict.fromkeys(word for concept in (chosen, *below) for word in concept.words)
    return tuple(words)[:MAX_WORDS]


def _concept(element: Element) -> Concept | None:
    """What a description describes; None where that is no theme or word with a name."""
    _, base, rest = element.get(f"{_RDF}about", "").partition(_BASE)
    kind, _, los_id = rest.partition("/")
    if not base or kind not in ("tema", "ord") or not los_id:
        return None
    concept = Concept(los_id, kind == "tema")
    names = dict(_texts(element, "prefLabel"))
    concept.name = names.get("nb") or names.get("nn", "")
    labels = [names[lang] for lang in _WRITTEN if lang in names]
    labels += [text for lang, text in _texts(element, "hiddenLabel") if lang in _WRITTEN]
    concept.words = [text.lower() for text in dict.fromkeys(labels)]
    for broader in element.iter(f"{_SKOS}broader"):
        concept.broader.append(broader.get(f"{_RDF}resource", "").rpartition("/")[2])
    return concept if concept.name else None


def _texts(element: Element, tag: str) -> Iterator[tuple[str, str]]:
    for label in element.iter(f"{_SKOS}{tag}"):
        text = " ".join((label.text or "").split())
        if text and any(sign.isalnum() for sign in text):
            yield label.get(_LANG, ""), text[:100]
