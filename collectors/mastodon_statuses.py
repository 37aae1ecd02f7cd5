"""From what a Mastodon server answers to posts, and what of it may be kept. Touches nothing.

A status is described at https://docs.joinmastodon.org/entities/Status/; other servers (GoToSocial, Pleroma) leave some
of it out. Ids are opaque: Mastodon's look like numbers, GoToSocial's do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from collectors import dates, text
from collectors.api import Answer
from collectors.fields import array, count, mapping, string
from collectors.post import Author, Metrics, Post, RawAnswer, Source, digest
from collectors.urls import http_url

MAX_NAME = 200
MAX_BIO = 2_000
MAX_LINKS = 50
MAX_MENTIONS = 50

Status = dict[str, Any]

_ID = re.compile(r"[A-Za-z\d_-]{1,64}")
"""An id becomes part of addresses that are asked with our token."""
_HANDLE = re.compile(r"[\w.-]{1,200}(?:@[\w.:-]{1,253})?")
_OPTED_OUT = re.compile(r"(?<!\w)#?no-?bots?\b|#no-?index\b", re.IGNORECASE)
_MAY_OPT_OUT = re.compile(r"bot|index", re.IGNORECASE)
"""What has none of these need not be read as HTML."""
_QUOTE_INLINE = re.compile(r'<p class="quote-inline">.*?</p>', re.DOTALL)
"""The quoted address, for readers that do not know quotes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post stands in its conversation."""

    uri: str
    """A digest, where the post itself may not be kept."""
    parent_server_id: str = ""


# What an answer holds


def is_list(data: object) -> bool:
    """Whether an answer is a list of items, or an empty one."""
    return isinstance(data, list) and (not data or any(isinstance(item, dict) for item in data))


def listed(data: object) -> list[Status]:
    """The items of an answer that is a list: those that have an id which can be asked for."""
    return [item for item in data if isinstance(item, dict) and server_id(item)] if isinstance(data, list) else []


def status_of(item: Status) -> Status:
    """The status that an item of a list is, or that a notification of a mention is about; {} where there is none."""
    if "account" in item and "content" in item:
        return item
    status = item.get("status")
    mention = item.get("type") == "mention" and isinstance(status, dict)
    return status if mention and isinstance(status, dict) and server_id(status) else {}


def server_id(item: Mapping[str, Any]) -> str:
    """An id, "" where there is none that is safe to ask with."""
    return _safe_id(item.get("id"))


def parent_server_id(status: Status) -> str:
    return _safe_id(status.get("in_reply_to_id"))


def uri_of(status: Status) -> str:
    return text.identity(string(status, "uri"))


def published(status: Status, now: datetime) -> datetime:
    return dates.claimed(string(status, "created_at"), now)[0]


# What may be kept


def is_post(status: Status) -> bool:
    """Whether a status is a post for all to see; what somebody passed on (a reblog) is none."""
    return (
        status.get("visibility") == "public"
        and not status.get("reblog")
        and bool(server_id(status) and uri_of(status))
        and isinstance(status.get("account"), dict)
    )


def opts_out(status: Status) -> bool:
    """Whether its author asks not to be found or not to be read by machines: by a setting, or in words."""
    account = mapping(status, "account")
    fields = [field for field in array(account, "fields") if isinstance(field, dict)]
    words = [string(account, "note"), *(string(field, key) for field in fields for key in ("name", "value"))]
    return (
        account.get("indexable") is False
        or account.get("noindex") is True
        or any(_OPTED_OUT.search(text.plain(said, MAX_BIO)) for said in words if _MAY_OPT_OUT.search(said))
    )


def may_be_kept(status: Status) -> bool:
    return is_post(status) and not opts_out(status)


def raw_of(answer: Answer) -> RawAnswer:
    """The answer as it came; without what may not be kept (not public, or by people who opt out), where there is such:
    then its body is JSON that we wrote."""
    kept = _kept(answer.data)
    if kept == answer.data:
        return answer.raw
    return replace(answer.raw, body=json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace"))


def _kept(data: object) -> object:
    if isinstance(data, list):
        return [kept for item in data if isinstance(item, dict) and (kept := _kept_item(item))]
    if isinstance(data, dict) and ("ancestors" in data or "descendants" in data):
        return {key: _kept(data.get(key)) for key in ("ancestors", "descendants")}
    return _kept_item(data) if isinstance(data, dict) else None


def _kept_item(item: Status) -> Status | None:
    """A status or a notification, None where it may not be kept."""
    status = status_of(item)
    if not may_be_kept(status):
        return None
    quote = _quoted(status)
    if quote and (_quoted(quote) or not may_be_kept(quote)):
        status = {**status, "quote": None}
    return {**item, "status": status} if status_of(item) is not item else status


# From a status to a post


def place(status: Status) -> Place:
    uri = uri_of(status)
    return Place(uri if may_be_kept(status) else digest(uri), parent_server_id(status))


def conversation(status_id: str, places: Mapping[str, Place]) -> str:
    """What a conversation is called: the uri of its first post; "" where that is not known."""
    seen: set[str] = set()
    while (here := places.get(status_id)) and status_id not in seen:
        if not here.parent_server_id:
            return here.uri
        seen.add(status_id)
        status_id = here.parent_server_id
    return ""


def post(
    status: Status,
    source: Source,
    now: datetime,
    domain: str,
    parents: Mapping[str, str],
    conversation_id: str = "",
    raw_sha256: str = "",
) -> Post:
    """The post that a status is (`may_be_kept`). `domain` is the server's own; `parents` are the uris of the posts that
    its ids stand for."""
    quoted, markup = _quoted(status), string(status, "content")
    markup = _QUOTE_INLINE.sub("", markup) if quoted else markup
    body = text.plain(markup)
    moment, quality = dates.claimed(string(status, "created_at"), now)
    edited = dates.read(string(status, "edited_at"))
    parent = parent_server_id(status)
    tags = (string(tag, "name") for tag in array(status, "tags") if isinstance(tag, dict))
    uri = uri_of(status)
    return Post(
        platform="mastodon",
        source=source.name,
        native_id=uri,
        server_id=server_id(status),
        title=text.line(string(status, "spoiler_text")),
        text=body,
        url=http_url(string(status, "url")) or http_url(uri),
        kind="reply" if parent else "post",
        author=_author(mapping(status, "account"), domain),
        published_at=moment,
        published_quality=quality,
        published_raw=text.line(string(status, "created_at"), 100),
        edited_at=edited[0] if edited and moment < edited[0] <= now + dates.AHEAD else None,
        fetched_at=now,
        parent_native_id=parents.get(parent, ""),
        quoted_native_id=digest(uri_of(quoted)) if opts_out(quoted) else uri_of(quoted),
        conversation_id=conversation_id,
        hashtags=text.hashtags(body, tags),
        mentions=tuple(_mentions(status, domain))[:MAX_MENTIONS],
        links=_links(markup),
        lang_declared=text.lang(string(status, "language")),
        metrics=Metrics(
            replies=count(status, "replies_count"),
            reposts=count(status, "reblogs_count"),
            likes=count(status, "favourites_count"),
            quotes=count(status, "quotes_count"),
        ),
        raw_sha256=raw_sha256,
    )


def _quoted(status: Status) -> Status:
    """The status that one quotes: within a record of the quote (Mastodon) or in its place (others)."""
    quote = mapping(status, "quote")
    return mapping(quote, "quoted_status") or (quote if string(quote, "uri") else {})


def _author(account: dict[str, Any], domain: str) -> Author | None:
    handle = _handle(account, domain)
    if not handle:
        return None
    return Author(
        "mastodon",
        handle,
        handle=handle,
        name=text.line(string(account, "display_name"), MAX_NAME) or text.line(string(account, "username"), MAX_NAME),
        url=http_url(string(account, "url")),
        bio=text.plain(string(account, "note"), MAX_BIO),
    )


def _handle(account: dict[str, Any], domain: str) -> str:
    """USER@DOMAIN in lower case; a server leaves out the domain of its own accounts."""
    acct = string(account, "acct").lower()
    if not _HANDLE.fullmatch(acct):
        return ""
    return acct if "@" in acct else f"{acct}@{domain}"


def _mentions(status: Status, domain: str) -> Iterable[str]:
    accounts = (account for account in array(status, "mentions") if isinstance(account, dict))
    return dict.fromkeys(filter(None, (_handle(account, domain) for account in accounts)))


def _links(markup: str) -> tuple[str, ...]:
    """What a text links to, apart from hashtags and people."""
    if "<a" not in markup or markup.count("<") > text.MAX_TAGS:
        return ()
    return tuple(dict.fromkeys(_targets(markup[: text.MAX_MARKUP])))[:MAX_LINKS]


def _targets(markup: str) -> Iterator[str]:
    for link in LexborHTMLParser(markup).css("a[href]"):
        classes = (link.attributes.get("class") or "").split()
        if not {"mention", "hashtag"} & set(classes) and (found := http_url(link.attributes.get("href") or "")):
            yield found


# What is there, and of the right type


def _safe_id(value: object) -> str:
    """An id as text; some servers give numbers."""
    found = str(value) if type(value) is int else value
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""
