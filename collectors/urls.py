"""Addresses that come from outside: what may be linked to, and what may be told of one."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

from collectors.post import Platform

MAX_URL = 2_000

_PLATFORMS: dict[str, Platform] = {
    "x.com": "x",
    "twitter.com": "x",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "instagram.com": "instagram",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "linkedin.com": "linkedin",
    "bsky.app": "bluesky",
}
_X_STATUS = re.compile(r"/[^/]+/status/(\d{1,20})")
_MASTODON_STATUS = re.compile(r"/@[\w.-]+(?:@[\w.-]+)?/\d+")


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


def known_post(url: str) -> tuple[Platform, str, str]:
    """What an address tells of the post there: its platform, and the namespace and id that a collector would give it,
    or the address itself where the platform's own id does not stand in it."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    platform = _PLATFORMS.get(host, "other")
    if platform == "x" and (status := _X_STATUS.match(parts.path)):
        return "x", "", status[1]
    if platform == "youtube" and (comment := parse_qs(parts.query).get("lc")):
        return "youtube", "", comment[0]
    if platform == "other" and _MASTODON_STATUS.fullmatch(parts.path):
        platform = "mastodon"
    return platform, "url", url
