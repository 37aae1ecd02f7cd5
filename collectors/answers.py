"""What an answer's status and headers say: what went wrong, how long to wait, what is worth keeping. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collectors.post import Problem
from collectors.urls import host_of
from collectors.web import Response

MAX_HEADER = 1_000

_SECONDS = re.compile(r"(?:^|,)\s*(\d{1,9})\s*(?:,|$)", re.ASCII)
_TELLING = ("content-type", "etag", "last-modified", "date", "content-language")
"""The headers that are kept with a raw answer."""
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
"""When a limit ends: as a time (Mastodon), since 1970 (X, Bluesky), or in seconds from now (RateLimit, the draft)."""
_MAX_AGE = re.compile(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})(?!\d)", re.ASCII)
_DRAFT = re.compile(r"(?<!\w)(?:t|reset)=(\d{1,9})(?!\d)", re.ASCII)
_EPOCH = 1_000_000_000
"""A larger number counts since 1970, a smaller one from now."""


def telling(headers: Mapping[str, str]) -> dict[str, str]:
    """Of an answer's headers, those that say something about its content."""
    return {name: headers[name][:MAX_HEADER] for name in _TELLING if name in headers}


def status_problem(answer: Response) -> Problem:
    """What a status says that is not 2xx."""
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


def wait_asked(answer: Response, now: datetime) -> timedelta | None:
    """How long a busy server asks us to wait, by `Retry-After` or by when its limit ends; None where it does not."""
    if answer.status not in (429, 503):
        return None
    clock = _clock(answer, now)
    wait = _retry_after(answer.headers.get("retry-after", ""), clock)
    if wait is None and answer.status == 429:
        found = (_reset(answer.headers[name], clock) for name in _RESETS if name in answer.headers)
        found_in_draft = _seconds_in_draft(answer.headers.get("ratelimit", ""))
        wait = next((reset for reset in found if reset is not None), found_in_draft)
    return wait


def fresh_for(answer: Response, now: datetime) -> timedelta:
    """How long an answer says that it stays as it is (RFC 9111): by `max-age`, or else by `Expires`."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    if age := _MAX_AGE.search(control):
        return max(timedelta(seconds=int(age[1]) - int(_digits(answer.headers.get("age", "")) or 0)), timedelta(0))
    until = _date(answer.headers.get("expires", ""))
    return max(until - _clock(answer, now), timedelta(0)) if until else timedelta(0)


def _clock(answer: Response, now: datetime) -> datetime:
    """What a server's clock says, which its other times go by: it may be wrong, and so may ours."""
    return _date(answer.headers.get("date", "")) or now


def _retry_after(value: str, clock: datetime) -> timedelta | None:
    """In seconds, until a date, or (some servers send two headers) both."""
    if seconds := _SECONDS.search(value):
        return timedelta(seconds=int(seconds[1]))
    until = _date(value)
    return until - clock if until else None


def _reset(value: str, clock: datetime) -> timedelta | None:
    try:
        if number := int(_digits(value) or 0):
            return datetime.fromtimestamp(number, UTC) - clock if number > _EPOCH else timedelta(seconds=number)
        until = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return until - clock if until.tzinfo else None


def _seconds_in_draft(value: str) -> timedelta | None:
    """When the first limit of a `RateLimit` header ends: `"default";r=0;t=30`, or in earlier drafts `reset=30`."""
    found = _DRAFT.search(value)
    return timedelta(seconds=int(found[1])) if found else None


def _date(value: str) -> datetime | None:
    """A date of HTTP; None for what is none."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _digits(value: str) -> str:
    return value if re.fullmatch(r"\d{1,12}", value, re.ASCII) else ""
