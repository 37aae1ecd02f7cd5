"""Arkiv, what is archived and deleted at its source: the conflict is told, and a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from collectors.post import HeldPost, LookedUp, Polled, SourceState
from dashboard import services
from dashboard.services import Services
from data import archive, deletions, listening
from models.archiving import Assessment

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
NOW = NOON + timedelta(days=2)
YES, NO = Assessment("incoming", "yes", "yes", "no"), Assessment("incoming", "no", "no", "no")


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


def deleted(
    held: Any,
    native_id: str = "k1",
    text: str = "Jeg klager på vedtaket.",
    given: Assessment = YES,
    how: str = "absent",
) -> str:
    """A post that is assessed, and then gone where it stood."""
    post_id: str = held.post(text, native_id, intent="complaint", conflict=1)
    held.store.write(lambda cursor: archive.decide(cursor, post_id, given, "En klage i egen sak.", "Ola", NOON))
    gone(held, post_id, how)
    return post_id


def gone(held: Any, post_id: str, how: str = "absent") -> None:
    looked = LookedUp({post_id: how})
    held.store.write(
        lambda cursor: deletions.save(cursor, [HeldPost(post_id, "", "")], looked, NOON + timedelta(days=1))
    )


def show(app: AppTest, name: str = "Ada Arkivar") -> AppTest:
    app.query_params["vis"] = "Slettet hos kilden"
    app.run()
    if name:
        app.text_input(key="hvem").set_value(name)
        app.run()
    return app


def choose(app: AppTest, view: str) -> AppTest:
    return app.segmented_control(key="vis").set_value(view).run()


def decide(
    app: AppTest, post_id: str, choice: Any, reason: str = "Hjemmel: bevarings- og kassasjonsplanen."
) -> AppTest:
    if choice:
        app.radio(key=f"slettevalg-{post_id}").set_value(choice)
    app.text_area(key=f"slettegrunn-{post_id}").set_value(reason)
    return app.button(key=f"lagre-slettevalg-{post_id}").click().run()


def state(held: Any, post_id: str) -> str:
    with held.store.read() as cursor:
        view = listening.post(cursor, post_id)
    assert view
    return view.state


def test_an_empty_list_says_so_and_how_lyttepost_finds_out(app: AppTest, held: Any) -> None:
    show(app)
    assert not app.exception
    assert "Ingen arkiverte innlegg er slettet hos kilden." in app.info[0].value


def test_the_conflict_is_told_with_what_is_known_of_both_sides(app: AppTest, held: Any) -> None:
    deleted(held)
    said = drawn(show(app))
    assert not app.exception
    assert "to hensyn mot hverandre" in said
    assert "Jeg klager på vedtaket." in said
    assert "ikke innlegget med i svaret når Lyttepost spør etter det. Lyttepost så det 22. nov. 2026 kl. 12.00." in said
    assert "journalføres og arkiveres, av Ola 21. nov. 2026 kl. 12.00. Begrunnelse: En klage i egen sak." in said
    assert "Viser 1–1 av 1" in said


def test_how_it_is_known_is_worded_also_where_the_code_is_new(app: AppTest, held: Any) -> None:
    deleted(held, how="compliance")
    assert "Plattformen melder at innlegget er fjernet." in drawn(show(app))


@pytest.mark.parametrize(
    ("number", "says"), [(1, "1 arkivert innlegg er slettet"), (2, "2 arkiverte innlegg er slettet")]
)
def test_the_other_lists_tell_that_somebody_must_decide(app: AppTest, held: Any, number: int, says: str) -> None:
    for n in range(number):
        deleted(held, f"k{n}")
    app.run()
    assert says in app.warning[0].value
    choose(app, "deleted")
    assert "to hensyn mot hverandre" in drawn(app)
    assert not app.warning


def test_to_keep_it_is_stored_with_name_and_reason_and_ends_the_warning(app: AppTest, held: Any) -> None:
    post_id = deleted(held)
    decide(show(app), post_id, "keep", "Arkivpliktig.")
    assert not app.exception
    assert "Innlegget blir tatt vare på her." in app.success[0].value
    assert "23. nov. 2026 kl. 12.00: Ada Arkivar valgte «Behold». Begrunnelse: Arkivpliktig." in drawn(app)
    assert state(held, post_id) == "held"
    choose(app, "suggested")
    assert "to hensyn mot hverandre" not in drawn(app)
    assert not app.warning


def test_to_erase_it_removes_it_here_too(app: AppTest, held: Any) -> None:
    post_id = deleted(held)
    decide(show(app), post_id, "erase")
    assert not app.exception
    assert "er slettet her" in app.success[0].value
    assert "Jeg klager" not in drawn(app)
    assert state(held, post_id) == "gone"


@pytest.mark.parametrize(
    ("name", "choice", "reason", "says"),
    [
        ("", "erase", "Fordi.", "Skriv navnet ditt"),
        ("Ada", "erase", "  ", "Skriv en begrunnelse"),
        ("Ada", None, "Fordi.", "Velg først"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(
    app: AppTest, held: Any, name: str, choice: Any, reason: str, says: str
) -> None:
    post_id = deleted(held)
    decide(show(app, name), post_id, choice, reason)
    assert says in app.error[0].value
    assert state(held, post_id) == "held"


def test_two_archivists_do_not_overrule_each_other_unread(app: AppTest, held: Any) -> None:
    post_id = deleted(held)
    show(app)
    held.store.write(lambda c: deletions.decide(c, post_id, "keep", "Må bevares.", "Ola", NOW, 0))
    decide(app, post_id, "erase")
    assert "Ola har avgjort dette i mellomtiden: «Behold»." in app.error[0].value
    assert "Må bevares." in drawn(app)
    assert state(held, post_id) == "held"
    decide(app, post_id, "erase")
    assert state(held, post_id) == "gone"


def test_a_post_that_came_back_meanwhile_is_not_erased(app: AppTest, held: Any) -> None:
    post_id = deleted(held)
    show(app)
    found = LookedUp(posts=(held.items[post_id],))
    held.store.write(lambda c: deletions.save(c, [HeldPost(post_id, "", "")], found, NOW))
    decide(app, post_id, "erase")
    assert "venter ikke på noen avgjørelse lenger" in app.error[0].value
    assert state(held, post_id) == "live"


def test_a_held_post_can_be_assessed_and_says_that_it_is_gone_at_its_source(app: AppTest, held: Any) -> None:
    app.query_params["innlegg"] = deleted(held)
    app.run()
    assert not app.exception
    assert "Teksten er beholdt her fordi innlegget er arkivert." in app.warning[0].value
    assert "Jeg klager på vedtaket." in drawn(app)


def test_a_tombstone_can_not_be_assessed_and_keeps_its_history(app: AppTest, held: Any) -> None:
    app.query_params["innlegg"] = deleted(held, given=NO)
    app.run()
    assert not app.exception
    assert "kan ikke vurderes for arkiv" in app.info[0].value
    assert not app.radio
    assert "Ola kom til «arkivbegrenses»." in drawn(app)


def test_a_post_that_goes_while_it_is_assessed_is_told(app: AppTest, held: Any) -> None:
    post_id = held.post("Jeg klager på vedtaket.", "k1", intent="complaint", conflict=1)
    app.query_params["innlegg"] = post_id
    app.run()
    app.text_input(key="hvem").set_value("Ada Arkivar").run()
    app.radio(key=f"retning-{post_id}").set_value("incoming").run()
    for question in ("case_processing", "documentation", "posterity"):
        app.radio(key=f"{question}-{post_id}").set_value("no").run()
    app.text_area(key=f"begrunnelse-{post_id}").set_value("Prat.").run()
    gone(held, post_id)
    app.button(key=f"lagre-{post_id}").click().run()
    assert not app.exception
    with held.store.read() as cursor:
        assert archive.decisions(cursor, post_id) == []
    assert "kan ikke vurderes for arkiv" in app.info[0].value


def test_hostile_names_and_reasons_are_shown_and_not_obeyed(app: AppTest, held: Any) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example.no/x.png)"
    post_id = deleted(held, text=hostile)
    held.store.write(lambda c: deletions.decide(c, post_id, "keep", hostile, hostile, NOW, 0))
    said = drawn(show(app))
    assert not app.exception
    assert "<script" not in said
    assert "&lt;script&gt;" in said


def test_many_conflicts_come_in_pages(app: AppTest, held: Any) -> None:
    for n in range(26):
        deleted(held, f"k{n}", f"Klage {n}.")
    assert "Viser 1–25 av 26" in drawn(show(app))
    app.pagination(key="side").set_value(2).run()
    assert not app.exception
    assert "Viser 26–26 av 26" in drawn(app)


# What feeds list no more


def vanished(held: Any, text: str = "Jeg klager på vedtaket.") -> str:
    """A post that its feed lists no more."""
    post_id: str = held.post(text, "k1")
    polled = Polled(SourceState("torget"), vanished=(post_id,))
    held.store.write(lambda cursor: deletions.note_vanished(cursor, [polled], NOW))
    return post_id


def test_a_post_that_left_its_feed_is_told_of_and_shown(held: Any, app: AppTest) -> None:
    vanished(held)
    app.run()
    assert any("kan være slettet" in info.value for info in app.info)
    said = drawn(choose(app, "deleted"))
    assert "kan være slettet, ikke i feeden siden 23. nov. 2026" in said
    assert "Feeder kan ikke svare på det" in said


@pytest.mark.parametrize(("answer", "expected"), [("gone", "gone"), ("stands", "live")])
def test_who_looked_where_a_missing_post_stood_says_so(held: Any, app: AppTest, answer: str, expected: str) -> None:
    post_id = vanished(held)
    show(app, name="")
    app.button(key=f"borte-{answer}-{post_id}").click().run()
    assert "navnet ditt" in app.error[0].value
    show(app).button(key=f"borte-{answer}-{post_id}").click().run()
    assert not app.exception
    assert app.success
    assert state(held, post_id) == expected
    assert f"borte-{answer}-{post_id}" not in {button.key for button in app.button}
