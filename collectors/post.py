"""Plain records of what is collected: sources, posts and their authors, and what a poll came to.

Everything outside the collectors may import these; they import nothing of ours.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Platform = Literal["feed", "mastodon", "bluesky", "x", "facebook", "instagram", "youtube", "linkedin", "forum", "other"]
Kind = Literal["post", "reply", "comment", "article", "notice"]
DateQuality = Literal["exact", "date_only", "missing", "clamped_future"]

MAX_TEXT = 20_000
"""Characters of text kept of one post; longer texts are cut, and say so."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place that is polled. `name` is its id in the store and in the configuration."""

    name: str
    url: str
    kind: Literal["feed"] = "feed"
    interval_minutes: int = 15
    title: str = ""
    """What people see; the name where it is empty."""


@dataclass(frozen=True, slots=True)
class ListeningPost:
    """What the body listens for, and why. No sources means every source; no words means every post."""

    name: str
    purpose: str
    title: str = ""
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as the platform tells it. Kept apart from posts so that it can be erased in one place."""

    platform: Platform
    native_id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    bio: str = ""

    @property
    def author_id(self) -> str:
        return digest(self.platform, self.native_id)


@dataclass(frozen=True, slots=True)
class Post:
    """One normalised post. Times are aware and in UTC; text is plain, NFC, without markup."""

    platform: Platform
    source: str
    native_id: str
    """The platform's own id (a feed's guid, an ActivityPub uri); unique within `namespace`."""
    text: str
    fetched_at: datetime
    published_at: datetime
    """As the source claims; the time of fetching where it is missing or in the future."""
    published_quality: DateQuality = "exact"
    published_raw: str = ""
    namespace: str = ""
    """What `native_id` is unique in: the source for feeds, empty where the id is global (a uri)."""
    title: str = ""
    url: str = ""
    kind: Kind = "post"
    author: Author | None = None
    edited_at: datetime | None = None
    parent_native_id: str = ""
    """The post that this one answers; it may be one that we do not hold."""
    hashtags: tuple[str, ...] = ()
    """Lower case, without #."""
    lang_declared: str = ""

    @property
    def post_id(self) -> str:
        return digest(self.platform, self.namespace, self.native_id)

    @property
    def parent_id(self) -> str | None:
        return digest(self.platform, self.namespace, self.parent_native_id) if self.parent_native_id else None

    @property
    def content_hash(self) -> str:
        return digest(self.title, self.text)


@dataclass(frozen=True, slots=True)
class Match:
    """Why a post is held: the listening post that asked for it, and the words that hit (none: all of a source)."""

    listening_post: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """A post together with the reasons for keeping it (never empty)."""

    post: Post
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong outside, as a code and its facts: the wording is the catalogue's (`problem.CODE`)."""

    code: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a source's next poll needs; stored in the same transaction as the posts."""

    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""
    listening_sha256: str = ""
    """The listening posts that the stored items were matched against: when they change, all is read again."""
    last_full_fetch: datetime | None = None
    not_modified_in_a_row: int = 0
    ttl_minutes: int = 0
    """How long the feed asks us to wait between polls."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source's standing in the store, read before a poll and written with its result."""

    source: str
    cursor: Cursor = Cursor()
    failures: int = 0
    """Polls that failed in a row."""
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    problem: Problem | None = None
    """The last poll's error, or a warning of a poll that brought items all the same; None when all is well."""
    next_due: datetime | None = None
    """None: at once."""
    stopped: bool = False
    """The source said that it is gone for good (410)."""


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of one poll: the posts to store and the state to store with them."""

    state: SourceState
    posts: tuple[Post, ...] = ()
    seen: int = 0
    """Items that the answer held."""
    ok: bool = True


def digest(*parts: str) -> str:
    """128 bits of SHA-256 over the parts, as 32 hex digits; parts can not run into each other."""
    h = hashlib.sha256()
    for part in parts:
        data = unicodedata.normalize("NFC", part).encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8, "big"))
        h.update(data)
    return h.hexdigest()[:32]
