"""Feeds on many loopback hosts that grow, and that answer every other time with one of the faults: the same ones in
every run with the same seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile

from tests.servers import faults

SLOW = ("silence", "drip", "drip in the headers", "continue without end")
"""Those that take as long as the limits allow."""
HEAVY = ("body without end", "headers without end", "huge header", "gzip bomb", "entities")
"""Those that take time of ours."""
QUICK = tuple(name for name in faults.FAULTS if name not in (*SLOW, *HEAVY))


@dataclass
class FailingFeeds:
    """Some GETs add an item to a feed, up to `limit`; items never leave it."""

    seed: int
    limit: int
    sizes: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)
    failing: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, number: int) -> str:
        return f"{self.bases[number % len(self.bases)]}/{number}.rss"

    def answer(self, path: str, etag: str | None) -> faults.Behaviour:
        name = path.strip("/").removesuffix(".rss").removesuffix("/moved")
        with self.lock:
            number = self.asked[name] = self.asked.get(name, 0) + 1
            chance = random.Random(f"{self.seed}/{name}/{number}")
            size = self.sizes.get(name, 0)
            if self.failing and chance.random() < 0.3:
                size = min(size + 1, self.limit)
            self.sizes[name] = size
        current = f'"{size}"'
        body = feed(name, size)
        if self.failing and chance.random() < 0.5:
            what = chance.choices((QUICK, HEAVY, SLOW, ("moved",)), (85, 2, 1, 12))[0]
            fault = chance.choice(what)
            if fault == "moved" and not path.endswith("/moved.rss"):
                return faults.redirect(f"/{name}/moved.rss", chance.choice((301, 302, 307, 308)))
            if fault in faults.FAULTS:
                return faults.FAULTS[fault](body)
        if etag == current:
            return faults.answer(304, headers={"ETag": current})
        return faults.answer(200, body, {"ETag": current, "Content-Type": "application/rss+xml"})


def is_header(line: bytes) -> bool:
    return b": " in line


def feed(name: str, size: int) -> bytes:
    items = "".join(f"<item><guid>{name}-{n}</guid><title>Sak {n}</title></item>" for n in range(size))
    return f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()


@contextmanager
def failing_feeds(seed: int, hosts: int, limit: int) -> Iterator[FailingFeeds]:
    """Serve until the block ends, on 127.0.3.1 and on."""
    feeds = FailingFeeds(seed, limit)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def handle_one_request(self) -> None:
            # Not by the library, which takes longer for a request than all the rest.
            head = self.rfile.readline().split()
            headers = dict(line.rstrip().split(b": ", 1) for line in takewhile(is_header, self.rfile))
            if len(head) == 3:
                self.path, self.request_version, self.requestline = head[1].decode(), "HTTP/1.1", ""
                feeds.answer(self.path, headers.get(b"If-None-Match", b"").decode() or None)(self)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # clients that are killed are part of the test

    with ExitStack() as stack:
        for n in range(hosts):
            server = stack.enter_context(Server((f"127.0.3.{n + 1}", 0), Handler))
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
            feeds.bases.append(f"http://127.0.3.{n + 1}:{server.server_port}")
        yield feeds
