"""Storing what polls bring: nothing lost, nothing twice, what a post said before is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.post import Author, Source
from data import listening, posts, sources
from data.posts import Stored, fold, oslo_day
from data.store import Store, rows
from tests.builders import KARI, NOW, SCHOOL, collected, keep, post

LATER = NOW + timedelta(hours=1)


def held(store: Store, native_id: str, **more: Any) -> listening.PostView:
    with store.read() as cursor:
        view = listening.post(cursor, post(native_id, **more).post_id)
    assert view
    return view


def said_before(store: Store, native_id: str, **more: Any) -> list[str]:
    with store.read() as cursor:
        return [version["text"] for version in listening.versions(cursor, post(native_id, **more).post_id)]


def table(store: Store, sql: str) -> list[dict[str, Any]]:
    with store.read() as cursor:
        return rows(cursor, sql)


def test_a_new_post_is_held_as_it_came(store: Store) -> None:
    written = post(
        "1",
        "Skolen er\nstengt",
        title="Nytt",
        url="https://torget.example.no/1",
        kind="reply",
        parent_native_id="0",
        published_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
        published_quality="date_only",
        edited_at=NOW,
        hashtags=("skole",),
    )
    assert keep(store, collected(written, ("skole", "vann"), ("skole",))) == Stored(new=1)
    view = held(store, "1")
    for name in ("title", "text", "url", "kind", "parent_id", "published_at", "published_quality", "edited_at"):
        assert getattr(view, name) == getattr(written, name)
    assert (view.author_handle, view.author_name, view.author_bio) == (KARI.handle, KARI.name, KARI.bio)
    assert (view.listening_posts, view.terms, view.revision) == (("skole", "vann"), ("skole",), 1)
    assert table(store, "SELECT day, hashtags, first_seen_at FROM post") == [
        {"day": date(2026, 11, 21), "hashtags": ["skole"], "first_seen_at": NOW}
    ]


def test_nothing_to_store_stores_nothing(store: Store) -> None:
    assert keep(store) == Stored()


def test_the_same_batch_again_changes_nothing(store: Store) -> None:
    batch = [post("1", "En"), post("2", "To")]
    keep(store, *batch)
    before = table(store, "SELECT * FROM post ORDER BY post_id")
    seen_again = [replace(item, fetched_at=LATER) for item in batch]
    assert keep(store, *seen_again, now=LATER) == Stored()
    assert table(store, "SELECT * FROM post ORDER BY post_id") == before
    assert table(store, "SELECT matched_at FROM post_match") == [{"matched_at": NOW}] * 2
    assert said_before(store, "1") == []


def test_an_edited_post_keeps_what_it_said_before(store: Store) -> None:
    keep(store, post("1", "Skolen stenger", title="Gammel"))
    edited = post("1", "Skolen åpner", title="Ny", fetched_at=LATER, url="https://torget.example.no/ny")
    assert keep(store, edited, now=LATER) == Stored(edited=1)
    view = held(store, "1")
    assert (view.title, view.text, view.revision, view.edited_at) == ("Ny", "Skolen åpner", 2, LATER)
    assert view.url == "https://torget.example.no/ny"
    assert table(store, "SELECT revision, title, text, replaced_at FROM post_version") == [
        {"revision": 1, "title": "Gammel", "text": "Skolen stenger", "replaced_at": LATER}
    ]


def test_the_platforms_own_time_of_editing_is_kept(store: Store) -> None:
    keep(store, post("1", "Før"))
    keep(store, post("1", "Etter", edited_at=NOW - timedelta(minutes=5), fetched_at=LATER))
    assert held(store, "1").edited_at == NOW - timedelta(minutes=5)


def test_a_post_edited_back_and_forth_keeps_every_version(store: Store) -> None:
    for text in ("A", "B", "A", "A", "C"):
        keep(store, post("1", text))
    assert said_before(store, "1") == ["A", "B", "A"]
    assert (held(store, "1").text, held(store, "1").revision) == ("C", 4)


def test_edits_in_one_transaction_are_kept_too(store: Store) -> None:
    def work(cursor: Any) -> None:
        for text in ("A", "B", "C"):
            posts.store(cursor, [collected(post("1", text, hashtags=(text.lower(),)), ())], (), NOW)

    store.write(work)
    assert said_before(store, "1") == ["A", "B"]


def test_of_two_posts_with_one_id_the_last_holds_for_the_reasons_of_both(store: Store) -> None:
    first, last = (
        collected(post("1", "Først"), ("skole",), ("a",)),
        collected(post("1", "Sist"), ("skole", "vann"), ("b",)),
    )
    assert keep(store, first, last) == Stored(new=1)
    view = held(store, "1")
    assert (view.text, view.revision, view.listening_posts, view.terms) == ("Sist", 1, ("skole", "vann"), ("a", "b"))


def test_posts_of_two_places_with_the_same_native_id_are_two(store: Store) -> None:
    assert keep(store, post("1", namespace="a"), post("1", namespace="b"), post("1", platform="feed")).new == 3


def test_an_author_is_brought_up_to_date_and_held_once(store: Store) -> None:
    keep(store, post("1"), post("2"))
    keep(store, post("3", author=replace(KARI, handle="@kari2", bio="Ny profil")))
    assert len(table(store, "SELECT * FROM author")) == 1
    assert (held(store, "1").author_handle, held(store, "1").author_bio) == ("@kari2", "Ny profil")


def test_a_post_without_an_author_is_held(store: Store) -> None:
    keep(store, post("1", author=None))
    assert held(store, "1").author_handle == ""


def test_reasons_for_holding_a_post_are_added_and_none_is_lost(store: Store) -> None:
    keep(store, collected(post("1", "Skole"), ("skole",), ("skole",)))
    keep(store, collected(post("1", "Vann"), ("vann",), ("vann",)), now=LATER)
    assert table(store, "SELECT listening_post, purpose, terms, matched_at FROM post_match ORDER BY 1") == [
        {"listening_post": "skole", "purpose": "Følge debatten om skolen", "terms": ["skole"], "matched_at": NOW},
        {"listening_post": "vann", "purpose": "Følge med på drikkevannet", "terms": ["vann"], "matched_at": LATER},
    ]


def test_the_listening_posts_of_posts(store: Store) -> None:
    keep(store, collected(post("1"), ("vann", "skole")), collected(post("2"), ("vann",)))
    with store.read() as cursor:
        found = posts.listening_posts_of(cursor, (post(n).post_id for n in ("1", "2", "3")))
        assert posts.listening_posts_of(cursor, []) == {}
        assert posts.count(cursor) == 2
    assert found == {post("1").post_id: ("skole", "vann"), post("2").post_id: ("vann",)}


@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "ends in \udfff", "a\x00b", "\U0001f600 emoji", ""])
def test_text_that_no_encoding_holds_does_not_stop_a_batch(store: Store, text: str) -> None:
    strange = post(text or "tom", text, title=text, author=replace(KARI, name=text), hashtags=(text,))
    assert keep(store, collected(strange, terms=(text,)), post("2")).new == 2
    assert keep(store, strange) == Stored()
    with store.read() as cursor:
        view = listening.post(cursor, strange.post_id)
    assert view
    assert len(view.text) == len(text)
    assert view.text == text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T22:59:00", date(2026, 3, 28)),
        ("2026-03-28T23:00:00", date(2026, 3, 29)),
        ("2026-03-29T21:59:00", date(2026, 3, 29)),
        ("2026-03-29T22:00:00", date(2026, 3, 30)),
        ("2026-10-24T21:59:00", date(2026, 10, 24)),
        ("2026-10-24T22:00:00", date(2026, 10, 25)),
        ("2026-10-25T22:59:00", date(2026, 10, 25)),
        ("2026-10-25T23:00:00", date(2026, 10, 26)),
    ],
)
def test_days_are_norwegian_also_when_the_clock_changes(moment: str, day: date) -> None:
    assert oslo_day(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == day


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 1), 24)])
def test_a_day_has_the_hours_that_it_has_in_norway(store: Store, day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    keep(store, *(post(str(h), published_at=start + timedelta(hours=h)) for h in range(72)))
    with store.read() as cursor:
        assert listening.totals(cursor, listening.Filter(day, day)).posts == hours


def test_a_time_of_another_zone_is_the_same_moment(store: Store) -> None:
    local = datetime(2026, 11, 21, 0, 30, tzinfo=posts.OSLO)
    keep(store, post("1", published_at=local))
    assert held(store, "1").published_at == local
    assert table(store, "SELECT day FROM post") == [{"day": date(2026, 11, 21)}]


@pytest.mark.parametrize(
    ("text", "found_by"),
    [("SKOLEN på Øya", "skolen på øya"), ("Skolen\n  på øya", "skolen på øya"), ("Ma\u030altid", "måltid"), ("  ", "")],
)
def test_text_is_folded_for_search(text: str, found_by: str) -> None:
    assert fold(text) == found_by


SEEN = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["Ja", "Nei", "Ja!"]),
        st.sets(st.sampled_from(["skole", "vann"]), min_size=1).map(sorted),
    ),
    max_size=8,
)
names = count()


def batches(store: Store, place: str, seen: Sequence[tuple[str, str, list[str]]]) -> Stored:
    return keep(store, *(collected(post(name, text, namespace=place), to) for name, text, to in seen))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(SEEN, min_size=1, max_size=4))
def test_however_polls_are_cut_the_posts_are_the_same_and_versions_are_real_changes(
    store: Store, parts: list[list[tuple[str, str, list[str]]]]
) -> None:
    cut, whole = f"cut{next(names)}", f"whole{next(names)}"
    expected: dict[str, list[str]] = {}
    for part in parts:
        stored = batches(store, cut, part)
        last = {name: text for name, text, _ in part}
        assert stored.new == len(last.keys() - expected.keys())
        assert stored.edited == sum(name in expected and expected[name][-1] != text for name, text in last.items())
        for name, text in last.items():
            expected.setdefault(name, []).append(text)
    everything = [seen for part in parts for seen in part]
    batches(store, whole, everything)
    with store.read() as cursor:
        views = listening.posts(cursor, [post(n, namespace=place).post_id for n in expected for place in (cut, whole)])
    for (name, texts), a, b in zip(expected.items(), *(list(views.values())[i::2] for i in (0, 1)), strict=True):
        changes = [text for text, _ in groupby(texts)]
        assert (a.text, a.revision, a.listening_posts) == (texts[-1], len(changes), b.listening_posts)
        assert b.text == texts[-1]
        assert len(changes) == 1 or said_before(store, name, namespace=cut) == changes[:-1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), cuts=st.sets(st.integers(1, 11)), chance=st.randoms(use_true_random=False))
def test_unchanged_posts_may_come_in_any_order_and_any_number_of_times(
    store: Store, order: list[int], cuts: set[int], chance: Any
) -> None:
    place = f"any{next(names)}"
    again = list(order)
    chance.shuffle(again)
    seen = [(str(n), f"Innlegg {n}", ["skole"]) for n in [*order, *again]]
    edges = [0, *sorted(cuts), len(seen)]
    stored = [batches(store, place, seen[start:end]) for start, end in pairwise(edges)]
    assert sum(s.new for s in stored) == 6
    assert sum(s.edited for s in stored) == 0
    with store.read() as cursor:
        views = listening.posts(cursor, [post(str(n), namespace=place).post_id for n in range(6)])
    assert [(v.text, v.revision) for v in views.values()] == [(f"Innlegg {n}", 1) for n in range(6)]


def test_an_author_of_another_platform_is_another(store: Store) -> None:
    keep(store, post("1"), post("2", author=Author("bluesky", "kari", "@kari")))
    assert len(table(store, "SELECT * FROM author")) == 2


def test_a_source_that_tells_less_of_an_author_takes_nothing_away(store: Store) -> None:
    keep(store, post("1"))
    keep(store, post("2", author=Author(KARI.platform, KARI.native_id, KARI.handle)))
    with store.read() as cursor:
        assert cursor.execute("SELECT name, bio FROM author").fetchall() == [(KARI.name, KARI.bio)]


def test_another_sources_rendering_of_a_post_is_no_edit(store: Store) -> None:
    keep(store, post("1", "Hei"))
    assert keep(store, post("1", "Hei!", source="en annen")).edited == 0
    assert keep(store, post("1", "Hei på deg")).edited == 1


def test_a_feed_that_renames_its_items_at_every_poll_brings_nothing_twice(store: Store) -> None:
    item: dict[str, Any] = {"platform": "feed", "url": "https://avis.example.no/1", "published_raw": "lør, 21 nov"}
    assert keep(store, post("1", "Hei", **item)).new == 1
    assert keep(store, post("2", "Hei", **item)).new == 0
    assert keep(store, post("3", "Hei, igjen", **item)).new == 1
    assert keep(store, post("4", "Hei", **item | {"published_raw": "søn, 22 nov"})).new == 1
    with store.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM post_match").fetchone() == (3,)


def test_two_undated_items_with_the_same_words_and_no_address_are_two(store: Store) -> None:
    for name in ("1", "2"):
        assert keep(store, post(name, "Hei", platform="feed")).new == 1


def test_a_post_that_flips_keeps_its_first_versions_and_counts_on(store: Store) -> None:
    for n in range(posts.MOST_VERSIONS + 8):
        keep(store, post("1", ("Ja", "Nei")[n % 2]))
    assert len(said_before(store, "1")) == posts.MOST_VERSIONS
    view = held(store, "1")
    assert (view.text, view.revision) == ("Nei", posts.MOST_VERSIONS + 8)


def test_what_is_gone_does_not_take_the_rest_of_a_batch_with_it(store: Store) -> None:
    keep(store, post("1", "Borte"))
    store.write(lambda c: c.execute("UPDATE post SET state = 'gone', text = ''"))
    assert keep(store, post("1", "Borte"), post("2"), now=LATER) == Stored(new=1)
    assert keep(store, post("1", "Borte")) == Stored()
    assert table(store, "SELECT text FROM post WHERE state = 'gone'") == [{"text": ""}]


# One post from several sources


def test_an_edit_is_not_lost_where_a_copy_comes_in_the_same_batch(store: Store) -> None:
    keep(store, post("1", "Før"))
    edit, copy = post("1", "Etter"), post("1", "Etter", source="annen")
    assert keep(store, edit, copy).edited == 1
    with store.read() as cursor:
        assert cursor.execute("SELECT text, source FROM post").fetchall() == [("Etter", "torget")]


def test_a_post_that_came_by_hand_belongs_to_the_source_that_brings_it_later(store: Store) -> None:
    live = Source("torget", "https://torget.example.no", "mastodon")
    store.write(lambda cursor: sources.configure(cursor, [live], [SCHOOL]))
    store.write(lambda cursor: sources.add_import(cursor, "fil", "Fil"))
    keep(store, post("1", "Før", source="fil"))
    assert keep(store, post("1", "Etter", server_id="17")).edited == 1
    with store.read() as cursor:
        assert cursor.execute("SELECT source, server_id, text FROM post").fetchall() == [("torget", "17", "Etter")]


def test_a_post_of_a_source_that_is_polled_stays_there(store: Store) -> None:
    both = [Source(name, f"https://{name}.example.no", "mastodon") for name in ("torget", "annen")]
    store.write(lambda cursor: sources.configure(cursor, both, [SCHOOL]))
    keep(store, post("1", "Hei"))
    keep(store, post("1", "Hei", source="annen"))
    with store.read() as cursor:
        assert cursor.execute("SELECT source FROM post").fetchall() == [("torget",)]


def test_a_new_reason_reaches_an_item_that_its_feed_has_renamed(store: Store) -> None:
    item = post("guid-1", "Hei", platform="feed", url="https://torget.example.no/1", published_raw="i dag")
    keep(store, item)
    keep(store, collected(replace(item, native_id="guid-2"), ["vann"]))
    with store.read() as cursor:
        assert posts.count(cursor) == 1
        assert posts.listening_posts_of(cursor, [item.post_id]) == {item.post_id: ("skole", "vann")}
