"""The same text in several places is one story."""

from __future__ import annotations

from collectors.post import Metrics, Source
from data import listening, sources, stories
from data.store import Store
from tests.builders import NOW, SCHOOL, collected, keep, post

LONG = "Kommunen stenger skolen i Nordbygda fra høsten av, sier rektor"


def told(store: Store) -> list[str]:
    """Four posts of one story from two sources, two that say something else; their ids."""
    store.write(lambda c: sources.configure(c, [Source("avisa", "https://avisa.example.no/", title="Avisa")], [SCHOOL]))
    items = [
        post("1", LONG),
        post("2", f"{LONG}! https://avisa.example.no/1"),
        post("3", LONG.upper(), source="avisa"),
        post("4", "", title=LONG, source="avisa"),
        post("5", "Enig"),
        post("6", "Enig"),
    ]
    keep(store, *items)
    return [item.post_id for item in items]


def test_copies_are_counted_whatever_their_links_signs_and_case(store: Store) -> None:
    ids = told(store)
    with store.read() as cursor:
        assert [view.copies for view in listening.posts(cursor, ids).values()] == [3, 3, 3, 3, 0, 0]


def test_the_posts_of_a_story_come_oldest_first(store: Store) -> None:
    ids = told(store)
    older = post("0", LONG, published_at=NOW.replace(hour=1))
    keep(store, older)
    with store.read() as cursor:
        story = listening.posts(cursor, ids)[ids[0]].story_id
        found = [view.post_id for view in stories.copies(cursor, story)]
        assert found == [older.post_id, *sorted(ids[:4])]
        assert len(stories.copies(cursor, story, limit=2)) == 2


def test_a_post_that_is_edited_becomes_another_story(store: Store) -> None:
    ids = told(store)
    keep(store, post("1", f"{LONG} - det var feil"))
    with store.read() as cursor:
        assert [view.copies for view in listening.posts(cursor, ids[:2]).values()] == [0, 2]


def test_a_post_is_shown_with_how_far_it_has_spread(store: Store) -> None:
    keep(store, collected(post("1", metrics=Metrics(replies=2, views=900))), post("2"))
    with store.read() as cursor:
        found = listening.posts(cursor, [post("1").post_id, post("2").post_id]).values()
    assert [view.metrics for view in found] == [Metrics(replies=2, views=900), Metrics()]
