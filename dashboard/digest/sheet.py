"""A digest as CSV that Norwegian Excel opens: UTF-8 with a byte order mark, semicolons, one line a post."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from dashboard.digest import words
from dashboard.digest.build import Digest, Excerpt, Listed
from dashboard.wording import clock, moment, n, problem, t

COLUMNS = (
    "part",
    "listening_post",
    "source",
    "published",
    "author",
    "text",
    "status",
    "sure",
    "fact",
    "reply",
    "link",
    "posts",
    "before",
    "conflict",
    "escalate",
)
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the start of a formula, also in the wide forms."""

Row = dict[str, str | int]


def sheet(digest: Digest) -> str:
    """The lines at the top first, then each list with its part's name; `COLUMNS` by their names in the catalogue."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([t(f"digest.column.{name}") for name in COLUMNS])
    for row in _rows(digest):
        writer.writerow([cell(row.get(name, "")) for name in COLUMNS])
    return f"\ufeff{out.getvalue()}"


def cell(value: str | int) -> str | int:
    """Text that a spreadsheet shows as text."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _rows(digest: Digest) -> Iterator[Row]:
    for line in words.headlines(digest):
        yield {"part": t("digest.top"), "text": line}
    if digest.without_day:
        return
    for heard in (*digest.listening_posts, digest.total):
        yield {
            "part": t("digest.section.heard"),
            "listening_post": heard.title or t("digest.column.all"),
            "posts": heard.posts,
            "before": heard.posts_day_before,
            "conflict": heard.conflict,
            "escalate": heard.escalate,
        }
    yield from _claims(digest)
    yield from _posts("escalated", digest.escalated)
    yield from _posts("questions", digest.open_questions)
    yield from _posts("to_archive", digest.to_archive)
    part = t("digest.section.archived")
    for decided in digest.archived.shown:
        by = clock(decided.decided_at)
        yield {
            "part": part,
            "published": moment(decided.decided_at),
            "text": _joined(decided.title, decided.text),
            "status": t("digest.by", outcome=t(f"outcome.{decided.outcome}"), name=decided.decided_by, clock=by),
        }
    yield from _more(part, digest.archived)
    part = t("digest.section.expiring")
    for fact in digest.expiring.shown:
        yield {"part": part, "status": words.ending(fact, digest.day), "fact": fact.statement}
    yield from _more(part, digest.expiring)
    part = t("digest.section.uncovered")
    for source in digest.uncovered.shown:
        why = problem(source.problem.code, source.problem.details)
        yield {"part": part, "source": source.title, "text": why, "status": words.period(source)}
    yield from _more(part, digest.uncovered)
    part = t("digest.section.silent")
    for silent in digest.silent.shown:
        yield {"part": part, "source": silent.title, "text": words.silence(silent)}
    yield from _more(part, digest.silent)


def _claims(digest: Digest) -> Iterator[Row]:
    part = t("digest.section.correct")
    for fact in digest.contradicted.shown:
        for claim in fact.claims.shown:
            yield _post(part, claim.post) | {
                "status": t(f"digest.claim.{claim.state}"),
                "sure": round(claim.score * 100),
                "fact": fact.statement,
                "reply": claim.reply,
            }
        if fact.claims.more:
            yield {"part": part, "text": n("digest.claim.more", fact.claims.more), "fact": fact.statement}
    if digest.contradicted.more:
        yield {"part": part, "text": n("digest.claim.facts_more", digest.contradicted.more)}


def _posts(name: str, listed: Listed[Excerpt]) -> Iterator[Row]:
    part = t(f"digest.section.{name}")
    yield from (_post(part, post) for post in listed.shown)
    yield from _more(part, listed)


def _post(part: str, post: Excerpt) -> Row:
    return {
        "part": part,
        "source": post.source,
        "published": words.published(post),
        "author": post.handle,
        "text": _joined(post.title, post.text),
        "link": post.url,
    }


def _more(part: str, listed: Listed[Any]) -> Iterator[Row]:
    if listed.more:
        yield {"part": part, "text": n("digest.more", listed.more)}


def _joined(title: str, text: str) -> str:
    return f"{title}: {text}" if title and text else title or text
