"""Virkning: the body's own work against its own target, told with care where it is little."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from collectors.post import Problem
from dashboard import services
from dashboard.pages import virkning
from dashboard.services import Services
from data import corrections, sources
from data.outcomes import Period

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def _script() -> None:
    from dashboard.pages.virkning import page

    page()


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand kommune", answer_within_hours=8, now=lambda: NOON))
    yield AppTest.from_function(_script, default_timeout=60)
    services.provide(None)


def drawn(app: AppTest) -> str:
    return "\n".join(e.value for e in app.html)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def work(held: Any, answered_after: list[float], waiting: int = 0, fact_id: str = "F02", owner: str = "Skole") -> None:
    """Items found five days ago, answered so many hours later; `waiting` more are not."""
    held.fact(fact_id, "Skolen er ikke vedtatt lagt ned.", owner=owner)
    found_at = NOON - timedelta(days=5)
    for n in range(len(answered_after) + waiting):
        post_id = held.post(f"Påstand nummer {n} om {fact_id}", f"{fact_id}-{n}", at=found_at)
        held.match(post_id, fact_id)

        def write(cursor: Any, post_id: str = post_id, n: int = n) -> None:
            cursor.execute("UPDATE fact_match SET found_at = ? WHERE post_id = ?", [found_at, post_id])
            if n < len(answered_after):
                at = found_at + timedelta(hours=answered_after[n])
                corrections.decide(cursor, post_id, fact_id, "answered", "Kari Hemmelig", at, 10**9)

        held.store.write(write)


def test_nothing_found_says_so(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert "Ingen saker ble funnet i perioden" in app.info[0].value
    assert "Ingen saker venter på svar" in drawn(app)


def test_the_bodys_own_target_is_told_and_held_against_the_work(app: AppTest, held: Any) -> None:
    work(held, [1, 2, 3, 4, 20], waiting=3)
    app.run()
    assert not app.exception
    assert "Målet deres er svar innen 8 timer" in drawn(app)
    told = metrics(app)
    assert told["Funnet"] == "8"
    assert told["Besvart"] == "5"
    assert told["Innen målet (4 av 8)"] == "50 %"
    assert told["Venter over målet nå"] == "3"
    assert told["Besvart, median"] == "3 t"
    assert told["Besvart, ni av ti"] == "13 t 36 min"


def test_of_few_no_share_and_no_time_is_told(app: AppTest, held: Any) -> None:
    work(held, [1, 2, 20])
    app.run()
    told = metrics(app)
    assert told["Innen målet (2 av 3)"] == "–"
    assert told["Besvart, median"] == "For få (3)"
    assert "<td class=lp-number>2 av 3</td>" in drawn(app)
    assert " %" not in "".join(e.value for e in app.html if "lp-wide" in e.value)


def test_weeks_facts_and_owners_have_their_tables(app: AppTest, held: Any) -> None:
    work(held, [1, 2], fact_id="F02", owner="Skole")
    work(held, [3], fact_id="F05", owner="")
    said = drawn(app.run())
    assert "16. nov.–21. nov. 2026" in said
    assert "F02: Skolen er ikke vedtatt lagt ned." in said
    assert "<th scope='row'>Skole</th>" in said
    assert "Uten eier" in said


def test_what_followed_and_what_was_not_corrected_are_counted(app: AppTest, held: Any) -> None:
    work(held, [1], waiting=1)
    first, second = (held.items[post_id].post_id for post_id in held.items)

    def decide(cursor: Any) -> None:
        corrections.decide(cursor, first, "F02", "followed_up", "Kari Hemmelig", NOON, 10**9, outcome="deleted")
        corrections.decide(cursor, second, "F02", "dismissed", "Kari Hemmelig", NOON, 10**9, "satire: morsomt")

    held.store.write(decide)
    said = drawn(app.run())
    assert "<th scope='row'>Innlegget er slettet</th>" in said
    assert "<th scope='row'>Satire eller spøk</th>" in said
    assert "morsomt" not in said


def test_a_rumour_is_told_with_its_answers_and_with_care(app: AppTest, held: Any) -> None:
    work(held, [1, 2], waiting=1)
    said = drawn(app.run())
    assert "3 innlegg motsa faktumet i perioden. Dere svarte 2 ganger." in said
    assert "for få innlegg rundt første svar til å si noe om utviklingen: 3 før og 0 etter" in said
    work(held, [5, 5, 5], waiting=3, fact_id="F05")
    st.cache_data.clear()
    app.run()
    app.selectbox(key="rykte").set_value("F05").run()
    assert not app.exception
    assert "kom det 6 innlegg, og i like lang tid etterpå 0" in drawn(app)


def test_what_was_not_covered_is_told(app: AppTest, held: Any) -> None:
    work(held, [1])
    problem = Problem("http_503", {"host": "avisa.example.no"})
    held.store.write(lambda cursor: sources.open_gap(cursor, "avisa", NOON - timedelta(days=4), problem))
    said = drawn(app.run())
    assert "Elveposten" in said
    assert "Noen dager i perioden er ikke dekket av alle kildene" in said


def test_a_long_period_is_told_by_month(app: AppTest, held: Any) -> None:
    work(held, [1])
    app.query_params["periode"] = "Egne datoer"
    app.query_params["fra"] = "2026-01-01"
    app.run()
    assert not app.exception
    assert "november 2026" in drawn(app)


def test_the_sheet_has_the_same_figures_and_no_formula(app: AppTest, held: Any) -> None:
    work(held, [1, 2, 3, 4, 20], owner="=cmd()")
    app.run()
    text = virkning.sheet(Period(TODAY - timedelta(days=29), TODAY), NOON)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0] == ["Del", "Gruppe", "Tall", "Verdi"]
    assert ["Virkning", "Alle", "Målet (timer)", "8"] in rows
    assert ["Virkning", "Alle", "Besvart, median (timer)", "3,00"] in rows
    assert ["Virkning", "Alle", "Innen målet", "4"] in rows
    assert ["Etter eier", "'=cmd()", "Funnet", "5"] in rows
    assert ["Slik gikk ryktet", "F02, 2026-11-16", "Innlegg", "5"] in rows


def test_nobody_is_named(app: AppTest, held: Any) -> None:
    work(held, [1, 2, 3, 4, 20])
    everything = drawn(app.run()) + virkning.sheet(Period(TODAY - timedelta(days=29), TODAY), NOON)
    assert "Kari" not in everything
    assert "kari@torget" not in everything


def test_a_hostile_statement_is_shown_as_it_stands(app: AppTest, held: Any) -> None:
    held.fact("<b>F</b>", "<script>alert(1)</script>", owner="<img src=x>")
    held.match(held.post("Påstand", "1"), "<b>F</b>")
    said = drawn(app.run())
    assert not app.exception
    assert "<script>" not in said
    assert "<img" not in said
