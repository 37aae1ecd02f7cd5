"""The deletion sweep: who is asked for what and when, what is kept of the answers, and what an export may rely on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.post import Credential, HeldPost, LookedUp, Post, Problem, RawAnswer, Source, SourceState, Spent
from dashboard import digest
from data import listening, posts, raw_answers, sources
from data.store import Store, rows
from lyttepost import sweep
from lyttepost.config import Config
from lyttepost.jobs import Work, now_utc
from lyttepost.leases import Leases
from lyttepost.sweep import BATCH, MOST, Swept
from tests.builders import SCHOOL, collected, keep, post
from tests.servers.youtube import KEY, Comment, Video, YouTube

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
TORGET = Source("torget", "https://torget.example.no/", "mastodon")
PLASSEN = Source("plassen", "https://plassen.example.no/", "mastodon")
AVISA = Source("avisa", "https://avisa.example.no/feed")


@dataclass
class Platform:
    """Answers for what it still has."""

    there: dict[str, Post] = field(default_factory=dict)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    raw: tuple[RawAnswer, ...] = ()
    spent: Spent = field(default_factory=lambda: Spent(1, 2, Decimal("0.5")))
    problem: Problem | None = None
    wait: Callable[[Source], None] = lambda source: None

    def look_up(self, source: Source, held: tuple[HeldPost, ...], errand: Any) -> LookedUp:
        self.asked.append((source.name, [post.native_id for post in held]))
        self.wait(source)
        errand.book(self.spent)
        if self.problem:
            return LookedUp(problem=self.problem, spent=self.spent)
        found = [replace(self.there[h.post_id], fetched_at=errand.now) for h in held if h.post_id in self.there]
        gone = {h.post_id: "http_404" for h in held if h.post_id not in self.there}
        return LookedUp(gone, tuple(found), self.raw, self.spent)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    fake = Platform()
    monkeypatch.setattr(sweep, "look_up", fake.look_up)
    return fake


def work_on(store: Store, *found: Source) -> Work:
    config = Config("Fjellheim kommune", "", found or (TORGET, PLASSEN, AVISA), (SCHOOL,))
    work = Work(store, config, Path("unused"), print)
    work.configure()
    return work


def old(native_id: str, text: str = "Skolen er stengt", days: float = 1.1, **more: Any) -> Post:
    return post(native_id, text, fetched_at=NOW - days * DAY, published_at=NOW - days * DAY, **more)


def states(store: Store) -> dict[str, str]:
    with store.read() as cursor:
        return {r["native_id"] or "wiped": r["state"] for r in rows(cursor, "SELECT native_id, state FROM post")}


def test_posts_are_asked_for_where_their_time_has_come_and_their_source_can_be_asked(
    store: Store, platform: Platform
) -> None:
    feed = old("feed", source="avisa", platform="feed")
    keep(store, old("1"), old("2", days=0.5), feed, old("3", source="fil"), old("4", source="plassen"))
    assert work_on(store).sweep() == Swept(asked=2, gone=2)
    assert platform.asked == [("torget", ["1"]), ("plassen", ["4"])]
    assert states(store) == {"2": "live", "feed": "live", "3": "live", "wiped": "gone"}


def test_a_sweep_that_has_nothing_to_ask_asks_nothing(store: Store, platform: Platform) -> None:
    keep(store, old("1", days=0.5))
    assert work_on(store).sweep() == Swept()
    assert platform.asked == []


def test_one_run_asks_for_a_bounded_number_and_the_next_goes_on(
    store: Store, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    monkeypatch.setattr(sweep, "MOST", 3)
    items = [old(str(n), days=2 - n / 100) for n in range(5)]
    platform.there = {item.post_id: item for item in items}
    keep(store, *items)
    work = work_on(store)
    assert work.sweep().asked == 3
    assert work.sweep().asked == 2
    assert work.sweep().asked == 0
    assert platform.asked == [("torget", ids) for ids in (["0", "1"], ["2"], ["3", "4"])]
    assert BATCH <= MOST


def test_an_edit_that_is_seen_is_stored_with_what_was_said_before_and_its_raw_answer(
    store: Store, platform: Platform
) -> None:
    item = old("1")
    keep(store, item)
    answer = RawAnswer("https://torget.example.no/api", 200, {}, b"{}", NOW)
    edited = replace(item, text="Beklager, jeg tok feil", raw_sha256=answer.sha256)
    platform.there, platform.raw = {item.post_id: edited}, (answer,)
    assert work_on(store).sweep() == Swept(asked=1, edited=1)
    with store.read() as cursor:
        view = listening.post(cursor, item.post_id)
        assert [v["text"] for v in listening.versions(cursor, item.post_id)] == ["Skolen er stengt"]
        assert raw_answers.of_post(cursor, item.post_id)
    assert view
    assert (view.text, view.revision, view.listening_posts) == ("Beklager, jeg tok feil", 2, ("skole",))


def test_what_nobody_asked_for_is_not_taken_in(store: Store, platform: Platform) -> None:
    item = old("1")
    keep(store, item)
    work = work_on(store)

    def look_up(*_: Any) -> LookedUp:
        return LookedUp(posts=(item, post("stranger")))

    platform.look_up = look_up  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "look_up", look_up)
        work.sweep()
    assert states(store) == {"1": "live"}


def test_what_it_cost_is_kept(store: Store, platform: Platform) -> None:
    keep(store, old("1"))
    work_on(store).sweep()
    with store.read() as cursor:
        assert sources.spent_today(cursor, "torget", now_utc()) == platform.spent


def test_a_platform_that_is_down_makes_nothing_look_gone_and_is_left_in_peace(store: Store, platform: Platform) -> None:
    keep(store, old("1"), old("2", source="plassen"))
    platform.problem = Problem("http_503", {"host": "torget.example.no", "status": "503"})
    work = work_on(store)
    swept = work.sweep()
    assert (swept.gone, swept.unanswered, set(swept.problems)) == (0, 2, {"torget", "plassen"})
    assert work.sweep() == Swept()
    assert set(states(store).values()) == {"live"}
    with store.read() as cursor:
        assert rows(cursor, "SELECT DISTINCT sweeps FROM post") == [{"sweeps": 0}]


def test_a_source_whose_polls_fail_is_not_asked_until_it_is_polled_again(store: Store, platform: Platform) -> None:
    keep(store, old("1"))
    problem = Problem("http_429", {"host": "torget.example.no"})
    failing = SourceState("torget", failures=1, last_attempt=NOW, problem=problem, next_due=NOW + timedelta(hours=1))
    work = work_on(store)
    store.write(lambda cursor: sources.save_state(cursor, failing))
    assert work.sweep() == Swept()
    assert work.sweep_before_export([old("1").post_id]) == Swept(unanswered=1, problems={"torget": problem})
    assert platform.asked == []


def test_a_source_that_is_polled_just_now_is_asked_later(store: Store, platform: Platform) -> None:
    keep(store, old("1"))
    work = work_on(store)
    with Leases(store) as poll:
        poll.claim(["torget"])
        assert work.sweep() == Swept()
    assert work.sweep().asked == 1


def test_a_sweep_stops_when_it_is_told_to(store: Store, platform: Platform) -> None:
    keep(store, old("1"), old("2", source="plassen"))
    stop = threading.Event()
    platform.wait = lambda _: stop.set()
    work_on(store).sweep(stop)
    assert platform.asked == [("torget", ["1"])]


def test_before_an_export_all_its_posts_are_asked_for_whatever_their_age(store: Store, platform: Platform) -> None:
    items = [old("1", days=0.1), old("2", days=99, source="plassen"), old("3", source="avisa"), old("4", days=9)]
    keep(store, *items)
    platform.there = {items[0].post_id: items[0]}
    swept = work_on(store).sweep_before_export([item.post_id for item in items[:3]])
    assert swept == Swept(asked=2, gone=1)
    assert sorted(platform.asked) == [("plassen", ["2"]), ("torget", ["1"])]
    assert states(store) == {"1": "live", "wiped": "gone", "3": "live", "4": "live"}


def test_a_second_export_within_the_hour_asks_for_what_is_new_in_it_only(store: Store, platform: Platform) -> None:
    items = [old("1"), old("2")]
    keep(store, *items)
    platform.there = {item.post_id: item for item in items}
    work = work_on(store)
    work.sweep_before_export([items[0].post_id])
    assert work.sweep_before_export([item.post_id for item in items]).asked == 1
    assert work.sweep_before_export([item.post_id for item in items]) == Swept()
    assert [ids for _, ids in platform.asked] == [["1"], ["2"]]


def test_an_export_waits_no_longer_than_its_deadline_and_says_what_it_does_not_know(
    store: Store, platform: Platform
) -> None:
    slow, quick = old("1"), old("2", source="plassen")
    keep(store, slow, quick)
    platform.there = {slow.post_id: slow}
    answer = threading.Event()
    platform.wait = lambda source: None if source.name == "plassen" else bool(answer.wait(20)) and None
    work = work_on(store)
    started = time.monotonic()
    swept = work.sweep_before_export([slow.post_id, quick.post_id], seconds=1)
    assert time.monotonic() - started < 10
    assert (swept.unanswered, swept.problems) == (1, {})
    assert states(store) == {"1": "live", "wiped": "gone"}
    platform.there = {}
    answer.set()
    wait_until(lambda: list(states(store)) == ["wiped"])


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_export_of_nothing_asks_nothing(store: Store, platform: Platform) -> None:
    assert work_on(store).sweep_before_export([]) == Swept()
    assert work_on(store).sweep_before_export(["unknown"]) == Swept()


def test_a_fault_of_ours_leaves_the_export_without_an_answer_and_no_traceback(
    store: Store, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = old("1")
    keep(store, item)

    def fail(*_: object) -> None:
        raise RuntimeError("the disk went")

    monkeypatch.setattr(posts, "store", fail)
    assert work_on(store).sweep_before_export([item.post_id]) == Swept(unanswered=1)
    assert states(store) == {"1": "live"}  # nothing of the batch was kept


@pytest.mark.parametrize("form", ["html", "md", "csv", "json"])
def test_a_digest_copes_with_tombstones(store: Store, platform: Platform, form: Any) -> None:
    item = old("1", "Taket på skolen lekker", days=1.1)
    keep(store, collected(item, terms=("skolen",)))
    work = work_on(store)
    work.sweep()
    made = digest.build(store, "Fjellheim kommune", posts.oslo_day(item.published_at), NOW)
    assert made.total.posts == 1
    assert "lekker" not in digest.render(made, form)


@pytest.fixture
def youtube() -> Iterator[YouTube]:
    with YouTube() as server:
        yield server


def test_a_comment_that_is_deleted_on_a_platform_becomes_a_tombstone_and_its_neighbour_stays(
    store: Store, youtube: YouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOUTUBE_KEY", KEY)
    comments = [Comment(f"k{n}", f"Skolen er stengt, {n}", NOW - timedelta(hours=n + 1)) for n in range(2)]
    video = Video("vid1", "Møtet", NOW - DAY, comments)
    youtube.channel("fjellheim", video)
    source = Source("video", youtube.url, "youtube", channels=("@fjellheim",), credential=Credential("YOUTUBE_KEY"))
    work = Work(store, Config("F", "", (source,), (SCHOOL_WORDS,), ("127.0.0.1",)), Path("unused"), print)
    work.configure()
    work.poll(everything=True)
    assert states(store) == {"k0": "live", "k1": "live"}
    store.write(lambda c: c.execute("UPDATE post SET first_seen_at = first_seen_at - INTERVAL 2 DAY"))
    del comments[0]
    comments[0].text = "Skolen er åpen"
    assert work.sweep() == Swept(asked=2, gone=1, edited=1)
    assert states(store) == {"wiped": "gone", "k1": "live"}
    work.poll(everything=True)
    assert states(store) == {"wiped": "gone", "k1": "live"}


SCHOOL_WORDS = replace(SCHOOL, keywords=("skole",))


def test_what_nobody_can_ask_for_counts_as_not_known_before_an_export(store: Store, platform: Platform) -> None:
    by_file, of_a_removed_source = old("1", source="fil"), old("2", source="nedlagt")
    from_a_feed = old("3", source="avisa", platform="feed")
    keep(store, by_file, of_a_removed_source, from_a_feed)
    ids = [item.post_id for item in (by_file, of_a_removed_source, from_a_feed)]
    assert work_on(store).sweep_before_export(ids) == Swept(unanswered=2)
    assert platform.asked == []
