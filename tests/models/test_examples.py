from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.examples import (
    FOLDER,
    TEST_FOLDER,
    Duplicate,
    Example,
    ExampleError,
    counts,
    file_folds,
    find_duplicates,
    fingerprint,
    parse_example,
    parse_post,
    read_examples,
    stratified_folds,
)
from models.labels import ACTORS, CONFLICT_LEVELS, INTENTS, LANGUAGES, STANCES, TOPICS, PostText

ROW = {
    "id": "prove-001",
    "text": "Når åpner svømmehallen?",
    "lang": "nb",
    "topics": ["kultur-idrett-og-fritid"],
    "conflict": 0,
    "actor": "citizen",
    "stance": "neutral",
    "intent": "question",
}


def example(**changes: object) -> Example:
    return parse_example(json.dumps({**ROW, **changes}), "prove", {})


def test_there_are_at_least_1200_examples(examples: list[Example]) -> None:
    assert len(examples) >= 1_200


def test_every_id_is_used_once(examples: list[Example]) -> None:
    assert len({example.id for example in examples}) == len(examples)


def test_every_label_has_examples(examples: list[Example]) -> None:
    assert {example.lang for example in examples} == set(LANGUAGES)
    assert {topic for example in examples for topic in example.topics} == set(TOPICS)
    assert any(not example.topics for example in examples)
    for key, values in (("conflict", CONFLICT_LEVELS), ("actor", ACTORS), ("stance", STANCES), ("intent", INTENTS)):
        for value in values:
            assert sum(getattr(example, key) == value for example in examples) >= 20, (key, value)


def test_no_example_is_written_twice(examples: list[Example]) -> None:
    assert find_duplicates(examples) == []


def test_the_same_text_is_a_duplicate_whatever_its_case_and_signs() -> None:
    pair = [example(id="a", text="Takk for hjelpen!"), example(id="b", text="takk for hjelpen")]
    assert find_duplicates(pair) == [Duplicate("text", "a", "b")]


def test_the_same_first_five_words_are_a_duplicate() -> None:
    pair = [
        example(id="a", text="Jeg vil klage på vedtaket i går"),
        example(id="b", text="Jeg vil klage på vedtaket ditt"),
    ]
    assert find_duplicates(pair) == [Duplicate("opening", "a", "b")]
    pair = [example(id="a", text="Jeg vil klage på ordføreren"), example(id="b", text="Jeg vil klage på vedtaket")]
    assert find_duplicates(pair) == []


def test_seven_words_in_a_row_are_a_frame_whatever_the_numbers() -> None:
    pair = [
        example(id="a", text="Nå har vi ventet i 14 uker på svar om plassen"),
        example(id="b", text="Som sagt har vi ventet i 3 uker på svar, og bilen står"),
    ]
    assert find_duplicates(pair) == [Duplicate("frame", "a", "b")]


def test_texts_that_are_nearly_the_same_are_duplicates() -> None:
    pair = [
        example(id="a", text="Bussen til Nordvik kom aldri i dag, og ingen på ruteselskapet svarte"),
        example(id="b", text="Båten til Nordvik kom aldri i går, og ingen ved ruteselskapet svarte"),
    ]
    assert find_duplicates(pair) == [Duplicate("near", "a", "b")]


def test_examples_are_counted_by_file_and_label() -> None:
    found = counts([example(id="a"), example(id="b", topics=[], lang="nn")])
    assert found["file"] == {"prove": 2}
    assert found["lang"] == {"nb": 1, "nn": 1}
    assert found["topics"] == {"kultur-idrett-og-fritid": 1, "-": 1}


def test_two_texts_without_words_are_no_duplicates_unless_they_are_the_same() -> None:
    assert find_duplicates([example(id="a", text="😀"), example(id="b", text="😡")]) == []
    assert find_duplicates([example(id="a", text="😀"), example(id="b", text="😀")]) == [Duplicate("text", "a", "b")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "example_not_json"),
        ("[1]", "example_not_json"),
        (json.dumps({key: value for key, value in ROW.items() if key != "stance"}), "example_key_missing"),
        (json.dumps({**ROW, "id": ""}), "example_bad_value"),
        (json.dumps({**ROW, "conflict": 4}), "example_bad_value"),
        (json.dumps({**ROW, "conflict": True}), "example_bad_value"),
        (json.dumps({**ROW, "conflict": "0"}), "example_bad_value"),
        (json.dumps({**ROW, "topics": ["fotball"]}), "example_bad_value"),
        (json.dumps({**ROW, "topics": ["naring", "naring"]}), "example_bad_value"),
        (json.dumps({**ROW, "topics": "naring"}), "example_bad_value"),
        (json.dumps({**ROW, "text": None}), "example_bad_value"),
        (json.dumps({**ROW, "author_bio": 3}), "example_bad_value"),
        ("[" * 100_000, "example_not_json"),
        (json.dumps({**ROW, "lang": ["nb"]}), "example_bad_value"),
    ],
)
def test_a_bad_line_is_named_by_file_and_line(tmp_path: Path, line: str, code: str) -> None:
    (tmp_path / "prove.jsonl").write_text(f"{json.dumps(ROW)}\n\n{line}\n", "utf-8")
    with pytest.raises(ExampleError) as caught:
        read_examples(tmp_path)
    assert caught.value.code == code
    assert caught.value.details["file"] == "prove.jsonl"
    assert caught.value.details["line"] == "3"
    assert "prove.jsonl" in str(caught.value)


def test_what_is_empty_counts_as_left_out_and_other_keys_do_no_harm() -> None:
    assert example(author_bio="", in_reply_to_text=None, mood="glad") == example()


def test_a_post_needs_no_labels_and_no_words() -> None:
    assert parse_post('{"id": "1", "text": ""}', {}) == ("1", PostText(""))


def test_the_shipped_examples_leave_out_what_is_empty() -> None:
    known = {"id", "platform", "author_handle", "author_name", "author_bio", "in_reply_to_text", "text"}
    known |= {"lang", "topics", "conflict", "actor", "stance", "intent"}
    for path in FOLDER.glob("**/*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            assert not set(row) - known, row["id"]
            assert all(value or name in ("topics", "conflict") for name, value in row.items()), row["id"]


def test_the_files_name_and_the_profile_are_kept(tmp_path: Path) -> None:
    row = {**ROW, "author_name": "Kari Prøve", "in_reply_to_text": "Velkommen!"}
    (tmp_path / "bad.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    (read,) = read_examples(tmp_path)
    assert read.file == "bad"
    assert read.post.author_name == "Kari Prøve"
    assert read.post.in_reply_to_text == "Velkommen!"
    assert read.topics == ("kultur-idrett-og-fritid",)


def test_stratified_folds_share_out_every_example_once(examples: list[Example]) -> None:
    folds = stratified_folds(examples, 5)
    assert sorted(at for fold in folds for at in fold) == list(range(len(examples)))
    for fold in folds:
        assert {examples[at].file for at in fold} == {example.file for example in examples}


def test_stratified_folds_depend_on_the_seed_alone(examples: list[Example]) -> None:
    assert stratified_folds(examples, 5, seed=1) == stratified_folds(examples, 5, seed=1)
    assert stratified_folds(examples, 5, seed=1) != stratified_folds(examples, 5, seed=2)


def test_file_folds_hold_whole_files_and_are_about_as_large(examples: list[Example]) -> None:
    folds = file_folds(examples)
    assert sorted(at for fold in folds for at in fold) == list(range(len(examples)))
    files = [{examples[at].file for at in fold} for fold in folds]
    assert sum(map(len, files)) == len(set().union(*files))
    assert max(map(len, folds)) < 1.3 * min(map(len, folds))


def test_a_tenth_of_at_least_six_thousand_examples_is_kept_apart(examples: list[Example]) -> None:
    test = read_examples(TEST_FOLDER)
    assert len(examples) + len(test) >= 6_000
    assert len(test) >= (len(examples) + len(test)) // 10
    assert not {example.file for example in test} & {example.file for example in examples}


def test_the_fingerprint_follows_the_content_and_not_the_order() -> None:
    one, other = example(id="a"), example(id="b")
    assert fingerprint([one, other]) == fingerprint([other, one])
    assert fingerprint([one, other]) != fingerprint([one, example(id="b", conflict=1)])
