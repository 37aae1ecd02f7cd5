from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collectors.post import Polled, Problem, SourceState, Uncovered
from dashboard.digest import FORMATS, build, render
from dashboard.digest.build import LISTED, POSTS_SHOWN, SHORT, build_to_export, quoted, short
from data import archive, corrections, sources
from models.archiving import Assessment
from models.labels import Span

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 11, 21)
MORNING = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> ![x](http://evil.example.no/x.png) | **fet** "sitat" # tittel'


def fill(held: Any) -> None:
    """A day with something under every heading."""
    held.fact(
        "F02",
        "Kommunestyret har ikke vedtatt å legge ned Nordbygda skole. Saken er et forslag.",
        source_url="https://elvestrand.example.no/skole",
        reply_nb="Det er ikke vedtatt å legge ned Nordbygda skole. Kommunestyret bestemmer i desember.",
        reply_nn="Det er ikkje vedteke å leggje ned Nordbygda skole. Kommunestyret avgjer i desember.",
    )
    held.fact("F05", "Vannet i Elvestrand er trygt å drikke.")
    held.fact("F10", "Det er 14 på venteliste | *nå*.", valid_to="2026-12-03", owner="Helse og omsorg")
    held.fact("F11", "Søknadsfristen er 1. november.", valid_to="2026-11-01")
    held.post("I går var det stille på skolen.", "g1", at=NOON - timedelta(days=1), conflict=0)
    held.post("Svømmehallen åpner igjen.", "g2", at=NOON - timedelta(days=1), to="vann", conflict=0)
    for number in range(5):
        text = (
            "Nå er det vedtatt å legge ned skolen i Nordbygda." if number else "No er det vedteke å leggje ned skulen."
        )
        post_id = held.post(
            f"{text} Melding {number}.",
            f"r{number}",
            at=NOON - timedelta(hours=number),
            conflict=2 if number == 1 else 1,
            lang="nn" if number == 0 else "nb",
            intent="claim",
        )
        held.match(post_id, "F02", 0.95 - number / 20, in_post=Span(0, 30))
        if number == 1:
            held.store.write(
                lambda cursor, post_id=post_id: corrections.decide(
                    cursor, post_id, "F02", "assigned", "Kari Nordmann", NOON, 0
                )
            )
    hostile = held.post(HOSTILE, "h1", to="vann", handle="=cmd()", url="javascript:alert(1)", conflict=1, title="<b>")
    held.match(hostile, "F05", 0.65)
    held.post("Saksbehandleren burde få juling.", "t1", conflict=3)
    held.post("Når åpner søknaden om plass i SFO?", "q1", intent="question")
    held.post("Hvor søker jeg om skoleskyss?", "q2", intent="question")
    held.post("Det gjør du på nettsidene våre.", "q3", answers="q2", at=NOON + timedelta(hours=1), actor="public_body")
    complaint = held.post("Jeg klager på vedtaket om skolebytte.", "k1", intent="complaint")
    held.post("Jeg krever innsyn i rapporten om skolebygget.", "k2", intent="access_request")
    held.store.write(
        lambda cursor: archive.decide(
            cursor, complaint, Assessment("incoming", "yes", "yes", "no"), "En klage i egen sak.", "Ola Arkivar", NOON
        )
    )
    held.post("Et innlegg som ikke er merket.", "u1", to="vann", url="")
    failed = SourceState(
        "avisa",
        failures=3,
        last_attempt=NOON + timedelta(hours=2),
        last_success=NOON - timedelta(hours=2),
        problem=Problem("http_503", {"host": "avisa.example.no"}),
    )
    held.store.write(lambda cursor: sources.save_state(cursor, failed))
    well = SourceState("avisa", last_attempt=NOON + timedelta(hours=3), last_success=NOON + timedelta(hours=3))
    held.store.write(lambda cursor: sources.save_state(cursor, well))
    silent = SourceState("torget", last_success=NOON, last_item_at=NOON - timedelta(days=9), usual_gap_minutes=60)
    held.store.write(lambda cursor: sources.save_state(cursor, silent))


@pytest.mark.parametrize("form", FORMATS)
def test_a_digest_reads_as_it_did(held: Any, form: Any) -> None:
    """LYTTEPOST_UPDATE_GOLDEN=1 writes the files anew."""
    fill(held)
    found = render(build(held.store, "Elvestrand kommune", DAY, MORNING), form)
    file = GOLDEN / f"digest.{form}"
    if os.environ.get("LYTTEPOST_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, "utf-8", newline="")
    assert found == file.read_bytes().decode("utf-8")


def test_posts_are_counted_once_and_compared_with_the_day_before(held: Any) -> None:
    fill(held)
    digest = build(held.store, "Elvestrand kommune", DAY, MORNING)
    assert digest.status == "ordinary"
    assert (digest.total.posts, digest.total.posts_day_before) == (13, 2)
    assert [(h.title, h.posts, h.posts_day_before) for h in digest.listening_posts] == [
        ("Skole", 11, 1),
        ("Vann", 2, 1),
    ]
    assert (digest.total.conflict, digest.total.escalate, digest.unlabelled) == (2, 1, 1)


def test_a_rumour_is_one_thing_to_correct_with_the_reply_in_each_form(held: Any) -> None:
    fill(held)
    rumour, water = build(held.store, "Elvestrand kommune", DAY, MORNING).contradicted.shown
    assert (rumour.fact_id, rumour.claims.total, len(rumour.claims.shown)) == ("F02", 5, POSTS_SHOWN)
    assert rumour.claims.shown[0].state == "assigned"
    assert {claim.post.lang: claim.reply_lang for claim in rumour.claims.shown} == {"nb": "nb", "nn": "nn"}
    assert "vedteke" in next(claim.reply for claim in rumour.claims.shown if claim.reply_lang == "nn")
    assert water.claims.shown[0].reply == ""


@pytest.mark.parametrize(("days", "expected"), [(6, 1), (7, 0), (-1, 0)])
def test_corrections_are_looked_for_in_seven_days(held: Any, days: int, expected: int) -> None:
    held.fact("F05", "Vannet er trygt.")
    held.post("Ingenting å si.", "a1", at=NOON - timedelta(days=20), conflict=0)
    post_id = held.post("Vannet er farlig.", "v1", at=NOON - timedelta(days=days), conflict=1)
    held.match(post_id, "F05")
    assert build(held.store, "Elvestrand", DAY, NOON + timedelta(days=3)).contradicting_posts == expected


@pytest.mark.parametrize("decision", ["dismissed", "answered"])
def test_what_is_dismissed_or_answered_is_no_longer_to_correct(held: Any, decision: Any) -> None:
    held.fact("F05", "Vannet er trygt.")
    post_id = held.post("Vannet er farlig.", "v1", conflict=1)
    held.match(post_id, "F05")
    held.store.write(lambda cursor: corrections.decide(cursor, post_id, "F05", decision, "Kari", NOON, 0, "opinion"))
    assert build(held.store, "Elvestrand", DAY, MORNING).contradicted.total == 0


def test_a_question_stays_open_until_a_public_body_answers_in_its_thread(held: Any) -> None:
    held.post("Når åpner badet?", "q1", intent="question")
    held.post("Det lurer jeg også på.", "q2", answers="q1", at=NOON + timedelta(minutes=5), actor="citizen")
    assert [p.text for p in build(held.store, "E", DAY, MORNING).open_questions.shown] == ["Når åpner badet?"]
    held.post("Badet åpner mandag.", "q3", answers="q1", at=NOON + timedelta(days=1), actor="public_body")
    assert build(held.store, "E", DAY, MORNING).open_questions.total == 0


def test_a_public_bodys_own_question_is_not_open(held: Any) -> None:
    held.post("Hva mener dere om planen?", "q1", intent="question", actor="public_body")
    assert build(held.store, "E", DAY, MORNING).open_questions.total == 0


def test_a_period_that_was_not_covered_is_cut_to_the_day_and_is_open_while_it_lasts(held: Any) -> None:
    held.post("Hei.", "a1", at=NOON - timedelta(days=3), conflict=0)
    since = NOON - timedelta(days=2)
    held.store.write(lambda cursor: sources.open_gap(cursor, "torget", since, Problem("timeout", {"seconds": "30"})))
    whole = build(held.store, "E", DAY, MORNING).uncovered.shown[0]
    assert (whole.title, whole.minutes, whole.until) == ("Torget", 24 * 60, None)
    so_far = build(held.store, "E", DAY, NOON).uncovered.shown[0]
    assert so_far.minutes == 12 * 60


def test_silence_is_told_of_while_it_lasts_and_not_of_days_long_past(held: Any) -> None:
    fill(held)
    assert [source.hours for source in build(held.store, "E", DAY, MORNING).silent.shown] == [236]
    assert build(held.store, "E", DAY, MORNING + timedelta(days=2)).silent.shown == ()


def test_today_is_so_far_and_is_not_compared_with_a_whole_day(held: Any) -> None:
    fill(held)
    digest = build(held.store, "Elvestrand kommune", DAY, NOON + timedelta(hours=5))
    page = render(digest, "html")
    assert digest.status == "so_far"
    assert "til nå (kl. 17.00)" in page
    assert "Hele dagen før kom det 2 innlegg" in page
    assert "flere enn dagen før" not in page
    assert "Endring" not in page


@pytest.mark.parametrize("form", ["html", "md", "csv"])
@pytest.mark.parametrize(
    ("day", "says"),
    [
        (DAY + timedelta(days=5), "Denne dagen har ikke vært ennå"),
        (DAY - timedelta(days=30), "Det eldste innlegget vi har, er fra 20. november 2026"),
        (DAY + timedelta(days=1), "Det har ikke kommet noen innlegg i dag til nå."),
    ],
)
def test_a_day_without_posts_says_why(held: Any, form: Any, day: date, says: str) -> None:
    fill(held)
    assert says in render(build(held.store, "Elvestrand kommune", day, MORNING), form)


def test_a_quiet_day_says_so(held: Any) -> None:
    held.post("Hei.", "a1", at=NOON - timedelta(days=9), conflict=0)
    digest = build(held.store, "Elvestrand", DAY, MORNING)
    assert digest.status == "quiet"
    page = render(digest, "html")
    assert "Det kom ingen innlegg denne dagen." in page
    assert "Vi fant ingenting å rette de siste sju dagene." in page


def test_an_empty_store_says_so_in_every_format(held: Any) -> None:
    digest = build(held.store, "Elvestrand", DAY, MORNING)
    assert json.loads(render(digest, "json"))["status"] == "no_posts"
    for form in ("html", "md", "csv"):
        assert "Det er ikke hentet noen innlegg ennå." in render(digest, form)  # type: ignore[arg-type]


def test_facts_that_end_with_nothing_after_them_are_told_with_their_owner(held: Any) -> None:
    fill(held)
    digest = build(held.store, "Elvestrand", DAY, MORNING)
    assert [(fact.fact_id, fact.owner) for fact in digest.expiring.shown] == [("F11", ""), ("F10", "Helse og omsorg")]
    for form in ("html", "md", "csv"):
        text = render(digest, form)  # type: ignore[arg-type]
        assert "gikk ut 1. november 2026" in text
        assert "går ut 3. desember 2026, eier: Helse og omsorg" in text
    held.fact("F12", "Det er 9 på venteliste.", valid_from="2026-12-04")
    held.fact("F10", "Det er 14 på venteliste.", valid_to="2026-12-03", successor="F12")
    assert [fact.fact_id for fact in build(held.store, "E", DAY, MORNING).expiring.shown] == ["F11"]


def test_lists_are_bounded_and_tell_how_much_is_left_out(held: Any) -> None:
    for number in range(LISTED + 12):
        held.post(f"Hvor er busstopp nummer {number}?", f"q{number}", intent="question")
    digest = build(held.store, "Elvestrand", DAY, MORNING)
    assert (len(digest.open_questions.shown), digest.open_questions.more) == (LISTED, 12)
    for form in ("html", "md", "csv"):
        assert "og 12 til" in render(digest, form)  # type: ignore[arg-type]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_stands_alone_and_obeys_nothing_in_a_post(held: Any) -> None:
    fill(held)
    text = render(build(held.store, "Elvestrand kommune", DAY, MORNING), "html")
    page = _Page()
    page.feed(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "iframe", "link", "object", "form", "svg", "base"}
    assert not any(name.startswith("on") or name in ("src", "srcset") for _, attrs in page.tags for name in attrs)
    assert {attrs["href"].split(":")[0] for tag, attrs in page.tags if tag == "a"} == {"https"}  # type: ignore[union-attr]
    assert "url(" not in text
    assert "@import" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert next(attrs for tag, attrs in page.tags if tag == "html") == {"lang": "nb"}


def test_the_page_has_one_h1_and_skips_no_heading(held: Any) -> None:
    fill(held)
    levels = re.findall(r"<h([1-6])", render(build(held.store, "Elvestrand", DAY, MORNING), "html"))
    assert levels.count("1") == 1
    assert all(int(b) - int(a) <= 1 for a, b in pairwise(levels))


def test_markdown_shows_a_posts_signs_as_they_stand(held: Any) -> None:
    fill(held)
    text = render(build(held.store, "Elvestrand kommune", DAY, MORNING), "md")
    assert "\\<script\\>alert(1)\\</script\\> !\\[x\\](http://evil.example.no/x.png) \\| \\*\\*fet\\*\\*" in text
    assert "](javascript" not in text
    assert not re.search(r"(?<!\\)<", text)


def test_an_address_can_not_break_out_of_a_markdown_link(held: Any) -> None:
    held.post("Hva?", "q1", intent="question", url="https://torget.example.no/a)[x](http://evil.example.no")
    text = render(build(held.store, "Elvestrand", DAY, MORNING), "md")
    assert "(https://torget.example.no/a%29%5Bx%5D%28http://evil.example.no)" in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "  =", "＝"])
def test_a_cell_is_never_a_formula(held: Any, start: str) -> None:
    held.post("Hva?", "q1", intent="question", handle=f"{start}cmd()", title=f"{start}HYPERLINK(1)")
    text = render(build(held.store, "Elvestrand", DAY, MORNING), "csv")
    assert text.startswith("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text[1:]), delimiter=";") for cell in row]
    assert f"'{start}cmd()" in cells
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "＝")) for cell in cells)


def test_every_row_of_the_sheet_has_all_columns(held: Any) -> None:
    fill(held)
    text = render(build(held.store, "Elvestrand", DAY, MORNING), "csv")
    rows = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(set(rows[0])) == len(rows[0])


def test_a_long_text_is_cut_between_words_and_keeps_what_clashes() -> None:
    text = "ord " * 200 + "skolen er vedtatt nedlagt " + "mer " * 200
    start = text.index("skolen")
    found = short(text, Span(start, start + 25))
    assert "skolen er vedtatt nedlagt" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) <= SHORT + 4


def test_signs_that_can_not_be_seen_are_left_out_of_a_text() -> None:
    assert short("tekst\u202e som\x00 snur\u200b\n\nher") == "tekst som snurher"[:14] + " her"


def test_the_digest_does_not_need_streamlit() -> None:
    code = "import sys, dashboard.digest; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_quoted_is_looked_up_before_it_leaves_the_house(held: Any) -> None:
    fill(held)
    asked: list[str] = []

    def check(post_ids: Sequence[str]) -> int:
        asked.extend(post_ids)
        held.store.write(lambda cursor: cursor.execute("UPDATE post SET state = 'gone', text = '', title = ''"))
        return 2

    before = build(held.store, "E", DAY, MORNING)
    made = build_to_export(held.store, "E", DAY, MORNING, check)
    assert set(asked) == set(quoted(before))
    assert len(asked) == len(set(asked)) > 3
    assert quoted(made) == []
    assert made.total == before.total
    assert "2 av innleggene som er sitert, kunne ikke slås opp" in render(made, "md")


def test_what_moves_up_in_a_digest_is_looked_up_too(held: Any) -> None:
    for number in range(20):
        held.post(f"Dere burde få juling {number}", f"t{number}", conflict=3)
    asked: list[str] = []

    def check(post_ids: Sequence[str]) -> int:
        first = not asked
        asked.extend(post_ids)
        if first:
            held.store.write(
                lambda cursor: cursor.execute("UPDATE post SET state = 'held' WHERE post_id = ANY(?)", [post_ids[:2]])
            )
        return 0

    made = build_to_export(held.store, "E", DAY, MORNING, check)
    assert set(quoted(made)) <= set(asked) - set(asked[:2])
    assert (len(asked), made.unchecked) == (len(set(asked)), 0)


def test_two_gaps_at_the_same_time_are_one(held: Any) -> None:
    held.post("Hei.", "a1", at=NOON - timedelta(days=3), conflict=0)
    problem = Problem("http_503", {"host": "torget.example.no"})
    gaps = (
        Uncovered(NOON - timedelta(hours=3), NOON, problem),
        Uncovered(NOON - timedelta(hours=2), NOON + timedelta(hours=1), problem),
    )
    held.store.write(lambda cursor: sources.save_extras(cursor, Polled(SourceState("torget"), gaps=gaps), NOON))
    (told,) = build(held.store, "E", DAY, MORNING).uncovered.shown
    assert (told.minutes, told.periods) == (240, 1)
