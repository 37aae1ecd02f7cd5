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
    "light": {
        "ink": "#101418",
        "blue": "#5b8fbf",
        "red": "#9c1c1c",
        "grey": "#d3d9e0",
        "dark": "#0b4f8a",
        "green": "#1d6b3a",
    },
    "dark": {
        "ink": "#f3f6f9",
        "blue": "#8cc0f2",
        "red": "#ff9c94",
        "grey": "#3d4752",
        "dark": "#2f74b5",
        "green": "#8ed7a8",
    },
}
_NORWEGIAN: Final = {"number": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", " kr"]}}


@dataclass(frozen=True, slots=True)
class Work:
    """What was found to correct in a week or a month, `name`d in full and, under its bar, in short."""

    name: str
    tick: str
    found: int
    answered: int
    within: int
    uncovered: bool = False


@dataclass(frozen=True, slots=True)
class _Layer:
    """Bars of a field of the rows; those of several layers stand one in front of the other."""

    field: str
    title: str
    width: float
    """A share of the place there is: bars are told by it as well as by their colour."""
    colour: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, or several, from `first` to `last`."""

    first: date
    last: date
    posts: int
    conflict: int
    uncovered: bool = False
    """Some source was not covered on a day of these."""
    answers: int = 0
    """What the body answered on these days, where that is told."""

    @property
    def name(self) -> str:
        return self.named("d. MMM y")

    def named(self, style: str) -> str:
        """«27. okt.», «27. okt.–2. nov.»; `style` is how its last day is written."""
        last = day(self.last, style)
        return last if self.first == self.last else t("charts.period", first=day(self.first, "d. MMM"), last=last)


def by_period(rows: Sequence[dict[str, Any]], uncovered: frozenset[date] = frozenset()) -> list[Bar]:
    """Rows of data.listening.volume_by_day as at most MOST_BARS bars: by day, or by as many whole weeks as it takes.
    Rows may tell `answers`, too."""
    weeks = 0 if len(rows) <= MOST_BARS else -(-len(rows) // (MOST_BARS * 7))
    monday = rows[0]["day"] - timedelta(days=rows[0]["day"].weekday()) if rows else date.min
    bars = []
    for _, several in groupby(rows, lambda r: (r["day"] - monday).days // (7 * weeks) if weeks else r["day"]):
        days = list(several)
        bars.append(
            Bar(
                days[0]["day"],
                days[-1]["day"],
                sum(r["posts"] for r in days),
                sum(r["conflict"] for r in days),
                any(r["day"] in uncovered for r in days),
                sum(r.get("answers", 0) for r in days),
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
    layers = (
        _Layer("uncovered", t("charts.uncovered"), 1, "grey"),
        _Layer("posts", t("charts.posts"), 0.8, "blue"),
        _Layer("conflict", t("charts.conflict"), 0.4, "red"),
    )
    _draw(rows, layers, finding, key)
    columns = [t("charts.when"), t("charts.posts"), t("charts.conflict")]
    _as_table(columns, [[b.name, number(b.posts), number(b.conflict)] for b in reversed(bars)], key)


def work(bars: Sequence[Work], finding: str, key: str) -> None:
    """What was found to correct over time, what was answered of it, and what within the body's own target."""
    tallest = max(1, *(b.found for b in bars))
    rows = [
        {
            "name": b.name,
            "tick": b.tick,
            "found": b.found,
            "answered": b.answered,
            "within": b.within,
            "uncovered": tallest if b.uncovered else 0,
        }
        for b in bars
    ]
    layers = (
        _Layer("uncovered", t("charts.uncovered"), 1, "grey"),
        _Layer("found", t("charts.found"), 0.8, "blue"),
        _Layer("answered", t("charts.answered"), 0.5, "dark"),
        _Layer("within", t("charts.within"), 0.25, "green"),
    )
    _draw(rows, layers, finding, key)


def rumour(bars: Sequence[Bar], this_year: int, finding: str, key: str) -> None:
    """Posts that contradict a fact over time, with the body's answers as marks."""
    tallest = max(1, *(b.posts for b in bars))
    rows = [
        {
            "name": b.name,
            "tick": tick,
            "posts": b.posts,
            "answers": b.answers,
            "uncovered": tallest if b.uncovered else 0,
        }
        for b, tick in zip(bars, ticks(bars, this_year), strict=True)
    ]
    layers = (
        _Layer("uncovered", t("charts.uncovered"), 1, "grey"),
        _Layer("posts", t("charts.posts"), 0.8, "blue"),
    )
    _draw(rows, layers, finding, key, marks=_Layer("answers", t("charts.answers"), 1, "green"))
    columns = [t("charts.when"), t("charts.posts"), t("charts.answers")]
    _as_table(columns, [[b.name, number(b.posts), number(b.answers)] for b in reversed(bars)], key)


def _draw(
    rows: Sequence[dict[str, Any]], layers: Sequence[_Layer], finding: str, key: str, marks: _Layer | None = None
) -> None:
    """Bars one in front of the other, and a line through each row that `marks` counts anything in. Rows have a `name`
    and a `tick`, and a number for each layer; the tooltip tells all of them but the first layer's."""
    colours = _INK["dark" if st.context.theme.type == "dark" else "light"]
    told = [*layers[1:], *([marks] if marks else [])]
    tooltip = [alt.Tooltip("name:N", title=t("charts.when"))]
    tooltip += [alt.Tooltip(f"{layer.field}:Q", title=layer.title) for layer in told]
    x = alt.X("tick:N", title=None, sort=None)

    def bars_of(layer: _Layer) -> Any:
        return (
            alt.Chart()
            .mark_bar(width=alt.RelativeBandSize(layer.width), opacity=1, aria=False)
            .encode(
                x=x,
                y=alt.Y(f"{layer.field}:Q", title=None, stack=None),
                color=alt.ColorDatum(layer.title, title=None),
                tooltip=tooltip,
            )
        )

    drawn = [bars_of(layer) for layer in layers]
    if marks:
        line = alt.Chart().mark_rule(strokeWidth=3, strokeDash=[6, 3], aria=False)
        drawn.append(
            line.transform_filter(f"datum.{marks.field} > 0").encode(
                x=x, color=alt.ColorDatum(marks.title, title=None), tooltip=tooltip
            )
        )
    every = [*layers, *([marks] if marks else [])]
    schema = pa.schema([*((n, pa.string()) for n in ("name", "tick")), *((layer.field, pa.int32()) for layer in every)])
    chart = (
        alt.layer(*drawn, data=pa.Table.from_pylist(list(rows), schema=schema))
        .properties(height=_HEIGHT)
        .configure(aria=False, locale=_NORWEGIAN)
        .configure_view(stroke=None)
        .configure_axis(labelColor=colours["ink"], aria=False)
        .configure_axisX(labelAngle=0, labelOverlap="greedy", labelSeparation=12, tickSize=0)
        .configure_axisY(tickCount=4, format="d", gridOpacity=0.5)
        .configure_range(category=[colours[layer.colour] for layer in every])
        .configure_legend(orient="top", labelColor=colours["ink"], aria=False)
    )
    st.altair_chart(chart, key=key, alt=finding)


@st.fragment
def _as_table(columns: Sequence[str], rows: Sequence[Sequence[str]], key: str) -> None:
    numbers = st.expander(t("app.as_table"), key=f"{key}-tall", on_change="rerun")
    if numbers.open:
        numbers.html(table(columns, rows))


def counted(title: str, rows: Sequence[tuple[str, int]], total: int | None) -> str:
    """A bar chart as an HTML table: a name, a bar and a number for each row. Shares are of `total`; None tells none."""
    most = max((count for _, count in rows), default=1) or 1
    lines = "".join(
        f"<tr><th scope='row'>{html(name)}</th>"
        f"<td class='lp-bar'><span style='width:{100 * count / most:.1f}%'></span></td>"
        f"<td class='lp-number'>{html(number(count))}</td>"
        f"<td class='lp-number'><small>{html(percent(count, total)) if total else ''}</small></td></tr>"
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
