"""Any label can be overruled where it is shown: by one click, with who and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.services import Services
from data import labels, listening, topics
from data.listening import PostView
from data.topics import Topic

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script(post_id: str) -> None:
    import streamlit as st

    from dashboard.parts.person import ask_who
    from dashboard.parts.post import post_card
    from dashboard.parts.query import ask
    from data import listening

    with st.sidebar:
        ask_who()
    view = ask(listening.post, post_id)
    assert view
    post_card(view, key="a")


@pytest.fixture
def post_id(held: Any) -> str:
    found: str = held.post("Skolen er stengt", "1", topics=("skole-og-utdanning",), conflict=1, uncertain=("stance",))
    return found


@pytest.fixture
def app(held: Any, post_id: str) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOON))
    yield AppTest.from_function(_script, args=(post_id,), default_timeout=30)
    services.provide(None)


def opened(app: AppTest, name: str = "Kari Redaktør") -> AppTest:
    app.run()
    if name:
        app.text_input(key="hvem").set_value(name).run()
    pills(app, "vis-a").set_value("correct").run()
    assert not app.exception
    return app


def pills(app: AppTest, key: str) -> Any:
    return next(group for group in app.get("pills") if group.key == key)


def drawn(app: AppTest) -> str:
    return "\n".join(e.value for e in app.html)


def stored(held: Any, post_id: str) -> PostView:
    with held.store.read() as cursor:
        view = listening.post(cursor, post_id)
    assert view
    return view


def test_what_is_uncertain_says_so(app: AppTest) -> None:
    app.run()
    assert "Holdning: nøytral <i>usikker</i>" in drawn(app)


def test_a_click_on_the_right_value_keeps_it_and_shows_it_at_once(app: AppTest, held: Any, post_id: str) -> None:
    pills(opened(app), "rett-a-conflict").set_value(3).run()
    assert not app.exception
    view = stored(held, post_id)
    assert (view.conflict, view.decided) == (3, ("conflict",))
    assert "hets eller trussel <i>bestemt av en av dere</i>" in drawn(app)
    (label,) = [group.label for group in app.get("pills") if group.key == "rett-a-conflict"]
    assert "Konfliktnivå – bestemt av Kari Redaktør 21" in label
    with held.store.read() as cursor:
        assert labels.decisions(cursor, post_id)[0].decided_by == "Kari Redaktør"


def test_topics_are_added_and_taken_away_also_the_bodys_own(app: AppTest, held: Any, post_id: str) -> None:
    held.store.write(lambda cursor: topics.save(cursor, Topic("ny-bru", "Ny bru"), "Kari", NOON))
    opened(app)
    assert "Ny bru" in pills(app, "rett-a-topics").options
    pills(app, "rett-a-topics").set_value(["ny-bru"]).run()
    assert stored(held, post_id).topics == ("ny-bru",)
    assert "Ny bru <i>bestemt av en av dere</i>" in drawn(app)


def test_all_can_be_said_to_be_right_and_be_given_back(app: AppTest, held: Any, post_id: str) -> None:
    opened(app).button(key="rett-a-alt").click().run()
    assert set(stored(held, post_id).decided) == {
        *("actor", "conflict", "intent", "lang", "stance", "topic:skole-og-utdanning", "topics")
    }
    app.button(key="rett-a-tilbake").click().run()
    assert stored(held, post_id).decided == ()


def test_a_click_on_the_value_that_stands_decides_nothing(app: AppTest, held: Any, post_id: str) -> None:
    pills(opened(app), "rett-a-conflict").set_value(None).run()
    assert stored(held, post_id).decided == ()
    assert pills(app, "rett-a-conflict").value == 1


def test_nothing_is_decided_by_nobody(app: AppTest, held: Any, post_id: str) -> None:
    pills(opened(app, name=""), "rett-a-conflict").set_value(3).run()
    assert "Hvem er du?" in app.error[0].value
    assert stored(held, post_id).conflict == 1
