"""Plain records of what is collected: sources, posts and their authors, and what a poll came to.

Everything outside the collectors may import these; they import nothing of ours.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

Platform = Literal["feed", "mastodon", "bluesky", "x", "facebook", "instagram", "youtube", "linkedin", "forum", "other"]
Kind = Literal["post", "reply", "comment", "article", "notice"]
DateQuality = Literal["exact", "date_only", "missing", "clamped_future"]
SourceKind = Literal["feed", "mastodon", "bluesky", "x", "youtube"]

MAX_TEXT = 20_000
"""Characters of text kept of one post; longer texts are cut, and say so."""


@dataclass(frozen=True, slots=True)
class Credential:
    """Where a secret lies, never the secret itself: an environment variable, or a file that only its owner reads."""

    env: str = ""
    file: str = ""

    def __bool__(self) -> bool:
        return bool(self.env or self.file)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a source may cost a day (of UTC, as platforms count); None where there is no such limit."""

    posts: int | None = None
    nok: Decimal | None = None
    nok_per_usd: Decimal = Decimal(11)
    """Platforms have their prices in dollars."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place that is polled. `name` is its id in the store and in the configuration."""

    name: str
    url: str
    """Of the feed, or of the server that is asked."""
    kind: SourceKind = "feed"
    interval_minutes: int | None = None
    """None: by how often something comes."""
    title: str = ""
    """What people see; the name where it is empty."""
    hashtags: tuple[str, ...] = ()
    """What a platform is asked for; feeds bring what they bring."""
    keywords: tuple[str, ...] = ()
    mentions: bool = False
    """Also what mentions the account."""
    account: str = ""
    """The body's own account on the platform."""
    channels: tuple[str, ...] = ()
    """The channels of YouTube whose comments are read."""
    credential: Credential = Credential()
    terms: str = ""
    """What the body has agreed to: X is asked only with "enterprise"."""
    budget: Budget = Budget()
    silent_after_hours: int | None = None
    """When silence raises an alarm. None: by how often something comes."""
    secret_url: bool = False
    """The address itself opens the source, and is shown to nobody."""


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
        return identity(self.platform, self.native_id)


@dataclass(frozen=True, slots=True)
class Metrics:
    """How far a post has spread, as the platform counts; None where it does not say."""

    replies: int | None = None
    reposts: int | None = None
    likes: int | None = None
    quotes: int | None = None
    views: int | None = None


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
    quoted_native_id: str = ""
    conversation_id: str = ""
    """What the platform calls the whole conversation."""
    server_id: str = ""
    """The id that the source's own server answers to, where that is another one (Mastodon)."""
    indexed_at: datetime | None = None
    """When the platform itself first saw it, where it tells that apart from the author's claim (Bluesky)."""
    hashtags: tuple[str, ...] = ()
    """Lower case, without #."""
    mentions: tuple[str, ...] = ()
    """Accounts that the text names, without @."""
    links: tuple[str, ...] = ()
    lang_declared: str = ""
    metrics: Metrics | None = None
    raw_sha256: str = ""
    """The raw answer (`RawAnswer`) that it was read from."""

    @property
    def post_id(self) -> str:
        return identity(self.platform, self.namespace, self.native_id)

    @property
    def parent_id(self) -> str | None:
        return identity(self.platform, self.namespace, self.parent_native_id) if self.parent_native_id else None

    @property
    def quoted_id(self) -> str | None:
        return digest(self.platform, self.namespace, self.quoted_native_id) if self.quoted_native_id else None

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
class RawAnswer:
    """An answer as it came, kept for as long as retention says. The address is without secrets."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Those that say something about the content."""
    body: bytes
    fetched_at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A period that a poll found out it does not cover, though it went well: a window that was too long ago, say."""

    started_at: datetime
    ended_at: datetime
    problem: Problem


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A feed that could become a source: the comments below an item."""

    url: str
    title: str
    post_id: str
    """The post that it belongs to."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was asked of a platform that counts."""

    requests: int = 0
    posts: int = 0
    nok: Decimal = Decimal(0)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.requests + other.requests, self.posts + other.posts, self.nok + other.nok)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.requests - other.requests, self.posts - other.posts, self.nok - other.nok)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a poll took."""

    requests: int = 0
    bytes: int = 0
    """Of the answers' bodies, as they came over the wire."""
    status: int = 0
    """Of the last answer; 0 where none came."""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source's standing in the store, read before a poll and written with its result."""

    source: str
    cursor: Mapping[str, Any] = field(default_factory=dict)
    """What the next poll needs, as JSON; stored in the same transaction as the posts. Each collector has its own."""
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
    last_item_at: datetime | None = None
    """The time of the newest item that ever came, whether it was kept or not."""
    usual_gap_minutes: float | None = None
    """How long it usually takes from one item to the next."""


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of one poll: the posts to store and the state to store with them."""

    state: SourceState
    posts: tuple[Post, ...] = ()
    seen: int = 0
    """Items that the answer held."""
    ok: bool = True
    """False where something was not read; what was, is stored all the same."""
    raw: tuple[RawAnswer, ...] = ()
    gaps: tuple[Uncovered, ...] = ()
    opted_out: int = 0
    """Posts by people who ask not to be collected: counted, and nothing else kept of them."""
    suggestions: tuple[Suggestion, ...] = ()
    spent: Spent = Spent()
    """What it cost; that is on the books already (`Errand.book`)."""
    threads_read: tuple[str, ...] = ()
    """The held posts (post_id) whose conversations were read again."""
    traffic: Traffic = Traffic()
    vanished: tuple[str, ...] = ()
    """Posts (post_id) that the source lists no more, although what stood around them still stands."""


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post that we hold, as its platform knows it."""

    post_id: str
    native_id: str
    server_id: str
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What came of asking for posts that we hold. What is in neither was not answered."""

    gone: Mapping[str, str] = field(default_factory=dict)
    """post_id: how we know (`http_404`, `absent`, `compliance`)."""
    posts: tuple[Post, ...] = ()
    """As they stand now."""
    raw: tuple[RawAnswer, ...] = ()
    spent: Spent = Spent()
    """As in `Polled`."""
    problem: Problem | None = None
    """Why not all could be asked for."""


def digest(*parts: str) -> str:
    """128 bits of SHA-256 over the parts, as 32 hex digits; parts can not run into each other."""
    h = hashlib.sha256()
    for part in parts:
        data = unicodedata.normalize("NFC", part).encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8, "big"))
        h.update(data)
    return h.hexdigest()[:32]


@lru_cache(maxsize=50_000)
def identity(*parts: str) -> str:
    """The digest of an id: asked for many times on a post's way, and worked out once."""
    return digest(*parts)
