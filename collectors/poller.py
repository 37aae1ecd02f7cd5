"""Polls: one attempt a source, what follows from its answer, and who is asked when.

What follows is decided by pure functions (`request_headers`, `decide`); `poll` and `run_due` do what they say. A failed
poll is not repeated at once: it is asked again at `next_due`, which moves away as failures go on.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collectors.feeds import parse
from collectors.post import Cursor, Polled, Problem, Source, SourceState
from collectors.urls import host_of
from collectors.web import FetchError, Response, Session, fetch

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=24)
LONGEST_WAIT_FOR_NETWORK = timedelta(hours=1)
"""Where nothing answered it may be our own network that was down, and all sources with it."""
SHORTEST_RETRY_AFTER = timedelta(seconds=60)
FULL_FETCH_EVERY = timedelta(hours=24)
FULL_FETCH_AFTER = 20
"""304 answers in a row: some servers keep a validator although the content changed."""
REFUSED_FACTOR = 4
"""How much more seldom a source is asked that says we may not."""
JITTER = 0.1
STOP_CHECK = 0.1
"""Seconds between looks at whether to stop."""
MAX_VALIDATOR = 1_000

_NO_ANSWER = frozenset({"host_not_found", "connection_failed", "connection_refused", "connect_timeout"})
_REFUSED = frozenset({"http_401", "http_403", "challenge"})
_LEAVE_HOST = _NO_ANSWER | {"connection_broken", "read_timeout", "total_timeout", "http_429", "http_503"}
"""After these, the host's other sources are not asked in the same run."""
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_SECONDS = re.compile(r"(?:^|,)\s*(\d{1,9})\s*(?:,|$)", re.ASCII)


def poll(
    source: Source,
    state: SourceState,
    fingerprint: str,
    http: Session,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Polled:
    """Ask a source once. What goes wrong, outside or here, comes back as the state's problem, with when to ask again.

    `fingerprint` is that of the listening posts (`collectors.matching.fingerprint`).
    """
    started = now()
    jitter = random.uniform(-JITTER, JITTER)  # noqa: S311  # spreads the polls, keeps no secret
    try:
        answer = fetch(http, source.url, request_headers(state.cursor, fingerprint, started))
        return decide(source, state, fingerprint, answer, started, jitter)
    except FetchError as error:
        problem = error.problem
    except Exception:  # a fault of ours, which would come again at once if the source stayed due
        log.exception("the poll of %s failed", source.name)
        problem = Problem("unexpected")
    return _failed(source, state, problem, started, jitter)


def request_headers(cursor: Cursor, fingerprint: str, now: datetime) -> dict[str, str]:
    """The headers to ask with: the validators of the last answer as they came, unless all is to be read anew."""
    headers = {"Accept": _ACCEPT}
    if not _wants_all(cursor, fingerprint, now):
        headers |= {"If-None-Match": cursor.etag} if cursor.etag else {}
        headers |= {"If-Modified-Since": cursor.last_modified} if cursor.last_modified else {}
    return headers


def decide(
    source: Source,
    state: SourceState,
    fingerprint: str,
    answer: Response | Problem,
    now: datetime,
    jitter: float = 0.0,
) -> Polled:
    """What a poll that began at `now` came to. `jitter` is the share by which the next one comes later."""
    if isinstance(answer, Problem):
        return _failed(source, state, answer, now, jitter)
    cursor = state.cursor
    standing = None if state.failures else state.problem  # a warning holds as long as the content does
    if answer.status == 304 and not _wants_all(cursor, fingerprint, now):
        cursor = replace(cursor, not_modified_in_a_row=cursor.not_modified_in_a_row + 1)
        return Polled(_succeeded(source, cursor, standing, now, jitter))
    if not 200 <= answer.status < 300:
        return _failed(source, state, _status_problem(answer), now, jitter, _retry_after(answer, now))

    sha256 = hashlib.sha256(answer.body).hexdigest()
    read = Cursor(
        etag=_validator(answer, "etag"),
        last_modified=_validator(answer, "last-modified"),
        body_sha256=sha256,
        listening_sha256=fingerprint,
        last_full_fetch=now,
        ttl_minutes=cursor.ttl_minutes,
    )
    if sha256 == cursor.body_sha256 and fingerprint == cursor.listening_sha256:
        return Polled(_succeeded(source, read, standing, now, jitter))
    parsed = parse(answer.body, answer.headers, source, answer.url, now)
    if isinstance(parsed, Problem):
        broke_off = Problem("answer_cut_short", {"host": host_of(answer.url)})
        return _failed(source, state, parsed if answer.complete else broke_off, now, jitter)
    read = replace(read, ttl_minutes=parsed.ttl_minutes or 0)
    if not answer.complete or (parsed.warning and parsed.warning.code == "feed_cut_short"):
        # Nothing to compare with, so that the next poll brings what is missing.
        read = replace(read, etag="", last_modified="", body_sha256="")
    problem = parsed.warning or _moved(source, answer)
    return Polled(_succeeded(source, read, problem, now, jitter), parsed.posts, parsed.seen)


def is_due(state: SourceState, now: datetime) -> bool:
    """Whether a source is to be asked now; also one whose next time lies where only a wrong clock can have put it."""
    return not state.stopped and (
        state.next_due is None or not now < state.next_due <= now + LONGEST_WAIT + timedelta(hours=1)
    )


def missed(state: SourceState, source: Source, now: datetime) -> Problem | None:
    """The problem `not_running` where a source was due and not asked, for longer than twice its interval."""
    interval = _interval(source)
    if state.stopped or state.last_attempt is None or now - state.last_attempt <= 2 * interval:
        return None
    return Problem("not_running") if now - (state.next_due or state.last_attempt) > interval else None


def run_due(
    sources: Iterable[tuple[Source, SourceState]],
    poll_one: Callable[[Source, SourceState], Polled | None],
    workers: int = 8,
    stop: threading.Event | None = None,
) -> None:
    """Poll these sources, several hosts at a time but no host twice at a time, until all are done or `stop` is set.

    `poll_one` polls and stores. If it raises, that is logged and stops nothing else. If it returns that a host asks us
    to wait or does not answer, the host's other sources are left for the next run. After `stop`, a thread may be left
    that waits for an answer: it asks nothing more, and ends with the process at the latest.
    """
    stop = stop or threading.Event()
    hosts: dict[str, list[tuple[Source, SourceState]]] = {}
    for source, state in sources:
        hosts.setdefault(host_of(source.url), []).append((source, state))

    # The hosts with most to ask first, since they take longest.
    waiting = deque(sorted(hosts.values(), key=len, reverse=True))

    def poll_host(due: list[tuple[Source, SourceState]]) -> None:
        for source, state in due:
            if stop.is_set():
                return
            try:
                polled = poll_one(source, state)
            except Exception:
                log.exception("the poll of %s failed; it is tried again", source.name)
                continue
            if polled and polled.state.problem and polled.state.problem.code in _LEAVE_HOST:
                return

    def work() -> None:
        while True:
            try:
                due = waiting.popleft()
            except IndexError:
                return
            poll_host(due)

    # Not an executor, whose threads the interpreter waits for at its end.
    threads = [threading.Thread(target=work, name=f"poll-{n}", daemon=True) for n in range(min(workers, len(hosts)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive() and not stop.is_set():
            thread.join(STOP_CHECK)


def _interval(source: Source) -> timedelta:
    return timedelta(minutes=max(1, source.interval_minutes))


def _wants_all(cursor: Cursor, fingerprint: str, now: datetime) -> bool:
    """Whether everything is to be read again, whatever the server says about changes."""
    return (
        cursor.listening_sha256 != fingerprint
        or cursor.not_modified_in_a_row >= FULL_FETCH_AFTER
        or cursor.last_full_fetch is None
        or not timedelta(0) <= now - cursor.last_full_fetch < FULL_FETCH_EVERY
    )


def _succeeded(source: Source, cursor: Cursor, problem: Problem | None, now: datetime, jitter: float) -> SourceState:
    wait = max(_interval(source) * (1 + jitter), timedelta(minutes=cursor.ttl_minutes))
    return SourceState(
        source.name,
        cursor,
        last_attempt=now,
        last_success=now,
        problem=problem,
        next_due=now + min(wait, LONGEST_WAIT),
    )


def _failed(
    source: Source,
    state: SourceState,
    problem: Problem,
    now: datetime,
    jitter: float,
    retry_after: timedelta | None = None,
) -> Polled:
    wait = _interval(source) * 2 ** min(state.failures, 12)
    if problem.code in _REFUSED:
        wait *= REFUSED_FACTOR
    if problem.code in _NO_ANSWER:
        wait = min(wait, max(LONGEST_WAIT_FOR_NETWORK, _interval(source)))
    return Polled(
        replace(
            state,
            failures=state.failures + 1,
            last_attempt=now,
            problem=problem,
            next_due=now + min(retry_after or wait * (1 + jitter), LONGEST_WAIT),
            stopped=problem.code == "http_410",
        ),
        ok=False,
    )


def _status_problem(answer: Response) -> Problem:
    host = {"host": host_of(answer.url)}
    match answer.status:
        case 401:
            return Problem("http_401", host)
        case 403 if answer.headers.get("cf-mitigated") == "challenge":
            return Problem("challenge", host)
        case 403:
            return Problem("http_403", host)
        case 404:
            return Problem("http_404", host)
        case 410:
            return Problem("http_410", host)
        case 429:
            return Problem("http_429", host)
        case 503:
            return Problem("http_503", host)
        case status if status >= 500:
            return Problem("http_5xx", {**host, "status": str(status)})
        case status:
            return Problem("http_other", {**host, "status": str(status)})


def _retry_after(answer: Response, now: datetime) -> timedelta | None:
    """How long a busy server asks us to wait: in seconds, until a date, or (some servers send two headers) both."""
    value = answer.headers.get("retry-after", "")
    if answer.status not in (429, 503) or not value:
        return None
    if seconds := _SECONDS.search(value):
        wait = timedelta(seconds=int(seconds[1]))
    else:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return max(SHORTEST_RETRY_AFTER, min(wait, LONGEST_WAIT))


def _validator(answer: Response, name: str) -> str:
    """A validator as it came; none where it could not be sent back so."""
    value = answer.headers.get(name, "")
    return value if len(value) <= MAX_VALIDATOR and value.isprintable() else ""


def _moved(source: Source, answer: Response) -> Problem | None:
    """The warning that a source has moved to another host for good."""
    host, new_host = host_of(source.url), host_of(answer.permanent_url)
    return Problem("feed_moved", {"host": host, "new_host": new_host}) if new_host not in ("", host) else None
