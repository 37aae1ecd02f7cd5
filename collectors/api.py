"""JSON over the guarded session: for platforms that are asked with plain calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from collectors.answers import status_problem, telling, wait_asked
from collectors.credentials import redact
from collectors.errand import Errand, Refused
from collectors.post import Problem, RawAnswer
from collectors.urls import host_of
from collectors.web import fetch

Parameters = Mapping[str, str | int | Iterable[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded answer, and the same as it came."""

    data: Any
    raw: RawAnswer


class Declined(Refused):
    """An answer that is not 2xx. `data` is what its body says, where that is JSON."""

    def __init__(self, status: int, data: Any, problem: Problem, retry_after: timedelta | None) -> None:
        super().__init__(problem, retry_after)
        self.status = status
        self.data = data


def call(
    errand: Errand,
    url: str,
    parameters: Parameters | None = None,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Answer:
    """GET, or POST where there is a `body`. A parameter with several values is given several times.

    Raises FetchError where there is no answer, Declined where it is not 2xx, Refused where it is not JSON.
    """
    query = urlencode(parameters or {}, doseq=True)
    sent = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    answer = fetch(
        errand.http,
        f"{url}?{query}" if query else url,
        sent,
        body=None if body is None else json.dumps(body).encode(),
        read_errors=True,
    )
    try:
        data = json.loads(answer.body) if answer.body else None
    except (ValueError, RecursionError):
        data = None
    if not 200 <= answer.status < 300:
        host = {"host": host_of(url)}
        problem = Problem("token_refused", host) if answer.status == 401 else status_problem(answer)
        raise Declined(answer.status, data, problem, wait_asked(answer, errand.now))
    if data is None or not answer.complete:
        raise Refused(Problem("answer_unexpected", {"host": host_of(url)}))
    return Answer(data, RawAnswer(redact(answer.url), answer.status, telling(answer.headers), answer.body, errand.now))
