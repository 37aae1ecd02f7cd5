"""The ASGI layer around Streamlit: what its HTML can not be told to be.

Pages get the right language and title, our one style sheet and script, a strict content security policy (its one hash
is computed from the installed index.html, so that an upgrade does not break it) and the other security headers.
Streamlit's bundles are compressed once and kept. Endpoints that nobody needs are closed.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import anyio.to_thread
import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.wording import DEFAULT, catalogue, t

Headers = list[tuple[bytes, bytes]]

ICON = Path(str(resources.files("dashboard"))) / "assets" / "icon.png"

_STATIC = Path(streamlit.__file__).parent / "static"
_CLOSED = ("/_stcore/metrics", "/_stcore/agent/", "/_stcore/script-health-check")
_NO_PAGE = ("/static/", "/media/", "/component/", "/_stcore/")
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")
_COMPRESSED = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}
_TYPES = {**_COMPRESSED, ".svg": b"image/svg+xml", ".png": b"image/png"}
_FOR_EVER = (b"cache-control", b"public, immutable, max-age=31536000")
_NOSCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Shell:
    """Middleware for `st.App`. Raises ValueError where the installed Streamlit's page is not as we know it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        original = (_STATIC / "index.html").read_text("utf-8")
        self._page = page(original).encode()
        self._headers = security_headers(original)
        self._assets = _assets()
        self._bundles = {
            f"/{file.relative_to(_STATIC).as_posix()}": file
            for file in _STATIC.rglob("*")
            if file.suffix in _COMPRESSED
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        headers = self._headers + _transport_security(scope)
        if path.startswith(_CLOSED):
            await _answer(send, 404, [(b"content-type", b"text/plain"), *headers], b"")
        elif asset := self._assets.get(path):
            kind, content = asset
            await _answer(send, 200, [(b"content-type", kind), _FOR_EVER, *headers], content)
        elif path in self._bundles and scope["method"] == "GET" and b"gzip" in _header(scope, b"accept-encoding"):
            file = self._bundles[path]
            kind = _COMPRESSED[file.suffix]
            content = await anyio.to_thread.run_sync(_compressed, file)
            zipped: Headers = [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
            await _answer(send, 200, [(b"content-type", kind), _FOR_EVER, *zipped, *headers], content)
        else:
            await self._pass_on(scope, receive, send, headers)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Let Streamlit answer; where it answers with its page, send ours in place of it."""
        may_be_page = not scope["path"].startswith(_NO_PAGE)
        replaced = False

        async def changed(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type", b"")
                replaced = may_be_page and message["status"] == 200 and kind.startswith(b"text/html")
                kept = [(k, v) for k, v in message["headers"] if not (replaced and k in (b"content-length", b"etag"))]
                if replaced:
                    kept.append((b"content-length", str(len(self._page)).encode()))
                message = {**message, "headers": [*kept, *headers]}
            elif replaced:
                if message.get("more_body"):
                    return
                message = {**message, "body": self._page if scope["method"] != "HEAD" else b""}
            await send(message)

        if may_be_page:
            # Streamlit compresses its page, and answers 304 for it, on every path but the first: both would miss ours.
            asked = [(k, v) for k, v in scope["headers"] if k not in _CONDITIONS]
            scope = {**scope, "headers": asked}
        await self._app(scope, receive, changed)


def page(original: str) -> str:
    """Streamlit's page made ours."""
    version = hashlib.sha256(b"".join(content for _, content in _assets().values())).hexdigest()[:12]
    icon = f'<link rel="icon" type="image/svg+xml" href="./lyttepost/icon.svg?v={version}" />'
    ours = (
        f'<link rel="stylesheet" href="./lyttepost/shell.css?v={version}" />'
        f'<script type="application/json" id="lp-words">{_words()}</script>'
        f'<script src="./lyttepost/shell.js?v={version}"></script></head>'
    )
    changes = {
        '<html lang="en">': f'<html lang="{DEFAULT}">',
        "<title>Streamlit</title>": f"<title>{t('app.name')}</title>",
        '<link rel="shortcut icon" href="./favicon.png" />': icon,
        '<link rel="service-desc" href="./_stcore/agent/openapi.json" />': "",
        "</head>": ours,
    }
    without_scripts = f"<noscript><p>{t('app.needs_script')}</p></noscript>"
    original, found = _NOSCRIPT.subn(without_scripts, original)
    if found != 1:
        raise ValueError("Streamlit's index.html has changed: <noscript> is not there once")
    for old, new in changes.items():
        if original.count(old) != 1:
            raise ValueError(f"Streamlit's index.html has changed: {old} is not there once")
        original = original.replace(old, new)
    return original


def security_headers(original: str) -> Headers:
    """The headers of every answer; the policy allows exactly the inline scripts of Streamlit's page."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in _INLINE_SCRIPT.findall(original)]
    scripts = " ".join(["'self'", *(f"'sha256-{h}'" for h in hashes)])
    policy = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    named = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


@cache
def _assets() -> Mapping[str, tuple[bytes, bytes]]:
    """Our own files by path, with their type."""
    folder = resources.files("dashboard") / "assets"
    return {
        f"/lyttepost/{file.name}": (_TYPES[Path(file.name).suffix], file.read_bytes())
        for file in folder.iterdir()
        if Path(file.name).suffix in _TYPES
    }


def _words() -> str:
    """Streamlit's own English strings with ours, for shell.js: whole ones, and beginnings of longer ones."""
    prefix = "streamlit."
    words: dict[str, dict[str, str]] = {"exact": {}, "starts": {}}
    for key, ours in catalogue(DEFAULT).items():
        if key.startswith(prefix):
            kind, theirs = key.removeprefix(prefix).split(".", 1)
            words[kind][theirs] = ours
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), compresslevel=6, mtime=0)


def _transport_security(scope: Scope) -> Headers:
    return [(b"strict-transport-security", b"max-age=31536000")] if scope.get("scheme") == "https" else []


def _header(scope: Scope, name: bytes) -> bytes:
    return next((bytes(value) for key, value in scope["headers"] if key == name), b"")


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body})
