"""Oversikt: what needs attention today, with a way to each of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Final, Literal

import streamlit as st

from dashboard.digest import build_to_export, render
from dashboard.pages.kilder import needs_attention
from dashboard.parts import filters
from dashboard.parts.charts import percent
from dashboard.parts.escape import html, md
from dashboard.parts.gaps import gap_lines
from dashboard.parts.navigation import link
from dashboard.parts.post import post_card
from dashboard.parts.query import ask, read
from dashboard.services import services
from dashboard.wording import day, n, number, t
from data import archive, corrections, facts, listening, sources
from data.listening import Filter
from data.posts import OSLO

Format = Literal["html", "md", "csv", "json"]

_MIME: Final[dict[Format, str]] = {
    "html": "text/html",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
}
_WEEK: Final = 7
_ESCALATED_DAYS: Final = 30
_ESCALATED_SHOWN: Final = 3
_ESCALATED_READ: Final = 25
_SURE: Final = 0.6
_NOON: Final = 12


def page() -> None:
    st.title(t("oversikt.title"))
    if ask(listening.first_day) is None:
        _start()
        return
    st.caption(t("oversikt.today", day=day(filters.today(), "EEEE d. MMMM y")))
    _attention()
    _facts()
    _listening_posts()
    _escalated()
    _not_covered()
    _digest()


def _attention() -> None:
    now = services().now().replace(second=0, microsecond=0)
    found = read(sources.overview, now)
    new = sum(s.posts_24h for s in found)
    before = sum(s.posts_24h for s in read(sources.overview, now - timedelta(days=1)))
    week = read(listening.totals, Filter(*filters.last_days(_WEEK)))
    earlier = read(listening.totals, Filter(*filters.last_days(_WEEK, before=_WEEK)))
    polled = [s for s in found if s.kind != "import"]
    failing = sum(needs_attention(s) for s in polled)
    with st.grid(3, min_column_width=160):
        _tile(
            "new",
            number(new),
            _difference(new - before, "oversikt.new_change"),
            lambda: link("lytteposter", t("oversikt.new_link"), **filters.address(days=_WEEK)),
        )
        _tile(
            "conflict",
            percent(week.conflict, week.posts),
            t("oversikt.conflict_before", percent=percent(earlier.conflict, earlier.posts)),
            lambda: link("lytteposter", t("oversikt.conflict_link"), **filters.address(conflict=2, days=_WEEK)),
        )
        _tile(
            "escalate",
            number(week.escalate),
            t("oversikt.escalate_before", count=number(earlier.escalate)),
            lambda: link("lytteposter", t("oversikt.escalate_link"), **filters.address(conflict=3, days=_WEEK)),
        )
        _tile(
            "corrections",
            number(ask(corrections.counts, services().now())["open"]),
            t("oversikt.corrections_note"),
            lambda: link("faktakorrigering", t("oversikt.corrections_link")),
        )
        _tile(
            "archive",
            number(ask(archive.counts)["suggested"]),
            t("oversikt.archive_note"),
            lambda: link("arkiv", t("oversikt.archive_link")),
        )
        _tile(
            "sources",
            number(failing),
            t("oversikt.sources_note", total=number(len(polled))),
            lambda: link("kilder", t("oversikt.sources_link")),
        )


def _facts() -> None:
    """A line where facts end that nothing follows."""
    if ending := ask(facts.expiring, filters.today()):
        with st.container(horizontal=True, vertical_alignment="center", key="fakta-gar-ut"):
            st.html(f'<p class="lp-meta lp-line">{html(n("oversikt.facts", len(ending)))}</p>')
            link("fakta", t("oversikt.facts_link"))


def _tile(name: str, value: str, note: str, way: Callable[[], None]) -> None:
    """A number, what to hold it against, and a way to what it counts."""
    with st.container(border=True, gap="xsmall", height="stretch", key=f"tall-{name}"):
        st.metric(t(f"oversikt.{name}"), value)
        st.caption(md(note))
        way()


def _difference(change: int, key: str) -> str:
    if change == 0:
        return t(f"{key}_none")
    return n(f"{key}_{'more' if change > 0 else 'fewer'}", abs(change))


def _listening_posts() -> None:
    """What each listening post heard in a week, against the week before."""
    posts = read(listening.listening_posts)
    if not posts:
        return
    st.header(t("oversikt.listening_posts"))
    st.caption(t("oversikt.listening_posts_note"))
    now, before = filters.last_days(_WEEK), filters.last_days(_WEEK, before=_WEEK)
    for info in posts:
        heard = read(listening.totals, Filter(*now, listening_post=info.name))
        earlier = read(listening.totals, Filter(*before, listening_post=info.name)).posts
        with st.container(horizontal=True, vertical_alignment="center", key=f"lyttepost-{info.name}"):
            with st.container(width=280):
                link("lytteposter", md(info.title), **filters.address(info.name, days=_WEEK))
            told = [
                n("oversikt.heard", heard.posts),
                _difference(heard.posts - earlier, "oversikt.week_change"),
                n("oversikt.heard_conflict", heard.conflict),
            ]
            st.html(f'<p class="lp-meta lp-line">{html(", ".join(told))}</p>')


def _escalated() -> None:
    st.header(t("oversikt.escalated"))
    start, end = filters.last_days(_ESCALATED_DAYS)
    newest = read(listening.page, Filter(start, end, conflict=3), 1, _ESCALATED_READ)
    # The sure ones first, each kind newest first: a doubtful threat on the front page wears out who reads it.
    found = sorted(newest, key=lambda view: view.scores.get("conflict", 0) < _SURE)[:_ESCALATED_SHOWN]
    if not found:
        st.html(f"<p>{html(t('oversikt.escalated_none'))}</p>")
    for view in found:
        post_card(view, key=f"hets-{view.post_id}")


def _not_covered() -> None:
    now = services().now().astimezone(UTC).replace(second=0, microsecond=0)
    gaps = read(sources.gaps, now - timedelta(days=_WEEK), now, timedelta(hours=1))
    st.header(t("oversikt.gaps"))
    if gaps:
        gap_lines(gaps)
    else:
        st.html(f"<p>{html(t('oversikt.gaps_none'))}</p>")


@st.fragment
def _digest() -> None:
    st.header(t("oversikt.digest"))
    st.html(f"<p>{html(t('oversikt.digest_note'))}</p>")
    formats: tuple[Format, ...] = ("html", "md", "csv", "json")
    first, second = st.columns([1, 3], vertical_alignment="bottom")
    today = filters.today()
    with first:
        # In the morning, the page that a leader reads is yesterday's.
        usual = today - timedelta(days=1) if services().now().astimezone(OSLO).hour < _NOON else today
        chosen = st.date_input(
            t("oversikt.digest_day"), usual, max_value=today, key="oppsummering-dag", format="DD.MM.YYYY"
        )
    with second:
        form: Format = st.segmented_control(
            t("oversikt.digest_format"),
            formats,
            default="html",
            format_func=lambda f: t(f"oversikt.format_{f}"),
            key="oppsummering-format",
            required=True,
        )
    file_name = f"{t('oversikt.digest_file')}-{(chosen or usual).isoformat()}.{form}"
    st.download_button(
        t("oversikt.digest_button"),
        data=lambda: _rendered(chosen or usual, form),
        file_name=file_name,
        mime=_MIME[form],
        key="oppsummering",
        type="primary",
        on_click="ignore",
    )
    st.caption(md(file_name))


def _rendered(chosen: date, form: Format) -> str:
    lent = services()
    return render(build_to_export(lent.store, lent.body, chosen, lent.now(), lent.check_before_export), form)


def _start() -> None:
    """What to do first, where nothing has been heard yet."""
    known = [s for s in ask(sources.overview, services().now()) if s.kind != "import"]
    st.html(f"<p>{html(t('oversikt.start_waiting' if known else 'oversikt.start'))}</p>")
    if known:
        link("kilder", t("oversikt.start_sources"))
    st.header(t("oversikt.start_listening"))
    st.html(f"<p>{html(t('oversikt.start_listening_how'))}</p>")
    st.code(t("oversikt.start_example"), language="toml")
    st.header(t("oversikt.start_import"))
    st.html(f"<p>{html(t('oversikt.start_import_how'))}</p>")
    st.code(t("oversikt.start_import_example"), language="bash")
