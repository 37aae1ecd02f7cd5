"""JSON over the guarded session: what comes back, and what is raised where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from collectors import credentials
from collectors.api import Declined, call
from collectors.errand import Errand, Refused
from collectors.web import FetchError, Web, session

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ERRAND = Errand(session(Web("Lyttepost", ("127.0.0.1",))), "f", NOW)


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


def test_an_answer_is_decoded_and_kept_as_it_came(server: HTTPServer) -> None:
    server.expect_request("/a", query_string="q=%23skole&tag=1&tag=2").respond_with_json({"ok": [1]})
    answer = call(ERRAND, server.url_for("/a"), {"q": "#skole", "tag": ["1", "2"]})
    assert answer.data == {"ok": [1]}
    assert b'"ok"' in answer.raw.body
    assert (answer.raw.status, answer.raw.fetched_at, answer.raw.headers["content-type"]) == (
        200,
        NOW,
        "application/json",
    )


def test_a_body_is_posted_as_json(server: HTTPServer) -> None:
    server.expect_request("/login", method="POST", json={"name": "Kåre"}).respond_with_json({"token": "t"})
    assert call(ERRAND, server.url_for("/login"), body={"name": "Kåre"}).data == {"token": "t"}


def test_a_post_is_not_sent_on_to_where_a_redirect_points(server: HTTPServer) -> None:
    server.expect_request("/login").respond_with_response(Response(status=307, headers={"Location": "/other"}))
    with pytest.raises(FetchError) as error:
        call(ERRAND, server.url_for("/login"), body={"password": "p"})
    assert error.value.problem.code == "redirect_invalid"


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "http_other"), (401, "token_refused"), (403, "http_403"), (404, "http_404"), (500, "http_5xx")],
)
def test_an_answer_that_declines_carries_what_it_says(server: HTTPServer, status: int, code: str) -> None:
    server.expect_request("/a").respond_with_json({"error": "ExpiredToken"}, status=status)
    with pytest.raises(Declined) as declined:
        call(ERRAND, server.url_for("/a"))
    assert (declined.value.status, declined.value.data) == (status, {"error": "ExpiredToken"})
    assert declined.value.problem.code == code


def test_a_limit_says_when_it_ends(server: HTTPServer) -> None:
    server.expect_request("/a").respond_with_data("slow down", status=429, headers={"RateLimit-Reset": "420"})
    with pytest.raises(Declined) as declined:
        call(ERRAND, server.url_for("/a"))
    assert declined.value.retry_after == timedelta(minutes=7)
    assert declined.value.data is None


@pytest.mark.parametrize("body", ["<html>hei</html>", "", '{"a":'])
def test_what_is_not_json_is_refused(server: HTTPServer, body: str) -> None:
    server.expect_request("/a").respond_with_data(body)
    with pytest.raises(Refused) as refused:
        call(ERRAND, server.url_for("/a"))
    assert refused.value.problem.code == "answer_unexpected"


def test_no_secret_stands_in_what_is_kept(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_known", {"hemmelig-123"})
    server.expect_request("/a").respond_with_json({})
    answer = call(ERRAND, server.url_for("/a"), {"x": "hemmelig-123"}, {"Authorization": "Bearer hemmelig-123"})
    assert "hemmelig-123" not in str(answer.raw)
