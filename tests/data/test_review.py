"""What waits for a person, and how often people changed what the classifier said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from data import labels, review
from data.review import Overruled
from data.store import Store
from tests.builders import NOW, keep, label, post


def doubtful(store: Store, native_id: str, doubt: float, uncertain: tuple[str, ...], **more: object) -> None:
    item = post(native_id, f"Tekst {native_id}", **more)
    keep(store, item)
    label(store, item, doubt=doubt, uncertain=uncertain)


def decide(store: Store, native_id: str, name: str, value: str | None, at: datetime = NOW) -> None:
    store.write(lambda cursor: labels.decide(cursor, post(native_id).post_id, name, value, "Kari", at))


def waiting(store: Store) -> list[str]:
    with store.read() as cursor:
        found = [view.text.split()[-1] for view in review.uncertain(cursor, NOW, 10)]
        assert review.uncertain_count(cursor, NOW) == len(found)
        return found


def test_the_least_sure_come_first_and_the_sure_not_at_all(store: Store) -> None:
    doubtful(store, "1", 0.2, ("stance",))
    doubtful(store, "2", 0.6, ("intent",))
    doubtful(store, "3", 0.0, ())
    doubtful(store, "4", 0.9, ("stance",), published_at=NOW - timedelta(days=100))
    assert waiting(store) == ["2", "1"]


def test_a_post_waits_until_all_that_is_uncertain_is_decided(store: Store) -> None:
    doubtful(store, "1", 0.2, ("stance", "topics"))
    decide(store, "1", "stance", "neutral")
    assert waiting(store) == ["1"]
    decide(store, "1", "topic:arbeid", "yes")
    assert waiting(store) == []
    decide(store, "1", "topic:arbeid", None)
    assert waiting(store) == ["1"]
    decide(store, "1", "topics", "confirmed")
    assert waiting(store) == []


def test_the_last_word_on_each_label_counts_by_month(store: Store) -> None:
    doubtful(store, "1", 0.2, ("stance",))
    doubtful(store, "2", 0.2, ("stance",))
    decide(store, "1", "stance", "opponent", datetime(2026, 10, 3, tzinfo=UTC))
    decide(store, "1", "stance", "neutral")  # it was right after all
    decide(store, "2", "stance", "supporter")
    decide(store, "2", "topic:arbeid", "yes")
    decide(store, "2", "conflict", "2")
    decide(store, "2", "conflict", None)
    with store.read() as cursor:
        assert review.overruled(cursor) == [
            Overruled(date(2026, 11, 1), "stance", 2, 1),
            Overruled(date(2026, 11, 1), "topics", 1, 1),
        ]


def test_posts_that_a_new_model_has_not_labelled_are_counted(store: Store) -> None:
    doubtful(store, "1", 0.2, ())
    keep(store, post("2"))
    with store.read() as cursor:
        assert (review.waiting_for_model(cursor, "m1"), review.waiting_for_model(cursor, "m2")) == (1, 2)
