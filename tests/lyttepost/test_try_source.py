"""A source is tried before it is set to work: hits, a sample and the cost are told, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from collectors.post import Budget, ListeningPost, Polled, Post, Source, SourceState, Spent
from data import posts
from data.store import Store
from lyttepost import config
from lyttepost.context import Context
from lyttepost.home import Home
from lyttepost.jobs import Work
from lyttepost.try_source import report, try_source
from tests.servers.faults import FaultServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCHOOL = ListeningPost("skole", "svare", "Skole", keywords=("skole",))
FEED = """<rss version="2.0"><channel>
<item><guid>1</guid><title>Skolen er stengt</title><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>Fint vær</title></item></channel></rss>"""
CONFIGURATION = """
[body]
name = "Fjellheim kommune"
[web]
allowed_hosts = ["127.0.0.1"]
[[sources]]
name = "avis"
url = "{url}"
[[sources]]
name = "bro"
kind = "bluesky"
[[listening_posts]]
name = "Skole"
purpose = "svare"
keywords = ["skole"]
"""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def context(server: FaultServer, store: Store, tmp_path: Path) -> Context:
    home = Home(tmp_path)
    home.config.write_text(CONFIGURATION.format(url=server.url("/feed")), "utf-8")
    old = config.Config("Fjellheim kommune", "")
    return Context(home, old, store, Work(store, old, home.models, print))


def tried(context: Context, name: str) -> tuple[int, str]:
    said: list[str] = []
    code = try_source(context, said.append, name)
    return code, "\n".join(said)


def test_hits_and_a_sample_are_told_and_nothing_is_stored(server: FaultServer, context: Context) -> None:
    server.serve("/feed", FEED.encode())
    code, said = tried(context, "avis")
    assert code == 0
    assert "Leste 2 innlegg. 1 treffer en lyttepost." in said
    assert "Skole: 1" in said
    assert "21. nov. 2026 kl. 11.00: Skolen er stengt" in said
    with context.store.read() as cursor:
        assert posts.count(cursor) == 0
        assert cursor.execute("SELECT count(*) FROM source_state").fetchone() == (0,)


def test_a_feed_that_can_be_subscribed_to_is_told_of(server: FaultServer, context: Context) -> None:
    hub = '<link rel="hub" href="https://hub.example.no/x" xmlns="http://www.w3.org/2005/Atom"/>'
    server.serve("/feed", FEED.replace("<channel>", f"<channel>{hub}").encode())
    assert "(WebSub hos hub.example.no)" in tried(context, "avis")[1]


def test_what_is_wrong_is_told_in_a_sentence(server: FaultServer, context: Context) -> None:
    server.serve("/feed", b"<!doctype html><title>Hei</title>")
    code, said = tried(context, "avis")
    assert (code, "er en nettside, ikke en feed" in said) == (2, True)


def test_a_source_that_lacks_something_says_what(context: Context) -> None:
    code, said = tried(context, "bro")
    assert (code, "«account» mangler" in said) == (2, True)


def test_an_unknown_name_tells_the_known_ones(context: Context) -> None:
    code, said = tried(context, "radio")
    assert (code, said) == (2, "Det er ingen kilde som heter «radio» i oppsettet. Disse finnes: avis.")


def test_what_the_try_and_a_day_cost_is_told() -> None:
    source = Source("x", "https://api.twitter.com", "x", 60, hashtags=("elvestrand",), budget=Budget(nok=Decimal(20)))
    found = Post("x", "x", "1", "Skolen er stengt #elvestrand", NOW, NOW)
    polled = Polled(SourceState("x"), (found,), 1, spent=Spent(2, 20, Decimal("1.1")))
    said = report(source, polled, [SCHOOL])
    assert said[0] == "Spør etter: #elvestrand."
    assert "Prøven kostet 2 spørringer og 20 innlegg, 1,1 kroner." in said
    assert said[-1] == "Et døgn kan koste opptil 20 kroner."
