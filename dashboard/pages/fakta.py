"""Fakta: the register of what is correct, who approved it and until when it holds; each fact opens to all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import streamlit as st

from dashboard.digest.build import short
from dashboard.parts import fact_exchange, paging
from dashboard.parts.escape import html, md
from dashboard.parts.fact_form import CHOSEN, approve, fact_form, message
from dashboard.parts.facts import details, field_name, standing, value
from dashboard.parts.filters import today
from dashboard.parts.names import label
from dashboard.parts.query import ask
from dashboard.wording import day, moment, n, number, t
from data import facts
from data.facts import Revision
from models.facts import SOON, ends_soon, holds, is_coming, is_past
from models.labels import Fact

_SHOWN: Final[Mapping[str, Callable[[Fact, date], bool]]] = {
    "all": lambda fact, day: True,
    "holds": holds,
    "soon": ends_soon,
    "past": is_past,
    "coming": is_coming,
}


def page() -> None:
    st.title(t("fakta.title"))
    st.html(f"<p>{html(t('fakta.intro'))}</p>")
    register = ask(facts.register)
    fact_id = st.query_params.get(CHOSEN, "")
    revisions = ask(facts.history, fact_id) if fact_id else []
    if revisions:
        st.button(t("fakta.back"), on_click=_close, key="tilbake")
        message()
        _opened(register, revisions)
        return
    message()
    if fact_id:
        st.warning(t("fakta.unknown"))
    _expiring(ask(facts.expiring, today()))
    new = st.expander(t("fakta.new"), key="nytt-faktum", on_change="rerun", icon=":material/add:")
    if new.open:
        with new:
            fact_form(register)
    files = st.expander(t("fakta.files"), key="faktafiler", on_change="rerun", icon=":material/swap_vert:")
    if files.open:
        with files:
            fact_exchange.take_in_file()
            if register:
                fact_exchange.write_files(register)
    if register:
        _list(register)
    else:
        st.info(t("fakta.none"))


def _expiring(ending: Sequence[Fact]) -> None:
    """What somebody must look at before it is wrong, by who owns it."""
    by_owner: dict[str, list[Fact]] = {}
    for fact in ending:
        by_owner.setdefault(fact.owner, []).append(fact)
    for owner, several in sorted(by_owner.items()):
        past = sum(is_past(fact, today()) for fact in several)
        told = [n("fakta.ends", len(several) - past, days=SOON)] if past < len(several) else []
        told += [n("fakta.ended", past, days=SOON)] if past else []
        said = t("fakta.owner", owner=owner or t("fakta.no_owner"), told=t("fakta.and").join(told))
        lines = "".join(f"<li>{_ending(fact)}</li>" for fact in several)
        opened = f"<details><summary>{html(said)}</summary><ul>{lines}</ul></details>"
        st.html(f'<div class="lp-problem" role="status">{opened}</div>')


def _ending(fact: Fact) -> str:
    said = t("fakta.ending", id=fact.id, statement=short(fact.statement_nb))
    return f"{html(said)} <strong>{html(standing(fact, today()))}</strong>"


def _list(register: Sequence[Fact]) -> None:
    st.header(t("fakta.register"))
    counts = {name: number(sum(shows(fact, today()) for fact in register)) for name, shows in _SHOWN.items()}
    st.html(f'<p class="lp-meta">{html(t("fakta.counts", **counts))}</p>')
    found = _filtered(register)
    if not found:
        st.info(t("fakta.nothing"))
        return
    place, shown = paging.choose(len(found), "faktaside", in_address=False)
    with place:
        paging.top(n("fakta.found", len(found)), shown)
        for fact in paging.slice_of(found, shown):
            with st.container(border=True, key=f"faktum-{fact.id}"):
                st.html(_entry(fact))
                st.button(t("fakta.open", id=md(fact.id)), key=f"apne-{fact.id}", on_click=_open, args=(fact.id,))


def _filtered(register: Sequence[Fact]) -> list[Fact]:
    """The facts that the filters leave."""
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    text = first.text_input(
        t("fakta.search"),
        key="faktasok",
        max_chars=100,
        type="search",
        placeholder=t("fakta.search_placeholder"),
        persist_state="page",
        on_change=_first_page,
    )
    show = second.segmented_control(
        t("fakta.show"),
        list(_SHOWN),
        default="all",
        format_func=lambda name: t(f"fakta.shown.{name}"),
        key="faktavis",
        required=True,
        persist_state="page",
        on_change=_first_page,
    )
    first, second = st.columns(2)
    with first:
        topic = _choice("topic", "faktatema", {fact.topic for fact in register}, lambda name: label("topic", name))
    with second:
        owner = _choice("owner", "faktaeier", {fact.owner for fact in register}, str)
    sought = (text or "").strip().casefold()
    return [
        fact
        for fact in register
        if _SHOWN[show](fact, today())
        and topic in ("", fact.topic)
        and owner in ("", fact.owner)
        and sought in _searched(fact)
    ]


def _choice(name: str, key: str, values: set[str], named: Callable[[str], str]) -> str:
    chosen: str = st.selectbox(
        field_name(name),
        ["", *sorted(values - {""}, key=lambda value: named(value).casefold())],
        format_func=lambda value: named(value) if value else t(f"fakta.any_{name}"),
        key=key,
        persist_state="page",
        on_change=_first_page,
    )
    return chosen


def _searched(fact: Fact) -> str:
    parts = (fact.id, fact.statement_nb, fact.statement_nn, fact.statement_en, fact.reply_nb, fact.reply_nn)
    return "\n".join((*parts, fact.reply_en, fact.owner, fact.body, *fact.known_false_claims)).casefold()


def _entry(fact: Fact) -> str:
    """A fact on the list: what it says, whether it holds and is approved, and whose it is."""
    about = [fact.id, *([label("topic", fact.topic)] if fact.topic else []), *([fact.owner] if fact.owner else [])]
    badges = [standing(fact, today()), *([] if fact.approved_by else [t("fakta.not_approved")])]
    worn = "".join(f'<span class="lp-badge">{html(badge)}</span> ' for badge in badges)
    meta = " <span aria-hidden=true>·</span> ".join(html(part) for part in about)
    return (
        f'<h3 class="lp-title lp-text" lang="nb">{html(short(fact.statement_nb))}</h3>'
        f'<p class="lp-meta">{worn}{meta}</p>'
    )


def _opened(register: Sequence[Fact], revisions: Sequence[Revision]) -> None:
    """All of one fact, and what can be done with it."""
    newest = revisions[0]
    fact = newest.fact
    st.html(
        f'<h2 class="lp-text" lang="nb">{html(fact.statement_nb)}</h2>'
        f'<p class="lp-meta"><span class="lp-badge">{html(standing(fact, today()))}</span> {html(_approved(fact))}</p>'
        f"{details(fact)}"
    )
    if not fact.approved_by:
        st.caption(t("fakta.approve_about"))
        st.button(t("fakta.approve"), key="godkjenn", type="primary", on_click=approve, args=(fact, newest.number))
    edit = st.expander(t("fakta.edit"), key=f"rediger-{fact.id}", on_change="rerun", icon=":material/edit:")
    if edit.open:
        with edit:
            fact_form(register, fact, newest.number)
    past = st.expander(t("fakta.history"), key=f"historikk-{fact.id}", on_change="rerun", icon=":material/history:")
    if past.open:
        with past:
            older = [revision.fact for revision in revisions[1:]]
            lines = "".join(map(_revision, revisions, [*older, None]))
            st.html(f'<ol class="lp-thread" reversed>{lines}</ol>')


def _approved(fact: Fact) -> str:
    if not fact.approved_by:
        return t("fakta.not_approved")
    if not fact.approved_at:
        return t("fakta.approved_undated", by=fact.approved_by)
    return t("fakta.approved_by", by=fact.approved_by, day=day(date.fromisoformat(fact.approved_at)))


def _revision(revision: Revision, before: Fact | None) -> str:
    """Who saved a revision and when, and each field that they changed as it was and as it became."""
    key = "first" if before is None else "line"
    by = revision.saved_by or t("fakta.somebody")
    said = t(f"fakta.history_{key}", number=revision.number, name=by, moment=moment(revision.saved_at))
    if before is None:
        return f"<li><p>{html(said)}</p></li>"
    heads = "".join(f'<th scope="col">{html(t(f"fakta.history_{name}"))}</th>' for name in ("field", "old", "new"))
    rows = "".join(
        f'<tr><th scope="row">{html(field_name(name))}</th>'
        f"<td>{value(before, name) or '–'}</td><td>{value(revision.fact, name) or '–'}</td></tr>"
        for name in revision.changed
    )
    return (
        f'<li><table class="lp-table"><caption>{html(said)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></li>"
    )


def _open(fact_id: str) -> None:
    st.query_params[CHOSEN] = fact_id


def _close() -> None:
    st.query_params.pop(CHOSEN, None)


def _first_page() -> None:
    paging.first_page("faktaside")
