"""A server on loopback that answers as it is told, and badly where that is asked: for tests of what goes wrong outside.

with FaultServer() as server:
    server.serve("/feed", body=b"...", headers={"ETag": '"1"'})
    server.behave("/drip", drip(seconds=0.05))
    server.url("/feed")
"""

from __future__ import annotations

import gzip
import io
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class FaultServer:
    """Answers GET on 127.0.0.1. `requests` holds the path and the headers of each request, in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._behaviours: dict[str, Behaviour] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                outer._behaviours.get(self.path.partition("?")[0], answer(404))(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are part of the tests

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer a path with this from now on."""
        self._behaviours[path] = answer(status, body, headers)

    def behave(self, path: str, behaviour: Behaviour) -> None:
        """Answer a path by this function from now on."""
        self._behaviours[path] = behaviour


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Behaviour:
    """A well-behaved answer, with a Content-Length unless `headers` say otherwise."""

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behaviour


def drip(seconds: float, in_headers: bool = False) -> Behaviour:
    """A byte now and then, for ever: in the body, or already in the headers."""

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X-Drip: " if in_headers else b"\r\n"))
        while True:
            time.sleep(seconds)
            handler.wfile.write(b"a")

    return behaviour


def silence(seconds: float) -> Behaviour:
    """Nothing, and then the end."""
    return lambda _: time.sleep(seconds)


def gzip_bomb(megabytes: int) -> Behaviour:
    """A small body that unpacks to this size."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(megabytes):
            file.write(b"<" * 1_000_000)
    return answer(200, packed.getvalue(), {"Content-Encoding": "gzip"})


def cut_short(body: bytes, missing: int = 100) -> Behaviour:
    """A body that is shorter than its Content-Length."""

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        answer(200, body, {"Content-Length": str(len(body) + missing)})(handler)
        handler.close_connection = True

    return behaviour


def raw(sent: bytes) -> Behaviour:
    """These bytes, and then the end."""

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)
        handler.close_connection = True

    return behaviour


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A body without end, as fast as it is read."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        handler.wfile.write(b"a" * 65_536)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection is reset before there is an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def redirect(target: str, status: int = 302, body: bytes = b"") -> Behaviour:
    return answer(status, body, {"Location": target})


def headers_without_end(handler: BaseHTTPRequestHandler) -> None:
    """One header after the other, as fast as they are read."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-More: a\r\n" * 1_000)


def continue_without_end(handler: BaseHTTPRequestHandler) -> None:
    """The promise of an answer, again and again."""
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


def huge_header(megabytes: int) -> Behaviour:
    return raw(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"a" * megabytes * 1_000_000 + b"\r\n\r\n")


def gzip_cut_short(body: bytes) -> Behaviour:
    """A compressed body that ends in the middle, and is as long as announced."""
    packed = gzip.compress(body)
    return answer(200, packed[: len(packed) * 2 // 3], {"Content-Encoding": "gzip"})


def chunks_cut_short(body: bytes) -> Behaviour:
    """A body in chunks whose last one is never sent whole."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return raw(head + b"%x\r\n" % (len(body) + 100) + body)


def reset_within(body: bytes) -> Behaviour:
    """The connection is reset when half of the body is sent."""

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])
        reset(handler)

    return behaviour


def redirect_loop(handler: BaseHTTPRequestHandler) -> None:
    redirect(handler.path)(handler)


def two_retry_after(status: int, seconds: int = 120) -> Behaviour:
    """Busy, with `Retry-After` twice: in seconds and as a date, as GoToSocial sends it."""
    head = f"HTTP/1.1 {status} Busy\r\nRetry-After: {seconds}\r\nRetry-After: Sun, 22 Nov 2026 13:00:00 GMT\r\n"
    return raw(f"{head}Content-Length: 0\r\n\r\n".encode())


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

FAULTS: dict[str, Callable[[bytes], Behaviour]] = {
    "reset": lambda _: reset,
    "reset within": reset_within,
    "silence": lambda _: silence(1),
    "drip": lambda _: drip(0.05),
    "drip in the headers": lambda _: drip(0.05, in_headers=True),
    "body without end": lambda _: endless,
    "headers without end": lambda _: headers_without_end,
    "continue without end": lambda _: continue_without_end,
    "huge header": lambda _: huge_header(1),
    "no status line": lambda _: raw(b"Dette er ikke HTTP\r\n\r\n"),
    "status that is none": lambda body: raw(b"HTTP/1.1 tohundre OK\r\n\r\n" + body),
    "nothing": lambda _: raw(b""),
    "gzip bomb": lambda _: gzip_bomb(20),
    "gzip cut short": gzip_cut_short,
    "gzip that is none": lambda body: answer(200, body, {"Content-Encoding": "gzip"}),
    "unknown compression": lambda body: answer(200, body, {"Content-Encoding": "br"}),
    "shorter than announced": lambda body: cut_short(body[: len(body) * 2 // 3]),
    "whole, but shorter than announced": cut_short,
    "longer than announced": lambda body: answer(200, body, {"Content-Length": str(len(body) // 2)}),
    "length that is none": lambda body: answer(200, body, {"Content-Length": "mange", "Connection": "close"}),
    "negative length": lambda body: answer(200, body, {"Content-Length": "-1", "Connection": "close"}),
    "chunks that are none": lambda body: raw(CHUNKED + b"zz\r\n" + body),
    "chunks cut short": chunks_cut_short,
    "cut short without a length": lambda body: raw(b"HTTP/1.1 200 OK\r\n\r\n" + body[: len(body) // 2]),
    "empty": lambda _: answer(200),
    "a web page": lambda _: answer(200, b"<!doctype html><title>Feil</title>", {"Content-Type": "text/html"}),
    "not a feed": lambda _: answer(200, b'{"error": "x"}', {"Content-Type": "application/json"}),
    "wrong charset": lambda body: answer(200, body, {"Content-Type": "text/xml; charset=utf-16"}),
    "entities": lambda _: answer(200, b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 9_999 + b'">]><rss>' + b"&a;" * 9_999),
    "redirect to this machine": lambda _: redirect("http://[::1]:9/"),
    "redirect to the network within": lambda _: redirect("http://10.0.0.1/feed"),
    "redirect to another scheme": lambda _: redirect("file:///etc/passwd"),
    "redirect to nowhere": lambda _: redirect("http://["),
    "redirect loop": lambda _: redirect_loop,
    "unchanged": lambda _: answer(304),
    "refused": lambda _: answer(403, b"<html>", {"cf-mitigated": "challenge"}),
    "not found": lambda _: answer(404),
    "gone": lambda _: answer(410),
    "busy": lambda _: two_retry_after(429),
    "out of service": lambda _: two_retry_after(503),
    "broken": lambda _: answer(500, b"Traceback (most recent call last):"),
    "clock far behind": lambda body: answer(
        200, body, {"Date": "Thu, 01 Jan 1970 00:00:00 GMT", "Expires": "Fri, 02 Jan 1970 00:00:00 GMT"}
    ),
    "clock far ahead": lambda body: answer(
        200, body, {"Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Last-Modified": "Fri, 31 Dec 9999 23:59:59 GMT"}
    ),
}
"""Everything that can go wrong outside, by name, for a server that should have answered with this body."""
