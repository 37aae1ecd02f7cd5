"""The pictures of the manual, taken from the demo (`make screenshots`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import Watched

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("oversikt", "lytteposter", "faktakorrigering", "fakta", "virkning", "arkiv", "kilder")


@pytest.mark.parametrize("path", PAGES)
def test_take_a_picture_of_each_page(watched: Watched, path: str) -> None:
    page = watched.open("" if path == "oversikt" else path)
    if path == "lytteposter":
        expect(page.locator("canvas, .marks").first).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(1000)  # transitions end
    page.screenshot(path=DOCS / f"{path}.png")
    assert (DOCS / f"{path}.png").stat().st_size > 10_000
