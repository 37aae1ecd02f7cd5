"""Lytteposter: what was said, how much of it, by whom, and the posts themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import streamlit as st

from dashboard.parts import charts, filters, paging
from dashboard.parts.add_post import add_post
from dashboard.parts.escape import html, md
from dashboard.parts.gaps import days_not_covered, gap_lines
from dashboard.parts.names import label
from dashboard.parts.post import post_card
from dashboard.parts.query import read
from dashboard.wording import n, number, t
from data import listening, sources
from data.listening import Dimension, Filter, Order, Totals
from data.posts import OSLO

_ORDERS: Final[tuple[Order, ...]] = ("newest", "conflict")


def page() -> None:
    st.title(t("lytteposter.title"))
    chosen = filters.choose()
    if chosen is None:
        return
    _purpose(chosen.listening_post)
    totals = read(listening.totals, chosen)
    _numbers(totals)
    _volume(chosen, totals)
    if totals.posts:
        _labels(chosen, totals)
        _posts(chosen, totals.posts)
    else:
        st.info(t("lytteposter.nothing"))
    add_post()


def _purpose(name: str) -> None:
    """What the listening post is for, and its words."""
    for info in read(listening.listening_posts):
        if info.name == name:
            words = [*info.keywords, *(f"#{tag}" for tag in info.hashtags)]
            heard = t("lytteposter.words", words=", ".join(words)) if words else t("lytteposter.no_words")
            st.html(f'<p class="lp-meta">{html(t("lytteposter.purpose", purpose=info.purpose))} {html(heard)}</p>')


def _numbers(totals: Totals) -> None:
    share = charts.percent(totals.conflict, totals.posts)
    with st.grid(5, min_column_width=140):
        st.metric(t("lytteposter.posts"), number(totals.posts), border=True)
        st.metric(
            t("lytteposter.conflict"), number(totals.conflict), border=True, help=md(t("lytteposter.conflict_help"))
        )
        st.metric(t("lytteposter.share"), share, border=True)
        st.metric(t("lytteposter.escalate"), number(totals.escalate), border=True)
        st.metric(t("lytteposter.questions"), number(totals.questions), border=True)
    if totals.unlabelled:
        st.caption(n("lytteposter.unlabelled", totals.unlabelled))


def _volume(chosen: Filter, totals: Totals) -> None:
    st.header(t("lytteposter.volume"))
    gaps = read(sources.gaps, _midnight(chosen.start), _midnight(chosen.end + timedelta(days=1)), timedelta(hours=1))
    if chosen.source:
        gaps = [gap for gap in gaps if gap.source == chosen.source]
    if totals.posts:
        rows = read(listening.volume_by_day, chosen)
        bars = charts.by_period(rows, days_not_covered(gaps, chosen.start, chosen.end))
        charts.volume(bars, filters.today().year, key="volum")
    if gaps:
        st.subheader(t("gaps.title"))
        gap_lines(gaps)


def _labels(chosen: Filter, totals: Totals) -> None:
    st.header(t("lytteposter.who"))
    columns: tuple[tuple[tuple[Dimension, str], ...], ...] = (
        (("topics", "topic"),),
        (("actor", "actor"), ("stance", "stance")),
    )
    for column, dimensions in zip(st.columns(2, gap="medium"), columns, strict=True):
        for dimension, table in dimensions:
            found = read(listening.counts, chosen, dimension)
            named = [(label(table, row["value"]), row["posts"]) for row in found]
            column.html(charts.counted(t(f"lytteposter.{dimension}"), named, totals.posts))
    st.caption(t("lytteposter.stance_note"))


@st.fragment
def _posts(chosen: Filter, total: int) -> None:
    st.header(t("lytteposter.list"))
    order = st.segmented_control(
        t("lytteposter.order"),
        _ORDERS,
        default="newest",
        format_func=lambda o: t(f"lytteposter.order_{o}"),
        key="sorter",
        required=True,
        bind="query-params",
    )
    place, shown = paging.choose(total)
    with place:
        paging.top(t("lytteposter.range", **paging.numbers(shown, total)), shown)
        for view in read(listening.page, chosen, shown, paging.SIZE, order):
            post_card(view, key=view.post_id[:12])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO).astimezone(UTC)
