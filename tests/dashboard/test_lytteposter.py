from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from collectors.post import Problem, SourceState
from dashboard import services
from dashboard.parts.charts import MOST_BARS, by_period, ticks
from dashboard.parts.gaps import days_not_covered
from dashboard.parts.paging import SIZE
from dashboard.services import Services
from data import sources
from data.sources import Gap
from tests import builders

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script() -> None:
    from dashboard.pages.lytteposter import page

    page()


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOON))
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


@pytest.fixture
def two(held: Any) -> None:
    """A post on the school and an angry one on the water."""
    held.post("Skolen er fin", "1", topics=("skole-og-utdanning",), stance="supporter", intent="praise")
    angry = builders.post("2", "Vannet er giftig og dere lyver", source="avisa", published_at=NOON - timedelta(days=10))
    builders.keep(held.store, builders.collected(angry, ["vann"]))
    topics = ("natur-klima-og-miljo",)
    builders.label(held.store, angry, conflict=2, actor="politician", stance="opponent", topics=topics, lang="nn")


def shown(app: AppTest) -> str:
    return "\n".join([*(e.value for e in app.html), *(c.value for c in app.caption)])


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def visit(app: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.usefixtures("two")
def test_all_posts_of_a_month_are_counted_and_shown(app: AppTest) -> None:
    visit(app)
    assert metrics(app) == {
        "Innlegg": "2",
        "Med konflikt": "1",
        "Andel med konflikt": "50 %",
        "Hets eller trussel": "0",
        "Spørsmål": "0",
    }
    assert "Skolen er fin" in shown(app)
    assert "Vannet er giftig" in shown(app)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "query",
    [
        {"lyttepost": "Vann"},
        {"tema": "Natur, klima og miljø"},
        {"konflikt": "Minst konflikt"},
        {"aktor": "politiker"},
        {"holdning": "motstander"},
        {"type": "annet"},
        {"sprak": "nynorsk"},
        {"kilde": "Elveposten"},
        {"sok": "giftig"},
        {"periode": "Egne datoer", "fra": "2026-11-01", "til": "2026-11-15"},
    ],
)
def test_every_filter_is_read_from_the_address(app: AppTest, query: dict[str, str]) -> None:
    visit(app, **query)
    assert metrics(app)["Innlegg"] == "1"
    assert "Vannet er giftig" in shown(app)
    assert "Skolen er fin" not in shown(app)


@pytest.mark.usefixtures("two")
def test_nonsense_in_the_address_is_ignored(app: AppTest) -> None:
    visit(app, tema="<script>", konflikt="9", periode="evig", side="999", fra="i går", kilde="'; DROP TABLE post")
    assert metrics(app)["Innlegg"] == "2"


@pytest.mark.usefixtures("two")
def test_the_filters_can_be_reset(app: AppTest) -> None:
    visit(app, konflikt="Minst konflikt", sok="giftig", periode="90 dager")
    app.button[0].click().run()
    assert metrics(app)["Innlegg"] == "2"
    assert app.text_input(key="sok").value == ""
    assert app.get_by_key("periode").value == 30


def test_dates_in_the_wrong_order_give_a_sentence_and_no_numbers(app: AppTest) -> None:
    visit(app, periode="Egne datoer", fra="2026-11-15", til="2026-11-01")
    assert "Fra-datoen må være før" in app.error[0].value
    assert not app.metric


def test_nothing_found_says_what_to_try(app: AppTest) -> None:
    visit(app, sok="finnes ikke")
    assert "Prøv en lengre periode" in app.info[0].value


@pytest.mark.usefixtures("two")
def test_the_chart_tells_its_finding_in_words(app: AppTest) -> None:
    visit(app)
    (chart,) = app.get("vega_lite_chart")
    assert chart.proto.alt == "2 innlegg i perioden, 1 av dem med konflikt. Flest 11. nov. 2026, med 1."


@pytest.mark.usefixtures("two")
def test_the_axis_of_the_chart_leaves_the_year_out_and_the_tooltip_keeps_it(app: AppTest) -> None:
    visit(app)
    (chart,) = app.get("vega_lite_chart")
    encoding = json.loads(chart.proto.spec)["layer"][0]["encoding"]
    assert encoding["x"]["field"] == "tick"
    assert encoding["tooltip"][0]["field"] == "name"


@pytest.mark.parametrize(
    ("first", "count", "this_year", "told"),
    [
        (date(2026, 10, 27), 3, 2026, ["27. okt.", "28. okt.", "29. okt."]),
        (date(2025, 10, 27), 2, 2026, ["27. okt. 2025", "28. okt. 2025"]),
        (date(2025, 12, 31), 2, 2026, ["31. des. 2025", "1. jan. 2026"]),
    ],
)
def test_the_year_stands_by_a_day_only_where_it_is_not_plain(
    first: date, count: int, this_year: int, told: list[str]
) -> None:
    assert ticks(by_period(days(count, first)), this_year) == told


def test_every_bar_has_a_tick_of_its_own() -> None:
    for first, count in ((date(2026, 1, 1), 365), (date(2024, 12, 30), 1000)):
        bars = by_period(days(count, first))
        assert len(set(ticks(bars, 2026))) == len(bars)
    assert ticks(by_period(days(120, date(2026, 1, 1))), 2026)[1] == "5. jan.–11. jan."


@pytest.mark.usefixtures("two")
def test_the_numbers_of_the_chart_can_be_read_as_a_table(app: AppTest) -> None:
    visit(app)
    assert "<td class=lp-number>" not in shown(app)
    app.session_state["volum-tall"] = True
    app.run()
    assert "21. nov. 2026</th><td class=lp-number>1</td><td class=lp-number>0</td>" in shown(app)


@pytest.mark.usefixtures("two")
def test_topics_actors_and_stances_are_counted_over_posts_and_never_by_author(app: AppTest) -> None:
    visit(app)
    bars = "\n".join(e.value for e in app.html if "lp-bars" in e.value)
    for expected in ("Skole og utdanning", "innbygger", "politiker", "motstander", "støttespiller"):
        assert expected in bars
    assert "@kari" not in bars


def test_posts_come_in_pages(held: Any, app: AppTest) -> None:
    for number in range(SIZE + 1):
        held.post(f"Innlegg nummer {number}.", str(number), at=NOON - timedelta(minutes=number), conflict=0)
    visit(app)
    assert f"Viser 1–{SIZE} av {SIZE + 1}" in shown(app)
    assert f"nummer {SIZE}." not in shown(app)
    app.get("pagination")[0].set_value(2).run()
    assert f"nummer {SIZE}." in shown(app)
    assert "nummer 0." not in shown(app)


def test_another_filter_starts_at_the_first_page(held: Any, app: AppTest) -> None:
    for number in range(SIZE + 1):
        held.post(f"Innlegg nummer {number}.", str(number), at=NOON - timedelta(minutes=number), conflict=0)
    visit(app, side="2")
    app.get_by_key("periode").set_value(90).run()
    assert "nummer 0." in shown(app)


@pytest.mark.usefixtures("two")
def test_the_most_heated_can_come_first(app: AppTest) -> None:
    visit(app, sorter="Mest konflikt først")
    assert shown(app).index("Vannet er giftig") < shown(app).index("Skolen er fin")


def test_posts_that_wait_for_labels_are_told(held: Any, app: AppTest) -> None:
    held.post("Nettopp kommet", "1")
    visit(app)
    assert "1 innlegg er ikke merket ennå" in shown(app)


@pytest.mark.usefixtures("two")
def test_what_was_not_covered_stands_by_the_chart(held: Any, app: AppTest) -> None:
    state = SourceState(
        "avisa",
        failures=1,
        last_attempt=NOON,
        last_success=NOON - timedelta(days=1),
        problem=Problem("connection_refused", {"host": "avisa.example.no"}),
    )
    held.store.write(lambda cursor: sources.save_state(cursor, state))
    visit(app)
    assert "Elveposten: siden 20. nov. 2026 kl. 12.00." in shown(app)
    app.selectbox(key="kilde").set_value("torget").run()
    assert "Elveposten: siden" not in shown(app)


@pytest.mark.usefixtures("two")
def test_a_listening_post_tells_its_purpose(app: AppTest) -> None:
    visit(app, lyttepost="Skole")
    assert "Følge debatten om skolen" in shown(app)


def days(count: int, first: date = date(2026, 1, 1)) -> list[dict[str, Any]]:
    return [{"day": first + timedelta(days=i), "posts": 2, "conflict": 1} for i in range(count)]


@pytest.mark.parametrize("count", [1, MOST_BARS, MOST_BARS + 1, 366, 1098])
def test_a_long_period_becomes_few_bars_and_loses_no_post(count: int) -> None:
    bars = by_period(days(count))
    assert len(bars) <= MOST_BARS
    assert sum(b.posts for b in bars) == 2 * count
    assert sum(b.conflict for b in bars) == count
    assert bars[0].first == date(2026, 1, 1)
    assert len({b.name for b in bars}) == len(bars)


def test_the_days_of_a_gap_are_norwegian_and_within_the_period() -> None:
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    gaps = [
        Gap("a", "A", late, None, Problem("x")),
        Gap("a", "A", datetime(2026, 10, 1, tzinfo=UTC), late, Problem("x")),
    ]
    assert days_not_covered(gaps[:1], date(2026, 11, 1), date(2026, 11, 5)) == {date(2026, 11, 4), date(2026, 11, 5)}
    assert days_not_covered(gaps[1:], date(2026, 11, 3), date(2026, 11, 5)) == {date(2026, 11, 3), date(2026, 11, 4)}
