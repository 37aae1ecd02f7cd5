"""A post that somebody adds by hand is held like any other, with who and why, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data import by_hand, sources
from data.by_hand import AlreadyHeld, ByHand
from data.store import Store
from tests.builders import NOW, SCHOOL, keep, post

ENTRY = ByHand(
    "https://www.facebook.com/elvestrand/posts/1",
    "Skolen er stengt i dag",
    "Kari Fjord",
    NOW - timedelta(hours=3),
    "skole",
    "Delt mye i foreldregruppen",
)


def add(store: Store, entry: ByHand = ENTRY) -> str:
    return store.write(lambda cursor: by_hand.add(cursor, entry, "Lagt inn for hånd", "Ola Nes", NOW))


@pytest.fixture
def listening(store: Store) -> Store:
    store.write(lambda cursor: sources.configure(cursor, [], [SCHOOL]))
    return store


def test_it_is_held_with_its_reason_and_its_purpose(listening: Store) -> None:
    post_id = add(listening)
    with listening.read() as cursor:
        held = cursor.execute("SELECT platform, source, text, url FROM post WHERE post_id = ?", [post_id]).fetchone()
        why = cursor.execute("SELECT added_by, reason FROM added_by_hand WHERE post_id = ?", [post_id]).fetchone()
        match = cursor.execute("SELECT listening_post, purpose FROM post_match").fetchone()
    assert held == ("facebook", "for-haand", "Skolen er stengt i dag", ENTRY.url)
    assert why == ("Ola Nes", "Delt mye i foreldregruppen")
    assert match == ("skole", "Følge debatten om skolen")


def test_the_same_address_twice_is_told(listening: Store) -> None:
    first = add(listening)
    with pytest.raises(AlreadyHeld) as told:
        add(listening, replace(ENTRY, text="Noe annet"))
    assert told.value.post_id == first


def test_a_post_that_a_collector_has_brought_is_not_added_again(listening: Store) -> None:
    tweet = post("1234567890", "Skolen", platform="x", url="https://x.com/i/status/1234567890")
    keep(listening, tweet)
    with pytest.raises(AlreadyHeld) as told:
        add(listening, replace(ENTRY, url="https://twitter.com/kari/status/1234567890?s=20"))
    assert told.value.post_id == tweet.post_id


def test_a_time_in_the_future_is_now(listening: Store) -> None:
    add(listening, replace(ENTRY, published_at=NOW + timedelta(days=2)))
    with listening.read() as cursor:
        assert cursor.execute("SELECT published_at FROM post").fetchone() == (NOW,)


def test_an_unknown_listening_post_is_refused(listening: Store) -> None:
    with pytest.raises(LookupError):
        add(listening, replace(ENTRY, listening_post="vei"))


def test_its_source_stays_when_the_configuration_is_read_again(listening: Store) -> None:
    add(listening)
    listening.write(lambda cursor: sources.configure(cursor, [], [SCHOOL]))
    with listening.read() as cursor:
        assert [s.name for s in sources.overview(cursor, NOW)] == ["for-haand"]
