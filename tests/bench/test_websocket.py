"""What *Lytteposter* sends over the websocket a rerun, with 100,000 posts in the store: at most 60 kB."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from data.store import Store
from tests.bench.test_queries import fill
from tests.ports import free_port

MOST = 60_000
SERVER = """
import sys
from contextlib import asynccontextmanager
from dashboard import asgi
from dashboard.services import Services, provide
from data.store import Store
from tests.bench.test_queries import NOW

store = Store(sys.argv[1])

@asynccontextmanager
async def lifespan(app):
    provide(Services(store, "Fjellheim kommune", now=lambda: NOW))
    print("ready", flush=True)
    yield

asgi.run(asgi.build_app(lifespan), "127.0.0.1", int(sys.argv[2]))
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with Store(tmp_path / "lyttepost.duckdb") as store:
        fill(store)
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(tmp_path / "lyttepost.duckdb"), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def test_a_rerun_of_lytteposter_sends_at_most_60_kb(address: str, browser: Browser) -> None:
    page = browser.new_page(locale="nb-NO", viewport={"width": 1280, "height": 900})
    received: list[int] = []

    def listen(websocket: WebSocket) -> None:
        websocket.on("framereceived", lambda payload: received.append(len(payload)))

    page.on("websocket", listen)
    shown = page.get_by_text("Viser 1–25 av")
    sizes = {}
    for name, path in (
        ("30 days", "lytteposter"),
        ("90 days", "lytteposter?periode=90+dager"),
        ("conflict", "lytteposter?periode=90+dager&konflikt=Minst+konflikt"),
    ):
        received.clear()
        page.goto(f"{address}/{path}")
        expect(shown).to_be_visible(timeout=30_000)
        page.wait_for_load_state("networkidle")
        sizes[f"load, {name}"] = sum(received)
    before = shown.inner_text()
    received.clear()
    page.get_by_label("Søk i teksten").fill("skole")
    page.get_by_label("Søk i teksten").press("Enter")
    expect(shown).not_to_have_text(before, timeout=30_000)
    page.wait_for_timeout(1000)
    sizes["rerun, search"] = sum(received)
    page.close()
    print("\nwebsocket, kB:", ", ".join(f"{name} {size / 1000:.1f}" for name, size in sizes.items()))
    assert max(sizes.values()) <= MOST
