"""Temaer: a body adds topics of its own, changes them and takes them away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.services import Services
from data import topics
from data.topics import Topic

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script() -> None:
    import streamlit as st

    from dashboard.pages.temaer import page
    from dashboard.parts.person import ask_who

    with st.sidebar:
        ask_who()
    page()


@pytest.fixture
def arrived() -> list[str]:
    return []


@pytest.fixture
def app(held: Any, arrived: list[str]) -> Iterator[AppTest]:
    st.cache_data.clear()

    def learn(texts: Sequence[str]) -> dict[str, float]:
        return {"0w=bru": 1.0} if len(texts) >= 5 else {}

    services.provide(
        Services(held.store, "Elvestrand", now=lambda: NOON, learn_topic=learn, arrived=lambda: arrived.append("label"))
    )
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


def fill(app: AppTest, key: str = "nytt", name: str = "Ny bru", words: str = "", examples: str = "") -> AppTest:
    app.text_input(key=f"navn-{key}").set_value(name)
    app.text_area(key=f"ord-{key}").set_value(words)
    app.text_area(key=f"eksempler-{key}").set_value(examples)
    app.button(key=f"lagre-{key}").click().run()
    assert not app.exception
    return app


def begun(app: AppTest, who: str = "Kari Redaktør") -> AppTest:
    app.run()
    if who:
        app.text_input(key="hvem").set_value(who).run()
    return app


def active(held: Any) -> list[Topic]:
    with held.store.read() as cursor:
        found: list[Topic] = topics.active(cursor)
    return found


FIVE = "\n".join(f"Innlegg {n} om brua" for n in range(5))


def test_a_topic_with_words_and_examples_is_put_to_work(app: AppTest, held: Any, arrived: list[str]) -> None:
    fill(begun(app), words="brua\n\n bruprosjekt* \nbrua", examples=FIVE)
    (made,) = active(held)
    assert (made.topic_id, made.name, made.keywords) == ("ny-bru", "Ny bru", ("brua", "bruprosjekt*"))
    assert (len(made.examples), made.learned) == (5, {"0w=bru": 1.0})
    assert arrived == ["label"]
    assert "merkes på nytt" in app.success[0].value
    assert app.text_input(key="navn-nytt").value == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Gi temaet et navn"),
        ({"words": ""}, "Skriv minst ett ord"),
        ({"words": "", "examples": "bare ett"}, "for få"),
    ],
)
def test_what_is_missing_is_told(app: AppTest, held: Any, values: dict[str, str], sentence: str) -> None:
    fill(begun(app), **{"words": "brua", **values})
    assert sentence in app.error[0].value
    assert active(held) == []


def test_nobody_adds_a_topic_without_a_name_of_their_own(app: AppTest, held: Any) -> None:
    fill(begun(app, who=""), words="brua")
    assert "Hvem er du?" in app.error[0].value
    assert active(held) == []


def test_too_few_examples_beside_words_are_told_and_kept(app: AppTest, held: Any) -> None:
    fill(begun(app), words="brua", examples="bare ett")
    assert "bare med ordene" in app.success[0].value
    assert active(held)[0].examples == ("bare ett",)


def test_a_topic_is_changed_under_its_id_and_taken_away(app: AppTest, held: Any) -> None:
    held.store.write(lambda cursor: topics.save(cursor, Topic("ny-bru", "Ny bru", ("brua",)), "Kari", NOON))
    fill(begun(app), words="annet")
    assert "finnes allerede" in app.error[0].value
    fill(app, key="ny-bru", name="Nybrua", words="nybrua")
    assert [(t.topic_id, t.name, t.keywords) for t in active(held)] == [("ny-bru", "Nybrua", ("nybrua",))]
    app.button(key="fjern-ny-bru").click().run()
    assert active(held) == []


def test_posts_with_a_topic_are_counted(app: AppTest, held: Any) -> None:
    held.store.write(lambda cursor: topics.save(cursor, Topic("ny-bru", "<b>Ny</b> bru", ("brua",)), "Kari", NOON))
    held.post("Når kommer brua?", "1", topics=("ny-bru",))
    app.run()
    said = "\n".join(e.value for e in app.html)
    assert "1 innlegg de siste 90 dagene" in said
    assert "&lt;b&gt;Ny&lt;/b&gt; bru" in said
