"""Kvalitet: figures of the model, what was overruled, and the posts that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.services import Services
from dashboard.wording import number
from data import labels
from models.classifier import Classifier
from models.examples import TEST_FOLDER, read_examples
from models.shelf import Trained

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def _script() -> None:
    import streamlit as st

    from dashboard.pages.kvalitet import page
    from dashboard.parts.person import ask_who

    with st.sidebar:
        ask_who()
    page()


@pytest.fixture
def app(held: Any, classifier: Classifier) -> Iterator[AppTest]:
    st.cache_data.clear()
    services.provide(Services(held.store, "Elvestrand kommune", classifier=lambda: classifier, now=lambda: NOON))
    yield AppTest.from_function(_script, default_timeout=60)
    services.provide(None)


def drawn(app: AppTest) -> str:
    return "\n".join(e.value for e in app.html)


def test_the_figures_are_those_of_the_model_on_the_published_test_set(app: AppTest, classifier: Classifier) -> None:
    said = drawn(app.run())
    assert not app.exception
    count = len(read_examples(TEST_FOLDER))
    assert f"Målt på {number(count)} oppdiktede innlegg" in said
    assert classifier.version in said
    assert '<th scope="row">Konflikt (nivå 2 eller 3), AUC</th>' in said
    assert "hets eller trussel" in said
    assert "Hva som blir tatt for hva" in said


def test_what_the_model_has_learned_from_is_told(app: AppTest, held: Any, classifier: Classifier) -> None:
    assert "Modellen følger med Lyttepost" in drawn(app.run())
    trained = Trained(classifier.version, "x", NOON.isoformat(), 40)
    services.provide(
        Services(held.store, "E", classifier=lambda: classifier, now=lambda: NOON, trained=lambda: trained)
    )
    assert "lært opp hos dere 21. nov. 2026 kl. 12.00" in drawn(app.run())


def test_nothing_uncertain_and_nothing_overruled_say_so(app: AppTest) -> None:
    app.run()
    assert "Ingen innlegg venter" in app.success[0].value
    assert "Ingen har rettet" in app.info[0].value


def test_an_uncertain_post_is_decided_on_there_and_leaves_the_queue(app: AppTest, held: Any) -> None:
    post_id = held.post("Tja, om de får det til", "1", conflict=1, uncertain=("stance", "topics"), doubt=0.5)
    app.run()
    assert "Maskinen er usikker på ett innlegg" in drawn(app)
    app.text_input(key="hvem").set_value("Kari Redaktør").run()
    app.button(key=f"rett-ko-{post_id}-alt").click().run()
    app.button(key="neste-usikre").click() if app.button else None
    app.run()
    assert not app.exception
    assert "Ingen innlegg venter" in app.success[0].value


def test_what_people_changed_is_told_by_month(app: AppTest, held: Any) -> None:
    first, second = held.post("Én", "1", conflict=0), held.post("To", "2", conflict=0)

    def work(cursor: Any) -> None:
        labels.decide(cursor, first, "conflict", "2", "Kari", NOON)
        labels.decide(cursor, second, "conflict", "0", "Kari", NOON)

    held.store.write(work)
    said = drawn(app.run())
    assert '<th scope="row">november 2026</th><td>50 % (1 av 2)</td>' in said


def test_without_a_classifier_the_page_still_stands(held: Any) -> None:
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOON))
    app = AppTest.from_function(_script, default_timeout=60).run()
    services.provide(None)
    assert not app.exception
