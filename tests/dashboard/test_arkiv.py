from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.parts.paging import SIZE
from dashboard.services import Services
from data import archive
from models.archiving import Assessment

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
NOW = NOON + timedelta(hours=3)
YES = Assessment("incoming", "yes", "yes", "no")


def _script() -> None:
    import streamlit as st

    from dashboard.pages.arkiv import page
    from dashboard.parts.person import ask_who

    with st.sidebar:
        ask_who()
    page()


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    services.provide(Services(held.store, "Elvestrand kommune", now=lambda: NOW))
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


def drawn(app: AppTest) -> str:
    return "\n".join(e.value for e in app.html)


def complaint(held: Any, native_id: str = "k1", text: str = "Jeg klager på vedtaket.", **more: Any) -> str:
    post_id: str = held.post(text, native_id, **{"intent": "complaint", "conflict": 1, **more})
    return post_id


def assess(app: AppTest, post_id: str, name: str = "Kari Arkivar") -> AppTest:
    app.query_params["innlegg"] = post_id
    app.run()
    if name:
        app.text_input(key="hvem").set_value(name)
        app.run()
    return app


def answer(app: AppTest, post_id: str, given: Assessment, reason: str = "") -> AppTest:
    app.radio(key=f"retning-{post_id}").set_value(given.direction).run()
    for question in ("case_processing", "documentation", "posterity"):
        app.radio(key=f"{question}-{post_id}").set_value(getattr(given, question)).run()
    app.text_area(key=f"begrunnelse-{post_id}").set_value(reason).run()
    return app


def save(app: AppTest, post_id: str) -> AppTest:
    return app.button(key=f"lagre-{post_id}").click().run()


def kept(held: Any, post_id: str) -> list[archive.ArchiveDecision]:
    with held.store.read() as cursor:
        return archive.decisions(cursor, post_id)


def test_an_empty_store_says_that_nothing_waits(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert "Ingen innlegg venter på vurdering." in app.info[0].value


def test_the_list_leads_to_a_post_and_back(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    held.post("En hyggelig dag.", "a1", conflict=0)
    app.run()
    assert "1 venter på vurdering, 0 er vurdert" in drawn(app)
    app.button(key=f"vurder-{post_id}").click().run()
    assert app.query_params["innlegg"] == post_id
    assert app.radio(key=f"retning-{post_id}").value is None
    app.button(key="tilbake").click().run()
    assert "innlegg" not in app.query_params
    assert app.button(key=f"vurder-{post_id}")


def test_any_post_can_be_chosen_by_its_address(app: AppTest, held: Any) -> None:
    post_id = held.post("Et innlegg uten merkelapper.", "a1")
    assess(app, post_id)
    assert not app.exception
    assert "Et innlegg uten merkelapper." in drawn(app)


@pytest.mark.parametrize("post_id", ["finnes-ikke", "<script>", "' OR 1=1 --", "x" * 5000])
def test_an_unknown_address_says_so_and_shows_the_list(app: AppTest, held: Any, post_id: str) -> None:
    complaint(held)
    assess(app, post_id)
    assert not app.exception
    assert "ikke noe innlegg med denne adressen" in app.warning[0].value
    assert [b for b in app.button if b.key and b.key.startswith("vurder-")]


@pytest.mark.parametrize(
    ("given", "says", "law"),
    [
        (YES, "Utfall: journalføres og arkiveres", "arkivforskrifta § 14"),
        (Assessment("foreign", "yes", "yes", "no"), "Arkivar kan vurdere", "arkivlova § 5"),
        (Assessment("incoming", "no", "yes", "yes"), "skal også bevares for ettertiden", "arkivlova § 5"),
        (Assessment("incoming", "no", "no", "yes"), "Utfall: bevares i kontekst", "arkivlova § 12"),
        (Assessment("incoming", "no", "no", "no"), "Utfall: arkivbegrenses", "arkivbegrensning"),
    ],
)
def test_the_outcome_follows_the_answers_with_its_law(
    app: AppTest, held: Any, given: Assessment, says: str, law: str
) -> None:
    post_id = complaint(held)
    answer(assess(app, post_id), post_id, given)
    assert not app.exception
    assert says in drawn(app)
    assert law in drawn(app)
    assert "må bekreftes av arkivar" in drawn(app)


def test_no_outcome_is_shown_before_all_is_answered(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    assess(app, post_id)
    assert "Velg først hvordan innlegget er knyttet" in app.info[0].value
    app.radio(key=f"retning-{post_id}").set_value("incoming").run()
    assert "Svar ja eller nei på alle tre" in app.info[0].value
    assert "Utfall:" not in drawn(app)


def test_a_post_about_us_is_not_one_that_came_in(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    assess(app, post_id)
    app.radio(key=f"retning-{post_id}").set_value("foreign").run()
    assert "gjør ikke innlegget til et dokument som er kommet inn" in app.info[0].value


def test_the_rule_for_access_requests_is_shown(app: AppTest, held: Any) -> None:
    post_id = complaint(held, intent="access_request")
    answer(assess(app, post_id), post_id, YES)
    assert "Innsynssaker er normalt unntatt fra journalføring" in drawn(app)


def test_a_threat_is_pointed_out(app: AppTest, held: Any) -> None:
    assess(app, complaint(held, conflict=3))
    assert "Følg det opp straks" in app.warning[0].value


@pytest.mark.parametrize(
    ("name", "given", "reason", "says"),
    [
        ("", YES, "En klage.", "Skriv navnet ditt"),
        ("Kari", YES, "  ", "Skriv en begrunnelse"),
        ("Kari", Assessment("incoming", "yes", "not_assessed", "no"), "En klage.", "alle tre spørsmålene"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    app: AppTest, held: Any, name: str, given: Assessment, reason: str, says: str
) -> None:
    post_id = complaint(held)
    save(answer(assess(app, post_id, name), post_id, given, reason), post_id)
    assert says in app.error[0].value
    assert kept(held, post_id) == []


def test_a_decision_is_kept_with_who_when_and_why_and_starts_the_next(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    save(answer(assess(app, post_id), post_id, YES, "En klage i egen sak."), post_id)
    assert not app.exception
    assert "Vurderingen er lagret: journalføres og arkiveres." in app.success[0].value
    decision = kept(held, post_id)[0]
    assert (decision.assessment, decision.outcome) == (YES, "register")
    assert (decision.decided_by, decision.decided_at, decision.reason) == ("Kari Arkivar", NOW, "En klage i egen sak.")
    assert "21. nov. 2026 kl. 15.00: Kari Arkivar kom til «journalføres og arkiveres»." in drawn(app)
    assert "Begrunnelse: En klage i egen sak." in drawn(app)
    app.radio(key=f"posterity-{post_id}").set_value("yes").run()
    app.text_area(key=f"begrunnelse-{post_id}").set_value("Viser debatten.").run()
    save(app, post_id)
    assert [d.assessment.posterity for d in kept(held, post_id)] == ["no", "yes"]


def test_two_people_do_not_overwrite_each_other(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    answer(assess(app, post_id), post_id, YES, "En klage.")
    no = Assessment("incoming", "no", "no", "no")
    held.store.write(lambda cursor: archive.decide(cursor, post_id, no, "Bare prat.", "Ola Hansen", NOON))
    save(app, post_id)
    assert "Ola Hansen har vurdert innlegget i mellomtiden: arkivbegrenses" in app.error[0].value
    assert [d.decided_by for d in kept(held, post_id)] == ["Ola Hansen"]
    assert "Begrunnelse: Bare prat." in drawn(app)
    save(app, post_id)
    assert [d.decided_by for d in kept(held, post_id)] == ["Ola Hansen", "Kari Arkivar"]


def test_a_post_that_changes_under_the_assessment_must_be_read_again(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    answer(assess(app, post_id), post_id, YES, "En klage.")
    complaint(held, text="Jeg klager ikke lenger.")
    save(app, post_id)
    assert "ble rettet mens du vurderte det" in app.error[0].value
    assert kept(held, post_id) == []
    assert "Jeg klager ikke lenger." in drawn(app)
    save(app, post_id)
    assert kept(held, post_id)[0].text == "Jeg klager ikke lenger."


def test_a_post_edited_after_the_decision_shows_what_was_decided_on(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    held.store.write(lambda cursor: archive.decide(cursor, post_id, YES, "En klage.", "Ola", NOON))
    assert "rettet etter denne vurderingen" not in drawn(assess(app, post_id))
    complaint(held, text="Ny tekst.")
    app.run()
    assert "Innlegget er rettet etter denne vurderingen." in drawn(app)
    assert "Slik sto innlegget da" in drawn(app)
    assert "Jeg klager på vedtaket." in drawn(app)


def test_the_decided_are_listed_with_their_last_outcome(app: AppTest, held: Any) -> None:
    post_id = complaint(held)
    for given, name in ((YES, "Ola"), (Assessment("incoming", "no", "no", "no"), "Kari")):
        held.store.write(lambda cursor, g=given, n=name: archive.decide(cursor, post_id, g, "Fordi.", n, NOON))
    app.query_params["vis"] = "Vurdert"
    app.run()
    assert "0 venter på vurdering, 1 er vurdert" in drawn(app)
    assert "Sist vurdert: arkivbegrenses, av Kari 21. nov. 2026 kl. 12.00." in drawn(app)


def test_the_list_comes_in_pages(app: AppTest, held: Any) -> None:
    for number in range(SIZE + 1):
        complaint(held, f"k{number}", f"Klage {number}.")
    app.run()
    assert "Viser 1–25 av 26" in drawn(app)
    app.pagination(key="side").set_value(2).run()
    assert "Viser 26–26 av 26" in drawn(app)


def test_hostile_text_is_shown_and_not_obeyed(app: AppTest, held: Any) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example.no/x.png) :red[x] =cmd()"
    post_id = complaint(held, text=hostile, title=hostile, handle=hostile, url="javascript:alert(1)")
    name = "<img src=x> ![x](http://evil.example.no)"
    held.store.write(lambda cursor: archive.decide(cursor, post_id, YES, hostile, hostile, NOON))
    complaint(held, text=f"{hostile} endret")
    save(answer(assess(app, post_id, name), post_id, YES, hostile), post_id)
    assert not app.exception
    assert kept(held, post_id)[-1].reason == hostile
    for text in ("<script", "<img", "javascript:"):
        assert text not in drawn(app)
    assert "&lt;script&gt;" in drawn(app)
    for element in (*app.markdown, *app.caption, *app.error, *app.info, *app.success):
        assert "![" not in element.value
