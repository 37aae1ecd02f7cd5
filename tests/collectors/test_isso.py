"""A real comment server, polled end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.errand import Errand
from collectors.poller import poll
from collectors.post import Polled, Post, Source, SourceState
from collectors.web import Web, fetch, session
from tests.servers.isso import Isso, isso

pytestmark = pytest.mark.server
HTTP = session(Web("Lyttepost/0.1 (Fjellheim kommune; post@example.no)", ("127.0.0.1",)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Isso]:
    with isso(tmp_path) as server:
        yield server


def ask(server: Isso, state: SourceState, later: timedelta = timedelta(0)) -> Polled:
    return poll(Source("avis", server.feed), state, Errand(HTTP, "f", datetime.now(UTC) + later))


def test_a_thread_of_comments_is_polled_with_its_edits_and_replies(server: Isso) -> None:
    first = server.comment("Bussen er alltid forsinket 🚌 *æøå* <script>alert(1)</script>", "Ola")
    reply = server.comment("Helt uenig, @Ola!", "Kari", parent=first["id"])
    server.comment("Når kommer neste?", "Per")

    polled = ask(server, SourceState("avis"))
    assert (polled.ok, polled.state.problem, polled.seen) == (True, None, 3)
    posts = {post.author.name: post for post in polled.posts if post.author}
    assert posts["Kari"].parent_id == posts["Ola"].post_id
    assert posts["Ola"].parent_id is posts["Per"].parent_id is None
    assert posts["Ola"].text.startswith("Bussen er alltid forsinket 🚌 æøå")
    assert posts["Ola"].url == f"http://avis.example.no/sak/1#isso-{first['id']}"
    assert {post.kind for post in polled.posts} == {"comment"}
    assert all(abs(post.published_at - datetime.now(UTC)) < timedelta(minutes=1) for post in polled.posts)

    server.edit(reply, "Rettet: helt enig!")
    server.comment("Enig med dere begge", "Anne", parent=reply["id"])
    unchanged = ask(server, polled.state, timedelta(hours=1))
    assert (unchanged.ok, unchanged.posts, unchanged.state.cursor["not_modified_in_a_row"]) == (True, (), 1)

    again = ask(server, unchanged.state, timedelta(hours=25))
    assert again.ok
    assert texts(again.posts)["Kari"] == "Rettet: helt enig!"
    assert texts(again.posts)["Anne"] == "Enig med dere begge"
    held = {post.post_id: post for post in polled.posts}
    new = {post.post_id for post in again.posts} - set(held)
    assert len(new) == 1
    edited = [
        post for post in again.posts if post.post_id in held and post.content_hash != held[post.post_id].content_hash
    ]
    assert [post.author.name for post in edited if post.author] == ["Kari"]

    once_more = ask(server, again.state, timedelta(hours=50))
    assert (once_more.ok, once_more.posts) == (True, ())


def test_the_server_says_that_nothing_changed_although_it_did(server: Isso) -> None:
    """What the poll in full from time to time is there for."""
    first = server.comment("Først", "Ola")
    etag = fetch(HTTP, server.feed).headers["etag"]
    server.edit(first, "Rettet")
    assert fetch(HTTP, server.feed, {"If-None-Match": etag}).status == 304


def test_a_page_without_comments_is_an_empty_feed(server: Isso) -> None:
    polled = ask(server, SourceState("avis"))
    assert (polled.ok, polled.posts, polled.state.problem) == (True, (), None)


def texts(posts: tuple[Post, ...]) -> dict[str, str]:
    return {post.author.name: post.text for post in posts if post.author}
