"""X, against a server on loopback that knows its limits: what is asked, what it costs, what becomes of the answers."""

from __future__ import annotations

import json
import logging
import os
import random
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors import budget, poller, x, x_walks
from collectors.errand import Errand
from collectors.matching import Matcher
from collectors.post import Budget, Credential, HeldPost, ListeningPost, Polled, Post, Source, SourceState, Spent
from collectors.web import Limits, Session, Web, session
from collectors.x_api import HOST
from collectors.x_posts import count_in, read_page
from dashboard.wording import problem as sentence
from data import posts, sources
from data.store import Store
from lyttepost import config
from lyttepost.pipeline import store_polled
from tests.servers import faults
from tests.servers.x import (
    ACCOUNT,
    COUNTS,
    MENTIONS,
    POSTS,
    SEARCH,
    SECRET,
    USER,
    XServer,
    gone,
    id_at,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits(connect_seconds=1, read_seconds=0.3, total_seconds=1)
SHARED = Path(os.environ.get("LYTTEPOST_SHARED", Path(__file__).parents[3] / "shared")) / "payloads" / "x"


@pytest.fixture(scope="module")
def http() -> Iterator[Session]:
    with session(Web("Lyttepost (Fjellheim kommune; post@fjellheim.example.no)", ("127.0.0.1",))) as http:
        yield http


@pytest.fixture(scope="module")
def hasty() -> Iterator[Session]:
    """A session that waits for nobody."""
    with session(Web("Lyttepost", ("127.0.0.1",), LIMITS)) as http:
        yield http


@pytest.fixture
def server() -> Iterator[XServer]:
    with XServer(NOW) as server:
        yield server


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYTTEPOST_X", SECRET)


def source(server: XServer, **more: Any) -> Source:
    settings: dict[str, Any] = {
        "kind": "x",
        "keywords": ("skolen",),
        "credential": Credential(env="LYTTEPOST_X"),
        "terms": "enterprise",
        "budget": Budget(posts=100_000),
    }
    return Source("x", server.url, **{**settings, **more})


def poll(
    http: Session, asked: Source, state: SourceState | None = None, spent: Spent | None = None, now: datetime = NOW
) -> Polled:
    errand = Errand(http, "f", now, spent=spent or Spent())
    return poller.poll(asked, state or SourceState("x"), errand)


def again(http: Session, asked: Source, before: Polled, spent: Spent | None = None, now: datetime = NOW) -> Polled:
    """The next poll, with the state as the store would give it back."""
    state = replace(before.state, cursor=json.loads(json.dumps(before.state.cursor)))
    return poll(http, asked, state, spent, now)


def texts(polled: Polled) -> list[str]:
    return [post.text for post in polled.posts]


def code(polled: Polled) -> str:
    return polled.state.problem.code if polled.state.problem else ""


def wait(polled: Polled, now: datetime = NOW) -> timedelta:
    assert polled.state.next_due is not None
    return polled.state.next_due - now


# Whether X is asked at all


@pytest.mark.parametrize("terms", ["", "Enterprise", "pay-per-use", "yes"])
def test_x_is_not_asked_before_the_body_has_agreed_to_its_terms(http: Session, server: XServer, terms: str) -> None:
    asked = source(server, terms=terms, mentions=True, account=ACCOUNT)
    polled = poll(http, asked)
    assert (code(polled), polled.ok, server.asked) == ("terms_missing", False, [])
    errand = Errand(http, "f", NOW)
    found = poller.look_up(asked, (HeldPost("p", "1", "1"),), errand)
    assert (found.problem and found.problem.code, server.asked) == ("terms_missing", [])


def test_a_source_without_words_is_an_error_at_once(http: Session, server: XServer) -> None:
    assert (code(poll(http, source(server, keywords=()))), server.asked) == ("x_nothing_to_ask", [])


# What is asked


def test_words_make_one_query() -> None:
    asked = Source(
        "x", "", "x", hashtags=("Skole", "#barnehage"), keywords=("SFO", "gratis kjerneTid", "skole*", "#sfo", "e-post")
    )
    assert x.queries(asked) == [
        '(#skole OR #barnehage OR SFO OR "gratis kjerneTid" OR skole OR #sfo OR "e-post") -is:retweet'
    ]


def test_words_can_not_say_more_than_themselves() -> None:
    asked = Source("x", "", "x", keywords=('from:kari" OR "x', "-skole", "(is:retweet)", "or", "AND", '"', "*"))
    assert x.queries(asked) == ['("from:kari OR x" OR "-skole" OR "(is:retweet)" OR "or" OR "AND") -is:retweet']


def test_many_words_make_several_queries_within_the_limit() -> None:
    words = [f"ord nummer {number} av mange" for number in range(100)]
    queries = x.queries(Source("x", "", "x", keywords=tuple(words)))
    assert all(len(query) <= x.MAX_QUERY for query in queries)
    assert len(queries) < 10
    assert [word for word in words if not any(f'"{word}"' in query for query in queries)] == []


def test_a_word_that_fits_no_query_is_an_error_at_once(http: Session, server: XServer) -> None:
    assert code(poll(http, source(server, keywords=("skole", "ord " * 130)))) == "x_word_too_long"


def test_all_queries_are_asked(http: Session, server: XServer) -> None:
    server.post("Den første skolen")
    server.post("En #barnehage")
    filler = tuple(f"et ganske langt uttrykk nummer {number} som ingen skriver" for number in range(12))
    polled = poll(http, source(server, hashtags=("barnehage",), keywords=(*filler, "skolen")))
    assert sorted(texts(polled)) == ["Den første skolen", "En #barnehage"]
    assert len(server.asked_for(SEARCH)) == 2


def test_the_first_poll_goes_back_a_day(http: Session, server: XServer) -> None:
    server.post("skolen i går", minutes_ago=23 * 60)
    server.post("skolen for lenge siden", minutes_ago=25 * 60)
    polled = poll(http, source(server))
    assert (texts(polled), polled.ok, polled.gaps) == (["skolen i går"], True, ())
    assert server.asked_for(SEARCH)[0]["start_time"] == "2026-11-21T12:00:00Z"


def test_the_next_poll_asks_since_the_newest(http: Session, server: XServer) -> None:
    newest = server.post("skolen 1")
    first = poll(http, source(server))
    server.now = NOW + timedelta(hours=1)
    server.post("skolen 2")
    second = again(http, source(server), first, now=server.now)
    assert (texts(first), texts(second)) == (["skolen 1"], ["skolen 2"])
    assert server.asked_for(SEARCH)[1]["since_id"] == newest
    assert "start_time" not in server.asked_for(SEARCH)[1]
    third = again(http, source(server), second, now=server.now)
    assert (texts(third), third.ok) == ([], True)


def test_x_is_asked_once_an_hour_unless_configured(http: Session, server: XServer) -> None:
    assert wait(poll(http, source(server))) == timedelta(hours=1)
    assert wait(poll(http, source(server, interval_minutes=15))) == timedelta(minutes=15)


def test_only_our_user_agent_and_the_key_are_sent(http: Session, server: XServer) -> None:
    poll(http, source(server))
    sent = server.headers()[-1]
    assert sent["User-Agent"].startswith("Lyttepost")
    assert sent["Authorization"] == f"Bearer {SECRET}"
    assert "Cookie" not in sent


def test_a_password_file_of_the_machine_does_not_take_the_place_of_the_key(
    http: Session, server: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine api.twitter.com login kari password hemmelig\n")
    monkeypatch.setenv("NETRC", str(file))
    assert poll(http, source(server)).ok


# Paging


def test_all_pages_are_read(http: Session, server: XServer) -> None:
    for number in range(250):
        server.post(f"skolen {number}", minutes_ago=500 - number)
    polled = poll(http, source(server))
    assert texts(polled) == [f"skolen {number}" for number in range(250)]
    assert len(server.asked_for(SEARCH)) == 3
    assert len({post.raw_sha256 for post in polled.posts}) == len(polled.raw) == 3


def test_a_long_walk_goes_on_in_the_next_polls_and_what_came_meanwhile_is_read_after(
    http: Session, server: XServer
) -> None:
    for number in range(1_200):
        server.post(f"skolen {number}", minutes_ago=1_300 - number)
    first = poll(http, source(server))
    assert (len(first.posts), first.ok, code(first)) == (1_000, True, "")
    assert wait(first) == timedelta(minutes=1)
    server.post("skolen imens", minutes_ago=0)
    second = again(http, source(server), first)
    assert len(second.posts) == 200
    assert "skolen imens" not in texts(second)
    third = again(http, source(server), second)
    assert texts(third) == ["skolen imens"]


@pytest.mark.parametrize("failing_page", [0, 1, 2])
def test_a_walk_that_broke_off_is_taken_up_without_loss(http: Session, server: XServer, failing_page: int) -> None:
    for number in range(250):
        server.post(f"skolen {number}", minutes_ago=500 - number)
    server.fail(SEARCH, 503, after=failing_page)
    first = poll(http, source(server))
    assert (code(first), first.ok, len(first.posts)) == ("http_503", False, 100 * failing_page)
    second = again(http, source(server), first)
    assert (second.ok, code(second)) == (True, "")
    assert sorted(texts(first) + texts(second)) == sorted(f"skolen {number}" for number in range(250))
    server.post("skolen til slutt", minutes_ago=0)
    assert texts(again(http, source(server), second)) == ["skolen til slutt"]


def test_the_cursor_moves_only_when_the_last_page_is_read(http: Session, server: XServer) -> None:
    for number in range(150):
        server.post(f"skolen {number}", minutes_ago=200 - number)
    first = poll(http, source(server, budget=Budget(posts=100)))
    (walk,) = first.state.cursor["walks"].values()
    assert (walk["window"]["reached"], bool(walk["window"]["token"])) == (0, True)
    second = again(http, source(server), first)
    (walk,) = second.state.cursor["walks"].values()
    assert (walk["window"]["reached"], walk["window"]["token"]) == (int(max(server.posts, key=int)), "")


def test_a_token_that_leads_nowhere_ends_the_walk_with_a_gap(http: Session, server: XServer) -> None:
    found = server.post("skolen", minutes_ago=60)
    page = {"data": [server.posts[found]], "meta": {"newest_id": found, "next_token": "rundt"}}
    server.fail(SEARCH, 200, page, times=5)
    polled = poll(http, source(server))
    assert len(server.asked_for(SEARCH)) == 2
    (gap,) = polled.gaps
    assert (gap.started_at, gap.ended_at) == (NOW - timedelta(days=1), NOW - timedelta(hours=1))


def test_a_page_that_x_gives_no_more_ends_the_walk_with_a_gap(http: Session, server: XServer) -> None:
    for number in range(150):
        server.post(f"skolen {number}", minutes_ago=200 - number)
    first = poll(http, source(server), spent=Spent(posts=99_900))
    assert (code(first), len(first.posts)) == ("budget_spent", 100)
    server.fail(SEARCH, 400, {"title": "Invalid Request", "detail": "next_token"})
    second = again(http, source(server), first)
    (gap,) = second.gaps
    assert (gap.problem.code, gap.started_at) == ("window_too_old", NOW - timedelta(days=1))
    assert gap.ended_at == NOW - timedelta(minutes=150)
    assert wait(second) == timedelta(minutes=1)
    server.post("skolen nå", minutes_ago=0)
    assert texts(again(http, source(server), second)) == ["skolen nå"]


def test_the_longest_unread_goes_first_so_that_all_have_their_turn(http: Session, server: XServer) -> None:
    for number in range(1_100):
        server.post(f"skolen {number}", minutes_ago=1_300 - number)
    server.post(f"Hei @{ACCOUNT}")
    asked = source(server, mentions=True, account=ACCOUNT)
    first = poll(http, asked)
    second = again(http, asked, first)
    assert f"Hei @{ACCOUNT}" in texts(first) + texts(second)


# More than a week ago


def test_what_is_older_than_a_week_is_asked_for_by_time_and_the_rest_is_a_gap(http: Session, server: XServer) -> None:
    server.post("skolen før")
    first = poll(http, source(server))
    server.now = NOW + timedelta(days=10)
    server.post("skolen glemt", minutes_ago=8 * 24 * 60)
    server.post("skolen etter", minutes_ago=6 * 24 * 60)
    second = again(http, source(server), first, now=server.now)
    assert (texts(second), second.ok) == (["skolen etter"], True)
    (gap,) = second.gaps
    assert gap.problem.code == "window_too_old"
    assert gap.started_at == NOW - x_walks.SETTLED
    assert gap.ended_at == server.now - timedelta(days=7) + timedelta(minutes=5)
    assert again(http, source(server), second, now=server.now).gaps == ()


def test_a_quiet_week_is_no_gap(http: Session, server: XServer) -> None:
    server.post("skolen før")
    polled = poll(http, source(server))
    for day in range(1, 12):
        server.now = NOW + timedelta(days=day)
        polled = again(http, source(server), polled, now=server.now)
        assert (polled.ok, polled.gaps) == (True, ())
    assert "since_id" not in server.asked_for(SEARCH)[-1]
    server.post("skolen igjen")
    assert texts(again(http, source(server), polled, now=server.now)) == ["skolen igjen"]


def test_an_id_that_x_refuses_is_replaced_by_a_time(http: Session, server: XServer) -> None:
    server.post("skolen før")
    first = poll(http, source(server))
    server.post("skolen etter", minutes_ago=0)
    server.fail(SEARCH, 400, {"errors": [{"message": "'since_id' must be a tweet id created after then"}]})
    second = again(http, source(server), first)
    assert ("skolen etter" in texts(second), second.ok, second.gaps) == (True, True, ())
    assert "start_time" in server.asked_for(SEARCH)[-1]


def test_new_words_begin_where_the_old_ones_had_come_to(http: Session, server: XServer) -> None:
    first = poll(http, source(server))
    server.now = NOW + timedelta(days=3)
    server.post("barnehagen", minutes_ago=2 * 24 * 60)
    second = again(http, source(server, keywords=("barnehagen",)), first, now=server.now)
    assert (texts(second), second.gaps) == (["barnehagen"], ())
    assert len(second.state.cursor["walks"]) == 1


# Mentions


def test_mentions_are_read_after_one_look_up_of_the_account(http: Session, server: XServer) -> None:
    server.post(f"Hei @{ACCOUNT}")
    asked = source(server, keywords=(), mentions=True, account=f"@{ACCOUNT}")
    first = poll(http, asked)
    server.post(f"Hei igjen @{ACCOUNT}", minutes_ago=0)
    second = again(http, asked, first)
    assert (texts(first), texts(second)) == ([f"Hei @{ACCOUNT}"], [f"Hei igjen @{ACCOUNT}"])
    assert len(server.asked_for(USER)) == 1
    assert "since_id" in server.asked_for(MENTIONS)[1]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            200,
            {"errors": [{"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found"}]},
        ),
        (200, {"data": {"id": "../1"}}),
        (200, {"data": None}),
        (404, None),
        (400, {"errors": [{"message": "The `username` query parameter value is not valid"}]}),
    ],
)
def test_an_unknown_account_is_an_error_at_once(http: Session, server: XServer, status: int, body: object) -> None:
    server.fail(USER, status, body)
    polled = poll(http, source(server, mentions=True, account=ACCOUNT))
    assert (code(polled), polled.ok, polled.spent.nok) == ("x_account_unknown", False, 0)
    assert server.asked_for(SEARCH) == []


@pytest.mark.parametrize("account", ["", "../tweets", "fjell heim", "a" * 16, "fjellheim?x=1"])
def test_what_can_be_no_account_is_not_asked_for(http: Session, server: XServer, account: str) -> None:
    polled = poll(http, source(server, mentions=True, account=account))
    assert (code(polled), server.asked) == ("x_account_unknown", [])


def test_more_mentions_than_x_gives_are_a_gap(http: Session, server: XServer) -> None:
    for number in range(850):
        server.post(f"@{ACCOUNT} {number}", minutes_ago=900 - number)
    server.most_mentions = 800
    polled = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT))
    assert (len(polled.posts), polled.ok) == (800, True)
    (gap,) = polled.gaps
    assert (gap.started_at, gap.ended_at) == (NOW - timedelta(days=1), NOW - timedelta(minutes=850))
    assert "{" not in sentence(gap.problem.code, gap.problem.details)


def test_a_retweet_is_spread_of_the_post_it_passes_on(http: Session, server: XServer) -> None:
    original = server.post(f"@{ACCOUNT} svar oss & folket", minutes_ago=90)
    server.posts[original]["public_metrics"]["retweet_count"] = 41
    for minutes in range(5):
        server.retweet(original, minutes_ago=minutes + 1)
    polled = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT))
    assert (len(polled.posts), polled.seen) == (1, 6)
    (post,) = polled.posts
    assert (post.native_id, post.text) == (original, f"@{ACCOUNT} svar oss & folket")
    assert (post.author and post.author.handle, post.metrics and post.metrics.reposts) == ("person11", 41)


def test_what_a_post_answers_or_quotes_is_no_post_of_its_own(http: Session, server: XServer) -> None:
    asked, quoted = server.post("Når åpner dere?", minutes_ago=90), server.post("Åpent til fire", minutes_ago=95)
    server.post(
        f"@{ACCOUNT} ja, når?",
        referenced_tweets=[{"type": "quoted", "id": quoted}, {"type": "replied_to", "id": asked}],
        conversation_id=asked,
    )
    (post,) = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT)).posts
    assert (post.kind, post.parent_native_id, post.quoted_native_id) == ("reply", asked, quoted)
    assert post.conversation_id == asked


def test_an_answer_to_an_edited_post_belongs_to_its_first_version(http: Session, server: XServer) -> None:
    first = server.post("Når åpner dere?", minutes_ago=90)
    latest = server.edit(first, "Når åpner dere i dag?")
    server.post(f"@{ACCOUNT} ja, når?", referenced_tweets=[{"type": "replied_to", "id": latest}])
    (post,) = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT)).posts
    assert post.parent_native_id == first


# Posts


def test_a_post_is_read_whole(http: Session, server: XServer) -> None:
    found = server.post(
        "Skolen er stengt &amp; #Mørkt: https://t.co/abc https://t.co/ukjent",
        entities={
            "urls": [
                {"url": "https://t.co/abc", "expanded_url": "https://avis.example.no/sak?a=1&copy=2"},
                {"url": "https://t.co/ond", "expanded_url": "javascript:alert(1)"},
            ],
            "hashtags": [{"tag": "Mørkt"}],
            "mentions": [{"username": "kari"}, {"username": "o/l/a"}],
        },
    )
    server.users["11"] |= {
        "description": "Lærer. https://t.co/bio &lt;3",
        "entities": {"description": {"urls": [{"url": "https://t.co/bio", "expanded_url": "https://kari.example.no"}]}},
    }
    (post,) = poll(http, source(server)).posts
    assert post.text == "Skolen er stengt & #Mørkt: https://avis.example.no/sak?a=1&copy=2 https://t.co/ukjent"
    assert post.links == ("https://avis.example.no/sak?a=1&copy=2",)
    assert (post.hashtags, post.mentions, post.lang_declared) == (("mørkt",), ("kari",), "no")
    assert (post.published_at, post.published_quality) == (NOW - timedelta(minutes=1), "exact")
    assert (post.native_id, post.server_id, post.namespace) == (found, found, "")
    assert post.url == f"https://x.com/person11/status/{found}"
    author = post.author
    assert author
    assert (author.native_id, author.handle, author.name) == ("11", "person11", "Person 11")
    assert (author.url, author.bio) == ("https://x.com/person11", "Lærer. https://kari.example.no <3")
    metrics = post.metrics
    assert metrics
    assert (metrics.replies, metrics.reposts, metrics.likes, metrics.quotes, metrics.views) == (1, 2, 3, 0, 70)


def test_a_long_post_is_read_to_its_end(http: Session, server: XServer) -> None:
    note = {
        "text": "skolen " + "og mer " * 100 + "#slutt https://t.co/x",
        "entities": {
            "hashtags": [{"tag": "slutt"}],
            "urls": [{"url": "https://t.co/x", "unwound_url": "https://avis.example.no/lang"}],
        },
    }
    server.post("skolen og mer …", note_tweet=note)
    (post,) = poll(http, source(server)).posts
    assert post.text.endswith("#slutt https://avis.example.no/lang")
    assert post.hashtags == ("slutt",)


def test_an_edit_is_a_new_text_of_the_same_post(http: Session, server: XServer) -> None:
    first = server.post("skolen åpner kl. 8", minutes_ago=30)
    before = poll(http, source(server))
    latest = server.edit(first, "skolen åpner kl. 9", minutes_later=10)
    after = again(http, source(server), before)
    (old,), (new,) = before.posts, after.posts
    assert (old.post_id, old.edited_at) == (new.post_id, None)
    assert (new.native_id, new.server_id, new.text) == (first, latest, "skolen åpner kl. 9")
    assert new.edited_at == NOW - timedelta(minutes=20)
    assert abs(new.published_at - old.published_at) < timedelta(seconds=1)


def test_of_several_versions_the_latest_holds(http: Session, server: XServer) -> None:
    first = server.post("skolen åpner kl. 8", minutes_ago=30)
    server.edit(server.edit(first, "skolen åpner kl. 9"), "skolen åpner kl. 10")
    (post,) = poll(http, source(server)).posts
    assert (post.native_id, post.text) == (first, "skolen åpner kl. 10")


@pytest.mark.parametrize("between", [0, 120])
def test_the_latest_version_holds_also_where_the_first_one_does_not_know_of_it(
    http: Session, server: XServer, between: int
) -> None:
    first = server.post("skolen åpner kl. 8", minutes_ago=200)
    latest = server.edit(first, "skolen åpner kl. 9", minutes_later=190)
    server.posts[first]["edit_history_tweet_ids"] = [first]
    for number in range(between):
        server.post(f"skolen {number}", minutes_ago=20 + number)
    found = {post.native_id: post for post in poll(http, source(server)).posts}
    assert (found[first].text, found[first].server_id) == ("skolen åpner kl. 9", latest)


def test_a_post_without_a_time_has_that_of_its_id(http: Session, server: XServer) -> None:
    found = server.post("skolen", minutes_ago=42)
    del server.posts[found]["created_at"]
    (post,) = poll(http, source(server)).posts
    assert (post.published_at, post.published_quality) == (NOW - timedelta(minutes=42), "exact")


def test_accounts_that_only_followers_may_see_are_counted_and_nothing_else(http: Session, server: XServer) -> None:
    server.post("skolen", author="13")
    server.users["13"]["protected"] = True
    polled = poll(http, source(server))
    assert (polled.posts, polled.opted_out) == ((), 1)


def test_what_is_withheld_in_norway_is_not_kept(http: Session, server: XServer) -> None:
    server.post("skolen", withheld={"copyright": False, "country_codes": ["NO"]})
    server.post("skolen igjen", withheld={"copyright": False, "country_codes": ["DE"]})
    assert texts(poll(http, source(server))) == ["skolen igjen"]


def test_the_new_names_are_understood_like_the_old_ones(http: Session, server: XServer) -> None:
    first = server.post("skolen åpner", minutes_ago=30)
    server.edit(first, "skolen åpner nå")
    server.post("skolen …", minutes_ago=20, note_tweet={"text": "skolen i sin helhet"})
    mention = server.post(f"@{ACCOUNT} om skolen", minutes_ago=10)
    server.post("Ja, skolen", minutes_ago=5, referenced_tweets=[{"type": "replied_to", "id": mention}])
    server.retweet(mention)
    asked = source(server, mentions=True, account=ACCOUNT)
    old = poll(http, asked)
    server.renamed = True
    new = poll(http, asked)
    assert [replace(p, raw_sha256="") for p in old.posts] == [replace(p, raw_sha256="") for p in new.posts]
    assert len(new.posts) == 4
    assert (old.spent, old.state) == (new.spent, new.state)


@pytest.mark.parametrize(
    "data",
    [
        {"data": {}},
        {"data": [None, 1, "x", [], {}, {"id": 1}, {"id": "x"}, {"id": "0"}, {"id": "1" * 30}]},
        {"data": [{"id": "1", "text": None}], "includes": [], "meta": []},
        {"data": [{"id": "1", "text": "a"}], "includes": {"users": 1, "tweets": [1]}, "meta": {"newest_id": 1}},
        {
            "data": [
                {
                    "id": "9" * 19,
                    "text": "a\x00\ud800" + "b" * 100_000,
                    "created_at": "9999-99-99",
                    "entities": {"urls": [1, {"url": 1, "expanded_url": []}], "hashtags": [1], "mentions": [{}]},
                    "public_metrics": {
                        "like_count": -1,
                        "reply_count": 1e99,
                        "retweet_count": True,
                        "quote_count": 10**30,
                    },
                    "referenced_tweets": [1, {"type": []}, {"type": "quoted", "id": 5}, {"type": "retweeted"}],
                    "edit_history_tweet_ids": [1, None, "x"],
                    "author_id": ["1"],
                    "withheld": {"country_codes": [[], {}]},
                    "note_tweet": [],
                    "lang": 5,
                }
            ],
            "errors": [1, {"type": 1, "detail": []}],
        },
    ],
)
def test_nothing_that_x_could_say_stops_us(data: dict[str, Any]) -> None:
    page = read_page(data, "x", NOW, "")
    for post in page.posts:
        assert post.published_at <= NOW + timedelta(minutes=15)
        assert len(post.text) <= 20_000
        assert post.metrics is None or (post.metrics.quotes or 0) < 2**31
    assert count_in(data) is None


# What goes wrong


RESET = NOW + timedelta(minutes=9)


@pytest.mark.parametrize(
    ("status", "body", "headers", "problem", "waits"),
    [
        (401, {"title": "Unauthorized"}, {}, "token_refused", timedelta(hours=1)),
        (402, {"title": "CreditsDepleted", "detail": "no credits"}, {}, "credits_spent", timedelta(hours=6)),
        (403, {"type": "https://api.twitter.com/2/problems/credits"}, {}, "credits_spent", timedelta(hours=6)),
        (429, {"type": "https://api.twitter.com/2/problems/usage-capped"}, {}, "credits_spent", timedelta(hours=6)),
        (403, {"title": "Forbidden"}, {}, "http_403", timedelta(hours=1)),
        (403, [], {}, "http_403", timedelta(hours=1)),
        (404, None, {}, "answer_unexpected", timedelta(minutes=15)),
        (429, {}, {"x_rate_limit_reset": str(int(RESET.timestamp()))}, "http_429", timedelta(minutes=9)),
        (429, {"errors": None}, {}, "http_429", timedelta(minutes=15)),
        (429, b"Too Many", {"x_rate_limit_reset": "snart"}, "http_429", timedelta(minutes=15)),
        (503, {"errors": "?"}, {"Retry_After": "120"}, "http_503", timedelta(minutes=2)),
        (503, None, {}, "http_503", timedelta(minutes=15)),
        (500, b"<html>", {}, "http_5xx", timedelta(minutes=15)),
        (200, b"<!doctype html><title>Just a moment</title>", {}, "answer_unexpected", timedelta(minutes=15)),
        (200, b"", {}, "answer_unexpected", timedelta(minutes=15)),
        (200, b"[1]", {}, "answer_unexpected", timedelta(minutes=15)),
        (200, b"[" * 100_000, {}, "answer_unexpected", timedelta(minutes=15)),
        (302, None, {}, "http_other", timedelta(minutes=15)),
    ],
)
def test_an_answer_that_is_none_says_what_is_wrong_and_how_long_to_wait(
    http: Session,
    server: XServer,
    status: int,
    body: object,
    headers: dict[str, str],
    problem: str,
    waits: timedelta,
) -> None:
    server.fail(SEARCH, status, body, times=10, **headers)
    polled = poll(http, source(server, interval_minutes=15))
    assert (code(polled), polled.ok, wait(polled)) == (problem, False, waits)
    assert len(server.asked_for(SEARCH)) == 1, "tweepy would ask a thousand times"
    assert polled.state.problem
    assert "problem" not in sentence(problem, polled.state.problem.details)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (faults.drip(0.05), "total_timeout"),
        (faults.silence(0.6), "read_timeout"),
        (faults.reset, "connection_broken"),
        (faults.gzip_bomb(20), "answer_too_large"),
        (faults.endless, "answer_too_large"),
        (faults.cut_short(b'{"data": []}'), "answer_cut_short"),
        (faults.redirect("http://10.0.0.1/"), "address_not_allowed"),
    ],
)
def test_a_connection_that_fails_ends_within_the_limits(
    hasty: Session, server: XServer, behaviour: faults.Behaviour, problem: str
) -> None:
    server.behave(SEARCH, behaviour)
    assert code(poll(hasty, source(server))) == problem


def test_an_answer_that_breaks_off_is_charged_as_if_it_had_come(http: Session, server: XServer) -> None:
    asked = source(server, budget=Budget(nok=Decimal(10)))
    cut = json.dumps({"data": [{"id": "1"}]}).encode()
    server.behave(SEARCH, faults.cut_short(cut))
    polled = poll(http, asked)
    assert polled.spent.posts == 60
    assert Decimal(9) < polled.spent.nok <= Decimal(10)


def test_a_query_that_x_does_not_understand_does_not_stop_the_others(http: Session, server: XServer) -> None:
    server.post(f"Hei @{ACCOUNT}")
    server.fail(SEARCH, 400, {"errors": [{"message": "Ambiguous use of or as a keyword.\nUse quotes"}]})
    polled = poll(http, source(server, mentions=True, account=ACCOUNT))
    assert (code(polled), polled.ok, texts(polled)) == ("x_query_refused", False, [f"Hei @{ACCOUNT}"])
    assert wait(polled) == timedelta(hours=1), "the others are asked as ever"
    assert polled.state.problem
    assert polled.state.problem.details == {"detail": "Ambiguous use of or as a keyword. Use quotes"}


def test_errors_beside_the_posts_are_a_warning(http: Session, server: XServer) -> None:
    server.post("skolen")
    server.errors = [{"title": "Operational Problem", "detail": "Some shards did not answer", "type": "about:blank"}]
    polled = poll(http, source(server))
    assert (texts(polled), polled.ok, code(polled)) == (["skolen"], True, "x_errors")
    assert polled.state.failures == 0


def test_that_a_post_refers_to_one_that_is_gone_is_nothing_to_warn_of(http: Session, server: XServer) -> None:
    server.post(f"@{ACCOUNT} hei", referenced_tweets=[{"type": "replied_to", "id": id_at(NOW)}])
    server.errors = [{**gone(id_at(NOW)), "parameter": "referenced_tweets.id"}]
    polled = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT))
    assert (code(polled), len(polled.posts)) == ("", 1)


# The budget


def test_each_resource_that_comes_is_counted(http: Session, server: XServer) -> None:
    for number in range(20):
        server.post("skolen", author=str(11 + number % 3))
    polled = poll(http, source(server, budget=Budget(nok=Decimal(100), nok_per_usd=Decimal(10))))
    assert polled.spent == Spent(2, 20, Decimal("0.05") + 20 * Decimal("0.05") + 3 * Decimal("0.1"))


def test_what_mentions_refer_to_is_counted_too(http: Session, server: XServer) -> None:
    original = server.post("Når åpner dere?", minutes_ago=90)
    server.post(f"@{ACCOUNT} ja?", author="14", referenced_tweets=[{"type": "replied_to", "id": original}])
    polled = poll(http, source(server, keywords=(), mentions=True, account=ACCOUNT))
    assert server.handed_out == [2, 3]
    assert polled.spent == Spent(2, 2, Decimal("0.44"))  # two posts, two authors, and our own account


def test_paging_stops_before_the_budget_of_posts_is_passed(http: Session, server: XServer) -> None:
    for number in range(300):
        server.post(f"skolen {number}", minutes_ago=500 - number)
    asked = source(server, budget=Budget(posts=137))
    first = poll(http, asked)
    assert [page["max_results"] for page in server.asked_for(SEARCH)] == ["100", "37"]
    assert (first.spent.posts, len(first.posts)) == (137, 137)
    assert (code(first), first.ok, first.state.failures) == ("budget_spent", False, 1)
    assert first.state.next_due == datetime(2026, 11, 23, tzinfo=UTC)
    tomorrow = NOW + timedelta(hours=12)
    second = again(http, source(server), first, now=tomorrow)
    assert (second.ok, len(second.posts)) == (True, 163)
    assert not {*texts(first)} & {*texts(second)}


def test_less_than_the_smallest_page_is_not_asked_for(http: Session, server: XServer) -> None:
    polled = poll(http, source(server, budget=Budget(posts=100)), spent=Spent(posts=91))
    assert (code(polled), server.asked_for(SEARCH)) == ("budget_spent", [])


def test_paging_stops_before_the_budget_of_kroner_is_passed(http: Session, server: XServer) -> None:
    for number in range(300):
        server.post(f"skolen {number}", minutes_ago=500 - number, author=str(1_000 + number))
    polled = poll(http, source(server, budget=Budget(nok=Decimal("20"))))
    assert code(polled) == "budget_spent"
    assert Decimal("20") - Decimal("1.65") < polled.spent.nok <= Decimal("20")
    assert polled.state.problem
    assert polled.state.problem.details == {"posts": "120", "nok": "19,86"}


def test_a_budget_that_is_too_small_for_anything_says_so(http: Session, server: XServer) -> None:
    polled = poll(http, source(server, budget=Budget(nok=Decimal("1"))))
    assert (code(polled), server.asked_for(SEARCH)) == ("x_budget_too_small", [])
    assert polled.state.problem
    assert polled.state.problem.details == {"posts": "10", "nok": "1,65"}


def test_a_budget_of_nothing_asks_nothing(http: Session, server: XServer) -> None:
    polled = poll(http, source(server, mentions=True, account=ACCOUNT, budget=Budget(nok=Decimal(0))))
    assert (polled.ok, server.asked) == (False, [])


def test_a_budget_that_is_used_up_leaves_a_gap_from_the_last_good_poll(http: Session, server: XServer) -> None:
    first = poll(http, source(server))
    server.post("skolen")
    later = NOW + timedelta(hours=1)
    server.now = later
    second = again(http, source(server), first, spent=Spent(posts=100_000), now=later)
    assert (code(second), second.state.last_success, second.state.last_attempt) == ("budget_spent", NOW, later)
    assert second.state.cursor["walks"] == first.state.cursor["walks"]


def test_a_gap_lasts_from_the_last_good_poll_until_the_budget_has_room_again(
    http: Session, server: XServer, store: Store
) -> None:
    words = (ListeningPost("alt", "Følge med"),)
    asked = source(server, budget=Budget(posts=30))

    def poll_and_keep(now: datetime) -> None:
        server.now = now
        with store.read() as cursor:
            before, spent = sources.state(cursor, "x"), sources.spent_today(cursor, "x", now)
        store_polled(store, [poll(http, asked, before, spent, now)], Matcher(words), words, now)

    store.write(lambda cursor: sources.configure(cursor, [asked], words))
    poll_and_keep(NOW)
    evening, midnight = NOW + timedelta(hours=9), NOW + timedelta(hours=12)
    server.now = evening
    for number in range(50):
        server.post(f"skolen {number}", minutes_ago=55 - number)
    for moment in (evening, midnight, midnight + timedelta(hours=1)):
        poll_and_keep(moment)
    with store.read() as cursor:
        (gap,) = sources.gaps(cursor, NOW, midnight + timedelta(days=1))
        assert posts.count(cursor) == 50
    assert (gap.started_at, gap.ended_at, gap.problem.code) == (NOW, midnight, "budget_spent")


def test_days_of_random_posts_and_faults_never_pass_a_budget_and_lose_nothing(http: Session) -> None:
    chance = random.Random(7)
    codes = set()
    for limits in (Budget(nok=Decimal(9)), Budget(posts=40, nok=Decimal(200)), Budget(posts=2_000)):
        with XServer(NOW) as server:
            asked = source(server, mentions=True, account=ACCOUNT, budget=limits)
            polled, spent, got = Polled(SourceState("x")), Spent(), dict[str, Post]()
            for hour in range(24):
                server.now = NOW + timedelta(hours=hour)
                spent = Spent() if hour == 12 else spent
                for _ in range(chance.randrange(8)):
                    text = chance.choice(["skolen", f"@{ACCOUNT} hei", f"skolen @{ACCOUNT}"])
                    original = server.post(text, chance.random() * 50, str(chance.randrange(50)))
                    if chance.random() < 0.2:
                        server.retweet(original)
                if chance.random() < 0.3:
                    status, body = chance.choice(
                        [(429, None), (503, None), (500, b"<html>"), (200, b"<html>"), (403, {})]
                    )
                    server.fail(chance.choice([SEARCH, MENTIONS, COUNTS]), status, body, after=chance.randrange(2))
                before = polled
                polled = again(http, asked, before, spent, server.now)
                spent += polled.spent
                assert limits.nok is None or spent.nok <= limits.nok
                assert limits.posts is None or spent.posts <= limits.posts
                codes.add(code(polled))
                if chance.random() < 0.1:
                    polled = before  # killed before it was stored
                    continue
                got |= {post.native_id: post for post in polled.posts}
            server.recover()
            generous = replace(asked, budget=Budget(posts=10**6))
            for _ in range(4):
                polled = again(http, generous, polled, Spent(), server.now)
                got |= {post.native_id: post for post in polled.posts}
            assert (polled.ok, polled.gaps) == (True, ())
            assert {p["id"] for p in server.posts.values() if not p["text"].startswith("RT")} == set(got)
    assert {"", "budget_spent", "http_429", "http_503"} <= codes


# Counts


def test_the_usual_day_is_counted_once_a_day(http: Session, server: XServer) -> None:
    first = poll(http, source(server))
    assert budget.usual_posts(first.state.cursor) == 80
    assert server.asked_for(COUNTS)[0]["query"] == server.asked_for(SEARCH)[0]["query"]
    second = again(http, source(server), first)
    assert (len(server.asked_for(COUNTS)), second.spent.nok) == (1, 0)
    again(http, source(server), second, now=NOW + timedelta(hours=12))
    assert len(server.asked_for(COUNTS)) == 2


def test_a_contract_without_counts_is_no_failure(http: Session, server: XServer) -> None:
    server.fail(COUNTS, 403)
    server.post("skolen")
    polled = poll(http, source(server))
    assert (texts(polled), polled.ok, budget.usual_posts(polled.state.cursor)) == (["skolen"], True, None)
    assert again(http, source(server), polled).ok
    assert len(server.asked_for(COUNTS)) == 1


# Looking up what is held


def look_up(http: Session, asked: Source, *held: HeldPost, spent: Spent | None = None) -> Any:
    return poller.look_up(asked, held, Errand(http, "f", NOW, spent=spent or Spent()))


def held(post_id: str, server_id: str = "") -> HeldPost:
    return HeldPost(f"p{post_id}", post_id, server_id or post_id)


def test_what_x_says_is_gone_is_gone(http: Session, server: XServer) -> None:
    here, hidden = server.post("Her"), id_at(NOW, 7)
    withheld = server.post("Sperret", withheld={"country_codes": ["NO"]})
    deleted = id_at(NOW, 8)
    server.behave(
        POSTS,
        faults.answer(
            200,
            json.dumps(
                {
                    "data": [server.posts[here], server.posts[withheld]],
                    "errors": [gone(hidden, "not-authorized-for-resource"), gone(deleted)],
                }
            ).encode(),
        ),
    )
    left_out = id_at(NOW, 9)
    found = look_up(http, source(server), *map(held, (here, hidden, deleted, withheld, left_out)))
    assert found.gone == {
        f"p{hidden}": "not_authorized",
        f"p{deleted}": "absent",
        f"p{withheld}": "withheld",
        f"p{left_out}": "absent",
    }
    assert [post.native_id for post in found.posts] == [here]
    assert found.problem is None
    assert (found.spent, len(found.raw)) == (Spent(1, 2, Decimal("0.11")), 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"title": "Not Found"}),
        (503, None),
        (200, b"<html>"),
        (200, {}),
        (200, {"data": []}),
        (200, {"errors": [{"title": "Operational Problem", "type": "about:blank"}]}),
        (
            200,
            {"data": [{"id": "5", "text": "a"}], "errors": [{"title": "Operational Problem", "type": "about:blank"}]},
        ),
    ],
)
def test_only_a_good_answer_says_that_something_is_gone(
    http: Session, server: XServer, status: int, body: object
) -> None:
    server.fail(POSTS, status, body)
    found = look_up(http, source(server), held(id_at(NOW)))
    assert (found.gone, found.posts) == ({}, ())
    assert found.problem


def test_what_x_can_not_say_of_a_post_does_not_make_it_gone(http: Session, server: XServer) -> None:
    here, unsure = server.post("Her"), id_at(NOW, 7)
    server.errors = [{**gone(unsure), "type": "https://api.twitter.com/2/problems/operational-problem"}]
    server.fail(POSTS, 200, {"data": [server.posts[here]], "errors": server.errors})
    found = look_up(http, source(server), held(here), held(unsure))
    assert (found.gone, len(found.posts), found.problem.code) == ({}, 1, "x_errors")


def test_held_posts_are_asked_for_by_the_hundred(http: Session, server: XServer) -> None:
    here = [server.post(f"{number}") for number in range(150)]
    found = look_up(http, source(server), *map(held, here), *(held(id_at(NOW, 1_000 + n)) for n in range(100)))
    assert (len(found.posts), len(found.gone)) == (150, 100)
    assert [len(asked["ids"].split(",")) for asked in server.asked_for(POSTS)] == [100, 100, 50]


def test_looking_up_keeps_to_the_budget(http: Session, server: XServer) -> None:
    here = [server.post(f"{number}") for number in range(150)]
    found = look_up(http, source(server, budget=Budget(posts=1_000)), *map(held, here), spent=Spent(posts=880))
    assert (len(found.posts), found.spent.posts, found.gone) == (120, 120, {})
    assert found.problem.code == "budget_spent"


def test_a_look_up_that_breaks_off_is_charged_and_says_nothing_of_posts(http: Session, server: XServer) -> None:
    server.behave(POSTS, faults.cut_short(b'{"data": []}'))
    found = look_up(http, source(server), held(id_at(NOW)), held(id_at(NOW, 1)))
    assert (found.gone, found.spent, found.problem.code) == ({}, Spent(1, 2, Decimal("0.11")), "answer_cut_short")


def test_an_edit_is_found_when_a_post_is_looked_up(http: Session, server: XServer) -> None:
    first = server.post("kl. 8")
    latest = server.edit(first, "kl. 9")
    found = look_up(http, source(server), held(first))
    (post,) = found.posts
    assert (post.native_id, post.server_id, post.text, found.gone) == (first, latest, "kl. 9", {})


def test_what_can_be_no_id_is_not_asked_for(http: Session, server: XServer) -> None:
    found = look_up(http, source(server), held("https://avis.example.no/1"), held("1,2"))
    assert (found.gone, server.asked) == ({}, [])


# The key


@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_key_is_in_no_log_address_error_or_raw_answer(
    http: Session, server: XServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    server.post("skolen")
    if status != 200:
        server.fail(SEARCH, status, {"title": "No"})
    polled = poll(http, source(server))
    look_up(http, source(server), held(id_at(NOW)))
    assert not any(record.name.startswith("tweepy") for record in caplog.records)
    told = [caplog.text, repr(polled), repr(polled.state), *(answer.url for answer in polled.raw)]
    assert [text for text in told if SECRET in text or "Bearer" in text] == []
    assert all(SECRET.encode() not in answer.body for answer in polled.raw)


@pytest.mark.parametrize("secret", ["nøkkel med\nlinje", "\u2603hemmelig"])
def test_a_key_that_no_header_can_carry_is_not_quoted(
    http: Session,
    server: XServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    secret: str,
) -> None:
    monkeypatch.setenv("LYTTEPOST_X", secret)
    polled = poll(http, source(server))
    assert not polled.ok
    assert "hemmelig" not in caplog.text + repr(polled)
    assert "nøkkel med" not in caplog.text + repr(polled)


# Recorded answers, where they are


def recorded(name: str) -> Any:
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"{file.name} is not here")
    return json.loads(file.read_text("utf-8").splitlines()[0] if name.endswith(".jsonl") else file.read_text("utf-8"))


def test_a_recorded_edit_is_one_post() -> None:
    page = read_page(recorded("edited.jsonl"), "x", NOW, "")
    (post,) = page.posts
    assert (post.native_id, post.server_id) == ("1576994746135764992", "1576994789110992896")
    assert post.text.startswith("hey :)")
    assert post.edited_at == datetime(2022, 10, 3, 17, 57, 11, tzinfo=UTC)
    assert post.published_at.replace(microsecond=0) == datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC)


def test_a_recorded_answer_belongs_to_the_first_version() -> None:
    (post,) = read_page(recorded("quoted_edit.jsonl"), "x", NOW, "").posts
    assert (post.kind, post.parent_native_id, post.quoted_native_id) == (
        "reply",
        "1576994746135764992",
        "1576994746135764992",
    )


@pytest.mark.parametrize("name", ["mentions_tweet.jsonl", "two_tweets.jsonl"])
def test_recorded_retweets_are_their_originals(name: str) -> None:
    data = recorded(name)
    page = read_page(data, "x", NOW, "")
    originals = {r["id"] for item in data["data"] for r in item["referenced_tweets"] if r["type"] == "retweeted"}
    assert {post.native_id for post in page.posts} == originals
    assert not any(post.text.startswith("RT @") for post in page.posts)


def test_a_recorded_page_of_x_itself_is_read() -> None:
    data = recorded("x_playground_search_recent.json")
    page = read_page(data, "x", NOW, "")
    assert (page.seen, page.token, page.positions[0]) == (10, data["meta"]["next_token"], 145)
    assert all(post.published_quality == "exact" for post in page.posts)
    assert {item["id"] for item in data["data"] if "referenced_tweets" not in item} <= {p.native_id for p in page.posts}


def test_recorded_counts_are_added_up() -> None:
    data = recorded("counts.jsonl")
    assert count_in(data) == 771_665
    assert count_in({"data": data["data"]}) == 771_665


@pytest.mark.parametrize(
    ("name", "path"),
    [("test_client_search_recent_tweets.yaml", SEARCH), ("test_client_get_users_mentions.yaml", MENTIONS)],
)
def test_recorded_answers_of_tweepys_own_tests_are_read(http: Session, server: XServer, name: str, path: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"{name} is not here")
    from vcr.serialize import deserialize
    from vcr.serializers import yamlserializer

    _, responses = deserialize((SHARED / name).read_text("utf-8"), yamlserializer)
    server.fail(path, 200, responses[0]["body"]["string"], Content_Encoding="gzip")
    polled = poll(http, source(server, mentions=path == MENTIONS, account=ACCOUNT, keywords=("tweepy",)))
    assert (len(polled.posts), polled.ok) == (10, True)
    assert all(post.published_quality == "exact" for post in polled.posts)


# The manual


def test_the_manual_has_the_prices_and_the_settings() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "x.md").read_text("utf-8")
    for price in (budget.POST_READ, budget.USER_READ, budget.COUNT_REQUEST):
        assert f"| {price} |".replace(".", ",") in manual
    for setting in (
        "terms",
        "token_env",
        "hashtags",
        "mentions",
        "account",
        "posts_per_day",
        "nok_per_day",
        "nok_per_usd",
    ):
        assert f"`{setting}`" in manual
    assert f'`terms = "{x.TERMS}"`' in manual


def test_the_example_of_the_manual_is_a_source_that_works() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "x.md").read_text("utf-8")
    example = tomllib.loads(manual.split("```toml\n")[1].split("```")[0])
    found = config.parse({"body": {"name": "Fjellheim"}, **example})
    (asked,) = found.sources
    assert (asked.kind, asked.terms, asked.url) == ("x", x.TERMS, HOST)
    assert x.queries(asked) == ['(#fjellheim OR "Fjellheim kommune" OR fjellheimskolen) -is:retweet']
