"""Topics of the body's own: kept, changed, and taken out of use."""

from __future__ import annotations

import pytest

from data import topics
from data.store import Store
from data.topics import MAX_TOPICS, Topic
from tests.builders import NOW

BRIDGE = Topic("ny-bru", "Ny bru", ("brua", "bruprosjekt*"), ("Når kommer brua?",), {"0w=brua": 1.5})


def save(store: Store, topic: Topic) -> None:
    store.write(lambda cursor: topics.save(cursor, topic, "Kari", NOW))


def active(store: Store) -> list[Topic]:
    with store.read() as cursor:
        return topics.active(cursor)


def version(store: Store) -> str:
    with store.read() as cursor:
        return topics.version(cursor)


def test_a_topic_is_read_as_it_was_saved(store: Store) -> None:
    save(store, BRIDGE)
    assert active(store) == [BRIDGE]


def test_every_change_of_the_topics_in_use_is_another_version(store: Store) -> None:
    seen = [version(store)]
    save(store, BRIDGE)
    seen.append(version(store))
    save(store, Topic("ny-bru", "Ny bru", ("brua",)))
    seen.append(version(store))
    assert len(set(seen)) == 3
    store.write(lambda cursor: topics.remove(cursor, "ny-bru", "Kari", NOW))
    assert version(store) == seen[0] == ""
    assert active(store) == []


def test_a_topic_that_is_in_use_no_more_keeps_its_name(store: Store) -> None:
    save(store, BRIDGE)
    store.write(lambda cursor: topics.remove(cursor, "ny-bru", "Kari", NOW))
    with store.read() as cursor:
        assert topics.names(cursor) == {"ny-bru": "Ny bru"}


@pytest.mark.parametrize(
    ("name", "made"), [("Ny bru!", "ny-bru"), ("  Øvre Å-vei  ", "øvre-å-vei"), ("Arbeid", "egen-arbeid"), ("?!", "")]
)
def test_an_id_is_made_of_the_name(name: str, made: str) -> None:
    assert topics.topic_id(name) == made


def test_there_is_an_end_to_the_number_of_topics(store: Store) -> None:
    for number in range(MAX_TOPICS):
        save(store, Topic(f"t{number}", "Tema"))
    save(store, Topic("t1", "Nytt navn"))
    with pytest.raises(ValueError, match="en-til"):
        save(store, Topic("en-til", "En til"))
