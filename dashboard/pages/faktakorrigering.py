"""Faktakorrigering: the posts that contradict a fact, and what people decide about them."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import streamlit as st

from dashboard.digest.build import approved_reply
from dashboard.parts import paging
from dashboard.parts.escape import html, md, web_address
from dashboard.parts.navigation import link
from dashboard.parts.person import who
from dashboard.parts.post import post_card, sureness
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import day, moment, n, number, t
from data import corrections, facts
from data.corrections import DecidedMeanwhile, Decision, DecisionRow, Item, State
from data.posts import oslo_day
from data.store import Cursor
from models.labels import Fact

_STATES: Final[tuple[State, ...]] = ("open", "confirmed", "answered", "dismissed")
_REASONS: Final = ("opinion", "satire", "private_person", "already_answered", "wrong_match", "other")
_COUNTS: Final = "antall"
_ONE_FACT: Final = 500
"""Items looked at of a single fact."""


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
    _counts()
    first, second = st.columns([3, 2], vertical_alignment="bottom")
    with first:
        state = st.segmented_control(
            t("faktakorrigering.tilstand"),
            _STATES,
            default="open",
            format_func=lambda s: t(f"faktakorrigering.state.{s}"),
            key="tilstand",
            required=True,
            bind="query-params",
            on_change=paging.first_page,
        )
    names = {f.id: t("faktakorrigering.fact_option", id=f.id, statement=f.statement_nb) for f in register}
    with second:
        fact_id = st.selectbox(
            t("faktakorrigering.faktum"),
            ["", *names],
            format_func=lambda i: names.get(i) or t("faktakorrigering.all_facts"),
            key="faktum",
            bind="query-params",
            on_change=paging.first_page,
        )
    of_fact = ask(corrections.queue, state, 1, _ONE_FACT, fact_id) if fact_id else []
    total = len(of_fact) if fact_id else ask(corrections.counts)[state]
    if not total:
        st.info(t(f"faktakorrigering.empty.{'fact' if fact_id else state}"))
        return
    place, shown = paging.choose(total)
    items = paging.slice_of(of_fact, shown) if fact_id else ask(corrections.queue, state, shown, paging.SIZE)
    with place:
        paging.top(t("faktakorrigering.range", **paging.numbers(shown, total)), shown)
        for item in items:
            key = f"{item.post.post_id}-{item.fact.id}"
            st.fragment(_item, key=f"sak-{key}")(item, key)


@st.fragment(key=_COUNTS)
def _counts() -> None:
    counts = {state: number(count) for state, count in ask(corrections.counts).items()}
    st.html(f'<p class="lp-meta">{html(t("faktakorrigering.counts", **counts))}</p>')


def _item(item: Item, key: str) -> None:
    """One post against one fact. After a decision it is drawn as it then stands, in its place."""
    if f"avgjort-{key}" in st.session_state:
        item = ask(_as_it_stands, item)
    with st.container(border=True, key=f"sak-{key}"):
        st.html(_fact(item))
        post_card(item.post, key=f"fakta-{key}", marks=[item.match.in_post] if item.match.in_post else [])
        _reply(item)
        with st.container(horizontal=True, key=f"valg-{key}"):
            _choices(item, key)
        _message(key, "")
        if item.history:
            st.html(_history(item))


def _fact(item: Item) -> str:
    """The fact with the part that the post clashes with, where it is published, and how sure the match is."""
    fact, match = item.fact, item.match
    about = [
        f'<span class="lp-badge">{html(t(f"faktakorrigering.now.{item.state}"))}</span>',
        html(t("faktakorrigering.sure", sure=sureness(match.score))),
        html(t("faktakorrigering.fact_id", id=fact.id)),
        _source(fact),
    ]
    statement = html(fact.statement_nb, [match.in_fact] if match.in_fact else [])
    return (
        f'<h3 class="lp-title lp-text">{html(t("faktakorrigering.correct"))} <span lang="nb">{statement}</span></h3>'
        f'<p class="lp-meta">{" <span aria-hidden=true>·</span> ".join(about)}</p>'
    )


def _source(fact: Fact) -> str:
    if not (url := web_address(fact.source_url)):
        return html(t("faktakorrigering.no_source"))
    named = html(t("faktakorrigering.source", url=url))
    return f'<a href="{html(url)}" target="_blank">{named}</a>'


def _reply(item: Item) -> None:
    """The approved reply in the post's language form, to be copied."""
    fact = item.fact
    reply, lang = approved_reply(fact, item.post.lang)
    if not reply:
        st.warning(t("faktakorrigering.no_reply"))
        return
    by = t("faktakorrigering.not_approved")
    if fact.approved_by and fact.approved_at:
        by = t("faktakorrigering.approved", by=fact.approved_by, day=day(date.fromisoformat(fact.approved_at)))
    elif fact.approved_by:
        by = t("faktakorrigering.approved_undated", by=fact.approved_by)
    length = n("faktakorrigering.length", len(reply))
    about = t("faktakorrigering.reply_about", name=t(f"faktakorrigering.reply_{lang}"), length=length, by=by)
    st.html(f'<p class="lp-meta">{html(about)}</p>')
    st.code(reply, language=None, wrap_lines=True)


def _choices(item: Item, key: str) -> None:
    if item.state in ("answered", "dismissed"):
        _button(item, key, "reopened", "reopen")
        return
    if item.state == "open":
        _button(item, key, "confirmed", "confirm", primary=True)
    with st.popover(t("faktakorrigering.answer"), key=f"besvar-{key}"), st.form(f"besvart-{key}", border=False):
        st.text_input(
            t("faktakorrigering.answer_link"),
            key=f"lenke-{key}",
            max_chars=2000,
            placeholder=t("faktakorrigering.answer_placeholder"),
        )
        _submit(item, key, "answered", "answer_save")
    with st.popover(t("faktakorrigering.dismiss"), key=f"avvis-{key}"), st.form(f"avvist-{key}", border=False):
        st.radio(
            t("faktakorrigering.dismiss_why"),
            _REASONS,
            index=None,
            format_func=lambda reason: t(f"faktakorrigering.reason.{reason}"),
            key=f"grunn-{key}",
        )
        st.text_input(
            t("faktakorrigering.dismiss_note"),
            key=f"utdyp-{key}",
            max_chars=500,
            help=t("faktakorrigering.dismiss_note_help"),
        )
        _submit(item, key, "dismissed", "dismiss_save")
    if item.state == "confirmed":
        _button(item, key, "reopened", "reopen")


def _button(item: Item, key: str, decision: Decision, text: str, primary: bool = False) -> None:
    st.button(
        t(f"faktakorrigering.{text}"),
        key=f"{text}-{key}",
        type="primary" if primary else "secondary",
        on_click=_decide,
        args=(item, key, decision),
    )


def _submit(item: Item, key: str, decision: Decision, text: str) -> None:
    _message(key, decision)
    st.form_submit_button(
        t(f"faktakorrigering.{text}"),
        key=f"{text}-{key}",
        type="primary",
        on_click=_decide,
        args=(item, key, decision),
    )


def _decide(item: Item, key: str, decision: Decision) -> None:
    """Keep a decision, or say why not; then draw the item and the counts anew."""
    places = (decision if decision in ("answered", "dismissed") else "",)
    reason, link = "", ""
    st.session_state.pop(f"melding-{key}", None)
    if not who():
        fault = "name_missing"
    elif decision == "dismissed":
        reason, fault = _reason(st.session_state.get(f"grunn-{key}"), st.session_state.get(f"utdyp-{key}"))
    elif decision == "answered":
        link = web_address((st.session_state.get(f"lenke-{key}") or "").strip())
        fault = "" if link else "link_wrong"
    else:
        fault = ""
    if fault:
        st.session_state[f"melding-{key}"] = (places, t(f"faktakorrigering.decide_{fault}"))
    else:
        _keep(item, key, decision, reason, link)
    st.rerun([_COUNTS, f"sak-{key}"])


def _keep(item: Item, key: str, decision: Decision, reason: str, link: str) -> None:
    lent, name = services(), who()
    try:
        lent.store.write(
            lambda cursor: corrections.decide(
                cursor,
                item.post.post_id,
                item.fact.id,
                decision,
                name,
                lent.now(),
                item.last_decision,
                reason,
                link,
            )
        )
    except DecidedMeanwhile as other:
        said = t(f"faktakorrigering.decision.{other.decision}")
        text = t("faktakorrigering.decide_meanwhile", name=md(other.by), decision=said)
        # Said in the form, which may stay open over the item, and on the item, where the form may go with its button.
        st.session_state[f"melding-{key}"] = (("", decision), text)
    st.session_state[f"avgjort-{key}"] = True


def _reason(code: str | None, note: str | None) -> tuple[str, str]:
    """The reason as it is kept ("opinion" or "other: a note"), and what is wrong with it, if anything."""
    note = (note or "").strip()
    if not code:
        return "", "reason_missing"
    if code == "other" and not note:
        return "", "note_missing"
    return (f"{code}: {note}" if note else code), ""


def _message(key: str, place: Literal["", "answered", "dismissed"] | Decision) -> None:
    """What went wrong with the last decision, where it was taken."""
    places, text = st.session_state.get(f"melding-{key}", ((), ""))
    if place in places:
        st.error(text)


def _history(item: Item) -> str:
    lines = "".join(f"<li>{_decided(row)}</li>" for row in reversed(item.history))
    return f'<div class="lp-gaps"><p class="lp-meta">{html(t("faktakorrigering.history"))}</p><ul>{lines}</ul></div>'


def _decided(row: DecisionRow) -> str:
    decision = t(f"faktakorrigering.decision.{row.decision}")
    said = t("faktakorrigering.decided", moment=moment(row.decided_at), name=row.decided_by, decision=decision)
    parts = [html(said) + "."]
    if row.reason:
        parts.append(html(t("faktakorrigering.with_reason", reason=_worded(row.reason))) + ".")
    if url := web_address(row.reply_url):
        parts.append(f'<a href="{html(url)}" target="_blank">{html(t("faktakorrigering.see_reply"))}</a>')
    return " ".join(parts)


def _worded(reason: str) -> str:
    """A kept reason in words; one that was not given here is shown as it stands."""
    code, _, note = reason.partition(": ")
    if code not in _REASONS:
        return reason
    if code == "other" and note:
        return note
    worded = t(f"faktakorrigering.reason.{code}")
    return t("faktakorrigering.reason_note", reason=worded, note=note) if note else worded


def _as_it_stands(cursor: Cursor, item: Item) -> Item:
    """The item as the store has it now; as it was where it is gone."""
    published = oslo_day(item.post.published_at)
    found = corrections.queue(cursor, None, 1, _ONE_FACT, item.fact.id, published, published)
    return next((other for other in found if other.post.post_id == item.post.post_id), item)
