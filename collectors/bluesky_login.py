"""Calls to Bluesky as the body's account: logged in once, and renewed by the refresh token from then on.

A log-in may be had 300 times a day and 30 times in five minutes, so its tokens are kept between polls. A token that is
no good any more is answered with 400 and a name in `error`, not with 401.
https://docs.bsky.app/docs/api/com-atproto-server-create-session, com-atproto-server-refresh-session,
https://docs.bsky.app/docs/advanced-guides/rate-limits
"""

from __future__ import annotations

import json
import threading
from typing import Any

from collectors.answers import status_problem, wait_asked
from collectors.api import Answer, Declined, Parameters, call
from collectors.errand import Errand, Refused
from collectors.post import Problem, Source
from collectors.urls import host_of
from collectors.web import fetch

MAX_TOKEN = 10_000

_NO_GOOD = frozenset({"ExpiredToken", "InvalidToken"})
_NOT_HERE = frozenset({404, 405, 501})
"""What a server answers to log-ins that does not know what they are."""
_renewing = threading.Lock()
"""A refresh token is used up by being used, so that two threads must not both do it."""


class Account:
    """The account that a source asks as."""

    def __init__(self, source: Source, errand: Errand) -> None:
        self._server = source.url.rstrip("/")
        self._name = source.account
        self._credential = source.credential.env or source.credential.file
        self._errand = errand
        self._key = f"bluesky:{self._server}:{self._name}"
        self._tokens = {name: value for name, value in errand.tokens.get(self._key).items() if isinstance(value, str)}

    def get(self, method: str, parameters: Parameters) -> Answer:
        """Ask a method (`app.bsky.feed.searchPosts`), with the tokens renewed where that is needed.

        Raises as `call` does, and Refused where the account can not be logged in.
        """
        access = self._tokens.get("access") or self._renew("")
        try:
            return self._ask(method, parameters, access)
        except Declined as declined:
            if not _token_is_no_good(declined):
                raise
        try:
            return self._ask(method, parameters, self._renew(access))
        except Declined as declined:
            if _token_is_no_good(declined):
                raise Refused(Problem("token_refused", self._host())) from declined
            raise

    def handle(self) -> str:
        """The account's handle as the server knows it. Raises as `get`."""
        if not self._tokens.get("handle"):
            self._renew("")
        return self._tokens.get("handle") or self._name

    def _ask(self, method: str, parameters: Parameters, access: str) -> Answer:
        return call(self._errand, self._url(method), parameters, {"Authorization": f"Bearer {access}"})

    def _renew(self, used: str) -> str:
        """An access token that is another than the one that was `used`: what another thread got meanwhile, a renewed
        one, or that of a log-in where nothing else is left."""
        with _renewing:
            self._tokens = self._errand.tokens.get(self._key)
            access = self._tokens.get("access", "")
            if access and access != used:
                return access
            refresh = self._tokens.get("refresh")
            return self._keep((self._refreshed(refresh) if refresh else None) or self._logged_in())

    def _refreshed(self, refresh: str) -> Any:
        """The session that a refresh token gives; None where it is no good any more."""
        # The method takes no body, and refuses an empty JSON object.
        answer = fetch(
            self._errand.http,
            self._url("com.atproto.server.refreshSession"),
            {"Authorization": f"Bearer {refresh}", "Accept": "application/json"},
            body=b"",
            read_errors=True,
        )
        try:
            data = json.loads(answer.body)
        except (ValueError, RecursionError):
            data = None
        if answer.status in (400, 401):
            return None
        if not 200 <= answer.status < 300:
            raise Declined(answer.status, data, status_problem(answer), wait_asked(answer, self._errand.now))
        if not isinstance(data, dict):
            raise Refused(Problem("answer_unexpected", self._host()))
        return data

    def _logged_in(self) -> Any:
        if not self._errand.secret:
            raise Refused(Problem("credential_missing", {"name": self._credential or "token_env"}))
        try:
            return call(
                self._errand,
                self._url("com.atproto.server.createSession"),
                body={"identifier": self._name, "password": self._errand.secret},
            ).data
        except Declined as declined:
            if declined.status in _NOT_HERE:
                raise Refused(Problem("bluesky_no_server", self._host())) from declined
            if declined.status in (400, 401):
                raise Refused(Problem("bluesky_login_refused", {**self._host(), "account": self._name})) from declined
            raise

    def _keep(self, session: Any) -> str:
        """Keep a session's tokens. Raises Refused where it is none, or of an account that is not in use."""
        found = session if isinstance(session, dict) else {}
        access, refresh, handle = (found.get(name) for name in ("accessJwt", "refreshJwt", "handle"))
        if not (_is_token(access) and _is_token(refresh)):
            raise Refused(Problem("bluesky_no_server", self._host()))
        if found.get("active") is False:
            raise Refused(Problem("bluesky_account_inactive", {"account": self._name}))
        self._tokens = {"access": str(access), "refresh": str(refresh)}
        if isinstance(handle, str) and handle.isprintable() and len(handle) < 300:
            self._tokens["handle"] = handle
        self._errand.tokens.set(self._key, self._tokens)
        return str(access)

    def _url(self, method: str) -> str:
        return f"{self._server}/xrpc/{method}"

    def _host(self) -> dict[str, str]:
        return {"host": host_of(self._server)}


def error_name(declined: Declined) -> str:
    """The name that Bluesky gives an error beside its status; "" where there is none."""
    name = declined.data.get("error") if isinstance(declined.data, dict) else None
    return name if isinstance(name, str) else ""


def _token_is_no_good(declined: Declined) -> bool:
    return declined.status == 401 or (declined.status == 400 and error_name(declined) in _NO_GOOD)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TOKEN and value.isascii() and value.isprintable()
