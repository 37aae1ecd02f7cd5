"""The filters of *Lytteposter*. Each is kept in the address under a short name, in words, so that a link can be shared;
`address` makes such a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import streamlit as st

from dashboard.parts.names import label
from dashboard.parts.paging import first_page
from dashboard.parts.query import read
from dashboard.services import services
from dashboard.wording import n, t
from data import listening, sources, topics
from data.listening import Filter
from data.posts import oslo_day
from models.labels import ACTORS, CONFLICT_FLAG, INTENTS, LANGUAGES, STANCES, TOPICS

_PERIODS: Final = (7, 30, 90, 0)
"""Days up to today; 0 stands for dates of one's own."""
_USUAL: Final = 30
_LONGEST: Final = timedelta(days=3 * 366)
_LONGEST_TEXT: Final = 100
_MORE: Final = ("tema", "konflikt", "aktor", "holdning", "type", "sprak", "kilde")
_KEPT: Final = "filtre"
_HERE: Final = "filtre-vises"
_ALL: Final = ("lyttepost", "periode", "fra", "til", "sok", *_MORE)


def today() -> date:
    """The day in Norway."""
    day: date = oslo_day(services().now())
    return day


def last_days(days: int, before: int = 0) -> tuple[date, date]:
    """The first and the last of so many days up to today, or up to `before` days ago."""
    end = today() - timedelta(days=before)
    return end - timedelta(days=days - 1), end


def address(listening_post: str = "", conflict: int = 0, days: int = _USUAL) -> dict[str, str]:
    """The query of a link to *Lytteposter* with these filters."""
    return {
        "lyttepost": _listening_posts()[listening_post] if listening_post else "",
        "konflikt": _at_least(conflict) if conflict else "",
        "periode": _period(days) if days != _USUAL else "",
    }


def choose() -> Filter | None:
    """Draw the filters; what was chosen, or None (and the reason on the screen) where the dates make no sense."""
    _restore()
    first, second, third = st.columns([3, 5, 3])
    posts = _listening_posts()
    with first:
        listening_post = _select("lyttepost", ["", *posts], lambda name: posts.get(name) or t("filters.all"))
    with second:
        days = _days()
    with third:
        text = st.text_input(
            t("filters.sok"),
            key="sok",
            max_chars=_LONGEST_TEXT,
            placeholder=t("filters.sok_placeholder"),
            type="search",
            bind="query-params",
            on_change=first_page,
        )
    period = _dates(days)
    with st.expander(_more_label(), key="flere-filtre", expanded=_in_use() > 0):
        chosen = _labels()
    st.session_state[_KEPT] = st.query_params.to_dict()
    if period is None:
        return None
    return Filter(*period, listening_post=listening_post, text=(text or "")[:_LONGEST_TEXT], **chosen)


def choose_period() -> tuple[date, date] | None:
    """Draw the choice of a period; its first and last day, or None (and the reason on the screen) where the dates make
    no sense."""
    return _dates(_days())


def _days() -> int | None:
    days: int | None = st.segmented_control(
        t("filters.periode"),
        _PERIODS,
        default=_USUAL,
        format_func=_period,
        key="periode",
        required=True,
        bind="query-params",
        on_change=first_page,
    )
    return days


def _dates(days: int | None) -> tuple[date, date] | None:
    start, end = last_days(days or _USUAL) if days != 0 else _own_dates()
    if start > end or end - start > _LONGEST:
        st.error(t("filters.dates_wrong"))
        return None
    return start, end


def _labels() -> dict[str, Any]:
    known = {s.name: s.title for s in read(sources.overview, services().now().replace(second=0, microsecond=0))}
    with st.grid(4, min_column_width=200, vertical_alignment="bottom"):
        chosen = {
            "topic": _select("tema", ["", *TOPICS, *read(topics.names)], _named("topic")),
            "conflict": _select("konflikt", [0, 1, CONFLICT_FLAG, CONFLICT_FLAG + 1], _at_least),
            "actor": _select("aktor", ["", *ACTORS], _named("actor")),
            "stance": _select("holdning", ["", *STANCES], _named("stance")),
            "intent": _select("type", ["", *INTENTS], _named("intent")),
            "lang": _select("sprak", ["", *LANGUAGES], _named("lang")),
            "source": _select("kilde", ["", *known], _distinct(known)),
        }
        st.button(t("filters.reset"), on_click=_reset, disabled=not _in_use(_ALL), width="stretch")
    return chosen


def _select(key: str, options: Sequence[Any], name: Callable[[Any], str]) -> Any:
    value = st.selectbox(
        t(f"filters.{key}"), options, format_func=name, key=key, bind="query-params", on_change=first_page
    )
    return value if value in options else options[0]


def _own_dates() -> tuple[date, date]:
    earliest, latest = date(2000, 1, 1), today()
    first, second = st.columns(2)
    dates: dict[str, Any] = {"min_value": earliest, "max_value": latest, "format": "DD.MM.YYYY", "bind": "query-params"}
    with first:
        start = st.date_input(t("filters.fra"), last_days(_USUAL)[0], key="fra", on_change=first_page, **dates)
    with second:
        end = st.date_input(t("filters.til"), latest, key="til", on_change=first_page, **dates)
    return start or earliest, end or latest


def _period(days: int) -> str:
    return n("filters.days", days) if days else t("filters.own_dates")


def _at_least(level: int) -> str:
    return t(f"filters.conflict_{level}")


def _named(table: str) -> Callable[[str], str]:
    return lambda value: label(table, value) if value else t("filters.all")


def _listening_posts() -> dict[str, str]:
    titles = {info.name: info.title for info in read(listening.listening_posts)}
    name = _distinct(titles)
    return {key: name(key) for key in titles}


def _distinct(titles: dict[str, str]) -> Callable[[str], str]:
    """Names for a choice that are never the same for two: the address has nothing else to tell them apart by."""
    several = list(titles.values())
    return lambda name: (
        t("filters.all")
        if name not in titles
        else titles[name]
        if several.count(titles[name]) == 1
        else t("filters.same_title", title=titles[name], name=name)
    )


def _more_label() -> str:
    return n("filters.in_use", _in_use()) if _in_use() else t("filters.more")


def _in_use(keys: Sequence[str] = _MORE) -> int:
    """How many of these filters differ from their start. On a visit's first run only the address knows."""
    return sum(st.session_state.get(k, st.query_params.get(k)) not in ("", 0, _USUAL, None) for k in keys) + (
        "periode" in keys and st.session_state.get("periode") == 0
    )


def _restore() -> None:
    """Bring the last visit's filters back into the address where one returns to a bare one, as by the browser's Back:
    Streamlit takes them out of the address that it leaves behind."""
    arrived = not st.session_state.get(_HERE)
    st.session_state[_HERE] = True
    kept = st.session_state.get(_KEPT, {})
    if arrived and kept and not st.query_params:
        st.query_params.from_dict(kept)
        st.rerun()


def left() -> None:
    """Another page is shown: the next time is a return."""
    st.session_state[_HERE] = False


def _reset() -> None:
    empty: dict[str, Any] = {"periode": _USUAL, "konflikt": 0, "fra": last_days(_USUAL)[0], "til": today()}
    for key in _ALL:
        if key in st.session_state:
            st.session_state[key] = empty.get(key, "")
    first_page()
