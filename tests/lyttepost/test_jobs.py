"""What runs when: one poll a source at a time, results of lost leases left out, retention once a day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.errand import Errand, Refused
from collectors.post import Polled, Post, Problem, RawAnswer, Source, SourceState, Spent
from collectors.web import session
from data import queue, raw_answers, sources
from data.store import Store, StoreError, rows
from lyttepost import jobs
from lyttepost.config import Config
from lyttepost.jobs import Jobs, Work
from lyttepost.leases import PROCESS, Leases
from lyttepost.sweep import Swept
from tests.builders import NOW, SCHOOL, keep, post
from tests.data.test_raw_answers import keep as keep_with_raw

NAMES = ("avisa", "torget")


def work_on(store: Store, **more: Any) -> Work:
    found = tuple(Source(name, f"https://{name}.example.no/feed") for name in NAMES)
    work = Work(store, Config("Fjellheim kommune", "", found, (SCHOOL,), **more), Path("unused"), print)
    work.configure()
    return work


def answer(source: Source) -> Polled:
    item = Post("feed", source.name, f"{source.name}-1", "Skolen", NOW, NOW, namespace=source.name)
    return Polled(SourceState(source.name, {"etag": "1"}, last_attempt=NOW, last_success=NOW), (item,), 1)


@pytest.fixture
def polls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the sources that are polled, in order; each brings a post."""
    asked: list[str] = []

    def poll(source: Source, *_: object) -> Polled:
        asked.append(source.name)
        return answer(source)

    monkeypatch.setattr(jobs, "poll", poll)
    return asked


def leased(store: Store) -> dict[str, str]:
    with store.read() as cursor:
        found = rows(cursor, "SELECT source, lease_owner FROM source_state WHERE lease_owner IS NOT NULL")
    return {r["source"]: r["lease_owner"] for r in found}


def held(store: Store) -> list[str]:
    with store.read() as cursor:
        return [r["native_id"] for r in rows(cursor, "SELECT native_id FROM post ORDER BY 1")]


def test_a_run_leases_what_it_polls_and_gives_it_back_with_the_result(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: dict[str, str] = {}

    def poll(source: Source, *_: object) -> Polled:
        during.update(leased(store))
        return answer(source)

    monkeypatch.setattr(jobs, "poll", poll)
    assert work_on(store).poll() == 2
    assert set(during) == set(NAMES)
    assert all(owner.startswith(PROCESS) for owner in during.values())
    assert leased(store) == {}
    with store.read() as cursor:
        assert sources.state(cursor, "avisa").cursor == {"etag": "1"}


def test_what_somebody_else_polls_is_left_to_them(store: Store, polls: list[str]) -> None:
    work = work_on(store)
    with Leases(store) as other:
        assert other.claim(["avisa"]) == {"avisa"}
        assert work.poll() == 1
        assert work.poll(everything=True) == 1
    assert polls == ["torget", "torget"]
    assert work.poll(everything=True) == 2


def test_two_runs_at_once_poll_no_source_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    both = threading.Barrier(2, timeout=20)

    def poll(source: Source, *_: object) -> Polled:
        asked.append(source.name)
        time.sleep(0.05)
        return answer(source)

    monkeypatch.setattr(jobs, "poll", poll)

    def run(work: Work) -> None:
        both.wait()
        work.poll()

    runs = [threading.Thread(target=run, args=(work_on(store),)) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join(30)
    assert sorted(asked) == sorted(NAMES)


def test_a_result_whose_lease_went_to_somebody_else_is_discarded(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def poll(source: Source, *_: object) -> Polled:
        if source.name == "avisa":  # so long that the lease ran out, and another process took it
            later = datetime.now(UTC) + timedelta(days=1)
            assert store.write(lambda c: queue.claim(c, "another/1", ["avisa"], later, 60)) == {"avisa"}
        return answer(source)

    monkeypatch.setattr(jobs, "poll", poll)
    told: list[str] = []
    work_on(store).poll(done=lambda source, *_: told.append(source.name))
    assert (held(store), told) == (["torget-1"], ["torget"])
    assert leased(store) == {"avisa": "another/1"}
    assert "somebody else polls avisa" in caplog.text
    with store.read() as cursor:
        assert sources.state(cursor, "avisa") == SourceState("avisa")


def test_a_source_whose_address_changed_under_its_poll_keeps_nothing_of_the_old_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = [Source(name, f"https://{name}.example.no/ny") for name in NAMES]

    def poll(source: Source, *_: object) -> Polled:
        store.write(lambda c: sources.configure(c, moved, [SCHOOL]))
        return answer(source)

    monkeypatch.setattr(jobs, "poll", poll)
    work_on(store).poll()
    with store.read() as cursor:
        assert sources.state(cursor, "avisa").cursor == {}


def test_a_run_that_fails_gives_its_leases_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no more threads")

    monkeypatch.setattr(jobs, "run_due", fail)
    with pytest.raises(RuntimeError):
        work_on(store).poll()
    assert leased(store) == {}


def test_the_leases_of_a_killed_process_do_not_block_the_next(tmp_path: Path, polls: list[str]) -> None:
    with Store(tmp_path / "lyttepost.duckdb") as store:
        work_on(store)
        store.write(lambda c: queue.claim(c, "4711-killed/1", NAMES, datetime.now(UTC), 3600))
    with Store(tmp_path / "lyttepost.duckdb") as store:
        assert work_on(store).poll() == 2


def test_another_work_of_the_same_process_ends_no_leases(store: Store, polls: list[str]) -> None:
    with Leases(store) as other:
        other.claim(["avisa"])
        assert work_on(store).poll() == 1


def until(store: Store) -> list[datetime]:
    with store.read() as cursor:
        return [r["lease_until"] for r in rows(cursor, "SELECT lease_until FROM source_state ORDER BY source")]


def half_of_it_is_over(leases: Leases) -> None:
    leases._renew_at = time.monotonic()


def test_a_long_run_renews_its_leases(store: Store) -> None:
    with Leases(store) as leases:
        leases.claim(NAMES)
        claimed = until(store)
        assert leases.has("avisa")
        assert until(store) == claimed
        half_of_it_is_over(leases)
        assert leases.has("avisa")
        assert min(until(store)) > max(claimed)


def test_a_lease_that_was_lost_is_known_to_be_when_its_turn_comes(store: Store, polls: list[str]) -> None:
    with Leases(store) as leases:
        leases.claim(NAMES)
        later = datetime.now(UTC) + timedelta(days=1)
        store.write(lambda c: queue.claim(c, "b/1", ["avisa"], later, 60))
        half_of_it_is_over(leases)
        assert not leases.has("avisa")
        assert leases.has("torget")
    assert leased(store) == {"avisa": "b/1"}


def test_retention_is_kept_once_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    work = work_on(store, raw_days=3)
    keep_with_raw(store, RawAnswer("https://torget.example.no/", 200, {}, b"x", NOW), post("1"))
    now = NOW + timedelta(days=2)
    monkeypatch.setattr(jobs, "now_utc", lambda: now)
    assert work.tidy() == 0
    now = NOW + timedelta(days=3, hours=1)
    assert work.tidy() == 1
    calls: list[object] = []
    monkeypatch.setattr(raw_answers, "expire", lambda *_: calls.append(1) or 0)
    assert work.tidy() == 0
    now += timedelta(days=1)
    work.tidy()
    assert calls == [1]


def test_a_server_sweeps_and_tidies_beside_its_polls_and_has_edits_labelled(
    store: Store, polls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_on(store)
    done: list[str] = []
    monkeypatch.setattr(work, "tidy", lambda: done.append("tidy"))
    monkeypatch.setattr(work, "process", lambda: done.append("process"))
    monkeypatch.setattr(work, "sweep", lambda stop: done.append("sweep") or Swept(edited=1))
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", 0.05)
    keep(store, post("1"))
    running = Jobs(work)
    running.start()
    try:
        wait_until(lambda: {"tidy", "sweep", "process"} <= set(done) and len(polls) >= 2)
    finally:
        running.stop()
    assert not [thread for thread in running._threads if thread.is_alive()]


def wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_can_not_be_stored_is_paid_once_and_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("x", "https://api.example.no", "x")
    work = Work(store, Config("Fjellheim kommune", "", (source,), (SCHOOL,)), Path("unused"), print)
    work.configure()
    before: list[Spent] = []

    def poll(source: Source, _: SourceState, errand: Errand) -> Polled:
        before.append(errand.spent)
        errand.book(Spent(1, 10))
        return Polled(SourceState("x", last_attempt=jobs.now_utc(), last_success=jobs.now_utc()), spent=Spent(1, 10))

    def full(*_: object) -> None:
        raise StoreError("full", path="lyttepost.duckdb")

    monkeypatch.setattr(jobs, "poll", poll)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "store_polled", full)
        work.poll()
        assert work.poll() == 0
    work.ask_for("x")  # a person who asks is not made to wait
    assert work.poll() == 1
    assert before == [Spent(), Spent(1, 10)]
    with store.read() as cursor:
        assert sources.spent_today(cursor, "x", jobs.now_utc()) == Spent(2, 20)


def test_nothing_is_asked_whose_cost_can_not_be_written_down(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("x", "https://api.example.no", "x")
    work = Work(store, Config("Fjellheim kommune", "", (source,), (SCHOOL,)), Path("unused"), print)
    with session(work.web()) as http:
        errand = work.errand(source, http)

    def full(*_: object) -> None:
        raise StoreError("full", path="lyttepost.duckdb")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(Refused) as refused:
        errand.book(Spent(1, 10))
    assert refused.value.problem == Problem("cost_not_booked")


def test_a_host_that_had_asked_another_source_to_wait_is_the_reason_for_a_gap(store: Store) -> None:
    one, other = (Source(name, f"https://host.example.no/{name}") for name in ("a", "b"))
    work = Work(store, Config("Fjellheim kommune", "", (one, other), (SCHOOL,)), Path("unused"), print)
    work.configure()
    now = jobs.now_utc()
    told = Problem("http_429", {"host": "host.example.no"})
    waits = SourceState("a", failures=1, last_attempt=now, problem=told, next_due=now + timedelta(hours=6))
    asked = now - timedelta(hours=9)
    late = SourceState("b", last_attempt=asked, last_success=asked, next_due=asked + timedelta(minutes=15))
    store.write(lambda cursor: sources.save_state(cursor, waits, late))
    assert work.poll() == 0
    with store.read() as cursor:
        found = {gap.source: gap.problem for gap in sources.gaps(cursor, now - timedelta(days=1), jobs.now_utc())}
    assert found["b"] == told
