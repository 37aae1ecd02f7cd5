"""X as far as we ask it, on loopback: recent search, counts, mentions, accounts and posts, with its limits and errors.

with XServer(now) as x:
    x.post("Om skolen", minutes_ago=5)
    x.fail("/2/tweets/search/recent", 429)      # the next time
    x.url
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.servers.faults import Behaviour, FaultServer, answer

SECRET = "AAAAAAAAAAhemmelig%3Dnokkel"
SEARCH, COUNTS, POSTS = "/2/tweets/search/recent", "/2/tweets/counts/recent", "/2/tweets"
ACCOUNT, ACCOUNT_ID = "fjellheim", "900"
MENTIONS, USER = f"/2/users/{ACCOUNT_ID}/mentions", f"/2/users/by/username/{ACCOUNT}"
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
WEEK = timedelta(days=7)
NEW_NAMES = {
    '"note_tweet"': '"note_post"',
    '"referenced_tweets"': '"referenced_posts"',
    '"edit_history_tweet_ids"': '"edit_history_post_ids"',
    '"tweets"': '"posts"',
    '"total_tweet_count"': '"total_post_count"',
    '"tweet_count"': '"post_count"',
    '"retweet_count"': '"repost_count"',
}


def id_at(moment: datetime, number: int = 0) -> str:
    """An id that X could have given out then."""
    return str(((moment - EPOCH) // timedelta(milliseconds=1) << 22) + number)


class XServer:
    """`asked` holds the path and the parameters of each request, in order. `spends` is what was handed out: posts and
    users, each as often as it was."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.renamed = False
        self.most_mentions = 10**6
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posts: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, Any]] = []
        self.handed_out = [0, 0]
        self._failures: dict[str, list[Behaviour | None]] = {}
        self._server = FaultServer()
        for path, respond in (
            (SEARCH, self._search),
            (COUNTS, self._counts),
            (MENTIONS, self._mentions),
            (USER, self._user),
            (POSTS, self._posts),
        ):
            self._server.behave(path, self._behaviour(path, respond))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    @property
    def url(self) -> str:
        return self._server.url("")

    def headers(self) -> list[dict[str, str]]:
        """Of each request."""
        return [headers for _, headers in self._server.requests]

    def post(self, text: str, minutes_ago: float = 1, author: str = "11", **more: Any) -> str:
        """Let somebody post; returns the id."""
        when = self.now - timedelta(minutes=minutes_ago)
        found = id_at(when, len(self.posts))
        self.users.setdefault(
            author, {"id": author, "name": f"Person {author}", "username": f"person{author}", "description": "Bor her"}
        )
        self.posts[found] = {
            "id": found,
            "text": text,
            "author_id": author,
            "created_at": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "conversation_id": found,
            "edit_history_tweet_ids": [found],
            "lang": "no",
            "public_metrics": {
                "retweet_count": 2,
                "reply_count": 1,
                "like_count": 3,
                "quote_count": 0,
                "impression_count": 70,
            },
        } | more
        return found

    def retweet(self, of: str, minutes_ago: float = 1, author: str = "12") -> str:
        """Let somebody pass a post on."""
        text = f"RT @person11: {self.posts[of]['text']}"
        return self.post(text, minutes_ago, author, referenced_tweets=[{"type": "retweeted", "id": of}])

    def edit(self, post_id: str, text: str, minutes_later: float = 1) -> str:
        """Let a post be edited; returns the id of the new version."""
        old = self.posts[post_id]
        when = datetime.fromisoformat(old["created_at"]) + timedelta(minutes=minutes_later)
        found = id_at(when, len(self.posts))
        history = [*old["edit_history_tweet_ids"], found]
        created = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.posts[found] = {**old, "id": found, "text": text, "created_at": created}
        for version in history:
            self.posts[version]["edit_history_tweet_ids"] = history
        return found

    def fail(self, path: str, status: int, body: object = None, times: int = 1, after: int = 0, **headers: str) -> None:
        """Answer so the next times, or after some good answers."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._failures.setdefault(path, []).extend([None] * after)
        self.behave(path, answer(status, sent, named), times)

    def behave(self, path: str, behaviour: Behaviour, times: int = 1) -> None:
        """Answer by this function the next time."""
        self._failures.setdefault(path, []).extend([behaviour] * times)

    def recover(self) -> None:
        """Answer well from now on."""
        self._failures.clear()

    def asked_for(self, path: str) -> list[dict[str, str]]:
        """The parameters of each request to a path."""
        return [parameters for asked, parameters in self.asked if asked == path]

    def _behaviour(self, path: str, respond: Any) -> Behaviour:
        def behaviour(handler: BaseHTTPRequestHandler) -> None:
            handler.date_time_string = lambda *_: format_datetime(self.now, usegmt=True)  # type: ignore[method-assign]
            parameters = dict(parse_qsl(urlsplit(handler.path).query))
            self.asked.append((path, parameters))
            failures = self._failures.get(path)
            if failures and (failure := failures.pop(0)):
                failure(handler)
                return
            if handler.headers["Authorization"] != f"Bearer {SECRET}":
                answer(401, b'{"title": "Unauthorized", "status": 401}')(handler)
                return
            status, data = respond(parameters)
            body = json.dumps(data, ensure_ascii=False)
            if self.renamed:
                for old, new in NEW_NAMES.items():
                    body = body.replace(old, new)
            answer(status, body.encode(), {"Content-Type": "application/json; charset=utf-8"})(handler)

        return behaviour

    def _search(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        terms = [term.strip('"').lower() for term in asked["query"].partition(")")[0].strip("(").split(" OR ")]
        hits = (p for p in self.posts.values() if any(term in p["text"].lower() for term in terms))
        return self._page((p for p in hits if not _retweets(p)), asked, "next_token", 10)

    def _mentions(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        hits = [p for p in self.posts.values() if f"@{ACCOUNT}" in p["text"].lower()]
        newest = sorted(hits, key=lambda p: int(p["id"]), reverse=True)[: self.most_mentions]
        return self._page(newest, asked, "pagination_token", 5)

    def _page(
        self, hits: Iterable[dict[str, Any]], asked: Mapping[str, str], token: str, smallest: int
    ) -> tuple[int, dict[str, Any]]:
        size, since = int(asked["max_results"]), int(asked.get("since_id", 0))
        if not smallest <= size <= 100:
            return 400, _complaint(f"max_results must be between {smallest} and 100")
        start = datetime.fromisoformat(asked["start_time"]) if "start_time" in asked else None
        if token == "next_token" and since and since < int(id_at(self.now - WEEK)):
            return 400, _complaint("'since_id' must be a tweet id created after a week ago")
        if token == "next_token" and start and start < self.now - WEEK:
            return 400, _complaint("'start_time' must be within the last week")
        found = [
            p
            for p in sorted(hits, key=lambda p: int(p["id"]), reverse=True)
            if int(p["id"]) > max(since, int(id_at(start)) if start else 0)
            and int(p["id"]) < int(asked.get(token, "9" * 19))
        ]
        page = found[:size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > size:
            meta["next_token"] = page[-1]["id"]
        return 200, self._answer(page, asked) | {"meta": meta}

    def _answer(self, page: list[dict[str, Any]], asked: Mapping[str, str]) -> dict[str, Any]:
        expansions = asked.get("expansions", "").split(",")
        context, includes = {}, {}
        if "referenced_tweets.id" in expansions:
            wanted = [r["id"] for p in page for r in p.get("referenced_tweets", ())]
            context = {found: self.posts[found] for found in wanted if found in self.posts}
            includes["tweets"] = list(context.values())
        if "author_id" in expansions:
            authors = {p["author_id"] for p in (*page, *context.values())}
            includes["users"] = [self.users[author] for author in sorted(authors)]
        self.handed_out[0] += len({p["id"] for p in page} | set(context))
        self.handed_out[1] += len(includes.get("users", ()))
        data: dict[str, Any] = {"data": page} if page else {}
        return data | ({"includes": includes} if includes else {}) | ({"errors": self.errors} if self.errors else {})

    def _counts(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        buckets = [{"start": asked["start_time"], "end": asked["start_time"], "tweet_count": 40}] * 2
        return 200, {"data": buckets, "meta": {"total_tweet_count": 80}}

    def _user(self, _: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        self.handed_out[1] += 1
        return 200, {"data": {"id": ACCOUNT_ID, "username": ACCOUNT, "name": "Fjellheim kommune"}}

    def _posts(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        ids = asked["ids"].split(",")
        if len(ids) > 100:
            return 400, _complaint("ids: at most 100")
        data = self._answer([self.posts[found] for found in ids if found in self.posts], asked)
        missing = [gone(found) for found in ids if found not in self.posts]
        return 200, data | ({"errors": missing + self.errors} if missing or self.errors else {})


def gone(post_id: str, why: str = "resource-not-found") -> dict[str, Any]:
    """The error beside the data for a post that can not be had."""
    return {
        "value": post_id,
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "ids",
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "type": f"https://api.twitter.com/2/problems/{why}",
    }


def _retweets(post: Mapping[str, Any]) -> bool:
    return any(reference["type"] == "retweeted" for reference in post.get("referenced_tweets", ()))


def _complaint(message: str) -> dict[str, Any]:
    return {
        "errors": [{"message": message, "parameters": {}}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
