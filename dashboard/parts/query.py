"""Reading the store from pages: a cursor for each question, and answers kept for a minute where that is soon enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.services import services
from data.store import Cursor

P = ParamSpec("P")
T = TypeVar("T")


def ask(question: Callable[Concatenate[Cursor, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a function of data/ as things stand now."""
    with services().store.read() as cursor:
        return question(cursor, *args, **kwargs)


def read(question: Callable[Concatenate[Cursor, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a function of data/, at most a minute old."""
    name = f"{question.__module__}.{question.__qualname__}"
    answer: T = _kept(str(services().store.path), name, args, kwargs, question)
    return answer


def forget() -> None:
    """Let nobody be told what was kept: somebody has just changed it."""
    _kept.clear()


@st.cache_data(ttl=60, max_entries=500, show_spinner=False)
def _kept(store: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], _question: Callable[..., Any]) -> Any:
    return ask(_question, *args, **kwargs)
