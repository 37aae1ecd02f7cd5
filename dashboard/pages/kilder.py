"""Kilder: how each source is doing, the ones with a problem first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

import streamlit as st

from collectors import budget
from collectors.post import Source, digest
from dashboard.parts.escape import html, md
from dashboard.parts.person import who
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import ago, clock, moment, n, number, problem, t
from data import sources, suggestions
from data.sources import Gap, LastPoll, SourceStatus
from data.store import Cursor
from data.suggestions import Answer, Suggested

Standing = Literal["well", "silent", "warned", "failing", "stopped", "new"]

_GAP_DAYS: Final = 30
_GAPS_SHOWN: Final = 50
_NOT_ASKED: Final = ("import", "manual")
"""Kinds of sources that people fill."""


def page() -> None:
    st.title(t("kilder.title"))
    for sentence in services().config_problems:
        st.warning(md(sentence))
    now = services().now()
    found = ask(sources.overview, now)
    polled = [s for s in found if s.kind not in _NOT_ASKED]
    filled = [s for s in found if s.kind in _NOT_ASKED]
    if polled:
        well = sum(not needs_attention(s) for s in polled)
        tell = st.success if well == len(polled) else st.warning
        tell(n("kilder.well", well, total=number(len(polled))))
    else:
        st.info(t("kilder.none"))
    for status in polled:
        _card(status, now)
    if filled:
        st.header(t("kilder.imported"))
        for status in filled:
            _card(status, now)
    _suggestions()
    _gaps(now)


def standing(status: SourceStatus) -> Standing:
    """How a source is doing, in one word."""
    if status.state.stopped:
        return "stopped"
    if status.state.problem:
        return "failing" if status.state.failures else "warned"
    if status.silent_for:
        return "silent"
    return "well" if status.state.last_success or status.kind in _NOT_ASKED else "new"


def needs_attention(status: SourceStatus) -> bool:
    """Whether somebody should look at a source."""
    return standing(status) in ("silent", "warned", "failing", "stopped")


def _card(status: SourceStatus, now: datetime) -> None:
    with st.container(border=True, key=f"kilde-{status.name}"):
        text, action = st.columns([5, 1], vertical_alignment="top")
        text.html(_told(status, now))
        if status.kind not in _NOT_ASKED and services().poll_now:
            with action:
                _poll(status)
        if status.from_dashboard:
            action.button(t("kilder.remove"), key=f"fjern-{status.name}", on_click=_remove, args=(status,))


@st.fragment
def _poll(status: SourceStatus) -> None:
    ask_for = services().poll_now
    if st.button(t("kilder.poll"), key=f"hent-{status.name}", help=t("kilder.poll_help"), width="stretch") and ask_for:
        ask_for(status.name)
        st.success(t("kilder.polling"))


def _told(status: SourceStatus, now: datetime) -> str:
    state = status.state
    doing = standing(status)
    badge = f'<span class="lp-badge lp-state-{doing}">{html(t(f"kilder.state_{doing}"))}</span>'
    rows = "".join(f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>" for name, value in _facts(status, now))
    told = [problem(state.problem.code, state.problem.details)] if state.problem else []
    if doing == "silent" and status.silent_for:
        told.append(n("kilder.silent", round(status.silent_for / timedelta(hours=1))))
    errors = "".join(f'<p class="lp-problem">{html(sentence)}</p>' for sentence in told)
    return f'<div class="lp-source"><h2>{html(status.title)} {badge}</h2>{errors}<dl class="lp-facts">{rows}</dl></div>'


def _facts(status: SourceStatus, now: datetime) -> list[tuple[str, str]]:
    """What is told of a source, with its names."""
    state, source = status.state, status.source
    facts = []
    if source:
        facts.append((t("kilder.host"), urlsplit(status.url).hostname or status.url))
        facts.append((t("kilder.last_success"), _when(state.last_success, now) or t("kilder.never")))
        if not state.stopped:
            due = state.next_due if state.next_due and state.next_due > now else None
            facts.append((t("kilder.next"), _when(due, now) or t("kilder.now")))
        if status.last_poll:
            facts.append((t("kilder.last_poll"), _last_poll(status.last_poll)))
        if state.last_item_at:
            facts.append((t("kilder.last_item"), _when(state.last_item_at, now)))
    posts = t("kilder.posts_count", day=number(status.posts_24h), total=number(status.posts_total))
    facts.append((t("kilder.posts"), posts))
    if source and (source.budget.posts is not None or source.budget.nok is not None):
        facts.append((t("kilder.budget"), _spent(status, source)))
        facts.append((t("kilder.forecast"), _forecast(status, source, now)))
    if status.opted_out_24h:
        facts.append((t("kilder.opted_out"), n("kilder.opted_out_count", status.opted_out_24h)))
    if status.gap_since:
        facts.append((t("kilder.gap"), t("kilder.since", moment=moment(status.gap_since))))
    return facts


def _last_poll(last: LastPoll) -> str:
    """«2 nye innlegg, 1 rettet (svar 200, 14,2 kB på 0,3 sekunder)»"""
    brought = [n("kilder.poll_new", last.new), *([n("kilder.poll_edited", last.edited)] if last.edited else [])]
    traffic = last.traffic
    if not traffic.status:
        return ", ".join(brought)
    size, seconds = number(round(traffic.bytes / 1000, 1)), number(round(traffic.milliseconds / 1000, 1))
    return t("kilder.poll_took", brought=", ".join(brought), status=traffic.status, size=size, seconds=seconds)


def _spent(status: SourceStatus, source: Source) -> str:
    """«40 av 200 innlegg, 3,20 av 20 kroner»"""
    spent, limit = status.spent_today, source.budget
    parts = []
    if limit.posts is not None:
        parts.append(t("kilder.budget_posts", spent=number(spent.posts), limit=number(limit.posts)))
    if limit.nok is not None:
        nok = number(round(float(spent.nok), 2))
        parts.append(t("kilder.budget_nok", spent=nok, limit=number(float(limit.nok))))
    return ", ".join(parts)


def _forecast(status: SourceStatus, source: Source, now: datetime) -> str:
    """«120 innlegg, 9,90 kroner», and when the budget is used up."""
    expected = budget.forecast(status.spent_today, now, source.budget, budget.usual_posts(status.state.cursor))
    told = t("kilder.forecast_day", posts=number(expected.posts), nok=number(float(expected.nok)))
    if expected.stops_at and expected.stops_at > now:
        told += " " + t("kilder.forecast_stops", clock=clock(expected.stops_at))
    return told


def _when(moment_: datetime | None, now: datetime) -> str:
    return t("kilder.when", ago=ago(moment_, now), moment=moment(moment_)) if moment_ else ""


def _remove(status: SourceStatus) -> None:
    services().store.write(lambda cursor: sources.remove(cursor, status.name))


def _suggestions() -> None:
    """Comment feeds below posts that are held, to be followed or not."""
    offered = ask(suggestions.waiting)
    if not offered:
        return
    st.header(t("kilder.suggestions"))
    st.caption(t("kilder.suggestions_about"))
    for suggested in offered:
        key = digest(suggested.url)[:12]
        with st.container(border=True, key=f"forslag-{key}"):
            host = urlsplit(suggested.url).hostname or ""
            about = t("kilder.suggestion_about", source=suggested.source_title, host=host)
            st.html(f'<h3 class="lp-title lp-text">{html(suggested.title)}</h3><p class="lp-meta">{html(about)}</p>')
            with st.container(horizontal=True):
                for given in ("taken", "refused"):
                    st.button(
                        t(f"kilder.suggestion_{given}"), key=f"{given}-{key}", on_click=_answer, args=(suggested, given)
                    )
            if st.session_state.get(f"forslag-feil-{key}"):
                st.error(t("kilder.suggestion_name_missing"))


def _answer(suggested: Suggested, given: Answer) -> None:
    """Keep an answer, and follow what was taken."""
    lent, by = services(), who()
    short = digest(suggested.url)[:12]
    st.session_state[f"forslag-feil-{short}"] = not by
    if not by:
        return
    title = t("kilder.comments_of", title=suggested.title)[:80]
    source = Source(f"kommentarer {short}", suggested.url, title=title)

    def work(cursor: Cursor) -> None:
        if suggestions.answer(cursor, suggested.url, given, by, lent.now()) and given == "taken":
            sources.add(cursor, source)

    lent.store.write(work)
    if given == "taken" and lent.poll_now:
        lent.poll_now(source.name)


def _gaps(now: datetime) -> None:
    """The log of periods that were not covered, the newest first."""
    found: list[Gap] = ask(sources.gaps, now - timedelta(days=_GAP_DAYS), now)
    if not found:
        return
    st.header(t("kilder.gaps"))
    st.caption(t("kilder.gaps_about", days=number(_GAP_DAYS)))
    newest = sorted(found, key=lambda gap: gap.started_at, reverse=True)
    head = "".join(f'<th scope="col">{html(t(f"kilder.gaps_{name}"))}</th>' for name in ("source", "from", "to", "why"))
    body = "".join(
        f"<tr><td>{html(gap.title)}</td><td>{html(moment(gap.started_at))}</td>"
        f"<td>{html(moment(gap.ended_at) if gap.ended_at else t('kilder.gaps_open'))}</td>"
        f"<td><strong>{html(t(f'kilder.cause_{gap.cause}'))}</strong>: "
        f"{html(problem(gap.problem.code, gap.problem.details))}</td></tr>"
        for gap in newest[:_GAPS_SHOWN]
    )
    st.html(f'<table class="lp-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    if len(newest) > _GAPS_SHOWN:
        st.caption(n("gaps.more", len(newest) - _GAPS_SHOWN))
