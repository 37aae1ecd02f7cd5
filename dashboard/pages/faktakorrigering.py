"""Faktakorrigering: the posts that contradict a fact, and what people decide about them."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard.parts import correction, paging
from dashboard.parts.decide_correction import COUNTS, choices, decided, merged_posts
from dashboard.parts.escape import html, md
from dashboard.parts.navigation import link
from dashboard.parts.person import who
from dashboard.parts.post import post_card
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import number, t
from data import corrections, facts
from data.corrections import Item, Tab
from models.labels import Fact
from models.politics import party_political
from models.replies import Reply, compose, measured

_TABS: Final[tuple[Tab, ...]] = (
    "open",
    "unsure",
    "assigned",
    "drafted",
    "approved",
    "answered",
    "due",
    "followed_up",
    "dismissed",
    "expired",
)


def page() -> None:
    st.title(t("faktakorrigering.title"))
    st.html(f"<p>{html(t('faktakorrigering.intro'))}</p>")
    register = ask(facts.register)
    if register:
        _queue(register)
    else:
        st.info(t("faktakorrigering.no_facts"))
        link("fakta", t("faktakorrigering.to_facts"))


def _queue(register: list[Fact]) -> None:
    st.header(t("faktakorrigering.queue"))
    counted = st.container()
    tab = st.segmented_control(
        t("faktakorrigering.tilstand"),
        _TABS,
        default="open",
        format_func=lambda s: t(f"faktakorrigering.state.{s}"),
        key="tilstand",
        required=True,
        bind="query-params",
        on_change=paging.first_page,
    )
    names = {f.id: t("faktakorrigering.fact_option", id=f.id, statement=f.statement_nb) for f in register}
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    with first:
        fact_id = st.selectbox(
            t("faktakorrigering.faktum"),
            ["", *names],
            format_func=lambda i: names.get(i) or t("faktakorrigering.all_facts"),
            key="faktum",
            bind="query-params",
            on_change=paging.first_page,
        )
    with second:
        mine = st.toggle(t("faktakorrigering.mine"), key="mine", on_change=paging.first_page)
    if mine and not who():
        st.info(t("faktakorrigering.mine_name_missing"))
    holder = who() if mine else ""
    with counted:
        _counts(fact_id, holder)
    now = services().now()
    total = ask(corrections.counts, now, fact_id, holder)[tab]
    if not total:
        which = "chosen" if fact_id or holder else tab
        st.info(t(f"faktakorrigering.empty.{which}"))
        return
    place, shown = paging.choose(total)
    items = ask(corrections.queue, tab, now, shown, paging.SIZE, fact_id, holder)
    with place:
        paging.top(t("faktakorrigering.range", **paging.numbers(shown, total)), shown)
        for item in items:
            key = f"{item.post.post_id}-{item.fact.id}"
            st.fragment(_item, key=f"sak-{key}")(item, key)


@st.fragment(key=COUNTS)
def _counts(fact_id: str, holder: str) -> None:
    counts = ask(corrections.counts, services().now(), fact_id, holder)
    told = {tab: number(counts[tab]) for tab in _TABS}
    st.html(f'<p class="lp-meta">{html(t("faktakorrigering.counts", **told))}</p>')


def _item(item: Item, key: str) -> None:
    """One post against one fact. After a decision it is drawn as it then stands, in its place."""
    if decided(key):
        found = ask(corrections.item, services().now(), item.post.post_id, item.fact.id)
        if not found:
            st.info(t("faktakorrigering.merged_away"))
            return
        item = found
    political = party_political(f"{item.post.title}\n{item.post.text}", item.post.actor or "")
    correctable = item.holds and not political
    unsure = item.state == "unsure"
    reply = compose(item.fact, item.post.lang or "und", item.post.platform) if correctable and not unsure else None
    with st.container(border=True, key=f"sak-{key}"):
        st.html(correction.the_fact(item))
        for lines in (correction.standing(item, services().now()), correction.parent(item)):
            if lines:
                st.html(lines)
        post_card(item.post, key=f"fakta-{key}", marks=[item.match.in_post] if item.match.in_post else [])
        merged_posts(item, key)
        if not item.holds:
            st.warning(md(correction.not_holding(item)))
        if political:
            st.warning(t(f"faktakorrigering.political.{political}"))
        if unsure:
            st.info(t("faktakorrigering.is_unsure"))
        elif correctable:
            _reply(item, reply)
        if known := correction.since_answer(item):
            st.html(known)
        choices(item, key, reply, correctable)
        if item.history:
            st.html(correction.history(item))


def _reply(item: Item, own: Reply | None) -> None:
    """The reply as it stands, to be copied: the draft, or the fact's own in the post's language form."""
    drafted = item.drafted
    reply = measured(drafted.draft, item.post.lang or "", item.post.platform) if drafted else own
    if not reply:
        st.warning(t("faktakorrigering.no_reply"))
        return
    st.html(correction.about_reply(item, reply))
    st.code(reply.text, language=None, wrap_lines=True)
    if reply.limit is not None and reply.length > reply.limit:
        st.warning(t("faktakorrigering.too_long"))
