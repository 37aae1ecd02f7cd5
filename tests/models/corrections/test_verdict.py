"""The one fact that a post is held against in the end, and whether it needs a correction."""

from __future__ import annotations

from datetime import UTC, datetime

from models.corrections import Matcher
from models.corrections.verdict import Verdict, verdict, verdicts
from models.labels import SURE_CONTRADICTION, Fact, FactMatch

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
HALL = Fact("hall", "Svømmehallen på Tangen er gratis for barn under 16 år.", valid_to="2026-12-31")
FERRY = Fact("ferry", "Ferja til Tangholmen bruker 12 minutter.")
SURE, UNSURE = SURE_CONTRADICTION + 0.1, SURE_CONTRADICTION - 0.1


def match(fact_id: str, relation: str, score: float = 0.0, holds: bool = True) -> FactMatch:
    return FactMatch(fact_id, relation, score, holds=holds)


def test_the_fact_that_needs_a_correction_goes_before_the_one_most_spoken_of() -> None:
    wrong, spoken_of = match("wrong", "contradicts", SURE), match("spoken of", "states", 0.1)
    assert verdict(spoken_of, [wrong, spoken_of]) == Verdict("wrong", "contradicts", SURE, True)


def test_a_contradiction_that_is_not_sure_enough_is_scored_and_not_flagged() -> None:
    spoken_of = match("spoken of", "states", 0.1)
    assert verdict(spoken_of, [match("wrong", "contradicts", UNSURE), spoken_of]) == Verdict(
        "spoken of", "states", UNSURE, False
    )


def test_what_contradicts_nothing_has_the_chance_that_it_does() -> None:
    states, unrelated = match("f", "states", 0.3), match("f", "unrelated", 0.2)
    assert verdict(states, [states]) == Verdict("f", "states", 0.3, False)
    assert verdict(unrelated, []) == Verdict("f", "unrelated", 0.2, False)


def test_a_contradiction_that_another_fact_explains_has_no_chance() -> None:
    explained = match("f", "contradicts", 0.9)
    assert verdict(explained, []).score == 0.0


def test_a_post_that_is_near_no_fact_is_unrelated() -> None:
    assert verdict(None, []) == Verdict(None, "unrelated", 0.0, False)


def test_a_fact_that_did_not_hold_is_told_and_never_flagged() -> None:
    past = match("past", "contradicts", 0.0, holds=False)
    assert verdict(past, [past]) == Verdict("past", "contradicts", 0.0, False)


def test_a_fact_that_did_not_hold_gives_way_to_one_that_did() -> None:
    past, now = match("past", "contradicts", 0.0, holds=False), match("now", "states", 0.1)
    assert verdict(past, [now]) == Verdict("now", "states", 0.1, False)


def test_posts_get_what_the_matcher_makes_of_each() -> None:
    matcher = Matcher([HALL, FERRY])
    posts = [
        ("Barn må betale 60 kroner for å bade i svømmehallen på Tangen.", "nb", NOON),
        ("Ferja til Tangholmen bruker tolv minutter.", "nb", NOON),
        ("Barn må betale 60 kroner for å bade i svømmehallen på Tangen.", "nb", NOON.replace(year=2027)),
        ("😀", "und", NOON),
    ]
    found = verdicts(matcher, posts)
    assert found == [verdict(matcher.best(*post), matcher.match([post])[0]) for post in posts]
    assert [given.fact_id for given in found] == ["hall", "ferry", "hall", None]
    assert (found[2].score, found[2].needs_correction) == (0.0, False)
    assert all(given.needs_correction == (given.score >= SURE_CONTRADICTION) for given in found)
    assert verdicts(matcher, []) == []
