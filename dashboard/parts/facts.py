"""How a fact is shown: its values in words, where it stands today, and what is wrong with one that is being written."""

from __future__ import annotations

from datetime import date

from dashboard.parts.escape import html, md, web_address
from dashboard.parts.names import label
from dashboard.wording import day, t
from models.facts import CLAIMS, DATES, FIELDS, Fault, ends_soon, is_coming, is_past
from models.labels import Fact


def field_name(name: str) -> str:
    """What a field is called."""
    return t(f"facts.field.{name}")


def told(fault: Fault) -> str:
    """A fault in a sentence, for Streamlit's Markdown."""
    return md(t(f"facts.fault.{fault.code}", field=field_name(fault.field), **fault.details))


def value(fact: Fact, name: str) -> str:
    """A field's value in HTML; empty where there is none."""
    given = getattr(fact, name)
    if not given:
        return ""
    if name == CLAIMS:
        return "<br>".join(html(claim) for claim in given)
    if name in DATES:
        return html(day(date.fromisoformat(given)))
    if name == "topic":
        return html(label("topic", given))
    if name == "source_url" and (url := web_address(given)):
        return f'<a href="{html(url)}" target="_blank">{html(url)}</a>'
    lang = name.partition("_")[2]
    return f'<span lang="{lang}">{html(given)}</span>' if lang in ("nn", "en") else html(given)


def details(fact: Fact) -> str:
    """All of a fact that is filled in, as HTML."""
    rows = [(name, value(fact, name)) for name in FIELDS if name != "statement_nb"]
    told_ = "".join(f"<div><dt>{html(field_name(name))}</dt><dd>{shown}</dd></div>" for name, shown in rows if shown)
    return f'<dl class="lp-facts">{told_}</dl>'


def standing(fact: Fact, today: date) -> str:
    """Whether a fact holds, in words: «Gjelder», «Går ut 3. desember 2026»."""
    if is_past(fact, today) and fact.valid_to:
        return t("fakta.standing.past", day=day(date.fromisoformat(fact.valid_to)))
    if is_coming(fact, today) and fact.valid_from:
        return t("fakta.standing.coming", day=day(date.fromisoformat(fact.valid_from)))
    if ends_soon(fact, today) and fact.valid_to:
        return t("fakta.standing.soon", day=day(date.fromisoformat(fact.valid_to)))
    return t("fakta.standing.holds")
