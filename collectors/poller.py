"""Polls: one attempt a source by its kind's collector, what becomes of faults, and who is asked when.

A failed poll is not repeated at once: it is asked again at `next_due`, which moves away as failures go on.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from urllib.parse import urlsplit

from collectors import credentials, standing
from collectors.credentials import CredentialError
from collectors.errand import Collect, Errand, LookUp, Refused
from collectors.post import HeldPost, LookedUp, Polled, Problem, Source, SourceState, Traffic
from collectors.urls import host_of
from collectors.web import Address, FetchError, Web, metered

log = logging.getLogger(__name__)

JITTER = 0.1
STOP_CHECK = 0.1
"""Seconds between looks at whether to stop."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far back the clock may be set, as it is now and then, without meaning that it was wrong."""
PAUSE = 1.0
"""Seconds between two requests to a host."""
_NOWHERE: Address = ipaddress.IPv6Address("::")

_LEAVE_HOST = standing.NO_ANSWER | standing.ASKED_TO_WAIT | {"connection_broken", "read_timeout", "total_timeout"}
"""After these, the host's other sources are not asked in the same run."""
# Platforms are loaded when one is asked: their libraries take a tenth of a second each.
_MODULES = {
    "feed": "collectors.feeds",
    "mastodon": "collectors.mastodon",
    "bluesky": "collectors.bluesky",
    "x": "collectors.x",
    "youtube": "collectors.youtube",
}


def poll(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask a source once. What goes wrong, outside or here, comes back as the state's problem."""
    started = time.monotonic()
    with metered() as meter:
        polled = _asked(source, state, errand)
    milliseconds = round((time.monotonic() - started) * 1000)
    return replace(polled, traffic=Traffic(meter.requests, meter.bytes, meter.status, milliseconds))


def _asked(source: Source, state: SourceState, errand: Errand) -> Polled:
    collect: Collect = import_module(_MODULES[source.kind]).collect
    wait: timedelta | None = None
    try:
        polled = collect(source, state, replace(errand, secret=credentials.read(source.credential)))
        return replace(polled, state=standing.rhythm(polled.state, polled.posts))
    except (FetchError, CredentialError) as error:
        problem = error.problem
    except Refused as refused:
        problem, wait = refused.problem, refused.retry_after
    except Exception:  # a fault of ours, which would come again at once if the source stayed due
        log.exception("the poll of %s failed", source.name)
        problem = Problem("unexpected")
    return Polled(standing.failed(source, state, problem, errand.now, errand.jitter, wait), ok=False)


def can_look_up(source: Source) -> bool:
    """Whether a source's platform can be asked how a post stands by now."""
    return source.kind != "feed"


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """Ask a platform how posts that we hold stand by now."""
    ask: LookUp = import_module(_MODULES[source.kind]).look_up
    try:
        return ask(source, held, replace(errand, secret=credentials.read(source.credential)))
    except (FetchError, CredentialError, Refused) as error:
        return LookedUp(problem=error.problem)
    except Exception:
        log.exception("looking up posts of %s failed", source.name)
        return LookedUp(problem=Problem("unexpected"))


def is_due(state: SourceState, now: datetime) -> bool:
    """Whether a source is to be asked now; also one whose times lie where only a wrong clock can have put them."""
    if state.stopped or state.next_due is None:
        return not state.stopped
    asked_in_future = state.last_attempt is not None and state.last_attempt > now + CLOCKS_DIFFER
    return asked_in_future or not now < state.next_due <= now + standing.LONGEST_WAIT + timedelta(hours=1)


def due(sources: Iterable[tuple[Source, SourceState]], now: datetime) -> list[tuple[Source, SourceState]]:
    """The sources to be asked now. A host that asked one of them to wait is left in peace by all of them."""
    known = list(sources)
    waiting = waiting_hosts(known, now)
    return [(s, state) for s, state in known if is_due(state, now) and host_of(s.url) not in waiting]


def waiting_hosts(sources: Iterable[tuple[Source, SourceState]], now: datetime) -> dict[str, Problem]:
    """The hosts that asked one of these sources to wait, and have not waited long enough, with what they said."""
    return {
        host_of(source.url): state.problem
        for source, state in sources
        if state.failures and state.problem and state.problem.code in standing.ASKED_TO_WAIT and not is_due(state, now)
    }


def missed(state: SourceState, source: Source, now: datetime) -> Problem | None:
    """The problem `not_running` where a source was due and not asked, for longer than twice its interval."""
    interval = standing.interval(source, state)
    if state.stopped or state.last_attempt is None or now - state.last_attempt <= 2 * interval:
        return None
    return Problem("not_running") if now - (state.next_due or state.last_attempt) > interval else None


def is_own(web: Web, url: str) -> bool:
    """Whether an address is of a host that the body itself allowed, and which needs no pause between requests."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    address = _NOWHERE
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
    return not address.is_global and web.may_reach(host, port, address)


def run_due(
    sources: Iterable[tuple[Source, SourceState]],
    poll_one: Callable[[Source, SourceState], Polled | None],
    workers: int = 8,
    stop: threading.Event | None = None,
    pause: Callable[[Source], float] = lambda _: PAUSE,
) -> None:
    """Poll these sources, several hosts at a time but no host twice at a time, until all are done or `stop` is set.

    `poll_one` polls and stores. If it raises, that is logged and stops nothing else. If it returns that a host asks us
    to wait or does not answer, the host's other sources are left for the next run. `pause` is the seconds in which a
    host is left alone after a source of it; other hosts are asked meanwhile. After `stop`, a thread may be left that
    waits for an answer: it asks nothing more, and ends with the process at the latest.
    """
    stop = stop or threading.Event()
    hosts: dict[str, deque[tuple[Source, SourceState]]] = {}
    for source, state in sources:
        hosts.setdefault(host_of(source.url), deque()).append((source, state))

    # The hosts with most to ask first, since they take longest; then those whose pause is over.
    waiting = deque((0.0, due) for due in sorted(hosts.values(), key=len, reverse=True))

    def poll_host(due: deque[tuple[Source, SourceState]]) -> None:
        """Poll one source after the other, up to a pause; what is left then is taken up after it."""
        while due and not stop.is_set():
            source, state = due.popleft()
            try:
                polled = poll_one(source, state)
            except Exception:
                log.exception("the poll of %s failed; it is tried again", source.name)
                polled = None
            if polled and polled.state.problem and polled.state.problem.code in _LEAVE_HOST:
                return
            if due and (seconds := pause(source)):
                waiting.append((time.monotonic() + seconds, due))
                return

    def work() -> None:
        while not stop.is_set():
            try:
                ready_at, due = waiting.popleft()
            except IndexError:
                return
            # All pauses are as long, so that no other host is ready before this one.
            if not stop.wait(max(ready_at - time.monotonic(), 0)):
                poll_host(due)

    # Not an executor, whose threads the interpreter waits for at its end.
    threads = [threading.Thread(target=work, name=f"poll-{n}", daemon=True) for n in range(min(workers, len(hosts)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive() and not stop.is_set():
            thread.join(STOP_CHECK)
