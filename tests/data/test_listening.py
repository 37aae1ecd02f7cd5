"""Counting and paging what was heard: every filter against the same question asked in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.post import Post, Source
from data import listening, posts, sources
from data.listening import Dimension, Filter, Totals
from data.store import Store
from models.labels import ACTORS, INTENTS, LANGUAGES, STANCES, TOPICS
from tests.builders import NOW, SCHOOL, TODAY, WATER, collected, keep, label, post

FIRST = date(2026, 11, 15)
WEEK = Filter(FIRST, TODAY)
TEXTS = (
    "Skolen er stengt i 100 % av tilfellene",
    "Vannet på\nØya smaker RART",
    "It's fine; DROP TABLE post; --",
    "a_b\\c %' OR 1=1 --",
    "Ingenting her",
)
HOSTILE = ("%", "_", "%' OR 1=1", "' OR ''='", "'; DROP TABLE post; --", "$start", "{}", "\x00", "\\", "øya smaker")


class Heard:
    """Sixty posts with chance labels, and the same as plain values to count in Python."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known: list[dict[str, Any]] = []
        chance = random.Random(2)
        store.write(lambda c: sources.configure(c, [Source("avisa", "x", title="Avisa")], [SCHOOL, WATER]))
        for n in range(60):
            at = datetime(2026, 11, 15, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 7))
            written = post(str(n), chance.choice(TEXTS), source=chance.choice(["avisa", "torget"]), published_at=at)
            to = chance.choice([["skole"], ["vann"], ["skole", "vann"]])
            keep(store, collected(written, to))
            said: dict[str, Any] = {}
            if n % 6:
                said = {
                    "lang": chance.choice(LANGUAGES[:3]),
                    "topics": tuple(chance.sample(TOPICS[:4], chance.randrange(3))),
                    "conflict": chance.randrange(4),
                    "actor": chance.choice(ACTORS[:3]),
                    "stance": chance.choice(STANCES),
                    "intent": chance.choice(INTENTS[3:6]),
                }
                label(store, written, **said)
            day = posts.oslo_day(at)
            self.known.append({"id": written.post_id, "day": day, "at": at, "post": written, "to": to, **said})

    def chosen(self, f: Filter) -> list[dict[str, Any]]:
        def fits(k: dict[str, Any]) -> bool:
            return (
                f.start <= k["day"] <= f.end
                and (not f.listening_post or f.listening_post in k["to"])
                and (not f.topic or f.topic in k.get("topics", ()))
                and (not f.conflict or k.get("conflict", -1) >= f.conflict)
                and all(getattr(f, n) in ("", k.get(n)) for n in ("actor", "stance", "intent", "lang"))
                and f.source in ("", k["post"].source)
                and all(word in k["post"].text.lower() for word in f.text.lower().split())
            )

        return sorted((k for k in self.known if fits(k)), key=lambda k: (-k["at"].timestamp(), k["id"]))


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    with Store(":memory:") as store:
        yield Heard(store)


def shown(store: Store, chosen: Filter, number: int = 1, size: int = 100, order: Any = "newest") -> list[str]:
    with store.read() as cursor:
        return [view.post_id for view in listening.page(cursor, chosen, number, size, order)]


def assert_all_agree(heard: Heard, chosen: Filter) -> None:
    """Every query gives what counting in Python gives."""
    expected = heard.chosen(chosen)
    with heard.store.read() as cursor:
        totals = listening.totals(cursor, chosen)
        volume = listening.volume_by_day(cursor, chosen)
        counts = {d: listening.counts(cursor, chosen, d) for d in get_args(Dimension)}
    assert shown(heard.store, chosen) == [k["id"] for k in expected]
    levels = [k.get("conflict", -1) for k in expected]
    assert totals == Totals(
        posts=len(expected),
        conflict=sum(level >= 2 for level in levels),
        escalate=sum(level == 3 for level in levels),
        questions=sum(k.get("intent") == "question" for k in expected),
        sources=len({k["post"].source for k in expected}),
        unlabelled=levels.count(-1),
    )
    by_day = Counter(k["day"] for k in expected)
    conflict = Counter(k["day"] for k in expected if k.get("conflict", 0) >= 2)
    days = [chosen.start + timedelta(days=n) for n in range((chosen.end - chosen.start).days + 1)]
    assert volume == [{"day": day, "posts": by_day[day], "conflict": conflict[day]} for day in days]
    for dimension, found in counts.items():
        values: Counter[str] = Counter()
        for k in expected:
            match dimension:
                case "topics":
                    values.update(k.get("topics", ()))
                case "source":
                    values[k["post"].source] += 1
                case _ if dimension in k:
                    values[str(k[dimension])] += 1
        assert [(row["value"], row["posts"]) for row in found] == sorted(values.items(), key=lambda v: (-v[1], v[0]))


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"listening_post": "vann"},
        {"topic": TOPICS[1]},
        *({"conflict": level} for level in (1, 2, 3)),
        {"actor": ACTORS[0]},
        {"stance": "opponent"},
        {"intent": "question"},
        {"lang": "nn"},
        {"source": "avisa"},
        {"text": "skolen"},
        {"text": "  PÅ øya "},
        {"start": date(2026, 11, 18), "end": date(2026, 11, 18)},
        {"start": TODAY, "end": FIRST},
        {"start": date(2020, 1, 1), "end": date(2020, 1, 3)},
    ],
    ids=str,
)
def test_each_filter_alone(heard: Heard, chosen: dict[str, Any]) -> None:
    assert_all_agree(heard, replace(WEEK, **chosen))


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        Filter,
        start=st.dates(FIRST - timedelta(days=1), TODAY),
        end=st.dates(FIRST, TODAY + timedelta(days=1)),
        listening_post=st.sampled_from(["", "skole", "vann", "ukjent"]),
        topic=st.sampled_from(["", *TOPICS[:3]]),
        conflict=st.integers(0, 3),
        actor=st.sampled_from(["", "", *ACTORS[:2]]),
        stance=st.sampled_from(["", "", *STANCES]),
        intent=st.sampled_from(["", "", "question"]),
        lang=st.sampled_from(["", "", "nb"]),
        source=st.sampled_from(["", "", "avisa"]),
        text=st.sampled_from(["", "", "skolen", *HOSTILE]),
    )
)
def test_filters_combined(heard: Heard, chosen: Filter) -> None:
    assert_all_agree(heard, chosen)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rart vannet", {"1"}),
        ("smaker øya vann", {"1"}),
        ("vannet stengt", set()),
        ('"smaker rart"', {"1"}),
        ('"rart smaker"', set()),
        ("«på øya» rart", {"1"}),
        ("“på  Øya", {"1"}),
        ('""', {"0", "1"}),
        ('"', {"0", "1"}),
        ("stengt stengt", {"0"}),
    ],
)
def test_words_are_found_in_any_order_and_those_in_quotes_as_they_stand(
    store: Store, text: str, found: set[str]
) -> None:
    store.write(lambda c: sources.configure(c, [Source("avisa", "x")], [SCHOOL]))
    for number, said in enumerate(TEXTS[:2]):
        keep(store, collected(post(str(number), said, source="avisa"), ["skole"]))
    ids = {post(number, source="avisa").post_id for number in found}
    assert set(shown(store, replace(WEEK, text=text))) == ids


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_searched_for_as_it_stands(heard: Heard, text: str) -> None:
    with heard.store.read() as cursor:
        found = listening.page(cursor, replace(WEEK, text=text), 1, 100)
    assert {view.post_id for view in found} == {k["id"] for k in heard.chosen(replace(WEEK, text=text))}
    assert len(found) < len(heard.known)


@pytest.mark.parametrize("name", ["listening_post", "topic", "actor", "stance", "intent", "lang", "source"])
def test_a_hostile_value_of_a_filter_finds_nothing(heard: Heard, name: str) -> None:
    for value in ("' OR 1=1 --", "nb'; DROP TABLE post; --"):
        assert shown(heard.store, replace(WEEK, **{name: value})) == []
    assert len(shown(heard.store, WEEK)) == len(heard.known)


def test_an_unknown_dimension_or_order_is_no_sql(heard: Heard) -> None:
    with heard.store.read() as cursor:
        with pytest.raises(KeyError):
            listening.counts(cursor, WEEK, "actor FROM label; DROP TABLE post; --")  # type: ignore[arg-type]
        with pytest.raises(KeyError):
            listening.page(cursor, WEEK, 1, 10, "1; DROP TABLE post")  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["newest", "conflict"])
def test_pages_together_hold_every_post_once(heard: Heard, order: str) -> None:
    pages = [shown(heard.store, WEEK, number, 7, order) for number in range(1, 11)]
    together = [post_id for page in pages for post_id in page]
    assert together == shown(heard.store, WEEK, 1, 100, order)
    assert sorted(together) == sorted(k["id"] for k in heard.known)
    assert pages[9] == []


def test_a_page_before_the_first_is_the_first(heard: Heard) -> None:
    assert shown(heard.store, WEEK, 0, 7) == shown(heard.store, WEEK, -5, 7) == shown(heard.store, WEEK, 1, 7)


def test_by_conflict_the_hottest_come_first_and_the_unlabelled_last(heard: Heard) -> None:
    by_id = {k["id"]: k for k in heard.known}
    found = [by_id[post_id] for post_id in shown(heard.store, WEEK, order="conflict")]
    assert found == sorted(found, key=lambda k: (-k.get("conflict", -1), -k["at"].timestamp(), k["id"]))


def test_posts_are_found_on_their_norwegian_day(store: Store) -> None:
    late, early = datetime(2026, 11, 20, 22, 59, tzinfo=UTC), datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    keep(store, post("1", published_at=late), post("2", published_at=early))
    assert shown(store, Filter(TODAY, TODAY)) == [post("2").post_id]
    assert len(shown(store, Filter(date(2026, 11, 20), TODAY))) == 2


def test_a_post_without_labels_author_or_known_source_is_shown(store: Store) -> None:
    keep(store, post("1", author=None, source="borte"))
    with store.read() as cursor:
        view = listening.post(cursor, post("1").post_id)
    assert view
    assert (view.source_title, view.author_handle, view.conflict, view.topics, view.scores) == (
        "borte",
        "",
        None,
        (),
        {},
    )


def test_posts_come_in_the_order_asked_for_and_those_not_held_are_left_out(store: Store) -> None:
    keep(store, post("1"), post("2"))
    ids = [post(n).post_id for n in ("2", "9", "1", "2")]
    with store.read() as cursor:
        assert list(listening.posts(cursor, ids)) == [ids[0], ids[2]]
        assert listening.posts(cursor, []) == {}
        assert listening.post(cursor, "' OR 1=1") is None


def test_words_that_hit_are_listed_once_and_in_order(store: Store) -> None:
    keep(store, collected(post("1"), ["skole", "vann"], ["vei", "bom", "vei"]))
    with store.read() as cursor:
        view = listening.post(cursor, post("1").post_id)
    assert view
    assert view.terms == ("bom", "vei")


def test_an_empty_store_has_no_first_day(store: Store) -> None:
    with store.read() as cursor:
        assert listening.first_day(cursor) is None
    keep(store, post("1"), post("2", published_at=NOW - timedelta(days=3)))
    with store.read() as cursor:
        assert listening.first_day(cursor) == date(2026, 11, 18)


def reply(native_id: str, to: str, minutes: int, **more: Any) -> Post:
    return post(native_id, parent_native_id=to, published_at=NOW + timedelta(minutes=minutes), **more)


def conversation(store: Store, native_id: str, limit: int = 50) -> list[str]:
    names = {post(str(n)).post_id: str(n) for n in range(600)}
    with store.read() as cursor:
        return [names[view.post_id] for view in listening.thread(cursor, post(native_id).post_id, limit)]


def test_a_thread_is_the_same_from_each_of_its_posts(store: Store) -> None:
    keep(store, post("1"), reply("2", "1", 1), reply("3", "2", 3), reply("4", "1", 2), post("5"), reply("6", "5", 1))
    for native_id in "1234":
        assert conversation(store, native_id) == ["1", "2", "4", "3"]
    assert conversation(store, "6") == ["5", "6"]


def test_a_post_alone_is_its_own_thread_and_one_not_held_has_none(store: Store) -> None:
    keep(store, post("1"))
    assert conversation(store, "1") == ["1"]
    assert conversation(store, "2") == []


def test_answers_to_a_post_that_is_not_held_are_one_thread(store: Store) -> None:
    keep(store, reply("2", "1", 1), reply("3", "1", 2), reply("4", "3", 3), reply("6", "5", 1))
    for native_id in "234":
        assert conversation(store, native_id) == ["2", "3", "4"]


@pytest.mark.parametrize(
    "answers",
    [{"1": "1"}, {"1": "2", "2": "1"}, {"1": "2", "2": "3", "3": "1", "4": "1"}, {"1": "2", "2": "3", "3": "2"}],
    ids=str,
)
def test_posts_that_answer_in_a_circle_are_a_thread(store: Store, answers: dict[str, str]) -> None:
    keep(store, *(reply(name, to, int(name)) for name, to in answers.items()))
    for name in answers:
        assert conversation(store, name) == sorted(answers)


def test_of_a_long_thread_the_post_and_those_next_to_it_are_shown(store: Store) -> None:
    keep(store, post("0"), *(reply(str(n), "0", n) for n in range(1, 400)), reply("500", "399", 500))
    assert conversation(store, "399", 5) == ["0", "1", "2", "399", "500"]


def test_a_deep_thread_is_followed_far_enough(store: Store) -> None:
    keep(store, *(reply(str(n), str(n - 1), n) for n in range(1, 600)))
    assert conversation(store, "300", 4) == ["298", "299", "300", "301"]
    assert len(conversation(store, "300")) == 50


def test_a_question_is_answered_by_who_writes_in_its_thread_later(store: Store) -> None:
    keep(store, post("1"), reply("2", "1", 2), reply("3", "1", 1), reply("4", "", 0), reply("5", "4", 1), post("6"))
    for native_id, actor in {"1": "public_body", "2": "public_body", "5": "media", "6": "public_body"}.items():
        label(store, post(native_id), actor=actor)
    asked = [post(n).post_id for n in "13456"]
    with store.read() as cursor:
        assert listening.answered(cursor, asked) == {post("1").post_id, post("3").post_id}
        assert listening.answered(cursor, asked, "media") == {post("4").post_id}
        assert listening.answered(cursor, []) == set()


def test_listening_posts_come_in_the_order_of_the_configuration(store: Store) -> None:
    store.write(lambda cursor: sources.configure(cursor, [], [WATER, SCHOOL]))
    with store.read() as cursor:
        assert [info.title for info in listening.listening_posts(cursor)] == ["Vann", "Skole"]


def test_what_a_post_said_before_comes_oldest_first(store: Store) -> None:
    for text in ("A", "B", "C"):
        keep(store, post("1", text))
    with store.read() as cursor:
        found = listening.versions(cursor, post("1").post_id)
    assert [(version["revision"], version["text"]) for version in found] == [(1, "A"), (2, "B")]
