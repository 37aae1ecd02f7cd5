"""The one way out: a session that connects to public addresses only, within limits of time and size.

An address is resolved once, every answer is checked, and the connection goes to exactly that answer, so that a name
can not point elsewhere a moment later. The check lies where sockets are made, so that nothing that uses the session
gets around it.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import time
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from collectors.post import Problem
from collectors.urls import host_of

CHUNK = 64 * 1024
MAX_ADDRESSES = 4
"""Of a host's addresses, as many are tried."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_FOR_OTHER_HOSTS = frozenset({"connection", "accept", "if-none-match", "if-modified-since"})
"""Of a request's own headers, those that may follow a redirect to another host."""
_LETTERS = str.maketrans("øØđĐŧŦŋŊ", "oOdDtTnN") | str.maketrans({"æ": "ae", "Æ": "Ae"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that one fetch may take."""

    connect_seconds: float = 5
    read_seconds: float = 15
    """Between two signs of life."""
    total_seconds: float = 60
    wire_bytes: int = 5_000_000
    decoded_bytes: int = 15_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Web:
    """How we go out. Raises ValueError with the first allowed host that is none.

    `user_agent` names the body and a contact. `allowed_hosts` are the hosts (`host`, `host:port`), addresses and
    networks (`10.0.0.0/8`) that may be reached though they are not public: feeds of the intranet.
    """

    user_agent: str
    allowed_hosts: tuple[str, ...] = ()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        for entry in self.allowed_hosts:
            _allowance(entry)

    def may_reach(self, host: str, port: int, address: Address) -> bool:
        """Whether an address that a host resolved to may be connected to."""
        return _is_public(address) or any(
            address in network if network else (host == name and allowed_port in (None, port))
            for network, name, allowed_port in map(_allowance, self.allowed_hosts)
        )


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. `headers` have lower-case names; `body` is decoded, and empty unless the status is 2xx or
    errors were to be read."""

    status: int
    url: str
    """Where the answer came from in the end, without user name and password."""
    headers: Mapping[str, str]
    body: bytes = b""
    permanent_url: str = ""
    """Where permanent redirects led to, if the first was one."""
    complete: bool = True
    """False where the connection broke off before the end."""


@dataclass(slots=True)
class Meter:
    """Counts what the fetches of a poll take."""

    requests: int = 0
    bytes: int = 0
    """Of bodies, on the wire."""
    status: int = 0
    """Of the last answer."""


class FetchError(Exception):
    """There is no answer; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Session(requests.Session):
    """What `session` makes. It follows no redirects by itself: `fetch` does, and checks each."""

    web: Web

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, since requests would read the whole body of a redirect before it follows it."""
        return None


def session(web: Web) -> Session:
    """A session that is guarded whoever uses it, also several threads at a time. It keeps no cookies."""
    made = Session()
    made.web = web
    made.trust_env = False
    made.headers["User-Agent"] = _ascii(web.user_agent)
    made.headers["Accept-Encoding"] = "gzip, deflate"
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Adapter(web))
    return made


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what this thread fetches in the block."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def fetch(
    http: Session,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    read_errors: bool = False,
) -> Response:
    """What is at an address now, after redirects; with a `body`, the answer to a POST, which is not redirected.
    `read_errors` also reads the body of an answer that is not 2xx.

    Raises FetchError where there is no answer within the limits."""
    limits = http.web.limits
    url, auth = _without_credentials(url)
    if not _is_web(url):
        raise FetchError(Problem("url_invalid"))
    sent = {"Connection": "close", **(headers or {})}
    permanent, permanent_url = True, ""
    deadline = time.monotonic() + limits.total_seconds
    token = _deadline.set(deadline)
    try:
        for _ in range(limits.redirects + 1):
            with closing(_send(http, url, sent, auth, body)) as answer:
                location = answer.headers.get("Location")
                if answer.status_code not in _REDIRECTS or not location:
                    return _response(answer, url, permanent_url, limits, read_errors)
                if body is not None:
                    raise FetchError(Problem("redirect_invalid", {"host": host_of(url)}))
                permanent = permanent and answer.status_code in _PERMANENT
            target, target_auth = _without_credentials(_target(url, location))
            if not _is_web(target):
                raise FetchError(Problem("redirect_invalid", {"host": host_of(url)}))
            if _origin(target) != _origin(url):
                sent = {name: value for name, value in sent.items() if name.lower() in _FOR_OTHER_HOSTS}
                auth = None
            url, auth = target, target_auth or auth
            permanent_url = url if permanent else permanent_url
        raise FetchError(Problem("too_many_redirects", {"host": host_of(url), "limit": str(limits.redirects)}))
    except TimeoutError as error:
        raise FetchError(_timeout(url, limits, deadline)) from error
    finally:
        _deadline.reset(token)


def _send(
    http: Session, url: str, headers: Mapping[str, str], auth: tuple[str, str] | None, body: bytes | None
) -> requests.Response:
    """One request, up to the headers of its answer. Raises FetchError, and TimeoutError at a read or the deadline."""
    host = {"host": host_of(url)}
    if time.monotonic() >= _deadline.get():
        raise TimeoutError
    meter = _meter.get(Meter())
    meter.requests += 1
    meter.status = 0
    try:
        answer = http.request(
            "GET" if body is None else "POST",
            url,
            headers=dict(headers),
            auth=auth,
            data=body,
            stream=True,
            allow_redirects=False,
        )
        meter.status = answer.status_code
        return answer
    except requests.exceptions.SSLError as error:
        raise FetchError(Problem("certificate_invalid", host)) from error
    except requests.exceptions.Timeout as error:
        raise TimeoutError from error
    except requests.exceptions.ConnectionError as error:
        raise FetchError(Problem("connection_broken", host)) from error
    except (requests.exceptions.RequestException, HTTPError, UnicodeError) as error:
        raise FetchError(Problem("url_invalid")) from error


def _response(answer: requests.Response, url: str, permanent_url: str, limits: Limits, read_errors: bool) -> Response:
    """Read an answer. Raises FetchError, and TimeoutError at a read or the deadline."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if not (200 <= answer.status_code < 300 or read_errors):
        return Response(answer.status_code, url, headers, b"", permanent_url)
    body, complete = bytearray(), True
    try:
        for piece in _decoded(answer, url, limits):
            body += piece
            if len(body) > limits.decoded_bytes:
                raise _too_large(url, limits.decoded_bytes)
    except ReadTimeoutError as error:
        raise TimeoutError from error
    except zlib.error as error:
        raise FetchError(Problem("answer_unreadable", {"host": host_of(url)})) from error
    except (HTTPError, OSError, EOFError) as error:
        if not body:
            raise FetchError(Problem("answer_cut_short", {"host": host_of(url)})) from error
        complete = False
    return Response(answer.status_code, url, headers, bytes(body), permanent_url, complete)


def _decoded(answer: requests.Response, url: str, limits: Limits) -> Iterator[bytes]:
    """The body in pieces of at most CHUNK bytes, with its compression undone. Raises EOFError where that breaks off."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from _wire(answer, url, limits)
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(Problem("encoding_unknown", {"host": host_of(url), "encoding": _ascii(encoding)[:40]}))
    inflate = None
    for piece in _wire(answer, url, limits):
        # «deflate» is a zlib stream by the standard, and often a bare one in fact: its first byte tells.
        inflate = inflate or zlib.decompressobj(47 if encoding != "deflate" or piece[0] & 0x0F == 8 else -15)
        while out := inflate.decompress(piece, CHUNK):
            yield out
            piece = inflate.unconsumed_tail
    if inflate and not inflate.eof:
        raise EOFError


def _wire(answer: requests.Response, url: str, limits: Limits) -> Iterator[bytes]:
    """The body as it was sent."""
    total, meter = 0, _meter.get(Meter())
    while piece := answer.raw.read(CHUNK, decode_content=False):
        total += len(piece)
        meter.bytes += len(piece)
        if total > limits.wire_bytes:
            raise _too_large(url, limits.wire_bytes)
        yield piece


def _too_large(url: str, limit: int) -> FetchError:
    return FetchError(Problem("answer_too_large", {"host": host_of(url), "megabytes": f"{limit / 1e6:.0f}"}))


def _timeout(url: str, limits: Limits, deadline: float) -> Problem:
    if time.monotonic() >= deadline:
        return Problem("total_timeout", {"host": host_of(url), "seconds": f"{limits.total_seconds:.0f}"})
    return Problem("read_timeout", {"host": host_of(url), "seconds": f"{limits.read_seconds:.0f}"})


def _target(url: str, location: str) -> str:
    """The absolute address of a redirect; headers come as Latin-1, and Norwegian letters in them are mostly UTF-8."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _without_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """An address without its user name and password, and these apart."""
    try:
        parts = urlsplit(url)
        who = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")), who
    except ValueError:
        return "", None


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and bool(host_of(url))


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, host_of(url)


def _ascii(text: str) -> str:
    """Text as a header can carry it: «Tromsø» becomes «Tromso»."""
    kept = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return "".join(sign for sign in kept if sign.isprintable())


# Which addresses may be reached


def _is_public(address: Address) -> bool:
    """Whether an address is of the public internet, also where it carries an IPv4 address inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and (address in _NAT64 or address in _IPV4_COMPATIBLE):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def _allowance(entry: str) -> tuple[Network | None, str, int | None]:
    """An allowed network, or an allowed host with its port, if only one is. Raises ValueError with any other entry."""
    with suppress(ValueError):
        return ipaddress.ip_network(entry, strict=False), "", None
    with suppress(ValueError):
        parts = urlsplit(f"//{entry}")
        if parts.hostname and parts.netloc == entry and "@" not in entry:
            return None, parts.hostname, parts.port
    raise ValueError(entry)


# Connections that are guarded

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
"""When the fetch that is under way must be done, on the monotonic clock."""
_meter: ContextVar[Meter] = ContextVar("meter")


class _Connection(HTTPConnection):
    """A connection to an address that was checked, and that never waits past the deadline."""

    def __init__(self, *args: Any, web: Web, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.web = web
        self.response_class = partial(_TimedResponse, limits=web.limits)  # type: ignore[assignment]

    @property
    def is_connected(self) -> bool:
        """Never for a second request: the server was asked to close, and may do so just as we ask anew."""
        return False

    def _new_conn(self) -> socket.socket:
        host = self._dns_host
        details = {"host": host}
        try:
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError(Problem("host_not_found", details)) from error
        for *_, target in found:
            address = ipaddress.ip_address(str(target[0]).partition("%")[0])
            if not self.web.may_reach(self.host.lower(), self.port, address):
                raise FetchError(Problem("address_not_allowed", {"host": host, "address": str(address)}))
        problem = Problem("host_not_found", details)
        for family, kind, protocol, _, target in found[:MAX_ADDRESSES]:
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(self.web.limits.connect_seconds)
                sock.connect(target)
                return sock
            except OSError as error:
                sock.close()
                problem = _refusal(error, host, self.web.limits)
        raise FetchError(problem)


class _TLSConnection(_Connection, HTTPSConnection):
    """The same with TLS; the certificate is checked against the host's name, as ever."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    """Makes guarded connections, and gives every request time-outs, also those of callers who set none."""

    def __init__(self, web: Web) -> None:
        self.web = web
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, web=self.web),
            "https": partial(_TLSPool, web=self.web),
        }

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        limits = self.web.limits
        kwargs["timeout"] = kwargs.get("timeout") or (limits.connect_seconds, limits.read_seconds)
        return super().send(request, *args, **kwargs)


class _TimedResponse(HTTPResponse):
    """An answer that is read up to the deadline, headers and all, however slowly it drips."""

    def __init__(self, sock: socket.socket, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = min(_deadline.get(), time.monotonic() + limits.total_seconds)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, limits.read_seconds, deadline), CHUNK)


class _TimedReader(io.RawIOBase):
    """What comes from a socket, until the deadline. Raises TimeoutError."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float, deadline: float) -> None:
        self.raw = raw
        self.sock = sock
        self.seconds = seconds
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(min(self.seconds, left))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


def _refusal(error: OSError, host: str, limits: Limits) -> Problem:
    """Why a connection was not made."""
    if isinstance(error, TimeoutError):
        return Problem("connect_timeout", {"host": host, "seconds": f"{limits.connect_seconds:.0f}"})
    if isinstance(error, ConnectionRefusedError):
        return Problem("connection_refused", {"host": host})
    return Problem("connection_failed", {"host": host})
