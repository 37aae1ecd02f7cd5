"""Periods that a source did not cover, told wherever something is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import streamlit as st

from dashboard.parts.escape import html
from dashboard.wording import moment, n, problem, t
from data.posts import oslo_day
from data.sources import Gap

_SHOWN: Final = 5


def gap_lines(gaps: Sequence[Gap]) -> None:
    """A line for each period, the newest first, and how many more there are."""
    newest = sorted(gaps, key=lambda gap: gap.started_at, reverse=True)
    lines = "".join(f"<li>{html(sentence(gap))}</li>" for gap in newest[:_SHOWN])
    rest = len(gaps) - _SHOWN
    more = f"<p class='lp-meta'>{html(n('gaps.more', rest))}</p>" if rest > 0 else ""
    st.html(f"<div class='lp-gaps'><ul>{lines}</ul>{more}</div>")


def sentence(gap: Gap) -> str:
    """«Lokalavisa: 3. nov. 2026 kl. 10.00 til 3. nov. 2026 kl. 14.00. Nettstedet svarte ikke.»"""
    why = problem(gap.problem.code, gap.problem.details)
    start = moment(gap.started_at)
    if gap.ended_at is None:
        return t("gaps.open", source=gap.title, start=start, why=why)
    return t("gaps.closed", source=gap.title, start=start, end=moment(gap.ended_at), why=why)


def days_not_covered(gaps: Sequence[Gap], start: date, end: date) -> frozenset[date]:
    """The days from `start` to `end` that some source did not cover all of."""
    days: set[date] = set()
    for gap in gaps:
        first = max(oslo_day(gap.started_at), start)
        last = min(oslo_day(gap.ended_at), end) if gap.ended_at else end
        days.update(first + timedelta(days=i) for i in range((last - first).days + 1))
    return frozenset(days)
