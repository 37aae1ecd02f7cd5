"""X's API by tweepy, over the guarded session: its address, its time-outs and its errors are ours.

tweepy has the address fixed, sets no time-outs, and follows X's `x-rate-limit-reset` by sleeping or asking at once
again if it is let. So a transport of our own stands below it, which answers what is good and raises the rest.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy  # type: ignore[import-untyped]
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from collectors.answers import status_problem, telling, wait_asked
from collectors.api import Answer, Declined
from collectors.credentials import redact
from collectors.errand import Errand, Refused
from collectors.post import Problem, RawAnswer
from collectors.urls import host_of
from collectors.web import FetchError, fetch

HOST = "https://api.twitter.com"
"""What tweepy asks."""
CREDITS_WAIT = timedelta(hours=6)
"""Credits come when somebody buys some."""

_FIELDS = ["author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities", "lang", "note_tweet"]
_POST: dict[str, Any] = {
    "tweet_fields": [*_FIELDS, "public_metrics", "referenced_tweets", "withheld"],
    "user_fields": ["description", "entities", "name", "protected", "username", "withheld"],
}
"""What is asked for of each post, by the names of tweepy. X has called it `post.fields`, `note_post` and so on since
August 2026; where it takes those only, this is what must change."""
_AUTHORS = ["author_id"]
_REFERENCES = ["author_id", "referenced_tweets.id", "referenced_tweets.id.author_id"]
_CAPPED = ("/usage-capped", "/credits")
"""How the types end of refusals that waiting does not help against."""


class Api:
    """The calls that we make. Each raises FetchError where there is no answer, Declined where it is not 2xx, Refused
    where it is not what X answers."""

    def __init__(self, errand: Errand, url: str) -> None:
        """`url` is where X is, if not where tweepy thinks."""
        logging.getLogger("tweepy").setLevel(logging.INFO)  # below that it logs the key
        self._transport = _Transport(errand, url.rstrip("/") or HOST)
        self._client = tweepy.Client(bearer_token=errand.secret, return_type=dict, wait_on_rate_limit=False)
        self._client.session.trust_env = False
        self._client.session.adapters.clear()
        self._client.session.mount(HOST, self._transport)

    def search(self, query: str, size: int, token: str, **since: str | datetime) -> Answer:
        """A page of the last week's posts that a query hits. `since` is `since_id` or `start_time`."""
        page = {"max_results": size, "next_token": token or None, **since}
        return self._ask("search_recent_tweets", query, expansions=_AUTHORS, **_POST, **page)

    def mentions(self, user: str, size: int, token: str, **since: str | datetime) -> Answer:
        """A page of the posts that mention an account, by its id."""
        page = {"max_results": size, "pagination_token": token or None, **since}
        return self._ask("get_users_mentions", user, expansions=_REFERENCES, **_POST, **page)

    def count(self, query: str, since: datetime) -> Answer:
        """How many posts a query hits."""
        return self._ask("get_recent_tweets_count", query, granularity="day", start_time=since)

    def user(self, name: str) -> Answer:
        """An account by its name."""
        return self._ask("get_user", username=name)

    def posts(self, ids: Sequence[str]) -> Answer:
        """Up to 100 posts by their ids, without their authors, who cost more than the posts."""
        return self._ask("get_tweets", list(ids), tweet_fields=_POST["tweet_fields"])

    def _ask(self, method: str, *args: object, **parameters: object) -> Answer:
        try:
            data = getattr(self._client, method)(*args, **parameters)
        except (requests.exceptions.JSONDecodeError, RecursionError):
            raise Refused(Problem("answer_unexpected", {"host": host_of(self._transport.url)})) from None
        except requests.exceptions.RequestException:  # a key that no header can carry; the error would quote it
            raise Refused(Problem("token_refused", {"host": host_of(self._transport.url)})) from None
        return Answer(data, self._transport.raw)


class _Transport(BaseAdapter):
    """Sends what tweepy asks through the guarded session, and keeps the last answer as it came."""

    raw: RawAnswer

    def __init__(self, errand: Errand, url: str) -> None:
        super().__init__()
        self.url = url
        self._errand = errand

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        asked = urlsplit(request.url or "")
        url = f"{self.url}{asked.path}?{asked.query}" if asked.query else f"{self.url}{asked.path}"
        headers = {"Authorization": request.headers["Authorization"], "Accept": "application/json"}
        answer = fetch(self._errand.http, url, headers, read_errors=True)
        data = _decoded(answer.body)
        host = {"host": host_of(self.url)}
        if not 200 <= answer.status < 300:
            wait = wait_asked(answer, self._errand.now)
            kind = data.get("type") if isinstance(data, dict) else None
            if answer.status == 402 or (isinstance(kind, str) and kind.endswith(_CAPPED)):
                problem, wait = Problem("credits_spent"), CREDITS_WAIT
            elif answer.status == 401:
                problem = Problem("token_refused", host)
            elif answer.status == 404:
                problem = Problem("answer_unexpected", host)
            else:
                problem = status_problem(answer)
            raise Declined(answer.status, data, problem, wait)
        if not answer.complete:
            raise FetchError(Problem("answer_cut_short", host))
        if not isinstance(data, dict):
            raise Refused(Problem("answer_unexpected", host))
        self.raw = RawAnswer(redact(answer.url), answer.status, telling(answer.headers), answer.body, self._errand.now)
        response = requests.Response()
        response.status_code = answer.status
        response.url = answer.url
        response.headers = CaseInsensitiveDict(telling(answer.headers))
        response.raw = io.BytesIO(answer.body)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is held open."""


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
