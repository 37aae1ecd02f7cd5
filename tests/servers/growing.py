"""A feed server on loopback whose feeds grow, as fast as they are asked for, and that answers 304 to a right ETag."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class GrowingFeeds:
    """Each GET of `/NAME.rss` with a new ETag adds `step` items, up to `limit`; items never leave the feed."""

    step: int
    limit: int
    port: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    growing: bool = True

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}.rss"

    def answer(self, name: str, etag: str | None) -> tuple[int, str, bytes]:
        with self.lock:
            size = self.sizes.get(name, 0)
            if self.growing:
                size = min(size + self.step, self.limit)
            self.sizes[name] = size
        current = f'"{name}-{size}"'
        if etag == current:
            return 304, current, b""
        items = "".join(
            f"<item><guid>{name}-{i}</guid><title>Sak {i}</title>"
            f"<description>Innlegg {i} om skolen i {name}</description>"
            f"<pubDate>Sat, 21 Nov 2026 {i // 60 % 24:02}:{i % 60:02}:00 GMT</pubDate></item>"
            for i in range(size)
        )
        return 200, current, f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()


@contextmanager
def growing_feeds(step: int = 3, limit: int = 300, host: str = "127.0.0.1") -> Iterator[GrowingFeeds]:
    """Serve until the block ends."""
    feeds = GrowingFeeds(step, limit)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.strip("/").removesuffix(".rss")
            status, etag, body = feeds.answer(name, self.headers.get("If-None-Match"))
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    with Server((host, 0), Handler) as server:
        feeds.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield feeds
        finally:
            server.shutdown()
