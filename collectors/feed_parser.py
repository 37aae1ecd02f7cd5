"""From the bytes of a feed to posts: RSS 0.9x to 2.0 and Atom by feedparser, JSON Feed 1 and 1.1 here. Touches nothing.

Feeds are read tolerantly: what is broken costs a warning, not the items that can be read.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser
from selectolax.lexbor import LexborHTMLParser

from collectors import dates, links, text
from collectors.fields import array, mapping, string
from collectors.post import Author, Kind, Metrics, Post, Problem, Source, Suggestion, digest
from collectors.urls import host_of, http_url

MAX_ITEMS = 1_000
MAX_NAME = 200
MAX_TAGS = 300_000
"""Of a feed, with those in its texts. The parser takes some 30 microseconds for each."""
MAX_ATTRIBUTES = 200
"""Of one element. The parser takes time by the square of them, as it does with the length of words in names."""

# The encodings that are believed when a feed declares them; some of Python's take minutes on hostile input.
_CODECS = {name: name for name in ("utf-8", "cp1252", "cp1250", "iso8859-2", "iso8859-10", "iso8859-15")}
_CODECS["iso8859-1"] = "cp1252"  # which is what people mean by it
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_XML_DECLARATION = re.compile(r"\s*(?:<\?xml\b[^>]*>)?\s*")

_ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_ITEM = re.compile(r"<(/?)(?:\w+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_CROWDED = re.compile(
    r"""<[^\s<>"'=/]++(?:\s++[^\s<>"'=/]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')){200}""".replace("200", str(MAX_ATTRIBUTES))
)
_LONG_WORD = re.compile(rb"(?<![A-Za-z\d_.+-])[A-Za-z\d_.+-]{500,}+")
_WORD_SIGNS = bytes(b"x"[0] if re.match(rb"[A-Za-z\d_.+-]", bytes([sign])) else b" "[0] for sign in range(256))
_REFERENCE = re.compile(r"&#(?:[xX]([\da-fA-F]{4,}+)|(\d{5,}+));", re.ASCII)
"""Of those to a sign, all that may be bad."""
_HTML_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:a|b|br|em|i|p|q|span|strong|sub|sup)\b[^>]*>|&(?:#\d+|#x[\da-f]+|\w+);", re.IGNORECASE)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"})
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
"""Minutes of sy:updatePeriod (https://web.resource.org/rss/1.0/modules/syndication/)."""

# What plugins put below a text, and what is another at every poll: counters, and buttons to share.
_NETWORK = r"(?:facebook|x|twitter|linkedin|bluesky|mastodon|threads|whatsapp|e-?post|e-?mail|print|skriv ut)"
_WIDGET = re.compile(
    r"(?:antall )?(?:(?:side)?visninger|(?:page ?)?views|lest|vist|lesninger|delinger|shares|likes) ?:? ?\d[\d .,]*"
    r"(?: ganger)?|\d[\d .,]* (?:(?:side)?visninger|(?:page ?)?views|lesninger|delinger|shares|likes)|"
    rf"(?:del|share)(?: (?:dette|denne saken|saken|innlegget|artikkelen|this))?(?: (?:på|on))?:?(?:[ ,|·]*{_NETWORK})*",
    re.IGNORECASE,
)
MAX_WIDGETS = 5
"""Lines at the end of a text that are taken for such."""

_COMMENTS_URL = re.compile(r"\bcomments?\b", re.IGNORECASE)
_COMMENTS_TITLE = re.compile(r"\s*(?:comments? (?:on|for|to)|kommentar\w* (?:til|på|for))\b", re.IGNORECASE)
_MASTODON_FEED = re.compile(r"/(?:tags/[^/]+|@[^/]+|@[^/]+/feed)\.rss")
_FEED_ADDRESS = re.compile(r"/(?:feed|rss|atom)/?$|\.(?:rss|xml|atom)$|[?&]feed=")
_MASTODON_PERSON = re.compile(r"https://([^/@?#]+)/@([\w.-]+)/?")
_MASTODON_TAG = re.compile(r"https://[^/?#]+/tags/[^/?#]+")
_MASTODON_POST = re.compile(r"https://([^/@?#]+)/@([\w.-]+)(?:@([\w.-]+))?/\w+")


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed held. `warning` tells what was wrong with it although it could be read."""

    posts: tuple[Post, ...]
    warning: Problem | None = None
    ttl_minutes: int | None = None
    """How long the feed asks us to wait."""
    seen: int = 0
    """Items in the feed, also those that say nothing."""
    suggestions: tuple[Suggestion, ...] = ()
    """The feeds with the comments on its items."""
    hub: str = ""
    """Where the feed says that it can be subscribed to (WebSub, https://www.w3.org/TR/websub/)."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An item in the shape that all formats are brought to: texts and dates as they were written."""

    id: str
    link: str
    title: str
    title_is_markup: bool
    body: str
    body_is_markup: bool
    published: str
    updated: str
    tags: tuple[str, ...]
    author: str
    author_url: str
    lang: str
    author_email: str = ""
    in_reply_to: str = ""
    base: str = ""
    """What relative links of the body start at, where the feed says."""
    comments_feed: str = ""
    replies: int | None = None
    parsed: time.struct_time | None = None
    """What feedparser made of `published`."""


@dataclass(frozen=True, slots=True)
class _Feed:
    """A feed in the shape that all formats are brought to. Of the problems, the first weighs most."""

    items: list[_Item]
    title: str
    ttl_minutes: int | None
    problems: list[Problem]
    hub: str = ""


def parse(body: bytes, headers: Mapping[str, str], source: Source, url: str, now: datetime) -> ParsedFeed | Problem:
    """The posts in an answer, or the problem why it is no feed. Never raises.

    `headers` have lower-case names; `url` is where the answer came from, which relative links start at.
    """
    host = {"host": host_of(url)}
    if not body.strip(b" \t\r\n\0"):
        return Problem("feed_empty_body", host)
    content, declared = _decoded(body, headers.get("content-type", ""))
    is_json = content.lstrip().startswith(("{", "["))
    feed = _read_json(content, host) if is_json else _read_xml(content, url, source, host)
    if isinstance(feed, Problem):
        return feed
    problems = [*feed.problems, *([Problem("feed_encoding", {**host, "declared": declared})] if declared else [])]
    _, _, after_host = url.partition("://")[2].partition("/")
    is_comments = bool(
        _COMMENTS_TITLE.match(feed.title)
        or _COMMENTS_URL.search(after_host)
        or any(item.in_reply_to for item in feed.items)
    )
    is_mastodon = bool(_MASTODON_FEED.fullmatch(urlsplit(url).path))
    posts: dict[str, Post] = {}
    comment_feeds: dict[str, Suggestion] = {}
    for item in feed.items:
        if post := _post(item, source, url, now, is_comments, is_mastodon):
            posts[post.native_id] = post
            if (suggestion := _comments_on(item, post, url)) and suggestion.url not in (url, source.url):
                comment_feeds[post.native_id] = suggestion
    return ParsedFeed(
        tuple(posts.values()),
        problems[0] if problems else None,
        feed.ttl_minutes,
        len(feed.items),
        tuple(comment_feeds.values()),
        http_url(feed.hub, url) if feed.hub else "",
    )


def feed_named_in(body: bytes, headers: Mapping[str, str], url: str) -> str:
    """The address of the feed that a web page names; "" where it names none."""
    return _named_feed(_decoded(body, headers.get("content-type", ""))[0], url)


def _decoded(body: bytes, content_type: str) -> tuple[str, str]:
    """The text of a body, and the encoding that it was said to be in where that is not true.

    UTF-8 is tried first: bytes that hold as UTF-8 are UTF-8, whatever a server says by habit.
    """
    for mark, codec in text.BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body.decode(codec, "replace"), ""
    if b"\0" in body[:4]:
        return body.decode("utf-16-be" if body[:1] == b"\0" else "utf-16-le", "replace"), ""
    in_header, in_body = _CHARSET.search(content_type), _XML_ENCODING.match(body)
    declared = ([in_header[1]] if in_header else []) + ([in_body[1].decode()] if in_body else [])
    for name in ("utf-8", *declared):
        with suppress(LookupError, UnicodeDecodeError):
            return body.decode(_CODECS[codecs.lookup(name).name]), ""
    # Neither: UTF-8 with a few broken signs, or else the old Western one.
    content = body.decode("utf-8", "replace")
    broken = content.count("\ufffd")
    if broken > len(content) - len(content.encode("ascii", "ignore")) - broken:
        content = body.decode("cp1252", "replace")
    return content, (declared or ["utf-8"])[0]


# RSS and Atom


def _read_xml(markup: str, url: str, source: Source, host: dict[str, str]) -> _Feed | Problem:
    if not _ROOT.search(markup, 0, 100_000):
        return _no_feed(markup, url, source, host)
    markup, cut = _first_items(markup)
    if markup.count("<") > MAX_TAGS or _CROWDED.search(markup):
        return Problem("feed_unreadable", host)
    mended = _mended(markup)
    problems = [Problem("feed_malformed", host)] if mended != markup else []
    problems += [Problem("feed_too_many_items", {**host, "limit": str(MAX_ITEMS)})] if cut else []
    markup = mended
    declaration = _XML_DECLARATION.match(markup)
    data = markup[declaration.end() if declaration else 0 :].encode("utf-8", "replace")
    if b"x" * 500 in data.translate(_WORD_SIGNS):
        data = _LONG_WORD.sub(b"", data)
    try:
        # A stream, since feedparser opens the file or the address that bytes or text may name. Without the feed's own
        # address, which would become part of ids that look like relative links.
        parsed = feedparser.parse(
            io.BytesIO(data),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # whatever a hostile document makes the parser do, it is one unreadable feed
        return Problem("feed_unreadable", host)
    entries, version = parsed.entries, string(parsed, "version")
    if not entries and not version:
        return _no_feed(markup, url, source, host)
    if parsed.bozo and _ROOT_END.search(markup, max(0, len(markup) - 5_000)):
        problems.insert(0, Problem("feed_malformed", host))
    elif parsed.bozo:
        problems.insert(0, Problem("feed_cut_short", host))
        last = deque(_ITEM.finditer(markup), maxlen=1)
        if last and not last[0][1]:  # the text ends within an item, which the next poll brings whole
            entries = entries[:-1]
        if not entries:
            return Problem("answer_cut_short", host)
    is_atom = version.startswith("atom")
    author, lang = mapping(parsed.feed, "author_detail"), string(parsed.feed, "language")
    return _Feed(
        [_from_entry(entry, is_atom, author, lang) for entry in entries],
        string(parsed.feed, "title"),
        _asked_wait(parsed.feed),
        problems,
        next((string(link, "href") for link in array(parsed.feed, "links") if string(link, "rel") == "hub"), ""),
    )


def _mended(markup: str) -> str:
    """Markup whose character references are to signs that exist: another one costs feedparser the whole feed.

    Emoji that are written as two halves (UTF-16) become whole; what is no sign becomes U+FFFD.
    """
    marked = _REFERENCE.sub(_half_or_sign, markup)
    return marked if marked == markup else marked.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _half_or_sign(reference: re.Match[str]) -> str:
    digits = (reference[1] or reference[2]).lstrip("0") or "0"
    number = int(digits, 16 if reference[1] else 10) if len(digits) <= 8 else 0x110000
    if number > 0x10FFFF:
        return "\ufffd"
    return chr(number) if 0xD800 <= number < 0xE000 else reference[0]


def _first_items(markup: str) -> tuple[str, bool]:
    """A feed with no more than MAX_ITEMS items, and whether there were more."""
    number = 0
    for item in _ITEM.finditer(markup):
        number += not item[1]
        if number > MAX_ITEMS:
            last = max(markup.rfind("</item>"), markup.rfind("</entry>"))
            rest = markup[markup.find(">", last) + 1 :] if last > item.start() else ""
            return markup[: item.start()] + rest, True
    return markup, False


def _from_entry(entry: dict[str, Any], is_atom: bool, feed_author: dict[str, Any], feed_lang: str) -> _Item:
    content: dict[str, Any] = next((c for c in dict.get(entry, "content", ()) if c.get("value")), {})
    body_type = string(content or mapping(entry, "summary_detail"), "type") or "text/html"
    title = string(entry, "title")
    author = mapping(entry, "author_detail") or feed_author
    reply = next((mapping(entry, key) for key in entry if key.endswith("in-reply-to")), {})
    link = string(entry, "link")
    published = "published" if string(entry, "published") else "updated"
    return _Item(
        id=string(entry, "id"),
        # An item without a link gets its guid as one; that is a link only where it is a whole address.
        link=link if "links" in entry else http_url(link),
        title=title,
        title_is_markup="html" in string(mapping(entry, "title_detail"), "type")
        or (not is_atom and bool(_MARKUP.search(title))),
        body=string(content, "value") or string(entry, "summary"),
        body_is_markup="html" in body_type,
        published=string(entry, published),
        parsed=dict.get(entry, f"{published}_parsed"),
        updated=string(entry, "updated"),
        tags=tuple(string(tag, "term") for tag in dict.get(entry, "tags", ())),
        author=string(author, "name"),
        author_url=string(author, "href"),
        author_email=string(author, "email"),
        in_reply_to=string(reply, "ref") or string(reply, "href"),
        base=string(content or mapping(entry, "summary_detail"), "base"),
        comments_feed=_comments_feed(entry),
        replies=_count(string(entry, "slash_comments")),
        lang=string(content, "language") or string(entry, "language") or feed_lang,
    )


def _comments_feed(entry: dict[str, Any]) -> str:
    """The address of the feed with the comments on an item, as WordPress, Atom and others write it."""
    replies = (
        string(link, "href")
        for link in dict.get(entry, "links", ())
        if link.get("rel") == "replies" and link.get("type") in _FEED_TYPES
    )
    comments = string(entry, "comments")
    return (
        string(entry, "wfw_commentrss")
        or next(replies, "")
        or (comments if _FEED_ADDRESS.search(comments.partition("#")[0]) else "")
    )


def _asked_wait(feed: dict[str, Any]) -> int | None:
    """The minutes that a feed asks us to wait between two polls."""
    period = _PERIODS.get(string(feed, "sy_updateperiod").lower(), 0)
    often = _minutes(string(feed, "sy_updatefrequency")) or 1
    return max(_minutes(string(feed, "ttl")) or 0, period // often) or None


def _no_feed(markup: str, url: str, source: Source, host: dict[str, str]) -> Problem:
    """What came instead of a feed; of a web page, with the feed that it names."""
    if not _HTML_PAGE.search(markup, 0, 5_000):
        return Problem("feed_unreadable", host)
    if found := _named_feed(markup, url):
        return Problem("feed_is_html_found", {**host, "feed": links.shown(found, source.secret_url)})
    return Problem("feed_is_html", host)


def _named_feed(markup: str, url: str) -> str:
    for link in LexborHTMLParser(markup[: text.MAX_MARKUP]).css("link[rel~=alternate][href]"):
        found = http_url(link.attributes.get("href") or "", url)
        if found and link.attributes.get("type") in _FEED_TYPES:
            return found
    return ""


# JSON Feed (https://www.jsonfeed.org/version/1.1/)


def _read_json(content: str, host: dict[str, str]) -> _Feed | Problem:
    try:
        feed = json.loads(content, strict=False, parse_int=_number)
    except (ValueError, RecursionError):
        return Problem("feed_unreadable", host)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return Problem("feed_unreadable", host)
    items = [item for item in feed["items"] if isinstance(item, dict)]
    problems = []
    if len(items) > MAX_ITEMS:
        problems.append(Problem("feed_too_many_items", {**host, "limit": str(MAX_ITEMS)}))
    if len(items) < len(feed["items"]):
        problems.insert(0, Problem("feed_malformed", host))
    hub = next((string(hub, "url") for hub in array(feed, "hubs") if isinstance(hub, dict)), "")
    return _Feed([_from_json(item, feed) for item in items[:MAX_ITEMS]], string(feed, "title"), None, problems, hub)


def _number(digits: str) -> int | str:
    """An integer; a huge one as text, since Python refuses to read it."""
    return int(digits) if len(digits) <= 30 else digits


def _from_json(item: dict[str, Any], feed: dict[str, Any]) -> _Item:
    authors = [
        author
        for holder in (item, feed)
        for author in (*array(holder, "authors"), holder.get("author"))
        if isinstance(author, dict)
    ]
    markup = string(item, "content_html")
    number = item.get("id")
    return _Item(
        id=str(number) if isinstance(number, int | float) else string(item, "id"),
        link=string(item, "url") or string(item, "external_url"),
        title=string(item, "title"),
        title_is_markup=False,
        body=markup or string(item, "content_text") or string(item, "summary"),
        body_is_markup=bool(markup),
        published=string(item, "date_published") or string(item, "date_modified"),
        updated=string(item, "date_modified"),
        tags=tuple(tag for tag in array(item, "tags") if isinstance(tag, str)),
        author=string(authors[0], "name") if authors else "",
        author_url=string(authors[0], "url") if authors else "",
        lang=string(item, "language") or string(feed, "language"),
    )


# From an item to a post


def _post(item: _Item, source: Source, url: str, now: datetime, is_comments: bool, is_mastodon: bool) -> Post | None:
    """The post that an item is; None where it says nothing and leads nowhere."""
    body = _lasting(text.plain(item.body) if item.body_is_markup else text.clean(item.body))
    title = text.line(text.plain(item.title) if item.title_is_markup else item.title)
    link = links.leads_to(http_url(item.link, url)) if item.link else ""
    if not (body or title or link):
        return None
    published, quality = dates.claimed(item.published, now, item.parsed)
    edited = dates.read(item.updated)
    people, leads = _people_and_links(item, body, link or url, is_mastodon)
    kind: Kind = "comment" if is_comments else "article" if title else "post"
    return Post(
        platform="mastodon" if is_mastodon else "feed",
        source=source.name,
        native_id=text.identity(item.id) or link or digest(title, item.published, body),
        namespace="" if is_mastodon else source.name,
        title="" if is_mastodon else title,
        text=body,
        url=link,
        kind="post" if is_mastodon else kind,
        author=_account(link) if is_mastodon else _author(item, source, url),
        published_at=published,
        published_quality=quality,
        published_raw=text.line(item.published, 100),
        edited_at=edited[0] if edited and published < edited[0] <= now + dates.AHEAD else None,
        fetched_at=now,
        parent_native_id=text.identity(item.in_reply_to),
        hashtags=text.hashtags(f"{title} {body}", item.tags),
        mentions=people,
        links=leads,
        lang_declared=text.lang(item.lang),
        metrics=None if item.replies is None else Metrics(replies=item.replies),
    )


def _lasting(body: str) -> str:
    """A text without what changes from poll to poll although nobody wrote anything."""
    lines = links.uncounted(body).split("\n")
    end = len(lines)
    while end > max(1, len(lines) - MAX_WIDGETS) and _is_widget(lines[end - 1].strip()):
        end -= 1
    return "\n".join(lines[:end]).rstrip()


def _is_widget(line: str) -> bool:
    return not line or (len(line) < MAX_NAME and bool(_WIDGET.fullmatch(line)))


def _people_and_links(item: _Item, body: str, start: str, is_mastodon: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts that an item of Mastodon names, and where an item's links lead."""
    base = http_url(item.base, start) if item.base else start
    markup = item.body[: text.MAX_MARKUP]
    people: dict[str, None] = {}
    leads: dict[str, None] = {}
    for written in links.in_markup(markup) if item.body_is_markup else links.in_text(body):
        found = http_url(written, base)
        if is_mastodon and (person := _MASTODON_PERSON.fullmatch(found)):
            people[f"{person[2]}@{person[1]}".lower()] = None
        elif found and not (is_mastodon and _MASTODON_TAG.fullmatch(found)):
            leads[links.leads_to(found)] = None
        if len(people) + len(leads) >= links.MAX_LINKS:
            break
    return tuple(people), tuple(leads)


def _comments_on(item: _Item, post: Post, url: str) -> Suggestion | None:
    """The feed with the comments on an item, unless there are none."""
    found = http_url(item.comments_feed, url) if item.comments_feed and item.replies != 0 else ""
    return Suggestion(found, text.line(post.title or post.text, MAX_NAME), post.post_id) if found else None


def _author(item: _Item, source: Source, url: str) -> Author | None:
    """Who wrote an item of a feed, within that feed. E-mail addresses are not kept."""
    name = text.line(item.author, MAX_NAME)
    email = item.author_email
    if re.fullmatch(r"\S+@\S+", name):
        name, email = "", name
    page = http_url(item.author_url, url) if item.author_url else ""
    who = name or page or (digest(email) if email else "")
    return Author("feed", f"{source.name}/{who}", name=name, url=page) if who else None


def _account(link: str) -> Author | None:
    """Whose post a Mastodon address is: https://SERVER/@USER/NUMBER, or /@USER@THEIR-SERVER/NUMBER."""
    m = _MASTODON_POST.match(link)
    if not m:
        return None
    handle = f"{m[2]}@{m[3] or m[1]}".lower()
    return Author("mastodon", handle, handle=handle, url=link.rpartition("/")[0])


# What is there, and of the right type


def _minutes(value: str) -> int | None:
    return int(value) if re.fullmatch(r"[1-9]\d{0,6}", value, re.ASCII) else None


def _count(value: str) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else None
