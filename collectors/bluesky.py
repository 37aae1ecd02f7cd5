"""Bluesky: hashtags, words and mentions by search and notifications, conversations, and what became of held posts.

Everything is asked of the account's own server (PDS), which passes it on: search is closed to those without an account.
Results come newest first by the time that authors claim. Windows and cursors go by `indexedAt`, which the platform sets
itself, and `since` is not sent: some servers pass it over. Once a day the walks go back a week, for what came in late.
https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, app-bsky-notification-list-notifications,
app-bsky-feed-get-post-thread, app-bsky-feed-get-posts
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors import standing
from collectors.api import Answer, Declined, Parameters
from collectors.bluesky_login import Account, error_name
from collectors.bluesky_parser import Read, is_post_uri, milliseconds, read, thread, uri_of
from collectors.errand import Errand, Refused
from collectors.post import HeldPost, LookedUp, Polled, Post, Problem, RawAnswer, Source, SourceState, Uncovered
from collectors.text import tag
from collectors.urls import host_of
from collectors.web import FetchError
from collectors.windows import Window, after_page, finished, restarted

PAGE = 100
"""Posts on a page: the most that may be asked for."""
PAGES = 5
"""Of one query in one poll; the next poll goes on from there."""
REQUESTS = 50
"""Pages of all queries in one poll."""
SECONDS = 120
"""After these, a poll asks for nothing more."""
FAULTS = 3
"""Queries that may fail before a poll gives up the rest."""
WALK_PAGES = 100
"""After these, a walk is given up, and the gap is told."""
OVERLAP = timedelta(minutes=15)
LOOK_BACK = timedelta(days=7)
"""How far back a new word is looked for, and all of them once a day."""
DEEP_EVERY = timedelta(hours=24)
SOON = timedelta(minutes=1)
"""When the next poll comes where something is left to ask."""
DEPTH = 30
"""Answers to answers that are read of a conversation, and as many posts up from one whose first is gone."""
LOOK_UP = 25
"""Posts that may be asked for at a time."""
ASKED_SINGLY = 50
"""Posts that one look-up asks for once more, each by itself, before they are called gone."""

_SEARCH = "app.bsky.feed.searchPosts"
_NOTIFICATIONS = "app.bsky.notification.listNotifications"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """Something that is asked for page by page. `key` is its name in the cursor."""

    key: str
    method: str
    parameters: Parameters
    within: str
    """The list in the answer."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a query has come. Times are milliseconds since 1970."""

    window: Window
    covered: int
    """All up to here was read once; a walk that goes deeper again moves `window.reached` below it."""
    deep_at: int
    """When it last went as deep as LOOK_BACK."""
    fingerprint: str
    """The listening posts then: when they change, what was read must be matched with them anew."""

    @classmethod
    def of(cls, kept: object, now: datetime, fingerprint: str) -> Progress:
        """The progress that a cursor holds, ready for a poll now; from the beginning where it holds none."""
        first, at = milliseconds(now - LOOK_BACK), milliseconds(now)
        window = Window.of(kept, first)
        covered, deep_at, listening = (
            kept.get(name) if isinstance(kept, Mapping) else None for name in ("covered", "deep_at", "fingerprint")
        )
        if type(covered) is not int or type(deep_at) is not int:
            return cls(Window(first), first, at, fingerprint)
        rests = not window.under_way and not 0 <= at - deep_at < DEEP_EVERY.total_seconds() * 1000
        if rests or listening != fingerprint:
            return cls(Window(min(window.reached, first)), covered, at, fingerprint)
        return cls(window, covered, deep_at, fingerprint)

    def after(self, window: Window) -> Progress:
        return replace(self, window=window, covered=max(self.covered, window.reached))

    def kept(self) -> dict[str, Any]:
        extra = {"covered": self.covered, "deep_at": self.deep_at, "fingerprint": self.fingerprint}
        return self.window.kept() | extra


@dataclass(slots=True)
class _Haul:
    """What a poll has read so far, and what it may still ask for."""

    posts: dict[str, Post] = field(default_factory=dict)
    raw: list[RawAnswer] = field(default_factory=list)
    seen: int = 0
    opted_out: set[str] = field(default_factory=set)
    gaps: list[Uncovered] = field(default_factory=list)
    threads_read: list[str] = field(default_factory=list)
    problem: Problem | None = None
    wait: timedelta | None = None
    faults: int = 0
    requests: int = field(default_factory=lambda: REQUESTS)
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def may_ask(self) -> bool:
        return self.faults < FAULTS and time.monotonic() < self.until

    def take(self, found: Read, oldest: int, counted: int) -> None:
        """Keep what was indexed after `oldest`; who opted out is counted after `counted`, so that it is done once."""
        self.seen += found.seen
        self.opted_out.update(uri for uri, at in found.opted_out.items() if at > counted)
        wanted = [p for p in found.posts if p.indexed_at is None or milliseconds(p.indexed_at) >= oldest]
        for post in wanted:
            if post.metrics or post.native_id not in self.posts:  # notifications do not say how far a post spread
                self.posts[post.native_id] = post
        if wanted:
            self.raw.append(found.raw)

    def failed(self, error: FetchError | Refused) -> None:
        """Note what went wrong. Where nothing better is to be had from the server now, that is the end of the poll."""
        one_of_many = isinstance(error, Declined) and error.status not in (429, 503)
        self.faults += 1 if one_of_many or error.problem.code == "answer_unexpected" else FAULTS
        if self.problem is None or self.faults >= FAULTS:
            self.problem = error.problem
            self.wait = error.retry_after if isinstance(error, Refused) else None


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask for all that a source is about, and read the conversations that are due. Raises FetchError and Refused where
    there is nothing to ask for, or no account to ask as."""
    account = Account(source, errand)
    queries = {query.key: query for query in queries_of(source, account.handle() if source.mentions else "")}
    if not queries:
        raise Refused(Problem("bluesky_nothing_to_ask"))
    kept = _mapping(state.cursor, "queries")
    progress = {key: Progress.of(kept.get(key), errand.now, errand.fingerprint) for key in queries}
    left = _round(state, queries, errand.now)
    haul = _Haul()
    for key in list(left):
        if not haul.may_ask or haul.requests <= 0:
            break
        try:
            _walk(source, queries[key], progress, account, errand, haul)
        except (FetchError, Refused) as error:
            haul.failed(error)
        else:
            if not progress[key].window.under_way:
                left.remove(key)
    threads_left = _read_threads(source, state, account, errand, haul)

    cursor = {"queries": {key: progress[key].kept() for key in queries}, "left": left}
    if haul.problem:
        after = standing.failed(source, state, haul.problem, errand.now, errand.jitter, haul.wait)
        after = replace(after, cursor=cursor)
    else:
        after = standing.succeeded(source, state, cursor, errand.now, errand.jitter)
        if left or threads_left:
            after = replace(after, next_due=min(after.next_due or errand.now, errand.now + SOON))
    return Polled(
        after,
        tuple(haul.posts.values()),
        haul.seen,
        ok=haul.problem is None,
        raw=tuple(haul.raw),
        gaps=tuple(haul.gaps),
        opted_out=len(haul.opted_out),
        threads_read=tuple(haul.threads_read),
    )


def queries_of(source: Source, handle: str) -> list[Query]:
    """What a source asks for; `handle` is the account's, where what mentions it is asked for too."""
    words = [" ".join(word.replace("*", " ").replace('"', " ").split()) for word in source.keywords]
    tags = [tag(word) for word in (*source.hashtags, *(word for word in words if word.startswith("#")))]
    words = [word for word in words if word and not word.startswith("#")]
    asked = [f"#{name}" for name in tags if name]
    asked += [word if _WORD.fullmatch(word) else f'"{word}"' for word in words]
    fixed = {"sort": "latest", "limit": str(PAGE)}
    queries = [Query(q, _SEARCH, {"q": q, **fixed}, "posts") for q in dict.fromkeys(asked)]
    if source.mentions:
        queries.append(Query("@", _SEARCH, {"q": f"@{handle}", "mentions": handle, **fixed}, "posts"))
        # All of them, also where the account has chosen to be told only of people that it follows.
        told = {"reasons": ["mention", "reply", "quote"], "priority": "false", "limit": str(PAGE)}
        queries.append(Query("@@", _NOTIFICATIONS, told, "notifications"))
    return queries


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """How posts stand now. What an answer lacks is asked for once more by itself before it is called gone, since posts
    of those who block our account are lacking too. Posts of those who have opted out since count as gone
    (`opted_out`)."""
    account = Account(source, errand)
    gone: dict[str, str] = {}
    posts: list[Post] = []
    raw: list[RawAnswer] = []
    problem: Problem | None = None
    asked = [post for post in held if is_post_uri(post.native_id)]
    singly = 0
    try:
        for start in range(0, len(asked), LOOK_UP):
            batch = asked[start : start + LOOK_UP]
            answer = account.get("app.bsky.feed.getPosts", {"uris": [post.native_id for post in batch]})
            views = _items(answer, "posts", source)
            found = read(views, answer.raw, answer.data, source, errand.now)
            posts += found.posts
            raw += [found.raw] if found.posts else []
            present = {uri_of(view) for view in views}
            for post in batch:
                if post.native_id in found.opted_out:
                    gone[post.post_id] = "opted_out"
                elif post.native_id not in present and singly < ASKED_SINGLY:
                    singly += 1
                    if _thread(account, post.native_id, depth=0, parents=0, source=source) is None:
                        gone[post.post_id] = "absent"
    except (FetchError, Refused) as error:
        problem = error.problem
    return LookedUp(gone, tuple(posts), tuple(raw), problem=problem)


def _round(state: SourceState, queries: Mapping[str, Query], now: datetime) -> list[str]:
    """The queries of this poll, in the order that they are asked: what the last one left, and unless that was a moment
    ago, all others after it."""
    left = state.cursor.get("left")
    first = [key for key in left if key in queries] if isinstance(left, list) else []
    known = _mapping(state.cursor, "queries")
    just_now = not state.failures and state.last_attempt is not None and now - state.last_attempt < 10 * SOON
    rest = [key for key in queries if key not in first and not (first and just_now and key in known)]
    return first + rest


def _walk(
    source: Source, query: Query, progress: dict[str, Progress], account: Account, errand: Errand, haul: _Haul
) -> None:
    """Read the next pages of a query, and put into `progress` how far it has come after each.

    Raises FetchError and Refused, also after some pages.
    """
    for _ in range(PAGES):
        if not haul.may_ask or haul.requests <= 0:
            return
        haul.requests -= 1
        before = progress[query.key]
        window = before.window
        page = {"cursor": window.token} if window.token else {}
        try:
            answer = account.get(query.method, {**query.parameters, **page})
            views = _items(answer, query.within, source)
        except Declined as declined:
            if declined.status == 400:  # it may be the page that is no more
                progress[query.key] = before.after(restarted(window))
            raise
        found = read(views, answer.raw, answer.data, source, errand.now)
        overlap = milliseconds(errand.now) - milliseconds(errand.now - OVERLAP)
        haul.take(found, min(window.reached, milliseconds(errand.now - LOOK_BACK)) - overlap, before.covered)
        token = answer.data.get("cursor")
        window = after_page(window, found.positions, token if isinstance(token, str) else "", overlap)
        if window.under_way and window.pages >= WALK_PAGES:
            back_to = min(found.positions, default=window.top)
            if back_to > before.covered:
                problem = Problem("bluesky_too_many", {"query": str(query.parameters.get("q", "@"))})
                haul.gaps.append(Uncovered(_moment(before.covered), _moment(back_to), problem))
            window = finished(window)
        progress[query.key] = before.after(window)
        if not window.under_way:
            return


def _read_threads(source: Source, state: SourceState, account: Account, errand: Errand, haul: _Haul) -> bool:
    """Read the conversations that are due; returns whether some are left."""
    counted = milliseconds(state.last_success) if state.last_success else 0
    for held in errand.threads:
        if not haul.may_ask:
            return True
        root = held.conversation_id if is_post_uri(held.conversation_id) else held.native_id
        if not is_post_uri(root):
            continue
        try:
            answer = _thread(account, root, DEPTH, 0, source)
            views = thread(answer.data["thread"]) if answer else []
            if not views and root != held.native_id:
                answer = _thread(account, held.native_id, DEPTH, DEPTH, source)
                views = thread(answer.data["thread"]) if answer else []
        except (FetchError, Refused) as error:
            haul.failed(error)
            continue
        if answer:
            haul.take(read(views, answer.raw, answer.data, source, errand.now), 0, counted)
        haul.threads_read.append(held.post_id)
    return False


def _thread(account: Account, uri: str, depth: int, parents: int, source: Source) -> Answer | None:
    """A post with what is above and below it; None where the platform says that there is none. Raises as `get`."""
    limits = {"depth": str(depth), "parentHeight": str(parents)}
    try:
        answer = account.get("app.bsky.feed.getPostThread", {"uri": uri, **limits})
    except Declined as declined:
        if declined.status == 400 and error_name(declined) == "NotFound":
            return None
        raise
    node = _mapping(answer.data, "thread") if isinstance(answer.data, dict) else {}
    if not node:
        raise _unexpected(source)
    return None if node.get("notFound") is True else answer


def _items(answer: Answer, within: str, source: Source) -> Sequence[Any]:
    """The list that an answer is about. Raises Refused where there is none."""
    found = answer.data.get(within) if isinstance(answer.data, dict) else None
    if not isinstance(found, list):
        raise _unexpected(source)
    return found


def _unexpected(source: Source) -> Refused:
    return Refused(Problem("answer_unexpected", {"host": host_of(source.url)}))


def _mapping(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def _moment(position: int) -> datetime:
    return datetime.fromtimestamp(position / 1000, UTC)
