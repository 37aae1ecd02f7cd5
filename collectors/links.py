"""Links as they stand in posts: where they lead in truth, without what only counts readers, and shown without keys."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from collectors.urls import host_of, http_url

MAX_LINKS = 50
"""Of one post."""

_TRACKING = re.compile(r"(?:utm_\w*|(?:fb|g|gb|wb|dc|y|msclk|tw|tt)(?:clid|id)|mc_[ce]id|igshid?|xtor)=", re.IGNORECASE)
_COUNTED = re.compile(r"(?:utm_|clid=|mc_|igsh|xtor=)", re.IGNORECASE)
"""Of texts, those that may hold such an address."""
_GOOGLE = re.compile(r"(?:www\.)?google(?:\.\w{2,3}){1,2}")
_KEY = re.compile(r"(?:token|key|nokkel|secret|auth|sig|pass|user)\w*=", re.IGNORECASE)
_ANCHOR = re.compile(r"""<a\s[^<>]*?\bhref\s*=\s*(?:"([^"<>]+)"|'([^'<>]+)')""", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"]{1,2000}(?<![.,;:!?)\]])")


def leads_to(url: str) -> str:
    """The address that a link leads to: unwrapped from Google's counter, without the parameters that count readers."""
    if "/url?" in url:
        parts = urlsplit(url)
        if parts.path == "/url" and _GOOGLE.fullmatch(parts.hostname or ""):
            query = parse_qs(parts.query)
            url = next((found for name in ("url", "q") for v in query.get(name, ()) if (found := http_url(v))), url)
    return _uncounted(url)


def uncounted(text: str) -> str:
    """A text whose addresses are without the parameters that count readers, since these change from poll to poll."""
    return _IN_TEXT.sub(lambda found: _uncounted(found[0]), text) if _COUNTED.search(text) else text


def _uncounted(url: str) -> str:
    address, mark, rest = url.partition("?")
    if not mark:
        return url
    query, hash_sign, fragment = rest.partition("#")
    kept = "&".join(pair for pair in query.split("&") if not _TRACKING.match(pair))
    return f"{address}{'?' if kept else ''}{kept}{hash_sign}{fragment}"


def in_markup(markup: str) -> Iterable[str]:
    """What the links of a piece of HTML say, as it stands there."""
    return (html.unescape(found[1] or found[2]) for found in _ANCHOR.finditer(markup))


def in_text(text: str) -> Iterable[str]:
    """The addresses in plain text."""
    return (found[0] for found in _IN_TEXT.finditer(text))


def shown(url: str, secret: bool = False) -> str:
    """An address as it may be told and kept: of one that looks like holding a key without its query, of a secret one
    the host only."""
    if secret:
        return f"{urlsplit(url).scheme}://{host_of(url)}/"
    return url.partition("?")[0] if _KEY.search(url) else url
