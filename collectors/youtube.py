"""Comments on the videos of named YouTube channels, by the YouTube Data API v3 and a key.

Channels are found once a day, new videos at every poll, and comments newest first until what was read before. Replies
to older comments and edits come by reading a video's comments whole, less often as it ages (youtube_items.visit). What
a poll may ask is bounded; a reading that is not done goes on where it was in the next.

Source: https://developers.google.com/youtube/v3/docs. Each call costs one unit of the 10,000 that a key has a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from collectors import text
from collectors.api import Answer, Declined, Parameters, call
from collectors.budget import until_midnight
from collectors.errand import Errand, Refused
from collectors.post import HeldPost, LookedUp, Polled, Post, Problem, RawAnswer, Source, SourceState, Spent
from collectors.standing import failed, interval, succeeded
from collectors.urls import host_of
from collectors.web import FetchError
from collectors.youtube_items import (
    FRESH,
    OLDEST,
    Video,
    comment,
    count,
    items,
    lookup_of,
    mapping,
    moment,
    native_id,
    next_page,
    pace,
    quota_day,
    refusal,
    string,
    until_quota_ends,
    video_of,
    visit,
)

QUOTA = 10_000
MAX_CALLS = 60
"""Of one poll."""
MAX_CALLS_A_VIDEO = 10
MAX_CHANNELS = 50
MAX_VIDEOS = 200
"""Of a channel: its newest, as far as they are young enough."""
PAGE_OF_VIDEOS = 50
PAGE = 100
EMBEDDED = 5
"""Replies that come with a comment, at most; for more there is a call of its own."""
MAX_COUNTED = 500
"""Threads of a video whose number of replies is remembered."""
LOOKED_UP = 50
CHANNELS_EVERY = timedelta(hours=24)
WHOLE_AT_MOST_EVERY = timedelta(hours=1)
SOON = timedelta(minutes=1)
OVERLAP = timedelta(minutes=15)
"""Read again before what was seen, for comments that were held back for a while."""

_TURNED_OFF = ("commentsDisabled", "forbidden", "insufficientPermissions")
_GONE = ("videoNotFound", "notFound")
_START_AGAIN = ("invalidPageToken", "processingFailure")


@dataclass
class _Poll:
    """One poll under way: what it has brought so far, and what it still may ask."""

    source: Source
    errand: Errand
    units: int
    """Of the quota that were spent today, as far as we know."""
    posts: dict[str, Post] = field(default_factory=dict)
    raw: list[RawAnswer] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    seen: int = 0

    def ask(self, resource: str, parameters: Parameters) -> Answer:
        """Raises FetchError and Refused, also where the day's quota is spent."""
        if self.units >= QUOTA:
            raise Refused(Problem("quota_spent"), until_quota_ends(self.errand.now))
        self.units += 1
        self._spend(Spent(requests=1))
        url = f"{self.source.url.rstrip('/')}/youtube/v3/{resource}"
        try:
            answer = call(self.errand, url, parameters, {"X-Goog-Api-Key": self.errand.secret})
        except Declined as declined:
            host = host_of(self.source.url)
            _, problem, wait = refusal(declined.status, declined.data, host, self.errand.now)
            if problem is None:
                raise
            raise Refused(problem, wait) from declined
        # Lists of channels come without «items» where nothing was found; of comments, never.
        is_list = isinstance(answer.data, dict) and isinstance(answer.data.get("items", []), list)
        if not is_list or (resource == "comments" and "items" not in answer.data):
            raise Refused(Problem("answer_unexpected", {"host": host_of(url)}))
        return answer

    def _spend(self, spent: Spent) -> None:
        self.errand.book(spent)
        self.spent += spent

    def page_size(self, posts_an_item: int) -> int:
        """How many items may be asked for so that the budget is not passed. Raises Refused where none may."""
        budget = self.source.budget.posts
        if budget is None:
            return PAGE
        left = budget - self.errand.spent.posts - self.spent.posts
        if left < posts_an_item:
            wait = until_midnight(self.errand.now)
            raise Refused(Problem("youtube_posts_spent", {"limit": str(budget)}), wait)
        return min(PAGE, left // posts_an_item)

    def keep(self, answer: Answer, found: list[Post | None]) -> None:
        """Take in what an answer held. A comment that comes twice counts once, as it came last."""
        self.raw.append(answer.raw)
        self.seen += len(found)
        self._spend(Spent(posts=len(found)))
        for post in filter(None, found):
            self.posts[post.native_id] = replace(post, raw_sha256=answer.raw.sha256)


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Read what is new on the channels, and some of what may have changed."""
    now = errand.now
    cursor = dict(state.cursor)
    quota = mapping(cursor, "quota")
    poll = _Poll(source, errand, (count(quota.get("units")) or 0) if quota.get("day") == quota_day(now) else 0)
    channels = {name: mapping(mapping(cursor, "channels"), name) for name in source.channels[:MAX_CHANNELS]}
    videos = {video_id: Video.of(kept) for video_id, kept in mapping(cursor, "videos").items()}
    if cursor.get("listening") != errand.fingerprint:  # what was not kept then must be matched anew
        videos = {video_id: replace(video, whole="", window=None) for video_id, video in videos.items()}
    problem: Problem | None = None
    wait: timedelta | None = None
    ok = True
    unfinished = False
    try:
        if unknown := _find_channels(poll, channels):
            # The others are read at their usual pace all the same.
            problem, ok = Problem("youtube_channel_unknown", {"channel": text.line(unknown[0], 60)}), False
            wait = interval(source, state) if any(found.get("id") for found in channels.values()) else None
        _find_videos(poll, channels, videos)
        for held in errand.threads:
            if (video := videos.get(held.conversation_id)) and not video.window and not _rests(video, now):
                videos[held.conversation_id] = replace(video, whole="")
        trouble, unfinished = _read_videos(poll, videos)
        problem = problem or trouble
    except Refused as refused:
        problem, wait, ok = refused.problem, refused.retry_after, False
    except FetchError as error:
        problem, ok = error.problem, False
    kept = {
        "quota": {"day": quota_day(now), "units": poll.units},
        "listening": errand.fingerprint,
        "channels": channels,
        "videos": {video_id: asdict(video) for video_id, video in videos.items()},
    }
    fresh = sum(now - moment(video.published, now) < FRESH for video in videos.values())
    at_least = pace(QUOTA - poll.units, len(channels) + fresh, now)
    if problem and not ok:
        new_state = replace(failed(source, state, problem, now, errand.jitter, wait), cursor=kept)
    else:
        new_state = succeeded(source, state, kept, now, errand.jitter, problem, at_least)
    if unfinished:
        left = QUOTA - poll.units
        new_state = replace(new_state, next_due=now + (SOON if left > QUOTA // 2 else pace(left, MAX_CALLS, now)))
    read_again = (h for h in errand.threads if (v := videos.get(h.conversation_id)) is None or _rests(v, now))
    return Polled(
        new_state,
        tuple(poll.posts.values()),
        poll.seen,
        ok,
        tuple(poll.raw),
        spent=poll.spent,
        threads_read=tuple(held.post_id for held in read_again),
    )


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """How comments stand by now: those that are not in the answer are gone."""
    poll = _Poll(source, errand, errand.spent.requests)
    gone: dict[str, str] = {}
    problem: Problem | None = None
    titles: dict[str, str] = {}
    rest = iter(held)
    try:
        while batch := list(islice(rest, LOOKED_UP)):
            missing = {h.conversation_id for h in batch if h.conversation_id} - titles.keys()
            if missing:
                answer = poll.ask(
                    "videos", {"part": "snippet", "id": ",".join(sorted(missing)), "maxResults": LOOKED_UP}
                )
                found = {native_id(i): text.line(string(mapping(i, "snippet"), "title")) for i in items(answer.data)}
                titles |= dict.fromkeys(missing, "") | found
            wanted = {h.native_id: h for h in batch}
            parameters: Parameters = {
                "part": "snippet",
                "id": ",".join(wanted),
                "textFormat": "plainText",
                "maxResults": PAGE,
            }
            answer = poll.ask("comments", parameters)
            there = [(wanted[at], item) for item in items(answer.data) if (at := native_id(item)) in wanted]
            still = {h.post_id for h, _ in there}
            gone |= {h.post_id: "absent" for h in batch if h.post_id not in still}
            posts = [
                # Of a video that is gone or private the title is not known, and the comment is as good as before.
                comment(item, source.name, h.conversation_id, titles[h.conversation_id], errand.now)
                for h, item in there
                if titles.get(h.conversation_id)
            ]
            poll.keep(answer, posts)
    except (Refused, FetchError) as error:
        problem = error.problem
    return LookedUp(gone, tuple(poll.posts.values()), tuple(poll.raw), poll.spent, problem)


def _rests(video: Video, now: datetime) -> bool:
    """Whether a video need not be asked again: all its comments were read within the hour, or are turned off."""
    return bool(video.closed or (video.whole and now - moment(video.whole, now) < WHOLE_AT_MOST_EVERY))


def _find_channels(poll: _Poll, channels: dict[str, dict[str, Any]]) -> list[str]:
    """Find the channels that were not found within a day; returns those that are unknown."""
    now = poll.errand.now
    unknown = []
    for name, known in channels.items():
        if known.get("id") and now - moment(string(known, "found"), now) < CHANNELS_EVERY:
            continue
        lookup = lookup_of(name)
        found: dict[str, str] = {}
        if lookup:
            parameters: Parameters = {"part": "id,contentDetails", lookup[0]: lookup[1], "maxResults": 1}
            for item in items(poll.ask("channels", parameters).data)[:1]:
                lists = mapping(mapping(item, "contentDetails"), "relatedPlaylists")
                found = {
                    "id": native_id(item),
                    "uploads": string(lists, "uploads"),
                    "found": now.isoformat(),
                }
        if found.get("id"):
            channels[name] = {**found, "listed": ""}
        else:
            channels[name] = {}
            unknown.append(name)
    return unknown


def _find_videos(poll: _Poll, channels: dict[str, dict[str, Any]], videos: dict[str, Video]) -> None:
    """Add the videos that are new, and leave those that are too old or of a channel that is no longer read."""
    now = poll.errand.now
    ids = {found.get("id") for found in channels.values()}
    for video_id, video in list(videos.items()):
        if video.channel not in ids or now - moment(video.published, now) > OLDEST:
            del videos[video_id]
    for name, channel in channels.items():
        if not channel.get("uploads"):
            continue
        listed = _uploads(poll, string(channel, "uploads"), set() if not channel.get("listed") else set(videos))
        for video_id, title, published in listed:
            known = videos.get(video_id)
            if known:
                videos[video_id] = replace(known, title=title or known.title)
            elif published and now - moment(published, now) <= OLDEST:
                videos[video_id] = Video(string(channel, "id"), title, published)
        channels[name] = {**channel, "listed": now.isoformat()}


def _uploads(poll: _Poll, playlist: str, known: set[str]) -> list[tuple[str, str, str]]:
    """A channel's newest videos: until one is known, or too old."""
    now = poll.errand.now
    found: list[tuple[str, str, str]] = []
    token = ""
    while len(found) < MAX_VIDEOS:
        parameters: dict[str, str | int] = {
            "part": "snippet,contentDetails",
            "playlistId": playlist,
            "maxResults": PAGE_OF_VIDEOS,
        }
        try:
            answer = poll.ask("playlistItems", {**parameters, **({"pageToken": token} if token else {})})
        except Declined as declined:
            if declined.status == 404:  # a channel that has no videos
                return found
            raise
        page = [video for video in map(video_of, items(answer.data)) if video[0]]
        found += page
        token = next_page(answer.data)
        old = any(published and now - moment(published, now) > OLDEST for _, _, published in page)
        if not token or not page or old or any(video_id in known for video_id, _, _ in page):
            break
    return found[:MAX_VIDEOS]


def _read_videos(poll: _Poll, videos: dict[str, Video]) -> tuple[Problem | None, bool]:
    """Read comments, first of the videos that have waited longest. Returns what could not be read, and whether there is
    more to read at once."""
    now = poll.errand.now
    waiting = sorted(
        (video_id for video_id, video in videos.items() if visit(video, now)),
        key=lambda video_id: (videos[video_id].asked, videos[video_id].published),
    )
    problem = None
    unfinished = False
    for video_id in waiting:
        if poll.spent.requests >= MAX_CALLS:
            return problem, True
        whole = visit(videos[video_id], now) == "whole"
        window = videos[video_id].window or {"whole": whole, "token": "", "newest": "", "threads": []}
        videos[video_id] = replace(videos[video_id], asked=now.isoformat(), window=window)
        for _ in range(min(MAX_CALLS_A_VIDEO, MAX_CALLS - poll.spent.requests)):
            try:
                videos[video_id] = _read_page(poll, video_id, videos[video_id])
            except Declined as declined:
                reason, _, _ = refusal(declined.status, declined.data, host_of(poll.source.url), now)
                left = _after_error(videos[video_id], reason, declined, now)
                if left is None:
                    del videos[video_id]
                    break
                videos[video_id] = left
                if reason in _START_AGAIN:
                    problem = Problem("youtube_video_unread", {"video": left.title or video_id})
            if not videos[video_id].window:
                break
        unfinished = unfinished or bool(video_id in videos and videos[video_id].window)
    return problem, unfinished


def _after_error(video: Video, reason: str, declined: Declined, now: datetime) -> Video | None:
    """A video after an error that is about it alone; None for one that is gone. Raises the error where it is not."""
    window = video.window or {}
    if window.get("threads") and declined.status in (403, 404):  # the comment whose replies were asked for is gone
        return _closed_or_open(video, {**window, "threads": window["threads"][1:], "replies": ""}, now)
    if reason in _TURNED_OFF:
        return replace(video, window=None, closed=now.isoformat(), whole=now.isoformat())
    if reason in _GONE:
        return None
    if reason in _START_AGAIN:
        # From the top when it is its turn again; not at once, or it would be asked for ever.
        return replace(video, window=None, whole=now.isoformat() if window.get("whole") else video.whole)
    raise declined


def _read_page(poll: _Poll, video_id: str, video: Video) -> Video:
    """Read the next page of a video's window; the video as it stands then. Raises FetchError and Refused."""
    window = dict(video.window or {})
    if window.get("threads"):
        return _read_replies(poll, video_id, video, window)
    now = poll.errand.now
    parameters: dict[str, str | int] = {
        "part": "snippet,replies",
        "videoId": video_id,
        "order": "time",
        "textFormat": "plainText",
        "maxResults": poll.page_size(1 + EMBEDDED),
    }
    token = string(window, "token")
    answer = poll.ask("commentThreads", {**parameters, **({"pageToken": token} if token else {})})
    found: list[Post | None] = []
    threads: list[list[Any]] = []
    counted = dict(video.replies or {})
    for item in items(answer.data):
        said, embedded = mapping(item, "snippet"), items(mapping(item, "replies"), "comments")[:EMBEDDED]
        replies = count(said.get("totalReplyCount"))
        top = comment(mapping(said, "topLevelComment"), poll.source.name, video_id, video.title, now, replies)
        found.append(top)
        found += [comment(reply, poll.source.name, video_id, "", now) for reply in embedded]
        if top and (replies or 0) > len(embedded) and counted.get(top.native_id) != replies:
            threads.append([top.native_id, replies])
    poll.keep(answer, found)
    tops = [post.published_at for post in found if post and not post.parent_native_id]
    newest = max([string(window, "newest"), *(min(at, now).isoformat() for at in tops)])
    token = next_page(answer.data) if items(answer.data) else ""
    reached = bool(video.seen and tops and min(tops) < moment(video.seen, now) - OVERLAP)
    if reached and not window.get("whole"):
        token = ""
    return _closed_or_open(video, {**window, "token": token, "newest": newest, "threads": threads}, now)


def _read_replies(poll: _Poll, video_id: str, video: Video, window: dict[str, Any]) -> Video:
    """Read the next page of replies of the first thread that waits for it."""
    now = poll.errand.now
    (thread, replies), *others = window["threads"]
    parameters: dict[str, str | int] = {
        "part": "snippet",
        "parentId": thread,
        "textFormat": "plainText",
        "maxResults": poll.page_size(1),
    }
    token = string(window, "replies")
    answer = poll.ask("comments", {**parameters, **({"pageToken": token} if token else {})})
    poll.keep(answer, [comment(item, poll.source.name, video_id, "", now) for item in items(answer.data)])
    token = next_page(answer.data) if items(answer.data) else ""
    if token:
        return replace(video, window={**window, "replies": token})
    counted = {**(video.replies or {}), thread: replies}
    newest_counted = dict(list(counted.items())[-MAX_COUNTED:])
    rest = {**window, "threads": others, "replies": ""}
    return _closed_or_open(replace(video, replies=newest_counted), rest, now)


def _closed_or_open(video: Video, window: Mapping[str, Any], now: datetime) -> Video:
    """A video with what is left of its window; with what was read by it noted, where nothing is."""
    if window["token"] or window["threads"]:
        return replace(video, window=dict(window))
    return replace(
        video,
        seen=max(video.seen, string(window, "newest")),
        whole=now.isoformat() if window.get("whole") else video.whole,
        closed="",
        window=None,
    )
