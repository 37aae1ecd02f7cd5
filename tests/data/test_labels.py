"""Which posts wait for labels, and what of them the classifier is given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data import labels, listening
from data.labels import ToLabel
from data.listening import Filter, PostView
from data.store import Cursor, Store
from models.labels import Labels
from tests.builders import KARI, NOW, TODAY, keep, label, post


def waiting(store: Store, model: str = "m1", limit: int = 100) -> list[ToLabel]:
    with store.read() as cursor:
        return labels.waiting(cursor, model, limit)


def test_a_new_post_waits_until_it_is_labelled(store: Store) -> None:
    keep(store, post("1"))
    assert [p.post_id for p in waiting(store)] == [post("1").post_id]
    label(store, post("1"))
    assert waiting(store) == []


def test_an_edited_post_waits_anew(store: Store) -> None:
    keep(store, post("1", "Før"))
    label(store, post("1", "Før"))
    keep(store, post("1", "Etter"))
    assert [p.text.text for p in waiting(store)] == ["Etter"]


def test_a_post_edited_while_it_was_labelled_waits_anew(store: Store) -> None:
    keep(store, post("1", "Før"))
    keep(store, post("1", "Etter"))
    label(store, post("1", "Før"))
    assert [p.text.text for p in waiting(store)] == ["Etter"]


def test_all_posts_wait_for_a_new_model(store: Store) -> None:
    keep(store, post("1"), post("2"))
    label(store, post("1"))
    label(store, post("2"))
    assert len(waiting(store, "m2")) == 2


def test_the_newest_come_first_and_no_more_than_asked_for(store: Store) -> None:
    keep(store, *(post(str(n), published_at=NOW - timedelta(minutes=n * 7 % 10)) for n in range(10)))
    found = waiting(store, limit=4)
    assert [p.post_id for p in found] == [post(n).post_id for n in ("0", "3", "6", "9")]


def test_the_classifier_is_given_the_author_and_the_text_that_is_answered(store: Store) -> None:
    keep(store, post("1", "Hvor er skolen?"), post("2", "Her", title="Svar", parent_native_id="1"))
    text = next(p.text for p in waiting(store) if p.text.title)
    assert (text.text, text.in_reply_to_text, text.platform) == ("Her", "Hvor er skolen?", "mastodon")
    assert (text.author_handle, text.author_name, text.author_bio) == (KARI.handle, KARI.name, KARI.bio)


def test_a_post_without_author_that_answers_one_we_do_not_hold_waits_too(store: Store) -> None:
    keep(store, post("2", author=None, parent_native_id="1"))
    [found] = waiting(store)
    assert (found.text.author_handle, found.text.in_reply_to_text) == ("", "")


def test_labels_are_kept_whole_in_place_of_earlier_ones(store: Store) -> None:
    keep(store, post("1"))
    label(store, post("1"), conflict=0)
    said = {"lang": "nn", "topics": ("arbeid", "naring"), "conflict": 3, "actor": "media", "stance": "opponent"}
    label(store, post("1"), **said, intent="claim", scores={"conflict": 0.123456}, model_version="m2")
    with store.read() as cursor:
        view = listening.post(cursor, post("1").post_id)
    assert view
    assert {name: getattr(view, name) for name in said} == said
    assert (view.intent, view.scores, view.model_version) == ("claim", {"conflict": 0.1235}, "m2")


def test_a_batch_may_be_labelled_twice_in_one_transaction(store: Store) -> None:
    keep(store, post("1"), post("2"))
    batch = waiting(store)
    said = [Labels("nb", ("arbeid",), level, "citizen", "neutral", "other", {}, "m1") for level in (1, 2)]

    def work(cursor: Cursor) -> None:
        labels.save(cursor, batch, said, NOW)
        labels.save(cursor, batch, said[::-1], NOW)

    store.write(work)
    assert waiting(store) == []


def test_what_is_gone_meanwhile_is_not_labelled(store: Store) -> None:
    item = post("1", "Hei")
    keep(store, item)
    store.write(lambda cursor: cursor.execute("UPDATE post SET state = 'gone'"))
    label(store, item)
    with store.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM label").fetchone() == (0,)


# What people decide


def decide(store: Store, native_id: str, name: str, value: str | None, by: str = "Kari Redaktør") -> None:
    store.write(lambda cursor: labels.decide(cursor, post(native_id).post_id, name, value, by, NOW))


def view(store: Store, native_id: str = "1") -> PostView:
    with store.read() as cursor:
        found = listening.post(cursor, post(native_id).post_id)
    assert found
    return found


def labelled(store: Store, **more: object) -> None:
    keep(store, post("1"))
    label(store, post("1"), **more)


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("conflict", "2", 2),
        ("actor", "media", "media"),
        ("stance", "opponent", "opponent"),
        ("intent", "complaint", "complaint"),
        ("lang", "nn", "nn"),
    ],
)
def test_what_a_person_decides_holds_and_can_be_given_back(store: Store, name: str, value: str, held: object) -> None:
    labelled(store)
    before = getattr(view(store), name)
    decide(store, "1", name, value)
    assert (getattr(view(store), name), view(store).decided) == (held, (name,))
    decide(store, "1", name, None)
    assert (getattr(view(store), name), view(store).decided) == (before, ())


def test_topics_are_decided_on_one_by_one(store: Store) -> None:
    labelled(store, topics=("arbeid", "naring"))
    decide(store, "1", "topic:arbeid", "no")
    decide(store, "1", "topic:var-bru", "yes")
    assert view(store).topics == ("naring", "var-bru")
    decide(store, "1", "topic:arbeid", None)
    assert view(store).topics == ("arbeid", "naring", "var-bru")


def test_labelling_anew_changes_nothing_that_a_person_decided(store: Store) -> None:
    labelled(store, topics=("arbeid",), conflict=0)
    decide(store, "1", "conflict", "3")
    decide(store, "1", "topic:arbeid", "no")
    label(store, post("1"), topics=("arbeid", "naring"), conflict=1, stance="supporter", model_version="m2")
    held = view(store)
    assert (held.conflict, held.topics, held.stance, held.model_version) == (3, ("naring",), "supporter", "m2")
    decide(store, "1", "conflict", None)
    assert view(store).conflict == 1


def test_what_is_decided_counts_everywhere_at_once(store: Store) -> None:
    labelled(store, topics=("arbeid",))
    decide(store, "1", "conflict", "2")
    decide(store, "1", "topic:naring", "yes")
    with store.read() as cursor:
        assert listening.totals(cursor, Filter(TODAY, TODAY, topic="naring")).conflict == 1


def test_each_decision_is_kept_with_who_and_what_the_classifier_said(store: Store) -> None:
    labelled(store, topics=("arbeid",))
    decide(store, "1", "conflict", "2")
    decide(store, "1", "conflict", "1", by="Per Redaktør")
    decide(store, "1", "topic:arbeid", "yes")
    with store.read() as cursor:
        found = labels.decisions(cursor, post("1").post_id)
    assert [(d.label, d.value, d.machine, d.decided_by) for d in found] == [
        ("conflict", "2", "0", "Kari Redaktør"),
        ("conflict", "1", "0", "Per Redaktør"),
        ("topic:arbeid", "yes", "yes", "Kari Redaktør"),
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("conflict", "4"), ("actor", "king"), ("topic:", "yes"), ("topic:arbeid", "maybe"), ("x", "y")]
)
def test_what_a_label_can_not_be_is_refused(store: Store, name: str, value: str) -> None:
    labelled(store)
    with pytest.raises(ValueError, match=value):
        decide(store, "1", name, value)


def test_a_post_without_labels_can_not_be_decided_on(store: Store) -> None:
    keep(store, post("1"))
    with pytest.raises(LookupError):
        decide(store, "1", "conflict", "1")


def test_posts_with_decisions_are_what_a_body_trains_with(store: Store) -> None:
    keep(store, post("1", "Én"), post("2", "To"), post("3", "Tre"))
    for native_id in ("1", "2", "3"):
        label(store, post(native_id, {"1": "Én", "2": "To", "3": "Tre"}[native_id]))
    decide(store, "3", "conflict", "2")
    decide(store, "1", "topic:arbeid", "yes")
    decide(store, "2", "conflict", "2")
    decide(store, "2", "conflict", None)
    with store.read() as cursor:
        found = labels.decided(cursor)
    assert sorted((d.post.text.text, d.conflict, d.topics, d.labels) for d in found) == [
        ("Tre", 2, (), ("conflict",)),
        ("Én", 0, ("arbeid",), ("topic:arbeid",)),
    ]


def test_what_the_classifier_was_not_sure_of_is_kept(store: Store) -> None:
    labelled(store, uncertain=("stance", "topics"), doubt=0.4)
    assert view(store).uncertain == ("stance", "topics")
