"""What the YouTube Data API answers: items to posts, errors to problems, which videos to ask about. Touches nothing.

Source: https://developers.google.com/youtube/v3/docs (commentThreads, comments, playlistItems, errors).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from collectors import dates, text
from collectors.post import Author, Metrics, Post, Problem
from collectors.urls import http_url

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where the quota's day ends."""
FRESH = timedelta(days=7)
"""A video is asked for new comments at every poll while it is this young."""
YOUNG = timedelta(days=30)
"""Until then, all its comments are read again every day; after that, every week."""
OLDEST = timedelta(days=90)
"""After that, a video is left alone."""
WHOLE_YOUNG = timedelta(days=1)
WHOLE_OLD = timedelta(days=7)
CLOSED_FOR = timedelta(days=7)
"""Comments that are turned off may be turned on again."""
MAX_NAME = 200
MAX_TOKEN = 2_000

_CHANNEL_ID = re.compile(r"UC[\w-]{22}")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?youtube\.com/(?:channel/([\w-]+)|(@[^/?#\s]+)|user/([^/?#\s]+))(?:[/?#].*)?"
)
_PER_MINUTE = re.compile(r"per ?minute|per ?second|100 ?seconds", re.IGNORECASE)
_KEY_REFUSED = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID", "authError", "unauthorized"})
_KEY_LIMITED = frozenset(
    {"accessNotConfigured", "SERVICE_DISABLED", "API_KEY_SERVICE_BLOCKED", "ipRefererBlocked"}
    | {"API_KEY_IP_ADDRESS_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "CONSUMER_INVALID"}
)
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded"})


@dataclass(frozen=True, slots=True)
class Video:
    """A video whose comments are read, as the cursor keeps it. Times are in ISO 8601, "" where there was none."""

    channel: str
    title: str
    published: str
    asked: str = ""
    """When it was last asked about: who has waited longest comes first."""
    seen: str = ""
    """The newest comment that is read, with all before it."""
    whole: str = ""
    """When all its comments were last read."""
    closed: str = ""
    """When its comments were found to be turned off."""
    window: Mapping[str, Any] | None = None
    """What a reading that is under way needs to go on: `whole`, `token`, `newest`, `threads`."""
    replies: Mapping[str, int] | None = None
    """How many replies the threads had that were read with a call of their own."""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Video:
        """A video as the cursor has it; what an older version kept beside is left out."""
        return cls(**{name: value for name, value in kept.items() if name in cls.__slots__})


def lookup_of(channel: str) -> tuple[str, str] | None:
    """The parameter of `channels.list` that finds a channel as it is configured: an id, a handle or an address."""
    channel = channel.strip()
    if m := _ADDRESS.fullmatch(channel):
        channel_id, handle, user = m.groups()
        return ("id", channel_id) if channel_id else ("forHandle", handle) if handle else ("forUsername", user)
    if _CHANNEL_ID.fullmatch(channel):
        return "id", channel
    handle = channel.removeprefix("@")
    return ("forHandle", f"@{handle}") if handle and not re.search(r"[\s/?#@]", handle) else None


def visit(video: Video, now: datetime) -> Literal["", "new", "whole"]:
    """What to read of a video now: nothing, the comments that are new, or all of them, with edits and replies."""
    age = now - moment(video.published, now)
    if video.window:
        return "whole" if video.window.get("whole") else "new"
    if age > OLDEST or (video.closed and now - moment(video.closed, now) < CLOSED_FOR):
        return ""
    if not video.whole or now - moment(video.whole, now) >= (WHOLE_YOUNG if age < YOUNG else WHOLE_OLD):
        return "whole"
    return "new" if age < FRESH else ""


def moment(written: str, otherwise: datetime) -> datetime:
    """A time of the cursor or of an answer; never later than `otherwise`."""
    found = dates.read(written)
    return min(found[0], otherwise) if found else otherwise


def quota_day(now: datetime) -> str:
    return now.astimezone(PACIFIC).date().isoformat()


def until_quota_ends(now: datetime) -> timedelta:
    """How long it is until the quota's day ends: midnight on the American west coast."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC) - now


def pace(units_left: int, units_a_poll: int, now: datetime) -> timedelta:
    """How long to wait at least between polls so that the quota lasts for its day."""
    polls = units_left // max(1, units_a_poll)
    return until_quota_ends(now) / max(1, polls)


# Errors


def refusal(status: int, data: Any, host: str, now: datetime) -> tuple[str, Problem | None, timedelta | None]:
    """What an error says: its reason, our problem with it (None: what its status says), and how long to wait."""
    error = mapping(data, "error")
    reasons = [string(item, "reason") for item in (*items(error, "errors"), *items(error, "details"))]
    reason = next(filter(None, reasons), "")
    told = [string(error, "message"), *(string(mapping(d, "metadata"), "quota_limit") for d in items(error, "details"))]
    is_key = "API key" in told[0] and status in (400, 401, 403)
    if not _KEY_LIMITED.isdisjoint(reasons):
        return reason, Problem("youtube_key_limited"), None
    if not _KEY_REFUSED.isdisjoint(reasons) or is_key:
        return reason, Problem("token_refused", {"host": host}), None
    if status in (403, 429) and not _QUOTA.isdisjoint(reasons) and not any(map(_PER_MINUTE.search, told)):
        return reason, Problem("quota_spent"), until_quota_ends(now)
    return reason, None, None


# Items


def comment(
    item: Any, source: str, video_id: str, title: str, now: datetime, replies: int | None = None
) -> Post | None:
    """The post that a comment is; None for what is none. A reply names the comment that it is below."""
    comment_id, said = native_id(item), mapping(item, "snippet")
    body = text.clean(string(said, "textOriginal") or string(said, "textDisplay"))
    if not comment_id or not body:
        return None
    written = string(said, "publishedAt")
    published, quality = dates.claimed(written, now)
    edited = dates.read(string(said, "updatedAt"))
    parent = text.identity(string(said, "parentId"))
    likes = said.get("likeCount")
    return Post(
        platform="youtube",
        source=source,
        native_id=comment_id,
        title="" if parent else title,
        text=body,
        url=f"https://www.youtube.com/watch?v={video_id}&lc={comment_id}" if video_id else "",
        kind="comment",
        author=_author(said),
        published_at=published,
        published_quality=quality,
        published_raw=text.line(written, 100),
        edited_at=edited[0] if edited and published < edited[0] <= now + dates.AHEAD else None,
        fetched_at=now,
        parent_native_id=parent,
        conversation_id=video_id,
        hashtags=text.hashtags(body),
        metrics=Metrics(replies=replies, likes=count(likes)),
    )


def _author(said: Mapping[str, Any]) -> Author | None:
    name = text.line(string(said, "authorDisplayName"), MAX_NAME)
    channel = text.identity(string(mapping(said, "authorChannelId"), "value"))
    if not (channel or name):
        return None
    handle = name.removeprefix("@") if name.startswith("@") and " " not in name else ""
    page = string(said, "authorChannelUrl")
    return Author("youtube", channel or f"name/{name}", handle=handle, name=name, url=http_url(page) if page else "")


def native_id(item: Any) -> str:
    """An id that can stand in an address; "" for none."""
    found = string(item, "id")
    return found if re.fullmatch(r"[\w.-]{1,200}", found, re.ASCII) else ""


def video_of(item: Any) -> tuple[str, str, str]:
    """The id, the title and the time of a video in a list of uploads; "" for what is not there."""
    said, content = mapping(item, "snippet"), mapping(item, "contentDetails")
    found = string(content, "videoId") or string(mapping(said, "resourceId"), "videoId")
    video_id = found if re.fullmatch(r"[\w-]{1,50}", found, re.ASCII) else ""
    published = string(content, "videoPublishedAt") or string(said, "publishedAt")
    return video_id, text.line(string(said, "title")), published if dates.read(published) else ""


def next_page(data: Any) -> str:
    token = string(data, "nextPageToken")
    return token if len(token) <= MAX_TOKEN and token.isprintable() else ""


def string(holder: Any, key: str) -> str:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""


def mapping(holder: Any, key: str) -> dict[str, Any]:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def items(holder: Any, key: str = "items") -> list[Any]:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
