"""Comments on YouTube: which are read when, what they cost, and what goes wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors import youtube
from collectors.errand import Errand
from collectors.poller import look_up as look_up_by_kind
from collectors.poller import poll as poll_by_kind
from collectors.post import Budget, Credential, HeldPost, Metrics, Polled, Post, Problem, Source, SourceState, Spent
from collectors.web import Web, session
from collectors.youtube import collect, look_up
from collectors.youtube_items import Video as Known
from collectors.youtube_items import comment, lookup_of, pace, quota_day, refusal, until_quota_ends, visit
from tests.servers.youtube import KEY, Comment, Video, YouTube, error

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HTTP = session(Web("Lyttepost", ("127.0.0.1",)))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def server() -> Iterator[YouTube]:
    with YouTube() as server:
        yield server


def source(server: YouTube, *channels: str, **more: Any) -> Source:
    return Source("video", server.url, "youtube", channels=channels or ("@fjellheim",), **more)


def errand(at: datetime = NOW, **more: Any) -> Errand:
    return Errand(HTTP, "f", at, **{"secret": KEY, **more})


def ask(server: YouTube, before: Polled | None = None, at: datetime = NOW, **more: Any) -> Polled:
    """A poll after another, with the cursor as the store would give it back."""
    state = before.state if before else SourceState("video")
    state = replace(state, cursor=json.loads(json.dumps(state.cursor)))
    return collect(source(server), state, errand(at, **more))


def comments(number: int, first: datetime = NOW - timedelta(days=2), name: str = "k", **more: Any) -> list[Comment]:
    """Comments that are four minutes apart."""
    return [Comment(f"{name}{n}", f"Kommentar {n}", first + n * timedelta(minutes=4), **more) for n in range(number)]


def texts(polled: Polled) -> list[str]:
    return sorted(post.text for post in polled.posts)


# What a comment becomes


def test_comments_and_replies_become_posts(server: YouTube) -> None:
    at = NOW - 2 * HOUR
    top = Comment("Ugx1", "Når åpner <b>svømmehallen</b>? #fjellheim", at, likes=3, edited=at + timedelta(minutes=9))
    reply = Comment("Ugx1.r1", "På mandag", at + HOUR, parent="Ugx1", author="Kari Nordmann")
    server.channel("fjellheim", Video("vid1", "Nytt fra kommunen", NOW - DAY, [top, reply]))
    polled = ask(server)
    assert (polled.ok, polled.state.problem, polled.seen) == (True, None, 2)
    first, second = polled.posts
    assert (first.platform, first.kind, first.native_id, first.namespace) == ("youtube", "comment", "Ugx1", "")
    assert (first.title, first.conversation_id, first.parent_id) == ("Nytt fra kommunen", "vid1", None)
    assert first.text == "Når åpner <b>svømmehallen</b>? #fjellheim"
    assert first.hashtags == ("fjellheim",)
    assert (first.published_at, first.edited_at) == (at, at + timedelta(minutes=9))
    assert first.metrics == Metrics(replies=1, likes=3)
    assert first.url == "https://www.youtube.com/watch?v=vid1&lc=Ugx1"
    assert first.author is not None
    assert (first.author.handle, first.author.name) == ("fjordkatt", "@fjordkatt")
    assert first.author.native_id.startswith("UCfjordkatt")
    assert first.author.url == "http://www.youtube.com/@fjordkatt"
    assert (second.parent_id, second.title, second.conversation_id) == (first.post_id, "", "vid1")
    assert second.edited_at is None
    assert second.author is not None
    assert (second.author.handle, second.author.name) == ("", "Kari Nordmann")
    assert {post.raw_sha256 for post in polled.posts} == {polled.raw[0].sha256}
    assert polled.spent == Spent(requests=3, posts=2)


@pytest.mark.parametrize(
    "item",
    [
        None,
        [],
        "x",
        {},
        {"id": "a"},
        {"id": "a", "snippet": "b"},
        {"id": 7, "snippet": {"textDisplay": "Hei"}},
        {"id": "a/../b", "snippet": {"textDisplay": "Hei"}},
        {"id": "a", "snippet": {"textDisplay": ["Hei"]}},
        {"id": "a", "snippet": {"textDisplay": " \u202e "}},
    ],
)
def test_what_is_no_comment_is_passed_over(item: object) -> None:
    assert comment(item, "video", "v", "t", NOW) is None


def test_wrong_types_cost_their_field_only() -> None:
    said = {"textDisplay": "Hei", "publishedAt": 3, "updatedAt": [], "likeCount": "mange", "authorChannelId": "UC"}
    said |= {"authorDisplayName": {}, "parentId": 4}
    found = comment({"id": "a", "snippet": said}, "video", "v", "t", NOW, replies=None)
    assert isinstance(found, Post)
    assert (found.published_at, found.published_quality, found.author) == (NOW, "missing", None)
    assert (found.metrics, found.parent_id) == (Metrics(), None)


def test_the_key_goes_in_a_header_and_in_no_address(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(1)))
    polled = ask(server)
    assert polled.ok
    assert all(KEY not in path and headers["X-Goog-Api-Key"] == KEY for path, headers in server.sent)
    assert all(KEY not in raw.url for raw in polled.raw)
    assert KEY not in repr(polled)


# Channels


@pytest.mark.parametrize(
    ("written", "lookup"),
    [
        ("UC" + "a" * 22, ("id", "UC" + "a" * 22)),
        ("@fjellheim", ("forHandle", "@fjellheim")),
        ("fjellheim", ("forHandle", "@fjellheim")),
        ("https://www.youtube.com/@fjellheim", ("forHandle", "@fjellheim")),
        ("https://www.youtube.com/@fjellheim/videos?view=0", ("forHandle", "@fjellheim")),
        ("youtube.com/channel/UC" + "b" * 22, ("id", "UC" + "b" * 22)),
        ("https://m.youtube.com/user/fjellheimtv/", ("forUsername", "fjellheimtv")),
        ("https://www.youtube.com/c/fjellheim", None),
        ("https://video.example.no/@fjellheim", None),
        ("@to ord", None),
        ("@", None),
    ],
)
def test_channels_are_found_by_id_handle_or_address(written: str, lookup: tuple[str, str] | None) -> None:
    assert lookup_of(written) == lookup


def test_a_channel_is_looked_up_once_a_day(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(1)))
    polled = ask(server)
    for hours in (6, 12, 23, 25):
        polled = ask(server, polled, NOW + hours * HOUR)
    assert len(server.asked("channels")) == 2


def test_an_unknown_channel_is_an_error_at_once_and_the_others_are_read(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(2)))
    polled = collect(source(server, "@fjelheim", "@fjellheim"), SourceState("video"), errand())
    assert (polled.ok, polled.state.failures) == (False, 1)
    assert polled.state.problem == Problem("youtube_channel_unknown", {"channel": "@fjelheim"})
    assert len(polled.posts) == 2
    assert polled.state.next_due == NOW + timedelta(minutes=15)
    again = collect(source(server, "@fjelheim", "@fjellheim"), polled.state, errand(NOW + HOUR))
    assert (again.ok, again.state.next_due) == (False, NOW + HOUR + timedelta(minutes=15))


def test_where_no_channel_is_known_nothing_else_is_asked(server: YouTube) -> None:
    polled = ask(server)
    assert polled.state.problem == Problem("youtube_channel_unknown", {"channel": "@fjellheim"})
    assert [name for name, _ in server.requests] == ["channels"]
    assert ask(server, polled, NOW + HOUR).state.failures == 2


def test_a_channel_without_videos_is_no_error(server: YouTube) -> None:
    server.channel("fjellheim")
    assert (ask(server).ok, ask(server).posts) == (True, ())


def test_a_channel_that_is_no_longer_configured_is_left(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(1)))
    server.channel("nes", Video("vid2", "x", NOW - DAY, comments(1, name="n")))
    both = collect(source(server, "@fjellheim", "@nes"), SourceState("video"), errand())
    assert len(both.posts) == 2
    one = collect(source(server, "@nes"), both.state, errand(NOW + 25 * HOUR))
    assert {post.conversation_id for post in one.posts} == {"vid2"}


# Videos


def test_videos_are_found_over_several_pages_and_old_ones_left(server: YouTube) -> None:
    server.page = 3
    videos = [Video(f"v{n}", "x", NOW - n * 10 * DAY, comments(1, name=f"v{n}k")) for n in range(12)]
    server.channel("fjellheim", *videos)
    polled = ask(server)
    assert {post.conversation_id for post in polled.posts} == {f"v{n}" for n in range(10)}
    assert len(server.asked("playlistItems")) == 4


def test_a_new_video_is_found_at_the_next_poll_with_one_call(server: YouTube) -> None:
    channel = server.channel("fjellheim", *(Video(f"v{n}", "x", NOW - (n + 1) * DAY) for n in range(60)))
    first = ask(server)
    server.videos[channel].append(Video("ny", "Ny", NOW, comments(1, NOW)))
    server.requests.clear()
    polled = ask(server, first, NOW + timedelta(minutes=20))
    assert [post.conversation_id for post in polled.posts] == ["ny"]
    assert len(server.asked("playlistItems")) == 1


def test_a_list_of_videos_that_broke_off_is_read_from_the_start(server: YouTube) -> None:
    server.page = 2
    server.channel(
        "fjellheim", *(Video(f"v{n}", "x", NOW - DAY - n * HOUR, comments(1, name=f"v{n}k")) for n in range(6))
    )
    server.refuse, server.refuse_after = {"playlistItems": (500, b"")}, 2
    first = ask(server)
    assert (first.ok, first.state.problem and first.state.problem.code) == (False, "http_5xx")
    server.refuse = {}
    assert len(ask(server, first, NOW + HOUR).posts) == 6


@pytest.mark.parametrize(
    ("age", "whole", "closed", "due"),
    [
        (HOUR, None, None, "whole"),
        (HOUR, HOUR, None, "new"),
        (6 * DAY, 23 * HOUR, None, "new"),
        (6 * DAY, DAY, None, "whole"),
        (8 * DAY, 23 * HOUR, None, ""),
        (29 * DAY, DAY, None, "whole"),
        (31 * DAY, 2 * DAY, None, ""),
        (31 * DAY, 7 * DAY, None, "whole"),
        (91 * DAY, None, None, ""),
        (HOUR, None, HOUR, ""),
        (8 * DAY, 8 * DAY, 7 * DAY, "whole"),
        (-DAY, HOUR, None, "new"),
    ],
)
def test_a_video_is_asked_less_often_as_it_ages(
    age: timedelta, whole: timedelta | None, closed: timedelta | None, due: str
) -> None:
    def before(ago: timedelta | None) -> str:
        return "" if ago is None else (NOW - ago).isoformat()

    assert visit(Known("UC", "x", before(age), whole=before(whole), closed=before(closed)), NOW) == due


# Comments, page by page


def test_new_comments_are_read_until_what_was_seen(server: YouTube) -> None:
    server.page = 10
    video = Video("vid1", "x", NOW - 3 * DAY, comments(35))
    server.channel("fjellheim", video)
    first = ask(server)
    assert len(first.posts) == 35
    assert len(server.asked("commentThreads")) == 4
    server.requests.clear()
    video.comments += comments(12, NOW, "ny")
    second = ask(server, first, NOW + HOUR)
    assert {post.native_id for post in second.posts} >= {f"ny{n}" for n in range(12)}
    assert len(server.asked("commentThreads")) == 2
    server.requests.clear()
    third = ask(server, second, NOW + 2 * HOUR)
    assert len(server.asked("commentThreads")) == 1
    assert {post.post_id for post in third.posts} <= {post.post_id for post in second.posts}


def test_a_long_reading_goes_on_in_the_next_polls_and_misses_nothing(
    server: YouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youtube, "MAX_CALLS_A_VIDEO", 2)
    server.page = 5
    video = Video("vid1", "x", NOW - 3 * DAY, comments(23))
    server.channel("fjellheim", video)
    polled, found, at = ask(server), set(), NOW
    assert polled.state.next_due == NOW + timedelta(minutes=1)
    for step in range(6):
        found |= {post.native_id for post in polled.posts}
        video.comments.append(Comment(f"ny{step}", "Ny", at))
        at += timedelta(minutes=1)
        polled = ask(server, polled, at)
        assert len(polled.posts) <= 10
    found |= {post.native_id for post in polled.posts}
    assert found == {comment.id for comment in video.comments}


def test_one_busy_video_does_not_keep_the_others_waiting(server: YouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube, "MAX_CALLS", 6)
    monkeypatch.setattr(youtube, "MAX_CALLS_A_VIDEO", 2)
    server.page = 2
    busy = Video("a", "x", NOW - 2 * DAY, comments(60, name="a"))
    server.channel("fjellheim", busy, Video("b", "x", NOW - DAY, comments(2, name="b")), Video("c", "x", NOW - HOUR))
    server.videos[server.channel("nes")] = []
    polled = ask(server)
    assert len(server.requests) <= 6 + 1
    assert {post.conversation_id for post in polled.posts} >= {"a", "b"}
    after = ask(server, polled, NOW + timedelta(minutes=1))
    assert {post.conversation_id for post in after.posts} >= {"a"}


def test_replies_beyond_those_that_come_along_are_asked_for_once(server: YouTube) -> None:
    video = Video("vid1", "x", NOW - DAY, comments(1))
    video.comments += comments(230, NOW - 2 * HOUR, "svar", parent="k0")
    server.channel("fjellheim", video)
    first = ask(server)
    assert len(first.posts) == 231
    assert len(server.asked("comments")) == 3
    second = ask(server, first, NOW + HOUR)
    assert len(server.asked("comments")) == 3
    video.comments += comments(1, NOW + HOUR, "sent", parent="k0")
    third = ask(server, second, NOW + 2 * HOUR)
    assert "sent0" in {post.native_id for post in third.posts}
    assert len(server.asked("comments")) == 6


def test_edits_and_replies_to_old_comments_come_once_a_day(server: YouTube) -> None:
    server.page = 10
    video = Video("vid1", "x", NOW - 3 * DAY, comments(30))
    server.channel("fjellheim", video)
    first = ask(server)
    video.comments[0].text = "Rettet"
    video.comments.append(Comment("svar", "Svar", NOW + HOUR, parent="k0"))
    hourly = ask(server, first, NOW + 2 * HOUR)
    assert "Rettet" not in texts(hourly)
    daily = ask(server, hourly, NOW + 25 * HOUR)
    assert {"Rettet", "Svar"} <= set(texts(daily))


def test_a_conversation_that_is_to_be_read_again_is_read_whole_once_an_hour_at_most(server: YouTube) -> None:
    server.page = 10
    server.channel("fjellheim", Video("vid1", "x", NOW - 3 * DAY, comments(30)))
    held = HeldPost("p1", "k0", "", "vid1")
    gone = HeldPost("p2", "z", "", "borte")
    first = ask(server)
    soon = ask(server, first, NOW + timedelta(minutes=30), threads=(held, gone))
    assert (len(soon.posts), soon.threads_read) == (10, ("p1", "p2"))
    later = ask(server, soon, NOW + 2 * HOUR, threads=(held,))
    assert (len(later.posts), later.threads_read) == (30, ("p1",))


def test_a_conversation_that_is_not_read_to_its_end_is_not_told_as_read(
    server: YouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youtube, "MAX_CALLS_A_VIDEO", 2)
    server.page = 10
    server.channel("fjellheim", Video("vid1", "x", NOW - 3 * DAY, comments(30)))
    held = HeldPost("p1", "k0", "", "vid1")
    first = ask(server, threads=(held,))
    assert first.threads_read == ()
    assert ask(server, first, NOW + HOUR, threads=(held,)).threads_read == ("p1",)


def test_all_is_read_again_when_the_listening_posts_change(server: YouTube) -> None:
    server.page = 10
    server.channel("fjellheim", Video("vid1", "x", NOW - 3 * DAY, comments(30)))
    first = ask(server)
    changed = collect(source(server), first.state, replace(errand(NOW + HOUR), fingerprint="annet"))
    assert len(changed.posts) == 30


def test_a_comment_from_the_future_stops_no_reading(server: YouTube) -> None:
    video = Video("vid1", "x", NOW - DAY, [Comment("spok", "Fra framtiden", datetime(2099, 1, 1, tzinfo=UTC))])
    server.channel("fjellheim", video)
    first = ask(server)
    assert first.posts[0].published_quality == "clamped_future"
    video.comments += comments(1, NOW + HOUR, "ny")
    assert "ny0" in {post.native_id for post in ask(server, first, NOW + 2 * HOUR).posts}


# What goes wrong


def test_a_video_whose_comments_are_turned_off_is_no_problem_and_left_for_a_week(server: YouTube) -> None:
    closed = Video("vid1", "x", NOW - DAY, error=(403, "commentsDisabled"))
    server.channel("fjellheim", closed, Video("vid2", "x", NOW - DAY, comments(1)))
    held = HeldPost("p1", "k9", "", "vid1")
    first = ask(server)
    assert (first.ok, first.state.problem, len(first.posts)) == (True, None, 1)
    second = ask(server, first, NOW + 2 * DAY, threads=(held,))
    assert second.threads_read == ("p1",)
    assert [p["videoId"] for p in server.asked("commentThreads")].count("vid1") == 1
    closed.error, closed.comments = None, comments(1, name="igjen")
    third = ask(server, second, NOW + 8 * DAY)
    assert {post.conversation_id for post in third.posts} == {"vid1", "vid2"}


def test_a_video_that_is_gone_is_dropped(server: YouTube) -> None:
    channel = server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(1)), Video("vid2", "x", NOW - DAY))
    first = ask(server)
    del server.videos[channel][0]
    second = ask(server, first, NOW + HOUR)
    assert (second.ok, list(second.state.cursor["videos"])) == (True, ["vid2"])


def test_a_thread_that_is_gone_meanwhile_is_passed_over(server: YouTube) -> None:
    video = Video("vid1", "x", NOW - DAY, comments(2))
    for top in ("k0", "k1"):
        video.comments += comments(9, NOW - HOUR, f"{top}.", parent=top)
    server.channel("fjellheim", video)
    server.refuse = {"comments": error(404, "commentNotFound")}
    polled = ask(server)
    assert (polled.ok, polled.state.problem, len(polled.posts)) == (True, None, 12)
    assert polled.state.cursor["videos"]["vid1"]["window"] is None


@pytest.mark.parametrize("reason", ["processingFailure", "invalidPageToken"])
def test_a_video_that_can_not_be_read_is_told_and_tried_again_in_its_turn(server: YouTube, reason: str) -> None:
    broken = Video("vid1", "Møtet", NOW - DAY, error=(400, reason))
    server.channel("fjellheim", broken, Video("vid2", "x", NOW - 2 * DAY, comments(1)))
    polled = ask(server)
    assert (polled.ok, polled.state.problem) == (True, Problem("youtube_video_unread", {"video": "Møtet"}))
    assert len(polled.posts) == 1
    broken.error, broken.comments = None, comments(1, name="m")
    assert "m0" in {post.native_id for post in ask(server, polled, NOW + HOUR).posts}


MINUTE_LIMIT = error(429, "rateLimitExceeded", "Quota exceeded", quota_limit="QueriesPerMinutePerProject")
DAY_LIMIT = error(
    429, "rateLimitExceeded", "Quota exceeded for 'Queries per day'", quota_limit="defaultPerDayPerProject"
)


@pytest.mark.parametrize(
    ("answer", "code", "waits"),
    [
        (error(403, "quotaExceeded"), "quota_spent", timedelta(hours=20)),
        (error(403, "dailyLimitExceeded"), "quota_spent", timedelta(hours=20)),
        (error(403, "rateLimitExceeded"), "quota_spent", timedelta(hours=20)),
        (DAY_LIMIT, "quota_spent", timedelta(hours=20)),
        (MINUTE_LIMIT, "http_429", None),
        (error(400, "keyInvalid"), "token_refused", None),
        (error(400, "badRequest", "API key not valid. Please pass a valid API key."), "token_refused", None),
        (error(400, "badRequest", "API key expired. Please renew the API key."), "token_refused", None),
        (error(403, "accessNotConfigured"), "youtube_key_limited", None),
        (error(403, "ipRefererBlocked"), "youtube_key_limited", None),
        ((500, b"<html>"), "http_5xx", None),
        ((503, b""), "http_503", None),
        ((403, b"[]"), "http_403", None),
        ((200, b"<html>"), "answer_unexpected", None),
        ((200, b"[]"), "answer_unexpected", None),
        ((200, b'{"items": 3}'), "answer_unexpected", None),
        ((200, b"[" * 100_000), "answer_unexpected", None),
    ],
)
def test_a_refusal_is_told_and_what_was_read_before_is_kept(
    server: YouTube, answer: tuple[int, Any], code: str, waits: timedelta | None
) -> None:
    server.page = 10
    video = Video("vid1", "x", NOW - DAY, comments(30))
    server.channel("fjellheim", video)
    server.refuse, server.refuse_after = {"": answer}, 4
    first = ask(server)
    assert first.state.problem is not None
    assert (first.ok, first.state.problem.code, len(first.posts)) == (False, code, 20)
    if waits:
        assert first.state.next_due == NOW + waits
    server.refuse = {}
    second = ask(server, first, NOW + DAY)
    assert second.ok
    found = {post.native_id for post in (*first.posts, *second.posts)}
    assert found == {comment.id for comment in video.comments}
    assert len(second.posts) == 10


def test_no_server_is_a_problem_that_loses_nothing(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(3)))
    first = ask(server)
    away = collect(replace(source(server), url="http://127.0.0.1:9"), first.state, errand(NOW + HOUR))
    assert away.state.problem is not None
    assert (away.ok, away.state.problem.code) == (False, "connection_refused")
    assert away.state.cursor["videos"] == first.state.cursor["videos"]


def test_hostile_answers_give_no_posts_and_no_exception(server: YouTube) -> None:
    rng = random.Random(3)
    values: list[Any] = [None, 3, "x", [], {}, [None], {"a": 1}, True, "9" * 5_000]

    def rubbish(depth: int) -> Any:
        if depth == 0:
            return rng.choice(values)
        keys = ("id", "snippet", "contentDetails", "relatedPlaylists", "uploads", "topLevelComment", "replies")
        keys += ("comments", "totalReplyCount", "textDisplay", "publishedAt", "items", "nextPageToken", "videoId")
        return {key: rubbish(depth - 1) for key in rng.sample(keys, 6)}

    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(3)))
    good = ask(server)
    for _ in range(40):
        for name in ("channels", "playlistItems", "commentThreads", "comments"):
            server.refuse[name] = (200, {"items": [rubbish(3) for _ in range(3)], "nextPageToken": rng.choice(values)})
        server.refuse.pop(rng.choice(list(server.refuse)))
        polled = ask(server, rng.choice([None, good]), NOW + DAY)
        assert isinstance(polled, Polled)
        json.dumps(polled.state.cursor)


def test_the_cursor_of_another_version_is_read(server: YouTube) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(3)))
    cursor = json.loads(json.dumps(ask(server).state.cursor))
    cursor["videos"]["vid1"]["mer"] = 1
    assert collect(source(server), SourceState("video", {**cursor, "annet": 2}), errand(NOW + HOUR)).ok


# Quota and budget


def test_the_quota_is_counted_by_its_own_day_and_never_passed(server: YouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube, "QUOTA", 6)
    server.page = 5
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(100)))
    first = ask(server)
    assert first.state.problem == Problem("quota_spent")
    assert (len(server.requests), len(first.posts), first.state.next_due) == (6, 20, NOW + timedelta(hours=20))
    assert ask(server, first, NOW + 2 * HOUR).spent.requests == 0
    after = ask(server, first, NOW + timedelta(hours=20, minutes=1))
    assert (after.spent.requests, len(server.requests)) == (6, 12)
    assert after.posts[0].native_id != first.posts[0].native_id


@pytest.mark.parametrize(
    ("now", "day", "left"),
    [
        ("2026-11-22T07:59:00+00:00", "2026-11-21", timedelta(minutes=1)),
        ("2026-11-22T08:00:00+00:00", "2026-11-22", DAY),
        ("2026-07-01T06:30:00+00:00", "2026-06-30", timedelta(minutes=30)),
        ("2026-11-01T07:00:00+00:00", "2026-11-01", timedelta(hours=25)),
    ],
)
def test_the_quota_day_ends_at_midnight_pacific(now: str, day: str, left: timedelta) -> None:
    assert quota_day(datetime.fromisoformat(now)) == day
    assert until_quota_ends(datetime.fromisoformat(now)) == left


def test_polls_are_as_far_apart_as_the_quota_asks(server: YouTube) -> None:
    assert pace(10_000, 10, NOW) == timedelta(hours=20) / 1_000
    assert pace(0, 10, NOW) == timedelta(hours=20)
    server.channel("fjellheim", *(Video(f"v{n}", "x", NOW - HOUR) for n in range(40)))
    polled = ask(server)
    busy = replace(polled.state, cursor={**polled.state.cursor, "quota": {"day": "2026-11-22", "units": 9_000}})
    later = collect(source(server), busy, errand(NOW + HOUR))
    assert later.state.next_due is not None
    assert later.state.next_due - NOW - HOUR > timedelta(minutes=45)


@pytest.mark.parametrize(("limit", "spent"), [(50, 0), (50, 30), (5, 0), (0, 0)])
def test_the_budget_of_posts_is_never_passed(server: YouTube, limit: int, spent: int) -> None:
    video = Video("vid1", "x", NOW - DAY, comments(40))
    for top in video.comments[:40]:
        video.comments += comments(5, NOW - HOUR, f"{top.id}.", parent=top.id)
    server.channel("fjellheim", video)
    limited = source(server, budget=Budget(posts=limit))
    polled = collect(limited, SourceState("video"), errand(spent=Spent(posts=spent)))
    assert polled.spent.posts <= limit - spent
    assert polled.state.problem == Problem("youtube_posts_spent", {"limit": str(limit)})
    assert (polled.ok, polled.state.next_due) == (False, NOW + timedelta(hours=12))
    after = collect(source(server), polled.state, errand(NOW + DAY))
    assert len({p.native_id for p in (*polled.posts, *after.posts)}) == 240


# Looking up


def held(number: int, conversation: str = "vid1", name: str = "k") -> tuple[HeldPost, ...]:
    return tuple(HeldPost(f"{name}{n}-post", f"{name}{n}", "", conversation) for n in range(number))


def test_comments_that_are_not_there_any_more_are_gone(server: YouTube) -> None:
    video = Video("vid1", "Møtet", NOW - DAY, comments(120))
    server.channel("fjellheim", video)
    stored = {post.native_id: post for post in ask(server).posts}
    del video.comments[3]
    video.comments[0].text = "Rettet"
    server.requests.clear()
    found = look_up(source(server), held(120), errand())
    assert found.gone == {"k3-post": "absent"}
    assert (found.problem, len(found.posts), found.spent.requests) == (None, 119, 4)
    assert all(len(parameters["id"].split(",")) <= 50 for parameters in server.asked("comments"))
    changed = [p for p in found.posts if p.content_hash != stored[p.native_id].content_hash]
    assert [post.text for post in changed] == ["Rettet"]


def test_comments_of_a_video_that_is_gone_are_gone(server: YouTube) -> None:
    server.channel("fjellheim")
    assert look_up(source(server), held(2, "borte"), errand()).gone == {"k0-post": "absent", "k1-post": "absent"}


@pytest.mark.parametrize(
    "answer",
    [error(403, "quotaExceeded"), (500, b""), (200, b"{}"), (200, b'{"items": null}'), (200, b""), (200, b"<html>")],
)
def test_an_answer_that_is_none_makes_nothing_gone(server: YouTube, answer: tuple[int, Any]) -> None:
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(60)))
    server.refuse, server.refuse_after = {"comments": answer}, 2
    found = look_up(source(server), held(60), errand())
    assert found.problem is not None
    assert (found.gone, len(found.posts)) == ({}, 50)


def test_it_works_by_the_name_of_its_kind_with_a_key_from_the_environment(
    server: YouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYTTEPOST_YOUTUBE", KEY)
    server.channel("fjellheim", Video("vid1", "x", NOW - DAY, comments(3)))
    named = source(server, credential=Credential("LYTTEPOST_YOUTUBE"))
    polled = poll_by_kind(named, SourceState("video"), errand(secret=""))
    assert (polled.ok, len(polled.posts)) == (True, 3)
    assert polled.state.last_item_at == NOW - 2 * DAY + timedelta(minutes=8)
    assert len(look_up_by_kind(named, held(3), errand(secret="")).posts) == 3


def test_reasons_are_read_from_old_and_new_errors() -> None:
    new = {"error": {"message": "x", "details": [{"reason": "API_KEY_INVALID"}, 3, {"metadata": "x"}], "errors": "x"}}
    assert refusal(400, new, "h", NOW)[1] == Problem("token_refused", {"host": "h"})
    for data in (None, [], "x", {"error": []}, {"error": {"errors": [[]]}}):
        assert refusal(400, data, "h", NOW) == ("", None, None)
