"""The pages by name: what the menu lists and what links lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from dashboard.wording import t

PAGES: Final = (
    "oversikt",
    "lytteposter",
    "faktakorrigering",
    "fakta",
    "virkning",
    "arkiv",
    "kilder",
    "temaer",
    "kvalitet",
)
START: Final = "oversikt"
_ICONS: Final = {
    "oversikt": ":material/home:",
    "lytteposter": ":material/hearing:",
    "faktakorrigering": ":material/fact_check:",
    "fakta": ":material/library_books:",
    "virkning": ":material/trending_up:",
    "arkiv": ":material/archive:",
    "kilder": ":material/rss_feed:",
    "temaer": ":material/sell:",
    "kvalitet": ":material/rule:",
}


def menu_page(name: str, draw: Callable[[], None]) -> st.Page:
    """A page for the menu; its address is its name."""
    return st.Page(draw, title=t(f"page.{name}"), icon=_ICONS[name], url_path=name, default=name == START)


def link(name: str, text: str, **query: str) -> None:
    """A link to a page, with its filters in the address."""
    # Streamlit knows a page by its address: what draws it is registered by the menu.
    page = st.Page(_nothing, title=t(f"page.{name}"), url_path=name, default=name == START)
    st.page_link(page, label=text, query_params=_given(query))


def _nothing() -> None:
    """Stands for the page in a link."""


def _given(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if value}
