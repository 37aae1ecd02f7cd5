"""Kilder: how each source is doing, the ones with a problem first."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from dashboard.parts.escape import html, md
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import ago, moment, n, number, problem, t
from data import sources
from data.sources import SourceStatus

Standing = Literal["well", "warned", "failing", "stopped", "new"]


def page() -> None:
    st.title(t("kilder.title"))
    for sentence in services().config_problems:
        st.warning(md(sentence))
    now = services().now()
    found = ask(sources.overview, now)
    polled = [s for s in found if s.kind != "import"]
    imported = [s for s in found if s.kind == "import"]
    if polled:
        well = sum(not needs_attention(s) for s in polled)
        tell = st.success if well == len(polled) else st.warning
        tell(n("kilder.well", well, total=number(len(polled))))
    else:
        st.info(t("kilder.none"))
    for status in polled:
        _card(status, now)
    if imported:
        st.header(t("kilder.imported"))
        for status in imported:
            _card(status, now)


def standing(status: SourceStatus) -> Standing:
    """How a source is doing, in one word."""
    if status.state.stopped:
        return "stopped"
    if status.state.problem:
        return "failing" if status.state.failures else "warned"
    return "well" if status.state.last_success or status.kind == "import" else "new"


def needs_attention(status: SourceStatus) -> bool:
    """Whether somebody should look at a source."""
    return standing(status) in ("warned", "failing", "stopped")


def _card(status: SourceStatus, now: datetime) -> None:
    with st.container(border=True, key=f"kilde-{status.name}"):
        text, action = st.columns([5, 1], vertical_alignment="top")
        text.html(_told(status, now))
        if status.kind != "import" and services().poll_now:
            with action:
                _poll(status)


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
    facts = [] if status.kind == "import" else [(t("kilder.host"), urlsplit(status.url).hostname or status.url)]
    if status.kind != "import":
        facts.append((t("kilder.last_success"), _when(state.last_success, now) or t("kilder.never")))
        if not state.stopped:
            due = state.next_due if state.next_due and state.next_due > now else None
            facts.append((t("kilder.next"), _when(due, now) or t("kilder.now")))
    posts = t("kilder.posts_count", day=number(status.posts_24h), total=number(status.posts_total))
    facts.append((t("kilder.posts"), posts))
    if status.gap_since:
        facts.append((t("kilder.gap"), t("kilder.since", moment=moment(status.gap_since))))
    error = (
        f'<p class="lp-problem">{html(problem(state.problem.code, state.problem.details))}</p>' if state.problem else ""
    )
    rows = "".join(f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>" for name, value in facts)
    return f'<div class="lp-source"><h2>{html(status.title)} {badge}</h2>{error}<dl class="lp-facts">{rows}</dl></div>'


def _when(moment_: datetime | None, now: datetime) -> str:
    return t("kilder.when", ago=ago(moment_, now), moment=moment(moment_)) if moment_ else ""
