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
    wait = _retry_after(answer.headers.get("retry-after", ""), now)
    if wait is None and answer.status == 429:
        found = (_reset(answer.headers[name], now) for name in _RESETS if name in answer.headers)
        wait = next((reset for reset in found if reset is not None), None)
    return wait


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """In seconds, until a date, or (some servers send two headers) both."""
    if seconds := _SECONDS.search(value):
        return timedelta(seconds=int(seconds[1]))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (until if until.tzinfo else until.replace(tzinfo=UTC)) - now


def _reset(value: str, now: datetime) -> timedelta | None:
    try:
        if re.fullmatch(r"\d{1,12}", value, re.ASCII):
            number = int(value)
            return datetime.fromtimestamp(number, UTC) - now if number > _EPOCH else timedelta(seconds=number)
        until = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return until - now if until.tzinfo else None
