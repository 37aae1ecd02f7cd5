"""Feeds as sources: asked with the validators of the last answer, read anew from time to time all the same.

What follows from an answer is decided by pure functions (`request_headers`, `decide`); `collect` does what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from collectors.answers import fresh_for, status_problem, telling, wait_asked
from collectors.errand import Errand
from collectors.feed_parser import feed_named_in, parse
from collectors.links import shown
from collectors.listing import Listing, compare
from collectors.post import Polled, Problem, RawAnswer, Source, SourceState
from collectors.standing import ASKED_TO_WAIT, failed, succeeded
from collectors.urls import host_of
from collectors.web import FetchError, Response, fetch

FULL_FETCH_EVERY = timedelta(hours=24)
FULL_FETCH_AFTER = 20
"""304 answers in a row: some servers keep a validator although the content changed."""
MOVED_AFTER = 3
"""Polls in a row that were sent on to the same address for good: then that one is asked."""
MAX_VALIDATOR = 1_000

_ABOUT_ADDRESS = frozenset({"feed_moved", "feed_found"})
"""The warnings that the address gives, not the content."""
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a feed's next poll needs."""

    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""
    listening_sha256: str = ""
    """The listening posts that the stored items were matched against: when they change, all is read again."""
    last_full_fetch: str = ""
    """ISO 8601."""
    not_modified_in_a_row: int = 0
    ttl_minutes: int = 0
    """How long the feed asks us to wait between polls."""
    moved_to: str = ""
    """Where the configured address sent us on to for good, on its own host, without user name and password."""
    moved_times: int = 0
    """Polls in a row in which it did."""
    found: str = ""
    """The feed that the web page at the configured address names; it is asked instead."""
    listed: tuple[str, ...] = ()
    """What the last full fetch listed, and what was missed in it (`Listing`)."""
    missed: tuple[str, ...] = ()
    hub: str = ""
    """Where it says that it can be subscribed to. We have no public address to be told at, and go on asking."""

    @property
    def elsewhere(self) -> str:
        """The address that is asked in place of the configured one; "" where that is asked itself."""
        return self.found or (self.moved_to if self.moved_times >= MOVED_AFTER else "")

    @classmethod
    def of(cls, state: SourceState) -> Cursor:
        """The cursor as the store has it; what an older version kept beside is left out."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in state.cursor.items()
            if name in cls.__slots__
        }
        return cls(**known)

    def kept(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask a feed once; of a web page, the feed that it names. Raises FetchError where there is no answer."""
    cursor, now = Cursor.of(state), errand.now
    try:
        answer = fetch(errand.http, address(source, cursor), request_headers(cursor, errand.fingerprint, now))
    except FetchError as error:
        if cursor.elsewhere:
            return _failed(source, state, error.problem, now, errand.jitter)
        raise
    polled = decide(source, state, errand.fingerprint, answer, now, errand.jitter)
    if polled.state.problem and polled.state.problem.code == "feed_is_html_found":
        named = feed_named_in(answer.body, answer.headers, answer.url)
        with suppress(FetchError):
            answer = fetch(errand.http, named, {"Accept": _ACCEPT})
            at_named = replace(state, cursor=replace(cursor, found=named).kept())
            found = decide(source, at_named, errand.fingerprint, answer, now, errand.jitter)
            return found if found.ok else polled
    return polled


def address(source: Source, cursor: Cursor) -> str:
    """What is asked: the configured address, or where that has led to for good, with the same user and password as
    long as it is the same host."""
    new = cursor.elsewhere
    if not new or not _same_host(source.url, new):
        return new or source.url
    user, sign, _ = urlsplit(source.url).netloc.rpartition("@")
    parts = urlsplit(new)
    return urlunsplit(parts._replace(netloc=f"{user}{sign}{parts.netloc}"))


def request_headers(cursor: Cursor, fingerprint: str, now: datetime) -> dict[str, str]:
    """The headers to ask with: the validators of the last answer as they came, unless all is to be read anew."""
    headers = {"Accept": _ACCEPT}
    if not _wants_all(cursor, fingerprint, now):
        headers |= {"If-None-Match": cursor.etag} if cursor.etag else {}
        headers |= {"If-Modified-Since": cursor.last_modified} if cursor.last_modified else {}
    return headers


def decide(
    source: Source, state: SourceState, fingerprint: str, answer: Response, now: datetime, jitter: float = 0.0
) -> Polled:
    """What a poll that began at `now` came to. `jitter` is the share by which the next one comes later."""
    cursor = _followed(source, Cursor.of(state), answer)
    standing = None if state.failures else state.problem  # a warning holds as long as the content does
    if standing is None or standing.code in _ABOUT_ADDRESS:
        standing = _elsewhere(source, cursor, answer)
    fresh = fresh_for(answer, now)
    at_least = max(timedelta(minutes=cursor.ttl_minutes), fresh)
    if answer.status == 304 and not _wants_all(cursor, fingerprint, now):
        cursor = replace(cursor, not_modified_in_a_row=cursor.not_modified_in_a_row + 1)
        return Polled(succeeded(source, state, cursor.kept(), now, jitter, standing, at_least))
    if not 200 <= answer.status < 300:
        return _failed(source, state, status_problem(answer), now, jitter, wait_asked(answer, now))

    sha256 = hashlib.sha256(answer.body).hexdigest()
    read = replace(
        cursor,
        etag=_validator(answer, "etag"),
        last_modified=_validator(answer, "last-modified"),
        body_sha256=sha256,
        listening_sha256=fingerprint,
        last_full_fetch=now.isoformat(),
        not_modified_in_a_row=0,
    )
    if sha256 == cursor.body_sha256 and fingerprint == cursor.listening_sha256:
        read = replace(read, listed=tuple(i for i in cursor.listed if i not in cursor.missed), missed=())
        state = succeeded(source, state, read.kept(), now, jitter, standing, at_least)
        return Polled(state, vanished=cursor.missed)
    parsed = parse(answer.body, answer.headers, source, answer.url, now)
    if isinstance(parsed, Problem):
        broke_off = Problem("answer_cut_short", {"host": host_of(answer.url)})
        return _failed(source, state, parsed if answer.complete else broke_off, now, jitter)
    read = replace(read, ttl_minutes=parsed.ttl_minutes or 0, hub=parsed.hub)
    vanished: tuple[str, ...] = ()
    if not answer.complete or (parsed.warning and parsed.warning.code == "feed_cut_short"):
        # Nothing to compare with, so that the next poll brings what is missing.
        read = replace(read, etag="", last_modified="", body_sha256="")
    else:
        listing, vanished = compare(Listing(cursor.listed, cursor.missed), parsed.posts)
        read = replace(read, listed=listing.ids, missed=listing.missed)
    warning = parsed.warning or _elsewhere(source, cursor, answer)
    kept_url = shown(answer.url, source.secret_url)
    raw = RawAnswer(kept_url, answer.status, telling(answer.headers), answer.body, now)
    at_least = max(timedelta(minutes=read.ttl_minutes), fresh)
    return Polled(
        succeeded(source, state, read.kept(), now, jitter, warning, at_least),
        tuple(replace(post, raw_sha256=raw.sha256) for post in parsed.posts),
        parsed.seen,
        raw=(raw,),
        suggestions=parsed.suggestions,
        vanished=vanished,
    )


def _failed(
    source: Source,
    state: SourceState,
    problem: Problem,
    now: datetime,
    jitter: float,
    retry_after: timedelta | None = None,
) -> Polled:
    """What a poll that failed came to. Where another address than the configured one failed, that one is asked again,
    also where the other is said to be gone for good."""
    after = failed(source, state, problem, now, jitter, retry_after)
    cursor = Cursor.of(state)
    if cursor.elsewhere and problem.code not in ASKED_TO_WAIT:
        back = replace(cursor, etag="", last_modified="", moved_to="", moved_times=0, found="")
        after = replace(after, cursor=back.kept(), stopped=False)
    return Polled(after, ok=False)


def _wants_all(cursor: Cursor, fingerprint: str, now: datetime) -> bool:
    """Whether everything is to be read again, whatever the server says about changes."""
    return (
        cursor.listening_sha256 != fingerprint
        or cursor.not_modified_in_a_row >= FULL_FETCH_AFTER
        or not cursor.last_full_fetch
        or not timedelta(0) <= now - datetime.fromisoformat(cursor.last_full_fetch) < FULL_FETCH_EVERY
    )


def _validator(answer: Response, name: str) -> str:
    """A validator as it came; none where it could not be sent back so."""
    value = answer.headers.get(name, "")
    return value if len(value) <= MAX_VALIDATOR and value.isprintable() else ""


def _followed(source: Source, cursor: Cursor, answer: Response) -> Cursor:
    """The cursor with what an answer says of where the feed lies. Only a move within a host is followed by itself."""
    moved_to = answer.permanent_url
    if not moved_to and cursor.elsewhere:
        return cursor
    if cursor.found or not moved_to or not _same_host(source.url, moved_to):
        return replace(cursor, moved_to="", moved_times=0)
    again = moved_to == cursor.moved_to
    return replace(cursor, moved_to=moved_to, moved_times=min(cursor.moved_times + 1, MOVED_AFTER) if again else 1)


def _same_host(url: str, other: str) -> bool:
    """Whether an address lies on the same host, by the same way or by TLS where it was none."""
    old, new = urlsplit(url), urlsplit(other)
    upgraded = (old.scheme, new.scheme) == ("http", "https")
    return old.hostname == new.hostname and (upgraded or (old.scheme, old.port) == (new.scheme, new.port))


def _elsewhere(source: Source, cursor: Cursor, answer: Response) -> Problem | None:
    """The warning that the feed lies at another address than the configured one, which the body should put right."""
    host = host_of(source.url)
    if cursor.found:
        return Problem("feed_found", {"host": host, "feed": shown(cursor.found, source.secret_url)})
    moved = cursor.elsewhere or ("" if host_of(answer.permanent_url) == host else answer.permanent_url)
    return Problem("feed_moved", {"host": host, "feed": shown(moved, source.secret_url)}) if moved else None
