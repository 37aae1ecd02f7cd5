"""Virkning in a real browser: figures of the demo's history, their tables and their sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import Watched

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_work_of_a_month_is_told_with_charts_and_tables(watched: Watched) -> None:
    page = watched.open("")
    page.get_by_role("link", name="Virkning").click()
    expect(page.get_by_role("heading", name="Virkning", level=1)).to_be_visible()
    expect(page).to_have_title("Virkning – Lyttepost")
    expect(page.get_by_text("Målet deres er svar innen 24 timer")).to_be_visible()
    for heading in (
        "Uke for uke",
        "Venter nå",
        "Etter faktum",
        "Etter eier",
        "Hva skjedde etterpå",
        "Slik gikk ryktet",
    ):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(re.compile(r"^[1-9]\d+$"))
    expect(page.get_by_text("For få (1)").first).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Elvestrand vannverk"))).to_be_visible()
    for name in ("Maja Holm", "Jonas Bakke", "Sigrid Aune", "Elias Moe"):
        expect(page.get_by_text(name)).to_have_count(0)


def test_a_rumour_is_chosen_and_its_figures_opened_as_a_table(watched: Watched) -> None:
    page = watched.open("virkning")
    expect(page.get_by_text(re.compile(r"innlegg motsa faktumet i perioden\. Dere svarte"))).to_be_visible()
    page.get_by_text("Vis tallene som tabell").click()
    expect(page.get_by_role("columnheader", name="Svar fra oss")).to_be_visible()


def test_the_figures_are_downloaded(watched: Watched) -> None:
    page = watched.open("virkning")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Last ned tallene").click()
    assert re.fullmatch(r"virkning-[\d-]+\.csv", waiting.value.suggested_filename)
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    assert text.startswith("Del;Gruppe;Tall;Verdi")
    assert "Elvestrand vannverk" in text


def test_the_period_stays_in_the_address_and_the_page_fits_a_phone(watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 800})
    page = watched.open("virkning")
    page.get_by_role("radio", name="90 dager").click()
    expect(page).to_have_url(re.compile("periode=90"))
    watched.settled()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
