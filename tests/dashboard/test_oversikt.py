from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from collectors.post import Problem, SourceState
from dashboard import services
from dashboard.services import Services
from data import sources
from data.store import Store

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
MAIN = "../../dashboard/main.py"


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOON, demo=True))
    yield AppTest.from_file(MAIN, default_timeout=30)
    services.provide(None)


def shown(app: AppTest) -> str:
    return "\n".join([*(e.value for e in app.html), *(c.value for c in app.caption)])


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def links(app: AppTest) -> dict[str, tuple[str, str]]:
    return {e.proto.label: (e.proto.page, e.proto.query_string) for e in app.get("page_link")}


def test_the_frame_names_the_body_and_says_that_it_is_a_demo(app: AppTest) -> None:
    app.run()
    assert not app.exception
    side = "\n".join(e.value for e in app.sidebar.html)
    assert "Elvestrand kommune" in side
    assert "Demo" in side
    assert app.sidebar.text_input(key="hvem").label == "Hvem er du?"


def test_the_numbers_of_the_day_are_held_against_the_day_before(held: Any, app: AppTest) -> None:
    for place, hours in enumerate((1, 2, 3, 30)):
        held.post("Hei", f"n{place}", at=NOON - timedelta(hours=hours), conflict=2 if place == 0 else 0)
    app.run()
    assert not app.exception
    found = metrics(app)
    assert found["Nye innlegg siste døgn"] == "3"
    assert found["Innlegg med konflikt"] == "25 %"
    assert "2 flere enn døgnet før" in shown(app)


def test_every_number_leads_to_what_it_counts(held: Any, app: AppTest) -> None:
    held.post("Dere burde skamme dere", "1", conflict=3)
    app.run()
    found = links(app)
    assert found["Se konfliktene"] == ("lytteposter", "konflikt=Minst+konflikt&periode=7+dager")
    assert found["Skole"] == ("lytteposter", "lyttepost=Skole&periode=7+dager")
    assert {page for page, _ in found.values()} == {"lytteposter", "faktakorrigering", "arkiv", "kilder"}


def test_corrections_records_and_failing_sources_are_counted(held: Any, app: AppTest) -> None:
    post = held.post("Vannet er giftig", "1", intent="complaint")
    held.fact("f1", "Vannet er trygt")
    held.match(post, "f1")
    state = SourceState(
        "torget", failures=2, last_attempt=NOON, problem=Problem("connection_refused", {"host": "torget.example.no"})
    )
    held.store.write(lambda cursor: sources.save_state(cursor, state))
    app.run()
    found = metrics(app)
    assert (found["Mulige faktafeil"], found["Til vurdering for arkivet"], found["Kilder med problemer"]) == (
        "1",
        "1",
        "1",
    )


def test_the_newest_posts_with_harassment_are_shown_and_no_others(held: Any, app: AppTest) -> None:
    held.post("Dere burde få juling", "1", conflict=3)
    held.post("Jeg er uenig", "2", conflict=1)
    app.run()
    assert "Dere burde få juling" in shown(app)
    assert "Jeg er uenig" not in shown(app)


def test_a_quiet_week_says_so(held: Any, app: AppTest) -> None:
    held.post("Fin dag", "1", conflict=0)
    app.run()
    assert "Ingen innlegg med hets eller trusler" in shown(app)
    assert "Alle kildene er dekket" in shown(app)


def test_a_period_that_was_not_covered_is_told(held: Any, app: AppTest) -> None:
    held.post("Fin dag", "1", conflict=0)
    state = SourceState(
        "avisa",
        failures=1,
        last_attempt=NOON,
        last_success=NOON - timedelta(hours=5),
        problem=Problem("connection_refused", {"host": "avisa.example.no"}),
    )
    held.store.write(lambda cursor: sources.save_state(cursor, state))
    app.run()
    assert "Elveposten: siden 21. nov. 2026 kl. 07.00." in shown(app)


def test_the_digest_is_offered_for_a_day_and_in_a_format(held: Any, app: AppTest) -> None:
    held.post("Fin dag", "1", conflict=0)
    app.run()
    assert app.date_input(key="oppsummering-dag").value.isoformat() == "2026-11-21"
    assert app.get("download_button")[0].proto.label == "Last ned dagens oppsummering"
    app.get_by_key("oppsummering-format").set_value("csv").run()
    assert not app.exception


def test_an_empty_store_tells_what_to_do_first() -> None:
    st.cache_data.clear()
    with Store(":memory:") as store:
        services.provide(Services(store, "Elvestrand kommune", now=lambda: NOON))
        app = AppTest.from_file(MAIN, default_timeout=30).run()
        services.provide(None)
    assert not app.exception
    assert "Velkommen til Lyttepost" in shown(app)
    assert any("[[listening_posts]]" in c.value for c in app.code)
    assert any("lyttepost import" in c.value for c in app.code)
    assert not app.metric


def test_sources_without_posts_yet_are_said_to_be_waited_for(app: AppTest) -> None:
    app.run()
    assert "Kildene er satt opp" in shown(app)


def test_facts_that_end_are_told_with_a_way_to_them(app: AppTest, held: Any) -> None:
    held.post("Hei.", "a1", conflict=0)
    held.fact("F1", "Det er 14 på venteliste.", valid_to="2026-11-30")
    app.run()
    assert not app.exception
    assert "1 faktum går ut snart" in shown(app)
    assert links(app)["Se faktaene"][0] == links(app)["Vurder faktafeil"][0].replace("faktakorrigering", "fakta")
