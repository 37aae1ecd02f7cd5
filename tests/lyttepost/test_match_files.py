"""The matcher on files: verdicts and figures for what can be read, and a sentence for what can not."""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lyttepost import cli, match_files
from lyttepost.context import OK, PARTLY, WRONG
from lyttepost.match_files import evaluate_corrections, match_file
from models.corrections import Matcher
from models.corrections.verdict import verdicts
from models.labels import Fact
from tests.lyttepost.test_measure import Said

HALL = {
    "id": "hall",
    "body": "Granvik kommune",
    "statement_nb": "Svømmehallen på Tangen er gratis for barn under 16 år.",
    "statement_nn": "Symjehallen på Tangen er gratis for barn under 16 år.",
    "valid_from": None,
    "valid_to": "2026-12-31",
    "source_url": "https://granvik.example.no/hall",
    "known_false_claims": ["Barn må betale for å bade på Tangen."],
    "reply_nb": "Svømmehallen på Tangen er gratis for barn under 16 år.",
    "topic": "kultur-idrett-og-fritid",
}
FERRY = {"id": "ferry", "statement_nb": "Ferja til Tangholmen bruker 12 minutter."}
POST = {
    "id": "1",
    "platform": "facebook",
    "published_at": "2026-10-14T12:00:00+02:00",
    "text": "Barn må betale 60 kroner for å bade i svømmehallen på Tangen.",
    "lang": "nb",
    "fact_id": "hall",
    "relation": "contradicts",
}
STATES = {
    **POST,
    "id": "2",
    "text": "Ferja til Tangholmen bruker tolv minutter.",
    "fact_id": "ferry",
    "relation": "states",
}
CHATTER = {**POST, "id": "3", "text": "😀", "fact_id": None, "relation": "unrelated"}


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    return written(tmp_path / "fakta.jsonl", HALL, FERRY)


def written(path: Path, *rows: Any) -> Path:
    path.write_bytes(
        b"\n".join(row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows)
    )
    return path


def posts(folder: Path, *rows: Any) -> Path:
    return written(folder / "innlegg.jsonl", *rows)


def test_each_post_gets_a_line_with_its_verdict(facts: Path, tmp_path: Path, said: Said) -> None:
    bare = {key: POST[key] for key in ("id", "published_at", "text")}
    assert match_file(facts, posts(tmp_path, POST, STATES, CHATTER, bare), said.out.append, said.told.append) == OK
    wrong, right, chatter, plain = map(json.loads, said.out)
    assert list(wrong) == ["id", "fact_id", "relation", "score", "needs_correction"]
    assert (wrong["id"], wrong["fact_id"], wrong["relation"]) == ("1", "hall", "contradicts")
    assert 0 < wrong["score"] <= 1
    assert (right["id"], right["fact_id"], right["needs_correction"]) == ("2", "ferry", False)
    assert chatter == {"id": "3", "fact_id": None, "relation": "unrelated", "score": 0.0, "needs_correction": False}
    assert (plain["fact_id"], plain["relation"]) == ("hall", "contradicts")
    assert said.told == []


def test_the_figures_are_those_of_what_match_says(facts: Path, tmp_path: Path, said: Said) -> None:
    file = posts(tmp_path, POST, STATES, CHATTER)
    match_file(facts, file, said.out.append, said.told.append)
    flagged = [json.loads(line)["needs_correction"] for line in said.out]
    assert evaluate_corrections(facts, file, True, said.out.append, said.told.append) == OK
    found = json.loads(said.out[-1])
    assert set(found) == {
        *("matcher_version", "posts", "needing", "precision", "recall", "others_flagged", "right_fact"),
        *("right_relation", "precision_at_recall_75", "recall_at_precision_90", "average_precision"),
    }
    assert (found["posts"], found["needing"], found["right_fact"]) == (3, 1, 1.0)
    assert (found["recall"], found["others_flagged"]) == (float(flagged[0]), float(flagged[1]))
    assert found["matcher_version"] == Matcher([]).version


def test_figures_are_told_in_sentences(facts: Path, tmp_path: Path, said: Said) -> None:
    assert evaluate_corrections(facts, posts(tmp_path, POST, STATES), False, said.out.append, said.told.append) == OK
    assert said.out[:2] == ["2 innlegg er målt.", "Innlegg som må rettes, antall: 1"]
    assert "Innlegg om et faktum, andel med riktig faktum først: 1" in said.out
    assert all(not line.startswith("posts") for line in said.out)


def test_a_post_about_a_fact_that_did_not_hold_needs_no_correction(facts: Path, tmp_path: Path, said: Said) -> None:
    late = {**POST, "published_at": "2027-01-02T10:00:00+01:00"}
    file = posts(tmp_path, late)
    match_file(facts, file, said.out.append, said.told.append)
    evaluate_corrections(facts, file, True, said.out.append, said.told.append)
    given, found = map(json.loads, said.out)
    assert (given["fact_id"], given["score"], given["needs_correction"]) == ("hall", 0.0, False)
    assert found["needing"] == 0


@pytest.mark.parametrize(
    ("at", "needing"),
    [
        ("2026-12-31T23:30:00", 1),
        ("2027-01-01T00:30:00", 0),
        ("2026-12-31T22:30:00Z", 1),
        ("2026-12-31T23:30:00+00:00", 0),
        ("2026-12-31", 1),
    ],
)
def test_the_day_of_a_post_is_norwegian(facts: Path, tmp_path: Path, said: Said, at: str, needing: int) -> None:
    evaluate_corrections(facts, posts(tmp_path, {**POST, "published_at": at}), True, said.out.append, said.told.append)
    assert json.loads(said.out[0])["needing"] == needing


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (b"rubbish", "innlegg.jsonl, linje 2: ikke et JSON-objekt"),
        (b"[1]", "linje 2: ikke et JSON-objekt"),
        (b"[" * 100_000, "linje 2: ikke et JSON-objekt"),
        ('{"id": "blåbær"}'.encode("latin-1"), "innlegg.jsonl, linje 2: ikke lagret som UTF-8."),
        ({**POST, "id": 7}, "linje 2: «id» kan ikke være 7."),
        ({**POST, "id": " "}, "linje 2: «id» kan ikke være ' '."),
        ({**POST, "text": None}, "linje 2: «text» kan ikke være None."),
        ({"id": "2", "published_at": "2026-10-14"}, "linje 2: mangler «text»."),
        ({"id": "2", "text": "Hei"}, "linje 2: mangler «published_at»."),
        ({**POST, "lang": ["nb"]}, "linje 2: «lang» kan ikke være"),
        ({**POST, "published_at": "i går"}, "linje 2: «published_at» må være et tidspunkt mellom 1900 og 2100"),
        ({**POST, "published_at": "0001-01-01T00:00:00+14:00"}, "(fikk «0001-01-01T00:00:00+14:00»)."),
        ({**POST, "published_at": "9999-12-31T23:59:59-12:00"}, "«published_at» må være et tidspunkt"),
        ({**POST, "published_at": "\x1b[31m"}, "(fikk «\ufffd[31m»)."),
        (json.dumps({**POST, "published_at": "\ud800"}).encode(), "«published_at» må være et tidspunkt"),
    ],
)
def test_a_post_that_can_not_be_read_is_told_and_left_out(
    facts: Path, tmp_path: Path, said: Said, bad: Any, sentence: str
) -> None:
    assert match_file(facts, posts(tmp_path, POST, bad, STATES), said.out.append, said.told.append) == PARTLY
    assert [json.loads(line)["id"] for line in said.out] == ["1", "2"]
    assert len(said.told) == 1
    assert sentence in said.told[0]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({key: POST[key] for key in POST if key != "relation"}, "linje 2: mangler «relation»."),
        ({**POST, "relation": "wrong"}, "linje 2: «relation» kan ikke være 'wrong'."),
        ({**POST, "fact_id": None}, "linje 2: mangler «fact_id». Et innlegg med «relation» contradicts må vise til"),
        ({**POST, "fact_id": "borte"}, "linje 2: «fact_id» viser til borte, som ikke er blant faktaene."),
        ({**POST, "fact_id": 4}, "linje 2: «fact_id» kan ikke være 4."),
    ],
)
def test_a_post_without_a_right_answer_can_not_be_measured(
    facts: Path, tmp_path: Path, said: Said, bad: Any, sentence: str
) -> None:
    file = posts(tmp_path, POST, bad)
    assert evaluate_corrections(facts, file, True, said.out.append, said.told.append) == PARTLY
    assert json.loads(said.out[0])["posts"] == 1
    assert sentence in said.told[0]
    assert evaluate_corrections(facts, posts(tmp_path, bad), True, said.out.append, said.told.append) == WRONG


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (b"{", "fakta.jsonl, linje 2: ikke et JSON-objekt"),
        (b'{"id": "\xe6"}', "fakta.jsonl, linje 2: ikke lagret som UTF-8."),
        ({"statement_nb": "Ferja går."}, "fakta.jsonl, linje 2: «id» mangler. Fyll det ut."),
        ({"id": "x"}, "linje 2: «statement_nb» mangler."),
        ({**FERRY, "id": 3}, "linje 2: «id» må være tekst."),
        ({**FERRY, "id": "x", "valid_to": "snart"}, "linje 2: «valid_to» må være en dato"),
        ({**FERRY, "id": "x", "known_false_claims": [1]}, "linje 2: «known_false_claims» må være en liste"),
        (HALL, "linje 2: id-en hall er brukt på en linje over."),
    ],
)
def test_a_fact_that_can_not_be_read_is_told_and_left_out(tmp_path: Path, said: Said, bad: Any, sentence: str) -> None:
    facts = written(tmp_path / "fakta.jsonl", HALL, bad, FERRY)
    assert match_file(facts, posts(tmp_path, POST, STATES), said.out.append, said.told.append) == PARTLY
    assert [json.loads(line)["fact_id"] for line in said.out] == ["hall", "ferry"]
    assert len(said.told) == 1
    assert sentence in said.told[0]


def test_fields_of_a_fact_that_the_matcher_does_not_read_do_not_matter(tmp_path: Path, said: Said) -> None:
    register = {"owner": "Kultur", "statement_en": "The pool is free.", "topic": "bading", "source_url": "-", "note": 1}
    facts = written(tmp_path / "fakta.jsonl", {**HALL, **register})
    assert match_file(facts, posts(tmp_path, POST), said.out.append, said.told.append) == OK
    assert (json.loads(said.out[0])["fact_id"], said.told) == ("hall", [])


def test_a_mark_at_the_beginning_of_a_file_and_blank_lines_do_no_harm(tmp_path: Path, said: Said) -> None:
    facts = written(tmp_path / "fakta.jsonl", codecs.BOM_UTF8 + json.dumps(HALL).encode(), b"", b"  \r")
    file = posts(tmp_path, codecs.BOM_UTF8 + json.dumps(POST).encode() + b"\r", b"")
    assert match_file(facts, file, said.out.append, said.told.append) == OK
    assert (len(said.out), said.told) == (1, [])


@pytest.mark.parametrize("command", [match_file, lambda f, p, say, tell: evaluate_corrections(f, p, True, say, tell)])
def test_files_that_are_not_there_or_empty_are_told(facts: Path, tmp_path: Path, said: Said, command: Any) -> None:
    empty = written(tmp_path / "tom.jsonl", b"")
    for register, file in (
        (tmp_path / "borte.jsonl", posts(tmp_path, POST)),
        (empty, posts(tmp_path, POST)),
        (facts, tmp_path / "borte.jsonl"),
        (facts, empty),
        (tmp_path, posts(tmp_path, POST)),
    ):
        assert command(register, file, said.out.append, said.told.append) == WRONG
    assert said.out == []
    assert [sentence.split(str(tmp_path))[0] for sentence in said.told] == [
        "Kunne ikke lese ",
        "Det er ingen fakta i ",
        "Kunne ikke lese ",
        "Det er ingen innlegg i ",
        "Kunne ikke lese ",
    ]


def test_only_the_first_of_many_bad_lines_are_told_one_by_one(facts: Path, tmp_path: Path, said: Said) -> None:
    assert match_file(facts, posts(tmp_path, POST, *[b"x"] * 30), said.out.append, said.told.append) == PARTLY
    assert len(said.told) == 21
    assert said.told[-1] == "… og 10 linjer til ble ikke tatt inn."


def test_too_many_facts_are_refused(facts: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_files, "MAX_ROWS", 1)
    assert match_file(facts, posts(tmp_path, POST), said.out.append, said.told.append) == WRONG
    assert said.told == ["fakta.jsonl har flere enn 1 fakta. Del den opp i flere filer."]


def test_more_posts_than_are_taken_at_a_time_are_all_matched(
    facts: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_files, "BATCH", 2)
    rows = [{**POST, "id": str(number)} for number in range(5)]
    assert match_file(facts, posts(tmp_path, *rows), said.out.append, said.told.append) == OK
    assert [json.loads(line)["id"] for line in said.out] == ["0", "1", "2", "3", "4"]


def test_hostile_texts_are_matched_like_others(facts: Path, tmp_path: Path, said: Said) -> None:
    texts = ["\x00\x1b[2J", "\ud800", "{0} {text} %s", "Svømmehallen på Tangen " * 5_000, "=1+1", "<b>Tangen</b>"]
    rows = [json.dumps({**POST, "id": text[:80], "text": text}).encode() for text in texts]
    assert match_file(facts, posts(tmp_path, *rows), said.out.append, said.told.append) == OK
    assert len(said.out) == len(rows)
    assert all("\n" not in line and "\x1b" not in line for line in said.out)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("evaluate", "lyttepost evaluate mangler FIL: Filen med merkede innlegg"),
        ("evaluate --corrections a.jsonl", "--corrections trenger fakta å holde innleggene opp mot."),
        ("evaluate --facts a.jsonl", "--facts hører sammen med --corrections."),
        ("evaluate a.jsonl --corrections b.jsonl --facts c.jsonl", "Lyttepost måler én ting om gangen"),
        ("match a.jsonl", "lyttepost match mangler --facts: Filen med fakta"),
        ("match --facts a.jsonl", "lyttepost match mangler FIL: Filen med innlegg"),
    ],
)
def test_half_a_command_is_told_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, told: str
) -> None:
    monkeypatch.setattr(cli.os, "umask", lambda mask: mask)
    monkeypatch.setattr(sys, "argv", ["lyttepost", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (WRONG, "", 1)
    assert err.startswith(told)


def test_the_commands_read_their_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], facts: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli.os, "umask", lambda mask: mask)
    monkeypatch.setenv("LYTTEPOST_HOME", str(tmp_path / "hjem"))
    file = posts(tmp_path, POST)
    found = []
    for arguments in (
        ["match", "--facts", facts, file],
        ["evaluate", "--corrections", file, "--facts", facts, "--json"],
    ):
        monkeypatch.setattr(sys, "argv", ["lyttepost", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        found.append(json.loads(capsys.readouterr().out))
    assert (found[0]["fact_id"], found[1]["posts"]) == ("hall", 1)


def test_a_files_verdicts_are_the_matchers(facts: Path, tmp_path: Path, said: Said) -> None:
    at = match_files._moment(POST, {})
    register = [Fact(**{**HALL, "known_false_claims": tuple(HALL["known_false_claims"])}), Fact(**FERRY)]  # type: ignore[arg-type]
    (expected,) = verdicts(Matcher(register), [(str(POST["text"]), "nb", at)])
    match_file(facts, posts(tmp_path, POST), said.out.append, said.told.append)
    row = json.loads(said.out[0])
    assert (row["fact_id"], row["relation"]) == (expected.fact_id, expected.relation)
    assert (row["score"], row["needs_correction"]) == (round(expected.score, 4), expected.needs_correction)
