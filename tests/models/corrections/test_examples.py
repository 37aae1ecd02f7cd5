"""The labelled facts and posts: that they are whole, and that those kept apart stay so."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from models.corrections.examples import (
    CALIBRATION_FOLDER,
    FOLDER,
    TEST_FOLDER,
    MatchExample,
    Register,
    counts,
    find_duplicates,
    fingerprint,
    parse_example,
    parse_fact,
    read_registers,
)
from models.facts import FIELDS, fact_of
from models.labels import RELATIONS, Fact

ROW = {
    "id": "prove-01-01",
    "platform": "facebook",
    "published_at": "2026-02-13T18:20:00+01:00",
    "text": "Badet er stengt!",
    "lang": "nb",
    "fact_id": "prove-01",
    "relation": "contradicts",
}
FACT = Fact("prove-01", "Badet i Granvik er åpent.", known_false_claims=("Badet er stengt.",))


@pytest.fixture(scope="module")
def learned() -> list[Register]:
    return read_registers()


@pytest.fixture(scope="module")
def kept_apart() -> list[Register]:
    return read_registers(TEST_FOLDER)


@pytest.fixture(scope="module")
def weighed_by() -> list[Register]:
    return read_registers(CALIBRATION_FOLDER)


@pytest.fixture(scope="module")
def registers(learned: list[Register], weighed_by: list[Register], kept_apart: list[Register]) -> list[Register]:
    return [*learned, *weighed_by, *kept_apart]


def post(**changes: str) -> MatchExample:
    return parse_example({**ROW, **changes})


def test_every_shipped_file_is_read_and_there_are_thousands_of_posts(
    learned: list[Register], weighed_by: list[Register], kept_apart: list[Register]
) -> None:
    files = {path.name.split(".")[0] for path in FOLDER.rglob("*.jsonl")}
    assert files == {register.name for register in (*learned, *weighed_by, *kept_apart)}
    assert sum(len(register.posts) for register in learned) >= 24_000
    assert sum(len(register.posts) for register in weighed_by) >= 2_500
    assert sum(len(register.posts) for register in kept_apart) >= 2_100


def test_every_fact_could_stand_in_a_register(registers: list[Register]) -> None:
    for fact in (fact for register in registers for fact in register.facts):
        row = asdict(fact)
        assert fact_of({name: row[name] for name in FIELDS}) == fact, fact.id
        host = urlsplit(fact.source_url).hostname or "example.no"
        assert host == "example.no" or host.endswith(".example.no"), fact.id


def test_every_post_is_about_a_fact_of_its_register(registers: list[Register]) -> None:
    for register in registers:
        known = {fact.id for fact in register.facts}
        assert [post.id for post in register.posts if post.fact_id not in known] == [], register.name


def test_every_post_has_words_a_language_and_a_time_with_its_zone(registers: list[Register]) -> None:
    for example in (example for register in registers for example in register.posts):
        assert example.text.strip(), example.id
        assert example.lang in ("nb", "nn", "en"), example.id
        assert example.published_at.tzinfo, example.id


def test_every_id_is_used_once(registers: list[Register]) -> None:
    for ids in (
        [example.id for register in registers for example in register.posts],
        [fact.id for register in registers for fact in register.facts],
    ):
        assert len(set(ids)) == len(ids)


def test_no_post_is_written_twice(registers: list[Register]) -> None:
    assert find_duplicates(registers) == []


@pytest.mark.parametrize(
    ("relation", "share"),
    [("contradicts", 0.25), ("states", 0.15), ("asks", 0.10), ("debunks", 0.07), ("unrelated", 0.14)],
)
def test_no_relation_is_rare(learned: list[Register], kept_apart: list[Register], relation: str, share: float) -> None:
    for part in (learned, kept_apart):
        found = counts(part)["relation"]
        assert found[relation] >= share * found.total()


def test_every_register_has_every_relation(registers: list[Register]) -> None:
    for register in registers:
        found = counts([register])["relation"]
        assert all(found[relation] >= 0.03 * found.total() for relation in RELATIONS), register.name


def test_a_fifth_is_nynorsk_and_some_is_english(learned: list[Register], kept_apart: list[Register]) -> None:
    for part in (learned, kept_apart):
        found = counts(part)["lang"]
        assert found["nn"] >= 0.18 * found.total()
        assert found["en"] >= 0.025 * found.total()


def test_what_is_kept_apart_is_not_learned_from(
    learned: list[Register], weighed_by: list[Register], kept_apart: list[Register]
) -> None:
    for part, others in ((weighed_by, learned), (kept_apart, [*learned, *weighed_by])):
        assert not {register.name for register in part} & {register.name for register in others}
        told = {fact.statement_nb for register in others for fact in register.facts}
        assert not told & {fact.statement_nb for register in part for fact in register.facts}
        assert len(part) >= 2


def test_the_same_text_is_a_duplicate_in_whatever_register_and_case() -> None:
    one = Register("one", (FACT,), (post(id="a"), post(id="b", text="Er badet stengt?")))
    other = Register("other", (FACT,), (post(id="c", text="badet er  STENGT"),))
    assert find_duplicates([one, other]) == [("a", "c")]
    assert find_duplicates([one]) == []
    assert find_duplicates([one, one]) == []
    assert find_duplicates([Register("one", (), (post(id="a", text="😀"), post(id="b", text="😡")))]) == []


def test_posts_are_counted_by_register_language_and_relation() -> None:
    one = Register("one", (FACT,), (post(), post(lang="nn", relation="asks")))
    assert counts([one, Register("other", (), (post(),))]) == {
        "register": {"one": 2, "other": 1},
        "lang": {"nb": 2, "nn": 1},
        "relation": {"contradicts": 2, "asks": 1},
    }


def test_what_the_register_has_not_is_passed_over() -> None:
    row = {
        "id": "f",
        "statement_nb": "Badet er åpent.",
        "mood": "glad",
        "valid_to": None,
        "known_false_claims": ["Nei"],
    }
    assert parse_fact(row) == Fact("f", "Badet er åpent.", known_false_claims=("Nei",))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        json.dumps({key: value for key, value in ROW.items() if key != "relation"}),
        json.dumps({**ROW, "relation": "agrees"}),
        json.dumps({**ROW, "published_at": "i går"}),
        json.dumps({**ROW, "published_at": None}),
    ],
)
def test_a_bad_line_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "prove.facts.jsonl").write_text(
        json.dumps({"id": "prove-01", "statement_nb": "Badet er åpent."}), "utf-8"
    )
    (tmp_path / "prove.posts.jsonl").write_text(f"{json.dumps(ROW)}\n\n{line}\n", "utf-8")
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        read_registers(tmp_path)
    assert caught.value.__notes__ == ["prove.posts.jsonl, line 3"]


def test_the_fingerprint_follows_the_content_and_not_the_order() -> None:
    one, other = Register("one", (FACT,), (post(),)), Register("other", (FACT,), (post(id="b"),))
    assert fingerprint([one, other]) == fingerprint([other, one])
    assert fingerprint([one]) != fingerprint([replace(one, posts=(post(relation="asks"),))])
    assert fingerprint([one]) != fingerprint([replace(one, facts=(replace(FACT, valid_to="2026-12-31"),))])
