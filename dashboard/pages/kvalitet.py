"""Kvalitet: how good the labels are, how often people overrule them, and the posts that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Final

import streamlit as st

from dashboard.parts.escape import html
from dashboard.parts.names import label
from dashboard.parts.post import post_card
from dashboard.parts.query import ask
from dashboard.services import services
from dashboard.wording import day, moment, n, number, t
from data import review
from data.review import Overruled
from models.evaluation import PROMISED, Evaluation
from models.examples import TEST_FOLDER, read_examples
from models.labels import CHOICES
from models.quality import DIALECT, Quality, ValueFigures, quality

_SHOWN: Final = 3
_TABLES: Final = {"topics": "topic"} | {name: name for name in CHOICES}


def page() -> None:
    st.title(t("kvalitet.title"))
    st.html(f"<p>{html(t('kvalitet.intro'))}</p>")
    lent = services().classifier
    _queue()
    _overruled()
    if lent:
        _figures(_quality(lent().version))


def _queue() -> None:
    """The posts that the classifier is least sure of."""
    now = services().now()
    st.header(t("kvalitet.queue"))
    total = ask(review.uncertain_count, now)
    if not total:
        st.success(t("kvalitet.queue_empty"))
        return
    st.html(f"<p>{html(n('kvalitet.queue_about', total, shown=number(min(_SHOWN, total))))}</p>")
    for view in ask(review.uncertain, now, _SHOWN):
        key = f"ko-{view.post_id}"
        st.session_state.setdefault(f"vis-{key}", "correct")
        with st.container(key=key):
            post_card(view, key=key)
    st.button(t("kvalitet.next"), key="neste-usikre")


def _overruled() -> None:
    """How often people changed what the classifier had said, by month."""
    found = ask(review.overruled)
    st.header(t("kvalitet.overruled"))
    if not found:
        st.info(t("kvalitet.overruled_none"))
        return
    st.html(f"<p>{html(t('kvalitet.overruled_about'))}</p>{overruled_table(found)}")


def overruled_table(found: Sequence[Overruled]) -> str:
    """A row a month, a column a label: «12 % (3 av 25)»."""
    names = [name for name in (*_TABLES, "lang") if any(row.label == name for row in found)]
    head = "".join(f'<th scope="col">{html(_called(name))}</th>' for name in names)
    lines = []
    for month, several in groupby(found, lambda row: row.month):
        by_label = {row.label: row for row in several}
        cells = "".join(f"<td>{html(_share(by_label.get(name)))}</td>" for name in names)
        lines.append(f'<tr><th scope="row">{html(day(month, "MMMM y"))}</th>{cells}</tr>')
    first = html(t("kvalitet.month"))
    return (
        f'<table class="lp-table"><thead><tr><th scope="col">{first}</th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _share(row: Overruled | None) -> str:
    if row is None:
        return "–"
    percent = number(round(100 * row.changed / row.decided))
    return t("kvalitet.share", percent=percent, changed=number(row.changed), decided=number(row.decided))


@st.cache_data(max_entries=2, show_spinner=False)
def _quality(version: str) -> Quality:
    """The figures of the model of this version on the published test set."""
    lent = services().classifier
    assert lent
    examples = read_examples(TEST_FOLDER)
    return quality(examples, lent().label([example.post for example in examples]), version)


def _figures(found: Quality) -> None:
    st.header(t("kvalitet.figures"))
    about = n("kvalitet.figures_about", found.figures.examples, version=found.model_version)
    st.html(f"<p>{html(_learned())}</p><p>{html(about)}</p>{figures_table(found)}")
    for name in _TABLES:
        with st.expander(t("kvalitet.of_label", label=_called(name))):
            st.html(values_table([value for value in found.values if value.label == name]))
            st.html(f'<p class="lp-meta">{html(_abstained(found, name))}</p>')
            if name in found.confusion:
                st.html(confusion_table(name, found.confusion[name]))


def _learned() -> str:
    """What the model in use has learned from, and when."""
    trained, examples = services().trained(), number(len(read_examples()))
    if trained is None:
        return t("kvalitet.shipped", examples=examples)
    when = moment(datetime.fromisoformat(trained.trained_at))
    return n("kvalitet.trained", trained.decisions, moment=when, examples=examples)


def _abstained(found: Quality, name: str) -> str:
    return t("kvalitet.abstained", percent=number(round(100 * found.abstained[name])))


def figures_table(found: Quality) -> str:
    """Each figure in all, and of the posts in bokmål, in nynorsk and in dialect."""
    columns: list[tuple[str, Evaluation]] = [(t("kvalitet.all"), found.figures)]
    named = {DIALECT: t("kvalitet.dialect")}
    columns += [(named.get(lang) or label("lang", lang), figures) for lang, figures in found.languages.items()]
    head = "".join(f'<th scope="col">{html(name)}</th>' for name, _ in columns)
    lines = []
    for field in fields(Evaluation):
        cells = "".join(f"<td>{html(_figure(field.name, figures))}</td>" for _, figures in columns)
        promised = PROMISED.get(field.name)
        cells += f"<td>{html(number(promised) if promised else '–')}</td>"
        name = t("kvalitet.examples") if field.name == "examples" else t(f"quality.figure_{field.name}")
        lines.append(f'<tr><th scope="row">{html(name)}</th>{cells}</tr>')
    first, last = html(t("kvalitet.figure")), html(t("kvalitet.promised"))
    return (
        f'<table class="lp-table"><thead><tr><th scope="col">{first}</th>{head}<th scope="col">{last}</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _figure(name: str, figures: Evaluation) -> str:
    value = getattr(figures, name)
    return number(value) if name == "examples" else number(round(value, 2))


def values_table(values: Sequence[ValueFigures]) -> str:
    """A row a value: how many there were, precision, recall, and F1 with its interval."""
    columns = ("value", "examples", "precision", "recall", "f1", "interval")
    head = "".join(f'<th scope="col">{html(t(f"kvalitet.{name}"))}</th>' for name in columns)
    lines = []
    for value in values:
        numbers = (number(value.examples), *(number(round(x, 2)) for x in (value.precision, value.recall, value.f1)))
        interval = t("kvalitet.from_to", low=number(round(value.f1_low, 2)), high=number(round(value.f1_high, 2)))
        cells = "".join(f"<td>{html(cell)}</td>" for cell in (*numbers, interval))
        lines.append(f'<tr><th scope="row">{html(label(_TABLES[value.label], value.value))}</th>{cells}</tr>')
    return f'<table class="lp-table"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def confusion_table(name: str, counts: Sequence[Sequence[int]]) -> str:
    """Rows are what is right, columns what the classifier said."""
    known = [label(name, value) for value in CHOICES[name]]
    head = "".join(f'<th scope="col">{html(value)}</th>' for value in known)
    lines = []
    for value, row in zip(known, counts, strict=True):
        cells = "".join(f"<td>{number(count) if count else ''}</td>" for count in row)
        lines.append(f'<tr><th scope="row">{html(value)}</th>{cells}</tr>')
    caption, first = html(t("kvalitet.confusion")), html(t("kvalitet.right"))
    return (
        f'<table class="lp-table"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{first}</th>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    )


def _called(name: str) -> str:
    return t("correct.topics") if name == "topics" else t(f"post.label_{name}")
