from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.parts.paging import SIZE, slice_of


def _script(total):  # type: ignore[no-untyped-def]  # its source is run elsewhere
    import streamlit as st

    from dashboard.parts import paging

    place, shown = paging.choose(total)
    with place:
        paging.top("page {first}-{last} of {total}".format(**paging.numbers(shown, total)), shown)
        st.text(f"on {shown}")


def drawn(total: int, side: str = "") -> AppTest:
    app = AppTest.from_function(_script, args=(total,), default_timeout=30)
    if side:
        app.query_params["side"] = side
    app.run()
    assert not app.exception
    return app


def test_a_list_that_fits_on_a_page_has_no_choice_of_page() -> None:
    app = drawn(SIZE)
    assert not app.get("pagination")
    assert app.text[0].value == "on 1"


def test_the_chosen_page_is_told_at_the_top_of_the_list_and_kept_in_the_address() -> None:
    app = drawn(2 * SIZE + 1, side="3")
    assert app.text[0].value == "on 3"
    assert ">page 51-51 of 51</p>" in app.html[0].value


def test_a_page_that_is_not_there_is_the_first() -> None:
    for side in ("99", "0", "<script>", "-1"):
        assert drawn(SIZE + 1, side=side).text[0].value == "on 1"


def test_a_list_in_memory_is_cut_as_the_store_cuts_its_own() -> None:
    everything = list(range(SIZE + 2))
    assert slice_of(everything, 1) == everything[:SIZE]
    assert slice_of(everything, 2) == [SIZE, SIZE + 1]


def test_pages_are_chosen_in_one_place_only() -> None:
    folder = Path(dashboard.__file__).parent
    users = {f.name for f in folder.rglob("*.py") if re.search(r"st\.pagination\(", f.read_text("utf-8"))}
    assert users == {"paging.py"}
