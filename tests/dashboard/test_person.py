from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from dashboard.parts.person import KEPT


def _script() -> None:
    from dashboard.parts.person import ask_who, who

    ask_who()
    assert who() is not None


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A visit with these cookies, as AppTest has none of its own."""

    def visited(**cookies: str) -> AppTest:
        monkeypatch.setattr(ContextProxy, "cookies", cookies)
        app = AppTest.from_function(_script, default_timeout=30).run()
        assert not app.exception
        return app

    return visited


def name(app: AppTest) -> str:
    value: str = app.text_input(key="hvem").value
    return value


def test_a_name_that_the_browser_kept_is_filled_in(visit: Callable[..., AppTest]) -> None:
    assert name(visit(**{KEPT: "%C3%85se%20Nordmann%20%3B%20%25"})) == "Åse Nordmann ; %"


def test_without_a_kept_name_the_field_is_empty(visit: Callable[..., AppTest]) -> None:
    assert name(visit(other="Kari")) == ""


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("x" * 5000, "x" * 80),
        ("%20%20Kari%0A%00%1B%5B31mNordmann%E2%80%AE%20", "Kari[31mNordmann"),
        ("%ff%zz", "\ufffd%zz"),
        ("%3Cscript%3E", "<script>"),
    ],
)
def test_a_kept_name_is_a_short_line_of_text_whatever_it_was(
    visit: Callable[..., AppTest], kept: str, shown: str
) -> None:
    assert name(visit(**{KEPT: kept})) == shown


def test_a_name_that_is_taken_away_does_not_come_back_from_the_browser(visit: Callable[..., AppTest]) -> None:
    app = visit(**{KEPT: "Kari"})
    app.text_input(key="hvem").set_value("").run()
    assert name(app.run()) == ""
