"""From what Bluesky answers to posts. Touches nothing; whatever is not as the lexicons say is left out.

Shapes: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts (postView), app-bsky-feed-get-post-thread
(threadViewPost), app-bsky-notification-list-notifications; https://docs.bsky.app/docs/advanced-guides/post-richtext.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from collectors import dates, text
from collectors.fields import array, count, mapping, string
from collectors.post import Author, Metrics, Post, RawAnswer, Source
from collectors.urls import http_url

MAX_NAME = 200
MAX_FACETS = 200
MAX_LINKS = 50
MAX_DEPTH = 200
"""Of what is within one another in an answer; what lies deeper is left out."""

OPT_OUT = "!no-unauthenticated"
"""What people set who want to be seen only by those who have logged in. The API sends their posts all the same."""
HIDDEN = "!hide"
"""What the moderators of Bluesky set on what nobody is to see."""

_POST = re.compile(r"at://(did:[a-z]+:[a-zA-Z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([a-zA-Z0-9._~:-]{1,200})")
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]{1,200}")
_HANDLE = re.compile(r"(?=.{3,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?")
_WEB = "https://bsky.app/profile"


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer held."""

    posts: tuple[Post, ...]
    positions: tuple[int, ...]
    """When each post was indexed, also of those that are left out, in the order of the answer; see `position`."""
    seen: int
    opted_out: Mapping[str, int]
    """The posts (uri) of people who ask to be left out, with their positions."""
    raw: RawAnswer
    """The answer without what is left out of it."""


def read(views: Iterable[Any], raw: RawAnswer, data: Any, source: Source, now: datetime) -> Read:
    """The posts among the `views` (post views or notifications) of an answer."""
    posts: dict[str, Post] = {}
    positions: list[int] = []
    opted_out: dict[str, int] = {}
    cleaned = without_left_out(raw, data)
    seen = 0
    for view in views:
        if not isinstance(view, dict):
            continue
        seen += 1
        at = position(view, now)
        if at is not None:
            positions.append(at)
        if has_label(mapping(view, "author"), OPT_OUT):
            opted_out[string(view, "uri")] = at or 0
        elif not _is_left_out(view) and (post := _post(view, source, now)):
            posts[post.native_id] = replace(post, raw_sha256=cleaned.sha256)
    return Read(tuple(posts.values()), tuple(positions), seen, opted_out, cleaned)


def thread(root: Any) -> list[dict[str, Any]]:
    """The post views of a conversation, the root first. Those that are gone or blocked have none."""
    views: list[dict[str, Any]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("post"), dict):
            views.append(node["post"])
        waiting.extend(reversed(array(node, "replies")))
        if isinstance(node.get("parent"), dict):
            waiting.append(node["parent"])
    return views


def position(view: dict[str, Any], now: datetime) -> int | None:
    """When the platform first saw a post, in milliseconds since 1970: never later than now, so that a wrong clock
    there hides nothing that comes after."""
    moment = _indexed_at(view, now)
    return milliseconds(moment) if moment else None


def milliseconds(moment: datetime) -> int:
    """Since 1970, as positions are counted."""
    return int(moment.timestamp() * 1000)


def uri_of(view: Any) -> str:
    """The address of the post that a view shows, or ""."""
    return string(view, "uri") if isinstance(view, dict) else ""


def is_post_uri(uri: str) -> bool:
    """Whether a text is the address of a post on Bluesky."""
    return bool(_POST.fullmatch(uri))


def has_label(holder: dict[str, Any], value: str) -> bool:
    """Whether a post or an account has a label that was not taken back (`neg`)."""
    return any(
        isinstance(label, dict) and label.get("val") == value and label.get("neg") is not True
        for label in array(holder, "labels")
    )


def without_left_out(raw: RawAnswer, data: Any) -> RawAnswer:
    """An answer without what people wrote who ask to be left out, and what is hidden, wherever it lies in it."""
    kept = _without(data)
    return raw if kept == data else replace(raw, body=json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace"))


def _without(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        found = []
        for item in value:
            if not (isinstance(item, dict) and _is_left_out(item)):
                found.append(_without(item, depth + 1))
        return found
    if isinstance(value, dict):
        if _is_left_out(value):
            return {"leftOut": True}
        kept = {}
        for name, inner in value.items():
            kept[name] = _without(inner, depth + 1)
        return kept
    return value


def _is_left_out(view: dict[str, Any]) -> bool:
    author = mapping(view, "author")
    return has_label(author, OPT_OUT) or has_label(author, HIDDEN) or ("author" in view and has_label(view, HIDDEN))


def _post(view: dict[str, Any], source: Source, now: datetime) -> Post | None:
    """The post that a view or a notification shows; None where it shows none, or somebody else's as the author's."""
    uri, record = string(view, "uri"), mapping(view, "record")
    address = _POST.fullmatch(uri)
    author = _author(mapping(view, "author"))
    if not address or not author or address[1] != author.native_id or not isinstance(record.get("text"), str):
        return None
    body, links, mentions, tags = _rich_text(record)
    quoted, card = _embedded(mapping(record, "embed"))
    created = string(record, "createdAt")
    published, quality = dates.claimed(created, now)
    reply = mapping(record, "reply")
    parent, root = (_post_uri(mapping(reply, name)) for name in ("parent", "root"))
    return Post(
        platform="bluesky",
        source=source.name,
        native_id=uri,
        server_id=uri,
        text=text.clean(body),
        url=f"{_WEB}/{author.handle or author.native_id}/post/{address[2]}",
        kind="reply" if parent else "post",
        author=author,
        published_at=published,
        published_quality=quality,
        published_raw=text.line(created, 100),
        indexed_at=_indexed_at(view, now),
        fetched_at=now,
        parent_native_id=parent,
        quoted_native_id=quoted,
        conversation_id=root or uri,
        hashtags=text.hashtags(body, tags),
        mentions=mentions,
        links=tuple(dict.fromkeys(filter(None, (*links, card))))[:MAX_LINKS],
        lang_declared=text.lang(next((lang for lang in array(record, "langs") if isinstance(lang, str)), "")),
        metrics=_metrics(view),
    )


def _author(profile: dict[str, Any]) -> Author | None:
    did, handle = string(profile, "did"), string(profile, "handle").lower()
    if not _DID.fullmatch(did):
        return None
    if not _HANDLE.fullmatch(handle) or handle == "handle.invalid":  # so the platform calls one that is not proven
        handle = ""
    name = text.line(string(profile, "displayName"), MAX_NAME)
    return Author("bluesky", did, handle, name, f"{_WEB}/{handle or did}")


def _rich_text(record: dict[str, Any]) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """A post's text with its links whole; the links, the accounts and the hashtags in it.

    Facets say what parts of the text are, counted in bytes of UTF-8. Those that fit nowhere are passed over.
    """
    whole = string(record, "text").encode("utf-8", "surrogatepass")
    pieces: list[str] = []
    links: list[str] = []
    mentions: list[str] = []
    tags = [tag for tag in array(record, "tags") if isinstance(tag, str)]
    end = 0
    for start, stop, features in sorted(_facets(record, len(whole)), key=lambda facet: facet[:2]):
        if start < end:
            continue
        try:
            before, shown = whole[end:start].decode("utf-8", "surrogatepass"), whole[start:stop].decode("utf-8")
        except UnicodeDecodeError:  # it begins or ends within a sign
            continue
        for feature in features:
            kind = string(feature, "$type").rpartition("#")[2]
            if kind == "link" and (link := http_url(string(feature, "uri"))):
                links.append(link)
                shown = link if _is_short_for(shown, link) else shown
            elif kind == "mention":
                handle = shown.strip().removeprefix("@").lower()
                mentions.append(handle if _HANDLE.fullmatch(handle) else _did(feature))
            elif kind == "tag":
                tags.append(string(feature, "tag"))
        pieces += [before, shown]
        end = stop
    pieces.append(whole[end:].decode("utf-8", "surrogatepass"))
    return "".join(pieces), tuple(links), tuple(dict.fromkeys(filter(None, mentions))), tuple(tags)


def _facets(record: dict[str, Any], length: int) -> Iterable[tuple[int, int, list[dict[str, Any]]]]:
    for facet in array(record, "facets")[:MAX_FACETS]:
        index = mapping(facet, "index") if isinstance(facet, dict) else {}
        start, stop = index.get("byteStart"), index.get("byteEnd")
        if type(start) is int and type(stop) is int and 0 <= start < stop <= length:
            yield start, stop, [feature for feature in array(facet, "features") if isinstance(feature, dict)]


def _is_short_for(shown: str, link: str) -> bool:
    """Whether a text is an address as apps shorten it: without https://, and with … for what is too long."""
    bare = shown.strip()
    cut = bare.removesuffix("…").removesuffix("...")
    beginning = cut.partition("://")[2] or cut
    if "." not in beginning:
        return False
    rest = link.partition("://")[2]
    forms = (rest, rest.removeprefix("www."))
    if cut != bare:
        return any(form.startswith(beginning) for form in forms)
    return any(form.rstrip("/") == beginning.rstrip("/") for form in forms)


def _embedded(embed: dict[str, Any]) -> tuple[str, str]:
    """The post that is quoted, and the address that a card leads to."""
    inner = mapping(embed, "record")
    quoted = _post_uri(inner) or _post_uri(mapping(inner, "record"))  # the second beside media
    card = mapping(embed, "external") or mapping(mapping(embed, "media"), "external")
    return quoted, http_url(string(card, "uri"))


def _metrics(view: dict[str, Any]) -> Metrics | None:
    counts = [count(view, f"{what}Count") for what in ("reply", "repost", "like", "quote")]
    return None if counts == [None] * 4 else Metrics(*counts)


def _indexed_at(view: dict[str, Any], now: datetime) -> datetime | None:
    found = dates.read(string(view, "indexedAt"))
    return min(found[0], now) if found and found[0] >= dates.OLDEST else None


# What is there, and of the right type


def _did(feature: dict[str, Any]) -> str:
    did = string(feature, "did")
    return did if _DID.fullmatch(did) else ""


def _post_uri(reference: dict[str, Any]) -> str:
    uri = string(reference, "uri")
    return uri if is_post_uri(uri) else ""
