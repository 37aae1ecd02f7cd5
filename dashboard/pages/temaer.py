"""Temaer: the body's own topics, with the words and the examples that they are found by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import streamlit as st

from dashboard.parts.escape import html, md
from dashboard.parts.person import who
from dashboard.parts.query import ask, forget
from dashboard.services import services
from dashboard.wording import n, number, t
from data import listening, review, topics
from data.listening import Filter
from data.posts import oslo_day
from data.topics import Topic

NEW: Final = ""
_MOST_WORDS: Final = 100
_MOST_EXAMPLES: Final = 200
_LONGEST_NAME: Final = 60
_LONGEST_TEXT: Final = 20_000
_DAYS: Final = 90
_MESSAGE: Final = "melding-tema"


def page() -> None:
    st.title(t("temaer.title"))
    st.html(f"<p>{html(t('temaer.intro'))}</p>")
    kind, text = st.session_state.pop(_MESSAGE, ("", ""))
    if kind:
        (st.success if kind == "success" else st.error)(text)
    _waiting()
    found = ask(topics.active)
    for topic in found:
        _topic(topic)
    if not found:
        st.info(t("temaer.none"))
    st.header(t("temaer.new"))
    _form(Topic(NEW, ""))


@st.fragment(run_every=5)
def _waiting() -> None:
    """How many posts are still to be labelled with the topics as they are now."""
    lent = services().classifier
    left = ask(review.waiting_for_model, lent().version) if lent else 0
    if left:
        st.info(n("temaer.waiting", left))


def _topic(topic: Topic) -> None:
    today = oslo_day(services().now())
    totals = ask(listening.totals, Filter(today - timedelta(days=_DAYS - 1), today, topic=topic.topic_id))
    how = t("temaer.by_examples" if topic.learned else "temaer.by_words")
    with st.container(border=True, key=f"tema-{topic.topic_id}"):
        about = t("temaer.count", days=number(_DAYS), posts=number(totals.posts))
        st.html(f'<h2>{html(topic.name)}</h2><p class="lp-meta">{html(about)} {html(how)}</p>')
        with st.expander(t("temaer.change")):
            _form(topic)
            st.button(
                t("temaer.remove"), key=f"fjern-{topic.topic_id}", on_click=_remove, args=(topic,), type="tertiary"
            )


def _form(topic: Topic) -> None:
    key = topic.topic_id or "nytt"
    with st.form(f"skjema-{key}", border=False):
        st.text_input(t("temaer.name"), topic.name, key=f"navn-{key}", max_chars=_LONGEST_NAME)
        _lines_field("words", topic.keywords, f"ord-{key}", height=120)
        _lines_field("examples", topic.examples, f"eksempler-{key}", height=240)
        st.form_submit_button(t("temaer.save"), key=f"lagre-{key}", on_click=_save, args=(topic,))


def _lines_field(name: str, lines: Sequence[str], key: str, height: int) -> None:
    """One entry on each line."""
    help_ = t(f"temaer.{name}_help")
    st.text_area(t(f"temaer.{name}"), "\n".join(lines), key=key, help=help_, max_chars=_LONGEST_TEXT, height=height)


def _save(topic: Topic) -> None:
    """Keep a topic and what its examples teach, or say why not."""
    key, by, lent = topic.topic_id or "nytt", who(), services()
    name = " ".join(st.session_state[f"navn-{key}"].split())
    words = _lines(st.session_state[f"ord-{key}"])[:_MOST_WORDS]
    examples = _lines(st.session_state[f"eksempler-{key}"])[:_MOST_EXAMPLES]
    topic_id = topic.topic_id or topics.topic_id(name)
    taken = {known.topic_id for known in ask(topics.active)} - {topic.topic_id}
    if wrong := _wrong(by, topic_id, topic_id in taken, bool(words or examples)):
        _say("error", t(f"temaer.{wrong}"))
        return
    learned = lent.learn_topic(examples)
    if not words and not learned:
        _say("error", t("temaer.too_few"))
        return
    made = Topic(topic_id, name, tuple(words), tuple(examples), learned)
    try:
        lent.store.write(lambda cursor: topics.save(cursor, made, by, lent.now()))
    except ValueError:
        _say("error", t("temaer.too_many"))
        return
    forget()
    if lent.arrived:
        lent.arrived()
    if not topic.topic_id:
        for field in ("navn", "ord", "eksempler"):
            st.session_state[f"{field}-{key}"] = ""
    told = "saved" if learned or not examples else "saved_words"
    _say("success", t(f"temaer.{told}", name=md(name)))


def _wrong(by: str, topic_id: str, is_taken: bool, has_content: bool) -> str:
    """What keeps a topic from being kept; "" where nothing does."""
    if not by:
        return "who_missing"
    if not topic_id:
        return "name_missing"
    if is_taken:
        return "name_taken"
    return "" if has_content else "content_missing"


def _remove(topic: Topic) -> None:
    by, lent = who(), services()
    if not by:
        _say("error", t("temaer.who_missing"))
        return
    lent.store.write(lambda cursor: topics.remove(cursor, topic.topic_id, by, lent.now()))
    forget()
    if lent.arrived:
        lent.arrived()
    _say("success", t("temaer.removed", name=md(topic.name)))


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line for line in (" ".join(line.split()) for line in text.splitlines()) if line))


def _say(kind: str, text: str) -> None:
    st.session_state[_MESSAGE] = (kind, text)
