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
