"""The guarded session: what it reaches, what it refuses, and that nothing from outside holds it up."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collectors.web import FetchError, Limits, Meter, Session, Web, fetch, metered, session
from tests.servers import faults
from tests.servers.faults import FaultServer

CERTIFICATE = Path(__file__).parents[1] / "servers" / "example_no.pem"
SMALL = Limits(wire_bytes=200_000, decoded_bytes=400_000)
QUICK = replace(SMALL, read_seconds=0.3, total_seconds=0.8)
LOOPBACK = ("127.0.0.1",)


def guarded(*allowed: str, limits: Limits = SMALL) -> Session:
    return session(Web("Lyttepost/0.1 (Fjellheim kommune; post@example.no)", allowed, limits))


def problem(http: Session, url: str, **headers: str) -> tuple[str, dict[str, str]]:
    with pytest.raises(FetchError) as caught:
        fetch(http, url, headers)
    return caught.value.problem.code, caught.value.problem.details


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def resolves_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Have every name resolve to these addresses; the list that comes back fills with the names that were asked for."""

    def use(*addresses: str) -> list[str]:
        asked: list[str] = []

        def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            asked.append(host)
            families = [socket.AF_INET6 if ":" in a else socket.AF_INET for a in addresses]
            return [(f, socket.SOCK_STREAM, 0, "", (a, port)) for f, a in zip(families, addresses, strict=True)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return asked

    return use


# What is reached


def test_an_answer_comes_with_its_headers_and_its_body(server: FaultServer) -> None:
    server.serve("/feed", b"<rss/>", headers={"ETag": 'W/"1"'})
    response = fetch(guarded(*LOOPBACK), server.url("/feed"), {"If-None-Match": '"0"'})
    assert (response.status, response.body, response.headers["etag"]) == (200, b"<rss/>", 'W/"1"')
    assert response.complete
    path, headers = server.requests[0]
    assert path == "/feed"
    assert headers["If-None-Match"] == '"0"'
    assert headers["User-Agent"] == "Lyttepost/0.1 (Fjellheim kommune; post@example.no)"


def test_a_name_with_norwegian_or_sami_letters_can_be_sent(server: FaultServer) -> None:
    server.serve("/feed")
    fetch(session(Web("Lyttepost (Tromsø kommune, Kárášjoga gielda)", LOOPBACK)), server.url("/feed"))
    assert server.requests[0][1]["User-Agent"] == "Lyttepost (Tromso kommune, Karasjoga gielda)"


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:{port}"])
def test_an_intranet_host_is_reached_when_it_is_allowed(server: FaultServer, allowed: str) -> None:
    server.serve("/feed", b"ja")
    assert fetch(guarded(allowed.format(port=server.port)), server.url("/feed")).body == b"ja"


def test_an_allowed_name_may_lead_to_a_private_address(server: FaultServer, resolves_to: Callable[..., object]) -> None:
    resolves_to("127.0.0.1")
    server.serve("/feed", b"ja")
    assert fetch(guarded("Intranett.example.no".lower()), server.url("/feed", "intranett.example.no")).body == b"ja"


def test_a_port_that_is_allowed_opens_no_other(server: FaultServer) -> None:
    assert problem(guarded(f"127.0.0.1:{server.port + 1}"), server.url("/feed"))[0] == "address_not_allowed"


@pytest.mark.parametrize("entry", ["http://example.no", "", "a/b", "ola@example.no", "example.no:port"])
def test_an_allowed_host_that_is_none_is_refused_at_once(entry: str) -> None:
    with pytest.raises(ValueError, match=f"^{entry}$"):
        Web("Lyttepost", ("example.no", entry))


# What is refused


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"),
        *("169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "224.0.0.1", "[fe80::1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[fc00::1]"),
    ],
)
def test_an_address_that_is_not_public_is_not_connected_to(
    host: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    code, details = problem(guarded(), f"http://{host}:{server.port}/hemmelig?nokkel=1")
    assert code == "address_not_allowed"
    assert "hemmelig" not in str(details)
    assert server.requests == []


def test_a_public_name_that_leads_to_a_private_address_is_refused(resolves_to: Callable[..., object]) -> None:
    resolves_to("10.1.2.3")
    code, details = problem(guarded(), "http://feed.example.no/")
    assert (code, details) == ("address_not_allowed", {"host": "feed.example.no", "address": "10.1.2.3"})


def test_one_private_address_among_public_ones_is_enough(resolves_to: Callable[..., object]) -> None:
    resolves_to("93.184.215.14", "127.0.0.1")
    assert problem(guarded(), "http://feed.example.no/")[0] == "address_not_allowed"


def test_a_name_is_resolved_once_and_connected_to_as_resolved(
    server: FaultServer, resolves_to: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolves_to("93.184.215.14")
    connected = []

    def connect(sock: socket.socket, target: tuple[str, int]) -> None:
        connected.append(target)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert problem(guarded(), "http://feed.example.no/") == ("connection_refused", {"host": "feed.example.no"})
    assert (asked, connected) == (["feed.example.no"], [("93.184.215.14", 80)])


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "//10.0.0.1/"])
def test_a_redirect_to_an_address_that_is_not_public_is_refused(server: FaultServer, target: str) -> None:
    server.behave("/feed", faults.redirect(target))
    code, _ = problem(guarded(f"127.0.0.1:{server.port}"), server.url("/feed"))
    assert code == "address_not_allowed"


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.no/", "javascript:alert(1)", "https://", "//["]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(server: FaultServer, target: str) -> None:
    server.behave("/feed", faults.redirect(target))
    host = f"127.0.0.1:{server.port}"
    assert problem(guarded(*LOOPBACK), server.url("/feed")) == ("redirect_invalid", {"host": host})


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.no/", "feed.example.no", "", "http://", "http://["]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert problem(guarded(), url) == ("url_invalid", {})


def test_the_proxy_of_the_environment_is_not_used(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.serve("/feed", b"ja")
    assert fetch(guarded(*LOOPBACK), server.url("/feed")).body == b"ja"


def test_a_bare_use_of_the_session_is_guarded_too(server: FaultServer) -> None:
    with pytest.raises(FetchError, match="address_not_allowed"):
        guarded().get(server.url("/feed"))


# Redirects


def test_redirects_are_followed_and_permanent_ones_told(server: FaultServer) -> None:
    server.behave("/gammel", faults.redirect("/ny", 301))
    server.behave("/ny", faults.redirect("/i-dag", 302))
    server.serve("/i-dag", b"ja")
    response = fetch(guarded(*LOOPBACK), server.url("/gammel"))
    assert (response.url, response.permanent_url) == (server.url("/i-dag"), server.url("/ny"))
    server.behave("/gammel", faults.redirect("/ny", 302))
    assert fetch(guarded(*LOOPBACK), server.url("/gammel")).permanent_url == ""


def test_a_redirect_with_norwegian_letters_is_followed(server: FaultServer) -> None:
    server.behave("/feed", faults.raw("HTTP/1.1 302 x\r\nLocation: /høring\r\n\r\n".encode()))
    server.serve("/h%C3%B8ring", b"ja")
    assert fetch(guarded(*LOOPBACK), server.url("/feed")).body == b"ja"


def test_a_ring_of_redirects_ends(server: FaultServer) -> None:
    server.behave("/feed", faults.redirect("/feed"))
    code, details = problem(guarded(*LOOPBACK), server.url("/feed"))
    assert (code, details["limit"]) == ("too_many_redirects", "5")
    assert len(server.requests) == 6


def test_the_body_of_a_redirect_is_not_read(server: FaultServer) -> None:
    def behaviour(handler: faults.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 302 x\r\nLocation: /ny\r\n\r\n")
        while True:
            handler.wfile.write(b"a" * 65_536)

    server.behave("/feed", behaviour)
    server.serve("/ny", b"ja")
    assert fetch(guarded(*LOOPBACK), server.url("/feed")).body == b"ja"


def test_credentials_stay_with_their_host(server: FaultServer) -> None:
    with FaultServer() as other:
        server.behave("/feed", faults.redirect("/ny"))
        server.behave("/ny", faults.redirect(other.url("/feed")))
        other.serve("/feed", b"ja")
        url = server.url("/feed").replace("//", "//ola:pass%20ord@")
        response = fetch(guarded(*LOOPBACK), url, {"X-Api-Key": "hemmelig", "If-None-Match": '"1"'})
    assert "ola" not in response.url
    for _, headers in server.requests:
        assert headers["Authorization"] == "Basic b2xhOnBhc3Mgb3Jk"
        assert headers["X-Api-Key"] == "hemmelig"
    _, headers = other.requests[0]
    assert not {"Authorization", "X-Api-Key"} & set(headers)
    assert headers["If-None-Match"] == '"1"'


def test_cookies_are_not_kept(server: FaultServer) -> None:
    server.serve("/feed", headers={"Set-Cookie": "spor=1; Path=/"})
    http = guarded(*LOOPBACK)
    fetch(http, server.url("/feed"))
    fetch(http, server.url("/feed"))
    assert "Cookie" not in server.requests[1][1]


# Time and size


@pytest.mark.parametrize("in_headers", [False, True])
def test_a_host_that_drips_is_given_up(server: FaultServer, in_headers: bool) -> None:
    server.behave("/feed", faults.drip(0.05, in_headers))
    started = time.monotonic()
    code, details = problem(guarded(*LOOPBACK, limits=QUICK), server.url("/feed"))
    assert code == "total_timeout"
    assert details["host"] == f"127.0.0.1:{server.port}"
    assert time.monotonic() - started < 10


def test_a_host_that_is_silent_is_given_up(server: FaultServer) -> None:
    server.behave("/feed", faults.silence(2))
    assert problem(guarded(*LOOPBACK, limits=QUICK), server.url("/feed"))[0] == "read_timeout"


def test_the_deadline_holds_over_redirects(server: FaultServer) -> None:
    def slow(handler: faults.BaseHTTPRequestHandler) -> None:
        time.sleep(0.25)
        faults.redirect("/feed")(handler)

    server.behave("/feed", slow)
    patient_with_each = replace(QUICK, read_seconds=5)
    assert problem(guarded(*LOOPBACK, limits=patient_with_each), server.url("/feed"))[0] == "total_timeout"


def test_a_gzip_bomb_is_stopped_early(server: FaultServer) -> None:
    server.behave("/feed", faults.gzip_bomb(60))
    code, details = problem(guarded(*LOOPBACK, limits=Limits()), server.url("/feed"))
    assert (code, details["megabytes"]) == ("answer_too_large", "15")


def test_a_body_without_end_is_stopped(server: FaultServer) -> None:
    server.behave("/feed", faults.endless)
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "answer_too_large"


def test_a_body_as_large_as_is_allowed_is_read(server: FaultServer) -> None:
    server.serve("/feed", b"a" * SMALL.wire_bytes)
    assert len(fetch(guarded(*LOOPBACK), server.url("/feed")).body) == SMALL.wire_bytes
    server.serve("/feed", b"a" * (SMALL.wire_bytes + 1))
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "answer_too_large"


# Encodings and broken answers


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)],
)
def test_a_compressed_body_is_unpacked(server: FaultServer, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = b"<rss/>" * 20_000
    server.serve("/feed", pack(body), headers={"Content-Encoding": encoding})
    response = fetch(guarded(*LOOPBACK), server.url("/feed"))
    assert (response.body, response.complete) == (body, True)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "æ" * 100])
def test_an_encoding_that_was_not_asked_for_is_refused(server: FaultServer, encoding: str) -> None:
    server.serve("/feed", b"x", headers={"Content-Encoding": encoding})
    code, details = problem(guarded(*LOOPBACK), server.url("/feed"))
    assert code == "encoding_unknown"
    assert len(details["encoding"]) <= 40


def test_a_body_that_is_not_compressed_as_it_says_is_refused(server: FaultServer) -> None:
    server.serve("/feed", b"<rss></rss>", headers={"Content-Encoding": "gzip"})
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "answer_unreadable"


def test_a_body_that_breaks_off_comes_as_incomplete(server: FaultServer) -> None:
    server.behave("/feed", faults.cut_short(b"<rss><channel>"))
    response = fetch(guarded(*LOOPBACK), server.url("/feed"))
    assert (response.body, response.complete) == (b"<rss><channel>", False)


def test_a_compressed_body_that_breaks_off_comes_as_incomplete(server: FaultServer) -> None:
    server.serve("/feed", gzip.compress(b"<rss><channel>")[:-4], headers={"Content-Encoding": "gzip"})
    response = fetch(guarded(*LOOPBACK), server.url("/feed"))
    assert (response.body, response.complete) == (b"<rss><channel>", False)


def test_a_body_of_which_nothing_comes_is_a_problem(server: FaultServer) -> None:
    server.behave("/feed", faults.cut_short(b""))
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "answer_cut_short"


@pytest.mark.parametrize("chunks", [b"5\r\nabcde\r\n", b"x\r\n", b"5\r\nab"])
def test_broken_chunks_are_no_traceback(server: FaultServer, chunks: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    server.behave("/feed", faults.raw(head + chunks))
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "answer_cut_short"


@pytest.mark.parametrize(
    "junk", [b"", b"\r\n\r\n", b"<html>", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a" * 70_000]
)
def test_an_answer_that_is_not_http_is_a_problem(server: FaultServer, junk: bytes) -> None:
    server.behave("/feed", faults.raw(junk))
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "connection_broken"


def test_a_reset_connection_is_a_problem(server: FaultServer) -> None:
    server.behave("/feed", faults.reset)
    assert problem(guarded(*LOOPBACK), server.url("/feed"))[0] == "connection_broken"


@pytest.mark.parametrize("status", [304, 401, 403, 404, 410, 429, 500, 503])
def test_other_statuses_are_answers_without_a_body(server: FaultServer, status: int) -> None:
    server.serve("/feed", b"" if status == 304 else b"<h1>nei</h1>", status, {"Retry-After": "120"})
    response = fetch(guarded(*LOOPBACK), server.url("/feed"))
    assert (response.status, response.body, response.headers["retry-after"]) == (status, b"", "120")


def test_nobody_at_the_port_is_a_problem() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert problem(guarded(*LOOPBACK), f"http://127.0.0.1:{port}/")[0] == "connection_refused"


def test_a_name_that_does_not_exist_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert problem(guarded(), "http://finnes-ikke.example.no/x?y=z") == (
        "host_not_found",
        {"host": "finnes-ikke.example.no"},
    )


def test_the_next_address_is_tried_when_one_does_not_answer(
    server: FaultServer, resolves_to: Callable[..., object]
) -> None:
    resolves_to("127.0.0.2", "127.0.0.1")
    server.serve("/feed", b"ja")
    assert fetch(guarded("127.0.0.0/8"), server.url("/feed", "feed.example.no")).body == b"ja"


# TLS


@pytest.fixture
def tls_server() -> Iterator[FaultServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with FaultServer(context) as server:
        server.serve("/feed", b"ja")
        yield server


def test_the_certificate_is_checked_against_the_name(
    tls_server: FaultServer, resolves_to: Callable[..., object]
) -> None:
    resolves_to("127.0.0.1")
    http = guarded(*LOOPBACK)
    assert problem(http, f"https://feed.example.no:{tls_server.port}/feed")[0] == "certificate_invalid"
    http.verify = str(CERTIFICATE)
    assert fetch(http, f"https://feed.example.no:{tls_server.port}/feed").body == b"ja"
    assert problem(http, f"https://annen.example.no:{tls_server.port}/feed")[0] == "certificate_invalid"


def test_a_drip_through_tls_is_given_up(tls_server: FaultServer, resolves_to: Callable[..., object]) -> None:
    resolves_to("127.0.0.1")
    tls_server.behave("/feed", faults.drip(0.05))
    http = guarded(*LOOPBACK, limits=QUICK)
    http.verify = str(CERTIFICATE)
    assert problem(http, f"https://feed.example.no:{tls_server.port}/feed")[0] == "total_timeout"


def test_plain_http_where_tls_is_spoken_is_a_problem(server: FaultServer) -> None:
    assert problem(guarded(*LOOPBACK), server.url("/feed").replace("http:", "https:"))[0] == "certificate_invalid"


def test_several_threads_may_use_one_session(server: FaultServer) -> None:
    server.serve("/feed", b"a" * 100_000)
    http = guarded(*LOOPBACK)
    sizes: list[int] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(len(fetch(http, server.url("/feed")).body))) for _ in "1234"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [100_000] * 4


def test_networks_in_the_allow_list_cover_both_families() -> None:
    web = Web("Lyttepost", ("10.0.0.0/8", "fd00::/8"))
    assert web.may_reach("feed.example.no", 80, ipaddress.ip_address("10.9.8.7"))
    assert web.may_reach("feed.example.no", 80, ipaddress.ip_address("fd12::1"))
    assert not web.may_reach("feed.example.no", 80, ipaddress.ip_address("192.168.0.1"))
    assert web.may_reach("feed.example.no", 80, ipaddress.ip_address("2a00:1450:400f::1"))


def test_a_connection_is_never_used_twice_though_the_server_would_keep_it() -> None:
    connections = []

    class KeepsAlive(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append(self.client_address)
            super().setup()

        def do_GET(self) -> None:
            self.close_connection = False  # whatever we asked
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), KeepsAlive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        http = session(Web("Lyttepost", ("127.0.0.1",)))
        for _ in range(3):
            assert fetch(http, f"http://127.0.0.1:{server.server_port}/").body == b"ok"
        http.close()
        server.shutdown()
    assert len(connections) == 3


# What is counted


def test_requests_bytes_on_the_wire_and_the_last_status_are_counted(server: FaultServer) -> None:
    packed = gzip.compress(b"x" * 10_000)
    server.serve("/big", packed, headers={"Content-Encoding": "gzip"})
    server.serve("/away", status=302, headers={"Location": server.url("/big")})
    http = session(Web("Lyttepost", ("127.0.0.1",)))
    with metered() as meter:
        fetch(http, server.url("/away"))
        fetch(http, server.url("/unknown"))
    assert meter == Meter(requests=3, bytes=len(packed), status=404)
    with metered() as other, pytest.raises(FetchError):
        fetch(http, "http://127.0.0.1:1/")
    assert other == Meter(requests=1)
