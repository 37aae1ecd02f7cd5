"""A post that somebody found themselves: put in by hand, with its address, who found it and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from collectors.dates import read as read_time
from collectors.post import MAX_TEXT
from dashboard.parts.escape import web_address
from dashboard.parts.person import who
from dashboard.parts.query import ask, forget
from dashboard.services import services
from dashboard.wording import t
from data import by_hand, listening
from data.by_hand import AlreadyHeld, ByHand
from data.store import StoreError

_FIELDS: Final = ("url", "text", "author", "published", "listening_post", "reason")
_FAULT: Final = "nytt-feil"
_DONE: Final = "nytt-lagret"


@st.fragment(key="nytt-innlegg")
def add_post() -> None:
    """The form, closed until somebody needs it."""
    names = {info.name: info.title for info in ask(listening.listening_posts)}
    if not names:
        return
    place = st.expander(t("add_post.title"), key="nytt-apen", on_change="rerun")
    if not place.open:  # the form is sent to those who want it
        return
    with place, st.form("nytt", border=False):
        st.caption(t("add_post.about"))
        st.text_input(t("add_post.url"), key="nytt-url", max_chars=2000, placeholder="https://")
        st.text_area(t("add_post.text"), key="nytt-text", max_chars=MAX_TEXT)
        first, second = st.columns(2)
        first.text_input(t("add_post.author"), key="nytt-author", max_chars=200, help=t("add_post.author_help"))
        second.text_input(
            t("add_post.published"), key="nytt-published", max_chars=40, placeholder=t("add_post.published_placeholder")
        )
        st.selectbox(
            t("add_post.listening_post"), list(names), format_func=lambda name: names[name], key="nytt-listening_post"
        )
        st.text_input(t("add_post.reason"), key="nytt-reason", max_chars=500)
        st.form_submit_button(t("add_post.save"), type="primary", on_click=_save)
        if fault := st.session_state.get(_FAULT):
            st.error(t(f"add_post.fault_{fault}"))
        elif st.session_state.get(_DONE):
            st.success(t("add_post.saved"))


def _save() -> None:
    """Keep what was written, or say what is wrong with it; the fields are emptied only when it is kept."""
    given = {name: str(st.session_state.get(f"nytt-{name}") or "").strip() for name in _FIELDS}
    lent, by = services(), who()
    url, published = web_address(given["url"]), _time(given["published"], lent.now())
    fault = ""
    if not by:
        fault = "name"
    elif not url:
        fault = "url"
    elif not given["text"]:
        fault = "text"
    elif published is None:
        fault = "published"
    elif not given["reason"]:
        fault = "reason"
    else:
        entry = ByHand(url, given["text"], given["author"], published, given["listening_post"], given["reason"])
        try:
            lent.store.write(lambda cursor: by_hand.add(cursor, entry, t("add_post.source"), by, lent.now()))
        except AlreadyHeld:
            fault = "held"
        except (LookupError, StoreError):
            fault = "store"
    st.session_state[_FAULT], st.session_state[_DONE] = fault, not fault
    if not fault:
        forget()
        if lent.arrived:
            lent.arrived()
        for name in _FIELDS:
            if name != "listening_post":
                st.session_state[f"nytt-{name}"] = ""


def _time(written: str, now: datetime) -> datetime | None:
    """When it was published: now where nothing is written, None where it can not be read."""
    if not written:
        return now
    found = read_time(written)
    return min(found[0], now).astimezone(UTC) if found else None
