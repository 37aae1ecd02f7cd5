"""Which posts contradict a fact, and which only seem to; figures on examples of our own and on the shared set."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.corrections import MATCHES, Lesson, Matcher, reader
from models.corrections.examples import read_registers
from models.corrections.matcher import _one_fact_a_place
from models.corrections.verdict import needs_correction
from models.labels import RELATIONS, SURE_CONTRADICTION, Fact, FactMatch, Span

SHARED = Path(__file__).parents[4] / "shared" / "dev-sets"
NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)

PUPILS = Fact("pupils", "Granlia skole har 84 elever.", known_false_claims=("Granlia skole har bare 20 elever igjen.",))
ISLAND = Fact("island", "Tangholmen er ikke solgt.", known_false_claims=("Tangholmen er solgt til en utbygger.",))
FERRY = Fact(
    "ferry", "Ferja til Tangholmen bruker 12 minutter.", statement_en="The ferry to Tangholmen takes 12 minutes."
)
PERMIT = Fact("permit", "Det er frivillig å bruke Granlia-appen i barnehagen.")
PIECES = (
    "Tangholmen",
    "er",
    "ikke",
    "solgt",
    "20 elever",
    "?",
    ".",
    "Granlia skole",
    "nei",
    "«rykte»",
    "\x00",
    "½",
    "²",
    "1.5.",
)
FACTS = (PUPILS, ISLAND, FERRY, PERMIT)


def best(text: str, facts: Sequence[Fact] = FACTS, at: datetime = NOON) -> FactMatch | None:
    matches = Matcher(facts).match([(text, "nb", at)])[0]
    return matches[0] if matches else None


def relation(text: str) -> str:
    match = best(text)
    return match.relation if match else "unrelated"


@pytest.mark.parametrize(
    "text",
    [
        "Det går bare 20 elever på Granlia skole.",
        "Granlia skole har knapt førti elevar att.",
        "Så vidt jeg vet har Granlia skole 30 elever nå.",
        "Tangholmen er solgt til en utbygger!!",
        "Hvorfor er Tangholmen solgt til en utbygger?",
        "Ferja til Tangholmen bruker over en halvtime.",
        "The ferry to Tangholmen takes 40 minutes.",
        "Det stemmer ikke at det er frivillig å bruke Granlia-appen i barnehagen.",
    ],
)
def test_a_false_claim_in_other_words_contradicts(text: str) -> None:
    assert relation(text) == "contradicts"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Det er ikke sant at Tangholmen er solgt til en utbygger.", "debunks"),
        ("Ryktet om at Tangholmen er solgt til en utbygger er bare tull.", "debunks"),
        ("Nei, Granlia skole har ikke 20 elever. Det er 84.", "debunks"),
        ("Hei! Det er ikke riktig. Tangholmen er ikke solgt.", "debunks"),
        ("Nei, det stemmer ikke. Granlia skole har 84 elever.", "debunks"),
        ("Han påstår at Tangholmen er solgt til en utbygger.", "debunks"),
        ("Stemmer det at Tangholmen er solgt til en utbygger?", "asks"),
        ("Er Tangholmen solgt?", "asks"),
        ("Hvor mange elever har Granlia skole?", "asks"),
        ("Ferja til Tangholmen bruker tolv minutter.", "states"),
        ("Granlia skole har 84 elevar.", "states"),
        ("Tangholmen burde vært solgt til en utbygger for lenge siden.", "unrelated"),
        ("I fjor hadde Granlia skole 60 elever.", "unrelated"),
        ("Nydelig vær på brygga i dag, 20 grader.", "unrelated"),
    ],
)
def test_what_does_not_contradict_is_told_apart(text: str, expected: str) -> None:
    assert relation(text) == expected


def test_the_two_places_that_clash_are_marked() -> None:
    text = "Hørt det? Granlia skole har 20 elever igjen."
    match = best(text)
    assert match is not None
    assert match.in_post is not None
    assert match.in_fact is not None
    assert text[match.in_post.start : match.in_post.end] == "20 elever"
    assert PUPILS.statement_nb[match.in_fact.start : match.in_fact.end] == "84 elever"
    assert match.fact_id == "pupils"
    assert match.matcher_version == Matcher(FACTS).version


def test_a_denial_in_a_sentence_of_its_own_covers_the_post() -> None:
    assert relation("Tangholmen er solgt til en utbygger. Dette stemmer ikke!") == "debunks"


def test_the_reader_has_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Granlia skole har bare 20 elever igjen."
    before = best(text)

    def finds_a_denial(_: reader.Reader, pairs: Sequence[reader.ReaderPair]) -> NDArray[np.float64]:
        return np.log([[0.001, 0.001, 0.001, 0.996, 0.001]] * len(pairs))

    monkeypatch.setattr(reader.Reader, "read", finds_a_denial)
    after = best(text)
    assert before is not None
    assert before.score > SURE_CONTRADICTION
    assert after is None or after.score < SURE_CONTRADICTION


def test_the_reader_is_not_asked_about_what_is_plainly_unrelated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = reader.Reader.read

    def listens(self: reader.Reader, pairs: Sequence[reader.ReaderPair]) -> NDArray[np.float64]:
        asked.extend(pair.post for pair in pairs)
        return read(self, pairs)

    monkeypatch.setattr(reader.Reader, "read", listens)
    texts = ["Granlia skole har bare 20 elever igjen.", "Takk for turen i går, Tangholmen!"]
    Matcher(FACTS).match([(text, "nb", NOON) for text in texts])
    assert asked == texts[:1]


def test_the_same_words_contradict_one_fact_only() -> None:
    found = [
        FactMatch("hearing", "contradicts", 0.8, Span(10, 40)),
        FactMatch("nursery", "contradicts", 0.6, Span(30, 50)),
        FactMatch("ferry", "contradicts", 0.6, Span(50, 60)),
        FactMatch("permit", "states", 0.1, Span(12, 20)),
    ]
    assert [match.fact_id for match in _one_fact_a_place(found)] == ["hearing", "ferry", "permit"]


def test_a_number_that_another_fact_explains_is_no_clash() -> None:
    other = Fact("other", "Lihaug skole har 20 elever.")
    text = "Lihaug skole har 20 elever, Granlia skole er større."
    matches = Matcher((PUPILS, other)).match([(text, "nb", NOON)])[0]
    assert "contradicts" not in {match.relation for match in matches}


@pytest.mark.parametrize(
    ("at", "found"),
    [("2026-05-01", True), ("2026-04-30", False), ("2026-05-31", True), ("2026-06-01", False)],
)
def test_a_fact_counts_only_on_the_days_it_holds(at: str, found: bool) -> None:
    fact = replace(PUPILS, valid_from="2026-05-01", valid_to="2026-05-31")
    match = best("Granlia skole har bare 20 elever.", [fact], datetime.fromisoformat(at + "T10:00:00+00:00"))
    assert match is not None
    assert needs_correction(match) is found


def test_the_day_is_norwegian() -> None:
    fact = replace(PUPILS, valid_from="2026-05-02")
    match = best("Granlia skole har bare 20 elever.", [fact], datetime(2026, 5, 1, 22, 30, tzinfo=UTC))
    assert match is not None
    assert match.holds


def test_an_empty_register_and_empty_texts_match_nothing() -> None:
    assert Matcher([]).match([("Granlia skole har 20 elever", "nb", NOON)]) == [[]]
    assert Matcher([Fact("empty", "")]).match([("Granlia skole", "nb", NOON)]) == [[]]
    assert Matcher(FACTS).match([("", "und", NOON), ("!!! 😀", "und", NOON)]) == [[], []]
    assert Matcher(FACTS).match([]) == []


def test_posts_are_judged_alike_alone_and_in_company() -> None:
    register = read_registers()[0]
    posts = [(post.text, post.lang, post.published_at) for post in register.posts]
    matcher = Matcher(register.facts)
    together = matcher.match(posts)
    assert together[::17] == [matcher.match([post])[0] for post in posts[::17]]


def test_what_was_read_of_a_post_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [("Tangholmen er solgt!", "nb", NOON), ("Det går bare 20 elever på Granlia skole.", "nb", NOON)]
    known: list[reader.Readings] = [{}, {}]
    first = Matcher((PUPILS, ISLAND)).match(posts, known)
    assert known[0]
    assert all(len(logs) == len(RELATIONS) for readings in known for logs in readings.values())
    read: list[reader.ReaderPair] = []
    real = reader.shipped().read
    monkeypatch.setattr(reader.shipped(), "read", lambda pairs: (read.extend(pairs), real(pairs))[1])
    assert Matcher((PUPILS, ISLAND)).match(posts, known) == first
    assert read == []
    with_another = Matcher((PUPILS, ISLAND, FERRY))
    assert with_another.match(posts, known) == with_another.match(posts)


def test_a_fact_that_is_told_in_other_words_is_read_anew() -> None:
    posts = [("Tangholmen er solgt!", "nb", NOON)]
    known: list[reader.Readings] = [{}]
    Matcher([ISLAND]).match(posts, known)
    changed = Matcher([replace(ISLAND, statement_nb="Tangholmen er solgt.", known_false_claims=())])
    assert changed.match(posts, known) == changed.match(posts)
    assert len(known[0]) == 2


def test_a_hostile_text_is_judged_quickly() -> None:
    started = time.process_time()
    for piece in ("Granlia skole har 20 elever, ", "Er Tangholmen solgt? ", "ikke ", "1. ", "a: "):
        Matcher(FACTS).match([(piece * 20_000, "nb", NOON)])
    assert time.process_time() - started < 5


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_gives_sound_matches(words: list[str]) -> None:
    text = " ".join(words)
    matches = Matcher(FACTS).match([(text, "nb", NOON)])[0]
    assert len(matches) <= MATCHES
    for match in matches:
        assert match.relation in RELATIONS
        assert match.relation != "unrelated"
        assert 0 <= match.score <= 1
        assert match.in_post is not None
        assert 0 <= match.in_post.start < match.in_post.end <= len(text)


def test_many_facts_cost_little_more_than_few() -> None:
    """500 facts take at most about twice the time of 50; three times here, as machines vary."""
    register = read_registers()[0]
    facts = register.facts[:15]
    posts = [(post.text, post.lang, post.published_at) for post in register.posts] * 4
    many = [
        replace(f, id=f"{f.id}-{n}", statement_nb=f"{f.statement_nb} Ordning {n}x.") for n in range(34) for f in facts
    ]
    assert seconds(Matcher(many[:500]), posts) < 3 * seconds(Matcher(many[:50]), posts) + 0.2


def test_a_fact_that_did_not_hold_is_told_and_needs_no_correction() -> None:
    fact = replace(PUPILS, valid_to="2026-09-30")
    match = best("Granlia skole har bare 20 elever.", [fact])
    assert match is not None
    assert (match.relation, match.holds, match.score) == ("contradicts", False, 0.0)
    assert not needs_correction(match)


def test_a_fact_that_holds_goes_before_one_that_does_not() -> None:
    earlier = replace(PUPILS, id="earlier", statement_nb="Granlia skole har 60 elever.", valid_to="2026-07-31")
    match = best("Granlia skole har bare 20 elever.", [earlier, PUPILS])
    assert match is not None
    assert match.fact_id == "pupils"


def test_what_was_confirmed_or_dismissed_decides_for_what_says_nearly_the_same() -> None:
    text = "Småskulen på Granlia ligg så godt som øyde no, naboen talde tjue ungar"
    again = "Småskulen på Granlia ligg så godt som øyde no, naboen talde tjue ungar!!"
    confirmed = Matcher([PUPILS], [Lesson("pupils", text, True)]).match([(again, "nn", NOON)])[0]
    dismissed = Matcher([PUPILS], [Lesson("pupils", text, False)]).match([(again, "nn", NOON)])[0]
    assert needs_correction(confirmed[0])
    assert not any(match.relation == "contradicts" for match in dismissed)


def test_a_lesson_on_one_fact_is_none_on_another() -> None:
    text = "Granlia skole har bare 20 elever."
    matches = Matcher(FACTS, [Lesson("island", text, False)]).match([(text, "nb", NOON)])[0]
    assert needs_correction(matches[0])


def test_a_change_of_a_fact_matters_to_posts_that_may_be_about_it() -> None:
    posts = [
        (text, "nb", NOON)
        for text in ("Granlia skole har bare 20 elever.", "Nydelig vær på brygga i dag, 20 grader.", "Granlia er fin.")
    ]
    assert Matcher(FACTS).about(posts, frozenset({"pupils"})) == [True, False, False]
    assert Matcher(FACTS).about(posts, frozenset({"gone"})) == [False, False, False]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sets are not here")
def test_the_shared_set_is_judged_as_promised() -> None:
    """Its posts were looked at while features were chosen, and never trained on."""
    names = {"supports": "states", "question": "asks", "denies_false": "debunks"}
    matcher = Matcher([Fact(row["id"], row["text"]) for row in rows(SHARED / "claims_facts.jsonl")])
    posts = [
        (row["fact"], names.get(row["relation"], row["relation"]), row["text"])
        for row in rows(SHARED / "claims_posts.jsonl")
    ]
    at = datetime(2026, 5, 20, 12, tzinfo=UTC)
    found = [matches[0] if matches else None for matches in matcher.match([(text, "nb", at) for *_, text in posts])]
    flagged = [
        (fact, said) for (fact, said, _), match in zip(posts, found, strict=True) if match and needs_correction(match)
    ]
    right = sum(said == "contradicts" for _, said in flagged)
    others = [said for _, said, _ in posts if said in ("debunks", "states", "asks")]
    assert right / len(flagged) >= 0.90
    assert right / sum(said == "contradicts" for _, said, _ in posts) >= 0.75
    assert sum(said in ("debunks", "states", "asks") for _, said in flagged) / len(others) <= 0.05


def rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines())


def seconds(matcher: Matcher, posts: list[tuple[str, str, datetime]]) -> float:
    started = time.process_time()
    matcher.match(posts)
    return time.process_time() - started
