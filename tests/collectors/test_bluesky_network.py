"""Bluesky's own servers (PLC, PDS and AppView), polled end to end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from collectors import bluesky
from collectors.credentials import Tokens
from collectors.errand import Errand
from collectors.poller import look_up, poll
from collectors.post import Credential, HeldPost, LookedUp, Polled, Post, Source, SourceState
from collectors.web import Session, Web, session
from tests.servers.bluesky import Network, Person, bluesky_network, until

__all__ = ["bluesky_network"]  # the fixture

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.xdist_group("bluesky")]


@dataclass
class Body:
    """The public body that listens: its account, what it keeps between polls, and what it asked the servers for."""

    account: Person
    http: Session
    tokens: Tokens = field(default_factory=Tokens)
    asked: list[str] = field(default_factory=list)

    def source(self, **more: Any) -> Source:
        password = Credential(env="APP_PASSWORD")
        return Source("bluesky", self.account.pds, "bluesky", account=self.account.handle, credential=password, **more)

    def poll(self, state: SourceState | None = None, threads: tuple[HeldPost, ...] = (), **more: Any) -> Polled:
        errand = Errand(self.http, "f", datetime.now(UTC), tokens=self.tokens, threads=threads)
        return poll(self.source(**more), state or SourceState("bluesky"), errand)

    def look_up(self, *posts: Post) -> LookedUp:
        errand = Errand(self.http, "f", datetime.now(UTC), tokens=self.tokens)
        return look_up(self.source(hashtags=("x",)), tuple(map(held, posts)), errand)

    @property
    def key(self) -> str:
        return f"bluesky:{self.account.pds}:{self.account.handle}"


@pytest.fixture
def body(bluesky_network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[Body]:
    account = bluesky_network.person("kommunen")
    monkeypatch.setenv("APP_PASSWORD", account.app_password)
    with session(Web("Lyttepost/0.1 (Fjellheim kommune; post@example.no)", ("127.0.0.1",))) as http:
        body = Body(account, http)

        def note(answer: requests.Response, *_: object, **__: object) -> None:
            body.asked.append((answer.request.path_url or "").rpartition("/")[2].partition("?")[0].rpartition(".")[2])

        http.hooks["response"].append(note)
        yield body


@pytest.fixture
def word() -> str:
    """A hashtag that no other test uses."""
    return f"nordbygda{time.monotonic_ns()}"


def held(post: Post) -> HeldPost:
    return HeldPost(post.post_id, post.native_id, post.server_id, post.conversation_id)


def brought(ask: Callable[[], Polled], count: int) -> Polled:
    """What a poll brings once the servers have told one another of so many posts."""
    return until(lambda: polled if len((polled := ask()).posts) >= count or not polled.ok else None)


def by_text(polled: Polled | LookedUp) -> dict[str, Post]:
    return {post.text: post for post in polled.posts}


def test_a_search_of_several_pages_is_read_through_the_cursor(
    body: Body, bluesky_network: Network, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky, "PAGE", 3)
    kari = bluesky_network.person("kari")
    for number in range(8):
        kari.post(f"Innlegg {number} om bussen på Ås 🚌 #{word}")
    polled = brought(lambda: body.poll(hashtags=(word,)), 8)
    assert (polled.ok, polled.state.problem, len(polled.posts)) == (True, None, 8)
    body.asked.clear()
    polled = body.poll(hashtags=(word,))
    assert body.asked.count("searchPosts") >= 3
    post = by_text(polled)[f"Innlegg 3 om bussen på Ås 🚌 #{word}"]
    assert post.author is not None
    assert (post.author.native_id, post.author.handle) == (kari.did, kari.handle)
    assert (post.hashtags, post.lang_declared) == ((word,), "nb")
    assert post.indexed_at is not None
    assert abs(post.indexed_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_walk_that_takes_several_polls_brings_all_and_the_next_only_what_is_new(
    body: Body, bluesky_network: Network, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kari = bluesky_network.person("kari")
    for number in range(9):
        kari.post(f"Innlegg {number} #{word}")
    brought(lambda: body.poll(hashtags=(word,)), 9)
    monkeypatch.setattr(bluesky, "PAGE", 2)
    monkeypatch.setattr(bluesky, "PAGES", 2)
    first = body.poll(hashtags=(word,))
    assert len(first.posts) == 4
    kari.post(f"Kom imens #{word}")
    second = body.poll(first.state, hashtags=(word,))
    third = body.poll(second.state, hashtags=(word,))
    assert len(by_text(first) | by_text(second) | by_text(third)) >= 9
    assert third.state.cursor["left"] == []
    until(lambda: f"Kom imens #{word}" in by_text(body.poll(third.state, hashtags=(word,))))


def test_a_conversation_is_read_with_its_answers(body: Body, bluesky_network: Network, word: str) -> None:
    kari, per = bluesky_network.person("kari"), bluesky_network.person("per")
    root = kari.post(f"Når kommer den nye skolen? #{word}")
    answer = per.post("Den kommer til våren", reply_to=root)
    kari.post("Takk!", reply_to=answer)
    first = brought(lambda: body.poll(hashtags=(word,)), 1)
    polled = brought(lambda: body.poll(threads=tuple(map(held, first.posts)), hashtags=(word,)), 3)
    posts = by_text(polled)
    assert polled.threads_read == (first.posts[0].post_id,)
    assert posts["Takk!"].parent_id == posts["Den kommer til våren"].post_id
    assert posts["Den kommer til våren"].parent_id == first.posts[0].post_id
    assert {post.conversation_id for post in polled.posts} == {root["uri"]}
    assert {post.kind for post in polled.posts} == {"post", "reply"}

    kari.delete(root)
    until(lambda: body.look_up(first.posts[0]).gone)
    without = body.poll(threads=(held(posts["Den kommer til våren"]),), hashtags=(word,))
    assert (without.ok, set(by_text(without))) == (True, {"Den kommer til våren", "Takk!"})


def test_mentions_come_by_notification(body: Body, bluesky_network: Network) -> None:
    kari = bluesky_network.person("kari")
    kari.mention("når åpner svømmehallen?", body.account)
    polled = brought(lambda: body.poll(mentions=True), 1)
    assert (polled.ok, "listNotifications" in body.asked) == (True, True)
    (post,) = polled.posts
    assert (post.text, post.mentions) == (f"@{body.account.handle} når åpner svømmehallen?", (body.account.handle,))

    own = body.account.post("Hallen åpner i mai")
    kari.post("Så fint", reply_to=own)
    again = brought(lambda: body.poll(polled.state, mentions=True), 2)
    assert by_text(again)["Så fint"].parent_native_id == own["uri"]


def test_what_was_deleted_is_found_by_looking_it_up(body: Body, bluesky_network: Network, word: str) -> None:
    kari = bluesky_network.person("kari")
    kari.post(f"Blir stående #{word}")
    regretted = kari.post(f"Blir slettet #{word}")
    posts = by_text(brought(lambda: body.poll(hashtags=(word,)), 2))
    assert body.look_up(*posts.values()).gone == {}
    kari.delete(regretted)
    found = until(lambda: looked if (looked := body.look_up(*posts.values())).gone else None)
    assert found.gone == {posts[f"Blir slettet #{word}"].post_id: "absent"}
    assert list(by_text(found)) == [f"Blir stående #{word}"]


def test_who_blocks_the_body_has_not_deleted_anything(body: Body, bluesky_network: Network, word: str) -> None:
    kari = bluesky_network.person("kari")
    kari.post(f"Står her ennå #{word}")
    (post,) = brought(lambda: body.poll(hashtags=(word,)), 1).posts
    kari.block(body.account)
    until(lambda: not body.account.get("app.bsky.feed.getPosts", uris=[post.native_id])["posts"])
    found = body.look_up(post)
    assert (found.gone, found.posts, found.problem) == ({}, (), None)


def test_who_opts_out_is_counted_only(body: Body, bluesky_network: Network, word: str) -> None:
    kari, ola = bluesky_network.person("kari"), bluesky_network.person("ola")
    ola.opt_out()
    ola.post(f"Skal ikke lagres #{word}")
    kari.post(f"Kan lagres #{word}")
    polled = until(lambda: found if (found := body.poll(hashtags=(word,))).seen == 2 and found.opted_out else None)
    assert (list(by_text(polled)), polled.opted_out) == ([f"Kan lagres #{word}"], 1)
    kept = b"".join(raw.body for raw in polled.raw)
    assert b"Kan lagres" in kept
    for trace in ("Skal ikke lagres", ola.did, ola.handle, "Vil være i fred"):
        assert trace.encode() not in kept


def test_one_logs_in_once_for_all_polls(body: Body, word: str) -> None:
    first = body.poll(hashtags=(word,))
    second = body.poll(first.state, hashtags=(word,))
    assert (first.ok, second.ok) == (True, True)
    assert body.asked == ["createSession", "searchPosts", "searchPosts"]


@pytest.mark.parametrize("kind", ["expired", "invalid"])
def test_an_access_token_that_is_no_good_is_renewed_by_the_refresh_token(body: Body, word: str, kind: str) -> None:
    first = body.poll(hashtags=(word,))
    kept = body.tokens.get(body.key)
    spoilt = expired(kept["access"]) if kind == "expired" else "ikke.et.token"
    body.tokens.set(body.key, {**kept, "access": spoilt})
    body.asked.clear()
    second = body.poll(first.state, hashtags=(word,))
    assert (second.ok, body.asked) == (True, ["searchPosts", "refreshSession", "searchPosts"])
    assert body.tokens.get(body.key)["access"] != spoilt
    assert body.poll(second.state, hashtags=(word,)).ok
    assert "createSession" not in body.asked


def test_a_wrong_password_and_an_unknown_account_are_told_at_once(
    body: Body, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = replace(body.account, handle="finnes-ikke.test")
    with_unknown = replace(body, account=unknown, tokens=Tokens()).poll(hashtags=(word,))
    monkeypatch.setenv("APP_PASSWORD", "abcd-efgh-ijkl-mnop")
    for polled in (with_unknown, body.poll(hashtags=(word,))):
        assert not polled.ok
        assert polled.state.problem is not None
        assert polled.state.problem.code == "bluesky_login_refused"


def expired(token: str) -> str:
    """The same token as it will be when it has run out, signed with the secret of the test servers."""
    head, claims, _ = token.split(".")
    found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    found |= {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 60}
    signed = f"{head}.{unpadded(json.dumps(found).encode())}"
    return f"{signed}.{unpadded(hmac.digest(b'jwt-secret', signed.encode(), hashlib.sha256))}"


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
