from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import asgi
from dashboard.shell import ICON, Shell, page, security_headers
from dashboard.wording import catalogue

STATIC = Path(streamlit.__file__).parent / "static"
INDEX = (STATIC / "index.html").read_text("utf-8")
PAGE = b"<html>Streamlit's own</html>"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    passed_on: dict[str, str] | None
    """The headers that Streamlit saw; None where it was not asked."""


def ask(
    path: str, method: str = "GET", kind: str = "text/html; charset=utf-8", scheme: str = "http", **sent: str
) -> Answer:
    """What a browser gets, with a Streamlit behind that answers everything with `PAGE`."""
    seen: list[dict[str, str]] = []
    got: list[dict] = []

    async def behind(scope, receive, send):  # type: ignore[no-untyped-def]
        seen.append({k.decode(): v.decode() for k, v in scope["headers"]})
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(PAGE)).encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:5], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[5:]})

    async def send(message: dict) -> None:
        got.append(message)

    headers = [(k.replace("_", "-").encode(), v.encode()) for k, v in sent.items()]
    scope = {"type": "http", "path": path, "method": method, "headers": headers, "scheme": scheme}
    # In a thread of its own: Playwright's loop may already run in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, Shell(behind)(scope, None, send)).result()  # type: ignore[arg-type]
    body = b"".join(m.get("body", b"") for m in got[1:])
    return Answer(
        got[0]["status"],
        {k.decode(): v.decode() for k, v in got[0]["headers"]},
        body,
        seen[0] if seen else None,
    )


@pytest.mark.parametrize("path", ["/", "/lytteposter", "/kilder", "/finnes/ikke"])
def test_every_page_is_norwegian_and_named_before_it_loads(path: str) -> None:
    answer = ask(path)
    text = answer.body.decode()
    assert '<html lang="nb">' in text
    assert "<title>Lyttepost</title>" in text
    assert "You need to enable JavaScript" not in text
    assert "openapi.json" not in text
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert "etag" not in answer.headers


def test_a_page_is_never_answered_from_a_cache_or_compressed_by_streamlit() -> None:
    answer = ask("/kilder", if_none_match='"1"', accept_encoding="gzip", accept="text/html")
    assert answer.passed_on == {"accept": "text/html"}


def test_a_downloaded_report_in_html_stays_what_it_is() -> None:
    answer = ask("/media/abc.html", accept_encoding="gzip")
    assert answer.body == PAGE
    assert answer.passed_on == {"accept-encoding": "gzip"}
    assert "content-security-policy" in answer.headers


def test_what_is_not_a_page_is_passed_on_unchanged() -> None:
    assert ask("/_stcore/health", kind="text/plain").body == PAGE


def test_a_page_asked_for_without_its_content_has_none() -> None:
    assert ask("/", method="HEAD").body == b""


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/_stcore/script-health-check"],
)
def test_what_nobody_needs_is_closed(path: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.body, answer.passed_on) == (404, b"", None)


def test_scripts_run_from_here_only_and_the_one_inline_script_by_its_hash() -> None:
    (inline,) = re.findall(r"<script>(.*?)</script>", INDEX, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    policy = ask("/").headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert f"<script>{inline}</script>" in ask("/").body.decode()


def test_every_answer_carries_the_security_headers() -> None:
    names = {name.decode() for name, _ in security_headers(INDEX)}
    for path in ("/", "/_stcore/metrics", "/media/a", "/lyttepost/shell.css"):
        assert names <= ask(path).headers.keys()
    assert "strict-transport-security" in ask("/", scheme="https").headers
    assert "strict-transport-security" not in ask("/").headers


def test_bundles_are_compressed_for_browsers_that_can() -> None:
    bundle = next(STATIC.glob("static/js/index.*.js"))
    path = f"/{bundle.relative_to(STATIC).as_posix()}"
    answer = ask(path, accept_encoding="gzip, br")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == bundle.read_bytes()
    assert ask(path).body == PAGE
    assert ask("/static/../../../etc/passwd.js", accept_encoding="gzip").body == PAGE


def test_our_own_files_are_served_and_named_in_the_page() -> None:
    text = ask("/").body.decode()
    for name in re.findall(r'"\.(/lyttepost/[^"?]+)', text):
        assert ask(name).status == 200
        assert ask(name).passed_on is None
    assert ask("/lyttepost/shell.js").headers["content-type"].startswith("text/javascript")
    assert ICON.read_bytes().startswith(b"\x89PNG")


def test_streamlits_words_come_with_the_page_and_can_not_break_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue("nb"), "streamlit.exact.Evil", "</script><b>")
    (block,) = re.findall(r'<script type="application/json" id="lp-words">(.*?)</script>', page(INDEX))
    words = json.loads(block)
    assert words["exact"]["Clear all"] == "Fjern alle"
    assert words["starts"]["Page "] == "Side "
    assert words["exact"]["Evil"] == "</script><b>"


def test_a_streamlit_that_has_changed_its_page_is_noticed() -> None:
    with pytest.raises(ValueError, match="has changed"):
        page(INDEX.replace('<html lang="en">', '<html lang="de">'))


def test_the_settings_are_ones_that_streamlit_knows_and_call_nobody() -> None:
    chosen = asgi.settings("127.0.0.1", 8501, ("lyttepost.example.no",))
    assert not chosen.keys() - config._config_options_template.keys()
    assert chosen["browser.serverAddress"] == "lyttepost.example.no"
    assert chosen["browser.gatherUsageStats"] is False
    assert chosen["server.fileWatcherType"] == "none"
    assert {"127.0.0.1", "localhost", "lyttepost.example.no"} <= set(chosen["server.allowedHosts"])


def _failing() -> None:
    from dashboard.asgi import tell

    tell(RuntimeError("the secret of the house"))


def test_a_page_that_fails_gives_a_number_and_keeps_the_reason_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(_failing, default_timeout=30).run()
    (said,) = (e.value for e in app.error)
    (reference,) = re.findall(r"\b[0-9a-f]{8}\b", said)
    assert "secret" not in said
    assert reference in caplog.text
    assert "the secret of the house" in caplog.text
