"""Killed at any moment, the collector loses nothing that it reported as stored, and stores nothing twice."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors.post import ListeningPost, Source
from data.store import Store
from lyttepost.config import Config
from lyttepost.jobs import Work
from tests.servers.growing import GrowingFeeds, growing_feeds

KILLS = 20
NAMES = ("avis", "forum", "debatt")

CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from data.store import Store
from tests.lyttepost.test_kill import work_on

with Store(sys.argv[1]) as store:
    work = work_on(store, int(sys.argv[2]))
    while True:
        work.poll(everything=True, done=lambda source, polled, stored: print(source.name, stored.new, flush=True))
"""


def work_on(store: Store, port: int) -> Work:
    sources = tuple(Source(name, f"http://127.0.0.1:{port}/{name}.rss") for name in NAMES)
    config = Config(
        "Fjellheim kommune",
        "post@fjellheim.example.no",
        sources,
        (ListeningPost("Skole", "prøve", keywords=("skole",)),),
        (f"127.0.0.1:{port}",),
    )
    return Work(store, config, Path("unused"), print)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    database = tmp_path / "lyttepost.duckdb"
    moments = random.Random(20261121)
    reported = dict.fromkeys(NAMES, 0)
    with growing_feeds(step=2, limit=900) as feeds:
        for _ in range(KILLS):
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(database), str(feeds.port)], stdout=subprocess.PIPE, text=True
            )
            assert child.stdout
            first = child.stdout.readline()  # it is at work
            time.sleep(moments.uniform(0, 0.25))
            child.kill()
            for line in [first, *child.stdout]:
                if line.endswith("\n"):
                    name, new = line.split()
                    reported[name] += int(new)
            child.wait()
            assert_whole(database, reported)
        feeds.growing = False
        assert_all_there(database, feeds)
    assert sum(reported.values()) >= KILLS


def assert_whole(database: Path, reported: dict[str, int]) -> None:
    """Everything reported is there, once."""
    with Store(database) as store, store.read() as cursor:
        held = cursor.execute("SELECT source, count(*), count(DISTINCT native_id) FROM post GROUP BY source").fetchall()
        assert cursor.execute("SELECT count(*) FROM post_version").fetchone() == (0,)
    for name, count, distinct in held:
        assert count == distinct
        assert count >= reported[name]
        reported[name] = count  # what was stored and not yet reported may not get lost either


def assert_all_there(database: Path, feeds: GrowingFeeds) -> None:
    """One more poll brings all that the feeds hold: no cursor had run ahead of its posts."""
    with Store(database) as store:
        work = work_on(store, feeds.port)
        work.poll(everything=True)
        with store.read() as cursor:
            held = dict(cursor.execute("SELECT source, count(*) FROM post GROUP BY source").fetchall())
    assert held == feeds.sizes
