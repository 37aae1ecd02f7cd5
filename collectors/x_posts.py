"""From X's answers to posts: both spellings of what was renamed in August 2026, edits, long posts. Touches nothing.

https://docs.x.com/x-api/fundamentals/data-dictionary
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors import dates, text
from collectors.post import Author, Metrics, Post, Problem
from collectors.urls import http_url

MAX_LINKS = 50
MAX_MENTIONS = 50
MAX_DETAIL = 200

_RENAMED = {
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "tweets": "posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "total_tweet_count": "total_post_count",
}
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
"""Any 64-bit number that X can give."""
_FIRST_TIMED_ID = 30_000_000_000
"""Earlier ids say nothing of the time."""
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
"""What the time in an id counts from."""
_HANDLE = re.compile(r"\w{1,20}", re.ASCII)
_SHORT_LINK = re.compile(r"https?://t\.co/\w+", re.ASCII)
_NO_LANGUAGE = re.compile(r"q[a-t][a-z]|und|zxx|art")
"""What X calls a text that is only links, only hashtags, and so on."""
_WITHHELD = frozenset({"NO", "XX", "XY"})
"""In Norway, or everywhere."""
_GONE = {"resource-not-found": "absent", "not-authorized-for-resource": "not_authorized"}
"""What an error says of a post by the end of its type, and how we then know that the post is gone."""
_MOST = 2**31 - 1
"""The highest count that is kept."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an answer held, and what it is charged as."""

    posts: tuple[Post, ...]
    seen: int
    positions: tuple[int, ...]
    """The ids of what was asked for, in the answer's order, after the newest of all where the answer tells it."""
    token: str
    posts_read: int
    users_read: int
    opted_out: int
    """Posts by accounts that only followers may see."""
    superseded: Mapping[str, str]
    """By the id of an earlier version of a post, that of its latest one."""
    gone: Mapping[str, str]
    """By the id that was asked for, how we know that it is gone."""
    failed: frozenset[str]
    """The ids that were asked for and that X could not answer for just now."""
    unclear: bool
    """Whether an error does not say which post it is about."""
    warning: Problem | None


def read_page(data: Mapping[str, Any], source: str, now: datetime, raw_sha256: str) -> Page:
    """The posts of an answer, oldest first. What it refers to is no post of its own, except what was retweeted."""
    found = [item for item in _list(data, "data") if isinstance(item, dict) and _id(item.get("id"))]
    includes = _mapping(data, "includes")
    context = {_id(t.get("id")): t for t in _list(includes, "tweets") if isinstance(t, dict) and _id(t.get("id"))}
    users = {_id(u.get("id")): u for u in _list(includes, "users") if isinstance(u, dict) and _id(u.get("id"))}
    known = context | {item["id"]: item for item in found}
    posts: dict[str, Post] = {}
    opted_out: set[str] = set()
    superseded: dict[str, str] = {}
    gone: dict[str, str] = {}
    for item in sorted(found, key=lambda item: int(item["id"])):  # so that of several versions the latest holds
        original = known.get(_referenced(item, "retweeted", "reposted")) if _is_retweet(item) else item
        if original is None:
            continue
        if (latest := _versions(original)[-1]) != original["id"]:
            superseded[item["id"]] = latest
            if (latest_version := known.get(latest)) is None:
                continue
            original = latest_version
        author = users.get(_id(original.get("author_id")), {})
        if _is_withheld(original) or _is_withheld(author):
            gone[item["id"]] = "withheld"
            continue
        if author.get("protected") is True:
            opted_out.add(original["id"])
            continue
        if post := _post(original, author, known, source, now, raw_sha256):
            posts[post.native_id] = post

    errors = [error for error in _list(data, "errors") if isinstance(error, dict)]
    notable = [error for error in errors if not _evidence(error)]
    gone |= {_error_id(error): evidence for error in errors if (evidence := _evidence(error)) and _error_id(error)}
    meta = _mapping(data, "meta")
    newest = _id(meta.get("newest_id"))
    return Page(
        tuple(sorted(posts.values(), key=lambda post: int(post.server_id))),
        len(found),
        tuple(int(number) for number in (*filter(None, [newest]), *(item["id"] for item in found))),
        _string(meta, "next_token"),
        len(known),
        len(users),
        len(opted_out),
        superseded,
        gone,
        frozenset(map(_error_id, notable)),
        any(not _error_id(error) for error in errors),
        _warning(notable),
    )


def count_in(data: Mapping[str, Any]) -> int | None:
    """How many posts X counted; None where it does not say."""
    total = _get(_mapping(data, "meta"), "total_tweet_count")
    if type(total) is int and total >= 0:
        return total
    counts = [_get(part, "tweet_count") for part in _list(data, "data") if isinstance(part, dict)]
    return sum(counts) if counts and all(type(count) is int and count >= 0 for count in counts) else None


def user_in(data: Mapping[str, Any]) -> str:
    """The id of the account that was asked for; "" where there is none."""
    return _id(_mapping(data, "data").get("id"))


def complaint(data: Any) -> str:
    """What X says was wrong with a request, on one line."""
    errors = [error for error in _list(data, "errors") if isinstance(error, dict)] if isinstance(data, dict) else []
    said = next((_string(error, "message") for error in errors), "") or (
        _string(data, "detail") if isinstance(data, dict) else ""
    )
    return text.line(said, MAX_DETAIL)


def time_of(post_id: int) -> datetime | None:
    """When an id was given out; None for what is too old to tell."""
    return _EPOCH + timedelta(milliseconds=post_id >> 22) if post_id >= _FIRST_TIMED_ID else None


def _post(
    item: Mapping[str, Any],
    user: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    source: str,
    now: datetime,
    raw_sha256: str,
) -> Post | None:
    """The post that an item is; None where it says nothing."""
    note = _mapping(item, "note_tweet")
    long_text = _string(note, "text")
    entities = _mapping(note if long_text else item, "entities")
    links = _links(entities)
    body = text.clean(_expanded(long_text or _string(item, "text"), links))
    if not body:
        return None
    first = _versions(item)[0]
    written = _string(item, "created_at") or _claim(item["id"])
    published = written if first == item["id"] else _claim(first) or written
    published_at, quality = dates.claimed(published, now)
    handle = _handle(user)
    parent = _referenced(item, "replied_to")
    tags = (_string(tag, "tag") for tag in _list(entities, "hashtags") if isinstance(tag, dict))
    names = (_handle(name) for name in _list(entities, "mentions") if isinstance(name, dict))
    language = text.lang(_string(item, "lang"))
    return Post(
        platform="x",
        source=source,
        native_id=first,
        text=body,
        fetched_at=now,
        published_at=published_at,
        published_quality=quality,
        published_raw=published,
        url=f"https://x.com/{handle or 'i'}/status/{item['id']}",
        kind="reply" if parent else "post",
        author=_author(item, user),
        edited_at=None if first == item["id"] else dates.claimed(written, now)[0],
        parent_native_id=_first_version(parent, known),
        quoted_native_id=_first_version(_referenced(item, "quoted"), known),
        conversation_id=_id(item.get("conversation_id")),
        server_id=item["id"],
        hashtags=text.hashtags(body, tags),
        mentions=tuple(dict.fromkeys(filter(None, names)))[:MAX_MENTIONS],
        links=tuple(dict.fromkeys(links.values()))[:MAX_LINKS],
        lang_declared="" if _NO_LANGUAGE.fullmatch(language) else language,
        metrics=_metrics(_mapping(item, "public_metrics")),
        raw_sha256=raw_sha256,
    )


def _author(item: Mapping[str, Any], user: Mapping[str, Any]) -> Author | None:
    """Who wrote it; only by the id where X was not asked for more."""
    handle = _handle(user)
    native_id = _id(item.get("author_id"))
    if not native_id:
        return None
    bio = _expanded(_string(user, "description"), _links(_mapping(_mapping(user, "entities"), "description")))
    return Author(
        "x",
        native_id,
        handle=handle,
        name=text.line(_string(user, "name")),
        url=f"https://x.com/{handle}" if handle else "",
        bio=text.clean(bio, text.MAX_LINE),
    )


def _handle(user: Mapping[str, Any]) -> str:
    found = _HANDLE.fullmatch(_string(user, "username"))
    return found[0] if found else ""


def _metrics(counts: Mapping[str, Any]) -> Metrics:
    def count(name: str) -> int | None:
        number = _get(counts, name)
        return min(number, _MOST) if type(number) is int and number >= 0 else None

    return Metrics(
        replies=count("reply_count"),
        reposts=count("retweet_count"),
        likes=count("like_count"),
        quotes=count("quote_count"),
        views=count("impression_count"),
    )


def _links(entities: Mapping[str, Any]) -> dict[str, str]:
    """By the short form that stands in the text, where each link leads."""
    found = {}
    for link in _list(entities, "urls"):
        if isinstance(link, dict):
            target = http_url(_string(link, "unwound_url")) or http_url(_string(link, "expanded_url"))
            if target:
                found[_string(link, "url")] = target
    return found


def _expanded(body: str, links: Mapping[str, str]) -> str:
    """A text with its HTML entities as signs, and its short links as what they lead to."""
    return _SHORT_LINK.sub(lambda short: links.get(short[0], short[0]), html.unescape(body[: text.MAX_MARKUP]))


def _versions(item: Mapping[str, Any]) -> Sequence[str]:
    """The ids of all versions of a post, the first one first: each edit gives it another."""
    found = sorted({*filter(None, map(_id, _list(item, "edit_history_tweet_ids")))}, key=int)
    return found if item["id"] in found else [item["id"]]


def _first_version(post_id: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    return _versions(known[post_id])[0] if post_id in known else post_id


def _is_withheld(holder: Mapping[str, Any]) -> bool:
    return bool(_WITHHELD & set(map(str, _list(_mapping(holder, "withheld"), "country_codes"))))


def _is_retweet(item: Mapping[str, Any]) -> bool:
    return bool(_referenced(item, "retweeted", "reposted"))


def _referenced(item: Mapping[str, Any], *kinds: str) -> str:
    """The id of the post that an item refers to in one of these ways; "" where it does not."""
    for reference in _list(item, "referenced_tweets"):
        if isinstance(reference, dict) and reference.get("type") in kinds:
            return _id(reference.get("id"))
    return ""


def _claim(post_id: str) -> str:
    moment = time_of(int(post_id))
    return moment.isoformat() if moment else ""


def _evidence(error: Mapping[str, Any]) -> str:
    return _GONE.get(_string(error, "type").rpartition("/")[2], "")


def _error_id(error: Mapping[str, Any]) -> str:
    return _id(error.get("resource_id")) or _id(error.get("value"))


def _warning(errors: Sequence[Mapping[str, Any]]) -> Problem | None:
    """What X could not give beside what it gave. That a post refers to one that is gone is nothing to warn of."""
    if not errors:
        return None
    said = _string(errors[0], "detail") or _string(errors[0], "title") or _string(errors[0], "message")
    return Problem("x_errors", {"count": str(len(errors)), "detail": text.line(said, MAX_DETAIL)})


def _id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _get(holder: Mapping[str, Any], name: str) -> Any:
    """A value by its name, or by the name that X has given it since."""
    return holder[name] if name in holder else holder.get(_RENAMED.get(name, name))


def _string(holder: Mapping[str, Any], name: str) -> str:
    value = _get(holder, name)
    return value if isinstance(value, str) else ""


def _mapping(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = _get(holder, name)
    return value if isinstance(value, dict) else {}


def _list(holder: Mapping[str, Any], name: str) -> list[Any]:
    value = _get(holder, name)
    return value if isinstance(value, list) else []
