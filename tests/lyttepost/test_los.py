"""Topics from Los: its themes and words with what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from lyttepost import los
from lyttepost.los import LosError

RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
  <rdf:Description rdf:about="https://psi.norge.no/los/tema/naring">
    <skos:prefLabel xml:lang="nb">Næring</skos:prefLabel>
  </rdf:Description>
  <rdf:Description rdf:about="https://psi.norge.no/los/tema/havbruk">
    <skos:prefLabel xml:lang="en">Aquaculture</skos:prefLabel>
    <skos:prefLabel xml:lang="nb">Oppdrett</skos:prefLabel>
    <skos:broader rdf:resource="https://psi.norge.no/los/tema/naring"/>
  </rdf:Description>
  <rdf:Description rdf:about="https://psi.norge.no/los/ord/laks">
    <skos:prefLabel xml:lang="nb">Laks</skos:prefLabel>
    <skos:prefLabel xml:lang="nn">Laks</skos:prefLabel>
    <skos:hiddenLabel xml:lang="nb">Lakseoppdrett</skos:hiddenLabel>
    <skos:hiddenLabel xml:lang="nn">Lakseoppdrett</skos:hiddenLabel>
    <skos:hiddenLabel xml:lang="nn">Merd</skos:hiddenLabel>
    <skos:note xml:lang="nb">**</skos:note>
    <skos:broader rdf:resource="https://psi.norge.no/los/tema/havbruk"/>
  </rdf:Description>
  <rdf:Description rdf:about="https://psi.norge.no/los/ord/uten-navn"/>
  <rdf:Description rdf:about="https://example.no/tema/annet">
    <skos:prefLabel xml:lang="nb">Annet</skos:prefLabel>
  </rdf:Description>
</rdf:RDF>
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "all.rdf"
    path.write_text(RDF, "utf-8")
    return path


def test_themes_below_the_main_themes_can_be_chosen(file: Path) -> None:
    assert [(c.los_id, c.name) for c in los.choices(los.read(file))] == [("havbruk", "Oppdrett")]


def test_a_theme_has_the_words_below_it_and_a_word_its_own(file: Path) -> None:
    found = los.read(file)
    assert los.keywords(found, found["havbruk"]) == ("oppdrett", "laks", "lakseoppdrett", "merd")
    assert los.keywords(found, found["laks"]) == ("laks", "lakseoppdrett", "merd")


@pytest.mark.parametrize(
    "content",
    ["", "<html/>", "rubbish", RDF.replace("<rdf:RDF", '<!DOCTYPE x [<!ENTITY a "b">]><rdf:RDF', 1)],
    ids=["empty", "another file", "no XML", "entities"],
)
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.rdf"
    path.write_text(content, "utf-8")
    with pytest.raises(LosError) as caught:
        los.read(path)
    assert caught.value.code == "not_los"


def test_a_huge_file_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(los, "MAX_BYTES", 10)
    with pytest.raises(LosError) as caught:
        los.read(file)
    assert caught.value.code == "too_large"
