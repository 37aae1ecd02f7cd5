"""A digest as a page, as Markdown, as a sheet or as data. Post text is escaped in each: nothing of it is obeyed.

JSON has the fields of `build.Digest` by their names, under `format` ("lyttepost/digest/1"); times are ISO 8601 in UTC,
days ISO dates, and a list is `shown` lines and `more`, the number beside them. CSV is what Norwegian Excel opens: UTF-8
with a byte order mark, semicolons, one line a post, the columns of `_COLUMNS`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboard import wording
from dashboard.digest.build import Digest, Excerpt, Heard, Listed, Uncovered
from dashboard.wording import clock, day, has, moment, n, number, problem, t

Format = Literal["html", "md", "csv", "json"]
FORMATS: tuple[Format, ...] = ("html", "md", "csv", "json")

JSON_FORMAT = "lyttepost/digest/1"

_COLUMNS = (
    "part", "listening_post", "source", "published", "author", "text", "status", "sure", "fact", "reply", "link",
    "posts", "before", "conflict", "escalate",
)  # fmt: skip
# What a spreadsheet takes for a formula, also in the wide forms.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Fewer signs than Streamlit's Markdown needs, so that the file can be read as it is: text stands within «», never first
# on a line, and never on a line of its own.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$&])")


def render(digest: Digest, format: Format) -> str:
    """The digest in one of `FORMATS`, in the language being served. Raises ValueError for another format."""
    match format:
        case "html":
            return _template("digest.html").render(_context(digest))
        case "md":
            return _template("digest.md").render(_context(digest))
        case "csv":
            return _csv(digest)
        case "json":
            return _json(digest)
    raise ValueError(format)


def headlines(digest: Digest) -> list[str]:
    """The lines at the top: how much and how heated, what to correct, what else waits."""
    if digest.status in ("future", "before_first", "no_posts"):
        first = day(digest.first_day) if digest.first_day else ""
        return [t(f"digest.state.{digest.status}", first=first)]
    questions, archive, uncovered = digest.open_questions.total, digest.to_archive.total, digest.uncovered.total
    waits = [n("digest.headline.questions", questions) if questions else t("digest.headline.questions_none")]
    waits += [n("digest.headline.archive", archive)] if archive else []
    waits += [n("digest.headline.uncovered", uncovered)] if uncovered else []
    return [_volume(digest), _correct(digest), " ".join(waits)]


def _volume(digest: Digest) -> str:
    total = digest.total
    if not total.posts:
        return t("digest.state.quiet_so_far" if _so_far(digest) else "digest.state.quiet")
    posts = n("digest.posts", total.posts)
    if digest.status == "so_far":
        before = n("digest.posts", total.posts_day_before)
        sentences = [t("digest.headline.volume_so_far", posts=posts, before=before)]
    else:
        change = total.posts - total.posts_day_before
        kind = "same" if not change else "more" if change > 0 else "fewer"
        said = t(f"digest.headline.{kind}_posts", count=number(abs(change)))
        sentences = [t("digest.headline.volume", posts=posts, change=said)]
    for level, count in (("conflict", total.conflict), ("escalate", total.escalate)):
        if count:
            sentences.append(n(f"digest.headline.{level}", count))
        elif level == "conflict":
            sentences.append(t("digest.headline.conflict_none"))
    return " ".join(sentences)


def _correct(digest: Digest) -> str:
    if not digest.contradicting_posts:
        return t("digest.headline.correct_none")
    facts = n("digest.facts", digest.contradicted.total)
    return n("digest.headline.correct", digest.contradicting_posts, facts=facts)


def _so_far(digest: Digest) -> bool:
    return digest.day == digest.made_at.astimezone(wording.OSLO).date()


def _context(digest: Digest) -> dict[str, Any]:
    return {"digest": digest, "headlines": headlines(digest), "so_far": _so_far(digest)}


@cache
def _template(name: str) -> Any:
    html = name.endswith(".html")
    environment = Environment(
        loader=PackageLoader("dashboard.digest", "."),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=None if html else _markdown,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        t=t, n=n, number=number, day=day, moment=moment, clock=clock, problem=problem, language=wording.language.get,
        published=_published, change=_change, period=_period, replies=_replies, outcome=_outcome,
        markdown_link=_markdown_link,
    )  # fmt: skip
    return environment.get_template(name)


def _markdown(value: Any) -> Any:
    """Escapes whatever a Markdown template puts in, as autoescape does for HTML."""
    return value if isinstance(value, Markup) else _MARKDOWN.sub(r"\\\1", str(value))


def _markdown_link(name: str, url: str) -> Markup:
    address = re.sub(r"[^\w\-.~:/?#@!$&'*+,;=%]", lambda sign: "".join(f"%{b:02X}" for b in sign[0].encode()), url)
    return Markup("[{}]({})").format(Markup(_markdown(name)), Markup(address))  # noqa: S704


def _published(post: Excerpt) -> str:
    if post.published_quality == "missing":
        return t("post.undated", moment=moment(post.published_at))
    if post.published_quality == "date_only":
        return day(post.published_at.astimezone(wording.OSLO).date(), "d. MMM y")
    return moment(post.published_at)


def _change(heard: Heard) -> str:
    change = heard.posts - heard.posts_day_before
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{number(abs(change))}"


def _period(source: Uncovered) -> str:
    since, until = clock(source.since), clock(source.until) if source.until else ""
    if source.minutes >= 23 * 60 + 59:
        return t("digest.gap.all_day")
    if source.periods > 1:
        duration = t("digest.gap.duration", hours=source.minutes // 60, minutes=source.minutes % 60)
        key = "several" if until else "several_since"
        return t(f"digest.gap.{key}", count=source.periods, since=since, until=until, duration=duration)
    return t(f"digest.gap.{'between' if until else 'since'}", since=since, until=until)


def _replies(claims: Listed[Any]) -> list[tuple[str, str]]:
    """The approved replies to the posts shown: language form and text, each once."""
    return list(dict.fromkeys((claim.reply_lang, claim.reply) for claim in claims.shown if claim.reply))


def _outcome(value: str) -> str:
    return t(f"outcome.{value}") if has(f"outcome.{value}") else value


def _json(digest: Digest) -> str:
    def plain(value: Any) -> str:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    return json.dumps({"format": JSON_FORMAT, **asdict(digest)}, ensure_ascii=False, indent=2, default=plain) + "\n"


def _csv(digest: Digest) -> str:
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sheet.writerow([t(f"digest.column.{name}") for name in _COLUMNS])
    for row in _rows(digest):
        sheet.writerow([_cell(row.get(name, "")) for name in _COLUMNS])
    return f"\ufeff{out.getvalue()}"


def _cell(value: str | int) -> str | int:
    """Text that a spreadsheet shows as text."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _rows(digest: Digest) -> Iterator[dict[str, str | int]]:
    for line in headlines(digest):
        yield {"part": t("digest.top"), "text": line}
    for heard in (*digest.listening_posts, digest.total):
        yield {
            "part": t("digest.section.heard"),
            "listening_post": heard.title or t("digest.column.all"),
            "posts": heard.posts,
            "before": heard.posts_day_before,
            "conflict": heard.conflict,
            "escalate": heard.escalate,
        }
    part = t("digest.section.correct")
    for fact in digest.contradicted.shown:
        for claim in fact.claims.shown:
            yield _post_row(part, claim.post) | {
                "status": t(f"digest.claim.{claim.state}"),
                "sure": round(claim.score * 100),
                "fact": fact.statement,
                "reply": claim.reply,
            }
        if fact.claims.more:
            yield {"part": part, "fact": fact.statement, "text": n("digest.claim.more", fact.claims.more)}
    yield from _more(part, digest.contradicted)
    for name, posts in (
        ("escalated", digest.escalated),
        ("questions", digest.open_questions),
        ("to_archive", digest.to_archive),
    ):
        part = t(f"digest.section.{name}")
        yield from (_post_row(part, post) for post in posts.shown)
        yield from _more(part, posts)
    part = t("digest.section.archived")
    for decided in digest.archived.shown:
        yield {
            "part": part,
            "text": _joined(decided.title, decided.text),
            "published": moment(decided.decided_at),
            "status": t(
                "digest.post.by",
                outcome=_outcome(decided.outcome),
                name=decided.decided_by,
                clock=clock(decided.decided_at),
            ),
        }
    yield from _more(part, digest.archived)
    part = t("digest.section.uncovered")
    for source in digest.uncovered.shown:
        yield {
            "part": part,
            "source": source.title,
            "status": _period(source),
            "text": problem(source.problem.code, source.problem.details),
        }
    yield from _more(part, digest.uncovered)


def _post_row(part: str, post: Excerpt) -> dict[str, str | int]:
    return {
        "part": part,
        "source": post.source,
        "published": _published(post),
        "author": post.handle,
        "text": _joined(post.title, post.text),
        "link": post.url,
    }


def _more(part: str, listed: Listed[Any]) -> Iterator[dict[str, str | int]]:
    if listed.more:
        yield {"part": part, "text": n("digest.more", listed.more)}


def _joined(title: str, text: str) -> str:
    return f"{title}: {text}" if title and text else title or text


