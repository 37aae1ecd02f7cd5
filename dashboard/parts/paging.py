"""Lists in pages: the choice of page stands below its list, and is needed above it.

Whoever turns a page begins at the top of the list: `shell.js` sees to that, by the names that are given here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.parts.escape import html
from dashboard.wording import number

SIZE: Final = 25
PAGE: Final = "side"

T = TypeVar("T")


def choose(total: int, key: str = PAGE, in_address: bool = True) -> tuple[DeltaGenerator, int]:
    """The place for the list, and which page of it to show; the choice of page where there are several."""
    with st.container(key=f"liste-{key}"):
        place = st.container()
        pages = -(-total // SIZE)
        shown = st.pagination(pages, key=key, bind="query-params" if in_address else None) if pages > 1 else 1
    return place, min(shown, max(pages, 1))


def top(text: str, shown: int) -> None:
    """The first line of a list, where one stands after turning the page; another page gives another line."""
    st.html(f'<p class="lp-meta lp-top" data-page="{shown}">{html(text)}</p>')


def numbers(shown: int, total: int) -> dict[str, str]:
    """The first and the last on a page, and how many there are, for a sentence."""
    first, last = (shown - 1) * SIZE + 1, min(shown * SIZE, total)
    return {"first": number(first), "last": number(last), "total": number(total)}


def slice_of(items: Sequence[T], shown: int) -> Sequence[T]:
    """A page of a list that is held whole."""
    return items[(shown - 1) * SIZE : shown * SIZE]


def first_page(key: str = PAGE) -> None:
    """Another choice starts at its first page."""
    if key in st.session_state:
        st.session_state[key] = 1
