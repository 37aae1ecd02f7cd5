"""Who sits at the screen, as they say themselves, until there is a login."""

from __future__ import annotations

import streamlit as st

from dashboard.wording import t

_KEY = "hvem"


def ask_who() -> None:
    """The field for one's name, in the sidebar. It lasts as long as the session."""
    st.text_input(
        t("app.who"),
        key=_KEY,
        max_chars=80,
        placeholder=t("app.who_placeholder"),
        help=t("app.who_help"),
        autocomplete="name",
        persist_state="session",
    )


def who() -> str:
    """The name that was given; empty when none was, and then nothing may be decided."""
    return str(st.session_state.get(_KEY) or "").strip()
