from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from collectors.post import Metrics
from dashboard import services
from dashboard.parts.escape import html, md, web_address
from dashboard.parts.post import FOLD, sureness
from dashboard.services import Services
from data import listening
from data.listening import PostView
from models.labels import Labels, PostText, Reason, Span

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> ![x](https://evil.example.no/x.png) **fet** :red[rød] <img src=x onerror=alert(1)>"


class Weigher:
    """Stands for the classifier; keeps what it was asked."""

    version = "test-1"
    asked: list[PostText]

    def __init__(self) -> None:
        self.asked = []

    def label(self, posts: Sequence[PostText]) -> list[Labels]:
        return []

    def explain(self, post: PostText, labels: Labels) -> dict[str, list[Reason]]:
        self.asked.append(post)
        return {"conflict": [Reason("<b>lyver</b>", 2.14), Reason("takk", -0.5)], "arbeid": [Reason("jobb", 1.0)]}


def _script(view, marks=(), show_why=True):  # type: ignore[no-untyped-def]  # its source is run elsewhere
    from dashboard.parts.post import post_card

    post_card(view, key="a", marks=marks, show_why=show_why)


@pytest.fixture
def weigher(held: Any) -> Iterator[Weigher]:
    st.cache_data.clear()
    found = Weigher()
    services.provide(Services(held.store, "Elvestrand kommune", classifier=lambda: found, now=lambda: NOON))
    yield found
    services.provide(None)


@pytest.fixture
def draw(weigher: Weigher) -> Callable[..., AppTest]:
    def drawn(view: PostView, **more: Any) -> AppTest:
        app = AppTest.from_function(_script, args=(view,), kwargs=more, default_timeout=30).run()
        assert not app.exception
        return app

    return drawn


def a_post(**changes: Any) -> PostView:
    values: dict[str, Any] = {
        "post_id": "p1",
        "platform": "mastodon",
        "source": "torget",
        "source_title": "Torget",
        "url": "https://torget.example.no/1",
        "kind": "post",
        "title": "",
        "text": "Skolen er fin.\nVeldig fin.",
        "author_handle": "@kari",
        "author_name": "Kari Oppdiktet",
        "author_bio": "",
        "published_at": NOON,
        "published_quality": "exact",
        "edited_at": None,
        "revision": 1,
        "parent_id": None,
        "lang": "nn",
        "topics": ("skole-og-utdanning", "vanntilsyn"),
        "conflict": 2,
        "actor": "citizen",
        "stance": "opponent",
        "intent": "claim",
        "scores": {"conflict": 0.78, "skole-og-utdanning": 0.95},
        "model_version": "test-1",
        "listening_posts": ("skole",),
        "terms": ("skole*",),
    }
    return PostView(**{**values, **changes})


def shown(app: AppTest) -> str:
    return "\n".join(e.value for e in app.html)


def offers(app: AppTest) -> list[str]:
    groups = app.get("pills")
    return list(groups[0].options) if groups else []


def test_markup_in_a_post_is_shown_as_the_characters_that_it_is(draw: Callable[..., AppTest]) -> None:
    app = draw(a_post(text=HOSTILE, title=HOSTILE, author_name=HOSTILE, source_title=HOSTILE, terms=(HOSTILE,)))
    said = shown(app)
    assert said.count(html(HOSTILE)) == 4
    assert f"<bdi>{html(HOSTILE[:20])}" in said
    assert "<script" not in said
    assert "<img" not in said
    assert not app.markdown


def test_a_post_tells_its_source_author_time_and_original(draw: Callable[..., AppTest]) -> None:
    said = shown(draw(a_post()))
    for expected in (
        "Torget",
        "Kari Oppdiktet (@kari)",
        "21. nov. 2026 kl. 12.00",
        'href="https://torget.example.no/1"',
    ):
        assert expected in said
    assert 'lang="nn"' in said


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//example.no", "https://", "http://a b.no"]
)
def test_only_web_addresses_become_links(draw: Callable[..., AppTest], address: str) -> None:
    assert web_address(address) == ""
    assert "<a " not in shown(draw(a_post(url=address)))


def test_an_undated_post_says_so(draw: Callable[..., AppTest]) -> None:
    assert "udatert, hentet 21. nov. 2026 kl. 12.00" in shown(draw(a_post(published_quality="missing")))
    assert "datert i framtiden" in shown(draw(a_post(published_quality="clamped_future")))
    assert "kl. 12.00" not in shown(draw(a_post(published_quality="date_only")))


def test_labels_are_told_in_words_with_how_sure_they_are(draw: Callable[..., AppTest]) -> None:
    said = shown(draw(a_post()))
    assert "Konfliktnivå: konflikt <i>ganske sikker, 78 %</i>" in said
    assert "Skole og utdanning <i>svært sikker, 95 %</i>" in said
    assert "vanntilsyn" in said
    assert "Holdning: motstander" in said
    assert sureness(0.3) == "svært usikker, 30 %"


def test_a_threat_that_the_classifier_doubts_does_not_shout(draw: Callable[..., AppTest]) -> None:
    doubted = shown(draw(a_post(conflict=3, scores={"conflict": 0.59})))
    assert "<li class=lp-conflict-maybe>Konfliktnivå: mulig hets eller trussel <i>litt usikker, 59 %</i>" in doubted
    assert "lp-conflict-3" not in doubted


@pytest.mark.parametrize("scores", [{"conflict": 0.6}, {}])
def test_a_threat_that_nobody_doubts_is_told_as_one(draw: Callable[..., AppTest], scores: dict[str, float]) -> None:
    said = shown(draw(a_post(conflict=3, scores=scores)))
    assert "<li class=lp-conflict-3>Konfliktnivå: hets eller trussel" in said
    assert "mulig" not in said


def test_only_threats_are_told_as_possible(draw: Callable[..., AppTest]) -> None:
    said = shown(draw(a_post(conflict=2, scores={"conflict": 0.4})))
    assert "<li class=lp-conflict-2>Konfliktnivå: konflikt" in said


def test_why_tells_a_doubted_threat_in_the_same_words(draw: Callable[..., AppTest]) -> None:
    app = draw(a_post(conflict=3, scores={"conflict": 0.4}))
    app.get("pills")[0].set_value("why").run()
    assert "<th scope='row'>Konfliktnivå: mulig hets eller trussel</th>" in shown(app)


def test_a_post_without_labels_says_so_and_explains_nothing(draw: Callable[..., AppTest]) -> None:
    app = draw(a_post(conflict=None, lang=None, topics=(), actor=None, stance=None, intent=None))
    assert "ikke merket ennå" in shown(app)
    assert "Hvorfor?" not in offers(app)


def test_a_long_text_is_folded_until_one_asks(draw: Callable[..., AppTest]) -> None:
    app = draw(a_post(text="Ord " * FOLD + "slutten"))
    assert "slutten" not in shown(app)
    app.get("pills")[0].set_value("whole").run()
    assert "slutten" in shown(app)


def test_what_is_marked_is_never_folded_away(draw: Callable[..., AppTest]) -> None:
    text = "Ord " * 400 + "feilen" + " mer" * 400
    start = text.index("feilen")
    said = shown(draw(a_post(text=text), marks=(Span(start, start + 6),)))
    assert "<mark>feilen</mark>" in said


def test_marks_that_overlap_or_lie_outside_break_nothing() -> None:
    text = "a<b>cdef"
    assert html(text, [Span(0, 4), Span(2, 6), Span(7, 99), Span(50, 60), Span(-3, 1)]) == (
        "<mark>a</mark><mark>&lt;b&gt;</mark><mark>cd</mark>e<mark>f</mark>"
    )


def test_why_names_the_words_and_the_model_only_when_asked(draw: Callable[..., AppTest], weigher: Weigher) -> None:
    app = draw(a_post())
    assert weigher.asked == []
    app.get("pills")[0].set_value("why").run()
    said = shown(app)
    assert "&lt;b&gt;lyver&lt;/b&gt;" in said
    assert "Konfliktnivå: konflikt" in said
    assert "Tema: Arbeid" in said
    assert "test-1" in said
    assert weigher.asked[0].text == "Skolen er fin.\nVeldig fin."


def test_why_can_be_left_out(draw: Callable[..., AppTest]) -> None:
    assert "Hvorfor?" not in offers(draw(a_post(), show_why=False))


def test_the_conversation_and_earlier_versions_come_from_the_store(held: Any, draw: Callable[..., AppTest]) -> None:
    first = held.post("Er det sant?", "1", conflict=0)
    held.post("Nei, <b>det</b> er ikke sant.", "2", answers="1", conflict=0)
    held.post("Er det virkelig sant?", "1", conflict=0)
    with held.store.read() as cursor:
        view = listening.post(cursor, first)
    assert view is not None
    app = draw(view)
    assert offers(app) == ["Hvorfor?", "Rett", "Samtalen", "Tidligere versjoner"]
    app.get("pills")[0].set_value("thread").run()
    assert "Nei, &lt;b&gt;det&lt;/b&gt; er ikke sant." in shown(app)
    app.get("pills")[0].set_value("versions").run()
    assert "Er det sant?" in shown(app)


def test_how_far_a_post_has_spread_is_told_as_far_as_it_is_known(draw: Callable[..., AppTest]) -> None:
    assert "Spredning: ett svar, 30 delinger" in shown(draw(a_post(metrics=Metrics(1, 30, 0))))
    assert "Spredning" not in shown(draw(a_post()))


def test_the_same_text_in_other_places_is_counted_and_listed(held: Any, draw: Callable[..., AppTest]) -> None:
    said = "Kommunen skal legge ned skolen allerede neste uke, del før de sletter"
    first = held.post(said, "1", conflict=0)
    held.post(f"{said}!!!", "2", conflict=0, handle="<b>ola</b>")
    with held.store.read() as cursor:
        view = listening.post(cursor, first)
    assert view is not None
    app = draw(view)
    assert offers(app)[-1] == "Samme tekst andre steder (1)"
    app.get("pills")[0].set_value("copies").run()
    assert "&lt;b&gt;ola&lt;/b&gt;" in shown(app)
    assert "https://torget.example.no/2" in shown(app)


def test_a_tombstone_says_what_it_is(draw: Callable[..., AppTest]) -> None:
    app = draw(a_post(state="gone", text="", revision=3, parent_id="p0", author_name="", author_handle=""))
    assert "slettet hos kilden" in shown(app)
    assert "er slettet der det sto" in shown(app)
    assert "Tidligere versjoner" not in offers(app)


def test_a_post_that_the_archive_holds_says_that_it_is_gone_where_it_stood(draw: Callable[..., AppTest]) -> None:
    assert "slettet hos kilden, arkivert hos oss" in shown(draw(a_post(state="held")))


def test_escaped_markdown_says_the_same_and_does_nothing() -> None:
    assert md(":red[a] **b**\n# c") == r"\:red\[a\] \*\*b\*\* \# c"


def test_no_page_draws_html_unescaped_or_text_as_markdown() -> None:
    folder = Path(dashboard.__file__).parent
    for file in folder.rglob("*.py"):
        code = file.read_text("utf-8")
        assert "unsafe_allow" not in code, file
        assert not re.search(r"\b(st|column|place|text|action)\.(markdown|write)\(", code), file
