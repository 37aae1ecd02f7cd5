from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.parts.paging import SIZE
from dashboard.services import Services
from data import corrections
from models.labels import FactMatch, Span
from tests import builders

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


def history(held: Any, post_id: str, fact_id: str = "F02") -> tuple[corrections.DecisionRow, ...]:
    with held.store.read() as cursor:
        item = corrections.item(cursor, NOW, post_id, fact_id)
    return item.history if item else ()


def decide(held: Any, post_id: str, decision: Any, by: str = "Ola Hansen", at: datetime = NOON, **more: Any) -> None:
    """What another person decides, who has seen all that was decided before."""
    rows = history(held, post_id)
    seen = rows[-1].decision_id if rows else 0
    held.store.write(lambda c: corrections.decide(c, post_id, "F02", decision, by, at, seen, **more))


def button(app: AppTest, name: str, post_id: str) -> Any:
    return app.button(key=f"{name}-{post_id}-F02")


def buttons(app: AppTest) -> set[str]:
    return {b.label for b in app.button}


def form(app: AppTest, name: str, post_id: str) -> AppTest:
    """Open one of the forms of an item."""
    app.pills(key=f"gjor-{post_id}-F02").set_value(name)
    return app.run()


def forms(app: AppTest, post_id: str) -> list[str]:
    return list(app.pills(key=f"gjor-{post_id}-F02").options)


def save(app: AppTest, post_id: str) -> AppTest:
    button(app, "lagre", post_id).click()
    return app.run()


def in_tab(app: AppTest, tab: str) -> AppTest:
    app.session_state["tilstand"] = tab
    return app.run()


def offered(app: AppTest) -> list[str]:
    """The replies to copy."""
    return [code.value for code in app.code if "lyttepost" not in code.value]


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
    assert app.code[0].value == "Skolen er ikke vedtatt lagt ned.\nhttps://elvestrand.example.no/skole"
    assert "56 av høyst 500 tegn, godkjent av Rektor 28. oktober 2026" in shown


def test_a_post_in_nynorsk_gets_the_reply_in_nynorsk(app: AppTest, held: Any) -> None:
    rumour(held, text="Det er vedteke å leggje ned skulen.", lang="nn")
    app.run()
    assert app.code[0].value == "Skulen er ikkje vedteken lagd ned.\nhttps://elvestrand.example.no/skole"
    assert "Godkjent svar på nynorsk" in texts(app)


def named(app: AppTest, name: str = "Kari Nordmann") -> AppTest:
    app.run()
    app.text_input(key="hvem").set_value(name)
    return app.run()


def test_nothing_is_decided_without_a_name(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    app.run()
    button(app, "assigned", post_id).click().run()
    assert "Skriv navnet ditt" in app.error[0].value
    form(app, "dismissed", post_id)
    app.radio(key=f"grunn-{post_id}-F02").set_value("satire")
    save(app, post_id)
    assert "Skriv navnet ditt" in app.error[0].value
    assert history(held, post_id) == ()


def test_who_takes_an_item_has_it_in_its_place_and_the_counts_follow(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    button(app, "assigned", post_id).click().run()
    assert not app.exception
    decision = history(held, post_id)[-1]
    assert (decision.decision, decision.decided_by, decision.decided_at) == ("assigned", "Kari Nordmann", NOW)
    assert decision.assignee == "Kari Nordmann"
    assert "0 åpne, 0 usikre, 1 tildelt" in texts(app)
    assert "21. nov. 2026 kl. 15.00: Kari Nordmann tok saken." in texts(app)
    assert "Hos Kari Nordmann" in texts(app)
    assert "Ta saken" not in buttons(app)


def test_an_item_is_given_to_somebody_else_by_name(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    decide(held, rumour(held, "r2", "De legger ned skolen."), "dismissed")
    named(app)
    save(form(app, "assigned", post_id), post_id)
    assert "Velg eller skriv navnet" in app.error[0].value
    app.selectbox(key=f"hvem-{post_id}-F02").set_value("Ola Hansen")
    save(app, post_id)
    assert history(held, post_id)[-1].assignee == "Ola Hansen"
    assert "Kari Nordmann ga saken til Ola Hansen." in texts(app)


def test_one_sees_only_ones_own_items_where_one_wants_to(app: AppTest, held: Any) -> None:
    mine, other = rumour(held), rumour(held, "r2", "Skolen er nå vedtatt nedlagt.")
    decide(held, mine, "assigned", assignee="Kari Nordmann")
    decide(held, other, "assigned", assignee="Ola Hansen")
    in_tab(app, "assigned")
    app.toggle(key="mine").set_value(True).run()
    assert "Skriv navnet ditt" in app.info[0].value
    named(app)
    assert "Viser 1–1 av 1" in texts(app)
    assert "Hos Ola Hansen" not in texts(app)


def test_a_changed_reply_is_approved_by_another_before_it_is_used(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    form(app, "drafted", post_id)
    assert app.text_area(key=f"utkast-{post_id}-F02").value.startswith("Skolen er ikke vedtatt lagt ned.")
    app.text_area(key=f"utkast-{post_id}-F02").set_value("Hei! Saken er bare et forslag.")
    save(app, post_id)
    assert app.code[0].value == "Hei! Saken er bare et forslag."
    assert "utkast fra Kari Nordmann, venter på godkjenning" in texts(app)
    assert "Marker som besvart" not in forms(app, post_id)
    button(app, "approved", post_id).click().run()
    assert "Du har skrevet dette svaret selv" in app.error[0].value
    named(app, "Ola Hansen")
    in_tab(app, "drafted")
    button(app, "approved", post_id).click().run()
    assert history(held, post_id)[-1].draft == "Hei! Saken er bare et forslag."
    assert "Endret svar (30 av høyst 500 tegn, godkjent av Ola Hansen)" in texts(app)
    in_tab(app, "approved")
    form(app, "answered", post_id)
    app.text_input(key=f"lenke-{post_id}-F02").set_value("https://torget.example.no/svar")
    save(app, post_id)
    assert [row.decision for row in history(held, post_id)] == ["drafted", "approved", "answered"]


def test_a_draft_is_sent_back_with_a_reason(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    decide(held, post_id, "drafted", draft="Feil!")
    in_tab(named(app), "drafted")
    save(form(app, "sent_back", post_id), post_id)
    assert "Skriv hva som må endres" in app.error[0].value
    app.text_input(key=f"tilbake-{post_id}-F02").set_value("Vær vennligere")
    save(app, post_id)
    assert "Kari Nordmann sendte utkastet tilbake. Grunn: Vær vennligere." in texts(app)
    assert "Hos Ola Hansen" in texts(app)


def test_a_reply_that_nobody_has_approved_is_not_used_at_once(app: AppTest, held: Any) -> None:
    held.fact("F02", "Skolen er ikke vedtatt lagt ned.", reply_nb="Skolen er ikke vedtatt lagt ned.")
    post_id = held.post("Det er vedtatt å legge ned skolen.", "r1", conflict=1)
    held.match(post_id, "F02")
    named(app)
    assert "Marker som besvart" not in forms(app, post_id)
    assert "Registeret har ikke noe godkjent svar på dette." in app.caption[0].value


def test_a_dismissal_needs_a_reason_and_another_reason_needs_words(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    save(form(app, "dismissed", post_id), post_id)
    assert "Velg en grunn" in app.error[0].value
    app.radio(key=f"grunn-{post_id}-F02").set_value("other")
    save(app, post_id)
    assert "Skriv hva grunnen er." in app.error[0].value
    app.text_input(key=f"utdyp-{post_id}-F02").set_value("gjelder nabokommunen")
    save(app, post_id)
    assert not app.error
    assert history(held, post_id)[-1].reason == "other: gjelder nabokommunen"
    assert "Grunn: gjelder nabokommunen." in texts(app)


def test_a_suggested_reason_is_kept_as_a_code_and_shown_in_words(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    form(named(app), "dismissed", post_id)
    app.radio(key=f"grunn-{post_id}-F02").set_value("satire")
    save(app, post_id)
    assert history(held, post_id)[-1].reason == "satire"
    assert "Grunn: Satire eller spøk." in texts(app)


@pytest.mark.parametrize("link", ["", "svaret ligger her", "javascript:alert(1)", "https://", "//example.no/svar"])
def test_an_answer_needs_a_web_address(app: AppTest, held: Any, link: str) -> None:
    post_id = rumour(held)
    form(named(app), "answered", post_id)
    app.text_input(key=f"lenke-{post_id}-F02").set_value(link)
    save(app, post_id)
    assert "Lim inn hele lenken" in app.error[0].value
    assert history(held, post_id) == ()


def test_an_answered_item_keeps_the_link_and_can_be_opened_again(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    form(named(app), "answered", post_id)
    app.text_input(key=f"lenke-{post_id}-F02").set_value(" https://torget.example.no/svar ")
    save(app, post_id)
    assert history(held, post_id)[-1].reply_url == "https://torget.example.no/svar"
    assert 'href="https://torget.example.no/svar"' in texts(app)
    button(app, "reopened", post_id).click().run()
    assert [row.decision for row in history(held, post_id)] == ["answered", "reopened"]
    assert "1 åpne" in texts(app)


def test_an_answer_is_followed_up_with_what_is_known_of_it(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    decide(held, post_id, "answered", at=NOW - timedelta(days=4), reply_url="https://torget.example.no/svar")
    item = replace(held.items[post_id], text="Jeg tok feil, beklager.")
    builders.keep(held.store, item, now=NOON)
    in_tab(named(app), "due")
    assert "innlegget er endret etter svaret" in texts(app)
    form(app, "followed_up", post_id)
    assert app.radio(key=f"utfall-{post_id}-F02").value == "changed"
    app.text_input(key=f"merknad-{post_id}-F02").set_value("Han takket for svaret")
    save(app, post_id)
    row = history(held, post_id)[-1]
    assert (row.outcome, row.reason) == ("changed", "Han takket for svaret")
    assert "Innlegget er rettet eller endret. Merknad: Han takket for svaret." in texts(app)
    assert "1 fulgt opp" in texts(app)


def test_new_posts_since_the_answer_suggest_that_the_rumour_grows(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    decide(held, post_id, "answered", at=NOON)
    held.match(held.post("Skolen legges ned!", "r2", at=NOON + timedelta(hours=1), conflict=1), "F02")
    in_tab(named(app), "answered")
    assert "1 nytt innlegg motsier faktumet etter svaret" in texts(app)
    form(app, "followed_up", post_id)
    assert app.radio(key=f"utfall-{post_id}-F02").value == "growing"


def test_two_people_do_not_overwrite_each_other(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    named(app)
    decide(held, post_id, "dismissed", reason="opinion")
    button(app, "assigned", post_id).click().run()
    assert not app.exception
    assert "Ola Hansen har avgjort dette i mellomtiden: avgjorde at det ikke skal rettes" in app.error[0].value
    assert [row.decided_by for row in history(held, post_id)] == ["Ola Hansen"]
    assert "Grunn: Mening, ikke en påstand om fakta." in texts(app)
    assert button(app, "reopened", post_id)


def test_a_draft_that_came_too_late_is_not_lost(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    form(named(app), "drafted", post_id)
    app.text_area(key=f"utkast-{post_id}-F02").set_value("Et langt og godt svar.")
    decide(held, post_id, "answered", reply_url="https://torget.example.no/svar")
    save(app, post_id)
    assert "Ola Hansen har avgjort dette i mellomtiden: markerte som besvart" in app.error[0].value
    assert "Et langt og godt svar." in [code.value for code in app.code]
    assert [row.decision for row in history(held, post_id)] == ["answered"]
    assert "1 besvart" in texts(app)


COPY = "Nå er det endelig vedtatt at skolen i bygda vår skal legges ned til sommeren"


def test_copies_are_one_item_and_each_can_be_split_off(app: AppTest, held: Any) -> None:
    first = rumour(held, "r1", COPY)
    second = held.post(COPY, "r2", at=NOON + timedelta(minutes=1), conflict=1)
    held.match(second, "F02")
    named(app)
    assert "Viser 1–1 av 1" in texts(app)
    assert "Gjelder også 1 annet innlegg" in [place.label for place in app.expander]
    app.session_state[f"samme-{first}-F02"] = True
    app.run()
    assert 'href="https://torget.example.no/r2"' in texts(app)
    app.button(key=f"split-{second}-F02").click().run()
    assert "Viser 1–2 av 2" in texts(app)


def test_rumours_are_merged_by_hand(app: AppTest, held: Any) -> None:
    first = rumour(held)
    second = rumour(held, "r2", "De legger ned skolen.")
    form(named(app), "merged", first)
    save(app, first)
    assert "Velg minst ett innlegg" in app.error[0].value
    app.multiselect(key=f"slaa-{first}-F02").set_value([(second, 0)])
    save(app, first)
    assert not app.exception
    assert "Viser 1–1 av 1" in texts(app)
    assert history(held, second) == ()


@pytest.mark.parametrize(
    ("text", "label", "said"),
    [
        ("Høyre og Arbeiderpartiet har vedtatt å legge ned skolen.", {}, "partipolitikk"),
        ("Det er vedtatt å legge ned skolen.", {"actor": "politician"}, "en politiker"),
    ],
)
def test_party_politics_is_marked_and_gets_no_reply(
    app: AppTest, held: Any, text: str, label: dict[str, str], said: str
) -> None:
    post_id = rumour(held, text=text, **label)
    named(app)
    assert said in app.warning[0].value
    assert offered(app) == []
    assert {"Endre svaret", "Marker som besvart"}.isdisjoint(forms(app, post_id))


def test_an_expired_fact_warns_names_its_successor_and_offers_no_reply(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    held.fact("F03", "Skolen er lagt ned fra 1. november.")
    held.fact(
        "F02", "Skolen er ikke lagt ned.", valid_to="2026-10-31", successor="F03", reply_nb="Nei.", approved_by="Rektor"
    )
    app.run()
    assert "Det er ingen åpne treff." in app.info[0].value
    in_tab(app, "expired")
    assert "er utgått" in app.warning[0].value
    assert "Nå gjelder F03" in app.warning[0].value
    assert offered(app) == []
    assert {"Endre svaret", "Marker som besvart"}.isdisjoint(forms(app, post_id))


def test_an_item_says_in_words_why_it_is_urgent_and_what_its_post_answers(app: AppTest, held: Any) -> None:
    rumour(held)
    held.post("Hva skjer med skolen?", "q1", conflict=0)
    for number in range(5):
        item = held.post(f"Skolen legges ned, {number}.", f"n{number}", answers="q1", conflict=1)
        found = FactMatch("F02", "contradicts", 0.9, deadline="2026-11-24")
        builders.match(held.store, held.items[item], found)
    app.run()
    shown = texts(app)
    assert "spres raskt (6 innlegg siste to døgn)" in shown
    assert "langt fra det som er riktig" in shown
    assert "fristen er om 3 dager" in shown
    assert "6 innlegg motsier dette faktumet siste sju dager" in shown
    assert "Svar på" in shown
    assert "Hva skjer med skolen?" in shown


def test_the_address_chooses_the_state(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    decide(held, post_id, "assigned", assignee="Ola")
    app.query_params["tilstand"] = "Tildelt"
    app.run()
    assert "Marker som besvart" in forms(app, post_id)
    app.query_params["tilstand"] = "<script>"
    app.run()
    assert not app.exception


def test_an_unsure_match_is_a_question_with_no_reply_until_somebody_takes_it(app: AppTest, held: Any) -> None:
    post_id = rumour(held)
    held.match(post_id, "F02", 0.4)
    app.run()
    assert "Det er ingen åpne treff." in app.info[0].value
    assert "0 åpne, 1 usikre" in texts(app)
    in_tab(named(app), "unsure")
    assert "Lyttepost er usikker på om innlegget motsier faktumet." in app.info[0].value
    assert offered(app) == []
    assert forms(app, post_id) == ["Gi til en annen", "Skal ikke rettes"]
    button(app, "assigned", post_id).click().run()
    assert not app.exception
    in_tab(app, "assigned")
    assert len(offered(app)) == 1


def test_the_queue_comes_in_pages_and_by_fact(app: AppTest, held: Any) -> None:
    for number in range(SIZE + 2):
        rumour(held, f"r{number}", f"Det er vedtatt {number}.")
    held.fact("F05", "Vannet er trygt.")
    other = held.post("Vannet er farlig.", "v1", conflict=1)
    held.match(other, "F05", 0.65)
    app.run()
    assert not app.exception
    assert len([b for b in app.button if b.key and b.key.startswith("assigned-")]) == SIZE
    assert "Viser 1–25 av 28" in texts(app)
    app.pagination(key="side").set_value(2).run()
    assert "Viser 26–28 av 28" in texts(app)
    app.selectbox(key="faktum").select("F05").run()
    assert "Viser 1–1 av 1" in texts(app)
    assert app.button(key=f"assigned-{other}-F05")


def test_hostile_text_is_shown_and_not_obeyed(app: AppTest, held: Any) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example.no/x.png) :red[x] =cmd()"
    held.fact("<b>F</b>", hostile, source_url="javascript:alert(1)", reply_nb=hostile, known_false_claims=(hostile,))
    post_id = held.post(hostile, "h1", handle=hostile, title=hostile, conflict=1, url="javascript:alert(1)")
    held.match(post_id, "<b>F</b>", 0.9, in_post=Span(0, 5000), in_fact=Span(-3, 4))
    named(app, "<img src=x> ![x](http://evil.example.no)")
    app.button(key=f"assigned-{post_id}-<b>F</b>").click().run()
    assert not app.exception
    drawn = "\n".join(e.value for e in app.html)
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "javascript:" not in drawn
    assert "&lt;script&gt;" in drawn
    for element in (*app.markdown, *app.caption, *app.error, *app.info):
        assert "![" not in element.value
