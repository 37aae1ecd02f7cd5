"""A real Chromium on the real demo: one server for all browser tests, watched for errors and for what leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.ports import free_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Watched:
    """A page, and what went wrong on it: console errors, and requests that would leave the machine."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page and wait until it is drawn."""
        self.page.goto(f"{self.base}/{path}")
        expect(self.page.locator("h1")).to_be_visible()
        self.settled()
        return self.page

    def call_oneself(self, name: str) -> None:
        """Tell who one is, as decisions need."""
        field = self.page.get_by_role("textbox", name="Hvem er du?")
        field.fill(name)
        field.press("Enter")
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is drawn any more. (The sign that people see comes late: a click before it is lost.)"""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        expect(self.page.get_by_test_id("stStatusWidget")).to_have_count(0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if not path:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium; .ci/run installs it")
        pytest.skip("no Chromium or Chrome on this machine: the browser tests are skipped")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Demo:
    """A demo that runs as `make demo` starts it."""

    url: str
    home: Path

    def command(self, *arguments: str) -> str:
        """What a command says, given to the running server."""
        call = [sys.executable, "-m", "lyttepost", "--home", str(self.home), *arguments]
        return subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("demo")
    shutil.copytree(models, home / "models")
    port = free_port()
    command = [sys.executable, "-m", "lyttepost", "--home", str(home), "demo", "--port", str(port)]
    log = home / "log"
    with log.open("w") as out, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=out, text=True) as server:
        assert server.stdout
        said = []
        for line in server.stdout:
            said.append(line)
            if f"http://127.0.0.1:{port}" in line:
                break
        else:
            pytest.fail(f"the demo did not start:\n{''.join(said)}\n{log.read_text()}")
        yield Demo(f"http://127.0.0.1:{port}", home)
        server.terminate()
        server.wait(30)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="nb-NO", timezone_id="Europe/Oslo", viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def watched(context: BrowserContext, demo: Demo) -> Iterator[Watched]:
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    found = Watched(page, demo.url)
    page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            found.left.append(request.url)
            if urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(request.url).hostname != "127.0.0.1"
            else None
        ),
    )
    yield found
    assert found.errors == []
    assert found.left == []
