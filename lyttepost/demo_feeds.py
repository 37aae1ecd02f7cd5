"""The demo body's posts as the documents that real platforms would serve: RSS, Atom, JSON Feed, a Mastodon tag, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import cache
from importlib import resources
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from data.posts import OSLO


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One written post, at a moment that follows from the day that the demo is shown."""

    id: str
    source: str
    at: datetime
    author: str
    name: str
    bio: str
    title: str
    text: str
    reply_to: str


def load(today: date) -> list[DemoPost]:
    """All written posts, as if `today` were the last of their thirty days; oldest first."""
    posts = [
        DemoPost(
            row["id"],
            row["source"],
            datetime.combine(today - timedelta(days=row["day"]), time.fromisoformat(row["time"]), OSLO).astimezone(UTC),
            row["author"],
            row.get("name", ""),
            row.get("bio", ""),
            row.get("title", ""),
            row["text"],
            row.get("reply_to", ""),
        )
        for row in _rows()
    ]
    return sorted(posts, key=lambda post: (post.at, post.id))


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    files = sorted(resources.files("data.demo").joinpath("posts").iterdir(), key=lambda file: file.name)
    return tuple(json.loads(line) for file in files for line in file.read_text("utf-8").splitlines())


def facts(today: date) -> str:
    """The demo's facts in JSON Lines. A date that is a number of days is counted from `today`."""
    rows = map(json.loads, resources.files("data.demo").joinpath("facts.jsonl").read_text("utf-8").splitlines())
    return "".join(f"{json.dumps(_dated(row, today), ensure_ascii=False)}\n" for row in rows)


def _dated(row: dict[str, Any], today: date) -> dict[str, Any]:
    days = {name: value for name in ("valid_from", "valid_to") if isinstance(value := row.get(name), int)}
    return row | {name: (today + timedelta(days=value)).isoformat() for name, value in days.items()}


def rss(title: str, link: str, posts: Sequence[DemoPost]) -> str:
    """RSS 2.0 with authors and threads, as news sites and comment sections serve it."""
    items = "".join(
        f'<item><guid isPermaLink="false">{_guid(p)}</guid><link>{_url(link, p)}</link>'
        f"<title>{escape(p.title)}</title><dc:creator>{escape(p.name or p.author)}</dc:creator>"
        f"<pubDate>{format_datetime(p.at)}</pubDate><description>{escape(_html(p.text))}</description>"
        f"{_in_reply_to(p)}</item>"
        for p in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:thr="http://purl.org/syndication/thread/1.0"><channel>'
        f"<title>{escape(title)}</title><link>{escape(link)}</link>{items}</channel></rss>"
    )


def rdf(title: str, link: str, posts: Sequence[DemoPost]) -> str:
    """RSS 1.0, as an older newspaper system serves it."""
    items = "".join(
        f"<item rdf:about={quoteattr(_url(link, p))}><title>{escape(p.title)}</title><link>{_url(link, p)}</link>"
        f"<description>{escape(p.text)}</description><dc:creator>{escape(p.name or p.author)}</dc:creator>"
        f"<dc:date>{p.at.isoformat()}</dc:date></item>"
        for p in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel rdf:about={quoteattr(link)}><title>{escape(title)}</title><link>{escape(link)}</link></channel>"
        f"{items}</rdf:RDF>"
    )


def atom(title: str, link: str, posts: Sequence[DemoPost]) -> str:
    """Atom with threads, as a forum serves it."""
    entries = "".join(
        f"<entry><id>{_guid(p)}</id><link href={quoteattr(_url(link, p))}/><title>{escape(p.title)}</title>"
        f"<author><name>{escape(p.author)}</name></author><updated>{p.at.isoformat()}</updated>"
        f'<published>{p.at.isoformat()}</published><content type="html">{escape(_html(p.text))}</content>'
        f"{_in_reply_to(p)}</entry>"
        for p in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:thr="http://purl.org/syndication/thread/1.0">'
        f"<id>{escape(link)}</id><title>{escape(title)}</title><link href={quoteattr(link)}/>"
        f"<updated>{max((p.at for p in posts), default=datetime(2026, 1, 1, tzinfo=UTC)).isoformat()}</updated>"
        f"{entries}</feed>"
    )


def mastodon(title: str, link: str, posts: Sequence[DemoPost]) -> str:
    """A server's feed of a hashtag: no titles, the author only in the link, no threads."""
    items = "".join(
        f'<item><guid isPermaLink="true">{link}/@{p.author}/{p.id}</guid><link>{link}/@{p.author}/{p.id}</link>'
        f"<pubDate>{format_datetime(p.at)}</pubDate><description>{escape(_html(p.text))}</description>"
        f"<category>elvestrand</category></item>"
        for p in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:webfeeds="http://webfeeds.org/rss/1.0">'
        f"<channel><title>{escape(title)}</title><link>{link}/tags/elvestrand</link>"
        f"<generator>Mastodon v4.6.0</generator>{items}</channel></rss>"
    )


def json_feed(title: str, link: str, posts: Sequence[DemoPost]) -> str:
    """JSON Feed 1.1, as the municipality's own site serves its news."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": link,
            "language": "nb",
            "items": [
                {
                    "id": _guid(p),
                    "url": _url(link, p),
                    "title": p.title,
                    "content_text": p.text,
                    "date_published": p.at.isoformat(),
                    "authors": [{"name": p.name or p.author}],
                }
                for p in posts
            ],
        },
        ensure_ascii=False,
    )


def export_csv(posts: Sequence[DemoPost]) -> str:
    """Comments on the municipality's own page, as an export to `lyttepost import`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["id", "published_at", "author", "author_handle", "author_bio", "in_reply_to", "text"])
    writer.writerows([p.id, p.at.isoformat(), p.name, p.author, p.bio, p.reply_to, p.text] for p in posts)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A source of the demo body: where the feed server shows it, and how it is written."""

    name: str
    title: str
    path: str
    link: str
    document: Callable[[str, str, Sequence[DemoPost]], str]
    content_type: str

    def render(self, posts: Sequence[DemoPost]) -> bytes:
        return self.document(self.title, self.link, [p for p in posts if p.source == self.name][::-1]).encode()


SOURCES = (
    DemoSource(
        "avis", "Elvestrandsposten", "/avis/rss", "https://elvestrandsposten.example.no", rss, "application/rss+xml"
    ),
    DemoSource(
        "avisdebatt",
        "Elvestrandsposten, leserkommentarer",
        "/avis/comments/feed",
        "https://elvestrandsposten.example.no/debatt",
        rss,
        "application/rss+xml",
    ),
    DemoSource(
        "bygdebladet",
        "Bygdebladet",
        "/bygdebladet/index.rdf",
        "https://bygdebladet.example.no",
        rdf,
        "application/rdf+xml",
    ),
    DemoSource(
        "forum", "Nordbygda-forumet", "/forum/atom.xml", "https://forum.example.no", atom, "application/atom+xml"
    ),
    DemoSource(
        "toot",
        "#elvestrand på Mastodon",
        "/tags/elvestrand.rss",
        "https://tut.example.no",
        mastodon,
        "application/rss+xml",
    ),
    DemoSource(
        "kommunen",
        "Elvestrand kommune, nyheter",
        "/kommunen/feed.json",
        "https://elvestrand.example.no/nyheter",
        json_feed,
        "application/feed+json",
    ),
    DemoSource(
        "velforening", "Lia velforening", "/velforening/feed", "https://lia-vel.example.no", rss, "application/rss+xml"
    ),
)
EXPORTED = "facebook"
"""The source that comes as a file."""


def _guid(post: DemoPost) -> str:
    return f"tag:example.no,2026:{post.source}/{post.id}"


def _url(link: str, post: DemoPost) -> str:
    return f"{link}/{post.id}"


def _html(text: str) -> str:
    return "<p>" + escape(text).replace("\n", "<br>") + "</p>"


def _in_reply_to(post: DemoPost) -> str:
    if not post.reply_to:
        return ""
    return f'<thr:in-reply-to ref="tag:example.no,2026:{post.source}/{post.reply_to}"/>'
