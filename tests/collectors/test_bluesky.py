"""Bluesky against a server that answers as it is told. The real servers: test_bluesky_network.py."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from collectors import bluesky, bluesky_parser
from collectors.credentials import Tokens
from collectors.errand import Errand
from collectors.poller import look_up, poll
from collectors.post import (
    Credential,
    HeldPost,
    LookedUp,
    Metrics,
    Polled,
    Post,
    Problem,
    RawAnswer,
    Source,
    SourceState,
)
from collectors.web import Limits, Web, session

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HTTP = session(Web("Lyttepost", ("127.0.0.1",), Limits(read_seconds=2, total_seconds=4)))
SHARED = Path(os.environ.get("LYTTEPOST_SHARED") or Path(__file__).parents[3] / "shared") / "payloads" / "bluesky"

SEARCH = "app.bsky.feed.searchPosts"
NOTIFICATIONS = "app.bsky.notification.listNotifications"
THREAD = "app.bsky.feed.getPostThread"
POSTS = "app.bsky.feed.getPosts"
LOG_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"

KARI = {"did": "did:plc:kari", "handle": "kari.example.no", "displayName": "Kari", "labels": []}
OLA = {
    "did": "did:plc:ola",
    "handle": "ola.example.no",
    "labels": [{"src": "did:plc:ola", "val": "!no-unauthenticated"}],
}

Answers = Callable[[Request], Response]


class Bluesky:
    """What stands in for a server of accounts. `asked` holds the methods, in the order that they were asked."""

    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self.url = server.url_for("").rstrip("/")
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.tokens = Tokens()
        self.sessions = 0
        self.good = ""
        """The access token that is let in."""
        self._answers: dict[str, Answers] = {LOG_IN: self._log_in, REFRESH: self._refresh}
        server.expect_request(re.compile("/xrpc/.*")).respond_with_handler(self._answer)

    def on(self, method: str, answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer a method by a function of its parameters, or with this."""

        def respond(request: Request) -> Response:
            asks = callable(answer) and not isinstance(answer, Response)
            found = answer(parse_qs(request.query_string.decode())) if asks else answer
            if isinstance(found, Response):
                return found
            body = found if isinstance(found, str) else json.dumps(found)
            return Response(body, status, headers, content_type="application/json")

        self._answers[method] = respond

    def source(self, **more: Any) -> Source:
        given: dict[str, Any] = {"hashtags": ("skole",), "account": "kommunen.example.no", **more}
        return Source("bluesky", self.url, "bluesky", credential=Credential(env="APP_PASSWORD"), **given)

    def poll(self, state: SourceState | None = None, **more: Any) -> Polled:
        """Poll once; `now`, `fingerprint` and `threads` are the errand's, the rest the source's."""
        given = {name: more.pop(name) for name in ("now", "fingerprint", "threads") if name in more}
        errand = Errand(HTTP, tokens=self.tokens, **{"fingerprint": "f", "now": NOW, **given})
        return poll(self.source(**more), state or SourceState("bluesky"), errand)

    def look_up(self, *posts: HeldPost) -> LookedUp:
        return look_up(self.source(), posts, Errand(HTTP, "f", NOW, tokens=self.tokens))

    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]

    def _answer(self, request: Request) -> Response:
        method = request.path.rpartition("/")[2]
        self.asked.append((method, parse_qs(request.query_string.decode())))
        if method not in (LOG_IN, REFRESH) and request.headers.get("Authorization") != f"Bearer {self.good}":
            return declined("ExpiredToken", 400)
        if method not in self._answers:
            return declined("MethodNotImplemented", 501)
        return self._answers[method](request)

    def _log_in(self, request: Request) -> Response:
        given = json.loads(request.data)
        if given != {"identifier": "kommunen.example.no", "password": "app-passord-1234"}:
            return declined("AuthenticationRequired", 401)
        return self._session()

    def _refresh(self, request: Request) -> Response:
        if request.content_length != 0:
            return declined("InvalidRequest", 400)
        if request.headers["Authorization"] != f"Bearer refresh-{self.sessions}":
            return declined("ExpiredToken", 400)
        return self._session()

    def _session(self) -> Response:
        self.sessions += 1
        self.good = f"access-{self.sessions}"
        found = {"accessJwt": self.good, "refreshJwt": f"refresh-{self.sessions}", "handle": "kommunen.example.no"}
        return Response(json.dumps({**found, "did": "did:plc:kommunen"}), content_type="application/json")


def declined(error: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps({"error": error, "message": "Nei"}), status, headers, content_type="application/json")


@pytest.fixture(autouse=True)
def app_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_PASSWORD", "app-passord-1234")


@pytest.fixture
def server(httpserver: HTTPServer) -> Bluesky:
    server = Bluesky(httpserver)
    server.on(SEARCH, {"posts": []})
    server.on(NOTIFICATIONS, {"notifications": []})
    return server


def uri(key: str, who: dict[str, Any] = KARI) -> str:
    return f"at://{who['did']}/app.bsky.feed.post/{key}"


def view(key: str, text: str = "Hei", at: datetime = NOW, author: dict[str, Any] = KARI, **more: Any) -> dict[str, Any]:
    """A post as the API shows it; `more` goes into the record."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at.isoformat(), **more}
    return {
        "uri": uri(key, author),
        "cid": f"cid-{key}",
        "author": author,
        "record": record,
        "indexedAt": at.isoformat(),
    }


def facet(text: str, part: str, **feature: str) -> dict[str, Any]:
    """What the part of a text is, counted as Bluesky counts it."""
    start = text.encode().index(part.encode())
    kind = f"app.bsky.richtext.facet#{feature.pop('kind')}"
    index = {"byteStart": start, "byteEnd": start + len(part.encode())}
    return {"index": index, "features": [{"$type": kind, **feature}]}


def read(*views: Any) -> bluesky_parser.Read:
    """What is read of an answer with these."""
    data = {"posts": list(views)}
    raw = RawAnswer("https://example.no", 200, {}, json.dumps(data).encode(), NOW)
    return bluesky_parser.read(views, raw, data, Source("bluesky", "https://example.no", "bluesky"), NOW)


def one(shown: Any) -> Post:
    (post,) = read(shown).posts
    return post


def held(key: str, who: dict[str, Any] = KARI, root: str = "") -> HeldPost:
    return HeldPost(f"id-{key}", uri(key, who), uri(key, who), root)


def keys(polled: Polled | LookedUp) -> set[str]:
    return {post.native_id.rpartition("/")[2] for post in polled.posts}


def pages(*listed: list[dict[str, Any]]) -> Callable[[dict[str, list[str]]], Any]:
    """Answers a search page by page."""

    def answer(parameters: dict[str, list[str]]) -> dict[str, Any]:
        number = int(parameters.get("cursor", ["0"])[0])
        return {"posts": listed[number], **({"cursor": str(number + 1)} if number + 1 < len(listed) else {})}

    return answer


# The session


def test_one_logs_in_once_and_stays_logged_in(server: Bluesky) -> None:
    first = server.poll()
    assert (first.ok, server.methods()) == (True, [LOG_IN, SEARCH])
    server.poll(first.state)
    assert server.methods() == [LOG_IN, SEARCH, SEARCH]


def test_tokens_outlive_the_process(server: Bluesky, tmp_path: Path) -> None:
    server.tokens = Tokens(tmp_path / "tokens.json")
    server.poll()
    server.tokens = Tokens(tmp_path / "tokens.json")
    server.poll()
    assert server.methods() == [LOG_IN, SEARCH, SEARCH]


def test_a_token_that_has_run_out_is_renewed_without_a_log_in(server: Bluesky) -> None:
    """The server says so with 400."""
    server.poll()
    server.good = "another"
    polled = server.poll()
    assert (polled.ok, server.methods()[2:]) == (True, [SEARCH, REFRESH, SEARCH])


def test_one_logs_in_again_when_the_refresh_token_has_run_out_too(server: Bluesky) -> None:
    server.poll()
    server.good, server.sessions = "another", 7
    polled = server.poll()
    assert (polled.ok, server.methods()[2:]) == (True, [SEARCH, REFRESH, LOG_IN, SEARCH])


@pytest.mark.parametrize("status", [429, 500, 502])
def test_a_server_that_is_down_costs_no_log_in(server: Bluesky, status: int) -> None:
    server.poll()
    server.good = "another"
    server.on(REFRESH, declined("UpstreamFailure", status))
    polled = server.poll()
    assert (polled.ok, server.methods()[2:]) == (False, [SEARCH, REFRESH])


def test_a_token_that_is_never_good_is_asked_with_twice_at_most(server: Bluesky) -> None:
    server.on(SEARCH, declined("InvalidToken", 400))
    polled = server.poll()
    assert polled.state.problem == Problem("token_refused", {"host": server.url.removeprefix("http://")})
    assert server.methods() == [LOG_IN, SEARCH, REFRESH, SEARCH]


@pytest.mark.parametrize("wrong", ["password", "account"])
def test_a_wrong_password_or_account_is_an_error_at_once(
    server: Bluesky, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    if wrong == "password":
        monkeypatch.setenv("APP_PASSWORD", "et-annet-passord")
    polled = server.poll(account="kommunen.example.no" if wrong == "password" else "ukjent.example.no")
    assert not polled.ok
    assert polled.state.problem is not None
    assert polled.state.problem.code == "bluesky_login_refused"
    assert server.methods() == [LOG_IN]


def test_an_account_that_is_closed_is_told(server: Bluesky) -> None:
    server.on(LOG_IN, {"accessJwt": "a", "refreshJwt": "r", "handle": "x.example.no", "active": False})
    assert problem(server.poll()) == "bluesky_account_inactive"


@pytest.mark.parametrize("answer", [{}, {"accessJwt": 1}, [], {"accessJwt": "a\nb", "refreshJwt": "r"}])
def test_what_is_no_server_of_accounts_is_told(server: Bluesky, answer: Any) -> None:
    server.on(LOG_IN, answer)
    assert problem(server.poll()) == "bluesky_no_server"


def test_a_web_server_is_no_server_of_accounts(server: Bluesky) -> None:
    server.on(LOG_IN, Response("<html>", 404))
    assert problem(server.poll()) == "bluesky_no_server"


def test_the_password_and_the_tokens_are_in_nothing_that_is_kept(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("1")]})
    polled = server.poll()
    assert polled.raw
    for secret in ("app-passord-1234", "access-1", "refresh-1"):
        assert secret not in repr(polled)


# What is asked for


def test_hashtags_words_and_phrases_are_searched_for_each_by_itself(server: Bluesky) -> None:
    server.poll(hashtags=("Skole", "#skole"), keywords=("vann", "ny skole", "barnehage*", "e-post", '#sfo "'))
    asked = [parameters["q"] for method, parameters in server.asked if method == SEARCH]
    assert asked == [["#skole"], ["#sfo"], ["vann"], ['"ny skole"'], ["barnehage"], ['"e-post"']]
    assert server.asked[1][1] == {"q": ["#skole"], "sort": ["latest"], "limit": ["100"]}


def test_mentions_are_searched_for_and_taken_from_the_notifications(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("1", "Hei @kommunen.example.no")]})
    told = {**view("2", "Og du @kommunen.example.no"), "reason": "mention", "isRead": False}
    server.on(NOTIFICATIONS, {"notifications": [told, {**view("3"), "reason": "like", "record": {"subject": {}}}]})
    polled = server.poll(hashtags=(), mentions=True)
    assert keys(polled) == {"1", "2"}
    searched = dict(server.asked)[SEARCH]
    assert (searched["q"], searched["mentions"]) == (["@kommunen.example.no"], ["kommunen.example.no"])
    told_of = dict(server.asked)[NOTIFICATIONS]
    assert (told_of["reasons"], told_of["priority"]) == (["mention", "reply", "quote"], ["false"])


def test_a_notification_does_not_take_away_how_far_a_post_spread(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("1") | {"likeCount": 3}]})
    server.on(NOTIFICATIONS, {"notifications": [view("1")]})
    (post,) = server.poll(hashtags=(), mentions=True).posts
    assert post.metrics == Metrics(likes=3)


def test_a_source_without_words_is_told(server: Bluesky) -> None:
    assert problem(server.poll(hashtags=())) == "bluesky_nothing_to_ask"


# Paging


def test_a_search_is_read_page_by_page_until_the_week_is_over(server: Bluesky) -> None:
    week = [[view(f"{day}", at=NOW - timedelta(days=day))] for day in range(12)]
    server.on(SEARCH, pages(*week))
    first = server.poll()
    assert keys(first) == {"0", "1", "2", "3", "4"}
    assert first.state.next_due == NOW + bluesky.SOON
    second = server.poll(first.state, now=NOW + bluesky.SOON)
    assert keys(second) == {"5", "6", "7"}
    assert second.state.next_due is not None
    assert second.state.next_due > NOW + 5 * bluesky.SOON
    assert len([method for method in server.methods() if method == SEARCH]) == 9


def test_the_next_poll_reads_back_to_the_last_and_a_quarter_of_an_hour_more(server: Bluesky) -> None:
    def minutes_ago(minutes: int) -> list[dict[str, Any]]:
        return [view(f"{minutes}", at=NOW - timedelta(minutes=minutes))]

    server.on(SEARCH, pages(minutes_ago(60), minutes_ago(65)))
    first = server.poll(now=NOW - timedelta(minutes=50))
    server.on(SEARCH, pages(minutes_ago(5), minutes_ago(60), minutes_ago(74), minutes_ago(76), minutes_ago(80)))
    second = server.poll(first.state)
    assert keys(second) == {"5", "60", "74", "76"}


def test_a_server_that_passes_over_since_is_not_read_to_its_beginning(server: Bluesky) -> None:
    server.on(SEARCH, pages([view("1")], *[[view(f"old{n}", at=NOW - timedelta(days=30 + n))] for n in range(90)]))
    polled = server.poll()
    assert (keys(polled), server.methods().count(SEARCH)) == ({"1"}, 2)


def test_what_claims_a_time_to_come_does_not_hide_what_is_new(server: Bluesky) -> None:
    """It stands on top for ever, though it was indexed long ago."""
    stuck = view("stuck", at=NOW - timedelta(days=90)) | {
        "record": {"text": "Hei", "createdAt": "2031-01-01T00:00:00Z"}
    }
    ahead = view("ahead", at=NOW + timedelta(days=900))
    server.on(SEARCH, pages([stuck, ahead], [view("1", at=NOW - timedelta(minutes=1))]))
    first = server.poll()
    assert keys(first) == {"ahead", "1"}
    later = NOW + timedelta(hours=1)
    server.on(SEARCH, pages([stuck, ahead, view("2", at=later)]))
    assert "2" in keys(server.poll(first.state, now=later))


def test_a_new_word_is_looked_for_from_the_beginning_and_one_that_is_gone_is_forgotten(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("1")]})
    first = server.poll(hashtags=("skole", "vei"))
    second = server.poll(first.state, hashtags=("skole", "vann"))
    queries = second.state.cursor["queries"]
    assert set(queries) == {"#skole", "#vann"}
    assert queries["#skole"]["deep_at"] == first.state.cursor["queries"]["#skole"]["deep_at"]


def test_other_listening_posts_are_matched_with_the_week(server: Bluesky) -> None:
    listed = pages([view("1")], [view("2", at=NOW - timedelta(days=2))])
    server.on(SEARCH, listed)
    first = server.poll()
    server.on(SEARCH, pages([view("1")] * 5, [view("2", at=NOW - timedelta(days=2))]))
    assert keys(server.poll(first.state, now=NOW + timedelta(hours=2), fingerprint="another")) == {"1", "2"}


def test_once_a_day_one_looks_for_what_came_in_late(server: Bluesky) -> None:
    first = server.poll()
    backdated = pages([view("0", at=NOW)], [view("late", at=NOW - timedelta(days=3))])
    server.on(SEARCH, {"posts": [view("0")]})
    second = server.poll(first.state, now=NOW + timedelta(hours=1))
    server.on(SEARCH, backdated)
    assert keys(server.poll(second.state, now=NOW + timedelta(hours=25))) == {"0", "late"}


def test_a_page_that_is_no_more_is_begun_anew(server: Bluesky) -> None:
    server.on(
        SEARCH,
        lambda asked: declined("InvalidRequest", 400) if "cursor" in asked else {"posts": [view("1")], "cursor": "2"},
    )
    polled = server.poll()
    assert (polled.ok, keys(polled)) == (False, {"1"})
    assert polled.state.cursor["queries"]["#skole"]["token"] == ""
    assert polled.state.cursor["queries"]["#skole"]["reached"] < milliseconds(NOW)


def test_a_walk_without_end_is_given_up_and_the_gap_is_told(server: Bluesky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "WALK_PAGES", 3)
    server.on(
        SEARCH, lambda asked: {"posts": [view("1", at=NOW - timedelta(hours=1))], "cursor": str(len(server.asked))}
    )
    polled = server.poll()
    assert server.methods().count(SEARCH) == 3
    (gap,) = polled.gaps
    assert gap.problem == Problem("bluesky_too_many", {"query": "#skole"})
    assert (gap.started_at, gap.ended_at) == (NOW - bluesky.LOOK_BACK, NOW - timedelta(hours=1))
    assert not polled.state.cursor["queries"]["#skole"]["token"]


def test_one_poll_asks_for_so_much_and_the_next_for_the_rest(server: Bluesky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "REQUESTS", 2)
    words = ("a", "b", "c")
    first = server.poll(hashtags=words)
    assert (first.state.cursor["left"], first.state.next_due) == (["#c"], NOW + bluesky.SOON)
    second = server.poll(first.state, now=NOW + bluesky.SOON, hashtags=words)
    assert [parameters["q"][0] for method, parameters in server.asked if method == SEARCH] == ["#a", "#b", "#c"]
    assert second.state.cursor["left"] == []


def test_the_cursor_is_no_further_than_the_posts(server: Bluesky) -> None:
    """A poll that breaks off keeps what it read, and its page is asked for again."""
    at = [NOW - timedelta(hours=n) for n in range(3)]
    good = pages(*[[view(f"{n}", at=at[n])] for n in range(3)])
    server.on(SEARCH, lambda asked: declined("UpstreamFailure", 502) if asked.get("cursor") == ["2"] else good(asked))
    first = server.poll()
    assert (first.ok, keys(first)) == (False, {"0", "1"})
    assert problem(first) == "http_5xx"
    server.on(SEARCH, good)
    second = server.poll(first.state, now=NOW + timedelta(minutes=30))
    assert keys(second) == {"2"}
    assert second.state.cursor["queries"]["#skole"]["reached"] == milliseconds(NOW)


@pytest.mark.parametrize(
    "cursor",
    [
        {"queries": []},
        {"queries": {"#skole": None}},
        {"queries": {"#skole": {"reached": "x"}}},
        {"left": 1, "queries": 2},
        {"queries": {"#skole": {"reached": 1, "top": 1, "token": "", "pages": 0, "covered": None, "deep_at": 1}}},
    ],
)
def test_a_cursor_that_can_not_be_used_begins_anew(server: Bluesky, cursor: dict[str, Any]) -> None:
    server.on(SEARCH, {"posts": [view("1")]})
    assert keys(server.poll(SourceState("bluesky", cursor))) == {"1"}


# What goes wrong


def test_what_other_queries_brought_is_kept_when_one_fails(server: Bluesky) -> None:
    server.on(
        SEARCH, lambda asked: declined("UpstreamFailure", 502) if asked["q"] == ["#a"] else {"posts": [view("1")]}
    )
    polled = server.poll(hashtags=("a", "b"))
    assert (polled.ok, keys(polled), problem(polled)) == (False, {"1"}, "http_5xx")
    assert polled.state.cursor["queries"]["#b"]["reached"] == milliseconds(NOW)
    assert polled.state.cursor["left"] == ["#a"]


def test_a_limit_ends_the_poll_and_is_waited_for(server: Bluesky) -> None:
    until = datetime.now(UTC) + timedelta(minutes=4)  # by the server's own clock
    limit = declined("RateLimitExceeded", 429, {"ratelimit-reset": str(int(until.timestamp()))})
    server.on(SEARCH, lambda asked: limit if asked["q"] == ["#b"] else {"posts": [view("1")]})
    polled = server.poll(hashtags=("a", "b", "c"))
    assert (keys(polled), problem(polled)) == ({"1"}, "http_429")
    assert server.methods().count(SEARCH) == 2
    assert polled.state.next_due is not None
    assert timedelta(minutes=3) < polled.state.next_due - NOW <= timedelta(minutes=4)


def test_a_poll_gives_up_after_some_faults(server: Bluesky) -> None:
    server.on(SEARCH, declined("InternalServerError", 500))
    server.poll(hashtags=tuple("abcdefgh"))
    assert server.methods().count(SEARCH) == bluesky.FAULTS


@pytest.mark.parametrize("body", ["<html>Vedlikehold</html>", "[]", "{}", '{"posts": 1}', "[" * 2_000, ""])
def test_an_answer_that_is_none_is_told(server: Bluesky, body: str) -> None:
    server.on(SEARCH, body)
    assert problem(server.poll()) == "answer_unexpected"


def test_nothing_answers(server: Bluesky) -> None:
    polled = poll(replace(server.source(), url="http://127.0.0.1:9"), SourceState("bluesky"), Errand(HTTP, "f", NOW))
    assert problem(polled) == "connection_refused"


# Posts


def test_a_post_is_read_whole() -> None:
    shown = view(
        "3kabc",
        "Skolen på Nordbygda",
        reply={"root": {"uri": uri("rot")}, "parent": {"uri": uri("svar")}},
        langs=["nn-NO", "en"],
        tags=["Skole"],
        embed={"$type": "app.bsky.embed.record", "record": {"uri": uri("sitat")}},
        createdAt="2026-11-21T09:30:00.123Z",
    )
    shown |= {"replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 0}
    post = one(shown)
    assert (post.platform, post.namespace, post.kind) == ("bluesky", "", "reply")
    assert post.native_id == post.server_id == uri("3kabc")
    assert post.url == "https://bsky.app/profile/kari.example.no/post/3kabc"
    assert (post.text, post.lang_declared, post.hashtags) == ("Skolen på Nordbygda", "nn-no", ("skole",))
    assert (post.parent_native_id, post.conversation_id, post.quoted_native_id) == (
        uri("svar"),
        uri("rot"),
        uri("sitat"),
    )
    assert post.published_at == datetime(2026, 11, 21, 9, 30, 0, 123_000, UTC)
    assert (post.published_quality, post.indexed_at) == ("exact", NOW)
    assert post.metrics == Metrics(replies=1, reposts=2, likes=3, quotes=0)
    assert post.author is not None
    assert (post.author.native_id, post.author.handle, post.author.name) == ("did:plc:kari", "kari.example.no", "Kari")
    assert post.author.url == "https://bsky.app/profile/kari.example.no"


def test_a_post_that_begins_a_conversation_names_it() -> None:
    post = one(view("1"))
    assert (post.kind, post.parent_native_id, post.conversation_id, post.metrics) == ("post", "", uri("1"), None)


def test_facets_count_bytes() -> None:
    text = "Blåbær 🚌 på #Ås sier @ola.example.no – les www.example.no/en/lan… nå"
    facets = [
        facet(text, "www.example.no/en/lan…", kind="link", uri="https://www.example.no/en/lang/adresse"),
        facet(text, "#Ås", kind="tag", tag="Ås"),
        facet(text, "@ola.example.no", kind="mention", did="did:plc:ola"),
    ]
    post = one(view("1", text, facets=facets))
    assert post.text == "Blåbær 🚌 på #Ås sier @ola.example.no – les https://www.example.no/en/lang/adresse nå"
    assert (post.hashtags, post.mentions) == (("ås",), ("ola.example.no",))
    assert post.links == ("https://www.example.no/en/lang/adresse",)


@pytest.mark.parametrize(
    ("shown", "link", "expected"),
    [
        ("example.no/sak", "https://example.no/sak", "https://example.no/sak"),
        ("example.no/lang...", "https://www.example.no/lang/vei", "https://www.example.no/lang/vei"),
        ("https://example.no/sak", "https://example.no/sak", "https://example.no/sak"),
        ("les mer", "https://example.no/sak", "les mer"),
        ("bank.example.no", "https://svindel.example.no/", "bank.example.no"),
    ],
)
def test_a_link_that_is_shortened_is_shown_whole(shown: str, link: str, expected: str) -> None:
    post = one(view("1", f"Se {shown} nå", facets=[facet(f"Se {shown} nå", shown, kind="link", uri=link)]))
    assert (post.text, post.links) == (f"Se {expected} nå", (link,))


@pytest.mark.parametrize(
    "facets",
    [None, 1, [1], [{}], [{"index": None}], [{"index": {"byteStart": 0, "byteEnd": 2}, "features": 1}]]
    + [
        [{"index": {"byteStart": start, "byteEnd": end}, "features": [{"$type": "x#tag", "tag": "x"}]}]
        for start, end in ((-1, 2), (2, 1), (0, 99), ("0", 2), (True, 2), (1, 2), (0, 1))
    ],
)
def test_facets_that_fit_nowhere_are_passed_over(facets: Any) -> None:
    post = one(view("1", "åå", facets=facets))
    assert (post.text, post.hashtags) == ("åå", ())


def test_facets_over_one_another_take_nothing_away() -> None:
    text = "Se example.no/a b"
    both = [facet(text, "example.no/a", kind="link", uri="https://example.no/a")]
    both.append(facet(text, "no/a b", kind="tag", tag="x"))
    assert one(view("1", text, facets=both)).text == "Se https://example.no/a b"


def test_a_card_and_a_quote_beside_pictures_are_found() -> None:
    embed = {"record": {"record": {"uri": uri("sitat")}}, "media": {"external": {"uri": "https://example.no/kort"}}}
    post = one(view("1", embed=embed))
    assert (post.quoted_native_id, post.links) == (uri("sitat"), ("https://example.no/kort",))


def test_a_quoted_list_is_no_post() -> None:
    assert one(view("1", embed={"record": {"uri": "at://did:plc:kari/app.bsky.graph.list/1"}})).quoted_native_id == ""


@pytest.mark.parametrize(
    ("created", "quality"),
    [
        ("2031-01-01T00:00:00Z", "clamped_future"),
        ("1970-01-01T00:00:00Z", "missing"),
        ("i går", "missing"),
        (7, "missing"),
    ],
)
def test_a_time_that_can_not_be_is_that_of_fetching(created: Any, quality: str) -> None:
    post = one(view("1", createdAt=created))
    assert (post.published_at, post.published_quality) == (NOW, quality)


def test_a_backdated_post_keeps_both_times() -> None:
    post = one(view("1", createdAt="2019-05-17T12:00:00Z"))
    assert (post.published_at.year, post.published_quality, post.indexed_at) == (2019, "exact", NOW)


def test_an_account_whose_handle_is_not_proven_goes_by_its_did() -> None:
    post = one(view("1", author={**KARI, "handle": "handle.invalid"}))
    assert post.url == "https://bsky.app/profile/did:plc:kari/post/1"
    assert post.author is not None
    assert (post.author.handle, post.author.name) == ("", "Kari")


@pytest.mark.parametrize(
    "wrong",
    [
        {"uri": "https://example.no"},
        {"uri": uri("1", OLA)},
        {"uri": None},
        {"author": None},
        {"author": {"did": "kari"}},
        {"record": None},
        {"record": {"createdAt": "2026-11-21T09:30:00Z"}},
        {"record": {"text": 7}},
    ],
)
def test_what_is_no_post_is_left_out(wrong: dict[str, Any]) -> None:
    assert [post.native_id for post in read(view("1") | wrong, view("2")).posts] == [uri("2")]


@pytest.mark.parametrize("count", [-1, "3", 2**40, True, 1.5, None])
def test_a_count_that_can_not_be_is_unknown(count: Any) -> None:
    assert one(view("1") | {"likeCount": count}).metrics is None


@pytest.mark.parametrize(
    "hostile",
    [
        {"text": "x" * 100_000},
        {"text": "Hei \ud800 der"},
        {"reply": {"parent": [], "root": 1}},
        {"reply": 1, "embed": [], "langs": "nb", "tags": {}},
        {"langs": [1, None]},
        {"facets": [{}] * 10_000},
        {"embed": {"record": {"record": {"record": {}}}}},
    ],
)
def test_a_hostile_record_is_one_post_at_most(hostile: dict[str, Any]) -> None:
    post = one(view("1", **{"text": "Hei", **hostile}))
    assert len(post.text) <= 20_000
    post.text.encode()


def test_an_edited_post_is_the_same_post_with_another_text() -> None:
    before, after = one(view("1", "Før")), one(view("1", "Etter") | {"cid": "another"})
    assert before.post_id == after.post_id
    assert before.content_hash != after.content_hash


# Those who ask to be left out


def test_who_opts_out_is_counted_and_nothing_is_kept(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("1", "Kan lagres"), view("2", "Skal ikke lagres", author=OLA)]})
    polled = server.poll()
    assert (keys(polled), polled.opted_out, polled.seen) == ({"1"}, 1, 2)
    (raw,) = polled.raw
    assert b"Kan lagres" in raw.body
    for word in (b"Skal ikke", b"did:plc:ola", b"ola.example.no"):
        assert word not in raw.body
    assert polled.posts[0].raw_sha256 == raw.sha256


def test_who_opts_out_is_counted_once(server: Bluesky) -> None:
    server.on(SEARCH, {"posts": [view("2", author=OLA)]})
    first = server.poll(hashtags=("a", "b"))
    second = server.poll(first.state, now=NOW + timedelta(minutes=10), hashtags=("a", "b"))
    anew = server.poll(second.state, now=NOW + timedelta(hours=30), hashtags=("a", "b"))
    assert (first.opted_out, second.opted_out, anew.opted_out) == (1, 0, 0)


def test_a_label_that_was_taken_back_counts_no_more() -> None:
    back = {**OLA, "labels": [{"val": "!no-unauthenticated", "neg": True}]}
    assert len(read(view("1", author=back)).posts) == 1


def test_an_answer_without_anyone_to_leave_out_is_kept_as_it_came() -> None:
    found = read(view("1"))
    assert found.raw.body == json.dumps({"posts": [view("1")]}).encode()


def test_what_is_quoted_of_who_opted_out_is_not_kept_either() -> None:
    quoted = {"$type": "app.bsky.embed.record#viewRecord", "author": OLA, "value": {"text": "Skal ikke lagres"}}
    found = read(view("1") | {"embed": {"record": quoted}})
    assert len(found.posts) == 1
    assert b"Skal ikke" not in found.raw.body


@pytest.mark.parametrize("where", ["post", "author"])
def test_what_the_moderators_hide_is_left_out(where: str) -> None:
    labels = [{"src": "did:plc:mod", "val": "!hide"}]
    shown = (
        view("1", "Skjult", author={**KARI, "labels": labels})
        if where == "author"
        else view("1", "Skjult") | {"labels": labels}
    )
    found = read(shown, view("2"))
    assert ([post.native_id for post in found.posts], dict(found.opted_out)) == ([uri("2")], {})
    assert b"Skjult" not in found.raw.body


@pytest.mark.parametrize("label", ["!warn", "spam", "porn", "bot"])
def test_other_labels_leave_nothing_out(label: str) -> None:
    assert len(read(view("1") | {"labels": [{"val": label}]}).posts) == 1


# Conversations


def node(shown: dict[str, Any], *replies: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.defs#threadViewPost", "post": shown, "replies": list(replies)}


def answer_to(key: str, parent: str, author: dict[str, Any] = KARI) -> dict[str, Any]:
    reply = {"root": {"uri": uri("rot")}, "parent": {"uri": uri(parent)}}
    return view(key, f"Svar {key}", author=author, reply=reply)


def test_a_conversation_is_read_from_its_root(server: Bluesky) -> None:
    gone = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("x"), "notFound": True}
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri("y"), "blocked": True}
    below = node(answer_to("skjult", "rot", OLA), node(answer_to("svar2", "skjult")))
    tree = node(view("rot", "Rot"), node(answer_to("svar1", "rot"), gone), blocked, below)
    server.on(THREAD, {"thread": tree})
    polled = server.poll(threads=(held("svar1", root=uri("rot")),))
    assert keys(polled) == {"rot", "svar1", "svar2"}
    assert (polled.threads_read, polled.opted_out) == (("id-svar1",), 1)
    assert dict(server.asked)[THREAD]["uri"] == [uri("rot")]
    assert {post.conversation_id for post in polled.posts} == {uri("rot")}
    assert b"Svar skjult" not in polled.raw[-1].body


def test_a_conversation_whose_root_is_gone_is_read_from_the_post(server: Bluesky) -> None:
    above = node(answer_to("over", "rot"))
    tree = {**node(answer_to("svar1", "over")), "parent": {**above, "parent": {"notFound": True, "uri": uri("rot")}}}
    server.on(THREAD, lambda asked: {"thread": tree} if asked["uri"] == [uri("svar1")] else declined("NotFound", 400))
    polled = server.poll(threads=(held("svar1", root=uri("rot")),))
    assert (polled.ok, keys(polled), polled.threads_read) == (True, {"over", "svar1"}, ("id-svar1",))


@pytest.mark.parametrize(
    "answer", [declined("NotFound", 400), {"thread": {"blocked": True}}, {"thread": {"notFound": True}}]
)
def test_a_conversation_that_is_gone_or_closed_to_us_is_no_fault(server: Bluesky, answer: Any) -> None:
    server.on(THREAD, answer)
    polled = server.poll(threads=(held("1"),))
    assert (polled.ok, polled.posts, polled.threads_read) == (True, (), ("id-1",))


def test_a_conversation_that_fails_is_read_another_time(server: Bluesky) -> None:
    server.on(
        THREAD,
        lambda asked: declined("UpstreamFailure", 502) if asked["uri"] == [uri("1")] else {"thread": node(view("2"))},
    )
    polled = server.poll(threads=(held("1"), held("2")))
    assert (polled.ok, keys(polled), polled.threads_read) == (False, {"2"}, ("id-2",))


def test_a_conversation_of_any_depth_is_read(server: Bluesky) -> None:
    tree = node(view("0"))
    for number in range(1, 150):
        tree = node(view(f"{number}"), tree)
    server.on(THREAD, {"thread": tree})
    polled = server.poll(threads=(held("149"),))
    assert (polled.ok, len(polled.posts)) == (True, 150)


# What became of posts


def test_what_is_gone_is_told_and_what_stands_comes_again(server: Bluesky) -> None:
    server.on(POSTS, {"posts": [view("1", "Rettet")]})
    server.on(THREAD, declined("NotFound", 400))
    found = server.look_up(held("1"), held("2"))
    assert (found.gone, found.problem) == ({"id-2": "absent"}, None)
    assert [post.text for post in found.posts] == ["Rettet"]
    assert [raw.sha256 for raw in found.raw] == [found.posts[0].raw_sha256]


def test_who_has_opted_out_since_is_gone(server: Bluesky) -> None:
    server.on(POSTS, {"posts": [view("1"), view("2", "Skal ikke lagres", author=OLA)]})
    found = server.look_up(held("1"), held("2", OLA))
    assert (found.gone, keys(found)) == ({"id-2": "opted_out"}, {"1"})
    assert b"Skal ikke" not in found.raw[0].body


def test_posts_are_looked_up_25_at_a_time(server: Bluesky) -> None:
    server.on(POSTS, lambda asked: {"posts": [view(one.rpartition("/")[2]) for one in asked["uris"]]})
    found = server.look_up(*(held(f"{number}") for number in range(60)))
    assert len(found.posts) == 60
    assert [len(parameters["uris"]) for method, parameters in server.asked if method == POSTS] == [25, 25, 10]


def test_who_blocks_us_has_not_deleted_anything(server: Bluesky) -> None:
    """Their posts are lacking among those that are looked up, as deleted ones are."""
    server.on(POSTS, {"posts": []})
    server.on(THREAD, {"thread": {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri("1"), "blocked": True}})
    found = server.look_up(held("1"))
    assert (found.gone, found.posts, found.problem) == ({}, (), None)


@pytest.mark.parametrize(
    "answer",
    [declined("UpstreamFailure", 502), declined("NotFound", 404), Response("<html>", 200), {"posts": None}, {}],
)
def test_nothing_is_gone_because_an_answer_is_bad(server: Bluesky, answer: Any) -> None:
    server.on(POSTS, answer)
    server.on(THREAD, declined("NotFound", 400))
    found = server.look_up(held("1"))
    assert found.gone == {}
    assert found.problem is not None


def test_nothing_is_gone_because_asking_for_it_alone_fails(server: Bluesky) -> None:
    server.on(POSTS, {"posts": []})
    server.on(THREAD, declined("InternalServerError", 500))
    found = server.look_up(held("1"))
    assert found.gone == {}
    assert found.problem is not None


def test_what_was_looked_up_before_a_fault_is_kept(server: Bluesky) -> None:
    calls: list[int] = []

    def answer(asked: dict[str, list[str]]) -> Any:
        calls.append(1)
        return (
            {"posts": [view(one.rpartition("/")[2]) for one in asked["uris"]]} if len(calls) < 2 else declined("X", 502)
        )

    server.on(POSTS, answer)
    found = server.look_up(*(held(f"{number}") for number in range(30)))
    assert len(found.posts) == 25
    assert found.problem is not None


# Answers that were recorded


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no recorded answers in {SHARED.name}")
@pytest.mark.parametrize("file", sorted(SHARED.glob("*.json")), ids=lambda file: file.stem)
def test_recorded_answers_are_read(file: Path) -> None:
    body = file.read_bytes()
    data = json.loads(body)
    views = data.get("posts") or data.get("notifications") or bluesky_parser.thread(data.get("thread"))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    source = Source("bluesky", "https://example.no", "bluesky")
    found = bluesky_parser.read(views, RawAnswer("https://example.no", 200, {}, body, now), data, source, now)
    assert found.seen == len(views) == len(found.posts) + len(found.opted_out)
    assert all(post.text and post.author and post.indexed_at and post.lang_declared == "nb" for post in found.posts)
    assert b"!no-unauthenticated" not in found.raw.body
    if "getPostThread" in file.stem:
        root = found.posts[0]
        assert (root.hashtags, root.mentions) == (("kollektiv",), ("ola.test",))


def problem(polled: Polled) -> str:
    return polled.state.problem.code if polled.state.problem else ""


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
