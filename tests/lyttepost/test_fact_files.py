"""Files of facts: what is written comes back as it was, what is wrong is told by line and field."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import facts
from data.store import Store
from data.topics import Topic, save
from lyttepost import fact_files
from models.facts import DATES, FIELDS, FIRST_DAY, LAST_DAY, LIMITS, Form, Taken, fact_of
from models.labels import TOPICS, Fact
from tests.builders import NOW

TEXT = st.text(st.one_of(st.characters(), st.sampled_from("=+-@'\";,|\n\r\t ＝\u2028\ufeff")), max_size=30)
VALUES = st.fixed_dictionaries(
    {name: TEXT for name in FIELDS if name not in DATES and LIMITS[name] > 200 and name != "source_url"}
    | {name: st.none() | st.dates(FIRST_DAY, LAST_DAY).map(str) for name in ("valid_from", "approved_at")}
    | {
        "id": st.from_regex(r"[=+@'A-Z][A-Z0-9]{0,5}", fullmatch=True),
        "statement_nb": TEXT.map(lambda text: f"x{text}") | TEXT.map(lambda text: f"={text}"),
        "known_false_claims": st.lists(TEXT, max_size=4),
        "topic": st.sampled_from(["", *TOPICS]),
        "source_url": st.sampled_from(["", "https://fjellheim.example.no/a;b?c='d'"]),
    }
)


def take(store: Store, content: str | bytes, name: str = "fakta.csv", form: Form | None = None) -> Taken:
    raw = content.encode() if isinstance(content, str) else content
    return fact_files.take_in(store, name, raw, "Kari Vik", NOW, form)


def register(store: Store) -> list[Fact]:
    with store.read() as cursor:
        return facts.register(cursor)


def told(taken: Taken) -> str:
    return "\n".join(f"{refusal.line}: {refusal.why}" for refusal in taken.refused)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(VALUES, min_size=1, max_size=4, unique_by=lambda row: row["id"]))
def test_what_is_written_and_taken_in_again_changes_nothing(
    store: Store, form: Form, rows: list[dict[str, Any]]
) -> None:
    found = [fact_of(row) for row in rows]
    store.write(lambda cursor: facts.save(cursor, found, NOW))
    taken = take(store, fact_files.write(found, form, "Fjellheim"), f"fakta.{form}")
    assert (told(taken), taken.read, taken.changed) == ("", len(found), 0)


WHOLE = Fact(
    "F1",
    "Fartsgrensen er 30.",
    "Fartsgrensa er 30.",
    "2026-01-01",
    "2027-01-01",
    "https://fjellheim.example.no/fart",
    ("Den er 50", "Den er 40"),
    "Hei!\nDen er 30.",
    "Hei!\nHo er 30.",
    "trafikk-og-transport",
    "Vei",
    "Rektor",
    "2026-11-01",
    "The limit is 30.",
    "Hi, it is 30.",
    "Fjellheim vegvesen",
    "F2",
)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_field_comes_back(store: Store, form: Form) -> None:
    text = fact_files.write([WHOLE, Fact("F2", "=1+1")], form, "Fjellheim")
    assert take(store, text, "register", form) == Taken(2, 2)
    assert register(store) == [WHOLE, Fact("F2", "=1+1")]
    with store.read() as cursor:
        assert facts.history(cursor, "F1")[0].saved_by == "Kari Vik"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_spreadsheet_with_norwegian_names_is_read(store: Store, separator: str, mark: str) -> None:
    rows = [
        ["Nummer", "RIKTIG  på bokmål", "Gjelder til", "Kjente feilpåstander", "Tema", "statement_en"],
        ["F1", "Fartsgrensen er 30; eller 40, noen steder.", "31.12.2026", "Den er 50 | Den er 60", "", "It is 30"],
        ["", "", "", "", "", ""],
        ["F2", "'=2+2", "", "Den er 50\nDen er 60", "trafikk-og-transport"],
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    assert take(store, mark + out.getvalue()) == Taken(2, 2)
    first, second = register(store)
    assert (first.valid_to, first.statement_en) == ("2026-12-31", "It is 30")
    assert first.known_false_claims == second.known_false_claims == ("Den er 50", "Den er 60")
    assert second.statement_nb == "=2+2"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "'="])
def test_no_cell_is_a_formula(start: str) -> None:
    dangerous = f"{start}HYPERLINK(1)"
    text = fact_files.write([Fact(dangerous, dangerous, owner=dangerous, known_false_claims=(dangerous,))], "csv", "F")
    cells = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))[1]
    assert cells.count(f"'{dangerous}") == 4
    assert not any(cell.startswith(("=", "+", "-", "@", "＝")) for cell in cells)


def test_a_wrong_row_is_told_by_the_line_it_begins_at_and_the_name_of_its_column(store: Store) -> None:
    taken = take(
        store,
        'Nummer;Riktig på bokmål;Gjelder fra;Gjelder til\nF1;"To\nlinjer";;\nF2;;i fjor;\n'
        "F3;x;2026-02-01;2026-01-01\nF4;x;;;overskudd\nF5;x\n",
    )
    assert [refusal.line for refusal in taken.refused] == [4, 5, 6]
    said = told(taken)
    assert "«Riktig på bokmål» mangler" in said
    assert "«Gjelder fra» må være en dato" in said
    assert "«Gjelder til» er før" in said
    assert "flere celler enn" in said
    assert [fact.id for fact in register(store)] == ["F1", "F5"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("fakta", b"id;statement_nb\nF1;x", "skriv --format"),
        ("fakta.jsonld", b"{}", "skriv --format"),
        ("fakta.csv", "id;statement_nb\nF1;bø".encode("cp1252"), "«CSV UTF-8»"),
        ("fakta.csv", "id;statement_nb\nF1;bø".encode("utf-16"), "«CSV UTF-8»"),
        ("fakta.csv", b"id;statement_nb\n", "har ingen fakta"),
        ("fakta.csv", b"", "har ingen fakta"),
        ("fakta.csv", b"id;tittel\nF1;x", "feltet «tittel», som står i første linje"),
        ("fakta.csv", b"Nummer;owner\nF1;x", "ingen kolonne som heter «statement_nb»"),
        ("fakta.csv", b"id;Nummer;statement_nb\nF1;x;y", "to kolonner for feltet «Nummer»"),
        ("fakta.csv", b'id;statement_nb\nF1;x\nF2;"' + b"y" * 200_000, "linje 3"),
        ("fakta.csv", b"id;statement_nb\n" + b"F1;x\n" * 101, "flere enn 100 fakta"),
        ("fakta.jsonl", b" " * 20_000_001, "større enn 20 MB"),
    ],
    ids=range(12),
)
def test_a_file_that_can_not_be_read_is_told_and_nothing_comes_in(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, sentence: str
) -> None:
    monkeypatch.setattr(fact_files, "MAX_ROWS", 100)
    taken = take(store, content, name)
    assert (taken.read, taken.changed, [refusal.line for refusal in taken.refused]) == (0, 0, [0])
    assert sentence in told(taken)
    assert register(store) == []


def test_a_successor_is_in_the_register_or_in_the_same_file(store: Store) -> None:
    assert take(store, "id,statement_nb,successor\nF1,x,F2\nF2,y,\n").refused == ()
    taken = take(store, "id,statement_nb,successor\nF3,x,F1\nF4,x,F9\nF5,x,F4\nF2,y,F1\nF6,x,F6\n")
    assert [refusal.line for refusal in taken.refused] == [3, 4, 5, 6]
    assert "viser til F9, som ikke finnes" in told(taken)
    assert "viser til F4, som ikke finnes" in told(taken)
    assert "fører rekken i ring" in told(taken)
    assert [fact.id for fact in register(store)] == ["F1", "F2", "F3"]


def test_a_topic_of_the_bodys_own_is_known(store: Store) -> None:
    store.write(lambda cursor: save(cursor, Topic("bybrua", "Bybrua", ("bru",)), "Kari", NOW))
    assert take(store, "id,statement_nb,topic\nF1,x,bybrua\n").refused == ()
    assert "bybrua" in told(take(store, "id,statement_nb,topic\nF1,x,brua\n"))


def test_each_false_claim_is_a_claim_review() -> None:
    text = fact_files.write([WHOLE, Fact("F2", "x", known_false_claims=("y",)), Fact("F3", "z")], "jsonld", "Fjellheim")
    document = json.loads(text)
    assert document["@context"] == "https://schema.org"
    first, second, third = document["@graph"]
    assert first == {
        "@type": "ClaimReview",
        "identifier": "F1",
        "url": "https://fjellheim.example.no/fart",
        "claimReviewed": "Den er 50",
        "itemReviewed": {"@type": "Claim", "text": "Den er 50"},
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": 1,
            "worstRating": 1,
            "bestRating": 5,
            "alternateName": "Feil",
        },
        "reviewBody": "Fartsgrensen er 30.",
        "author": {"@type": "GovernmentOrganization", "name": "Fjellheim vegvesen"},
        "datePublished": "2026-11-01",
        "expires": "2027-01-01",
        "inLanguage": "nb",
    }
    assert second["claimReviewed"] == "Den er 40"
    assert third["author"]["name"] == "Fjellheim"
    assert not {"url", "datePublished", "expires"} & third.keys()
