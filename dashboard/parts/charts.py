"""Charts with their finding in words and their numbers in a table. What is drawn is counted by data/ already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

import altair as alt
import pyarrow as pa
import streamlit as st

from dashboard.parts.escape import html
from dashboard.wording import day, number, t

MOST_BARS: Final = 100
_HEIGHT = 240
_INK: Final = {
    "light": ("#101418", "#5b8fbf", "#9c1c1c", "#d3d9e0"),
    "dark": ("#f3f6f9", "#8cc0f2", "#ff9c94", "#3d4752"),
}
_ROW: Final = pa.schema(
    [
        *((n, pa.string()) for n in ("name", "tick")),
        *((n, pa.int32()) for n in ("posts", "conflict", "uncovered")),
    ]
)
_NORWEGIAN: Final = {"number": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", " kr"]}}


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, or several, from `first` to `last`."""

    first: date
    last: date
    posts: int
    conflict: int
    uncovered: bool = False
    """Some source was not covered on a day of these."""

    @property
    def name(self) -> str:
        return self.named("d. MMM y")

    def named(self, style: str) -> str:
        """«27. okt.», «27. okt.–2. nov.»; `style` is how its last day is written."""
        last = day(self.last, style)
        return last if self.first == self.last else t("charts.period", first=day(self.first, "d. MMM"), last=last)


def by_period(rows: Sequence[dict[str, Any]], uncovered: frozenset[date] = frozenset()) -> list[Bar]:
    """Rows of data.listening.volume_by_day as at most MOST_BARS bars: by day, or by as many whole weeks as it takes."""
    weeks = 0 if len(rows) <= MOST_BARS else -(-len(rows) // (MOST_BARS * 7))
    if not weeks:
        return [Bar(r["day"], r["day"], r["posts"], r["conflict"], r["day"] in uncovered) for r in rows]
    monday = rows[0]["day"] - timedelta(days=rows[0]["day"].weekday())
    bars = []
    for _, several in groupby(rows, lambda r: (r["day"] - monday).days // (7 * weeks)):
        days = list(several)
        bars.append(
            Bar(
                days[0]["day"],
                days[-1]["day"],
                sum(r["posts"] for r in days),
                sum(r["conflict"] for r in days),
                any(r["day"] in uncovered for r in days),
            )
        )
    return bars


def ticks(bars: Sequence[Bar], this_year: int) -> list[str]:
    """What stands under each bar: without the year where all of them are of this one."""
    plain = {b.first.year for b in bars} | {b.last.year for b in bars} == {this_year}
    return [b.named("d. MMM" if plain else "d. MMM y") for b in bars]


def volume(bars: Sequence[Bar], this_year: int, key: str) -> None:
    """Posts over time, those with conflict among them, and the days that were not covered."""
    posts, conflict = sum(b.posts for b in bars), sum(b.conflict for b in bars)
    top = max(bars, key=lambda b: b.posts)
    finding = t("charts.volume", posts=number(posts), conflict=number(conflict), top=top.name, most=number(top.posts))
    ink, blue, red, grey = _INK["dark" if st.context.theme.type == "dark" else "light"]
    named = {"uncovered": t("charts.uncovered"), "posts": t("charts.posts"), "conflict": t("charts.conflict")}
    tooltip = [
        alt.Tooltip("name:N", title=t("charts.when")),
        alt.Tooltip("posts:Q", title=named["posts"]),
        alt.Tooltip("conflict:Q", title=named["conflict"]),
    ]

    def bars_of(field: str, width: float) -> Any:
        return (
            alt.Chart()
            .mark_bar(width=alt.RelativeBandSize(width), opacity=1, aria=False)
            .encode(
                x=alt.X("tick:N", title=None, sort=None),
                y=alt.Y(f"{field}:Q", title=None, stack=None),
                color=alt.ColorDatum(named[field], title=None),
                tooltip=tooltip,
            )
        )

    tallest = max(top.posts, 1)
    rows = [
        {
            "name": b.name,
            "tick": tick,
            "posts": b.posts,
            "conflict": b.conflict,
            "uncovered": tallest if b.uncovered else 0,
        }
        for b, tick in zip(bars, ticks(bars, this_year), strict=True)
    ]
    # Conflict is told by its width as well as by its colour.
    chart = (
        alt.layer(
            bars_of("uncovered", 1),
            bars_of("posts", 0.8),
            bars_of("conflict", 0.4),
            data=pa.Table.from_pylist(rows, schema=_ROW),
        )
        .properties(height=_HEIGHT)
        .configure(aria=False, locale=_NORWEGIAN)
        .configure_view(stroke=None)
        .configure_axis(labelColor=ink, aria=False)
        .configure_axisX(labelAngle=0, labelOverlap="greedy", labelSeparation=12, tickSize=0)
        .configure_axisY(tickCount=4, format="d", gridOpacity=0.5)
        .configure_range(category=[grey, blue, red])
        .configure_legend(orient="top", labelColor=ink, aria=False)
    )
    st.altair_chart(chart, key=key, alt=finding)
    _as_table(bars, key)


@st.fragment
def _as_table(bars: Sequence[Bar], key: str) -> None:
    numbers = st.expander(t("app.as_table"), key=f"{key}-tall", on_change="rerun")
    if numbers.open:
        columns = [t("charts.when"), t("charts.posts"), t("charts.conflict")]
        rows = [[b.name, number(b.posts), number(b.conflict)] for b in reversed(bars)]
        numbers.html(table(columns, rows))


def counted(title: str, rows: Sequence[tuple[str, int]], total: int) -> str:
    """A bar chart as an HTML table: a name, a bar and a number for each row. Shares are of `total`."""
    most = max((count for _, count in rows), default=1)
    lines = "".join(
        f"<tr><th scope='row'>{html(name)}</th>"
        f"<td class='lp-bar'><span style='width:{100 * count / most:.1f}%'></span></td>"
        f"<td class='lp-number'>{html(number(count))}</td>"
        f"<td class='lp-number'><small>{html(percent(count, total))}</small></td></tr>"
        for name, count in rows
    )
    nothing = f"<tr><td>{html(t('charts.nothing'))}</td></tr>"
    return f"<table class='lp-table lp-bars'><caption>{html(title)}</caption><tbody>{lines or nothing}</tbody></table>"


def percent(part: int, whole: int) -> str:
    """«12 %»"""
    return t("charts.percent", percent=round(100 * part / whole) if whole else 0)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table: the first column names the row, the others hold numbers."""
    head = "".join(
        f"<th scope='col'{' class=lp-number' if place else ''}>{html(c)}</th>" for place, c in enumerate(columns)
    )
    body = "".join(
        f"<tr><th scope='row'>{html(first)}</th>{''.join(f'<td class=lp-number>{html(v)}</td>' for v in rest)}</tr>"
        for first, *rest in rows
    )
    return f"<table class='lp-table'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
