"""Polls: when a source is asked, that one fault stops nothing else, and that a host is left in peace."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from collectors import feeds
from collectors.errand import Errand
from collectors.poller import PAUSE, due, is_due, is_own, missed, poll, run_due
from collectors.post import Credential, Polled, Problem, Source, SourceState
from collectors.web import Response, Web, session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source("avis", "https://avis.example.no/feed/?nokkel=hemmelig", interval_minutes=15)
NEW = SourceState("avis")
QUARTER = timedelta(minutes=15)
HTTP = session(Web("Lyttepost", ("127.0.0.1",)))


# When a source is asked


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (NEW, True),
        (replace(NEW, next_due=NOW), True),
        (replace(NEW, next_due=NOW + timedelta(seconds=1)), False),
        (replace(NEW, next_due=NOW + timedelta(hours=24)), False),
        (replace(NEW, next_due=NOW + timedelta(days=400)), True),
        (replace(NEW, stopped=True), False),
    ],
)
def test_a_source_is_due_at_its_time_unless_it_stopped(state: SourceState, expected: bool) -> None:
    assert is_due(state, NOW) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (NEW, None),
        (replace(NEW, last_attempt=NOW - 2 * QUARTER, next_due=NOW - QUARTER), None),
        (replace(NEW, last_attempt=NOW - 3 * QUARTER, next_due=NOW - 2 * QUARTER), Problem("not_running")),
        (replace(NEW, last_attempt=NOW - 99 * QUARTER, next_due=NOW), None),
        (replace(NEW, last_attempt=NOW - 99 * QUARTER, next_due=NOW - 98 * QUARTER), Problem("not_running")),
        (replace(NEW, last_attempt=NOW - 99 * QUARTER, next_due=NOW - 98 * QUARTER, stopped=True), None),
    ],
    ids=["never asked", "a little late", "late", "waiting as asked", "long not running", "stopped"],
)
def test_time_that_nothing_ran_is_noticed(state: SourceState, expected: Problem | None) -> None:
    assert missed(state, SOURCE, NOW) == expected


@pytest.mark.parametrize(("problem", "asked"), [("http_429", ["c"]), ("http_503", ["c"]), ("http_404", ["b", "c"])])
def test_a_host_that_asked_one_source_to_wait_is_left_in_peace_by_all(problem: str, asked: list[str]) -> None:
    waits = replace(NEW, failures=1, problem=Problem(problem), next_due=NOW + QUARTER)
    found = due(
        [
            (Source("a", "https://host.example.no/1"), waits),
            (Source("b", "https://host.example.no/2"), SourceState("b")),
            (Source("c", "https://other.example.no/"), SourceState("c")),
        ],
        NOW,
    )
    assert [source.name for source, _ in found] == asked


# One poll


@pytest.mark.parametrize("part", ["fetch", "decide"])
def test_a_fault_of_ours_is_a_failed_poll_and_is_logged(
    part: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(feeds, "fetch", lambda *_: Response(200, SOURCE.url, {}))
    monkeypatch.setattr(feeds, part, fail)
    polled = poll(SOURCE, SourceState("avis", {"etag": "1"}, failures=1), Errand(HTTP, "f", NOW))
    assert (polled.state.problem, polled.ok, polled.state.failures) == (Problem("unexpected"), False, 2)
    assert polled.state.cursor == {"etag": "1"}
    assert polled.state.next_due == NOW + 2 * QUARTER
    assert "RecursionError" in caplog.text
    assert "avis" in caplog.text


@pytest.mark.parametrize("missing", [Credential(env="LYTTEPOST_IKKE_SATT"), Credential(file="/finnes/ikke")])
def test_a_secret_that_is_not_there_is_a_failed_poll(missing: Credential) -> None:
    polled = poll(replace(SOURCE, credential=missing), NEW, Errand(HTTP, "f", NOW))
    assert not polled.ok
    assert polled.state.problem
    assert polled.state.problem.code in ("credential_missing", "credential_unreadable")
    assert polled.state.next_due == NOW + 4 * QUARTER


# Many sources


def sources(*urls: str) -> list[tuple[Source, SourceState]]:
    return [(Source(f"kilde {n}", url), SourceState(f"kilde {n}")) for n, url in enumerate(urls)]


def result(name: str, problem: str = "") -> Polled:
    return Polled(SourceState(name, problem=Problem(problem) if problem else None))


def test_one_host_is_asked_by_one_worker_at_a_time() -> None:
    busy: dict[str, int] = {}
    most: dict[str, int] = {}
    hosts_at_once: list[int] = []
    lock = threading.Lock()

    def poll_one(source: Source, _: SourceState) -> Polled:
        host = source.url.split("/")[2]
        with lock:
            busy[host] = busy.get(host, 0) + 1
            most[host] = max(most.get(host, 0), busy[host])
            hosts_at_once.append(sum(map(bool, busy.values())))
        time.sleep(0.01)
        with lock:
            busy[host] -= 1
        return result(source.name)

    run_due(sources(*(f"https://{host}.example.no/{n}" for n in range(6) for host in "abc")), poll_one)
    assert most == {f"{host}.example.no": 1 for host in "abc"}
    assert max(hosts_at_once) > 1


def test_a_fault_of_ours_with_one_source_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    polled = []

    def poll_one(source: Source, _: SourceState) -> Polled:
        polled.append(source.name)
        if source.name == "kilde 0":
            raise RuntimeError("the disk is full")
        return result(source.name, "http_404")

    run_due(
        sources("https://a.example.no/1", "https://a.example.no/2", "https://b.example.no/", "not an address"), poll_one
    )
    assert sorted(polled) == ["kilde 0", "kilde 1", "kilde 2", "kilde 3"]
    assert "kilde 0" in caplog.text


@pytest.mark.parametrize(
    "problem",
    [
        "http_429",
        "http_503",
        "host_not_found",
        "connect_timeout",
        "connection_refused",
        "connection_failed",
        "connection_broken",
        "read_timeout",
        "total_timeout",
    ],
)
def test_a_host_that_asks_for_peace_or_does_not_answer_is_left_for_now(problem: str) -> None:
    polled = []

    def poll_one(source: Source, _: SourceState) -> Polled:
        polled.append(source.name)
        return result(source.name, problem)

    run_due(sources("https://a.example.no/1", "https://a.example.no/2", "https://b.example.no/1"), poll_one)
    assert sorted(polled) == ["kilde 0", "kilde 2"]


def test_nothing_to_poll_is_fine() -> None:
    run_due([], lambda *_: None)


def test_more_hosts_than_workers_are_all_asked() -> None:
    polled = []
    run_due(sources(*(f"https://{n}.example.no/" for n in range(20))), lambda s, _: polled.append(s.name), workers=3)
    assert len(set(polled)) == len(polled) == 20


def test_a_stop_waits_for_no_answer_and_asks_nobody_more() -> None:
    polled = []
    answered, stop = threading.Event(), threading.Event()

    def poll_one(source: Source, _: SourceState) -> None:
        polled.append(source.name)
        stop.set()
        answered.wait(20)

    started = time.monotonic()
    run_due(sources("https://a.example.no/1", "https://a.example.no/2"), poll_one, stop=stop)
    assert time.monotonic() - started < 5
    answered.set()
    time.sleep(0.2)
    assert polled == ["kilde 0"]


def test_a_process_ends_although_an_answer_drips() -> None:
    program = """
import threading, time
from collectors.poller import run_due
from collectors.post import Source, SourceState
stop = threading.Event()
threading.Timer(0.2, stop.set).start()
run_due([(Source("a", "https://a.example.no/"), SourceState("a"))], lambda *_: time.sleep(30), stop=stop)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=15)


# Hosts are spared


def test_a_host_is_left_alone_for_a_while_between_two_requests_and_others_are_asked_meanwhile() -> None:
    asked: list[tuple[str, float]] = []
    hosts = ("a", "a", "a", "b", "b", "c")
    found = sources(*(f"https://{host}.example.no/{n}" for n, host in enumerate(hosts)))

    def poll_one(source: Source, _: SourceState) -> None:
        asked.append((source.url.split("/")[2], time.monotonic()))

    started = time.monotonic()
    run_due(found, poll_one, workers=1, pause=lambda _: 0.2)
    assert 0.4 <= time.monotonic() - started < 2
    assert [host[0] for host, _ in asked] == ["a", "b", "c", "a", "b", "a"]
    moments = [moment for host, moment in asked if host.startswith("a")]
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(moments))


def test_the_pause_is_a_second_and_depends_on_the_source() -> None:
    assert PAUSE >= 1
    started = time.monotonic()
    run_due(sources(*["http://127.0.0.1/"] * 50), lambda *_: None, pause=lambda _: 0)
    assert time.monotonic() - started < 1


def test_a_stop_does_not_wait_for_a_pause() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    started = time.monotonic()
    run_due(sources(*["https://a.example.no/"] * 2), lambda *_: None, stop=stop, pause=lambda _: 30)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8080/feed", True),
        ("http://10.1.2.3/feed", True),
        ("http://10.2.2.3/feed", False),
        ("https://intranett.example.no/feed", True),
        ("https://port.example.no:8443/feed", True),
        ("https://port.example.no/feed", False),
        ("https://avis.example.no/feed", False),
        ("https://1.1.1.1/feed", False),
        ("https://[", False),
    ],
)
def test_only_hosts_that_the_body_allowed_are_its_own(url: str, own: bool) -> None:
    allowed = ("127.0.0.0/8", "10.1.0.0/16", "intranett.example.no", "port.example.no:8443", "1.1.1.1")
    assert is_own(Web("Lyttepost", allowed), url) is own


@pytest.mark.parametrize("hours", [-10_000, -10, -0.1, 1, 10_000])
def test_a_source_is_asked_also_after_the_clock_jumped(hours: float) -> None:
    state = replace(NEW, last_attempt=NOW, next_due=NOW + QUARTER)
    assert is_due(state, NOW + timedelta(hours=hours))
    assert not is_due(state, NOW - timedelta(minutes=1))
    assert missed(state, SOURCE, NOW + timedelta(days=-400)) is None
