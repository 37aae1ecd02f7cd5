"""What a poll's end means for its source: how it stands, and when it is asked again. Pure decisions."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from collectors.post import Post, Problem, Source, SourceState

SHORTEST_INTERVAL = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(hours=2)
"""Of a source that sets its own pace: who listens wants to hear within hours, also from one that is mostly silent."""
FIRST_INTERVAL = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
LONGEST_WAIT_FOR_NETWORK = timedelta(hours=1)
"""Where nothing answered it may be our own network that was down, and all sources with it."""
SHORTEST_RETRY_AFTER = timedelta(seconds=60)
REFUSED_FACTOR = 4
"""How much more seldom a source is asked that says we may not."""
RHYTHM_ITEMS = 20
"""The newest items, from which the usual time between two is worked out."""
SILENT_AT_LEAST = timedelta(hours=48)
"""A weekend is no alarm."""
SILENT_FACTOR = 5

NO_ANSWER = frozenset({"host_not_found", "connection_failed", "connection_refused", "connect_timeout"})
REFUSED = frozenset(
    {"http_401", "http_403", "challenge", "token_refused", "terms_missing"}
    | {"credential_missing", "credential_open", "credential_unreadable"}
    | {"bluesky_login_refused", "bluesky_account_inactive", "mastodon_not_permitted", "mastodon_login_needed"}
    | {"youtube_key_limited"}
)
ASKED_TO_WAIT = frozenset({"http_429", "http_503"})


def interval(source: Source, state: SourceState) -> timedelta:
    """How often a source is asked when all is well: as configured, or twice as often as something comes."""
    if source.interval_minutes:
        return timedelta(minutes=source.interval_minutes)
    if state.usual_gap_minutes is None:
        return FIRST_INTERVAL
    return min(max(timedelta(minutes=state.usual_gap_minutes / 2), SHORTEST_INTERVAL), LONGEST_INTERVAL)


def succeeded(
    source: Source,
    state: SourceState,
    cursor: Mapping[str, Any],
    now: datetime,
    jitter: float = 0.0,
    problem: Problem | None = None,
    at_least: timedelta = timedelta(0),
) -> SourceState:
    """The state after a poll that went well. `problem` is a warning; `at_least` is how long the source asks us to wait;
    `jitter` is the share by which the next poll comes later."""
    at_least = min(at_least, LONGEST_WAIT) * (1 + abs(jitter))  # never earlier than asked, and not all at once
    wait = max(interval(source, state) * (1 + jitter), at_least)
    return SourceState(
        source.name,
        cursor,
        last_attempt=now,
        last_success=now,
        problem=problem,
        next_due=now + min(wait, LONGEST_WAIT),
        last_item_at=state.last_item_at,
        usual_gap_minutes=state.usual_gap_minutes,
    )


def failed(
    source: Source,
    state: SourceState,
    problem: Problem,
    now: datetime,
    jitter: float = 0.0,
    retry_after: timedelta | None = None,
) -> SourceState:
    """The state after a poll that failed: asked again after a time that doubles with each failure, or after what the
    server asked for."""
    usual = interval(source, state)
    wait = usual * 2 ** min(state.failures, 12)
    if problem.code in REFUSED:
        wait *= REFUSED_FACTOR
    if problem.code in NO_ANSWER:
        wait = min(wait, max(LONGEST_WAIT_FOR_NETWORK, usual))
    if retry_after is not None:
        wait = max(SHORTEST_RETRY_AFTER, retry_after)
    else:
        wait *= 1 + jitter
    return replace(
        state,
        failures=state.failures + 1,
        last_attempt=now,
        problem=problem,
        next_due=now + min(wait, LONGEST_WAIT),
        stopped=problem.code == "http_410",
    )


def rhythm(state: SourceState, posts: Iterable[Post]) -> SourceState:
    """The state with what these posts, new and known ones, tell of how often something comes."""
    moments = sorted({post.published_at for post in posts if post.published_quality == "exact"})
    if not moments:
        return state
    newest = max(moments[-1], state.last_item_at or moments[-1])
    if state.last_item_at and len(moments) < RHYTHM_ITEMS:
        moments = sorted({*moments, state.last_item_at})
    gaps = [(after - before).total_seconds() / 60 for before, after in pairwise(moments)]
    usual = statistics.median(gaps[-RHYTHM_ITEMS:]) if gaps else state.usual_gap_minutes
    if usual is not None and state.usual_gap_minutes is not None and len(gaps) < RHYTHM_ITEMS // 4:
        usual = (3 * state.usual_gap_minutes + usual) / 4  # a few items say little
    return replace(state, last_item_at=newest, usual_gap_minutes=usual)


def silence(source: Source, state: SourceState, now: datetime) -> timedelta | None:
    """How long a source that answers has brought nothing, where that is longer than it should be."""
    if state.last_item_at is None or state.failures or state.stopped:
        return None
    if source.silent_after_hours:
        limit = timedelta(hours=source.silent_after_hours)
    elif state.usual_gap_minutes is not None:
        limit = max(SILENT_AT_LEAST, SILENT_FACTOR * timedelta(minutes=state.usual_gap_minutes))
    else:
        return None
    silent = now - state.last_item_at
    return silent if silent > limit else None
