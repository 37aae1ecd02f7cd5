"""The demo: an invented municipality whose posts go the whole real way, from feeds on loopback to the screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

from dashboard.wording import number, t
from data import facts, posts
from data.demo import history
from data.posts import oslo_day
from data.store import Store
from lyttepost import commands, config, demo_feeds
from lyttepost.context import Context
from lyttepost.home import Home
from lyttepost.jobs import Work, now_utc
from lyttepost.ownership import Say
from lyttepost.serve import Address, serve

HOST = "127.0.0.1"
_CONFIGURATION = resources.files("data.demo").joinpath("lyttepost.toml")


def run(home: Home, address: Address | None, say: Say) -> None:
    """Fill the demo's database where that is not done today, and serve it at `address` (None: only fill). The caller
    owns the home."""
    home.root.mkdir(parents=True, exist_ok=True)
    day = oslo_day(now_utc())
    _start_over(home, day, say)
    with feed_server(day) as port:
        home.config.write_text(configuration(port), "utf-8")
        settings = config.load(home.config)
        if address is None:
            with Store(home.database) as store:
                work = Work(store, settings, home.models, say)
                work.configure()
                fill(home, work, say, day)
        else:

            @contextmanager
            def prepare(work: Work) -> Iterator[None]:
                fill(home, work, say, day)
                yield

            serve(home, settings, address, say, prepare, demo=True)


def configuration(port: int) -> str:
    """The demo body's configuration file, with its feeds on this port of loopback."""
    written = _CONFIGURATION.read_text("utf-8").replace("http://demo.example.no", f"http://{HOST}:{port}")
    return f'{written}\n[web]\nallowed_hosts = ["{HOST}:{port}"]\n'


def fill(home: Home, work: Work, say: Say, day: date) -> None:
    """Bring the demo's facts and posts in by the same commands that a body uses; does nothing where they are in."""
    if _made(home).exists():
        with work.store.read() as cursor:
            say(t("cli.demo.known", posts=number(posts.count(cursor))))
        return
    started = time.monotonic()
    say(t("cli.demo.filling", path=home.root))
    context = Context(home, work.config, work.store, work, later=lambda: None)
    register = home.root / "fakta.jsonl"
    register.write_text(demo_feeds.facts(day), "utf-8")
    commands.run(context, "import-facts", {"file": str(register)}, say)
    commands.run(context, "collect", {"everything": True}, say)
    export = home.root / f"{demo_feeds.EXPORTED}.csv"
    shown = [p for p in demo_feeds.load(day) if p.source == demo_feeds.EXPORTED and p.at <= now_utc()]
    export.write_text(demo_feeds.export_csv(shown), "utf-8")
    commands.run(
        context,
        "import",
        {"file": str(export), "source": "Facebook-kommentarer", "listening_post": None, "platform": "facebook"},
        say,
    )
    with work.store.read() as cursor:
        stored, known = posts.count(cursor), facts.register(cursor)
    say(t("cli.demo.reading", count=number(stored)))
    work.process()
    work.store.write(lambda cursor: history.replay(cursor, now_utc()))
    _made(home).write_text(day.isoformat(), "utf-8")
    took = round(time.monotonic() - started)
    say(t("cli.demo.filled", seconds=took, posts=number(stored), facts=len(known)))


@contextmanager
def feed_server(day: date) -> Iterator[int]:
    """Serve the demo's feeds on a free port of loopback; each holds the posts whose time has come. Two of the sources
    have something wrong with them, as in real life."""
    by_path = {source.path: source for source in demo_feeds.SOURCES}
    written = demo_feeds.load(day)

    class Feeds(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            source = by_path.get(self.path)
            if source:
                now = now_utc()
                self._answer(200, source.content_type, source.render([p for p in written if p.at <= now]))
            elif self.path == "/kulturhuset/":
                self._answer(200, "text/html", b"<!doctype html><title>Kulturhuset</title><h1>Velkommen!</h1>")
            else:
                self._answer(503, "text/plain", b"Stengt for vedlikehold", {"Retry-After": "3600"})

        def _answer(self, status: int, content_type: str, body: bytes, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(more or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Feeds) as server:
        threading.Thread(target=server.serve_forever, name="demo feeds", daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def _made(home: Home) -> Path:
    """Written when the demo is whole: the day that it shows as its last."""
    return home.root / "demo-day"


def _start_over(home: Home, today: date, say: Say) -> None:
    """Remove a database that was left half filled, or whose newest posts are of an earlier day."""
    made = _made(home)
    if home.database.exists() and (not made.exists() or made.read_text("utf-8").strip() != today.isoformat()):
        say(t("cli.demo.stale"))
        for file in (made, home.database, Path(f"{home.database}.wal")):
            file.unlink(missing_ok=True)
