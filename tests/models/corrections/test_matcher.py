"""Which posts contradict a fact, and which only seem to; figures on examples of our own and on the shared set."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.corrections import MATCHES, Matcher
from models.corrections.matcher import _one_fact_a_place
from models.labels import RELATIONS, Fact, FactMatch, Span

EXAMPLES = Path(__file__).with_name("examples.jsonl")
SHARED = Path(__file__).parents[4] / "shared" / "dev-sets"
NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)

PUPILS = Fact("pupils", "Granlia skole har 84 elever.", known_false_claims=("Granlia skole har bare 20 elever igjen.",))
ISLAND = Fact("island", "Tangholmen er ikke solgt.", known_false_claims=("Tangholmen er solgt til en utbygger.",))
FERRY = Fact("ferry", "Ferja til Tangholmen bruker 12 minutter.")
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
    assert (match is not None) is found


def test_the_day_is_norwegian() -> None:
    fact = replace(PUPILS, valid_from="2026-05-02")
    late = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
    assert best("Granlia skole har bare 20 elever.", [fact], late) is not None


def test_an_empty_register_and_empty_texts_match_nothing() -> None:
    assert Matcher([]).match([("Granlia skole har 20 elever", "nb", NOON)]) == [[]]
    assert Matcher([Fact("empty", "")]).match([("Granlia skole", "nb", NOON)]) == [[]]
    assert Matcher(FACTS).match([("", "und", NOON), ("!!! 😀", "und", NOON)]) == [[], []]
    assert Matcher(FACTS).match([]) == []


def test_posts_are_judged_alike_alone_and_in_company() -> None:
    posts = [(post["text"], post["lang"], at_of(post)) for post in examples("post")]
    matcher = Matcher(register(examples("fact")))
    together = matcher.match(posts)
    assert together[::17] == [matcher.match([post])[0] for post in posts[::17]]


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
    facts = register(examples("fact"))
    posts = [(post["text"], post["lang"], at_of(post)) for post in examples("post")] * 4
    many = [
        replace(f, id=f"{f.id}-{n}", statement_nb=f"{f.statement_nb} Ordning {n}x.") for n in range(34) for f in facts
    ]
    assert seconds(Matcher(many[:500]), posts) < 3 * seconds(Matcher(many[:50]), posts) + 0.2


# --- Figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """Of `needs a correction`: precision and recall with the right fact; flagged of those that debunk, state or ask."""

    precision: float
    recall: float
    others_flagged: float
    right_fact: float


def figures(facts: Sequence[Fact], posts: Sequence[Mapping[str, Any]]) -> Figures:
    results = Matcher(facts).match([(post["text"], post["lang"], at_of(post)) for post in posts])
    pairs = [(post, matches[0] if matches else None) for post, matches in zip(posts, results, strict=True)]
    flagged = [(post, match) for post, match in pairs if match and match.relation == "contradicts"]
    right = [post for post, m in flagged if post["relation"] == "contradicts" and post["fact_id"] == m.fact_id]
    needing = [post for post in posts if post["relation"] == "contradicts"]
    others = [post for post in posts if post["relation"] in ("debunks", "states", "asks")]
    found = [(post, match) for post, match in pairs if match and post["relation"] != "unrelated"]
    return Figures(
        precision=len(right) / len(flagged),
        recall=len(right) / len(needing),
        others_flagged=sum(post["relation"] in ("debunks", "states", "asks") for post, _ in flagged) / len(others),
        right_fact=sum(post["fact_id"] == match.fact_id for post, match in found) / len(found),
    )


@pytest.mark.parametrize(("part", "precision", "recall"), [("tune", 0.88, 0.80), ("held", 0.88, 0.70)])
def test_the_examples_are_judged_well_enough(part: str, precision: float, recall: float) -> None:
    """`held` was kept from tuning; the floors stand a post or two below what was measured."""
    result = figures(register(examples("fact")), [post for post in examples("post") if post["part"] == part])
    assert result.precision >= precision
    assert result.recall >= recall
    assert result.others_flagged <= 0.05
    assert result.right_fact >= 0.95


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sets are not here")
def test_the_shared_set_is_judged_well_enough() -> None:
    names = {"supports": "states", "question": "asks", "denies_false": "debunks"}
    facts = [Fact(row["id"], row["text"]) for row in rows(SHARED / "claims_facts.jsonl")]
    posts = [
        row
        | {
            "fact_id": row["fact"],
            "relation": names.get(row["relation"], row["relation"]),
            "published_at": "2026-05-20T12:00:00+00:00",
        }
        for row in rows(SHARED / "claims_posts.jsonl")
    ]
    result = figures(facts, posts)
    assert result.precision >= 0.90
    assert result.recall >= 0.50
    assert result.others_flagged <= 0.05
    assert result.right_fact >= 0.95


def rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines())


def examples(kind: str) -> list[dict[str, Any]]:
    return [row for row in rows(EXAMPLES) if row["kind"] == kind]


def register(facts: Sequence[Mapping[str, Any]]) -> list[Fact]:
    keys = ("id", "statement_nb", "statement_nn", "valid_from", "valid_to", "reply_nb")
    return [Fact(**{k: f[k] for k in keys}, known_false_claims=tuple(f["known_false_claims"])) for f in facts]


def at_of(post: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(post["published_at"])


def seconds(matcher: Matcher, posts: list[tuple[str, str, datetime]]) -> float:
    started = time.process_time()
    matcher.match(posts)
    return time.process_time() - started
