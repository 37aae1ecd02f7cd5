"""Comment feeds that could become sources are offered once, until somebody answers."""

from __future__ import annotations

from collectors.post import Polled, Source, SourceState, Suggestion
from data import sources, suggestions
from data.store import Store
from tests.builders import NOW, SCHOOL, keep, post

PAPER = Source("torget", "https://torget.example.no/feed")
COMMENTS = "https://torget.example.no/sak/1/feed"


def offer(store: Store, post_id: str) -> None:
    store.write(lambda cursor: sources.configure(cursor, [PAPER], [SCHOOL]))
    polled = Polled(SourceState("torget"), suggestions=(Suggestion(COMMENTS, "Skolen er stengt", post_id),))
    store.write(lambda cursor: sources.save_extras(cursor, polled, NOW))


def waiting(store: Store) -> list[str]:
    with store.read() as cursor:
        return [found.url for found in suggestions.waiting(cursor)]


def test_the_comments_of_a_kept_post_are_offered_once(store: Store) -> None:
    held = post("1", "Skolen er stengt")
    keep(store, held)
    offer(store, held.post_id)
    offer(store, held.post_id)
    assert waiting(store) == [COMMENTS]


def test_the_comments_of_a_post_that_was_not_kept_are_not_offered(store: Store) -> None:
    offer(store, "unknown")
    assert waiting(store) == []


def test_an_answer_ends_it_and_the_second_answer_is_refused(store: Store) -> None:
    held = post("1", "Skolen er stengt")
    keep(store, held)
    offer(store, held.post_id)
    assert store.write(lambda cursor: suggestions.answer(cursor, COMMENTS, "refused", "Ola Nes", NOW))
    assert not store.write(lambda cursor: suggestions.answer(cursor, COMMENTS, "taken", "Kari Fjord", NOW))
    assert waiting(store) == []


def test_a_feed_that_is_a_source_already_is_not_offered(store: Store) -> None:
    held = post("1", "Skolen er stengt")
    keep(store, held)
    offer(store, held.post_id)
    store.write(lambda cursor: sources.add(cursor, Source("kommentarer", COMMENTS)))
    assert waiting(store) == []
    with store.read() as cursor:
        assert [source.url for source in sources.added(cursor)] == [COMMENTS]


def test_a_source_added_from_the_dashboard_outlives_a_new_configuration_and_can_be_removed(store: Store) -> None:
    store.write(lambda cursor: sources.add(cursor, Source("kommentarer", COMMENTS, title="Kommentarer")))
    store.write(lambda cursor: sources.configure(cursor, [PAPER], [SCHOOL]))
    with store.read() as cursor:
        assert sources.added(cursor) == [Source("kommentarer", COMMENTS, title="Kommentarer")]
    store.write(lambda cursor: sources.remove(cursor, "kommentarer"))
    with store.read() as cursor:
        assert sources.added(cursor) == []
