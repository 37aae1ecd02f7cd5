"""Faktakorrigering: the posts that contradict a fact, what people decide about them, and the register itself."""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st

from dashboard.digest.build import short
from dashboard.parts import correction, paging
from dashboard.parts.decide_correction import COUNTS, choices, decided, merged_posts
from dashboard.parts.escape import html, md, web_address
from dashboard.parts.person import who
from dashboard.parts.post import post_card
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import day, n, number, t
from data import corrections, facts
from data.corrections import Item, Tab
from models.labels import Fact
from models.politics import party_political
from models.replies import Reply, compose, measured

_TABS: Final[tuple[Tab, ...]] = (
    "open",
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
    _register(register)


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
        st.info(t(f"faktakorrigering.empty.{'chosen' if fact_id or holder else tab}"))
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
    reply = compose(item.fact, item.post.lang or "und", item.post.platform) if correctable else None
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
        if correctable:
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


@st.fragment
def _register(register: list[Fact]) -> None:
    """The facts as they stand, to look something up in."""
    st.header(t("faktakorrigering.register.title"))
    if not register:
        st.info(t("faktakorrigering.register.none"))
        st.code(t("faktakorrigering.register.command"), language=None)
        return
    text = st.text_input(
        t("faktakorrigering.register.search"),
        key="faktasok",
        max_chars=100,
        type="search",
        placeholder=t("faktakorrigering.register.search_placeholder"),
    )
    sought = (text or "").strip()
    found = [fact for fact in register if sought.casefold() in _searched(fact)]
    if not found:
        st.info(t("faktakorrigering.register.nothing", text=md(sought)))
        return
    place, shown = paging.choose(len(found), "faktaside", in_address=False)
    with place:
        paging.top(n("faktakorrigering.register.found", len(found)), shown)
        st.html("".join(_entry(fact) for fact in paging.slice_of(found, shown)))
    st.caption(t("faktakorrigering.register.how"))
    st.code(t("faktakorrigering.register.command"), language=None)


def _searched(fact: Fact) -> str:
    parts = (fact.id, fact.statement_nb, fact.statement_nn, fact.reply_nb, fact.reply_nn, fact.owner)
    return "\n".join((*parts, *fact.known_false_claims)).casefold()


def _entry(fact: Fact) -> str:
    url = web_address(fact.source_url)
    approved = " ".join(part for part in (fact.approved_by, _day(fact.approved_at)) if part)
    rows = [
        ("id", html(fact.id)),
        ("nynorsk", f'<span lang="nn">{html(fact.statement_nn)}</span>' if fact.statement_nn else ""),
        ("valid", html(_valid(fact))),
        ("source", f'<a href="{html(url)}" target="_blank">{html(url)}</a>' if url else ""),
        ("claims", "<br>".join(html(claim) for claim in fact.known_false_claims)),
        ("reply_nb", html(fact.reply_nb)),
        ("reply_nn", f'<span lang="nn">{html(fact.reply_nn)}</span>' if fact.reply_nn else ""),
        ("owner", html(fact.owner)),
        ("approved", html(approved)),
    ]
    details = "".join(f"<div><dt>{html(_term(name))}</dt><dd>{value}</dd></div>" for name, value in rows if value)
    return (
        f'<details class="lp-fact"><summary>{html(short(fact.statement_nb))}</summary>'
        f'<dl class="lp-facts">{details}</dl></details>'
    )


def _term(name: str) -> str:
    shared = name.startswith("reply")
    return t(f"faktakorrigering.{name}" if shared else f"faktakorrigering.register.{name}")


def _valid(fact: Fact) -> str:
    first, last = _day(fact.valid_from), _day(fact.valid_to)
    key = "between" if first and last else "from" if first else "to" if last else "always"
    return t(f"faktakorrigering.register.{key}", first=first, last=last)


def _day(value: str | None) -> str:
    return day(date.fromisoformat(value)) if value else ""
