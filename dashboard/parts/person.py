"""Who sits at the screen, as they say themselves, until there is a login."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

import streamlit as st

from dashboard.wording import t

KEPT: Final = "lyttepost-hvem"
"""The cookie that `shell.js` keeps the name in."""
_KEY: Final = "hvem"
_LONGEST: Final = 80


def ask_who() -> None:
    """The field for one's name, in the sidebar. The browser keeps it for the next visit."""
    st.text_input(
        t("app.who"),
        _kept(),
        key=_KEY,
        max_chars=_LONGEST,
        placeholder=t("app.who_placeholder"),
        help=t("app.who_help"),
        autocomplete="name",
        persist_state="session",
    )


def _kept() -> str:
    """The name from the last visit. A cookie may hold anything: what is not a short line of text is left out."""
    name = unquote(st.context.cookies.get(KEPT, ""))
    return "".join(sign for sign in name if sign.isprintable()).strip()[:_LONGEST].strip()


def who() -> str:
    """The name that was given; empty when none was, and then nothing may be decided."""
    return str(st.session_state.get(_KEY) or "").strip()
