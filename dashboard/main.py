"""The script that Streamlit runs for every visit and every click: the frame, and the chosen page in it."""

from __future__ import annotations

import streamlit as st

from dashboard.pages import arkiv, fakta, faktakorrigering, kilder, kvalitet, lytteposter, oversikt, temaer, virkning
from dashboard.parts import filters
from dashboard.parts.escape import html
from dashboard.parts.navigation import menu_page
from dashboard.parts.person import ask_who
from dashboard.services import services
from dashboard.shell import ICON
from dashboard.wording import t

# The icon comes before the menu: after it, Streamlit would fetch one from the web for each visitor.
st.set_page_config(page_icon=str(ICON), layout="wide")
chosen = st.navigation(
    [
        menu_page("oversikt", oversikt.page),
        menu_page("lytteposter", lytteposter.page),
        menu_page("faktakorrigering", faktakorrigering.page),
        menu_page("fakta", fakta.page),
        menu_page("virkning", virkning.page),
        menu_page("arkiv", arkiv.page),
        menu_page("kilder", kilder.page),
        menu_page("temaer", temaer.page),
        menu_page("kvalitet", kvalitet.page),
    ]
)
st.set_page_config(page_title=t("app.title", page=chosen.title))
with st.sidebar:
    st.html(f'<p class="lp-body">{html(services().body)}</p>')
    if services().demo:
        st.html(f'<p class="lp-demo">{html(t("app.demo"))}</p>')
    ask_who()
if chosen.url_path != "lytteposter":
    filters.left()
chosen.run()
