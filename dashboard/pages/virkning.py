"""Virkning: how soon what is wrong is answered, against the body's own target, and what happens then."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import streamlit as st

from dashboard.digest.build import short
from dashboard.digest.sheet import cell
from dashboard.parts import charts, filters
from dashboard.parts.escape import html, md
from dashboard.parts.gaps import days_not_covered, gap_lines
from dashboard.parts.navigation import link
from dashboard.parts.query import read
from dashboard.services import services
from dashboard.wording import day, has, moment, n, number, t
from data import facts, outcomes, sources
from data.outcomes import Figures, Group, Period
from data.posts import OSLO
from data.sources import Gap
from models.labels import Fact

FEW: Final = 5
"""Of fewer items no share and no time is told."""
_WEEKS_UP_TO: Final = 92
"""Days of a period that is told by week; a longer one is told by month."""
_COUNTS: Final = ("found", "taken", "answered", "dismissed", "waiting", "within", "due")
_TIMES: Final = ("taken_median", "taken_ninth", "answered_median", "answered_ninth")


def page() -> None:
    st.title(t("virkning.title"))
    target = services().answer_within_hours
    st.html(f"<p>{html(t('virkning.intro'))}</p><p class='lp-meta'>{html(n('virkning.how', target))}</p>")
    days = filters.choose_period()
    if days is None:
        return
    period, now = Period(*days), services().now().replace(second=0, microsecond=0)
    found = read(outcomes.figures, period, target, now)
    gaps = _gaps(period)
    if found:
        _numbers(found[0])
        _over_time(period, now, gaps)
    else:
        st.info(t("virkning.nothing"))
    _waiting(now)
    if found:
        register = {fact.id: fact for fact in read(facts.register)}
        by_fact = read(outcomes.figures, period, target, now, "fact")
        _groups(period, now, by_fact, register)
        _afterwards(period, now)
        _rumour(period, [figures.name for figures in by_fact], register, gaps)
        _download(period, now)
    if gaps:
        st.subheader(t("gaps.title"))
        gap_lines(gaps)


def _numbers(found: Figures) -> None:
    now, target = services().now().replace(second=0, microsecond=0), services().answer_within_hours
    late = sum(row.overdue for row in read(outcomes.overdue, target, now))
    with st.grid(4, min_column_width=170):
        st.metric(t("virkning.found"), number(found.found), border=True)
        st.metric(t("virkning.answered"), number(found.answered), border=True)
        of = t("virkning.within_of", part=number(found.within), whole=number(found.due))
        value = charts.percent(found.within, found.due) if found.due >= FEW else t("virkning.none")
        st.metric(of, value, border=True, help=md(t("virkning.within_help")))
        st.metric(t("virkning.overdue"), number(late), border=True)
        for name in _TIMES:
            told = t("virkning.median_help" if name.endswith("median") else "virkning.ninth_help")
            st.metric(t(f"virkning.{name}"), _time(found, name), border=True, help=md(told))
    st.caption(t("virkning.few_note", least=number(FEW)))


def _over_time(period: Period, now: datetime, gaps: Sequence[Gap]) -> None:
    """Week by week, or month by month where the period is long."""
    by = _by(period)
    st.header(t(f"virkning.by_{by}"))
    rows = read(outcomes.figures, period, services().answer_within_hours, now, by)
    uncovered = days_not_covered(gaps, period.start, period.end)
    bars = []
    for row in rows:
        first, last = _span(row.name, by, period)
        bars.append(
            charts.Work(
                _named(row.name, by, period),
                day(first, "MMM y") if by == "month" else day(first, "d. MMM"),
                row.found,
                row.answered,
                row.within,
                any(first <= missed <= last for missed in uncovered),
            )
        )
    total = {name: number(sum(getattr(row, name) for row in rows)) for name in ("found", "answered", "within")}
    charts.work(bars, t("virkning.work_finding", **total), key="uker")
    st.html(_table(t(f"virkning.{by}"), [(bar.name, row) for bar, row in zip(bars, rows, strict=True)]))
    st.caption(t("virkning.work_note"))


def _waiting(now: datetime) -> None:
    st.header(t("virkning.now"))
    rows = read(outcomes.overdue, services().answer_within_hours, now)
    if not rows:
        st.html(f"<p>{html(t('virkning.now_none'))}</p>")
        return
    columns = [t(f"virkning.{name}") for name in ("standing", "waiting", "overdue", "longest")]
    lines = [
        [
            t(f"faktakorrigering.now.{row.state}"),
            number(row.waiting),
            number(row.overdue),
            _duration(now - row.oldest) if row.oldest else t("virkning.none"),
        ]
        for row in rows
    ]
    st.html(_wide(t("virkning.now"), columns, lines))
    st.caption(t("virkning.now_note"))
    link("faktakorrigering", t("virkning.now_link"))


def _groups(period: Period, now: datetime, by_fact: Sequence[Figures], register: dict[str, Fact]) -> None:
    by_owner = read(outcomes.figures, period, services().answer_within_hours, now, "owner")
    for by, rows in (("fact", by_fact), ("owner", by_owner)):
        st.header(t(f"virkning.by_{by}"))
        named = [(_fact(row.name, register) if by == "fact" else _owner(row.name), row) for row in rows]
        st.html(_table(t(f"virkning.{by}"), named))


def _afterwards(period: Period, now: datetime) -> None:
    st.header(t("virkning.after"))
    outcome, reason = st.columns(2, gap="medium")
    followed = _outcomes(period, now)
    outcome.html(charts.counted(t("virkning.outcomes"), followed, _enough(followed)))
    dismissed = _reasons(period, now)
    reason.html(charts.counted(t("virkning.reasons"), dismissed, _enough(dismissed)))


@st.fragment
def _rumour(period: Period, fact_ids: Sequence[str], register: dict[str, Fact], gaps: Sequence[Gap]) -> None:
    """How what is said against one fact went, with the body's answers in it."""
    st.header(t("virkning.rumour"))
    fact_id = st.selectbox(
        t("virkning.rumour_fact"), fact_ids, format_func=lambda name: _fact(name, register), key="rykte"
    )
    now = services().now().replace(second=0, microsecond=0)
    uncovered = days_not_covered(gaps, period.start, period.end)
    days = read(outcomes.rumour, fact_id, period)
    bars = charts.by_period([asdict(row) | {"conflict": 0} for row in days], uncovered)
    posts, answers = sum(row.posts for row in days), sum(row.answers for row in days)
    finding = f"{n('virkning.rumour_posts', posts)} {n('virkning.rumour_answers', answers)}"
    charts.rumour(bars, filters.today().year, finding, key="ryktet")
    found = read(outcomes.before_after, fact_id, period, now)
    lines = [finding]
    if found is None:
        lines.append(t("virkning.not_compared"))
    else:
        few = found.before + found.after < FEW
        lines.append(
            t(
                "virkning.compared_few" if few else "virkning.compared",
                moment=moment(found.answered_at),
                before=number(found.before),
                after=number(found.after),
                length=_duration(found.length),
            )
        )
    if uncovered:
        lines.append(t("virkning.compared_gaps"))
    st.html(f"<p>{html(' '.join(lines))}</p>")
    st.caption(t("virkning.rumour_note"))


def _download(period: Period, now: datetime) -> None:
    st.download_button(
        t("virkning.download"),
        data=lambda: sheet(period, now),
        file_name=f"{t('virkning.file')}-{period.start.isoformat()}-{period.end.isoformat()}.csv",
        mime="text/csv",
        key="last-ned-tallene",
        on_click="ignore",
    )


def sheet(period: Period, now: datetime) -> str:
    """All figures as CSV that Norwegian Excel opens, one value a line; times are in hours."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([t(f"virkning.csv_{name}") for name in ("part", "group", "figure", "value")])
    for line in _lines(period, now):
        writer.writerow([cell(value) for value in line])
    return f"\ufeff{out.getvalue()}"


def _lines(period: Period, now: datetime) -> Iterator[tuple[str, str, str, str | int]]:
    target, by = services().answer_within_hours, _by(period)
    register = {fact.id: fact for fact in read(facts.register)}
    yield t("virkning.title"), t("virkning.csv_all"), _in_hours(t("virkning.csv_target")), target
    groups: tuple[Group, ...] = ("all", by, "fact", "owner")
    for group in groups:
        part = t("virkning.title") if group == "all" else t(f"virkning.by_{group}")
        for row in read(outcomes.figures, period, target, now, group):
            yield from ((part, _group(row.name, group, period, register), *figure) for figure in _values(row))
    for state in read(outcomes.overdue, target, now):
        name = t(f"faktakorrigering.now.{state.state}")
        yield t("virkning.now"), name, t("virkning.waiting"), state.waiting
        yield t("virkning.now"), name, t("virkning.overdue"), state.overdue
    for name, count in _outcomes(period, now):
        yield t("virkning.outcomes"), name, t("virkning.answered"), count
    for name, count in _reasons(period, now):
        yield t("virkning.reasons"), name, t("virkning.dismissed"), count
    for fact in read(outcomes.figures, period, target, now, "fact"):
        for told in read(outcomes.rumour, fact.name, period):
            if told.posts or told.answers:
                when = f"{fact.name}, {told.day.isoformat()}"
                yield t("virkning.rumour"), when, t("charts.posts"), told.posts
                yield t("virkning.rumour"), when, t("charts.answers"), told.answers


def _values(row: Figures) -> Iterator[tuple[str, str | int]]:
    for name in _COUNTS:
        yield t("virkning.csv_due" if name == "due" else f"virkning.{name}"), getattr(row, name)
    for name in _TIMES:
        length: timedelta | None = getattr(row, name)
        if length is not None and _counted(row, name) >= FEW:
            hours = f"{length / timedelta(hours=1):.2f}".replace(".", ",")
            yield _in_hours(t(f"virkning.{name}")), hours


def _in_hours(figure: str) -> str:
    return t("virkning.csv_hours", figure=figure)


def _group(name: Any, group: Group, period: Period, register: dict[str, Fact]) -> str:
    match group:
        case "all":
            return t("virkning.csv_all")
        case "fact":
            return _fact(name, register)
        case "owner":
            return _owner(name)
    return _named(name, group, period)


def _table(first: str, rows: Sequence[tuple[str, Figures]]) -> str:
    names = ("found", "taken", "answered", "dismissed", "waiting", "within", "answered_median", "answered_ninth")
    lines = [
        [
            named,
            *(number(getattr(row, name)) for name in names[:5]),
            _share(row),
            *(_time(row, name) for name in names[6:]),
        ]
        for named, row in rows
    ]
    return _wide(first, [first, *(t(f"virkning.{name}") for name in names)], lines)


def _wide(name: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table that can be moved sideways where the screen is narrow."""
    table = charts.table(columns, lines)
    return f"<div class='lp-wide' role='region' tabindex='0' aria-label='{html(name)}'>{table}</div>"


def _share(row: Figures) -> str:
    """«43 % (3 av 7)»; of few, the numbers alone."""
    if not row.due:
        return t("virkning.none")
    numbers = {"part": number(row.within), "whole": number(row.due)}
    if row.due < FEW:
        return t("virkning.part_of", **numbers)
    return t("virkning.share", percent=charts.percent(row.within, row.due), **numbers)


def _time(row: Figures, name: str) -> str:
    """A time, or that it is of too few."""
    length: timedelta | None = getattr(row, name)
    if length is None:
        return t("virkning.none")
    count = _counted(row, name)
    return _duration(length) if count >= FEW else t("virkning.few", count=number(count))


def _counted(row: Figures, name: str) -> int:
    """How many items a time is of."""
    return row.taken if name.startswith("taken") else row.answered


def _duration(length: timedelta) -> str:
    """«35 min», «5 t 20 min», «3 døgn 4 t»"""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 60:
        return t("virkning.minutes", minutes=minutes)
    if minutes < 48 * 60:
        return t(f"virkning.{'hours' if minutes % 60 else 'whole_hours'}", hours=minutes // 60, minutes=minutes % 60)
    hours = round(minutes / 60)
    return t(f"virkning.{'days' if hours % 24 else 'whole_days'}", days=number(hours // 24), hours=hours % 24)


def _outcomes(period: Period, now: datetime) -> list[tuple[str, int]]:
    found = read(outcomes.follow_ups, period, now)
    return [
        (t(f"faktakorrigering.outcome.{name}" if name else "virkning.not_followed_up"), count)
        for name, count in found.items()
    ]


def _reasons(period: Period, now: datetime) -> list[tuple[str, int]]:
    found = read(outcomes.dismissals, period, now)
    return [(_reason(f"faktakorrigering.reason.{code}"), count) for code, count in found.items()]


def _reason(key: str) -> str:
    return t(key if has(key) else "virkning.reason_unknown")


def _enough(rows: Sequence[tuple[str, int]]) -> int | None:
    """What shares are of, where there is enough for any."""
    total = sum(count for _, count in rows)
    return total if total >= FEW else None


def _by(period: Period) -> Group:
    return "week" if (period.end - period.start).days < _WEEKS_UP_TO else "month"


def _span(first: date, by: Group, period: Period) -> tuple[date, date]:
    """The days of a week or a month that lie in the period."""
    later = first + timedelta(days=7) if by == "week" else (first + timedelta(days=31)).replace(day=1)
    return max(first, period.start), min(later - timedelta(days=1), period.end)


def _named(first: date, by: Group, period: Period) -> str:
    """«16. nov.–22. nov. 2026», «november 2026»"""
    if by == "month":
        return day(first, "MMMM y")
    return charts.Bar(*_span(first, by, period), 0, 0).name


def _fact(fact_id: str, register: dict[str, Fact]) -> str:
    statement = register[fact_id].statement_nb if fact_id in register else ""
    return t("virkning.fact_named", id=fact_id, statement=short(statement))


def _owner(name: str) -> str:
    return name or t("virkning.no_owner")


def _gaps(period: Period) -> list[Gap]:
    found: list[Gap] = read(
        sources.gaps, _midnight(period.start), _midnight(period.end + timedelta(days=1)), timedelta(hours=1)
    )
    return found


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), OSLO).astimezone(UTC)
