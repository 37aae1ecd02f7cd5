from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.services import Services
from data import facts
from data.facts import Revision
from lyttepost import fact_files
from models.labels import Fact

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
NOW = NOON + timedelta(hours=3)
SCHOOL = Fact(
    "F02",
    "Skolen er ikke vedtatt lagt ned.",
    "Skulen er ikkje vedteken lagd ned.",
    valid_to="2026-12-03",
    source_url="https://elvestrand.example.no/skole",
    known_false_claims=("Skolen er lagt ned.", "Alle flyttes."),
    reply_nb="Det er ikke vedtatt.",
    topic="skole-og-utdanning",
    owner="Skole",
    approved_by="Rektor",
    approved_at="2026-10-28",
)


def _script() -> None:
    import streamlit as st

    from dashboard.pages.fakta import page
    from dashboard.parts.person import ask_who

    with st.sidebar:
        ask_who()
    page()


@pytest.fixture
def app(held: Any) -> Iterator[AppTest]:
    services.provide(
        Services(
            held.store,
            "Elvestrand kommune",
            take_in_facts=lambda name, content, by: fact_files.take_in(held.store, name, content, by, NOW),
            now=lambda: NOW,
        )
    )
    yield AppTest.from_function(_script, default_timeout=30)
    services.provide(None)


def keep(held: Any, *found: Fact, by: str = "Ola Hansen") -> None:
    held.store.write(lambda cursor: facts.save(cursor, found, NOON, by))


def history(held: Any, fact_id: str = "F02") -> list[Revision]:
    with held.store.read() as cursor:
        return facts.history(cursor, fact_id)


def texts(app: AppTest) -> str:
    shown = [e.value for kind in (app.html, app.info, app.error, app.warning, app.success) for e in kind]
    return "\n".join(shown)


def opened(app: AppTest, fact_id: str = "F02", name: str = "Kari Vik") -> AppTest:
    """The page of a fact with its form and history."""
    app.query_params["nummer"] = fact_id
    app.session_state[f"rediger-{fact_id}"] = True
    app.session_state[f"historikk-{fact_id}"] = True
    app.run()
    app.text_input(key="hvem").set_value(name)
    return app.run()


def new(app: AppTest, name: str = "Kari Vik") -> AppTest:
    app.session_state["nytt-faktum"] = True
    app.run()
    app.text_input(key="hvem").set_value(name)
    return app.run()


def test_an_empty_register_tells_how_to_fill_it(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert "Registeret er tomt" in app.info[0].value


def test_the_register_can_be_searched_and_filtered(app: AppTest, held: Any) -> None:
    coming = Fact("F05", "Vannet er trygt.", valid_from="2026-12-01", known_false_claims=("Vannet er forurenset.",))
    keep(held, SCHOOL, coming, Fact("F06", "Badet er åpent.", valid_to="2026-01-01", owner="Kultur"))
    app.run()
    assert not app.exception
    assert "3 fakta: 1 gjelder nå, og 1 av dem går ut innen 30 dager. 1 har gått ut, og 1 gjelder fra" in texts(app)
    assert "Går ut 3. desember 2026" in texts(app)

    def shown() -> list[str]:
        return [b.key.removeprefix("apne-") for b in app.button if b.key and b.key.startswith("apne-")]

    app.text_input(key="faktasok").set_value("FORURENSET").run()
    assert shown() == ["F05"]
    app.text_input(key="faktasok").set_value("").run()
    for chosen, expected in (("holds", "F02"), ("soon", "F02"), ("past", "F06"), ("coming", "F05")):
        app.segmented_control(key="faktavis").set_value(chosen).run()
        assert shown() == [expected], chosen
    app.segmented_control(key="faktavis").set_value("all").run()
    app.selectbox(key="faktatema").select("skole-og-utdanning").run()
    assert shown() == ["F02"]
    app.selectbox(key="faktaeier").select("Kultur").run()
    assert "Ingen fakta passer" in texts(app)


def test_a_fact_opens_to_everything(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    app.run()
    app.button(key="apne-F02").click().run()
    assert not app.exception
    shown = texts(app)
    for part in ("Skulen er ikkje", "Alle flyttes.", "Skole og utdanning", "Godkjent av Rektor 28. oktober 2026"):
        assert part in shown
    assert 'href="https://elvestrand.example.no/skole"' in shown
    app.button(key="tilbake").click().run()
    assert app.button(key="apne-F02")


def test_an_unknown_number_in_the_address_shows_the_register(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    app.query_params["nummer"] = "<script>"
    app.run()
    assert not app.exception
    assert "ikke noe faktum med nummeret" in texts(app)
    assert app.button(key="apne-F02")


def test_facts_that_end_stand_at_the_top_by_owner(app: AppTest, held: Any) -> None:
    keep(
        held,
        SCHOOL,
        replace(SCHOOL, id="F03"),
        replace(SCHOOL, id="F04", valid_to="2026-11-01"),
        replace(SCHOOL, id="F05", owner="", valid_to="2026-11-01"),
        replace(SCHOOL, id="F06", successor="F07"),
        Fact("F07", "Etterpå."),
    )
    app.run()
    assert "Eier: Skole – 2 fakta går ut innen 30 dager, 1 faktum har gått ut de siste 30 dagene" in texts(app)
    assert "Eier: ingen – 1 faktum har gått ut" in texts(app)


def test_a_new_fact_is_written_and_opened_and_is_not_approved(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    new(app)
    assert app.text_input(key="faktum--id").value == "F03"
    app.text_area(key="faktum--statement_nb").set_value("Badet åpner 10. januar.")
    app.text_area(key="faktum--known_false_claims").set_value("Det åpner aldri.\n\nDet er revet.")
    app.date_input(key="faktum--valid_to").set_value(date(2027, 1, 10))
    app.selectbox(key="faktum--successor").select("F02")
    app.selectbox(key="faktum--topic").select("kultur-idrett-og-fritid")
    app.button(key="lagre-").click().run()
    assert not app.exception
    (first,) = history(held, "F03")
    assert first.fact == Fact(
        "F03",
        "Badet åpner 10. januar.",
        valid_to="2027-01-10",
        known_false_claims=("Det åpner aldri.", "Det er revet."),
        topic="kultur-idrett-og-fritid",
        successor="F02",
    )
    assert (first.saved_by, first.saved_at) == ("Kari Vik", NOW)
    assert "må godkjennes" in app.success[0].value
    assert "Ikke godkjent" in texts(app)
    app.button(key="godkjenn").click().run()
    approved = history(held, "F03")[0].fact
    assert (approved.approved_by, approved.approved_at) == ("Kari Vik", "2026-11-21")


def test_what_is_wrong_is_told_in_the_form_and_what_was_written_stays(app: AppTest, held: Any) -> None:
    new(app)
    app.text_input(key="faktum--source_url").set_value("skolen")
    app.button(key="lagre-").click().run()
    said = "".join(e.value for e in app.error)
    assert "«Riktig på bokmål» mangler" in said
    assert "«Kilde» er ikke en gyldig nettadresse" in said
    assert app.text_input(key="faktum--source_url").value == "skolen"
    assert history(held, "F01") == []


@pytest.mark.parametrize("what", ["lagre-F02", "godkjenn"])
def test_nothing_is_changed_without_a_name(app: AppTest, held: Any, what: str) -> None:
    keep(held, replace(SCHOOL, approved_by="", approved_at=None))
    opened(app, name="")
    app.text_area(key="faktum-F02-reply_nb").set_value("Nytt svar")
    app.button(key=what).click().run()
    assert "Skriv navnet ditt" in app.error[0].value
    assert len(history(held)) == 1


def test_another_word_takes_the_approval_away_and_another_owner_does_not(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    opened(app)
    app.text_input(key="faktum-F02-owner").set_value("Oppvekst")
    app.button(key="lagre-F02").click().run()
    assert "er fortsatt godkjent" in app.success[0].value
    assert history(held)[0].fact == replace(SCHOOL, owner="Oppvekst")
    app.text_area(key="faktum-F02-reply_nb").set_value("Nytt svar.")
    app.button(key="lagre-F02").click().run()
    assert history(held)[0].changed == ("reply_nb", "approved_by", "approved_at")
    assert app.button(key="godkjenn")
    shown = texts(app)
    assert "Utgave 3: Kari Vik endret det 21. nov. 2026 kl. 15.00." in shown
    assert "<td>Det er ikke vedtatt.</td><td>Nytt svar.</td>" in shown
    assert "Utgave 1: Ola Hansen la det inn" in shown


def test_nothing_changed_is_no_new_revision(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    opened(app)
    app.button(key="lagre-F02").click().run()
    assert "Ingenting var endret" in app.success[0].value
    assert len(history(held)) == 1


def test_the_second_of_two_is_told_and_loses_nothing_of_what_they_wrote(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL)
    opened(app)
    keep(held, replace(SCHOOL, owner="Oppvekst", topic=""), by="Ola *Hansen*")
    app.text_area(key="faktum-F02-statement_nb").set_value("Skolen består.")
    app.button(key="lagre-F02").click().run()
    assert not app.exception
    said = app.error[0].value
    assert "Ola \\*Hansen\\* lagret dette faktumet 21. nov. 2026 kl. 12.00" in said
    assert "endret: Tema, Eier." in said
    assert "Oppvekst" in texts(app)
    assert app.text_area(key="faktum-F02-statement_nb").value == "Skolen består."
    assert app.text_input(key="faktum-F02-owner").value == "Skole"
    assert len(history(held)) == 2
    app.button(key="lagre-F02").click().run()
    newest = history(held)[0]
    assert (newest.number, newest.fact.statement_nb, newest.fact.owner) == (3, "Skolen består.", "Skole")


def test_what_was_changed_meanwhile_is_not_approved_unread(app: AppTest, held: Any) -> None:
    draft = replace(SCHOOL, approved_by="", approved_at=None)
    keep(held, draft)
    opened(app)
    keep(held, replace(draft, reply_nb="Noe annet."))
    app.button(key="godkjenn").click().run()
    assert "Ola Hansen lagret dette faktumet" in app.error[0].value
    assert history(held)[0].fact.approved_by == ""
    app.button(key="godkjenn").click().run()
    assert history(held)[0].fact.approved_by == "Kari Vik"


def test_ones_own_approval_does_not_overtake_what_one_is_writing(app: AppTest, held: Any) -> None:
    keep(held, replace(SCHOOL, approved_by="", approved_at=None))
    opened(app)
    app.button(key="godkjenn").click().run()
    app.text_input(key="faktum-F02-owner").set_value("Oppvekst")
    app.button(key="lagre-F02").click().run()
    assert not app.error
    assert history(held)[0].fact == replace(SCHOOL, owner="Oppvekst", approved_by="Kari Vik", approved_at="2026-11-21")


def test_a_number_that_was_taken_meanwhile_is_told_with_a_free_one(app: AppTest, held: Any) -> None:
    new(app)
    keep(held, Fact("F01", "Et annet."))
    app.text_area(key="faktum--statement_nb").set_value("Vårt.")
    app.button(key="lagre-").click().run()
    assert "Nummeret F01 er i bruk. Velg et annet, for eksempel F02." in app.error[0].value
    assert app.text_area(key="faktum--statement_nb").value == "Vårt."


def test_successors_in_a_circle_are_told(app: AppTest, held: Any) -> None:
    keep(held, SCHOOL, Fact("F03", "x", successor="F02"))
    opened(app)
    app.selectbox(key="faktum-F02-successor").select("F03")
    app.button(key="lagre-F02").click().run()
    assert "fører rekken i ring" in app.error[0].value


def test_a_file_is_taken_in_under_ones_name_and_wrong_lines_are_told(app: AppTest, held: Any) -> None:
    app.session_state["faktafiler"] = True
    app.run()
    app.button(key="ta-inn").click().run()
    assert "Skriv navnet ditt" in app.error[0].value
    app.text_input(key="hvem").set_value("Kari Vik").run()
    app.button(key="ta-inn").click().run()
    assert "Velg en fil først" in app.error[0].value
    content = "Nummer;Riktig på bokmål;Gjelder til\nF1;Skolen består.;\nF2;x;**i fjor**\n"
    app.file_uploader[0].set_value(("fakta.csv", content.encode(), "text/csv"))
    app.button(key="ta-inn").click().run()
    assert not app.exception
    assert "1 faktum lest, 1 nye eller endret, 1 avvist." in app.warning[0].value
    assert "Linje 3 ble ikke tatt inn: «Gjelder til» må være en dato" in app.error[0].value.replace("\\", "")
    assert history(held, "F1")[0].saved_by == "Kari Vik"


def test_hostile_text_is_shown_and_not_obeyed(app: AppTest, held: Any) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example.no/x.png) :red[x] =cmd()"
    fact = Fact("<b>F</b>", hostile, hostile, source_url="javascript:alert(1)", owner=hostile, reply_nb=hostile)
    keep(held, replace(fact, valid_to="2026-12-01", known_false_claims=(hostile,)), by=hostile)
    keep(held, replace(fact, topic=hostile, body=hostile), by=hostile)
    for run in (app.run, lambda: opened(app, "<b>F</b>", hostile)):
        run()
        assert not app.exception
        drawn = "\n".join(e.value for e in app.html)
        assert "<script" not in drawn
        assert "<b>F" not in drawn
        assert 'href="javascript' not in drawn
        assert "&lt;script&gt;" in drawn
        for element in (*app.markdown, *app.caption, *app.error, *app.info):
            assert "![" not in element.value
