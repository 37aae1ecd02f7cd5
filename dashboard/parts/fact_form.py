"""The form for a fact. What was written stays in it until it is kept, also where somebody else was quicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboard.parts.escape import md
from dashboard.parts.facts import field_name, told
from dashboard.parts.names import label
from dashboard.parts.person import who
from dashboard.parts.query import ask, forget, read
from dashboard.services import services
from dashboard.wording import moment, t
from data import facts, topics
from data.facts import SavedMeanwhile, WrongSuccessor
from data.posts import oslo_day
from models.facts import (
    CLAIMS,
    FIRST_DAY,
    LAST_DAY,
    LIMITS,
    REPLIES,
    STATEMENTS,
    WrongFact,
    edited,
    fact_of,
    next_id,
)
from models.labels import TOPICS, Fact

CHOSEN: Final = "nummer"
"""The fact that is open stands in the address under this name."""
_NEW: Final = ""
_DAYS: Final = ("valid_from", "valid_to")
_WRITTEN: Final = (*STATEMENTS, *_DAYS, "successor", "source_url", CLAIMS, *REPLIES, "topic", "owner", "body")
_MESSAGE: Final = "melding-faktum"


def fact_form(register: Sequence[Fact], fact: Fact | None = None, revision: int = 0) -> None:
    """The fields of a fact as it stands in this revision, or of a new one."""
    place = fact.id if fact else _NEW
    _begin(place, register, fact, revision)
    names = {other.id: f"{other.id}: {other.statement_nb}" for other in register if other.id != place}
    known = [*TOPICS, *(name for name in read(topics.names) if name not in TOPICS)]
    with st.form(f"skjema-{place}", border=False):
        st.caption(t("fakta.form_about"))
        if fact is None:
            _text("id", place)
        for name in STATEMENTS:
            _area(name, place, 80)
        first, second, third = st.columns([1, 1, 2])
        for column, name in ((first, "valid_from"), (second, "valid_to")):
            column.date_input(
                field_name(name),
                key=_key(place, name),
                min_value=FIRST_DAY,
                max_value=LAST_DAY,
                format="DD.MM.YYYY",
                help=t(f"fakta.help.{name}"),
            )
        with third:
            _choice("successor", place, names, names)
        _text("source_url", place, placeholder="https://")
        _area(CLAIMS, place, 140)
        for name in REPLIES:
            _area(name, place, 100)
        first, second, third = st.columns(3)
        with first:
            _choice("topic", place, known, {topic: label("topic", topic) for topic in known})
        with second:
            _text("owner", place)
        with third:
            _text("body", place, placeholder=services().body)
        _message(place)
        st.form_submit_button(
            t("fakta.save"), key=f"lagre-{place}", type="primary", on_click=_save, args=(place, register, fact)
        )


def approve(fact: Fact, revision: int) -> None:
    """Approve a fact as it is shown, or say why not."""
    lent, by = services(), who()
    if not by:
        say("error", t("fakta.name_missing"))
        return
    approved = replace(fact, approved_by=by, approved_at=oslo_day(lent.now()).isoformat())
    try:
        lent.store.write(lambda cursor: facts.change(cursor, approved, by, lent.now(), revision))
    except SavedMeanwhile as other:
        say("error", t("fakta.approve_meanwhile", name=_named(other), moment=moment(other.at)))
        return
    if st.session_state.get(_key(fact.id, "sett")) == revision:  # what is being written was not overtaken by this
        st.session_state[_key(fact.id, "sett")] = revision + 1
    _done(t("fakta.approved", id=md(fact.id)))


def say(kind: str, text: str) -> None:
    """Keep a message for the top of the page."""
    st.session_state[_MESSAGE] = (kind, text)


def message() -> None:
    """How the last try to change something went; shown once."""
    kind, text = st.session_state.pop(_MESSAGE, ("", ""))
    if kind:
        (st.success if kind == "success" else st.error)(text)


def _begin(place: str, register: Sequence[Fact], fact: Fact | None, revision: int) -> None:
    """Fill the fields with what stands, where nobody is writing in them yet."""
    if _key(place, STATEMENTS[0]) in st.session_state:
        return
    _forget_written(place)
    st.session_state[_key(place, "sett")] = revision
    if fact is None:
        st.session_state[_key(place, "id")] = next_id([other.id for other in register])
    for name in _WRITTEN:
        given = getattr(fact, name) if fact else None
        st.session_state[_key(place, name)] = _as_written(name, given)


def _as_written(name: str, given: Any) -> Any:
    if name in _DAYS:
        return date.fromisoformat(given) if given else None
    return "\n".join(given or ()) if name == CLAIMS else given or ""


def _key(place: str, name: str) -> str:
    return f"faktum-{place}-{name}"


def _text(name: str, place: str, placeholder: str | None = None) -> None:
    st.text_input(
        field_name(name),
        key=_key(place, name),
        max_chars=LIMITS[name],
        placeholder=placeholder,
        help=t(f"fakta.help.{name}"),
    )


def _area(name: str, place: str, height: int) -> None:
    help_ = None if name.endswith(("_nn", "_en")) else t(f"fakta.help.{name}")
    st.text_area(field_name(name), key=_key(place, name), max_chars=LIMITS[name], height=height, help=help_)


def _choice(name: str, place: str, options: Sequence[str] | dict[str, str], names: dict[str, str]) -> None:
    """One of these, or none. What was chosen and is there no more stays until another is chosen."""
    chosen = st.session_state[_key(place, name)]
    st.selectbox(
        field_name(name),
        ["", *options, *([chosen] if chosen and chosen not in options else [])],
        format_func=lambda option: names.get(option, option) if option else t(f"fakta.no_{name}"),
        key=_key(place, name),
        help=t(f"fakta.help.{name}"),
    )


def _save(place: str, register: Sequence[Fact], fact: Fact | None) -> None:
    """Keep what was written, or say why not; the fields are emptied only when it is kept."""
    lent, by = services(), who()
    seen: int = st.session_state[_key(place, "sett")]
    given = {name: _given(place, name) for name in _WRITTEN}
    given["id"] = fact.id if fact else _given(place, "id")
    sentences: list[str] = []
    changed = False
    try:
        made = edited(fact, fact_of(given, (*TOPICS, *read(topics.names))))
        if by:
            changed = lent.store.write(lambda cursor: facts.change(cursor, made, by, lent.now(), seen))
        else:
            sentences = [t("fakta.name_missing")]
    except WrongFact as wrong:
        sentences = [told(fault) for fault in wrong.faults]
    except WrongSuccessor as wrong:
        sentences = [told(wrong.fault)]
    except SavedMeanwhile as other:
        sentences = [_overtaken(made, seen, other) if fact else _taken(made, register)]
        if fact:
            st.session_state[_key(place, "sett")] = other.revision
    st.session_state[_key(place, "feil")] = sentences
    if sentences:
        return
    _forget_written(place)
    st.query_params[CHOSEN] = made.id
    if not changed:
        say("success", t("fakta.unchanged", id=md(made.id)))
    else:
        kept = "saved_approved" if made.approved_by else "saved"
        _done(t(f"fakta.{kept}", id=md(made.id)))


def _given(place: str, name: str) -> Any:
    given = st.session_state.get(_key(place, name))
    return given.isoformat() if isinstance(given, date) else given


def _overtaken(made: Fact, seen: int, other: SavedMeanwhile) -> str:
    newer = [revision for revision in ask(facts.history, made.id) if revision.number > seen]
    names = dict.fromkeys(field_name(name) for revision in newer for name in revision.changed)
    return t("fakta.meanwhile", name=_named(other), moment=moment(other.at), fields=", ".join(names))


def _taken(made: Fact, register: Sequence[Fact]) -> str:
    return t("fakta.id_taken", id=md(made.id), free=next_id([*(other.id for other in register), made.id]))


def _named(other: SavedMeanwhile) -> str:
    return md(other.by) or t("fakta.somebody")


def _done(text: str) -> None:
    """Something was changed: say so, and have it held against the posts."""
    say("success", text)
    forget()
    if arrived := services().arrived:
        arrived()


def _forget_written(place: str) -> None:
    for name in (*_WRITTEN, "id", "sett", "feil"):
        st.session_state.pop(_key(place, name), None)


def _message(place: str) -> None:
    """What is wrong with what was written."""
    if sentences := st.session_state.get(_key(place, "feil")):
        st.error("\n\n".join(sentences))
