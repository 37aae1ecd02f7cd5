"""Arkiv: which posts are to be kept as records, why, and who decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from dashboard.parts import deletions, paging
from dashboard.parts.escape import html, md
from dashboard.parts.person import who
from dashboard.parts.post import post_card
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import moment, n, number, t
from data import archive, listening
from data import deletions as deleted
from data.archive import ArchiveDecision, Show
from data.listening import PostView
from data.store import Cursor
from models.archiving import ANSWERS, DIRECTIONS, Assessment, Outcome, outcome

CHOSEN: Final = "innlegg"
"""The post that is assessed stands in the address under this name, so that other pages can lead here."""
_SHOWN: Final[tuple[Show | Literal["deleted"], ...]] = ("suggested", "decided", "deleted")
_QUESTIONS: Final = ("case_processing", "documentation", "posterity")


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why an assessment was not kept."""

    why: Literal["meanwhile", "edited_meanwhile", "gone"]
    newer: ArchiveDecision | None = None


def page() -> None:
    st.title(t("arkiv.title"))
    st.html(f"<p>{html(t('arkiv.intro'))}</p>")
    post_id = st.query_params.get(CHOSEN, "")
    view = ask(listening.post, post_id) if post_id else None
    if view:
        st.button(t("arkiv.back"), on_click=_close, key="tilbake")
        _assess(view.post_id)
        return
    if post_id:
        st.warning(t("arkiv.unknown"))
    _list()


def _list() -> None:
    counts = ask(archive.counts)
    numbers = {name: number(count) for name, count in counts.items()}
    st.html(f'<p class="lp-meta">{html(t("arkiv.counts", **numbers))}</p>')
    show = st.segmented_control(
        t("arkiv.vis"),
        _SHOWN,
        default="suggested",
        format_func=lambda s: t("deletions.show" if s == "deleted" else f"arkiv.{s}"),
        key="vis",
        required=True,
        bind="query-params",
        on_change=paging.first_page,
    )
    held, waiting = ask(deleted.counts)
    if show == "deleted":
        deletions.conflicts(held)
        return
    if waiting:
        st.warning(n("deletions.waiting", waiting))
    if missing := ask(deleted.missing_count):
        st.info(n("deletions.missing_waiting", missing))
    total = counts[show]
    if not total:
        st.info(t(f"arkiv.nothing_{show}"))
        return
    place, shown = paging.choose(total)
    with place:
        paging.top(t("arkiv.range", **paging.numbers(shown, total)), shown)
        for view in ask(archive.posts, show, shown, paging.SIZE):
            with st.container(gap="xsmall", key=f"forslag-{view.post_id}"):
                _line(view, show)


def _line(view: PostView, show: Show) -> None:
    post_card(view, key=f"arkiv-{view.post_id}")
    with st.container(horizontal=True, vertical_alignment="center", key=f"linje-{view.post_id}"):
        st.button(
            t("arkiv.again" if show == "decided" else "arkiv.assess"),
            key=f"vurder-{view.post_id}",
            on_click=_open,
            args=(view.post_id,),
        )
        if show == "decided":
            last = ask(archive.decisions, view.post_id)[-1]
            said = t(
                "arkiv.last",
                outcome=t(f"outcome.{last.outcome}"),
                name=last.decided_by,
                moment=moment(last.decided_at),
            )
            st.html(f'<p class="lp-meta">{html(said)}</p>')


@st.fragment
def _assess(post_id: str) -> None:
    """The post, the questions, what follows from the answers, and what was decided before."""
    view = ask(listening.post, post_id)
    if view is None:
        st.error(t("arkiv.gone"))
        return
    earlier = ask(archive.decisions, post_id)
    if view.state == "gone":
        st.info(t("deletions.tombstone"))
        _history(view, earlier)
        return
    post_card(view, key=f"arkiv-{post_id}")
    if view.state == "held":
        st.warning(t("deletions.held"))
    if view.conflict == 3:
        st.warning(t("arkiv.note.threat"))
    st.header(t("arkiv.assessment"))
    assessment = _answers(view, earlier[-1].assessment if earlier else None)
    if assessment is None:
        st.info(t("arkiv.direction_missing"))
    elif outcome(assessment) == "not_assessed":
        st.info(t("arkiv.unanswered"))
    else:
        _outcome(view, assessment)
    st.text_area(
        t("arkiv.reason"), key=f"begrunnelse-{post_id}", max_chars=2000, help=t("arkiv.reason_help"), height=100
    )
    st.button(
        t("arkiv.save"),
        key=f"lagre-{post_id}",
        type="primary",
        on_click=_save,
        args=(view, assessment, earlier[-1].decision_id if earlier else 0),
    )
    _message(post_id)
    _history(view, earlier)


def _answers(view: PostView, last: Assessment | None) -> Assessment | None:
    """The questions; their answers once the direction is chosen. They start from the last assessment."""
    direction = st.radio(
        t("arkiv.direction"),
        DIRECTIONS,
        index=DIRECTIONS.index(last.direction) if last else None,
        format_func=lambda d: _capital(t(f"direction.{d}")),
        captions=[t(f"arkiv.direction_help.{d}") for d in DIRECTIONS],
        key=f"retning-{view.post_id}",
    )
    if direction == "foreign":
        st.info(t("arkiv.note.foreign"))
    given = []
    for question in _QUESTIONS:
        answer = st.radio(
            t(f"arkiv.question.{question}"),
            ANSWERS,
            index=ANSWERS.index(getattr(last, question) if last else "not_assessed"),
            format_func=lambda a: _capital(t(f"answer.{a}")),
            captions=[t(f"arkiv.help.{question}.{a}") if a != "not_assessed" else "" for a in ANSWERS],
            key=f"{question}-{view.post_id}",
        )
        given.append(answer)
    return Assessment(direction, *given) if direction else None


def _outcome(view: PostView, assessment: Assessment) -> None:
    """What the answers come to, what that means, and by which law."""
    result = outcome(assessment)
    both = assessment.case_processing == assessment.documentation == "yes"
    means = "archive_both" if result == "archive" and both else result
    notes = []
    if result in ("register", "archive"):
        notes.append(t("arkiv.note.posterity" if assessment.posterity == "yes" else "arkiv.note.retention"))
    if view.intent == "access_request" and result == "register":
        notes.append(t("arkiv.note.access_request"))
    law = t("arkiv.law", law=t(f"arkiv.legal.{result}"))
    with st.container(border=True, key="utfall"):
        lines = "".join(f"<p>{html(line)}</p>" for line in (t(f"arkiv.means.{means}"), *notes))
        st.html(
            f'<div role="status"><h3 class="lp-title">{html(t("arkiv.outcome", outcome=_named(result)))}</h3>{lines}'
            f'<p class="lp-meta">{html(law)} {html(t("arkiv.confirm"))}</p></div>'
        )


def _save(view: PostView, assessment: Assessment | None, seen: int) -> None:
    """Keep the assessment, or say why not."""
    post_id, name = view.post_id, who()
    reason = (st.session_state.get(f"begrunnelse-{post_id}") or "").strip()
    fault = _fault(assessment, reason)
    if fault or assessment is None:
        _say(post_id, "error", t(f"arkiv.{fault}"))
        return
    now = services().now()

    def keep(cursor: Cursor) -> Outcome | _Refused:
        stands = listening.post(cursor, post_id)
        if stands is None or stands.state == "gone":
            return _Refused("gone")
        if stands.revision != view.revision:
            return _Refused("edited_meanwhile")
        earlier = archive.decisions(cursor, post_id)
        if earlier and earlier[-1].decision_id > seen:
            return _Refused("meanwhile", earlier[-1])
        return archive.decide(cursor, post_id, assessment, reason, name, now)

    result = services().store.write(keep)
    if not isinstance(result, _Refused):
        st.session_state[f"begrunnelse-{post_id}"] = ""
        _say(post_id, "success", t("arkiv.saved", outcome=_named(result)))
    elif result.newer:
        newer = result.newer
        _say(post_id, "error", t("arkiv.meanwhile", name=md(newer.decided_by), outcome=_named(newer.outcome)))
    else:
        _say(post_id, "error", t(f"arkiv.{result.why}"))


def _fault(assessment: Assessment | None, reason: str) -> str:
    """What must be done before an assessment can be kept, if anything."""
    if assessment is None:
        return "direction_missing"
    if outcome(assessment) == "not_assessed":
        return "unanswered"
    if not reason:
        return "reason_missing"
    return "" if who() else "name_missing"


def _history(view: PostView, earlier: list[ArchiveDecision]) -> None:
    st.header(t("arkiv.history"))
    if not earlier:
        st.html(f'<p class="lp-meta">{html(t("arkiv.history_none"))}</p>')
        return
    st.html(f'<ol class="lp-thread">{"".join(_decided(decision, view) for decision in reversed(earlier))}</ol>')


def _decided(decision: ArchiveDecision, view: PostView) -> str:
    given = decision.assessment
    answers = t(
        "arkiv.history_answers",
        direction=_capital(t(f"direction.{given.direction}")),
        case=t(f"answer.{given.case_processing}"),
        documentation=t(f"answer.{given.documentation}"),
        posterity=t(f"answer.{given.posterity}"),
    )
    line = t(
        "arkiv.history_line",
        moment=moment(decision.decided_at),
        name=decision.decided_by,
        outcome=_named(decision.outcome),
    )
    parts = [
        f"<p><strong>{html(line)}</strong></p>",
        f'<p class="lp-meta">{html(answers)}</p>',
        f'<div class="lp-text" dir="auto">{html(t("arkiv.history_reason", reason=decision.reason))}</div>',
    ]
    if decision.revision != view.revision:
        title = f'<p class="lp-title" dir="auto">{html(decision.title)}</p>' if decision.title.strip() else ""
        parts.append(
            f'<p class="lp-problem">{html(t("arkiv.edited"))}</p>'
            f"<details><summary>{html(t('arkiv.as_it_was'))}</summary>"
            f'{title}<div class="lp-text" dir="auto">{html(decision.text)}</div></details>'
        )
    return f"<li>{''.join(parts)}</li>"


def _message(post_id: str) -> None:
    """How the last try to save went; shown once."""
    kind, text = st.session_state.pop(f"melding-{post_id}", ("", ""))
    if kind == "success":
        st.success(text)
    elif kind:
        st.error(text)


def _say(post_id: str, kind: Literal["success", "error"], text: str) -> None:
    st.session_state[f"melding-{post_id}"] = (kind, text)


def _named(result: Outcome) -> str:
    return t(f"outcome.{result}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _open(post_id: str) -> None:
    st.query_params[CHOSEN] = post_id


def _close() -> None:
    st.query_params.pop(CHOSEN, None)
