"""What is archived and gone where it stood: the conflict, and what an archivist decides about it."""

from __future__ import annotations

from typing import Final, get_args

import streamlit as st

from dashboard.parts import paging
from dashboard.parts.escape import html, md
from dashboard.parts.person import who
from dashboard.parts.post import post_card
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import has, moment, number, t
from data import deletions
from data.corrections import DecidedMeanwhile
from data.deletions import Conflict, Decision, DeletionDecision

_CHOICES: Final[tuple[Decision, ...]] = get_args(Decision)
_MESSAGE: Final = "melding-slettet"
_MISSING_SHOWN: Final = 10


def conflicts(total: int) -> None:
    """The archived posts that are gone where they stood, those that wait for a decision first."""
    _message()
    _missing()
    st.html(f"<p>{html(t('deletions.intro'))}</p><p class='lp-meta'>{html(t('deletions.confirm'))}</p>")
    if not total:
        st.info(t("deletions.nothing"))
        return
    place, shown = paging.choose(total)
    with place:
        paging.top(t("deletions.range", **paging.numbers(shown, total)), shown)
        for conflict in ask(deletions.conflicts, shown, paging.SIZE):
            with st.container(gap="xsmall", key=f"konflikt-{conflict.post.post_id}"):
                _conflict(conflict)


def _missing() -> None:
    """The posts that their feeds list no more, for somebody to look where they stood."""
    total = ask(deletions.missing_count)
    if not total:
        return
    found = ask(deletions.missing, _MISSING_SHOWN)
    st.subheader(t("deletions.missing_title"))
    st.html(f"<p>{html(t('deletions.missing_intro'))}</p>")
    for view in found:
        with st.container(gap="xsmall", key=f"borte-{view.post_id}"):
            post_card(view, key=f"borte-{view.post_id}")
            with st.container(horizontal=True):
                for answer, gone in (("gone", True), ("stands", False)):
                    st.button(
                        t(f"deletions.missing_{answer}"),
                        key=f"borte-{answer}-{view.post_id}",
                        on_click=_answer_missing,
                        args=(view.post_id, gone),
                    )
    if total > len(found):
        st.caption(t("deletions.missing_more", shown=number(len(found)), total=number(total)))


def _answer_missing(post_id: str, gone: bool) -> None:
    name, now = who(), services().now()
    if not name:
        _say("error", t("deletions.name_missing"))
        return
    try:
        services().store.write(lambda cursor: deletions.answer_missing(cursor, post_id, gone, name, now))
    except LookupError:
        _say("error", t("deletions.missing_over"))
    else:
        _say("success", t("deletions.missing_gone_done" if gone else "deletions.missing_stands_done"))


def _conflict(conflict: Conflict) -> None:
    post_id = conflict.post.post_id
    post_card(conflict.post, key=f"slettet-{post_id}")
    known = has(f"deletions.evidence.{conflict.evidence}")
    archived = conflict.archived
    lines = [
        t(
            "deletions.since",
            evidence=t(f"deletions.evidence.{conflict.evidence if known else 'other'}"),
            moment=moment(conflict.since),
        ),
        t(
            "deletions.archived",
            outcome=t(f"outcome.{archived.outcome}"),
            name=archived.decided_by,
            moment=moment(archived.decided_at),
            reason=archived.reason,
        ),
        *(_decided(decision) for decision in conflict.history),
    ]
    st.html("".join(f'<p class="lp-meta">{html(line)}</p>' for line in lines))
    st.radio(
        t("deletions.choice"),
        _CHOICES,
        index=None,
        format_func=_named,
        captions=[t(f"deletions.means.{choice}") for choice in _CHOICES],
        key=f"slettevalg-{post_id}",
    )
    st.text_area(
        t("deletions.reason"),
        key=f"slettegrunn-{post_id}",
        max_chars=2000,
        help=t("deletions.reason_help"),
        height=80,
    )
    st.button(t("deletions.save"), key=f"lagre-slettevalg-{post_id}", on_click=_save, args=(conflict,))


def _save(conflict: Conflict) -> None:
    """Keep the decision, or say why not."""
    post_id, name = conflict.post.post_id, who()
    choice: Decision | None = st.session_state.get(f"slettevalg-{post_id}")
    reason = (st.session_state.get(f"slettegrunn-{post_id}") or "").strip()
    if choice is None or not reason or not name:
        missing = "choice" if choice is None else "reason" if not reason else "name"
        _say("error", t(f"deletions.{missing}_missing"))
        return
    now, seen = services().now(), conflict.last_decision
    try:
        services().store.write(lambda cursor: deletions.decide(cursor, post_id, choice, reason, name, now, seen))
    except DecidedMeanwhile as newer:
        _say("error", t("deletions.meanwhile", name=md(newer.by), decision=_named(newer.decision)))
    except LookupError:
        _say("error", t("deletions.over"))
    else:
        st.session_state[f"slettevalg-{post_id}"] = None
        st.session_state[f"slettegrunn-{post_id}"] = ""
        _say("success", t("deletions.kept" if choice == "keep" else "deletions.erased"))


def _decided(decision: DeletionDecision) -> str:
    return t(
        "deletions.decided",
        moment=moment(decision.decided_at),
        name=decision.decided_by,
        decision=_named(decision.decision),
        reason=decision.reason,
    )


def _named(decision: str) -> str:
    return t(f"deletions.decision.{decision}")


def _say(kind: str, text: str) -> None:
    st.session_state[_MESSAGE] = (kind, text)


def _message() -> None:
    """How the last try to save went; shown once."""
    kind, text = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "success":
        st.success(text)
    elif kind:
        st.error(text)
