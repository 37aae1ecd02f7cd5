"""Mastodon: what a poll brings, that nothing is lost or kept against somebody's wish, and what goes wrong."""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from collectors import mastodon, poller
from collectors.errand import Errand
from collectors.feed_parser import parse
from collectors.mastodon import Cursor, Stream, look_up
from collectors.post import Credential, HeldPost, LookedUp, Polled, Post, Source, SourceState, digest
from collectors.web import Limits, Web, session
from dashboard.wording import catalogue
from tests.servers import faults
from tests.servers.faults import Behaviour
from tests.servers.mastodon import NOON, TOKEN, MastodonServer, Status, account, error, found

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
LOOPBACK = ("127.0.0.1",)
SHARED = Path(os.environ.get("LYTTEPOST_SHARED", Path(__file__).parents[2].parent / "shared")) / "payloads"


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FJELL_TOKEN", TOKEN)


def source(server: MastodonServer, *hashtags: str, **more: Any) -> Source:
    return Source("fjell", server.url, "mastodon", 15, hashtags=hashtags or ("skole",), **more)


def with_token(server: MastodonServer, *hashtags: str, **more: Any) -> Source:
    return source(server, *hashtags, credential=Credential("FJELL_TOKEN"), **more)


def errand(
    now: datetime = NOW, threads: tuple[HeldPost, ...] = (), limits: Limits | None = None, **more: Any
) -> Errand:
    web = Web("Lyttepost (Fjellheim kommune)", LOOPBACK, limits or Limits())
    return Errand(session(web), more.pop("fingerprint", "f"), now, threads=threads, **more)


def poll(of: Source, state: SourceState | None = None, **more: Any) -> Polled:
    return poller.poll(of, state or SourceState(of.name), errand(**more))


def ask(of: Source, held: tuple[HeldPost, ...]) -> LookedUp:
    return poller.look_up(of, held, errand())


def uris(polled: Polled) -> set[str]:
    return {post.native_id for post in polled.posts}


def code(polled: Polled) -> str:
    return polled.state.problem.code if polled.state.problem else ""


def wait(polled: Polled, now: datetime = NOW) -> timedelta:
    assert polled.state.next_due is not None
    return polled.state.next_due - now


def only(polled: Polled) -> Post:
    (post,) = polled.posts
    return post


def held(status: Status, conversation_id: str = "") -> HeldPost:
    return HeldPost(digest("mastodon", "", status["uri"]), status["uri"], status["id"], conversation_id)


# Hashtags


def test_the_first_poll_brings_the_newest_pages_and_the_next_one_what_is_new(server: MastodonServer) -> None:
    old = [server.post(f"Innlegg {n}") for n in range(300)]
    first = poll(source(server))
    assert uris(first) == {status["uri"] for status in old[100:]}
    assert first.ok
    assert not code(first)
    new = [server.post(f"Nytt {n}") for n in range(90)]
    second = poll(source(server), first.state)
    assert {status["uri"] for status in new} <= uris(second)
    assert {post.native_id for post in second.posts if post.raw_sha256} == {status["uri"] for status in new}


def test_ids_need_not_be_numbers() -> None:
    with MastodonServer(ulids=True) as server:
        for n in range(50):
            server.post(f"Innlegg {n}")
        first = poll(source(server))
        new = server.post("Nytt")
        second = poll(source(server), first.state)
    assert len(first.posts) == 50
    assert new["uri"] in uris(second)


def test_a_quiet_hashtag_costs_two_requests_and_stores_no_answer_anew(server: MastodonServer) -> None:
    server.post()
    server.post()
    first = poll(source(server), now=NOW)
    server.requests.clear()
    second = poll(source(server), first.state)
    assert len(server.requests) == 2
    assert not second.raw


def test_a_hashtag_that_is_added_starts_afresh(server: MastodonServer) -> None:
    first = poll(source(server, "skole"))
    other = server.post("Om bussen", tags=("buss",))
    server.post("Om skolen")
    second = poll(source(server, "skole", "buss"), first.state)
    assert other["uri"] in uris(second)
    assert set(second.state.cursor["streams"]) == {"#skole", "#buss"}
    third = poll(source(server, "buss"), second.state)
    assert set(third.state.cursor["streams"]) == {"#buss"}


def test_hashtags_are_asked_for_as_servers_write_them(server: MastodonServer) -> None:
    status = server.post("Møte", tags=("høring",))
    assert uris(poll(source(server, "#Høring", "høring"))) == {status["uri"]}
    assert len(server.asked("/tag/")) == 2


def test_what_one_poll_does_is_bounded_and_the_next_goes_on_soon(server: MastodonServer) -> None:
    server.post()
    state = poll(source(server)).state
    new = {server.post(f"Nytt {n}")["uri"] for n in range(1_000)}
    came: set[str] = set()
    polls = 0
    while not new <= came:
        polled = poll(source(server), state)
        came |= uris(polled)
        assert len(polled.posts) <= 40 * mastodon.PAGES_A_POLL + 200
        state = polled.state
        polls += 1
        assert polls < 5
        if polls == 1:
            assert wait(polled) == mastodon.SOON
    assert polls == 3


def test_a_server_that_lets_us_ask_few_times_more_is_left_in_peace(server: MastodonServer) -> None:
    server.post()
    state = poll(source(server)).state
    new = {server.post(f"Nytt {n}")["uri"] for n in range(150)}
    server.left = 21
    server.requests.clear()
    polled = poll(source(server), state)
    assert (polled.ok, len(server.requests), wait(polled)) == (True, 3, mastodon.SOON)
    server.left = 300
    assert uris(polled) | uris(poll(source(server), polled.state)) >= new


def test_a_server_that_allows_next_to_nothing_is_read_all_the_same(server: MastodonServer) -> None:
    wanted = {server.post(tags=(tag,))["uri"] for tag in ("skole", "buss", "vei")}
    state, came = SourceState("fjell"), set[str]()
    for _ in range(3):
        server.left = 0
        polled = poll(source(server, "skole", "buss", "vei"), state)
        state, came = polled.state, came | uris(polled)
    assert came == wanted


def test_every_hashtag_gets_its_turn(server: MastodonServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "REQUESTS_A_POLL", 6)
    names = [f"emne{n}" for n in range(9)]
    wanted = {server.post(tags=(name,))["uri"] for name in names}
    state = SourceState("fjell")
    came: set[str] = set()
    for _ in range(4):
        polled = poll(source(server, *names), state)
        came |= uris(polled)
        state = polled.state
    assert came == wanted


def test_a_hashtag_that_fails_does_not_keep_the_others_from_their_turn(server: MastodonServer) -> None:
    server.fault = lambda address: faults.answer(500) if "/tag/buss" in address else None
    status = server.post(tags=("skole",))
    first = poll(source(server, "buss", "skole"))
    assert (first.ok, code(first), uris(first)) == (False, "http_5xx", set())
    second = poll(source(server, "buss", "skole"), first.state)
    assert (second.ok, uris(second)) == (False, {status["uri"]})


def test_a_post_that_comes_late_is_found(server: MastodonServer) -> None:
    for n in range(30):
        server.post(f"Innlegg {n}")
    first = poll(source(server))
    late = server.post("Sent", at=155)
    assert late["uri"] in uris(poll(source(server), first.state))


def test_once_a_day_the_newest_pages_are_read_again(server: MastodonServer) -> None:
    for n in range(150):
        server.post(f"Innlegg {n}")
    first = poll(source(server))
    late = server.post("Mye forsinket", at=105)
    same_day = poll(source(server), first.state, now=NOW + timedelta(hours=2))
    assert late["uri"] not in uris(same_day)
    assert late["uri"] in uris(poll(source(server), same_day.state, now=NOW + timedelta(hours=25)))


def test_what_a_server_holds_is_read_again_for_new_listening_posts(server: MastodonServer) -> None:
    everything = {server.post(f"Innlegg {n}")["uri"] for n in range(150)}
    first = poll(source(server))
    again = poll(source(server), first.state, fingerprint="other")
    assert uris(again) == everything
    assert uris(poll(source(server), again.state, fingerprint="other")) != everything


def test_the_newest_pages_are_read_again_once_only(server: MastodonServer) -> None:
    for n in range(250):
        server.post(f"Innlegg {n}")
    state = poll(source(server)).state
    state = poll(source(server), state, now=NOW + timedelta(hours=25)).state
    server.requests.clear()
    poll(source(server), state, now=NOW + timedelta(hours=26))
    assert len(server.requests) == 2


def test_a_hashtag_that_was_empty_loses_nothing_when_many_come_at_once(server: MastodonServer) -> None:
    first = poll(source(server))
    new = {server.post(f"Innlegg {n}")["uri"] for n in range(500)}
    second = poll(source(server), first.state, now=NOW + timedelta(minutes=15))
    assert uris(second) == new
    assert not second.gaps


def test_more_than_can_be_read_of_a_new_hashtag_is_a_gap(
    server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "PAGES_BACK_NEW", 2)
    first = poll(source(server), now=NOW)
    for n in range(100):
        server.post(f"Innlegg {n}", created=NOW + timedelta(minutes=n))
    second = poll(source(server), first.state, now=NOW + timedelta(minutes=120))
    (gap,) = second.gaps
    assert (gap.started_at, gap.ended_at) == (NOW, NOW + timedelta(minutes=20))
    assert gap.problem.code == "mastodon_too_many"


def test_a_server_that_begins_anew_at_the_end_ends_all_the_same(server: MastodonServer) -> None:
    server.post()
    state = poll(source(server)).state
    statuses = [server.post(f"Nytt {n}") for n in range(3)]
    server.fault = lambda address: found(statuses[::-1]) if "/tag/" in address else None
    server.requests.clear()
    polled = poll(source(server), state)
    assert len(polled.posts) == 3
    assert len(server.requests) == 2


def test_the_cursor_of_another_server_is_not_used(server: MastodonServer) -> None:
    for n in range(50):
        server.post(f"Innlegg {n}")
    state = poll(source(server)).state
    with MastodonServer() as other:
        status = other.post("På en annen server")
        assert uris(poll(source(other), state)) == {status["uri"]}


@pytest.mark.parametrize("broken", [{"streams": 7}, {"streams": {"#skole": {"old": 1}}}, {"about": {"x": 1}}, {}])
def test_a_cursor_that_is_not_to_be_made_out_is_begun_anew(server: MastodonServer, broken: dict[str, Any]) -> None:
    server.post()
    state = poll(source(server)).state
    kept = {**state.cursor, **broken} if broken else {"server": server.url}
    assert len(poll(source(server), replace(state, cursor=kept)).posts) == 1


def test_the_same_post_of_two_servers_is_one(server: MastodonServer) -> None:
    mine = server.post("Skolen brenner")
    with MastodonServer(ulids=True) as other:
        other.post("Skolen brenner", user="kari@fjell.example.no", uri=mine["uri"], url=mine["url"])
        here, there = only(poll(source(server))), only(poll(source(other)))
    assert here.post_id == there.post_id
    assert here.server_id != there.server_id
    assert here.author
    assert there.author
    assert here.author.author_id == there.author.author_id


def test_the_words_of_the_listening_posts_are_stored_as_json(server: MastodonServer) -> None:
    server.post()
    state = poll(source(server)).state
    stored = replace(state, cursor=json.loads(json.dumps(state.cursor)))
    assert Cursor.of(stored, server.url) == Cursor.of(state, server.url)
    assert isinstance(Cursor.of(stored, server.url).streams["#skole"], Stream)


# Mentions


def test_mentions_are_read_with_the_token(server: MastodonServer) -> None:
    status = server.post("@fjellheim Når åpner skolen?", tags=())
    server.mention(status)
    server.mention(server.post("Liker dette", tags=()), kind="favourite")
    polled = poll(with_token(server, "buss", mentions=True))
    assert uris(polled) == {status["uri"]}
    new = server.post("@fjellheim Hallo?", tags=())
    server.mention(new)
    assert new["uri"] in uris(poll(with_token(server, "buss", mentions=True), polled.state))
    assert all(
        headers["Authorization"] == f"Bearer {TOKEN}" for address, headers in server.requests if "notif" in address
    )


def test_mentions_that_are_not_public_are_not_kept(server: MastodonServer) -> None:
    for visibility in ("unlisted", "private", "direct"):
        server.mention(server.post(f"Hemmelig {visibility}", tags=(), visibility=visibility))
    server.mention(server.post("Åpent", tags=()))
    polled = poll(with_token(server, "buss", mentions=True))
    assert only(polled).text == "Åpent"
    assert polled.opted_out == 0
    assert all(b"Hemmelig" not in answer.body for answer in polled.raw)


def test_mentions_without_a_token_are_a_problem(server: MastodonServer) -> None:
    assert code(poll(source(server, mentions=True))) == "mastodon_login_needed"


# What a post becomes


def test_a_post_has_all_that_the_server_tells(server: MastodonServer) -> None:
    content = (
        'Les <a href="https://avis.example.no/en/lang/sak?id=1"><span class="invisible">https://</span>'
        '<span class="ellipsis">avis.example.no/en/lang</span><span class="invisible">/sak?id=1</span></a><br>'
        'og <span class="h-card"><a href="https://vik.example.no/@ola" class="u-url mention">@<span>ola</span></a>'
        '</span> <a href="https://fjell.example.no/tags/skole" class="mention hashtag">#<span>skole</span></a></p>'
        "<p>Nytt avsnitt"
    )
    status = server.post(
        content,
        spoiler_text="Om skolen",
        edited_at="2026-11-22T12:30:00.000Z",
        mentions=[{"id": "7", "username": "ola", "acct": "Ola@vik.example.no", "url": "https://vik.example.no/@ola"}],
        replies_count=1,
        reblogs_count=2,
        favourites_count=3,
        quotes_count=4,
    )
    status["account"] = account("Kari", note="<p>Lærer i <b>Fjellheim</b></p>", display_name="Kari N.")
    post = only(poll(source(server)))
    assert post.platform == "mastodon"
    assert (post.native_id, post.namespace, post.server_id) == (status["uri"], "", status["id"])
    assert post.text == ("Les https://avis.example.no/en/lang/sak?id=1\nog @ola #skole\nNytt avsnitt")
    assert (post.title, post.url, post.kind, post.lang_declared) == ("Om skolen", status["url"], "post", "nb")
    assert post.links == ("https://avis.example.no/en/lang/sak?id=1",)
    assert post.mentions == ("ola@vik.example.no",)
    assert post.hashtags == ("skole",)
    assert (post.published_at, post.published_quality) == (NOON, "exact")
    assert post.edited_at == NOON + timedelta(minutes=30)
    assert post.metrics
    assert (post.metrics.replies, post.metrics.reposts, post.metrics.likes) == (1, 2, 3)
    assert (post.metrics.quotes, post.metrics.views) == (4, None)
    assert post.conversation_id == status["uri"]
    assert post.author
    assert (post.author.native_id, post.author.handle) == ("kari@fjell.example.no", "kari@fjell.example.no")
    assert (post.author.name, post.author.bio) == ("Kari N.", "Lærer i Fjellheim")


def test_the_author_is_the_same_as_in_a_feed_of_the_hashtag(server: MastodonServer) -> None:
    server.post(user="Ola@vik.example.no")
    feed = (
        b'<rss version="2.0"><channel><item><guid>https://vik.example.no/@Ola/1</guid>'
        b"<link>https://vik.example.no/@Ola/1</link><description>Hei</description></item></channel></rss>"
    )
    url = "https://fjell.example.no/tags/skole.rss"
    parsed = parse(feed, {}, Source("feed", url), url, NOW)
    assert hasattr(parsed, "posts")
    ours, theirs = only(poll(source(server))).author, parsed.posts[0].author
    assert ours
    assert theirs
    assert ours.author_id == theirs.author_id


def test_an_edited_post_comes_again_as_the_same_with_its_new_text(server: MastodonServer) -> None:
    server.post("Eldre")
    status = server.post("Skolen åpner mandag")
    first = poll(source(server))
    status |= {"content": "<p>Skolen åpner tirsdag</p>", "edited_at": "2026-11-22T12:30:00.000Z"}
    second = poll(source(server), first.state)
    assert only(second).post_id in {post.post_id for post in first.posts}
    assert only(second).text == "Skolen åpner tirsdag"
    assert only(second).raw_sha256 == second.raw[0].sha256


def test_what_somebody_passes_on_is_no_post(server: MastodonServer) -> None:
    server.post("", reblog=server.post("Eget", tags=()))
    polled = poll(source(server))
    assert not polled.posts
    assert not polled.raw


def test_an_answer_names_its_parent_by_its_uri(server: MastodonServer) -> None:
    parent = server.post("Er skolen stengt?", tags=())
    server.post("Ja", answers=parent)
    post = only(poll(source(server)))
    assert (post.kind, post.parent_native_id, post.conversation_id) == ("reply", parent["uri"], parent["uri"])


def test_a_parent_is_found_on_servers_that_know_no_batches() -> None:
    with MastodonServer(batches=False) as server:
        parent = server.post("Er skolen stengt?", tags=())
        server.post("Ja", answers=parent)
        lost = server.post("Borte", tags=())
        server.post("Svar til ingen", answers=lost)
        server.remove(lost)
        posts = poll(source(server)).posts
    assert {post.text: post.parent_native_id for post in posts} == {"Ja": parent["uri"], "Svar til ingen": ""}


def test_a_quote_names_what_it_quotes(server: MastodonServer) -> None:
    quoted = server.post("Skolen stenger", tags=())
    server.post(
        '</p><p class="quote-inline">RE: <a href="https://x.example.no">x</a></p><p>Se her',
        quote={"state": "accepted", "quoted_status": quoted},
    )
    post = only(poll(source(server)))
    assert (post.quoted_native_id, post.text) == (quoted["uri"], "Se her")


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "../../v1/accounts"},
        {"id": None},
        {"uri": 7},
        {"account": "kari"},
        {"account": None},
        {"visibility": None},
    ],
)
def test_a_post_that_lacks_what_it_needs_is_left_out(server: MastodonServer, broken: dict[str, Any]) -> None:
    server.post("Ødelagt", **broken)
    server.post("Hel")
    polled = poll(source(server))
    assert polled.ok
    assert [post.text for post in polled.posts] == ["Hel"]


@pytest.mark.parametrize(
    "strange",
    [
        {"content": None, "tags": "skole", "mentions": [1, {"acct": 3}], "language": 5, "created_at": "i går"},
        {"replies_count": "mange", "reblogs_count": -1, "favourites_count": 10**30, "quotes_count": True},
        {"tags": [{"name": "skole"}, {"name": 1}, None], "edited_at": 12, "in_reply_to_id": {"a": 1}, "quote": "ja"},
        {"url": "javascript:alert(1)", "spoiler_text": ["a"], "in_reply_to_id": 117, "quote": {"quoted_status": {}}},
    ],
)
def test_a_strange_field_costs_only_itself(server: MastodonServer, strange: dict[str, Any]) -> None:
    status = server.post("Rart")
    status_with = {**status, **strange}
    server.fault = lambda address: found([] if "max_id" in address else [status_with]) if "/tag/" in address else None
    post = only(poll(source(server)))
    assert post.native_id == status["uri"]
    assert post.url.startswith("https://fjell.example.no/")


# People who opt out

OPTING_OUT = [
    {"indexable": False},
    {"noindex": True},
    {"note": '<p>Lærer. <a href="https://fjell.example.no/tags/nobot" rel="tag">#<span>NoBot</span></a></p>'},
    {"note": "<p>hund, katt, #noindex</p>"},
    {"note": "<p>nobot takk</p>"},
    {"fields": [{"name": "Annet", "value": "#nobot"}]},
]


@pytest.mark.parametrize("wish", OPTING_OUT)
def test_who_opts_out_is_counted_and_nothing_else_kept(server: MastodonServer, wish: dict[str, Any]) -> None:
    status = server.post("Hemmelig tekst", user="ola")
    status["account"] |= wish
    server.post("Åpen tekst", user="kari", quote={"state": "accepted", "quoted_status": status})
    polled = poll(source(server))
    assert [post.text for post in polled.posts] == ["Åpen tekst"]
    assert polled.opted_out == 1
    everything = repr(polled.posts) + repr(polled.raw) + json.dumps(polled.state.cursor)
    for trace in ("Hemmelig", "ola", status["id"]):
        assert trace not in everything
    again = poll(source(server), polled.state)
    assert again.opted_out == 0


def test_words_that_only_look_like_a_wish_are_none(server: MastodonServer) -> None:
    status = server.post()
    status["account"]["note"] = "<p>Jeg lager roboter og nobotanikk. Indexable? #index</p>"
    assert len(poll(source(server)).posts) == 1


def test_an_answer_that_may_be_kept_whole_is_kept_as_it_came(server: MastodonServer) -> None:
    server.post()
    polled = poll(source(server))
    (raw,) = polled.raw
    assert raw.body == json.dumps(list(server.statuses.values())).encode()
    assert (raw.status, raw.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert raw.url == f"{server.url}/api/v1/timelines/tag/skole?limit=40"
    assert only(polled).raw_sha256 == raw.sha256


def test_who_opts_out_in_a_conversation_is_counted_once(server: MastodonServer) -> None:
    root = server.post("Spørsmål")
    answer = server.post("Hemmelig", tags=(), user="ola", answers=root)
    answer["account"]["indexable"] = False
    server.post("Åpent", tags=(), user="per", answers=answer)
    first = poll(source(server), threads=(held(root),))
    assert (first.opted_out, {post.text for post in first.posts}) == (1, {"Spørsmål", "Åpent"})
    assert poll(source(server), first.state, threads=(held(root),)).opted_out == 0
    assert b"Hemmelig" not in b"".join(answer.body for answer in first.raw)
    (reply,) = [post for post in first.posts if post.kind == "reply"]
    assert "ola" not in reply.parent_native_id


# Conversations


def test_conversations_are_read_again(server: MastodonServer) -> None:
    root = server.post("Er skolen stengt?", tags=())
    hit = server.post("Ja", answers=root)
    answer = server.post("Hvorfor?", tags=(), answers=hit)
    polled = poll(source(server, "buss"), threads=(held(hit),))
    posts = {post.native_id: post for post in polled.posts}
    assert set(posts) == {root["uri"], answer["uri"]}
    assert posts[answer["uri"]].parent_native_id == hit["uri"]
    assert {post.conversation_id for post in polled.posts} == {root["uri"]}
    assert polled.threads_read == (held(hit).post_id,)
    assert all(post.raw_sha256 in {answer.sha256 for answer in polled.raw} for post in polled.posts)


def test_a_conversation_that_is_gone_counts_as_read(server: MastodonServer) -> None:
    lost, kept = server.post(tags=()), server.post(tags=())
    server.remove(lost)
    polled = poll(source(server, "buss"), threads=(held(lost), held(kept)))
    assert polled.ok
    assert polled.threads_read == (held(lost).post_id, held(kept).post_id)


def test_a_conversation_that_could_not_be_read_is_left_for_the_next_poll(server: MastodonServer) -> None:
    first, second = server.post(tags=()), server.post(tags=())
    server.post("Svar", tags=(), answers=first)
    server.fault = lambda address: faults.answer(503) if f"{second['id']}/context" in address else None
    polled = poll(source(server, "buss"), threads=(held(first), held(second)))
    assert not polled.ok
    assert only(polled).text == "Svar"
    assert polled.threads_read == (held(first).post_id,)


@pytest.mark.parametrize("status", [401, 403, 422])
def test_where_only_hashtags_are_open_they_are_read_and_the_rest_is_a_warning(
    server: MastodonServer, status: int
) -> None:
    root = server.post("Er skolen stengt?", tags=())
    answer = server.post("Ja", answers=root)
    server.fault = lambda address: error(status, "Nei") if "/statuses" in address else None
    polled = poll(source(server), threads=(held(root),))
    assert polled.ok
    assert code(polled) in ("mastodon_login_needed", "http_403")
    assert uris(polled) == {answer["uri"]}
    assert not polled.threads_read


def test_a_conversation_that_is_too_large_keeps_nothing_else_from_being_read(server: MastodonServer) -> None:
    large, other = server.post(tags=()), server.post(tags=())
    server.post("Svar", tags=(), answers=other)
    server.fault = lambda address: faults.answer(200, b" " * 60_000) if f"{large['id']}/context" in address else None
    polled = poll(source(server, "buss"), threads=(held(large), held(other)), limits=Limits(wire_bytes=50_000))
    assert (polled.ok, code(polled), len(polled.threads_read)) == (True, "answer_too_large", 2)
    assert only(polled).text == "Svar"


# Posts that are held, looked up


def test_posts_are_looked_up_in_batches(server: MastodonServer) -> None:
    statuses = [server.post(f"Innlegg {n}") for n in range(45)]
    statuses[7] |= {"content": "<p>Rettet</p>", "edited_at": "2026-11-22T12:30:00.000Z"}
    server.remove(statuses[3])
    looked = ask(source(server), tuple(map(held, statuses)))
    assert looked.gone == {held(statuses[3]).post_id: "http_404"}
    assert len(looked.posts) == 44
    assert {post.text for post in looked.posts} > {"Rettet", "Innlegg 44"}
    assert looked.problem is None
    assert len(server.requests) == 1 + 3 + 1
    assert {post.raw_sha256 for post in looked.posts} == {answer.sha256 for answer in looked.raw}


def test_posts_are_looked_up_one_by_one_where_a_server_knows_no_batches() -> None:
    with MastodonServer(ulids=True, batches=False) as server:
        statuses = [server.post(f"Innlegg {n}") for n in range(30)]
        server.remove(statuses[3])
        looked = ask(source(server), tuple(map(held, statuses)))
    assert looked.gone == {held(statuses[3]).post_id: "http_404"}
    assert len(looked.posts) == 29


def test_what_is_looked_up_at_a_time_is_bounded() -> None:
    with MastodonServer(batches=False) as server:
        statuses = [server.post(f"Innlegg {n}") for n in range(130)]
        looked = ask(source(server), tuple(map(held, statuses)))
        assert len(server.requests) == mastodon.REQUESTS_AT_ALL
    assert len(looked.posts) == mastodon.REQUESTS_AT_ALL - 2
    assert not looked.gone


def test_a_batch_that_leaves_out_what_we_may_not_see_makes_nothing_gone(server: MastodonServer) -> None:
    status = server.post()
    server.fault = lambda address: found([]) if "statuses?" in address else None
    looked = ask(source(server), (held(status),))
    assert not looked.gone
    assert len(looked.posts) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        faults.answer(404, b"<html>Domenet er til salgs</html>"),
        faults.answer(404),
        faults.answer(500),
        faults.answer(503),
        error(401, "The access token is invalid"),
        error(403, "This action is outside the authorized scopes"),
        error(422, "This method requires an authenticated user"),
        error(429, "Too many requests"),
        faults.answer(200, b"<html>Vedlikehold</html>", {"Content-Type": "text/html"}),
        faults.answer(302, b"", {"Location": "https://other.example.no/"}),
        faults.cut_short(b"[]"),
        faults.reset,
        faults.silence(1),
    ],
)
@pytest.mark.parametrize("where", ["", "/statuses", "/statuses/"])
def test_a_server_that_is_down_or_denies_makes_nothing_gone(
    server: MastodonServer, behaviour: Behaviour, where: str
) -> None:
    statuses = [server.post(f"Innlegg {n}") for n in range(3)]
    server.remove(statuses[0])
    server.fault = lambda address: behaviour if where in address else None
    limits = Limits(read_seconds=0.2)
    looked = poller.look_up(source(server), tuple(map(held, statuses)), errand(limits=limits))
    assert looked.gone == {} or (where == "/statuses" and looked.gone == {held(statuses[0]).post_id: "http_404"})
    assert looked.problem is not None


def test_ids_that_stand_for_other_posts_now_make_nothing_gone(server: MastodonServer) -> None:
    status = server.post()
    was = replace(held(status), native_id="https://fjell.example.no/users/en_annen/statuses/1")
    assert ask(source(server), (was,)) == LookedUp()


def test_who_opted_out_since_is_kept_no_longer(server: MastodonServer) -> None:
    status = server.post("Hemmelig")
    status["account"]["noindex"] = True
    looked = ask(source(server), (held(status),))
    assert looked.gone == {held(status).post_id: "opted_out"}
    assert not looked.posts
    assert not looked.raw


# What goes wrong


@pytest.mark.parametrize(
    ("access", "token", "expected", "ok"),
    [
        (("public", "public"), False, "", True),
        (("disabled", "disabled"), False, "mastodon_hashtags_disabled", False),
        (("disabled", "disabled"), True, "mastodon_hashtags_disabled", False),
        (("authenticated", "authenticated"), False, "mastodon_login_needed", False),
        (("authenticated", "authenticated"), True, "", True),
        (("public", "disabled"), True, "mastodon_hashtags_partly", True),
        (("public", "authenticated"), False, "mastodon_hashtags_partly", True),
        (("future", None), False, "", True),
    ],
)
def test_a_server_that_closes_its_hashtags_says_so(
    server: MastodonServer, access: tuple[str, str], token: bool, expected: str, ok: bool
) -> None:
    server.post()
    feeds = dict(zip(("local", "remote"), access, strict=True))
    server.about["configuration"] = {"timelines_access": {"hashtag_feeds": feeds}}
    of = with_token(server) if token else source(server)
    polled = poll(of)
    assert (code(polled), polled.ok) == (expected, ok)
    again = poll(of, polled.state, now=NOW + timedelta(minutes=20))
    assert code(again) == expected
    server.about["configuration"] = {}
    assert code(poll(of, again.state, now=NOW + timedelta(minutes=40))) == ""


def test_mentions_are_read_as_often_where_hashtags_are_closed(server: MastodonServer) -> None:
    server.about["configuration"] = {"timelines_access": {"hashtag_feeds": {"local": "disabled", "remote": "disabled"}}}
    server.mention(server.post("@fjellheim Hallo?", tags=()))
    polled = poll(with_token(server, mentions=True), replace(SourceState("fjell"), failures=5))
    assert (polled.ok, code(polled)) == (False, "mastodon_hashtags_disabled")
    assert len(polled.posts) == 1
    assert wait(polled) == timedelta(minutes=15)


def test_the_server_is_asked_about_itself_once_a_day(server: MastodonServer) -> None:
    server.post()
    state = SourceState("fjell")
    for hours in (0, 5, 23):
        state = poll(source(server), state, now=NOW + timedelta(hours=hours)).state
    assert len(server.asked("instance")) == 1
    poll(source(server), state, now=NOW + timedelta(hours=25))
    assert len(server.asked("instance")) == 2


def test_a_server_that_is_older_tells_about_itself_in_its_own_way(server: MastodonServer) -> None:
    server.post(user="kari")
    about = {"uri": "gammel.example.no", "version": "3.5.3"}
    server.fault = lambda address: (
        found(about) if "v1/instance" in address else error(404, "Not found") if "v2/instance" in address else None
    )
    author = only(poll(source(server))).author
    assert author
    assert author.handle == "kari@gammel.example.no"


@pytest.mark.parametrize(
    "behaviour",
    [
        faults.answer(200, b"<html>Velkommen</html>", {"Content-Type": "text/html"}),
        faults.answer(404, b"<html>Fant ikke siden</html>"),
        found({"name": "Noe annet"}),
        found(["versjon"]),
        found(7),
    ],
)
def test_a_place_that_is_no_mastodon_server_is_an_error_at_once(server: MastodonServer, behaviour: Behaviour) -> None:
    server.fault = lambda _: behaviour
    polled = poll(source(server))
    assert (polled.ok, code(polled)) == (False, "mastodon_not_a_server")


def test_a_hashtag_that_nobody_used_is_a_warning_until_somebody_does(server: MastodonServer) -> None:
    server.post(tags=("skole",))
    polled = poll(source(server, "skole", "skoel"))
    assert polled.ok
    assert polled.state.problem
    assert polled.state.problem.code == "mastodon_hashtag_unused"
    assert polled.state.problem.details["names"] == "#skoel"
    server.post(tags=("skoel",))
    assert not code(poll(source(server, "skole", "skoel"), polled.state))


def test_a_source_that_asks_for_nothing_is_an_error(server: MastodonServer) -> None:
    assert code(poll(replace(source(server), hashtags=(), keywords=("skole",)))) == "mastodon_no_hashtags"
    assert not server.requests


def test_a_server_that_moved_says_where_and_gets_no_token(server: MastodonServer) -> None:
    with MastodonServer() as other:
        other.post()
        server.fault = lambda address: faults.answer(301, b"", {"Location": f"{other.url}{address}"})
        polled = poll(with_token(server))
        assert code(polled) == "mastodon_moved"
        assert polled.state.problem
        assert polled.state.problem.details["address"] == other.url
        assert not polled.posts
        assert all("Authorization" not in headers for _, headers in other.requests)


def test_a_redirect_within_the_server_is_followed(server: MastodonServer) -> None:
    status = server.post()
    server.fault = lambda address: (
        faults.answer(301, b"", {"Location": "/api/v2/instance"}) if address == "/api/v2/instance/" else None
    )
    assert uris(poll(with_token(server))) == {status["uri"]}


IN_AN_HOUR = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("behaviour", "token", "expected", "after"),
    [
        (error(401, "This method requires an authenticated user"), False, "mastodon_login_needed", None),
        (error(401, "The access token was revoked"), True, "token_refused", 60),
        (error(403, "This action is not allowed"), False, "http_403", 60),
        (error(403, "This action is outside the authorized scopes"), True, "mastodon_not_permitted", None),
        (faults.answer(403, b"<html>", {"cf-mitigated": "challenge"}), True, "challenge", 60),
        (error(404, "Not found"), False, "mastodon_not_a_server", 15),
        (error(422, "This method requires an authenticated user"), False, "mastodon_login_needed", None),
        (error(422, "Validation failed"), True, "http_other", 15),
        (error(429, "Too many requests", {"X-RateLimit-Reset": IN_AN_HOUR.isoformat()}), True, "http_429", 60),
        (error(429, "Too many requests", {"X-RateLimit-Reset": "2026-11-22T15:00:00.916474Z"}), True, "http_429", 60),
        (
            error(429, "Too many requests", {"X-RateLimit-Reset": str(int(IN_AN_HOUR.timestamp()))}),
            True,
            "http_429",
            60,
        ),
        (error(429, "Too many requests", {"Retry-After": "600"}), True, "http_429", 10),
        (error(429, "Too many requests", {"X-RateLimit-Reset": "snart"}), True, "http_429", 15),
        (faults.answer(503, b"", {"Retry-After": "1200"}), False, "http_503", 20),
        (faults.answer(500, b"<html>Oops"), False, "http_5xx", 15),
        (faults.answer(502), False, "http_5xx", 15),
        (faults.answer(410), False, "http_410", None),
        (faults.answer(200, b"<html>Vedlikehold"), False, "answer_unexpected", 15),
        (faults.answer(200), False, "answer_unexpected", 15),
        (found({"error": "hei"}), False, "answer_unexpected", 15),
        (found(["a", 1, None]), False, "answer_unexpected", 15),
        (faults.answer(200, b"[" * 100_000), False, "answer_unexpected", 15),
        (faults.answer(200, b"[1" + b"0" * 10_000 + b"]"), False, "answer_unexpected", 15),
        (faults.answer(302, b"", {"Location": "https://127.0.0.9/login"}), False, "address_not_allowed", 15),
        (faults.cut_short(b"[]"), False, "answer_cut_short", 15),
        (faults.reset, False, "connection_broken", 15),
        (faults.silence(1), False, "read_timeout", 15),
        (faults.drip(0.05), False, "total_timeout", 15),
        (faults.gzip_bomb(3), False, "answer_too_large", 15),
        (faults.endless, False, "answer_too_large", 15),
    ],
)
def test_what_was_read_before_something_failed_is_kept(
    server: MastodonServer, behaviour: Behaviour, token: bool, expected: str, after: int | None
) -> None:
    """A server that is known: the second page of a hashtag is answered otherwise."""
    of = with_token(server) if token else source(server)
    server.post()
    state = poll(of).state
    new = [server.post(f"Nytt {n}")["uri"] for n in range(45)]
    server.requests.clear()
    server.fault = lambda _: behaviour if len(server.asked("/tag/")) == 2 else None
    limits = Limits(read_seconds=0.3, total_seconds=0.8, wire_bytes=200_000, decoded_bytes=400_000)
    polled = poll(of, state, limits=limits)
    assert (polled.ok, code(polled), polled.state.failures) == (False, expected, 1)
    assert len(server.asked("/tag/")) == 2
    assert set(new[:39]) <= uris(polled) < set(new)
    if after:
        assert wait(polled) == pytest.approx(timedelta(minutes=after), abs=timedelta(seconds=2))
    server.fault = lambda _: None
    again = poll(of, replace(polled.state, stopped=False))
    assert again.ok
    assert set(new) <= uris(polled) | uris(again)


def test_headers_that_mean_nothing_here_do_no_harm(server: MastodonServer, recwarn: pytest.WarningsRecorder) -> None:
    server.post()
    strange = {"X-RateLimit-Reset": "snart", "Link": "<x", "Deprecation": "true"}
    body = json.dumps(list(server.statuses.values())).encode()
    server.fault = lambda address: (
        faults.answer(200, b"[]" if "max_id" in address else body, strange | {"Date": "nei"})
        if "/tag/" in address
        else None
    )
    assert len(poll(source(server)).posts) == 1
    assert not recwarn


def test_the_request_says_who_we_are(server: MastodonServer) -> None:
    poll(source(server))
    assert {headers["User-Agent"] for _, headers in server.requests} == {"Lyttepost (Fjellheim kommune)"}


def test_the_token_is_nowhere_but_in_the_request(server: MastodonServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.mention(server.post())
    of = with_token(server, mentions=True)
    said = repr(poll(of)) + repr(ask(of, (held(server.post()),)))
    for behaviour in (error(401, "no"), faults.answer(500), faults.reset, faults.answer(302, b"", {"Location": "/x"})):
        server.fault = lambda address, behaviour=behaviour: behaviour if "/tag/" in address else None  # type: ignore[misc]
        said += repr(poll(of))
    assert TOKEN not in said
    assert TOKEN not in caplog.text
    assert all(TOKEN not in address for address, _ in server.requests)
    assert any(TOKEN in headers.get("Authorization", "") for _, headers in server.requests)


def test_a_token_that_is_also_a_file_is_not_read(
    server: MastodonServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(TOKEN).write_text("noe annet\nhttps://other.example.no\n")
    server.post()
    assert len(poll(with_token(server)).posts) == 1


@pytest.mark.parametrize("token", ["nøkkel-4711", "to\nlinjer-4711"])
def test_a_token_that_can_be_none_is_not_sent(
    server: MastodonServer, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FJELL_TOKEN", token)
    assert code(poll(with_token(server))) == "token_refused"
    assert not server.requests


def test_a_poll_asks_no_longer_than_it_may(server: MastodonServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(100):
        server.post(f"Innlegg {n}")
    monkeypatch.setattr("collectors.mastodon_api.MAX_SECONDS", 0)
    polled = poll(source(server))
    assert not polled.posts
    assert wait(polled) == mastodon.SOON


def test_each_problem_has_its_sentence() -> None:
    for name in ("not_a_server", "moved", "login_needed", "not_permitted", "hashtags_disabled", "too_many"):
        assert f"problem.mastodon_{name}" in catalogue("nb")


# Nothing is lost


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_every_post_comes_and_the_cursor_skips_none(seed: int) -> None:
    """Posts come in while pages of any length are read, any request may fail and any poll be killed before it is
    stored. Each public post of somebody who does not opt out is brought, also one that comes late; the others never."""
    chance = random.Random(seed)
    with MastodonServer(ulids=seed % 2 == 0) as server:
        of, state, now = source(server, "skole", "buss"), SourceState("fjell"), NOW
        wanted: set[str] = set()
        unwanted: set[str] = set()
        came: set[str] = set()

        def arrive() -> None:
            newest = max(server.statuses, default=0)
            late = newest > 200 and chance.random() < 0.1
            at = newest - chance.randint(1, 40) if late else None
            if at in server.statuses:
                return
            status = server.post(tags=(chance.choice(["skole", "buss"]),), at=at, created=now)
            share = chance.random()
            if share < 0.1:
                status["account"]["indexable"] = False
            elif share < 0.2:
                status["visibility"] = "unlisted"
            (unwanted if share < 0.2 else wanted).add(status["uri"])

        def disturb(_: str) -> Behaviour | None:
            server.most = chance.randint(3, 40)
            for _ in range(chance.choice([0, 0, 1, 5])):
                arrive()
            bad = [faults.answer(500), faults.answer(429), faults.reset, faults.answer(200, b"<")]
            return chance.choice(bad) if chance.random() < 0.15 else None

        if chance.random() < 0.5:
            state = poll(of).state  # else what is there already must fit on the first pages
        for _ in range(8):
            server.fault = disturb
            polled = poll(of, state, now=now)
            if chance.random() < 0.8:
                came |= uris(polled)
                state = polled.state
            for _ in range(chance.choice([0, 3, 40])):
                arrive()
            now += timedelta(minutes=15)
        server.fault, server.most = lambda _: None, 40
        for _ in range(3):
            polled = poll(of, state, now=now)
            came |= uris(polled)
            state = polled.state
    assert wanted - came == set()
    assert unwanted & came == set()


# Recorded answers


def recorded(name: str) -> dict[str, Any]:
    """The answers of a cassette of Mastodon.py's, by their paths."""
    path = SHARED / "mastodon" / name
    if not path.exists():
        pytest.skip("the recorded answers are not here")
    requests, responses = deserialize(path.read_text("utf-8"), yamlserializer)
    return {
        request.uri.partition(":3000")[2]: json.loads(response["body"]["string"])
        for request, response in zip(requests, responses, strict=True)
    }


def replay(answers: dict[str, Any]) -> Callable[[str], Behaviour | None]:
    return lambda address: found(answers[address.partition("?")[0]]) if "max_id" not in address else found([])


def test_a_recorded_hashtag_of_mastodon_is_read(server: MastodonServer) -> None:
    server.fault = replay(recorded("test_hashtag_tl.yaml"))
    post = only(poll(source(server, "hoot")))
    assert post.native_id == "http://localhost:3000/ap/users/117020566092212359/statuses/117020593741189701"
    assert (post.text, post.hashtags, post.server_id) == ("#hoot (hashtag toot)", ("hoot",), "117020593741189701")
    assert post.author
    assert post.author.handle == "mastodonpy_test_2@localhost:3000"
    assert post.metrics
    assert post.metrics.quotes == 0


def test_a_recorded_conversation_of_mastodon_is_read(server: MastodonServer) -> None:
    answers = recorded("test_status_context.yaml")
    server.fault = lambda address: found(answers[address]) if address in answers else None
    of = HeldPost("p", "http://localhost:3000/x", "117020585487094447")
    polled = poll(source(server, "buss"), threads=(of,))
    assert (polled.ok, polled.threads_read) == (True, ("p",))


def gotosocial(name: str) -> Any:
    path = SHARED / "gotosocial" / f"gotosocial_{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not here")
    return json.loads(path.read_text("utf-8"))


def test_recorded_answers_of_gotosocial_are_read(server: MastodonServer) -> None:
    timeline, notifications = gotosocial("tag_timeline"), gotosocial("notifications_mention")
    server.about = {"domain": "localhost:8090", "version": "0.19.0"}
    server.fault = lambda address: (
        found([] if "max_id" in address else timeline)
        if "/tag/" in address
        else found([] if "max_id" in address else notifications)
        if "/notifications" in address
        else None
    )
    polled = poll(with_token(server, "kollektiv", mentions=True))
    assert polled.ok
    assert len(polled.posts) == len({status["uri"] for status in timeline} | {notifications[0]["status"]["uri"]})
    assert all("kollektiv" in post.hashtags for post in polled.posts)
    (reply,) = [post for post in polled.posts if post.kind == "reply"]
    assert reply.author
    assert (reply.author.handle, reply.mentions) == ("ola@localhost:8090", ("kari@localhost:8090",))


def test_a_recorded_edit_of_gotosocial_is_seen_when_it_is_looked_up() -> None:
    edited = gotosocial("status_edited")
    with MastodonServer(ulids=True, batches=False) as server:
        server.statuses[1] = edited
        looked = look_up(source(server), (held(edited),), errand(now=NOW + timedelta(days=1)))
    (post,) = looked.posts
    assert post.text == "Rettet innlegg om bussen #kollektiv"
    assert post.edited_at
    assert not looked.gone
