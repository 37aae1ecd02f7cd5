"""Leases: one poller a source, none for long after its poller died, no result of one that was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb

from collectors.post import SourceState
from data import queue, sources
from data.store import Cursor, Store
from tests.builders import NOW

NAMES = ("avisa", "torget")


def claim(store: Store, owner: str, *names: str, after: float = 0) -> frozenset[str]:
    return store.write(lambda c: queue.claim(c, owner, names or NAMES, NOW + timedelta(seconds=after), 60))


def release(store: Store, owner: str, names: list[str] | None = None) -> frozenset[str]:
    return store.write(lambda c: queue.release(c, owner, names))


def test_a_source_is_leased_to_one_at_a_time(store: Store) -> None:
    assert claim(store, "a", "avisa") == {"avisa"}
    assert claim(store, "b") == {"torget"}
    assert claim(store, "c") == frozenset()
    assert claim(store, "a") == frozenset()


def test_a_lease_that_ran_out_can_be_taken_and_its_result_does_not_count(store: Store) -> None:
    claim(store, "a")
    assert claim(store, "b", "avisa", after=59) == frozenset()
    assert claim(store, "b", "avisa", after=60) == {"avisa"}
    assert release(store, "a", list(NAMES)) == {"torget"}
    assert release(store, "b") == {"avisa"}


def test_a_lease_that_ran_out_and_that_nobody_took_still_counts(store: Store) -> None:
    claim(store, "a", "avisa")
    assert release(store, "a", ["avisa"]) == {"avisa"}
    assert claim(store, "b", "avisa") == {"avisa"}


def test_a_lease_that_is_renewed_lasts(store: Store) -> None:
    claim(store, "a")
    claim(store, "b", "avisa", after=100)
    renewed = store.write(lambda c: queue.renew(c, "a", NOW + timedelta(seconds=110), 60))
    assert renewed == {"torget"}
    assert claim(store, "c", after=165) == {"avisa"}


def test_a_lease_changes_nothing_of_how_a_source_stands(store: Store) -> None:
    state = SourceState("avisa", {"etag": "1"}, 2, NOW, NOW, None, NOW, usual_gap_minutes=4.5)
    store.write(lambda c: sources.save_state(c, state))
    claim(store, "a")
    with store.read() as cursor:
        assert sources.state(cursor, "avisa") == state
        assert sources.state(cursor, "torget") == SourceState("torget")
    store.write(lambda c: sources.save_state(c, state))
    assert claim(store, "b", "avisa") == frozenset()


def test_a_process_that_has_the_store_to_itself_ends_the_leases_of_those_before_it(store: Store) -> None:
    claim(store, "old/1", "avisa")
    claim(store, "new/1", "torget")
    store.write(lambda c: queue.clear_others(c, "new/"))
    assert claim(store, "new/2") == {"avisa"}


def test_of_many_threads_that_claim_at_once_one_gets_it(store: Store) -> None:
    store.write(lambda c: sources.save_state(c, SourceState("avisa")))
    got = at_once(lambda n: claim(store, f"t{n}", "avisa"))
    assert sorted(map(len, got)) == [0] * 7 + [1]


def test_of_transactions_under_way_at_once_one_gets_it_and_the_others_can_go_on(tmp_path: Path) -> None:
    with Store(tmp_path / "lyttepost.duckdb") as store:
        store.write(lambda c: sources.save_state(c, SourceState("avisa")))
        with store.read() as first, store.read() as second:
            for cursor in (first, second):
                cursor.begin()
            assert queue.claim(first, "a", ["avisa"], NOW, 60) == {"avisa"}
            assert queue.claim(second, "b", ["avisa"], NOW, 60) == frozenset()
            first.commit()
            second.execute("SELECT 1")
            second.commit()
        assert release(store, "b") == frozenset()
        assert release(store, "a") == {"avisa"}


def at_once(work: Callable[[int], frozenset[str]], threads: int = 8) -> list[frozenset[str]]:
    start = threading.Barrier(threads)
    got: list[frozenset[str]] = []

    def run(n: int) -> None:
        start.wait(10)
        got.append(work(n))

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(20)
    return got


def test_raw_transactions_of_many_threads_give_it_to_one(tmp_path: Path) -> None:
    with Store(tmp_path / "lyttepost.duckdb") as store:
        store.write(lambda c: sources.save_state(c, SourceState("avisa")))

        def work(n: int) -> frozenset[str]:
            with store.read() as cursor:
                cursor.begin()
                got = queue.claim(cursor, f"t{n}", ["avisa"], NOW, 60)
                return got if committed(cursor) else frozenset()

        assert sorted(map(len, at_once(work))) == [0] * 7 + [1]


def committed(cursor: Cursor) -> bool:
    try:
        cursor.commit()
    except duckdb.Error:
        return False
    return True
