"""One post on the screen: what it says, as text only, what it was labelled, and on request why.

Everything of the post is escaped HTML, never Markdown: `shell.css` has the looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from collectors.post import Metrics
from dashboard.parts.correct import correct, corrected
from dashboard.parts.escape import html, web_address
from dashboard.parts.names import label
from dashboard.parts.query import ask, read
from dashboard.services import services
from dashboard.wording import day, has, moment, n, number, t
from data import listening, stories
from data.labels import TOPIC
from data.listening import PostView
from data.posts import oslo_day
from models.labels import Labels, PostText, Reason, Span

FOLD = 300
"""Characters of a text that are shown before one asks for the rest."""
TITLE_FOLD = 160
_SLACK = 100
"""A text is not folded for the sake of fewer characters than these."""
_SURE = ((0.9, "very"), (0.75, "quite"), (0.5, "rather"), (0.0, "little"))
_DOUBTED = 0.6
"""A threat that the classifier is less sure of than this is told as a possible one."""
_THREAD_FOLD = 280
_NAME_FOLD = 60
_TERMS = 5
_REASONS = 6


def post_card(view: PostView, *, key: str, marks: Sequence[Span] = (), show_why: bool = True) -> None:
    """Draw a post; `marks` are stretches of its text to point out. `key` is unique on the page. What is opened on the
    card redraws the card alone."""
    with st.container(border=True, gap=None):
        _card(view, key, tuple(marks), show_why)


def sureness(score: float) -> str:
    """«ganske sikker, 78 %»"""
    word = next(word for least, word in _SURE if score >= least)
    return t("post.sure", word=t(f"post.sure_{word}"), percent=round(score * 100))


def published(view: PostView) -> str:
    """When a post was published, in Norwegian time, and how far to trust that."""
    match view.published_quality:
        case "missing":
            return t("post.undated", moment=moment(view.published_at))
        case "clamped_future":
            return t("post.future", moment=moment(view.published_at))
        case "date_only":
            return day(oslo_day(view.published_at), "d. MMM y")
        case _:
            return moment(view.published_at)


def author(view: PostView) -> str:
    """The author's name and handle as given."""
    name, handle = _short(view.author_name, _NAME_FOLD), _short(view.author_handle, _NAME_FOLD)
    if name and handle and name != handle:
        return t("post.author", name=name, handle=handle)
    return name or handle or t("post.no_author")


def spread(metrics: Metrics) -> str:
    """«12 svar, 30 delinger»: how far it has come, as far as the platform tells; empty where it tells nothing."""
    counted = ((name, getattr(metrics, name)) for name in ("replies", "reposts", "quotes", "likes", "views"))
    return ", ".join(n(f"post.{name}", count) for name, count in counted if count)


@st.fragment
def _card(view: PostView, key: str, marks: Sequence[Span], show_why: bool) -> None:
    view = corrected(view, key)
    offers = list(_offers(view, marks, show_why))
    state = f"vis-{key}"
    opened = st.session_state.get(state) if offers else None
    st.html(_article(view, marks, whole=opened == "whole"))
    if offers:
        st.pills(
            t("post.more"),
            offers,
            key=state,
            format_func=lambda offer: t(f"post.offer_{offer}", count=number(view.copies)),
            label_visibility="collapsed",
        )
    match opened:
        case "correct":
            correct(view, key)
        case "why":
            st.html(_why(view))
        case "thread":
            st.html(_thread(view))
        case "versions":
            st.html(_versions(view))
        case "copies":
            st.html(_copies(view))


def _offers(view: PostView, marks: Sequence[Span], show_why: bool) -> Iterable[str]:
    if _fold(view.text, marks) or len(view.title) > TITLE_FOLD:
        yield "whole"
    if show_why and view.conflict is not None:
        yield "why"
    if view.conflict is not None and view.state != "gone":
        yield "correct"
    if view.parent_id or view.kind in ("post", "reply", "comment"):
        yield "thread"
    if view.revision > 1 and view.state != "gone":
        yield "versions"
    if view.copies:
        yield "copies"


def _fold(text: str, marks: Sequence[Span]) -> int:
    """Where a long text is cut, after what is marked; 0 where all of it is shown."""
    least = max([FOLD, *(m.end + 80 for m in marks)])
    if len(text) <= least + _SLACK:
        return 0
    space = text.rfind(" ", 0, least)
    return space if space > least // 2 else least


def _article(view: PostView, marks: Sequence[Span], whole: bool) -> str:
    cut = 0 if whole else _fold(view.text, marks)
    text = html(view.text[:cut] if cut else view.text, marks)
    lang = f' lang="{html(view.lang)}"' if view.lang and view.lang != "und" else ""
    facts = [
        f"<strong>{html(view.source_title)}</strong>",
        f"<bdi>{html(author(view))}</bdi>",
        html(published(view)),
    ]
    if view.revision > 1:
        when = t("post.edited_at", moment=moment(view.edited_at)) if view.edited_at else t("post.edited")
        facts.append(html(when))
    if view.parent_id:
        facts.append(html(t("post.is_reply")))
    if view.state != "live":
        facts.append(f"<strong>{html(t(f'post.state_{view.state}'))}</strong>")
    elif view.missing_since:
        facts.append(f"<strong>{html(t('post.missing', moment=moment(view.missing_since)))}</strong>")
    if url := web_address(view.url):
        facts.append(f'<a href="{html(url)}" target="_blank">{html(t("post.original"))}</a>')
    named = view.title if whole else _short(view.title, TITLE_FOLD)
    title = f'<p class="lp-title" dir="auto"{lang}>{html(named)}</p>' if named.strip() else ""
    more = html(t("post.cut")) if cut else ""
    if view.state == "gone":
        text, more, lang = html(t("post.tombstone")), "", ""
    return (
        f'<article class="lp-post"><header>{_dots(facts)}</header>{title}'
        f'<div class="lp-text" dir="auto"{lang}>{text}{more}</div>{_badges(view)}{_spread(view.metrics)}'
        f"{_reasons_held(view)}</article>"
    )


def _badges(view: PostView) -> str:
    if view.conflict is None:
        return f'<p class="lp-meta">{html(t("post.unlabelled"))}</p>'
    conflict = "maybe" if _doubted(view) else view.conflict
    found = [("conflict", f"lp-conflict-{conflict}", _conflict(view))]
    found += [(f"{TOPIC}{topic}", "lp-topic", label("topic", topic)) for topic in view.topics]
    given = (("actor", view.actor), ("stance", view.stance), ("intent", view.intent), ("lang", view.lang))
    found += [(name, "", _named(name, value)) for name, value in given if value]
    items = "".join(
        f"<li{f' class={kind}' if kind else ''}>{html(called)}{_score(view, name)}</li>" for name, kind, called in found
    )
    if not view.topics and "topics" in view.uncertain:
        items += f"<li>{html(t('post.no_topic'))} <i>{html(t('post.unsure'))}</i></li>"
    return f"<ul>{items}</ul>"


def _doubted(view: PostView) -> bool:
    return view.conflict == 3 and "conflict" not in view.decided and view.scores.get("conflict", 1) < _DOUBTED


def _conflict(view: PostView) -> str:
    """«Konfliktnivå: mulig hets eller trussel»"""
    if _doubted(view):
        return t("post.named", label=t("post.label_conflict"), value=t("post.maybe_threat"))
    return _named("conflict", view.conflict or 0)


def _named(name: str, value: str | int) -> str:
    """«Aktør: innbygger»"""
    return t("post.named", label=t(f"post.label_{name}"), value=label(name, value))


def _score(view: PostView, name: str) -> str:
    """How sure it is that a label is right."""
    if name in view.decided:
        return f" <i>{html(t('post.decided'))}</i>"
    score = name.removeprefix(TOPIC)
    if ("topics" if score != name else name) in view.uncertain:
        return f" <i>{html(t('post.unsure'))}</i>"
    return f" <i>{html(sureness(view.scores[score]))}</i>" if score in view.scores else ""


def _spread(metrics: Metrics) -> str:
    told = spread(metrics)
    return _note(t("post.spread", counts=told)) if told else ""


def _reasons_held(view: PostView) -> str:
    """Which listening posts asked for it, and the words that hit."""
    if not view.listening_posts:
        return ""
    titles = {info.name: info.title for info in read(listening.listening_posts)}
    posts = ", ".join(titles.get(name, name) for name in view.listening_posts)
    held = [t("post.listening_posts", names=posts)]
    if view.terms:
        held.append(t("post.terms", terms=", ".join(f"«{term}»" for term in view.terms[:_TERMS])))
    return f"<footer>{html(' · '.join(held))}</footer>"


def _why(view: PostView) -> str:
    """The words that weighed most for and against each label."""
    lent = services().classifier
    if lent is None or view.conflict is None:
        return _note(t("post.why_none"))
    classifier = lent()
    parent = ask(listening.post, view.parent_id) if view.parent_id else None
    found = classifier.explain(
        PostText(
            text=view.text,
            title=view.title,
            author_handle=view.author_handle,
            author_name=view.author_name,
            author_bio=view.author_bio,
            in_reply_to_text=parent.text if parent else "",
            platform=view.platform,
        ),
        Labels(
            lang=view.lang or "und",
            topics=view.topics,
            conflict=view.conflict,
            actor=view.actor or "unknown",
            stance=view.stance or "neutral",
            intent=view.intent or "other",
            scores=view.scores,
            model_version=view.model_version,
        ),
    )
    lines = "".join(
        f"<tr><th scope='row'>{html(_explained(name, view))}</th>"
        f"<td>{_words(r for r in reasons if r.weight > 0)}</td>"
        f"<td>{_words(r for r in reasons if r.weight < 0)}</td></tr>"
        for name, reasons in found.items()
    )
    head = "".join(f"<th scope='col'>{html(t(f'post.why_{column}'))}</th>" for column in ("label", "for", "against"))
    return (
        f"<table class='lp-table'><caption>{html(t('post.why_intro'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
        f"<p class='lp-meta'>{html(t('post.model', version=view.model_version or classifier.version))}</p>"
    )


def _explained(name: str, view: PostView) -> str:
    """What a label that the classifier explains is called, with the value that this post got."""
    topic = name.removeprefix("topic:").removeprefix("topics:")
    if not has(f"post.label_{name}"):
        return _named("topic", topic)
    if name == "conflict":
        return _conflict(view)
    return _named(name, getattr(view, name))


def _words(reasons: Iterable[Reason]) -> str:
    strongest = sorted(reasons, key=lambda r: -abs(r.weight))[:_REASONS]
    return ", ".join(f"<bdi>{html(r.word)}</bdi> <small>{number(round(r.weight, 1))}</small>" for r in strongest) or "–"


def _thread(view: PostView) -> str:
    others = ask(listening.thread, view.post_id)
    if len(others) < 2:
        return _note(t("post.thread_none"))
    items = "".join(
        f"<li{' aria-current=true' if other.post_id == view.post_id else ''}>"
        f'<p class="lp-meta">{_dots([f"<bdi>{html(author(other))}</bdi>", html(published(other))])}</p>'
        f'<div class="lp-text" dir="auto">{html(_short(other.text, _THREAD_FOLD))}</div></li>'
        for other in others
    )
    return f'<ol class="lp-thread" aria-label="{html(t("post.offer_thread"))}">{items}</ol>'


def _versions(view: PostView) -> str:
    items = "".join(_version(earlier) for earlier in ask(listening.versions, view.post_id))
    return f'<ol class="lp-thread" aria-label="{html(t("post.offer_versions"))}">{items}</ol>'


def _version(earlier: Mapping[str, Any]) -> str:
    title = f'<p class="lp-title" dir="auto">{html(earlier["title"])}</p>' if earlier["title"].strip() else ""
    until = t("post.until", moment=moment(earlier["replaced_at"]))
    text = f'<div class="lp-text" dir="auto">{html(earlier["text"])}</div>'
    return f'<li><p class="lp-meta">{html(until)}</p>{title}{text}</li>'


def _copies(view: PostView) -> str:
    """The same text in other places."""
    items = "".join(
        f'<li><p class="lp-meta">{_dots([html(o.source_title), f"<bdi>{html(author(o))}</bdi>", html(published(o))])}'
        f"{_linked(o)}</p></li>"
        for o in ask(stories.copies, view.story_id)
        if o.post_id != view.post_id
    )
    return f'<ol class="lp-thread" aria-label="{html(t("post.copies"))}">{items}</ol>'


def _linked(view: PostView) -> str:
    url = web_address(view.url)
    return f' · <a href="{html(url)}" target="_blank">{html(t("post.original"))}</a>' if url else ""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


def _note(text: str) -> str:
    return f'<p class="lp-meta">{html(text)}</p>'


def _dots(parts: Iterable[str]) -> str:
    return " · ".join(parts)
