"""A Mastodon server, asked through Mastodon.py over the guarded session.

Mastodon.py knows the calls (https://docs.joinmastodon.org/methods/). What it makes of an answer is not used: that is
not what came, takes 7 ms of CPU a post, and fails on headers that are none of our business. So each answer is read by
`fetch`, within its limits, and Mastodon.py gets an empty one with the same status.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import requests
from mastodon import Mastodon

from collectors.answers import status_problem, telling, wait_asked
from collectors.api import Answer, Declined
from collectors.credentials import redact
from collectors.errand import Errand, Refused
from collectors.post import Problem, RawAnswer, Source
from collectors.urls import host_of
from collectors.web import FetchError, Response, Session, fetch

PAGE = 40
"""Posts that a server gives at a time, at most."""
BATCH = 20
"""Posts that are looked up at a time: a server refuses more."""
MAX_SECONDS = 120
"""That one poll may ask for, beside its last request."""
LEFT_TO_OTHERS = 20
"""Of the requests that a server allows an account or an address, for whoever else asks it from here."""
AT_LEAST = 3
"""Requests of one poll, however few a server says that it allows: so that there is some progress."""

_DOMAIN = re.compile(r"[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?(?::\d{1,5})?")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_CLOSED = ("authenticated", "disabled")


@dataclass(frozen=True, slots=True)
class About:
    """What a server says about itself."""

    domain: str
    """What its own accounts end in, which need not be where it is reached."""
    local: str = ""
    """Who may read its own posts under a hashtag: public, authenticated or disabled; "" where it does not say."""
    remote: str = ""
    """The same of posts from other servers."""

    def closed(self, with_token: bool) -> Problem | None:
        """Why hashtags can not be read as they should: a server that closes them answers with an empty list."""
        host = {"host": self.domain}
        refusing = _CLOSED[1:] if with_token else _CLOSED
        closed = [access for access in (self.local, self.remote) if access in refusing]
        if len(closed) == 1:
            return Problem("mastodon_hashtags_partly", host)
        if "authenticated" in closed:
            return Problem("mastodon_login_needed", host)
        return Problem("mastodon_hashtags_disabled", host) if closed else None


class Server:
    """The server of a source. All that asks raises FetchError where there is no answer, Declined where it is not 2xx,
    and Refused where it is not JSON or comes from another server."""

    def __init__(self, source: Source, errand: Errand) -> None:
        """Raises Refused with a token that can be none."""
        parts = urlsplit(source.url)
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
        self._requests = 0
        self._left = LEFT_TO_OTHERS + 1
        self._started = time.monotonic()
        self._errand = errand
        self._wire = _Wire(errand.http)
        self._api = Mastodon(
            api_base_url=self.address,
            ratelimit_method="throw",
            session=cast(requests.Session, self._wire),
            user_agent="",  # the session has its own
        )
        if not (errand.secret.isascii() and errand.secret.isprintable()):
            raise Refused(Problem("token_refused", self.host))
        # Not as an argument, which could also be the name of a file.
        self._api.access_token = errand.secret or None
        # Each timeline would ask for this again, to warn of what `About.closed` tells.
        self._api._Mastodon__instance_v2_cache = {}  # type: ignore[attr-defined]

    def may_ask(self, requests: int) -> bool:
        """Whether it has been asked less often than this, not for too long, and lets us ask some times more."""
        in_time = time.monotonic() - self._started < MAX_SECONDS
        allowed = self._left > LEFT_TO_OTHERS or self._requests < AT_LEAST
        return self._requests < requests and in_time and allowed

    @property
    def host(self) -> dict[str, str]:
        return {"host": host_of(self.address)}

    def about(self) -> About:
        """What the server is. Raises Refused, beside the usual, where it is no Mastodon server."""
        try:
            try:
                said = self._ask(lambda api: api.instance_v2()).data
            except Declined as declined:
                if declined.status != 404:
                    raise
                said = self._ask(lambda api: api.instance_v1()).data  # older than 4.0
        except Declined as declined:
            if declined.status in (401, 422) and not self._errand.secret:
                return About(host_of(self.address))  # closed to strangers; the timelines tell what that means
            raise
        except Refused as refused:
            if refused.problem.code == "answer_unexpected":
                raise Refused(Problem("mastodon_not_a_server", self.host)) from None
            raise
        if not isinstance(said, dict) or not isinstance(said.get("version"), str):
            raise Refused(Problem("mastodon_not_a_server", self.host))
        named = said.get("domain") or said.get("uri")
        domain = named.lower().removeprefix("https://") if isinstance(named, str) else ""
        access = _within(said, "configuration", "timelines_access", "hashtag_feeds")
        return About(
            domain if _DOMAIN.fullmatch(domain) else host_of(self.address),
            *(access[key] if access.get(key) in ("public", *_CLOSED) else "" for key in ("local", "remote")),
        )

    def hashtag(self, name: str, **where: str) -> Answer:
        """A page of a hashtag's posts, the newest first: those just after `min_id`, or those before `max_id`."""
        return self._ask(lambda api: api.timeline_hashtag(name, limit=PAGE, **where))

    def mentions(self, **where: str) -> Answer:
        """A page of the notifications that somebody mentioned the account, as `hashtag`."""
        return self._ask(lambda api: api.notifications(types=["mention"], limit=PAGE, **where))

    def context(self, status_id: str) -> Answer:
        """What stands before a post in its conversation, and what answers it."""
        return self._ask(lambda api: api.status_context(status_id))

    def status(self, status_id: str) -> Answer:
        return self._ask(lambda api: api.status(status_id))

    def statuses(self, status_ids: Sequence[str]) -> Answer:
        """At most BATCH posts; those that are gone are left out. Servers older than 4.3, and others, do not know it."""
        return self._ask(lambda api: api.statuses(list(status_ids)))

    def _ask(self, call: Callable[[Any], object]) -> Answer:
        self._requests += 1
        fault: BaseException | None = None
        try:
            call(self._api)
        except Exception as error:  # of an answer that is not 2xx, or of the empty one: what came says more
            fault = error.__context__ if isinstance(error.__context__, FetchError) else error
        answer = self._wire.taken()
        if answer is None:
            raise fault or LookupError("Mastodon.py asked nothing")
        left = answer.headers.get("x-ratelimit-remaining", "")
        self._left = int(left) if _NUMBER.fullmatch(left) else LEFT_TO_OTHERS + 1
        if _origin(answer.url) != self.address:
            raise Refused(Problem("mastodon_moved", {**self.host, "address": _origin(answer.url)}))
        try:
            data = json.loads(answer.body) if answer.complete else None
        except (ValueError, RecursionError):
            data = None
        if not 200 <= answer.status < 300:
            raise Declined(answer.status, data, self._refusal(answer), wait_asked(answer, self._errand.now))
        if data is None:
            raise Refused(Problem("answer_unexpected" if answer.complete else "answer_cut_short", self.host))
        raw = RawAnswer(redact(answer.url), answer.status, telling(answer.headers), answer.body, self._errand.now)
        return Answer(data, raw)

    def _refusal(self, answer: Response) -> Problem:
        """What a status that is not 2xx means here."""
        problem = status_problem(answer)
        match answer.status:
            case 401 if self._errand.secret:
                return Problem("token_refused", self.host)
            case 403 if self._errand.secret and problem.code == "http_403":
                return Problem("mastodon_not_permitted", self.host)
            case 401 | 422 if not self._errand.secret:  # 422: «This method requires an authenticated user»
                return Problem("mastodon_login_needed", self.host)
            case 404:
                return Problem("mastodon_not_a_server", self.host)
        return problem


class _Wire:
    """What Mastodon.py takes for its session."""

    def __init__(self, http: Session) -> None:
        self._came: Response | None = None
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> requests.Response:
        """GET, since nothing is written to a server. Raises FetchError, and ValueError with any other method."""
        if method != "GET":
            raise ValueError(method)
        query = urlencode(params or {}, doseq=True)
        sent = {"Accept": "application/json", **(headers or {})}
        came = fetch(self._http, f"{url}?{query}" if query else url, sent, read_errors=True)
        self._came = came
        empty = requests.Response()
        empty.status_code = came.status
        empty.raw = io.BytesIO(b"{}")
        return empty

    def taken(self) -> Response | None:
        """What came since this was last asked for."""
        came, self._came = self._came, None
        return came


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _within(holder: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The mapping that lies below these keys; {} where there is none."""
    for key in keys:
        value = holder.get(key)
        if not isinstance(value, dict):
            return {}
        holder = value
    return holder
