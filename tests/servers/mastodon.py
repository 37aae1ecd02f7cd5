"""A small Mastodon server on loopback, in memory: hashtags, mentions, conversations, look-ups, as of 4.6.

with MastodonServer() as server:
    post = server.post("Ny skole i Fjellheim", tags=("skole",))
    server.mention(post)
    server.next(faults.answer(503))      # for the next request
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.faults import Behaviour, answer

Status = dict[str, Any]

TOKEN = "hemmelig-token-4711"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MastodonServer:
    """Answers GET on 127.0.0.1. `requests` holds the address and the headers of each request, in order."""

    def __init__(self, ulids: bool = False, batches: bool = True) -> None:
        """`ulids`: ids as GoToSocial has them. `batches`: whether several posts can be looked up at a time."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.statuses: dict[int, Status] = {}
        self.notifications: dict[int, Status] = {}
        self.about: Any = {"domain": "fjell.example.no", "version": "4.6.4", "configuration": {}}
        self.needs_token = False
        self.left = 300
        """Requests that it allows, as it tells with each answer."""
        self.clock = NOON + timedelta(hours=2)
        self.most = 40
        """Items on a page."""
        self.fault: Callable[[str], Behaviour | None] = lambda address: None
        """What to answer an address with instead."""
        self._next: deque[Behaviour] = deque()
        self._ulids = ulids
        self._batches = batches
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                outer.left -= 1
                outer._behaviour(self.path, self.headers.get("Authorization", ""))(self)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(outer.clock, usegmt=True)

            def end_headers(self) -> None:
                self.send_header("X-RateLimit-Remaining", str(max(outer.left, 0)))
                super().end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are part of the tests

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    # What is on it

    def post(
        self,
        content: str = "Innlegg",
        tags: tuple[str, ...] = ("skole",),
        user: str = "kari",
        at: int | None = None,
        created: datetime = NOON,
        answers: Status | None = None,
        **more: Any,
    ) -> Status:
        """Add a post: the newest, or `at` a place among the others (the newest stands at `len(statuses) * 10`)."""
        order = at if at is not None else (max(self.statuses, default=0) // 10 + 1) * 10
        name, _, domain = user.partition("@")
        home = domain or "fjell.example.no"
        self.statuses[order] = status = {
            "id": self._id(order),
            "created_at": created.isoformat().replace("+00:00", "Z"),
            "edited_at": None,
            "in_reply_to_id": answers["id"] if answers else None,
            "visibility": "public",
            "language": "nb",
            "spoiler_text": "",
            "uri": f"https://{home}/users/{name}/statuses/{order}",
            "url": f"https://{home}/@{name}/{order}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": f"<p>{content}</p>",
            "reblog": None,
            "account": account(user),
            "mentions": [],
            "tags": [{"name": tag, "url": f"https://{home}/tags/{tag}"} for tag in tags],
            **more,
        }
        return status

    def mention(self, status: Status, kind: str = "mention") -> None:
        """Notify the account of a post."""
        order = len(self.notifications) + 1
        self.notifications[order] = {
            "id": str(900 + order),
            "type": kind,
            "created_at": status["created_at"],
            "account": status["account"],
            "status": status,
        }

    def remove(self, status: Status) -> None:
        self.statuses = {order: kept for order, kept in self.statuses.items() if kept is not status}

    def next(self, *behaviours: Behaviour) -> None:
        """Answer the next requests like this."""
        self._next.extend(behaviours)

    def asked(self, part: str = "") -> list[str]:
        """The addresses that were asked for, of those that have this in them."""
        return [address for address, _ in self.requests if part in address]

    # How it answers

    def _behaviour(self, address: str, authorization: str) -> Behaviour:
        if self._next:
            return self._next.popleft()
        if fault := self.fault(unquote(address)):
            return fault
        if authorization not in ("", f"Bearer {TOKEN}"):
            return error(401, "The access token is invalid")
        parts = urlsplit(address)
        query, path = parse_qs(parts.query), [unquote(part) for part in parts.path.strip("/").split("/")]
        match path[1:]:
            case ["v2", "instance"]:
                return found(self.about)
            case _ if self.needs_token and not authorization:
                return error(422, "This method requires an authenticated user")
            case ["v1", "timelines", "tag", name]:
                return found(self._page(self._tagged(name), query))
            case ["v1", "notifications"] if authorization:
                wanted = query.get("types[]", [])
                return found(
                    self._page({o: n for o, n in self.notifications.items() if n["type"] in wanted}, query, 900)
                )
            case ["v1", "statuses"] if self._batches and len(query.get("id[]", [])) <= 20:
                return found([s for s in self.statuses.values() if s["id"] in query["id[]"]])
            case ["v1", "statuses", wanted_id, *rest]:
                status = next((s for s in self.statuses.values() if s["id"] == wanted_id), None)
                if status is None:
                    return error(404, "Record not found")
                return found(self._context(status) if rest == ["context"] else status)
        return error(404, "Not found")

    def _tagged(self, name: str) -> dict[int, Status]:
        return {
            order: status
            for order, status in self.statuses.items()
            if name in [tag["name"] for tag in status["tags"]] and status["visibility"] == "public"
        }

    def _page(self, items: dict[int, Status], query: dict[str, list[str]], start: int = 0) -> list[Status]:
        limit = min(int(query.get("limit", ["20"])[0]), self.most)
        after, before = (self._order(query[key][0], start) if key in query else None for key in ("min_id", "max_id"))
        orders = sorted(o for o in items if (after is None or o > after) and (before is None or o < before))
        page = orders[:limit] if after is not None else orders[-limit:]
        return [items[order] for order in reversed(page)]

    def _context(self, status: Status) -> dict[str, list[Status]]:
        by_id = {s["id"]: s for s in self.statuses.values()}
        ancestors: list[Status] = []
        above = by_id.get(status["in_reply_to_id"])
        while above:
            ancestors.insert(0, above)
            above = by_id.get(above["in_reply_to_id"])
        below = [status["id"]]
        descendants = []
        for order in sorted(self.statuses):
            if self.statuses[order]["in_reply_to_id"] in below:
                descendants.append(self.statuses[order])
                below.append(self.statuses[order]["id"])
        return {"ancestors": ancestors, "descendants": descendants}

    def _id(self, order: int) -> str:
        return f"01M825MN{order:018d}" if self._ulids else str(117_020_000_000_000_000 + order)

    def _order(self, item_id: str, start: int) -> int:
        if start:
            return int(item_id) - start
        return int(item_id[8:]) if self._ulids else int(item_id) - 117_020_000_000_000_000


def account(user: str, **more: Any) -> dict[str, Any]:
    """Somebody: `user` of this server, or `user@another`."""
    name, _, domain = user.partition("@")
    return {
        "id": "1" + "".join(str(ord(sign)) for sign in user)[:15],
        "username": name,
        "acct": user,
        "display_name": name.title(),
        "url": f"https://{domain or 'fjell.example.no'}/@{name}",
        "note": "",
        "fields": [],
        "indexable": True,
        "noindex": False,
        **more,
    }


def found(data: object) -> Behaviour:
    return answer(200, json.dumps(data).encode(), {"Content-Type": "application/json; charset=utf-8"})


def error(status: int, said: str, headers: dict[str, str] | None = None) -> Behaviour:
    return answer(status, json.dumps({"error": said}).encode(), {"Content-Type": "application/json"} | (headers or {}))
