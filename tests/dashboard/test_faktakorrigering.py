from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.parts.paging import SIZE
from dashboard.services import Services
from data import corrections
from models.labels import Span

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
NOW = NOON + timedelta(hours=3)


def _script() -> None:
    import streamlit as st

    from dashboard.pages.faktakorrigering import page
    from dashboard.parts.person import ask_who

    with st.sidebar:
        ask_who()
    page()


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOW))
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


def texts(app: AppTest) -> str:
    shown = [e.value for e in app.html] + [e.value for e in app.markdown] + [e.value for e in app.info]
    return "\n".join(shown + [e.value for e in app.error] + [e.value for e in app.warning])


def rumour(held: Any, native_id: str = "r1", text: str = "Det er vedtatt å legge ned skolen.", **label: Any) -> str:
    held.fact(
        "F02",
        "Skolen er ikke vedtatt lagt ned.",
        source_url="https://elvestrand.example.no/skole",
        reply_nb="Skolen er ikke vedtatt lagt ned.",
        reply_nn="Skulen er ikkje vedteken lagd ned.",
        known_false_claims=("Skolen er lagt ned.",),
        approved_by="Rektor",
        approved_at="2026-10-28",
    )
    post_id: str = held.post(text, native_id, **{"conflict": 1, **label})
    held.match(post_id, "F02", 0.93, in_post=Span(7, 14), in_fact=Span(10, 22))
    return post_id


def history(held: Any, post_id: str) -> list[corrections.DecisionRow]:
    with held.store.read() as cursor:
        found = corrections.queue(cursor, None)
    return next(list(item.history) for item in found if item.post.post_id == post_id)


def button(app: AppTest, name: str, post_id: str) -> Any:
    return app.button(key=f"{name}-{post_id}-F02")


def test_an_empty_register_says_so(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert "Faktaregisteret er tomt" in app.info[0].value
    assert "Lyttepost publiserer aldri noe selv." in texts(app)


def test_an_empty_queue_says_so(app: AppTest, held: Any) -> None:
    held.fact("F02", "Skolen er ikke vedtatt lagt ned.")
    app.run()
    assert not app.exception
    assert "Det er ingen åpne treff." in app.info[0].value


def test_an_item_shows_the_clash_the_fact_the_sureness_and_the_reply(app: AppTest, held: Any) -> None:
    rumour(held)
    app.run()
    assert not app.exception
    shown = texts(app)
    assert "Det er <mark>vedtatt</mark> å legge ned skolen." in shown
    assert "Skolen er <mark>ikke vedtatt</mark> lagt ned." in shown
    assert "svært sikker, 93 %" in shown
    assert 'href="https://elvestrand.example.no/skole"' in shown
    assert app.code[0].value == "Skolen er ikke vedtatt lagt ned."
    assert "32 tegn, godkjent av Rektor 28. oktober 2026" in shown


def test_a_post_in_nynorsk_gets_the_reply_in_nynorsk(app: AppTest, held: Any) -> None:
    rumour(held, text="Det er vedteke å leggje ned skulen.", lang="nn")
    app.run()
    assert app.code[0].value == "Skulen er ikkje vedteken lagd ned."
    assert "Godkjent svar på nynorsk" in texts(app)


@pytest.mark.parametrize("name", ["confirm", "answer_save", "dismiss_save"])
def test_nothing_is_decided_without_a_name(app: AppTest, held: Any, name: str) -> None:
    post_id = rumour(held)
    app.run()
    button(app, name, post_id).click().run()
    assert "Skriv navnet ditt" in app.error[0].value
    assert history(held, post_id) == []


def named(app: AppTest, name: str = "Kari Nordmann") -> AppTest:
    app.run()
    app.text_input(key="hvem").set_value(name)
    return app.run()


def test_a_confirmed_item_stays_in_its_place_and_the_counts_follow(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    button(app, "confirm", post_id).click().run()
    assert not app.exception
    decision = history(held, post_id)[-1]
    assert (decision.decision, decision.decided_by, decision.decided_at) == ("confirmed", "Kari Nordmann", NOW)
    assert "0 åpne, 1 bekreftet" in texts(app)
    assert "21. nov. 2026 kl. 15.00: Kari Nordmann bekreftet." in texts(app)
    assert button(app, "reopen", post_id)


def test_a_dismissal_needs_a_reason_and_another_reason_needs_words(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    button(app, "dismiss_save", post_id).click().run()
    assert "Velg en grunn" in app.error[0].value
    app.radio(key=f"grunn-{post_id}-F02").set_value("other")
    button(app, "dismiss_save", post_id).click().run()
    assert "Skriv hva grunnen er." in app.error[0].value
    app.text_input(key=f"utdyp-{post_id}-F02").set_value("gjelder nabokommunen")
    button(app, "dismiss_save", post_id).click().run()
    assert not app.error
    assert history(held, post_id)[-1].reason == "other: gjelder nabokommunen"
    assert "Grunn: gjelder nabokommunen." in texts(app)


def test_a_suggested_reason_is_kept_as_a_code_and_shown_in_words(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    app.radio(key=f"grunn-{post_id}-F02").set_value("satire")
    button(app, "dismiss_save", post_id).click().run()
    assert history(held, post_id)[-1].reason == "satire"
    assert "Grunn: Satire eller spøk." in texts(app)


@pytest.mark.parametrize("link", ["", "svaret ligger her", "javascript:alert(1)", "https://", "//example.no/svar"])
def test_an_answer_needs_a_web_address(app: AppTest, held: Any, link: str) -> None:
    post_id = rumour(held)
    named(app)
    app.text_input(key=f"lenke-{post_id}-F02").set_value(link)
    button(app, "answer_save", post_id).click().run()
    assert "Lim inn hele lenken" in app.error[0].value
    assert history(held, post_id) == []


def test_an_answered_item_keeps_the_link_and_can_be_opened_again(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    app.text_input(key=f"lenke-{post_id}-F02").set_value(" https://torget.example.no/svar ")
    button(app, "answer_save", post_id).click().run()
    assert history(held, post_id)[-1].reply_url == "https://torget.example.no/svar"
    assert 'href="https://torget.example.no/svar"' in texts(app)
    button(app, "reopen", post_id).click().run()
    assert [row.decision for row in history(held, post_id)] == ["answered", "reopened"]
    assert "1 åpne" in texts(app)


def test_two_people_do_not_overwrite_each_other(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    held.store.write(
        lambda cursor: corrections.decide(cursor, post_id, "F02", "dismissed", "Ola Hansen", NOON, 0, "opinion")
    )
    button(app, "confirm", post_id).click().run()
    assert not app.exception
    assert "Ola Hansen har avgjort dette i mellomtiden: avviste" in app.error[0].value
    assert [row.decided_by for row in history(held, post_id)] == ["Ola Hansen"]
    assert "Ola Hansen avviste. Grunn: Mening, ikke en påstand om fakta." in texts(app)
    assert button(app, "reopen", post_id)


@pytest.mark.parametrize("name", ["dismiss_save", "answer_save"])
def test_a_form_that_came_too_late_says_so_within_it_and_the_item_is_drawn_as_it_stands(
    app: AppTest, held: Any, name: str
) -> None:
    post_id = rumour(held)
    named(app)
    held.store.write(lambda cursor: corrections.decide(cursor, post_id, "F02", "confirmed", "Ola Hansen", NOON, 0))
    app.radio(key=f"grunn-{post_id}-F02").set_value("opinion")
    app.text_input(key=f"lenke-{post_id}-F02").set_value("https://torget.example.no/svar")
    button(app, name, post_id).click().run()
    said = "Ola Hansen har avgjort dette i mellomtiden: bekreftet"
    assert [said in e.value for e in app.error] == [True, True]
    assert [row.decided_by for row in history(held, post_id)] == ["Ola Hansen"]
    assert "0 åpne, 1 bekreftet" in texts(app)
    assert button(app, "reopen", post_id)


def test_the_address_chooses_the_state(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    held.store.write(lambda cursor: corrections.decide(cursor, post_id, "F02", "confirmed", "Ola", NOON, 0))
    app.query_params["tilstand"] = "Bekreftet"
    app.run()
    assert button(app, "answer_save", post_id)
    app.query_params["tilstand"] = "<script>"
    app.run()
    assert not app.exception


def test_the_queue_comes_in_pages_and_by_fact(app: AppTest, held: Any) -> None:
    for number in range(SIZE + 2):
        rumour(held, f"r{number}", f"Det er vedtatt {number}.")
    held.fact("F05", "Vannet er trygt.")
    other = held.post("Vannet er farlig.", "v1", conflict=1)
    held.match(other, "F05", 0.5)
    app.run()
    assert not app.exception
    assert len([b for b in app.button if b.key and b.key.startswith("confirm-")]) == SIZE
    assert "Viser 1–25 av 28" in texts(app)
    app.pagination(key="side").set_value(2).run()
    assert "Viser 26–28 av 28" in texts(app)
    app.selectbox(key="faktum").select("F05").run()
    assert "Viser 1–1 av 1" in texts(app)
    assert app.button(key=f"confirm-{other}-F05")


def test_hostile_text_is_shown_and_not_obeyed(app: AppTest, held: Any) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example.no/x.png) :red[x] =cmd()"
    held.fact("<b>F</b>", hostile, source_url="javascript:alert(1)", reply_nb=hostile, known_false_claims=(hostile,))
    post_id = held.post(hostile, "h1", handle=hostile, title=hostile, conflict=1, url="javascript:alert(1)")
    held.match(post_id, "<b>F</b>", 0.9, in_post=Span(0, 5000), in_fact=Span(-3, 4))
    named(app, "<img src=x> ![x](http://evil.example.no)")
    app.button(key=f"confirm-{post_id}-<b>F</b>").click().run()
    assert not app.exception
    drawn = "\n".join(e.value for e in app.html)
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "javascript:" not in drawn
    assert "&lt;script&gt;" in drawn
    for element in (*app.markdown, *app.caption, *app.error, *app.info):
        assert "![" not in element.value
