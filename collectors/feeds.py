"""Feeds as sources: asked with the validators of the last answer, read anew from time to time all the same.

What follows from an answer is decided by pure functions (`request_headers`, `decide`); `collect` does what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collectors.answers import status_problem, telling, wait_asked
from collectors.errand import Errand
from collectors.feed_parser import parse
from collectors.post import Polled, Problem, RawAnswer, Source, SourceState
from collectors.standing import failed, succeeded
from collectors.urls import host_of
from collectors.web import Response, fetch

FULL_FETCH_EVERY = timedelta(hours=24)
FULL_FETCH_AFTER = 20
"""304 answers in a row: some servers keep a validator although the content changed."""
MAX_VALIDATOR = 1_000

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

    @classmethod
    def of(cls, state: SourceState) -> Cursor:
        """The cursor as the store has it; what an older version kept beside is left out."""
        return cls(**{name: value for name, value in state.cursor.items() if name in cls.__slots__})

    def kept(self) -> Mapping[str, Any]:
        return asdict(self)


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask a feed once. Raises FetchError where there is no answer."""
    answer = fetch(errand.http, source.url, request_headers(Cursor.of(state), errand.fingerprint, errand.now))
    return decide(source, state, errand.fingerprint, answer, errand.now, errand.jitter)


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
    cursor = Cursor.of(state)
    standing = None if state.failures else state.problem  # a warning holds as long as the content does
    at_least = timedelta(minutes=cursor.ttl_minutes)
    if answer.status == 304 and not _wants_all(cursor, fingerprint, now):
        cursor = replace(cursor, not_modified_in_a_row=cursor.not_modified_in_a_row + 1)
        return Polled(succeeded(source, state, cursor.kept(), now, jitter, standing, at_least))
    if not 200 <= answer.status < 300:
        problem = status_problem(answer)
        return Polled(failed(source, state, problem, now, jitter, wait_asked(answer, now)), ok=False)

    sha256 = hashlib.sha256(answer.body).hexdigest()
    read = Cursor(
        etag=_validator(answer, "etag"),
        last_modified=_validator(answer, "last-modified"),
        body_sha256=sha256,
        listening_sha256=fingerprint,
        last_full_fetch=now.isoformat(),
        ttl_minutes=cursor.ttl_minutes,
    )
    if sha256 == cursor.body_sha256 and fingerprint == cursor.listening_sha256:
        return Polled(succeeded(source, state, read.kept(), now, jitter, standing, at_least))
    parsed = parse(answer.body, answer.headers, source, answer.url, now)
    if isinstance(parsed, Problem):
        broke_off = Problem("answer_cut_short", {"host": host_of(answer.url)})
        return Polled(failed(source, state, parsed if answer.complete else broke_off, now, jitter), ok=False)
    read = replace(read, ttl_minutes=parsed.ttl_minutes or 0)
    if not answer.complete or (parsed.warning and parsed.warning.code == "feed_cut_short"):
        # Nothing to compare with, so that the next poll brings what is missing.
        read = replace(read, etag="", last_modified="", body_sha256="")
    warning = parsed.warning or _moved(source, answer)
    raw = RawAnswer(answer.url, answer.status, telling(answer.headers), answer.body, now)
    return Polled(
        succeeded(source, state, read.kept(), now, jitter, warning, timedelta(minutes=read.ttl_minutes)),
        tuple(replace(post, raw_sha256=raw.sha256) for post in parsed.posts),
        parsed.seen,
        raw=(raw,),
    )


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


def _moved(source: Source, answer: Response) -> Problem | None:
    """The warning that a source has moved to another host for good."""
    host, new_host = host_of(source.url), host_of(answer.permanent_url)
    return Problem("feed_moved", {"host": host, "new_host": new_host}) if new_host not in ("", host) else None
