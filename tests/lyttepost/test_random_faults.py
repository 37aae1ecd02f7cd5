"""10,000 polls of feeds that fail at random, killed now and then: nothing that was acknowledged is lost, nothing comes
twice, and no cursor runs ahead of its posts."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors.post import ListeningPost, Polled, Source
from collectors.web import Limits, Web
from data.posts import Stored
from data.store import Store
from lyttepost.config import Config
from lyttepost.jobs import Work
from tests.servers.failing import FailingFeeds, failing_feeds

SEED = 20261121
POLLS, KILLS, SOURCES, HOSTS, ITEMS = 10_000, 16, 300, 60, 8
LIMITS = Limits(connect_seconds=1, read_seconds=0.2, total_seconds=0.3, wire_bytes=200_000, decoded_bytes=1_000_000)


CHILD = """
import json, sys
from tests.lyttepost.test_random_faults import poll_for_ever
poll_for_ever(sys.argv[1], json.loads(sys.argv[2]))
"""


class Impatient(Work):
    """The same work, that waits for no answer long."""

    def web(self) -> Web:
        return Web("Lyttepost", ("127.0.0.0/8",), LIMITS)


def work_on(store: Store, urls: list[str]) -> Work:
    sources = tuple(Source(str(n), url) for n, url in enumerate(urls))
    everything = (ListeningPost("Alt", "prøve"),)
    return Impatient(
        store, Config("Fjellheim kommune", "", sources, everything, ("127.0.0.0/8",)), Path("unused"), print
    )


def poll_for_ever(database: str, urls: list[str]) -> None:
    """Report of each poll what is committed, a line each: its source and the ids that it brought."""

    def report(source: Source, polled: Polled, _: Stored) -> None:
        print(json.dumps([source.name, [post.native_id for post in polled.posts]]), flush=True)

    with Store(database) as store:
        work = work_on(store, urls)
        while True:
            work.poll(everything=True, done=report)


@pytest.mark.slow
def test_10_000_polls_with_faults_and_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    database = str(tmp_path / "lyttepost.duckdb")
    moments = random.Random(SEED)
    reported: dict[str, set[str]] = {str(n): set() for n in range(SOURCES)}
    polls = kills = 0
    with failing_feeds(SEED, HOSTS, ITEMS) as feeds:
        urls = [feeds.url(n) for n in range(SOURCES)]
        with Store(database) as store:
            work_on(store, urls).configure()
        while polls < POLLS:
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, database, json.dumps(urls)], stdout=subprocess.PIPE, text=True
            )
            assert child.stdout
            # All that is missing after the last kill is polled in one go.
            enough = POLLS if kills == KILLS else polls + moments.randrange(1, 2 * POLLS // KILLS)
            while polls < min(enough, POLLS):
                line = child.stdout.readline()
                assert line, "the child ended by itself"
                polls += take(line, reported)
            time.sleep(moments.uniform(0, 0.05))
            child.kill()
            kills += 1
            polls += sum(take(line, reported) for line in child.stdout)
            child.wait()
            assert_whole(database, reported)
        feeds.failing = False
        assert_all_there(database, feeds, urls)
    assert kills >= KILLS // 2
    assert sum(map(len, reported.values())) > SOURCES * ITEMS * 0.8


def take(line: str, reported: dict[str, set[str]]) -> int:
    """Read the report of one poll; 0 for one that was not written to its end."""
    if not line.endswith("\n"):
        return 0
    name, ids = json.loads(line)
    reported[name].update(ids)
    return 1


def assert_whole(database: str, reported: dict[str, set[str]]) -> None:
    """Everything reported is there, once, and so is everything that a cursor says is read."""
    with Store(database) as store, store.read() as cursor:
        rows = cursor.execute("SELECT source, native_id FROM post").fetchall()
        cursors = cursor.execute("SELECT source, cursor->>'etag' FROM source_state").fetchall()
        assert cursor.execute("SELECT count(*) FROM post_version").fetchone() == (0,)
    assert len(rows) == len(set(rows))
    held: dict[str, set[str]] = {}
    for source, native_id in rows:
        held.setdefault(source, set()).add(native_id)
    for source, ids in reported.items():
        assert ids <= held.get(source, set())
    for source, etag in cursors:
        read = int(etag.strip('"')) if etag else 0
        assert {f"{source}-{n}" for n in range(read)} <= held.get(source, set())


def assert_all_there(database: str, feeds: FailingFeeds, urls: list[str]) -> None:
    """Two polls without faults (a source may have to find back to its configured address) bring all there is."""
    with Store(database) as store:
        work = work_on(store, urls)
        work.poll(everything=True)
        work.poll(everything=True)
        with store.read() as cursor:
            held = dict(cursor.execute("SELECT source, count(*) FROM post GROUP BY source").fetchall())
            failing = cursor.execute("SELECT count(*) FROM source_state WHERE failures > 0").fetchone()
    assert held == {name: size for name, size in feeds.sizes.items() if size}
    assert failing == (0,)
