from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from collectors.post import (
    Budget,
    Polled,
    Problem,
    Source,
    SourceState,
    Spent,
    Suggestion,
    Traffic,
    Uncovered,
    digest,
)
from dashboard import services
from dashboard.services import Services
from data import sources
from data.sources import LastPoll
from tests.builders import SCHOOL

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script() -> None:
    from dashboard.pages.kilder import page

    page()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def app(held: Any, asked: list[str]) -> Iterator[AppTest]:
    st.cache_data.clear()
    broken = ("Lytteposten «[Skole]» mangler formål.",)
    services.provide(
        Services(held.store, "Elvestrand", now=lambda: NOON, poll_now=asked.append, config_problems=broken)
    )
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


def polled(held: Any, source: str, **changes: Any) -> None:
    values = {
        "last_attempt": NOON,
        "last_success": NOON - timedelta(minutes=5),
        "next_due": NOON + timedelta(minutes=10),
    }
    state = SourceState(source, **{**values, **changes})
    held.store.write(lambda cursor: sources.save_state(cursor, state))


def cards(app: AppTest) -> list[str]:
    return [e.value for e in app.html]


def test_a_source_that_is_well_tells_when_it_was_and_will_be_fetched(held: Any, app: AppTest) -> None:
    held.post("Hei", "1", at=NOON - timedelta(hours=2))
    held.post("Hei igjen", "2", at=NOON - timedelta(days=3))
    polled(held, "torget")
    polled(held, "avisa")
    app.run()
    assert not app.exception
    assert app.success[0].value == "2 av 2 kilder er i orden."
    (torget,) = [c for c in cards(app) if "Torget" in c]
    for expected in (
        "torget.example.no",
        "for 5 minutter siden (21. nov. 2026 kl. 11.55)",
        "om 10 minutter (21. nov. 2026 kl. 12.10)",
        "1 siste døgn, 2 i alt",
    ):
        assert expected in torget


def test_a_failing_source_comes_first_with_a_sentence_and_its_gap(held: Any, app: AppTest) -> None:
    polled(held, "avisa")
    problem = Problem("connection_refused", {"host": "torget.example.no"})
    polled(held, "torget", failures=3, last_success=NOON - timedelta(days=2), problem=problem)
    app.run()
    assert app.warning[1].value == "1 av 2 kilder er i orden."
    first = cards(app)[0]
    assert "Torget" in first
    assert "svarer ikke som den skal" in first
    assert '<p class="lp-problem">' in first
    assert "siden 19. nov. 2026 kl. 12.00" in first


def test_a_warning_is_not_a_failure(held: Any, app: AppTest) -> None:
    polled(held, "torget", problem=Problem("connection_refused", {"host": "torget.example.no"}))
    app.run()
    assert "i orden, med en merknad" in cards(app)[0]


def test_a_stopped_source_has_no_next_poll(held: Any, app: AppTest) -> None:
    polled(held, "torget", stopped=True, problem=Problem("connection_refused", {"host": "torget.example.no"}))
    app.run()
    assert "stoppet" in cards(app)[0]
    assert "Neste henting" not in cards(app)[0]


def test_a_source_that_was_never_polled_says_so(app: AppTest) -> None:
    app.run()
    assert all("ikke hentet ennå" in card and "aldri" in card for card in cards(app))


def test_what_an_outside_problem_says_is_shown_as_text(held: Any, app: AppTest) -> None:
    polled(held, "torget", failures=1, problem=Problem("connection_refused", {"host": "<b>torget</b>"}))
    app.run()
    assert "<b>torget" not in cards(app)[0]


def test_a_source_can_be_fetched_at_once(app: AppTest, asked: list[str]) -> None:
    app.run()
    app.button(key="hent-torget").click().run()
    assert asked == ["torget"]
    assert any("Vi henter." in s.value for s in app.success)


def test_nothing_can_be_fetched_where_the_process_does_not_poll(held: Any, app: AppTest) -> None:
    services.provide(Services(held.store, "Elvestrand", now=lambda: NOON))
    app.run()
    assert not app.button


def test_imported_files_are_listed_as_such(held: Any, app: AppTest) -> None:
    held.store.write(lambda cursor: sources.add_import(cursor, "facebook", "Facebook-kommentarer"))
    app.run()
    assert app.header[0].value == "Lagt inn av dere"
    assert "Neste henting" not in cards(app)[-1]
    assert len(app.button) == 2


def test_what_is_wrong_with_the_configuration_stands_on_top(app: AppTest) -> None:
    app.run()
    assert app.warning[0].value == r"Lytteposten «\[Skole\]» mangler formål\."


def configured(held: Any, **settings: Any) -> None:
    found = [Source("torget", "https://torget.example.no/feed", title="Torget", **settings)]
    held.store.write(lambda cursor: sources.configure(cursor, found, [SCHOOL]))


def extras(held: Any, **more: Any) -> None:
    held.store.write(lambda cursor: sources.save_extras(cursor, Polled(SourceState("torget"), **more), NOON))


def test_a_source_that_answers_and_brings_nothing_raises_an_alarm(held: Any, app: AppTest) -> None:
    configured(held, silent_after_hours=6)
    polled(held, "torget", last_item_at=NOON - timedelta(hours=8))
    app.run()
    assert "stille lenger enn vanlig" in cards(app)[0]
    assert "ikke kommet noe på 8 timer" in cards(app)[0]
    assert app.warning[1].value == "0 av 1 kilder er i orden."


def test_what_a_source_has_cost_today_stands_beside_its_budget(held: Any, app: AppTest) -> None:
    configured(held, kind="x", budget=Budget(200, Decimal(20)))
    held.store.write(lambda cursor: sources.book(cursor, "torget", Spent(3, 40, Decimal("3.2")), NOON))
    app.run()
    assert "40 av 200 innlegg, 3,2 av 20 kroner" in cards(app)[0]
    assert "88 innlegg, 6,98 kroner." in cards(app)[0]


def test_it_is_told_when_the_budget_will_be_used_up(held: Any, app: AppTest) -> None:
    configured(held, kind="x", budget=Budget(50))
    held.store.write(lambda cursor: sources.book(cursor, "torget", Spent(3, 40, Decimal("3.2")), NOON))
    app.run()
    assert "Budsjettet er brukt opp omkring kl. 14.45." in cards(app)[0]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (LastPoll(Traffic(1, 14_200, 200, 310), 2, 1), "2 nye innlegg, 1 rettet (svar 200, 14,2 kB på 0,3 sekunder)"),
        (LastPoll(Traffic(1, 0, 304, 20), 0, 0), "0 nye innlegg (svar 304, 0 kB på 0 sekunder)"),
        (LastPoll(Traffic(1, 0, 0, 5_000), 0, 0), "<dd>0 nye innlegg</dd>"),
    ],
    ids=["something new", "nothing new", "no answer"],
)
def test_what_the_last_poll_brought_and_took_is_told(held: Any, app: AppTest, last: LastPoll, told: str) -> None:
    polled(held, "torget")
    held.store.write(lambda cursor: sources.save_last_polls(cursor, {"torget": last}))
    app.run()
    assert told in "".join(cards(app))


def test_people_who_opted_out_are_counted(held: Any, app: AppTest) -> None:
    extras(held, opted_out=2)
    app.run()
    assert "2 innlegg siden i går ble talt, men ikke lagret" in "".join(cards(app))


def test_periods_without_cover_are_listed_with_their_cause(held: Any, app: AppTest) -> None:
    gap = Uncovered(NOON - timedelta(hours=5), NOON - timedelta(hours=4), Problem("http_429", {"host": "<b>"}))
    extras(held, gaps=(gap,))
    app.run()
    table = next(card for card in cards(app) if "<table" in card)
    assert "Plattformen ba oss vente" in table
    assert "21. nov. 2026 kl. 07.00" in table
    assert "<b>" not in table


def suggested(held: Any) -> str:
    post_id: str = held.post("Skolen er stengt", "1")
    url = "https://torget.example.no/sak/1/feed"
    extras(held, suggestions=(Suggestion(url, "Skolen *er* stengt", post_id),))
    return f"-{digest(url)[:12]}"


def test_a_comment_feed_is_followed_by_one_click_of_somebody_with_a_name(
    held: Any, app: AppTest, asked: list[str]
) -> None:
    key = suggested(held)
    app.run()
    app.button(key=f"taken{key}").click().run()
    assert "Skriv navnet ditt" in app.error[0].value
    app.session_state["hvem"] = "Ola Nes"
    app.button(key=f"taken{key}").click().run()
    with held.store.read() as cursor:
        (added,) = sources.added(cursor)
    assert (added.url, added.title) == ("https://torget.example.no/sak/1/feed", "Kommentarer: Skolen *er* stengt")
    assert asked == [added.name]
    app.button(key=f"fjern-{added.name}").click().run()
    with held.store.read() as cursor:
        assert sources.added(cursor) == []


def test_a_comment_feed_that_was_refused_is_not_offered_again(held: Any, app: AppTest) -> None:
    key = suggested(held)
    app.session_state["hvem"] = "Ola Nes"
    app.run()
    app.button(key=f"refused{key}").click().run()
    assert "Kommentarfelt dere kan følge" not in [header.value for header in app.header]
