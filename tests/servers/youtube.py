"""A YouTube Data API on loopback: channels with videos and comments that tests change as they like.

It knows the calls that the collector makes, with their paging, and answers others as Google does. Payloads have the
shape of https://developers.google.com/youtube/v3/docs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.servers.faults import FaultServer, answer

KEY = "AIza-hemmelig-1234567890"
JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass
class Comment:
    id: str
    text: str
    at: datetime
    parent: str = ""
    author: str = "@fjordkatt"
    edited: datetime | None = None
    likes: int = 0


@dataclass
class Video:
    id: str
    title: str
    at: datetime
    comments: list[Comment] = field(default_factory=list)
    error: tuple[int, str] | None = None
    """What is answered instead of its comments: status and reason."""


class YouTube:
    """`requests` holds the resource and the parameters of each call, in order."""

    def __init__(self) -> None:
        self.channels: dict[str, str] = {}
        """Ids by handle."""
        self.videos: dict[str, list[Video]] = {}
        """By channel id."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.refuse: dict[str, tuple[int, Any]] = {}
        """Answers to all calls of a resource, or of any ("")."""
        self.refuse_after: int | None = None
        """How many calls are answered before `refuse` holds."""
        self.page = 100
        """What a page holds at most, whatever is asked for."""
        self._server = FaultServer()
        for name in ("channels", "playlistItems", "commentThreads", "comments", "videos"):
            self._server.behave(f"/youtube/v3/{name}", self._behaviour(name))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    @property
    def url(self) -> str:
        return self._server.url("")

    @property
    def sent(self) -> list[tuple[str, dict[str, str]]]:
        """The path and the headers of each call."""
        return self._server.requests

    def channel(self, handle: str, *videos: Video) -> str:
        """Add a channel; returns its id."""
        channel_id = "UC" + handle.ljust(22, "x")
        self.channels[handle] = channel_id
        self.videos[channel_id] = list(videos)
        return channel_id

    def asked(self, resource: str) -> list[dict[str, str]]:
        return [parameters for name, parameters in self.requests if name == resource]

    def _behaviour(self, name: str) -> Any:
        def behaviour(handler: BaseHTTPRequestHandler) -> None:
            parameters = dict(parse_qsl(handler.path.partition("?")[2]))
            self.requests.append((name, parameters))
            status, body = self._answer(name, parameters, handler.headers.get("X-Goog-Api-Key", ""))
            answer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON)(handler)

        return behaviour

    def _answer(self, name: str, parameters: dict[str, str], key: str) -> tuple[int, Any]:
        if self.refuse_after is None or len(self.requests) > self.refuse_after:
            for resource in (name, ""):
                if resource in self.refuse:
                    return self.refuse[resource]
        if key != KEY:
            return error(400, "badRequest", "API key not valid. Please pass a valid API key.")
        found: list[Any] | tuple[int, Any] = getattr(self, f"_{name.lower()}")(parameters)
        if isinstance(found, tuple):
            return found
        if parameters.get("pageToken", "").partition("-")[0] not in ("", "page"):
            return error(400, "invalidPageToken")
        start = int(parameters.get("pageToken", "page-0").partition("-")[2])
        size = min(int(parameters.get("maxResults", "20")), self.page)
        more = {"nextPageToken": f"page-{start + size}"} if len(found) > start + size else {}
        return 200, {"kind": f"youtube#{name}ListResponse", **more, "items": found[start : start + size]}

    def _all(self) -> list[Video]:
        return [video for videos in self.videos.values() for video in videos]

    def _channels(self, parameters: dict[str, str]) -> list[Any] | tuple[int, Any]:
        handle = parameters.get("forHandle", "").removeprefix("@")
        channel_id = parameters.get("id") or self.channels.get(handle) or ""
        if channel_id not in self.videos:
            return 200, {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
        uploads = {"relatedPlaylists": {"uploads": "UU" + channel_id[2:]}}
        return [{"id": channel_id, "contentDetails": uploads}]

    def _playlistitems(self, parameters: dict[str, str]) -> list[Any] | tuple[int, Any]:
        videos = self.videos.get("UC" + parameters["playlistId"][2:])
        if not videos:
            return error(404, "playlistNotFound")
        return [
            {
                "snippet": {"title": video.title, "resourceId": {"videoId": video.id}},
                "contentDetails": {"videoId": video.id, "videoPublishedAt": stamp(video.at)},
            }
            for video in sorted(videos, key=lambda video: video.at, reverse=True)
        ]

    def _videos(self, parameters: dict[str, str]) -> list[Any]:
        wanted = parameters["id"].split(",")
        return [{"id": v.id, "snippet": {"title": v.title}} for v in self._all() if v.id in wanted]

    def _commentthreads(self, parameters: dict[str, str]) -> list[Any] | tuple[int, Any]:
        video = next((video for video in self._all() if video.id == parameters["videoId"]), None)
        if video is None:
            return error(404, "videoNotFound")
        if video.error:
            return error(*video.error)
        found = []
        for comment in sorted((c for c in video.comments if not c.parent), key=lambda c: c.at, reverse=True):
            replies = [c for c in video.comments if c.parent == comment.id]
            found.append(
                {
                    "id": comment.id,
                    "snippet": {
                        "videoId": video.id,
                        "topLevelComment": resource(comment),
                        "totalReplyCount": len(replies),
                    },
                    **({"replies": {"comments": [resource(reply) for reply in replies[-5:]]}} if replies else {}),
                }
            )
        return found

    def _comments(self, parameters: dict[str, str]) -> list[Any] | tuple[int, Any]:
        comments = [comment for video in self._all() for comment in video.comments]
        if "parentId" in parameters:
            if not any(comment.id == parameters["parentId"] for comment in comments):
                return error(404, "commentNotFound")
            return [resource(c) for c in comments if c.parent == parameters["parentId"]]
        wanted = parameters["id"].split(",")
        return [resource(comment) for comment in comments if comment.id in wanted]


def resource(comment: Comment) -> dict[str, Any]:
    return {
        "kind": "youtube#comment",
        "id": comment.id,
        "snippet": {
            "textDisplay": comment.text,
            "authorDisplayName": comment.author,
            "authorChannelUrl": f"http://www.youtube.com/{comment.author}",
            "authorChannelId": {"value": "UC" + comment.author.strip("@").ljust(22, "y")},
            "likeCount": comment.likes,
            "publishedAt": stamp(comment.at),
            "updatedAt": stamp(comment.edited or comment.at),
            **({"parentId": comment.parent} if comment.parent else {}),
        },
    }


def error(status: int, reason: str, message: str = "", **metadata: str) -> tuple[int, Any]:
    """An error as Google answers it."""
    return status, {
        "error": {
            "code": status,
            "message": message or reason,
            "errors": [{"message": message or reason, "domain": "youtube", "reason": reason}],
            **({"details": [{"reason": reason.upper(), "metadata": metadata}]} if metadata else {}),
        }
    }


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
