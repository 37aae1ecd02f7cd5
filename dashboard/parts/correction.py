"""What is seen of an item of the correction queue: the fact, why it stands where it stands, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from dashboard.parts.escape import html, web_address
from dashboard.parts.post import author, published, spread, sureness
from dashboard.wording import day, moment, n, number, t
from data.corrections import DEADLINE_DAYS, LIKES, VIEWS, DecisionRow, Item
from data.posts import oslo_day
from models.labels import Fact
from models.replies import Reply

REASONS: Final = (
    "opinion",
    "satire",
    "private_person",
    "already_answered",
    "politics",
    "expired",
    "wrong_match",
    "other",
)
"""Why something is not corrected; what else is kept is a note that somebody wrote."""
_FAST: Final = 5
"""So many posts on a fact in 48 hours spread fast; more than one are told, too."""
_FAR: Final = 20
"""So many shares, or what counts as such, are far."""
_WRONG, _NEARLY = 0.75, 0.25
"""A severity from which a claim is far from what is right, and below which it is near."""
_PARENT_FOLD: Final = 280


def the_fact(item: Item) -> str:
    """The fact with the part that the post clashes with, where it is published, and how sure the match is."""
    fact, match = item.fact, item.match
    about = [
        f'<span class="lp-badge">{html(t(f"faktakorrigering.now.{item.state}"))}</span>',
        *([html(t("faktakorrigering.held_by", name=item.holder))] if item.holder else []),
        html(t("faktakorrigering.sure", sure=sureness(match.score))),
        html(t("faktakorrigering.fact_id", id=fact.id)),
        _source(fact),
    ]
    statement = html(fact.statement_nb, [match.in_fact] if match.in_fact else [])
    return (
        f'<h3 class="lp-title lp-text">{html(t("faktakorrigering.correct"))} <span lang="nb">{statement}</span></h3>'
        f'<p class="lp-meta">{_dots(about)}</p>'
    )


def standing(item: Item, now: datetime) -> str:
    """How far the rumour has come, and why it stands where it stands; empty where there is nothing to tell."""
    told = [n("faktakorrigering.on_fact", item.spread.last_7_days)] if item.spread.last_7_days > 1 else []
    if item.merged and (counts := spread(item.spread.metrics)):
        told.append(t("faktakorrigering.with_copies", counts=counts))
    if item.state in ("open", "assigned", "drafted", "approved") and item.holds:
        told += [t("faktakorrigering.why", reasons=", ".join(why))] if (why := list(_why(item, now))) else []
    return f'<p class="lp-meta">{_dots(html(line) for line in told)}</p>' if told else ""


def parent(item: Item) -> str:
    """What the post answers; empty where it answers nothing that we hold."""
    if not (view := item.parent):
        return ""
    about = [html(t("faktakorrigering.answers")), f"<bdi>{html(author(view))}</bdi>", html(published(view))]
    text = view.text if len(view.text) <= _PARENT_FOLD else f"{view.text[:_PARENT_FOLD].rstrip()} …"
    return (
        f'<ol class="lp-thread"><li><p class="lp-meta">{_dots(about)}</p>'
        f'<div class="lp-text" dir="auto">{html(text)}</div></li></ol>'
    )


def not_holding(item: Item) -> str:
    """Why the fact corrects nothing here, as plain text, with what holds now."""
    fact = item.fact
    last = day(date.fromisoformat(fact.valid_to)) if fact.valid_to else ""
    said = [
        t("faktakorrigering.did_not_hold") if not item.match.holds else t("faktakorrigering.has_expired", last=last)
    ]
    if item.successor:
        said.append(
            t("faktakorrigering.successor", id=item.successor.id, statement=item.successor.statement_nb),
        )
    return " ".join(said)


def about_reply(item: Item, reply: Reply) -> str:
    """Which reply it is, how long, and who approved it."""
    drafted = item.drafted
    if drafted and drafted.decision == "approved":
        name, by = t("faktakorrigering.reply_draft"), t("faktakorrigering.approved_by", name=drafted.decided_by)
    elif drafted:
        name, by = t("faktakorrigering.reply_draft"), t("faktakorrigering.drafted_by", name=drafted.decided_by)
    else:
        name, by = t(f"faktakorrigering.reply_{reply.lang}"), _approved(item.fact)
    length = n("faktakorrigering.length", reply.length)
    if reply.limit:
        length = t("faktakorrigering.of_limit", length=number(reply.length), limit=number(reply.limit))
    return f'<p class="lp-meta">{html(t("faktakorrigering.reply_about", name=name, length=length, by=by))}</p>'


def since_answer(item: Item) -> str:
    """What is known by itself of an answered post; empty for others."""
    if not (answered := item.answered):
        return ""
    known = []
    if gone(item):
        known.append(t("faktakorrigering.since.gone"))
    if edited(item):
        known.append(t("faktakorrigering.since.edited"))
    if item.spread.since_answer:
        known.append(n("faktakorrigering.since.posts", item.spread.since_answer))
    lines = known or [t("faktakorrigering.since.nothing")]
    when = t("faktakorrigering.since.answer", moment=moment(answered.decided_at))
    return f'<p class="lp-meta">{_dots(html(line) for line in (when, *lines))}</p>'


def gone(item: Item) -> bool:
    """Whether the post stands no more where it was written, as far as we know."""
    return item.post.state != "live" or item.post.missing_since is not None


def edited(item: Item) -> bool:
    """Whether the post was edited after it was answered."""
    return bool(item.answered and item.answered.revision < item.post.revision)


def history(item: Item) -> str:
    """What was decided, the newest first."""
    lines = "".join(f"<li>{_decided(row)}</li>" for row in reversed(item.history))
    return f'<div class="lp-gaps"><p class="lp-meta">{html(t("faktakorrigering.history"))}</p><ul>{lines}</ul></div>'


def what(row: DecisionRow) -> str:
    """What somebody did: «tok saken», «skrev utkast til svar»."""
    if row.decision == "assigned":
        if row.assignee == row.decided_by:
            return t("faktakorrigering.took")
        return t("faktakorrigering.gave", name=row.assignee)
    return t(f"faktakorrigering.decision.{row.decision}")


def _why(item: Item, now: datetime) -> Iterable[str]:
    recent = item.spread.last_48_hours
    if recent > 1:
        spreads = "fast" if recent >= _FAST else "several"
        yield n(f"faktakorrigering.reason_why.{spreads}", recent)
    metrics = item.spread.metrics
    shares = sum(count or 0 for count in (metrics.replies, metrics.reposts, metrics.quotes))
    if shares + (metrics.likes or 0) / LIKES + (metrics.views or 0) / VIEWS >= _FAR:
        yield t("faktakorrigering.reason_why.far")
    if item.match.severity >= _WRONG:
        yield t("faktakorrigering.reason_why.wrong")
    elif item.match.severity < _NEARLY:
        yield t("faktakorrigering.reason_why.nearly")
    if item.match.deadline:
        days = (date.fromisoformat(item.match.deadline) - oslo_day(now)).days
        if days < 0:
            yield t("faktakorrigering.reason_why.passed")
        elif days < 2:
            yield t("faktakorrigering.reason_why.tomorrow") if days else t("faktakorrigering.reason_why.today")
        elif days <= DEADLINE_DAYS:
            yield n("faktakorrigering.reason_why.deadline", days)


def _source(fact: Fact) -> str:
    if not (url := web_address(fact.source_url)):
        return html(t("faktakorrigering.no_source"))
    named = html(t("faktakorrigering.source", url=url))
    return f'<a href="{html(url)}" target="_blank">{named}</a>'


def _approved(fact: Fact) -> str:
    if fact.approved_by and fact.approved_at:
        return t("faktakorrigering.approved", by=fact.approved_by, day=day(date.fromisoformat(fact.approved_at)))
    if fact.approved_by:
        return t("faktakorrigering.approved_undated", by=fact.approved_by)
    return t("faktakorrigering.not_approved")


def _decided(row: DecisionRow) -> str:
    said = t("faktakorrigering.decided", moment=moment(row.decided_at), name=row.decided_by, decision=what(row))
    parts = [html(said) + "."]
    if row.outcome:
        parts.append(html(t(f"faktakorrigering.outcome.{row.outcome}")) + ".")
    if row.reason:
        reason = _worded(row.reason) if row.decision == "dismissed" else row.reason
        kind = "note" if row.outcome else "reason"
        parts.append(html(t(f"faktakorrigering.with_{kind}", reason=reason)))
    if row.draft and row.decision == "drafted":
        parts.append(f"<q>{html(row.draft)}</q>")
    if url := web_address(row.reply_url):
        parts.append(f'<a href="{html(url)}" target="_blank">{html(t("faktakorrigering.see_reply"))}</a>')
    return " ".join(parts)


def _worded(reason: str) -> str:
    """A kept reason in words; one that was not given here is shown as it stands."""
    code, _, note = reason.partition(": ")
    if code not in REASONS:
        return reason
    if code == "other" and note:
        return note
    worded = t(f"faktakorrigering.reason.{code}")
    return t("faktakorrigering.reason_note", reason=worded, note=note) if note else worded


def _dots(parts: Iterable[str]) -> str:
    return " <span aria-hidden=true>·</span> ".join(parts)
