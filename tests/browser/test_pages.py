"""Every page of the demo in a real browser: what it shows, without an error, and nothing leaves the machine."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.fixtures import Demo, Watched

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_overview_tells_what_needs_attention_and_leads_there(watched: Watched) -> None:
    page = watched.open("")
    expect(page).to_have_title("Oversikt – Lyttepost")
    assert page.locator("html").get_attribute("lang") == "nb"
    for heading in ("Lyttepostene", "Perioder vi ikke har dekket", "Dagens oppsummering"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_text("Demo – alt innhold er oppdiktet")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(re.compile(r"\d"))
    page.get_by_role("link", name="Drikkevann").click()
    expect(page.get_by_role("heading", name="Lytteposter", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("lyttepost=Drikkevann"))


def test_a_listening_post_shows_volume_labels_and_posts(watched: Watched) -> None:
    page = watched.open(f"lytteposter?lyttepost={quote('Skole og SFO')}")
    expect(page.get_by_text("Formål: Svare på spørsmål og rette feil")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    for heading in ("Omfang", "Hva og hvem", "Innleggene"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator("article.lp-post")).to_have_count(25)
    expect(page.locator("article.lp-post").first).to_contain_text("Konfliktnivå:")


def test_a_filter_stays_in_the_address_and_holds_after_a_reload(watched: Watched) -> None:
    page = watched.open("lytteposter")
    page.get_by_label("Søk i teksten").fill("kokevarsel")
    page.get_by_label("Søk i teksten").press("Enter")
    expect(page).to_have_url(re.compile("sok=kokevarsel"))
    shown = page.get_by_text(re.compile(r"^Viser 1–\d+ av \d+$"))
    expect(shown).to_have_text(re.compile(r"av \d{2}$"))
    before = shown.inner_text()
    page.reload()
    expect(page.get_by_label("Søk i teksten")).to_have_value("kokevarsel")
    expect(shown).to_have_text(before)
    expect(page.locator("article.lp-post").first).to_contain_text(re.compile("kokevarsel", re.IGNORECASE))


def test_the_filters_are_there_again_when_one_comes_back(watched: Watched) -> None:
    page = watched.open("lytteposter")
    page.get_by_label("Søk i teksten").fill("kokevarsel")
    page.get_by_label("Søk i teksten").press("Enter")
    expect(page).to_have_url(re.compile("sok=kokevarsel"))
    shown = page.get_by_text(re.compile(r"^Viser 1–\d+ av \d{2}$"))
    expect(shown).to_be_visible()
    for come_back in (page.get_by_role("link", name="Lytteposter").click, page.go_back):
        page.get_by_role("link", name="Kilder").click()
        expect(page.get_by_role("heading", name="Kilder", level=1)).to_be_visible()
        come_back()
        expect(shown).to_be_visible()
        expect(page).to_have_url(re.compile("sok=kokevarsel"))


def test_a_nonsense_address_shows_the_page_with_its_usual_filters(watched: Watched) -> None:
    page = watched.open("lytteposter?tema=<script>&side=99999&periode=tull&lyttepost=%27%20OR%201=1")
    expect(page.locator("article.lp-post").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "last_before", "first_after"),
    [
        ("lytteposter", "25", "26"),
        ("faktakorrigering", "25", "26"),
        ("arkiv", "25", "26"),
    ],
)
def test_another_page_of_a_list_begins_at_its_top(
    watched: Watched, path: str, last_before: str, first_after: str
) -> None:
    page = watched.open(path)
    place = page.get_by_text(re.compile(rf"^Viser 1–{last_before} av "))
    expect(place).to_be_visible()
    next_page = page.get_by_role("button", name="Neste side").first
    next_page.click()
    turned = page.get_by_text(re.compile(rf"^Viser {first_after}–\d+ av "))
    expect(turned).to_be_in_viewport()
    expect(turned).to_be_focused()
    assert turned.evaluate("e => e.getBoundingClientRect().top") >= page.get_by_test_id("stHeader").evaluate(
        "e => e.getBoundingClientRect().bottom"
    )
    # From there, the keyboard goes into the list and not past it.
    page.keyboard.press("Tab")
    assert turned.evaluate(
        "e => !!(e.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    expect(page.locator(":focus")).to_be_in_viewport()
    page.get_by_role("button", name="Forrige side").first.focus()
    page.keyboard.press("Enter")
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()


def test_a_list_that_is_drawn_anew_leaves_one_where_one_is(watched: Watched) -> None:
    page = watched.open("lytteposter?side=2")
    expect(page.get_by_text(re.compile("^Viser 26–50 av "))).not_to_be_in_viewport()
    page.get_by_text("Mest konflikt først").click()
    expect(page.get_by_text(re.compile("^Viser 1–25 av |^Viser 26–50 av "))).not_to_be_focused()


def test_the_name_is_there_again_after_a_reload_until_it_is_taken_away(watched: Watched) -> None:
    page = watched.open("")
    name = "Åse <b>Fjord</b>; path=/ %E5"
    field = page.get_by_role("textbox", name="Hvem er du?")
    watched.call_oneself(name)
    page.reload()
    expect(field).to_have_value(name)
    watched.call_oneself("")
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    expect(field).to_have_value("")


def test_why_a_post_got_its_labels_can_be_read(watched: Watched) -> None:
    page = watched.open("lytteposter?konflikt=Minst+konflikt")
    card = page.locator("article.lp-post").first
    expect(card).to_be_visible()
    page.get_by_text("Hvorfor?", exact=True).first.click()
    expect(page.get_by_text("Ordene som veide mest for og imot")).to_be_visible()
    expect(page.get_by_text("Modell:")).to_be_visible()


def key_of(item: Locator) -> str:
    """The class that tells an item of the correction queue from others, which may be of posts that say the same."""
    return next(name for name in str(item.get_attribute("class")).split() if name.startswith("st-key-sak-"))


def item_of(watched: Watched, key: str) -> Locator:
    """The item of the correction queue with this key."""
    return watched.page.locator(f".{key}")


def do(item: Locator, what: str) -> None:
    """Take a step, or open the form of one."""
    item.get_by_role("button", name=what, exact=True).or_(item.get_by_role("radio", name=what, exact=True)).click()


def test_a_correction_goes_from_one_person_to_another_until_it_is_followed_up(watched: Watched) -> None:
    page = watched.open("faktakorrigering?faktum=")
    expect(page.get_by_text("Lyttepost publiserer aldri noe selv")).to_be_visible()
    expect(page.locator("mark").first).to_be_visible()
    key = key_of(page.locator("[class*=st-key-sak-]").first)
    do(item_of(watched, key), "Ta saken")
    expect(page.get_by_text("Skriv navnet ditt")).to_be_visible()
    watched.call_oneself("Redaktør Fjord")
    do(item_of(watched, key), "Ta saken")
    expect(item_of(watched, key).get_by_text("Hos Redaktør Fjord")).to_be_visible()
    do(item_of(watched, key), "Endre svaret")
    item_of(watched, key).get_by_role("textbox").fill("Hei! Slik er det: se nettsidene våre.")
    do(item_of(watched, key), "Lagre utkastet")
    expect(item_of(watched, key).get_by_text("venter på godkjenning av en annen").first).to_be_visible()
    do(item_of(watched, key), "Godkjenn svaret")
    expect(page.get_by_text("Du har skrevet dette svaret selv")).to_be_visible()

    page = watched.open("faktakorrigering?tilstand=Til+godkjenning")
    watched.call_oneself("Redaktør Berg")
    do(item_of(watched, key), "Godkjenn svaret")
    expect(item_of(watched, key).get_by_text("godkjent av Redaktør Berg").first).to_be_visible()
    do(item_of(watched, key), "Marker som besvart")
    item_of(watched, key).get_by_role("textbox").fill("https://torget.example.no/svar")
    do(item_of(watched, key), "Lagre lenken")
    expect(item_of(watched, key).get_by_role("link", name="Se svaret")).to_be_visible()
    do(item_of(watched, key), "Følg opp")
    item_of(watched, key).get_by_text("Innlegget er slettet").click()
    do(item_of(watched, key), "Lagre oppfølgingen")
    expect(item_of(watched, key).get_by_text("Redaktør Berg fulgte opp")).to_be_visible()
    watched.open("faktakorrigering?tilstand=Fulgt+opp")
    expect(item_of(watched, key).get_by_text("Redaktør Fjord tok saken")).to_be_visible()


def test_who_decides_too_late_is_told_and_keeps_what_they_wrote(watched: Watched) -> None:
    page = watched.open("faktakorrigering")
    watched.call_oneself("Redaktør Fjord")
    key = key_of(page.locator("[class*=st-key-sak-]").last)
    do(item_of(watched, key), "Endre svaret")
    item_of(watched, key).get_by_role("textbox").fill("Dette brukte jeg lang tid på.")
    other = Watched(page.context.new_page(), watched.base)
    other.open("faktakorrigering")
    other.call_oneself("Redaktør Berg")
    do(item_of(other, key), "Skal ikke rettes")
    item_of(other, key).get_by_text("Satire eller spøk").click()
    do(item_of(other, key), "Lagre at det ikke skal rettes")
    expect(item_of(other, key).get_by_text("Redaktør Berg avgjorde at det ikke skal rettes")).to_be_visible()
    do(item_of(watched, key), "Lagre utkastet")
    expect(item_of(watched, key).get_by_text("Redaktør Berg har avgjort dette i mellomtiden")).to_be_in_viewport()
    expect(item_of(watched, key).get_by_text("Dette brukte jeg lang tid på.")).to_be_visible()
    expect(item_of(watched, key).get_by_text("Grunn: Satire eller spøk")).to_be_visible()


def test_an_archive_decision_is_kept_with_who_when_and_why(watched: Watched) -> None:
    page = watched.open("arkiv")
    watched.call_oneself("Arkivar Nes")
    page.get_by_role("button", name="Vurder for arkiv").first.click()
    page.get_by_text("Kommet inn til oss", exact=True).click()
    for question in ("gjenstand for saksbehandling", "verdi som dokumentasjon", "bevares for ettertiden"):
        page.get_by_role("radiogroup", name=re.compile(question)).get_by_text("Ja", exact=True).click()
    expect(page.get_by_text("Utfall: journalføres og arkiveres")).to_be_visible()
    page.get_by_role("textbox", name="Begrunnelse").fill("En klage i egen sak")
    page.get_by_role("textbox", name="Begrunnelse").blur()
    page.get_by_role("button", name="Lagre vurderingen").click()
    expect(page.get_by_text("Vurderingen er lagret")).to_be_visible()
    expect(page.get_by_text(re.compile("Arkivar Nes kom til «journalføres og arkiveres»"))).to_be_visible()
    expect(page.get_by_text("Begrunnelse: En klage i egen sak")).to_be_visible()


def test_sources_tell_how_they_are_and_what_to_do(watched: Watched) -> None:
    page = watched.open("kilder")
    # By the hour of the day one source fewer is in order.
    expect(page.get_by_text(re.compile(r"[67] av 9 kilder er i orden\."))).to_be_visible()
    expect(page.get_by_text(re.compile("er en nettside, ikke en")).first).to_be_visible()
    expect(page.get_by_text("Sist hentet").first).to_be_visible()
    page.get_by_role("button", name="Hent nå").first.click()
    expect(page.get_by_text("Vi henter")).to_be_visible()


@pytest.mark.parametrize(("form", "end", "start"), [("Nettside", "html", "<!doctype html>"), ("JSON", "json", "{")])
def test_the_digest_can_be_downloaded(watched: Watched, form: str, end: str, start: str) -> None:
    page = watched.open("")
    page.get_by_role("radio", name=form, exact=True).click()
    expect(page.get_by_text(re.compile(rf"^oppsummering-[\d-]+\.{end}$"))).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Last ned dagens oppsummering").click()
    text = Path(waiting.value.path()).read_text("utf-8")
    assert text.lower().startswith(start)
    assert "Elvestrand kommune" in text


def test_a_post_is_put_in_by_hand_and_found_again(watched: Watched) -> None:
    page = watched.open("lytteposter?sok=gulltavle")
    watched.call_oneself("Kommunikatør Vik")
    page.get_by_text("Legg inn et innlegg for hånd").click()
    page.get_by_label("Adressen til innlegget").fill("https://forum.example.no/gulltavle")
    page.get_by_label("Teksten, ord for ord").fill("Jeg så en gulltavle ved Nordbygda skole i dag")
    page.get_by_label("Hvorfor legger du det inn?").fill("Funnet i en lukket gruppe")
    watched.settled()
    page.get_by_role("button", name="Legg inn", exact=True).click()
    expect(page.get_by_text("Innlegget er lagret.")).to_be_visible()
    page.reload()
    expect(page.locator("article.lp-post", has_text="gulltavle ved Nordbygda")).to_have_count(1)


def test_a_fact_is_written_edited_and_approved(watched: Watched) -> None:
    page = watched.open("fakta")
    expect(page.get_by_text("Eier: Helse og omsorg – 1 faktum går ut innen 30 dager")).to_be_visible()
    watched.call_oneself("Kommunikatør Vik")
    page.get_by_text("Nytt faktum").click()
    page.get_by_role("textbox", name="Riktig på bokmål").fill("Havneøy bibliotek har åpent til klokka 18.")
    page.get_by_role("textbox", name="Kjente feilpåstander").fill("Biblioteket stenger 15.\nDet er lagt ned.")
    page.get_by_role("textbox", name="Kilde").fill("bibliotek")
    watched.settled()
    page.get_by_role("button", name="Lagre", exact=True).click()
    expect(page.get_by_text("«Kilde» er ikke en gyldig nettadresse")).to_be_visible()
    page.get_by_role("textbox", name="Kilde").fill("https://elvestrand.example.no/bibliotek")
    watched.settled()
    page.get_by_role("button", name="Lagre", exact=True).click()
    expect(page.get_by_text("F28 er lagret. Det må godkjennes")).to_be_visible()
    expect(page).to_have_url(re.compile("nummer=F28"))
    page.get_by_role("button", name="Godkjenn").click()
    expect(page.get_by_text(re.compile("Godkjent av Kommunikatør Vik"))).to_be_visible()
    page.get_by_text("Rediger", exact=True).click()
    statement = page.get_by_role("textbox", name="Riktig på bokmål")
    expect(statement).to_have_value("Havneøy bibliotek har åpent til klokka 18.")
    statement.fill("Havneøy bibliotek har åpent til klokka 19.")
    watched.settled()
    page.get_by_role("button", name="Lagre", exact=True).click()
    expect(page.get_by_text("F28 er lagret. Det må godkjennes")).to_be_visible()
    watched.settled()
    page.get_by_role("button", name="Godkjenn").click()
    expect(page.get_by_role("button", name="Godkjenn")).to_have_count(0)
    page.get_by_text("Historikk", exact=True).click()
    expect(page.get_by_role("table")).to_have_count(3)
    expect(page.get_by_text(re.compile("Utgave 1: Kommunikatør Vik la det inn"))).to_be_visible()


def test_a_file_of_facts_is_taken_in_and_the_register_downloaded(watched: Watched, demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "fakta.csv"
    file.write_text("Nummer;Riktig på bokmål\nP1;Prøven er en prøve.\nP2;\n", "utf-8")
    page = watched.open("fakta")
    watched.call_oneself("Kommunikatør Vik")
    page.get_by_text("Ta inn fra fil, eller last ned").click()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("fakta.csv")).to_be_visible()
    watched.settled()
    page.get_by_role("button", name="Ta inn filen").click()
    expect(page.get_by_text("1 faktum lest, 1 nye eller endret, 1 avvist.")).to_be_visible()
    expect(page.get_by_text("Linje 3 ble ikke tatt inn")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Last ned CSV").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    assert "P1;Prøven er en prøve." in text
    assert demo.command("facts", "export").strip("\ufeff\r\n") == text.replace("\r\n", "\n").strip()


HOSTILE = [
    "<script>alert('æ')</script><img src=x onerror=alert(1)> fra elvestrand-prøven",
    "![bilde](http://198.51.100.7/spor.png) **fet** [lenke](javascript:alert(1)) fra elvestrand-prøven",
    ":red[farge] $\\alpha$ `kode` # Overskrift fra elvestrand-prøven",
    "<iframe src='http://198.51.100.7/'></iframe><style>body{display:none}</style> fra elvestrand-prøven",
]


def test_hostile_posts_are_shown_as_the_characters_they_are(watched: Watched, demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "fiendtlig.jsonl"
    rows = [{"id": str(n), "text": text, "title": text, "author": text[:60]} for n, text in enumerate(HOSTILE)]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    demo.command("import", str(file), "--listening-post", "Hele Elvestrand")
    page = watched.open("lytteposter?sok=elvestrand-pr%C3%B8ven")
    expect(page.locator("article.lp-post")).to_have_count(len(HOSTILE))
    for text in HOSTILE:
        expect(page.locator(".lp-text", has_text=text)).to_have_count(1)
    assert page.locator("article.lp-post img, article.lp-post iframe, article.lp-post strong strong").count() == 0
    today = date.today()
    for day in (today, today - timedelta(days=1)):
        for form in ("html", "md"):
            digest = demo.command("digest", "--date", day.isoformat(), "--format", form)
            assert "<script>alert" not in digest
            assert "<iframe" not in digest


def test_the_pages_fit_a_phone(watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 800})
    for path in ("", "lytteposter", "faktakorrigering", "fakta", "arkiv", "kilder"):
        page = watched.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
