"""The dashboard as one ASGI application, and how it is served."""

from __future__ import annotations

import logging
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from dashboard.parts.navigation import PAGES
from dashboard.services import MAX_UPLOAD
from dashboard.shell import Shell
from dashboard.wording import t

Lifespan = Callable[[st.App], AbstractAsyncContextManager[dict[str, Any] | None]]

_log = logging.getLogger(__name__)

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_THEME: Final = {
    "theme.light.primaryColor": "#0b4f8a",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f1f4f8",
    "theme.light.textColor": "#101418",
    "theme.light.linkColor": "#0b4f8a",
    "theme.light.borderColor": "#7c8793",
    "theme.light.chartCategoricalColors": ["#0b4f8a", "#b3261e", "#7a5200", "#1d6b3a", "#5b3a8c"],
    "theme.light.sidebar.backgroundColor": "#f1f4f8",
    "theme.light.sidebar.secondaryBackgroundColor": "#ffffff",
    "theme.dark.primaryColor": "#2f74b5",
    "theme.dark.backgroundColor": "#12161a",
    "theme.dark.secondaryBackgroundColor": "#1c2229",
    "theme.dark.textColor": "#f3f6f9",
    "theme.dark.linkColor": "#9cc7f0",
    "theme.dark.borderColor": "#77828e",
    "theme.dark.chartCategoricalColors": ["#8cc0f2", "#ff9c94", "#f0c674", "#8ed7a8", "#c9b0f0"],
    "theme.dark.sidebar.backgroundColor": "#1c2229",
    "theme.dark.sidebar.secondaryBackgroundColor": "#12161a",
    "theme.linkUnderline": True,
    "theme.showWidgetBorder": True,
    "theme.baseRadius": "small",
    "theme.metricValueFontSize": "1.9rem",
    "theme.headingFontSizes": ["2rem", "1.4rem", "1.15rem", "1rem", "1rem", "1rem"],
    "theme.paddingTop": "3rem",
}


def build_app(lifespan: Lifespan) -> st.App:
    """The application. `lifespan` opens the store, lends the services to the pages, and closes all when it ends."""

    @asynccontextmanager
    async def warm(app: st.App) -> AsyncIterator[dict[str, Any] | None]:
        # What the pages need is loaded before the first visitor, and before `lifespan` freezes what is loaded.
        for name in PAGES:
            await anyio.to_thread.run_sync(import_module, f"dashboard.pages.{name}")
        async with lifespan(app) as state:
            yield state

    # Else Streamlit takes the folder pages/ beside the script for its old way of making a menu, on the first visit.
    PagesManager.uses_pages_directory = False
    return st.App(
        Path(__file__).parent / "main.py",
        lifespan=warm,
        middleware=[Middleware(Shell)],
        on_script_error=tell,
    )


def run(app: st.App, host: str, port: int, allowed_hosts: tuple[str, ...] = ()) -> None:
    """Serve until SIGTERM or SIGINT. `allowed_hosts` are the names that people reach the dashboard by, beside `host`
    and this machine's own. Returns after the lifespan has ended. Nothing here calls out of the machine."""
    # The server shuts down on a signal, and then raises it anew for whoever handled it before, which would end us here.
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        app.run(config=settings(host, port, allowed_hosts))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def settings(host: str, port: int, allowed_hosts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Streamlit's configuration for serving."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.allowedHosts": list(dict.fromkeys([*_LOCAL, host, *allowed_hosts])),
        "server.maxUploadSize": MAX_UPLOAD,
        "server.maxWidgetStateSize": 2,
        "server.enableStaticServing": False,
        "browser.serverAddress": allowed_hosts[0] if allowed_hosts else host,  # else Streamlit asks the web for ours
        "browser.serverPort": port,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.disableDataExport": True,
        "client.allowedOrigins": [],
        "runner.magicEnabled": False,
        "global.disableWidgetStateDuplicationWarning": True,  # filters are reset through the session's state
        "logger.hideWelcomeMessage": True,
        **_THEME,
    }


def tell(error: Exception) -> bool:
    """Say that a page failed, with a number to ask about; what failed goes to the log under that number."""
    reference = secrets.token_hex(4)
    _log.error("page failed, reference %s", reference, exc_info=error)
    st.error(t("app.failed", reference=reference))
    return True
