"""What one may do with an item of the correction queue: its next steps, one form at a time, and keeping what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from dashboard.parts.correction import REASONS, edited, gone
from dashboard.parts.escape import html, md, web_address
from dashboard.parts.person import who
from dashboard.parts.post import author, published
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import n, t
from data import corrections
from data.corrections import DecidedMeanwhile, Item, OwnDraft
from data.store import Cursor
from models.replies import Reply
from models.workflow import OUTCOMES, Decision, allowed, may_answer, suggested_outcome

Fields = Mapping[str, Any]
Form = Literal["drafted", "answered", "followed_up", "assigned", "sent_back", "dismissed", "merged"]

COUNTS: Final = "antall"
"""The fragment with the counts, drawn anew with every decision."""
_FORMS: Final[tuple[Form, ...]] = (
    "drafted",
    "answered",
    "followed_up",
    "sent_back",
    "assigned",
    "merged",
    "dismissed",
)
_LONGEST_REPLY: Final = 10_000


def choices(item: Item, key: str, reply: Reply | None, correctable: bool) -> None:
    """Draw what may be done. `reply` is the fact's own; `correctable` says whether anything may be corrected here."""
    steps = allowed(item.state, correctable)
    approved = bool(item.fact.approved_by)
    text, draft = reply.text if reply else "", item.drafted
    if not may_answer(item.state, draft.draft if draft else "", text, approved):
        if "answered" in steps:
            waits = "changed" if approved and text else "unapproved"
            st.caption(t(f"faktakorrigering.needs_{waits}"))
        steps = tuple(step for step in steps if step != "answered")
    with st.container(horizontal=True, key=f"valg-{key}"):
        for step, primary in _at_once(item, steps):
            st.button(
                t(f"faktakorrigering.do.{step}"),
                key=f"{step}-{key}",
                type="primary" if primary else "secondary",
                on_click=_at_once_decided,
                args=(item, key, step),
            )
    forms = [form for form in _FORMS if form in steps]
    if not forms:
        _message(key)
        return
    chosen = st.pills(
        t("faktakorrigering.more"),
        forms,
        key=f"gjor-{key}",
        format_func=lambda form: t(f"faktakorrigering.form.{form}"),
        label_visibility="collapsed",
    )
    if chosen:
        with st.form(f"skjema-{key}", border=True):
            _fields(item, key, chosen, (draft.draft if draft else "") or text)
            st.form_submit_button(
                t(f"faktakorrigering.save.{chosen}"),
                key=f"lagre-{key}",
                type="primary",
                on_click=_submitted,
                args=(item, key, chosen),
            )
    _message(key)


def merged_posts(item: Item, key: str) -> None:
    """The posts that an item is answered for, sent to those who ask for them, each to be split off."""
    if not item.merged:
        return
    place = st.expander(n("faktakorrigering.merged", item.merged), key=f"samme-{key}", on_change="rerun")
    if not place.open:
        return
    with place:
        for other in ask(corrections.merged, services().now(), item.post.post_id, item.fact.id):
            view, name = other.post, f"{other.post.post_id}-{item.fact.id}"
            about = [f"<bdi>{html(author(view))}</bdi>", html(published(view))]
            if url := web_address(view.url):
                about.append(f'<a href="{html(url)}" target="_blank">{html(t("post.original"))}</a>')
            st.html(
                f'<p class="lp-meta">{html(view.source_title)} · {" · ".join(about)}</p>'
                f'<div class="lp-text" dir="auto">{html(_excerpt(view.text))}</div>'
            )
            st.button(
                t("faktakorrigering.split"),
                key=f"split-{name}",
                on_click=_split,
                args=(view.post_id, other.last_decision, item.fact.id, key),
            )


def decided(key: str) -> bool:
    """Whether somebody has decided on an item since the page was drawn, so that it is to be read anew."""
    return f"avgjort-{key}" in st.session_state


def _at_once(item: Item, steps: Sequence[Decision]) -> Iterable[tuple[Decision, bool]]:
    """The steps that need no more than a click, with whether they are the next one."""
    if "assigned" in steps and not (item.holder and item.holder == who()):
        yield "assigned", item.state in ("open", "unsure", "expired")
    if "approved" in steps:
        yield "approved", True
    if "reopened" in steps:
        yield "reopened", False


def _fields(item: Item, key: str, form: Form, text: str) -> None:
    match form:
        case "drafted":
            st.text_area(
                t("faktakorrigering.draft"),
                text,
                key=f"utkast-{key}",
                max_chars=_LONGEST_REPLY,
                help=t("faktakorrigering.draft_help"),
            )
        case "answered":
            st.text_input(
                t("faktakorrigering.answer_link"),
                key=f"lenke-{key}",
                max_chars=2000,
                placeholder=t("faktakorrigering.answer_placeholder"),
            )
        case "followed_up":
            outcome = suggested_outcome(gone(item), edited(item), item.spread.since_answer)
            st.radio(
                t("faktakorrigering.outcome_label"),
                OUTCOMES,
                index=OUTCOMES.index(outcome),
                format_func=lambda value: t(f"faktakorrigering.outcome.{value}"),
                key=f"utfall-{key}",
            )
            st.text_input(t("faktakorrigering.note"), key=f"merknad-{key}", max_chars=500)
        case "assigned":
            st.selectbox(
                t("faktakorrigering.assignee"),
                ask(corrections.people),
                index=None,
                key=f"hvem-{key}",
                accept_new_options=True,
                placeholder=t("faktakorrigering.assignee_placeholder"),
            )
        case "sent_back":
            st.text_input(t("faktakorrigering.sent_back_why"), key=f"tilbake-{key}", max_chars=500)
        case "dismissed":
            st.radio(
                t("faktakorrigering.dismiss_why"),
                REASONS,
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
        case "merged":
            others = {(other.post.post_id, other.last_decision): other.post for other in _mergeable(item)}
            st.multiselect(
                t("faktakorrigering.merge_which"),
                others,
                key=f"slaa-{key}",
                format_func=lambda other: f"{author(others[other])}: {_excerpt(others[other].text)}",
                placeholder=t("faktakorrigering.merge_placeholder"),
            )
            if not others:
                st.caption(t("faktakorrigering.merge_none"))


def _mergeable(item: Item) -> list[Item]:
    """Other open items on the same fact."""
    found = ask(corrections.queue, "open", services().now(), fact_id=item.fact.id)
    return [other for other in found if other.post.post_id != item.post.post_id]


def _at_once_decided(item: Item, key: str, decision: Decision) -> None:
    """What one click decides: to take an item oneself, to approve a draft as it stands, to open again."""
    values = {}
    if decision == "assigned":
        values = {"assignee": who()}
    elif decision == "approved" and item.drafted:
        values = {"draft": item.drafted.draft}
    _decide(item, key, decision, values, "")


def _submitted(item: Item, key: str, form: Form) -> None:
    if form == "merged":
        _merge(item, key)
    else:
        _decide(item, key, form, *_values(form, key))


def _decide(item: Item, key: str, decision: Decision, values: dict[str, str], fault: str) -> None:
    """Keep a decision, or say why not; then draw the item and the counts anew."""
    st.session_state.pop(f"melding-{key}", None)
    fault = fault if who() else "name_missing"
    if fault:
        _say(key, t(f"faktakorrigering.decide_{fault}"))
    else:
        _keep(item, key, decision, values)
    st.rerun([COUNTS, f"sak-{key}"])


def _values(form: Form, key: str) -> tuple[dict[str, str], str]:
    """What was filled in, and what is wrong with it, if anything."""
    match form:
        case "drafted":
            draft = _typed(f"utkast-{key}")
            return {"draft": draft}, "" if draft else "draft_missing"
        case "answered":
            link = web_address(_typed(f"lenke-{key}"))
            return {"reply_url": link}, "" if link else "link_wrong"
        case "followed_up":
            return {"outcome": _typed(f"utfall-{key}"), "reason": _typed(f"merknad-{key}")}, ""
        case "assigned":
            assignee = _typed(f"hvem-{key}")
            return {"assignee": assignee}, "" if assignee else "assignee_missing"
        case "sent_back":
            reason = _typed(f"tilbake-{key}")
            return {"reason": reason}, "" if reason else "sent_back_missing"
        case _:
            reason, fault = _reason(_typed(f"grunn-{key}"), _typed(f"utdyp-{key}"))
            return {"reason": reason}, fault


def _typed(field: str) -> str:
    return str(st.session_state.get(field) or "").strip()


def _reason(code: str, note: str) -> tuple[str, str]:
    """The reason as it is kept ("opinion" or "other: a note"), and what is wrong with it, if anything."""
    if not code:
        return "", "reason_missing"
    if code == "other" and not note:
        return "", "note_missing"
    return (f"{code}: {note}" if note else code), ""


def _keep(item: Item, key: str, decision: Decision, values: dict[str, str]) -> None:
    try:
        _write(item.post.post_id, item.fact.id, decision, item.last_decision, values)
    except OwnDraft:
        _say(key, t("faktakorrigering.decide_own_draft"))
        return
    except DecidedMeanwhile as other:
        _say(key, _meanwhile(other), values.get("draft", "") if decision == "drafted" else "")
    st.session_state[f"avgjort-{key}"] = True
    st.session_state[f"gjor-{key}"] = None


def _merge(item: Item, key: str) -> None:
    """Merge the chosen items into this one; the list is drawn anew, as they leave it."""
    st.session_state.pop(f"melding-{key}", None)
    chosen: list[tuple[str, int]] = st.session_state.get(f"slaa-{key}") or []
    if not who() or not chosen:
        _say(key, t(f"faktakorrigering.decide_{'merge' if who() else 'name'}_missing"))
        st.rerun([f"sak-{key}"])
    try:
        for post_id, seen in chosen:
            _write(post_id, item.fact.id, "merged", seen, {"lead": item.post.post_id})
    except DecidedMeanwhile as meanwhile:
        _say(key, _meanwhile(meanwhile))
    st.session_state[f"avgjort-{key}"] = True
    st.session_state[f"gjor-{key}"] = None
    st.rerun()


def _split(post_id: str, seen: int, fact_id: str, key: str) -> None:
    """Let a post stand by itself; the list is drawn anew, as it comes into it."""
    st.session_state.pop(f"melding-{key}", None)
    if who():
        try:
            _write(post_id, fact_id, "split", seen, {})
        except DecidedMeanwhile as meanwhile:
            _say(key, _meanwhile(meanwhile))
    else:
        _say(key, t("faktakorrigering.decide_name_missing"))
    st.rerun()


def _write(post_id: str, fact_id: str, decision: Decision, seen: int, values: Fields) -> None:
    lent, name = services(), who()

    def work(cursor: Cursor) -> None:
        corrections.decide(cursor, post_id, fact_id, decision, name, lent.now(), seen, **values)

    lent.store.write(work)


def _meanwhile(other: DecidedMeanwhile) -> str:
    done = t(f"faktakorrigering.decision.{other.decision}")
    return t("faktakorrigering.decide_meanwhile", name=md(other.by), decision=done)


def _say(key: str, text: str, lost: str = "") -> None:
    """Let the item say what went wrong; `lost` is a text that somebody wrote in vain, to be copied."""
    st.session_state[f"melding-{key}"] = (text, lost)


def _message(key: str) -> None:
    """What went wrong with the last decision, where it was taken."""
    text, lost = st.session_state.get(f"melding-{key}", ("", ""))
    if text:
        st.error(text)
    if lost:
        st.caption(t("faktakorrigering.lost_draft"))
        st.code(lost, language=None, wrap_lines=True)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 140 else f"{line[:140].rstrip()} …"
