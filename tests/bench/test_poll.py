"""200 feeds of 50 items, first poll: against a straight script of threads, feedparser and one bulk insert."""

from __future__ import annotations

import io
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import feedparser
import pyarrow as pa
import pytest
import requests

from collectors.post import ListeningPost, Source
from data.store import Store
from lyttepost.config import Config
from lyttepost.jobs import Work

FEEDS, ITEMS, ROUNDS, LIMIT = 200, 50, 3, 1.6
TEXT = (
    "<p>Kommunestyret drøftet saken om skolen i går kveld. <strong>Flertallet</strong> ville vente til høringen er "
    "over, og ba om nye tall for skyss og drift.</p><p>– Vi trenger mer tid, sa ordføreren. Foreldrene var lettet, men "
    'lurer på hva som skjer nå. <a href="https://avis.example.no/sak">Les mer</a> om skolen og veien dit.</p>'
)
HOSTS = 8


def feed(number: int) -> bytes:
    items = "".join(
        f"<item><guid>{number}-{i}</guid><link>https://avis.example.no/{number}/{i}</link>"
        f"<title>Sak {i} fra {number}</title>"
        f"<dc:creator>skribent{i % 7}</dc:creator><category>skole</category>"
        f"<pubDate>Sat, 21 Nov 2026 {i % 24:02}:{number % 60:02}:00 +0100</pubDate>"
        f"<description><![CDATA[{TEXT} Nummer {number}-{i}.]]></description></item>"
        for i in range(ITEMS)
    )
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>Avis {number}</title>{items}</channel></rss>"
    ).encode()


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    documents = [feed(n) for n in range(FEEDS)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = documents[int(self.path.strip("/"))]
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    with ExitStack() as stack:
        servers = [stack.enter_context(Server((f"127.0.1.{n + 1}", 0), Handler)) for n in range(HOSTS)]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        bases = [f"http://{server.server_address[0]}:{server.server_port}" for server in servers]
        yield [f"{bases[n % HOSTS]}/{n}" for n in range(FEEDS)]


def straight_script(urls: list[str], database: Path) -> float:
    """What one would write in an afternoon: no guard, no conditional GET, no matching, no versions."""
    started = time.perf_counter()

    def fetch(url: str) -> list[tuple[str, str, str, str]]:
        parsed = feedparser.parse(io.BytesIO(requests.get(url, timeout=30).content))
        return [(e.id, e.title, e.summary, e.published) for e in parsed.entries]

    with ThreadPoolExecutor(8) as pool:
        found = [row for rows in pool.map(fetch, urls) for row in rows]
    table = pa.table(dict(zip(("id", "title", "text", "published"), map(list, zip(*found, strict=True)), strict=True)))
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE post (id TEXT PRIMARY KEY, title TEXT, text TEXT, published TEXT)")
        connection.register("found", table)
        connection.execute("INSERT INTO post SELECT * FROM found")
    assert len(found) == FEEDS * ITEMS
    return time.perf_counter() - started


def lyttepost(urls: list[str], database: Path) -> float:
    sources = tuple(Source(f"avis {n}", url) for n, url in enumerate(urls))
    listening = (ListeningPost("Skole", "prøve", keywords=("skole",)),)
    with Store(database) as store:
        work = Work(store, Config("Fjellheim kommune", "", sources, listening, ("127.0.0.0/8",)), Path("unused"), print)
        work.configure()
        started = time.perf_counter()
        work.poll()
        took = time.perf_counter() - started
        with store.read() as cursor:
            assert cursor.execute("SELECT count(*) FROM post").fetchone() == (FEEDS * ITEMS,)
    return took


def test_200_feeds_of_50_items_cost_at_most_1_6_times_a_straight_script(urls: list[str], tmp_path: Path) -> None:
    pairs = [
        (straight_script(urls, tmp_path / f"straight{n}"), lyttepost(urls, tmp_path / f"lyttepost{n}"))
        for n in range(ROUNDS)
    ]
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    print("\nstraight script, Lyttepost (s):", ", ".join(f"{a:.1f} {b:.1f}" for a, b in pairs), f"| ratio {ratio:.2f}")
    assert ratio <= LIMIT
