"""Addresses that come from outside: what may be linked to, and what may be told of one."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

MAX_URL = 2_000


def http_url(url: str, base: str = "") -> str:
    """The absolute http(s) form of an address, or "" for anything else (javascript:, data:, a user name, too long)."""
    try:
        absolute = urljoin(base, url.strip()).replace(" ", "%20")
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return ""
    return absolute if usable and len(absolute) <= MAX_URL and absolute.isprintable() else ""


def host_of(url: str) -> str:
    """`host` or `host:port`: all of an address that is told to people, since the rest may hold a key."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port else host
