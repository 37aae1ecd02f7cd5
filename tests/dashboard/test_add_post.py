"""The form for posts that are put in by hand: what it keeps, and what it says where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.services import Services

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script() -> None:
    from dashboard.parts.add_post import add_post

    add_post()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def app(held: Any, told: list[str]) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand", now=lambda: NOON, arrived=lambda: told.append("arrived")))
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["hvem"] = "Ola Nes"
    app.session_state["nytt-apen"] = True
    yield app.run()
    services.provide(None)


def write(app: AppTest, **given: str) -> AppTest:
    usual = {"url": "https://forum.example.no/1", "text": "Skolen er stengt", "reason": "Delt mye", **given}
    for name, value in usual.items():
        element = app.text_area(key="nytt-text") if name == "text" else app.text_input(key=f"nytt-{name}")
        element.set_value(value)
    return app.button[0].click().run()


def posts(held: Any) -> list[tuple[Any, ...]]:
    with held.store.read() as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(
            "SELECT text, published_at, added_by, reason FROM post JOIN added_by_hand USING (post_id)"
        ).fetchall()
    return found


def test_a_post_is_kept_with_who_and_why_and_labelled_at_once(held: Any, app: AppTest, told: list[str]) -> None:
    write(app, published="21.11.2026 10.30")
    assert not app.exception
    assert app.success[0].value.startswith("Innlegget er lagret.")
    assert posts(held) == [("Skolen er stengt", datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "Ola Nes", "Delt mye")]
    assert told == ["arrived"]
    assert app.text_area(key="nytt-text").value == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "javascript:alert(1)"}, "ikke en gyldig nettadresse"),
        ({"text": " "}, "Skriv inn teksten"),
        ({"published": "i går en gang"}, "Tidspunktet kan ikke leses"),
        ({"reason": ""}, "Skriv kort hvorfor"),
    ],
)
def test_what_is_missing_is_told_and_what_was_written_stays(
    held: Any, app: AppTest, given: dict[str, str], said: str
) -> None:
    write(app, author="Kari", **given)
    assert said in app.error[0].value
    assert posts(held) == []
    assert app.text_input(key="nytt-author").value == "Kari"


def test_nothing_is_kept_of_somebody_without_a_name(held: Any, app: AppTest) -> None:
    app.session_state["hvem"] = ""
    write(app)
    assert "Skriv navnet ditt" in app.error[0].value
    assert posts(held) == []


def test_the_same_post_twice_is_told(app: AppTest) -> None:
    write(app)
    write(app)
    assert "her fra før" in app.error[0].value


def test_the_form_is_sent_to_those_only_who_open_it(app: AppTest) -> None:
    app.session_state["nytt-apen"] = False
    app.run()
    assert not app.text_area
