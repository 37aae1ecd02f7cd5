"""A digest as Markdown that can also be read as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.digest import words
from dashboard.digest.build import Contradicted, Digest, Excerpt, Listed
from dashboard.wording import clock, day, moment, n, number, problem, t

# Fewer signs than Streamlit's Markdown needs, so that the file can be read: text from outside never begins a line here.
_LIVE = re.compile(r"([\\`*_\[\]<>|#~$&])")
_NOT_IN_ADDRESS = re.compile(r"[^\w\-.~:/?#@!$&'*+,;=%]")


def markdown(digest: Digest) -> str:
    """The digest as Markdown with tables."""
    return "\n".join(_lines(digest)).rstrip() + "\n"


def _lines(digest: Digest) -> Iterator[str]:
    yield f"# {t('digest.title', day=day(digest.day, 'EEEE d. MMMM y'))}"
    so_far = f" · {t('digest.so_far', clock=clock(digest.made_at))}" if words.so_far(digest) else ""
    yield f"\n{t('digest.for', body=_text(digest.body))}{so_far}\n"
    for place, line in enumerate(words.headlines(digest), 1):
        yield f"{place}. {_text(line)}"
    if digest.unlabelled:
        yield f"\n{n('digest.headline.unlabelled', digest.unlabelled)}"
    yield from _contradicted(digest)
    yield from _posts("escalated", digest.escalated, digest)
    yield from _posts("questions", digest.open_questions, digest)
    if digest.listening_posts and not digest.without_day:
        yield from _heard(digest)
    yield from _posts("to_archive", digest.to_archive, digest)
    if digest.archived.shown:
        yield f"\n## {t('digest.section.archived')} ({number(digest.archived.total)})\n"
        for decided in digest.archived.shown:
            outcome = t(f"outcome.{decided.outcome}")
            by = t("digest.by", outcome=outcome, name=decided.decided_by, clock=clock(decided.decided_at))
            yield f"- {_text(by)}: {_said(decided.title, decided.text)}"
        yield from _more(digest.archived)
    if digest.expiring.shown:
        yield f"\n## {t('digest.section.expiring')} ({number(digest.expiring.total)})\n"
        yield f"{t('digest.intro.expiring')}\n"
        for fact in digest.expiring.shown:
            yield f"- {_text(fact.fact_id)}: {_text(fact.statement)} ({_text(words.ending(fact, digest.day))})"
        yield from _more(digest.expiring)
    if digest.uncovered.shown:
        yield f"\n## {t('digest.section.uncovered')} ({number(digest.uncovered.total)})\n"
        yield f"{t('digest.intro.uncovered')}\n"
        for source in digest.uncovered.shown:
            why = problem(source.problem.code, source.problem.details)
            yield f"- **{_text(source.title)}**, {words.period(source)}: {_text(why)}"
        yield from _more(digest.uncovered)
    if digest.silent.shown:
        yield f"\n## {t('digest.section.silent')} ({number(digest.silent.total)})\n"
        yield f"{t('digest.intro.silent')}\n"
        for silent in digest.silent.shown:
            yield f"- **{_text(silent.title)}**: {_text(words.silence(silent))}"
        yield from _more(digest.silent)
    yield f"\n---\n\n{t('digest.made', moment=moment(digest.made_at))}"


def _contradicted(digest: Digest) -> Iterator[str]:
    if not digest.contradicted.shown:
        return
    yield f"\n## {t('digest.section.correct')} ({number(digest.contradicting_posts)})\n"
    yield t("digest.intro.correct")
    for fact in digest.contradicted.shown:
        yield from _fact(fact, digest)
    if digest.contradicted.more:
        yield f"\n… {n('digest.claim.facts_more', digest.contradicted.more)}"


def _fact(fact: Contradicted, digest: Digest) -> Iterator[str]:
    yield f"\n### {t('digest.claim.fact')}: {_text(fact.statement)}\n"
    for claim in fact.claims.shown:
        yield _post(claim.post, digest, words.state(claim))
    if fact.claims.more:
        yield f"- … {n('digest.claim.more', fact.claims.more)}"
    replies = words.replies(fact.claims.shown)
    for lang, reply in replies:
        yield f"\n> **{t(f'digest.claim.reply_{lang}')}:** {_text(reply)}"
    if not replies:
        yield f"\n{t('digest.claim.no_reply')}"
    if fact.url:
        yield f"\n{_link(t('digest.claim.fact_source'), fact.url)}"


def _heard(digest: Digest) -> Iterator[str]:
    columns = ["posts", "before", "change", "conflict", "escalate"]
    if words.so_far(digest):
        columns.remove("change")
    yield f"\n## {t('digest.section.heard')} ({number(digest.total.posts)})\n"
    yield _row([t("digest.column.listening_post"), *(t(f"digest.column.{name}") for name in columns)])
    yield _row(["---", *("---:" for _ in columns)])
    for heard in (*digest.listening_posts, digest.total):
        figures = {
            "posts": number(heard.posts),
            "before": number(heard.posts_day_before),
            "change": words.change(heard),
            "conflict": number(heard.conflict),
            "escalate": number(heard.escalate),
        }
        yield _row([_text(heard.title) or t("digest.column.all"), *(figures[name] for name in columns)])


def _posts(name: str, listed: Listed[Excerpt], digest: Digest) -> Iterator[str]:
    if not listed.shown:
        return
    yield f"\n## {t(f'digest.section.{name}')} ({number(listed.total)})\n"
    yield f"{t(f'digest.intro.{name}')}\n"
    yield from (_post(post, digest) for post in listed.shown)
    yield from _more(listed)


def _post(post: Excerpt, digest: Digest, *notes: str) -> str:
    published = words.published(post, digest.day)
    about = " · ".join(_text(part) for part in (post.source, post.handle, published, *notes) if part)
    link = f" {_link(t('digest.post_link'), post.url)}" if post.url else ""
    return f"- {about}: {_said(post.title, post.text)}{link}"


def _said(title: str, text: str) -> str:
    return " ".join([f"**{_text(title)}**"] * bool(title) + [t("digest.quoted", text=_text(text))] * bool(text))


def _more(listed: Listed[Any]) -> Iterator[str]:
    if listed.more:
        yield f"- … {n('digest.more', listed.more)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return _LIVE.sub(r"\\\1", " ".join(text.split()))


def _link(name: str, url: str) -> str:
    address = _NOT_IN_ADDRESS.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), url)
    return f"[{name}]({address})"
