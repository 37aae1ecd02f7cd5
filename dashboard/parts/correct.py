"""Overruling the classifier on one post: one click on the right value, kept with who and when."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard.parts.escape import md
from dashboard.parts.names import label
from dashboard.parts.person import who
from dashboard.parts.query import ask, forget, read
from dashboard.services import services
from dashboard.wording import moment, t
from data import labels, listening, topics
from data.labels import CONFIRMED, NO, TOPIC, YES, Decision
from data.listening import PostView
from models.labels import CHOICES, LANGUAGES, TOPICS

_VALUES: Final = {**CHOICES, "lang": LANGUAGES}


def corrected(view: PostView, key: str) -> PostView:
    """The post as it is labelled by now, where somebody has just corrected it on this card."""
    if st.session_state.get(f"rettet-{key}"):
        return ask(listening.post, view.post_id) or view
    return view


def correct(view: PostView, key: str) -> None:
    """Draw every label with all its values; a click on one keeps it."""
    decided = {decision.label: decision for decision in ask(labels.decisions, view.post_id)}
    st.caption(t("correct.about"))
    if sentence := st.session_state.pop(f"rettfeil-{key}", ""):
        st.error(sentence)
    known = [*TOPICS, *(name for name in read(topics.names) if name not in TOPICS)]
    field = _reset(f"rett-{key}-topics", list(view.topics))
    st.pills(
        t("correct.topics"),
        [*known, *(topic for topic in view.topics if topic not in known)],
        selection_mode="multi",
        format_func=partial(label, "topic"),
        key=field,
        on_change=_decide_topics,
        args=(view, key, field),
    )
    for name, values in _VALUES.items():
        field = _reset(f"rett-{key}-{name}", getattr(view, name))
        st.pills(
            f"{t(f'post.label_{name}')}{_who_decided(decided.get(name))}",
            values,
            format_func=partial(label, name),
            key=field,
            on_change=_decide,
            args=(view, key, name, field),
        )
    with st.container(horizontal=True):
        st.button(t("correct.right"), key=f"rett-{key}-alt", on_click=_confirm, args=(view, key))
        if view.decided:
            st.button(t("correct.back"), key=f"rett-{key}-tilbake", on_click=_give_back, args=(view, key))


def _reset(field: str, value: Any) -> str:
    """Let a field show what holds: it may have been clicked to nothing, or decided elsewhere meanwhile."""
    st.session_state[field] = value
    return field


def _who_decided(decision: Decision | None) -> str:
    if decision is None or decision.value is None:
        return ""
    return f" – {md(t('correct.by', name=decision.decided_by, moment=moment(decision.decided_at)))}"


def _decide(view: PostView, key: str, name: str, field: str) -> None:
    value = st.session_state[field]
    if value is not None and value != getattr(view, name):
        _save(view, key, {name: str(value)})


def _decide_topics(view: PostView, key: str, field: str) -> None:
    chosen = set(st.session_state[field])
    changes = dict.fromkeys((f"{TOPIC}{topic}" for topic in chosen - set(view.topics)), YES)
    changes |= dict.fromkeys((f"{TOPIC}{topic}" for topic in set(view.topics) - chosen), NO)
    _save(view, key, changes)


def _confirm(view: PostView, key: str) -> None:
    """All that stands is right."""
    topics_ = {f"{TOPIC}{topic}": YES for topic in view.topics} | {"topics": CONFIRMED}
    _save(view, key, {name: str(getattr(view, name)) for name in _VALUES} | topics_)


def _give_back(view: PostView, key: str) -> None:
    _save(view, key, dict.fromkeys(view.decided))


def _save(view: PostView, key: str, changes: dict[str, Any]) -> None:
    """Keep decisions, or say why not."""
    name, now = who(), services().now()
    st.session_state[f"rettet-{key}"] = True
    if not name:
        st.session_state[f"rettfeil-{key}"] = t("correct.name_missing")
        return

    def work(cursor: Any) -> None:
        for label_, value in changes.items():
            labels.decide(cursor, view.post_id, label_, value, name, now)

    try:
        services().store.write(work)
    except LookupError:
        st.session_state[f"rettfeil-{key}"] = t("correct.gone")
    forget()
