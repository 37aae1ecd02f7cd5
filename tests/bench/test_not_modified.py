"""1,000 feeds of which 950 answer 304: against a straight script of threads, and without growing."""

from __future__ import annotations

import gc
import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import feedparser
import pytest
import requests

from collectors.post import ListeningPost, Source
from data.store import Store
from lyttepost.config import Config
from lyttepost.jobs import Work

FEEDS, CHANGED, ROUNDS, LIMIT = 1_000, 50, 10, 1.6
WARM_UP = 3
"""Rounds after which memory is to be flat: by then every cache is filled."""
GROWTH = 0.05

# In a process of its own, so that it takes nothing from either side. Of the feeds, each 20th changes with every GET.
SERVER = """
import sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    asked = {}

    def do_GET(self):
        who, number = self.path.strip("/").split("/")
        key = (who, number)
        version = self.asked.get(key, 0) + 1 if int(number) % 20 == 0 else 1
        self.asked[key] = version
        etag = f'"{version}"'
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        items = "".join(
            f"<item><guid>{number}-{version + i}</guid><title>Sak {version + i}</title>"
            f"<description>Om skolen i {number}, del {version + i}.</description></item>"
            for i in range(10)
        )
        body = f'<rss version="2.0"><channel><title>Avis {number}</title>{items}</channel></rss>'.encode()
        self.send_response(200)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

for n in range(int(sys.argv[1])):
    server = Server((f"127.0.2.{n + 1}", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    print(f"http://127.0.2.{n + 1}:{server.server_port}", flush=True)
"""
HOSTS = 8


@pytest.fixture(scope="module")
def bases() -> Iterator[list[str]]:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(HOSTS)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield [server.stdout.readline().strip() for _ in range(HOSTS)]
        server.kill()


def addresses(bases: list[str], who: str) -> list[str]:
    return [f"{bases[n % HOSTS]}/{who}/{n}" for n in range(FEEDS)]


def straight_script(urls: list[str], etags: dict[str, str]) -> int:
    """What one would write in an afternoon: no guard, no limits, nothing kept but the validators."""

    def fetch(url: str) -> bool:
        headers = {"If-None-Match": etags[url]} if url in etags else {}
        answer = requests.get(url, headers=headers, timeout=30)
        if answer.status_code == 304:
            return True
        feedparser.parse(io.BytesIO(answer.content))
        etags[url] = answer.headers["ETag"]
        return False

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(fetch, urls))


def memory() -> int:
    """What this process holds, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_1000_feeds_of_which_950_are_unchanged_cost_at_most_1_6_times_a_straight_script(
    bases: list[str], tmp_path: Path
) -> None:
    sources = tuple(Source(f"avis {n}", url) for n, url in enumerate(addresses(bases, "lyttepost")))
    listening = (ListeningPost("Skole", "prøve", keywords=("skole",)),)
    urls, etags = addresses(bases, "script"), dict[str, str]()
    straight_script(urls, etags)
    pairs: list[tuple[float, float]] = []
    held: list[int] = []
    with Store(tmp_path / "lyttepost.duckdb") as store:
        work = Work(store, Config("Fjellheim kommune", "", sources, listening, ("127.0.0.0/8",)), Path("unused"), print)
        work.configure()
        work.poll()
        for _ in range(ROUNDS):
            started = time.perf_counter()
            assert straight_script(urls, etags) == FEEDS - CHANGED
            between = time.perf_counter()
            work.poll(everything=True)
            pairs.append((between - started, time.perf_counter() - between))
            held.append(memory())
        with store.read() as cursor:
            states = cursor.execute(
                "SELECT count(*), count(*) FILTER (WHERE failures = 0 AND cursor->>'not_modified_in_a_row' = ?) "
                "FROM source_state",
                [str(ROUNDS)],
            ).fetchone()
            posts = cursor.execute("SELECT count(*) FROM post").fetchone()
    assert states == (FEEDS, FEEDS - CHANGED)
    assert posts == (FEEDS * 10 + CHANGED * ROUNDS,)
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    print("\nstraight script, Lyttepost (s):", ", ".join(f"{a:.1f} {b:.1f}" for a, b in pairs), f"| ratio {ratio:.2f}")
    print("memory (MB):", ", ".join(f"{bytes_ / 1e6:.0f}" for bytes_ in held))
    assert ratio <= LIMIT
    assert max(held[WARM_UP:]) <= held[WARM_UP - 1] * (1 + GROWTH)
