"""Feeds: what they are asked with, and what follows from an answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collectors.errand import Errand
from collectors.feeds import Cursor, address, decide, request_headers
from collectors.matching import Matcher
from collectors.poller import poll
from collectors.post import ListeningPost, Polled, Problem, Source, SourceState
from collectors.standing import failed
from collectors.web import Limits, Response, Session, Web, session
from dashboard.wording import catalogue
from data.store import Store
from lyttepost.pipeline import store_polled
from tests.servers import faults
from tests.servers.faults import FaultServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source("avis", "https://avis.example.no/feed/?nokkel=hemmelig", interval_minutes=15)
NEW = SourceState("avis")
FEED = b'<rss version="2.0"><channel><item><guid>1</guid><title>En sak</title></item></channel></rss>'
HTML = b"<!doctype html><title>Logg inn</title>"
QUARTER = timedelta(minutes=15)
CURSOR = Cursor('W/"1"', "Sun, 22 Nov 2026 11:00:00 GMT", "sha", "f", (NOW - timedelta(hours=1)).isoformat())
READ = SourceState("avis", CURSOR.kept(), last_success=NOW)


def answer(
    status: int = 200, body: bytes = FEED, url: str = SOURCE.url, complete: bool = True, **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, url, named, body if status == 200 else b"", complete=complete)


def after(given: Response | Problem, state: SourceState = NEW, now: datetime = NOW, jitter: float = 0.0) -> Polled:
    if isinstance(given, Problem):
        return Polled(failed(SOURCE, state, given, now, jitter), ok=False)
    return decide(SOURCE, state, "f", given, now, jitter)


def cursor(polled: Polled) -> Cursor:
    return Cursor.of(polled.state)


def code(polled: Polled) -> str:
    return polled.state.problem.code if polled.state.problem else ""


def wait(polled: Polled, now: datetime = NOW) -> timedelta:
    assert polled.state.next_due is not None
    return polled.state.next_due - now


# What is asked


def test_validators_are_sent_back_as_they_came() -> None:
    headers = request_headers(CURSOR, "f", NOW)
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('W/"1"', "Sun, 22 Nov 2026 11:00:00 GMT")


@pytest.mark.parametrize(
    ("given", "fingerprint"),
    [
        (replace(CURSOR, last_full_fetch=(NOW - timedelta(hours=24)).isoformat()), "f"),
        (replace(CURSOR, last_full_fetch=(NOW + timedelta(hours=1)).isoformat()), "f"),
        (replace(CURSOR, last_full_fetch=""), "f"),
        (replace(CURSOR, not_modified_in_a_row=20), "f"),
        (CURSOR, "other listening posts"),
    ],
    ids=["a day ago", "the clock was wrong", "never", "20 times unchanged", "listening posts changed"],
)
def test_everything_is_asked_for_from_time_to_time(given: Cursor, fingerprint: str) -> None:
    assert not {"If-None-Match", "If-Modified-Since"} & set(request_headers(given, fingerprint, NOW))


# What follows from an answer


def test_a_feed_gives_posts_and_a_cursor() -> None:
    polled = after(answer(etag='"1"', last_modified="i dag"))
    assert ([post.title for post in polled.posts], polled.seen, polled.ok) == (["En sak"], 1, True)
    kept = cursor(polled)
    assert (kept.etag, kept.last_modified, kept.listening_sha256) == ('"1"', "i dag", "f")
    assert (kept.last_full_fetch, len(kept.body_sha256)) == (NOW.isoformat(), 64)
    assert (polled.state.last_success, polled.state.last_attempt, polled.state.failures) == (NOW, NOW, 0)
    assert polled.state.problem is None
    assert wait(polled) == QUARTER


def test_success_ends_a_row_of_failures() -> None:
    state = replace(NEW, failures=5, problem=Problem("http_404"), stopped=True)
    polled = after(answer(), state)
    assert (polled.state.failures, polled.state.problem, polled.state.stopped) == (0, None, False)


def test_jitter_moves_the_next_poll() -> None:
    assert wait(after(answer(), jitter=0.1)) == QUARTER * 1.1
    assert wait(after(answer(), jitter=-0.1)) == QUARTER * 0.9


def test_a_feed_may_ask_us_to_wait_but_not_for_ever() -> None:
    def feed(ttl: str) -> Response:
        return answer(body=FEED.replace(b"<channel>", f"<channel><ttl>{ttl}</ttl>".encode()))

    polled = after(feed("60"))
    assert wait(polled) == timedelta(hours=1)
    assert wait(after(answer(304), polled.state)) == timedelta(hours=1)
    assert wait(after(feed("5"))) == QUARTER
    assert wait(after(feed("999999"))) == timedelta(hours=24)


def test_an_unchanged_feed_is_counted() -> None:
    polled = after(answer(304), READ)
    assert (polled.posts, polled.ok, polled.state.last_success) == ((), True, NOW)
    assert cursor(polled) == replace(CURSOR, not_modified_in_a_row=1)


def test_unchanged_is_no_answer_to_a_question_for_everything() -> None:
    polled = after(answer(304), NEW)
    assert (polled.ok, polled.state.problem) == (
        False,
        Problem("http_other", {"host": "avis.example.no", "status": "304"}),
    )


def test_the_same_body_is_not_parsed_again_unless_listening_posts_changed() -> None:
    first = after(answer())
    again = after(answer(etag='"2"'), first.state, NOW + QUARTER)
    assert (again.posts, again.ok, cursor(again).etag) == ((), True, '"2"')
    assert cursor(again).last_full_fetch == (NOW + QUARTER).isoformat()
    changed = decide(SOURCE, first.state, "g", answer(), NOW + QUARTER)
    assert len(changed.posts) == 1
    assert cursor(changed).listening_sha256 == "g"


def test_a_warning_stays_as_long_as_the_content_does() -> None:
    broken = answer(body=FEED.replace(b"En sak", b"Salg & service"))
    polled = after(broken)
    assert (code(polled), polled.state.failures, polled.ok, len(polled.posts)) == ("feed_malformed", 0, True, 1)
    assert code(after(broken, polled.state)) == "feed_malformed"
    assert code(after(answer(304), polled.state)) == "feed_malformed"
    assert code(after(answer(), polled.state)) == ""


def test_unchanged_after_a_failure_clears_the_problem() -> None:
    broken = after(Problem("read_timeout"), READ)
    assert code(after(answer(304), broken.state)) == ""


@pytest.mark.parametrize("given", [answer(body=FEED[:-6], etag='"1"'), answer(etag='"1"', complete=False)])
def test_what_broke_off_is_asked_for_again_in_full(given: Response) -> None:
    polled = after(given)
    assert polled.ok
    assert (cursor(polled).etag, cursor(polled).body_sha256) == ("", "")


def test_a_validator_that_could_not_be_sent_is_not_kept() -> None:
    assert cursor(after(answer(etag="a\r\nb", last_modified="x" * 5_000))).etag == ""
    assert cursor(after(answer(last_modified="x" * 5_000))).last_modified == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(body=HTML), "feed_is_html"),
        (answer(body=b""), "feed_empty_body"),
        (answer(204), "feed_empty_body"),
        (answer(body=b"ikke en feed"), "feed_unreadable"),
        (answer(body=b"<rss><chan", complete=False), "answer_cut_short"),
        (answer(401), "http_401"),
        (answer(403), "http_403"),
        (answer(403, cf_mitigated="challenge"), "challenge"),
        (answer(404), "http_404"),
        (answer(410), "http_410"),
        (answer(418), "http_other"),
        (answer(429), "http_429"),
        (answer(500), "http_5xx"),
        (answer(503), "http_503"),
        (Problem("read_timeout"), "read_timeout"),
    ],
)
def test_every_failure_has_its_problem_and_leaves_the_cursor(given: Response | Problem, expected: str) -> None:
    polled = after(given, READ)
    assert (code(polled), polled.ok, polled.posts, polled.state.failures) == (expected, False, (), 1)
    assert (polled.state.cursor, polled.state.last_success) == (READ.cursor, READ.last_success)
    assert (polled.state.last_attempt, polled.state.stopped) == (NOW, expected == "http_410")
    assert "hemmelig" not in str(polled.state.problem)


def test_failures_move_the_next_poll_away_up_to_a_day() -> None:
    def waits(given: Response | Problem) -> list[timedelta]:
        state, found = NEW, []
        for _ in range(40):
            polled = after(given, state)
            state = polled.state
            found.append(wait(polled))
        return found

    assert waits(answer(500))[:4] == [QUARTER, QUARTER * 2, QUARTER * 4, QUARTER * 8]
    assert waits(answer(403))[:3] == [QUARTER * 4, QUARTER * 8, QUARTER * 16]
    assert waits(answer(500))[-1] == timedelta(hours=24)
    assert waits(Problem("host_not_found"))[-1] == timedelta(hours=1)
    assert wait(after(answer(500), replace(NEW, failures=39), jitter=0.1)) == timedelta(hours=24)


def test_a_busy_server_says_when_to_come_back() -> None:
    assert wait(after(answer(429, retry_after="7200"))) == timedelta(hours=2)
    assert wait(after(answer(503, retry_after="0"))) == timedelta(seconds=60)
    assert wait(after(answer(503, retry_after="999999999"))) == timedelta(hours=24)
    assert wait(after(answer(503))) == QUARTER


@pytest.mark.parametrize("code", ["http_429", "http_503"])
def test_a_busy_server_need_not_have_said_when_for_the_sentence_to_be_true(code: str) -> None:
    assert "ber om" not in catalogue("nb")[f"problem.{code}"]


def test_not_found_only_slows_down_and_gone_stops() -> None:
    state = NEW
    for _ in range(30):
        state = after(answer(404), state).state
    assert (state.stopped, state.failures) == (False, 30)
    assert after(answer(410), state).state.stopped


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache_control": "public, max-age=7200"}, timedelta(hours=2)),
        ({"expires": "Sun, 22 Nov 2026 15:00:00 GMT"}, timedelta(hours=3)),
        ({"cache_control": "max-age=60"}, QUARTER),
        ({"cache_control": "max-age=999999999"}, timedelta(hours=24)),
        ({"cache_control": "no-cache", "expires": "Sun, 22 Nov 2026 15:00:00 GMT"}, QUARTER),
    ],
)
def test_what_a_server_says_of_freshness_is_waited_for(headers: dict[str, str], expected: timedelta) -> None:
    assert wait(after(answer(**headers))) == expected
    assert wait(after(answer(304, **headers), READ)) == expected


def test_the_longest_wait_that_anybody_asks_for_holds() -> None:
    body = FEED.replace(b"<channel>", b"<channel><ttl>120</ttl>")
    assert wait(after(answer(body=body, cache_control="max-age=3600"))) == timedelta(hours=2)
    assert wait(after(answer(body=body, cache_control="max-age=10800"))) == timedelta(hours=3)


def test_a_feed_offers_the_comments_on_its_items() -> None:
    body = FEED.replace(b"</item>", b"<wfw:commentRss>https://avis.example.no/1/feed/</wfw:commentRss></item>")
    polled = after(answer(body=body.replace(b"<rss", b'<rss xmlns:wfw="http://wellformedweb.org/CommentAPI/"')))
    (offered,) = polled.suggestions
    assert (offered.url, offered.title) == ("https://avis.example.no/1/feed/", "En sak")
    assert offered.post_id == polled.posts[0].post_id


def test_an_item_that_is_no_longer_in_the_feed_is_still_held(store: Store) -> None:
    everything = [ListeningPost("Alt", "prøve")]

    def keep(polled: Polled) -> None:
        store_polled(store, [polled], Matcher(everything), everything, NOW)

    two = FEED.replace(b"<item>", b"<item><guid>0</guid><title>En eldre sak</title></item><item>")
    first = after(answer(body=two))
    keep(first)
    for hours in (1, 2):
        keep(after(answer(), first.state, NOW + timedelta(hours=hours)))
    with store.read() as cursor:
        assert cursor.execute("SELECT title, state FROM post ORDER BY native_id").fetchall() == [
            ("En eldre sak", "live"),
            ("En sak", "live"),
        ]


def test_addresses_are_kept_without_keys() -> None:
    (raw,) = after(answer()).raw
    assert raw.url == "https://avis.example.no/feed/"
    (raw,) = decide(replace(SOURCE, secret_url=True), NEW, "f", answer(), NOW).raw
    assert raw.url == "https://avis.example.no/"


# Feeds that moved

OLD = Source("avis", "http://avis.example.no/feed")


def moves(state: SourceState, target: str, times: int, source: Source = OLD) -> SourceState:
    for _ in range(times):
        state = decide(source, state, "f", replace(answer(304), permanent_url=target), NOW).state
    return state


READ_OLD = replace(READ, source="avis")


def asked(state: SourceState, source: Source = OLD) -> str:
    return address(source, Cursor.of(state))


@pytest.mark.parametrize("target", ["http://avis.example.no/ny", "https://avis.example.no/feed"])
def test_a_feed_that_moved_within_its_host_three_times_is_asked_there(target: str) -> None:
    twice = moves(READ_OLD, target, 2)
    assert (asked(twice), twice.problem) == (OLD.url, None)
    thrice = moves(twice, target, 1)
    assert asked(thrice) == target
    assert thrice.problem == Problem("feed_moved", {"host": "avis.example.no", "feed": target})
    later = decide(OLD, thrice, "f", answer(304), NOW).state
    assert (asked(later), later.problem) == (target, thrice.problem)


def test_only_the_same_move_three_times_in_a_row_counts() -> None:
    there, elsewhere = "http://avis.example.no/ny", "http://avis.example.no/annet"
    assert asked(moves(moves(moves(READ_OLD, there, 2), elsewhere, 1), there, 2)) == OLD.url
    assert asked(moves(moves(moves(READ_OLD, there, 2), "", 1), there, 2)) == OLD.url


@pytest.mark.parametrize(
    "target",
    ["https://ny.example.no/feed", "http://avis.example.no:8080/feed", "http://www.avis.example.no/feed"],
)
def test_a_move_to_another_host_is_told_and_not_followed_by_itself(target: str) -> None:
    state = moves(READ_OLD, target, 5)
    assert asked(state) == OLD.url
    assert state.problem == Problem("feed_moved", {"host": "avis.example.no", "feed": target})
    assert moves(state, "", 1).problem is None


def test_a_feed_is_not_moved_from_tls_to_none() -> None:
    source = replace(OLD, url="https://avis.example.no/feed")
    assert asked(moves(READ_OLD, "http://avis.example.no/feed", 5, source), source) == source.url


def test_user_and_password_come_along_within_the_host() -> None:
    source = replace(OLD, url="https://ola:hemmelig@avis.example.no/feed")
    state = moves(READ_OLD, "https://avis.example.no/ny", 3, source)
    assert asked(state, source) == "https://ola:hemmelig@avis.example.no/ny"
    assert "hemmelig" not in str(state)
    found = replace(READ_OLD, cursor={**READ_OLD.cursor, "found": "https://annen.example.no/feed"})
    assert asked(found, source) == "https://annen.example.no/feed"


@pytest.mark.parametrize(("status", "back"), [(404, True), (410, True), (500, True), (429, False), (503, False)])
def test_the_configured_address_is_asked_again_when_the_new_one_fails(status: int, back: bool) -> None:
    there = "http://avis.example.no/ny"
    state = decide(OLD, moves(READ_OLD, there, 3), "f", answer(status), NOW).state
    assert (asked(state), state.stopped) == (OLD.url if back else there, False)


def test_where_a_secret_feed_moved_to_is_not_told() -> None:
    state = moves(READ_OLD, "https://ny.example.no/hemmelig", 1, replace(OLD, secret_url=True))
    assert state.problem == Problem("feed_moved", {"host": "avis.example.no", "feed": "https://ny.example.no/"})


# Over the wire


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


HTTP = session(Web("Lyttepost", ("127.0.0.1",)))
IMPATIENT = session(Web("Lyttepost", ("127.0.0.1",), Limits(read_seconds=0.3, total_seconds=0.8)))


def ask(server: FaultServer, state: SourceState = NEW, http: Session = HTTP) -> Polled:
    return poll(Source("avis", server.url("/feed?nokkel=hemmelig")), state, Errand(http, "f", NOW))


def test_what_a_poll_took_is_told(server: FaultServer) -> None:
    server.serve("/feed", FEED)
    took = ask(server).traffic
    assert (took.requests, took.bytes, took.status) == (1, len(FEED), 200)
    assert 0 <= took.milliseconds < 10_000


def test_a_second_poll_asks_for_changes_only(server: FaultServer) -> None:
    server.serve("/feed", FEED, headers={"ETag": 'W/"æ"', "Last-Modified": "Sun, 22 Nov 2026 11:00:00 GMT"})
    first = ask(server)
    assert len(first.posts) == 1
    server.serve("/feed", status=304)
    second = ask(server, first.state)
    assert (second.ok, second.posts, cursor(second).not_modified_in_a_row) == (True, (), 1)
    assert server.requests[1][1]["If-None-Match"] == 'W/"æ"'
    assert server.requests[1][1]["If-Modified-Since"] == "Sun, 22 Nov 2026 11:00:00 GMT"


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (faults.drip(0.05), "total_timeout"),
        (faults.silence(1), "read_timeout"),
        (faults.gzip_bomb(51), "answer_too_large"),
        (faults.reset, "connection_broken"),
        (faults.redirect("http://169.254.169.254/"), "address_not_allowed"),
        (faults.redirect("http://127.0.0.2/"), "address_not_allowed"),
        (faults.cut_short(FEED[:60]), "answer_cut_short"),
        (faults.answer(200, HTML), "feed_is_html"),
        (faults.answer(200, b""), "feed_empty_body"),
        (faults.answer(401), "http_401"),
        (faults.answer(429, headers={"Retry-After": "120"}), "http_429"),
    ],
)
def test_whatever_a_server_does_is_a_problem_and_no_traceback(
    server: FaultServer, behaviour: faults.Behaviour, expected: str
) -> None:
    server.behave("/feed", behaviour)
    polled = ask(server, http=IMPATIENT if expected.endswith("timeout") else HTTP)
    assert (code(polled), polled.ok, polled.state.failures) == (expected, False, 1)
    assert "hemmelig" not in str(polled)


def test_nothing_is_said_to_be_read_where_nothing_was(server: FaultServer) -> None:
    server.behave("/feed", faults.answer(200, FEED[:60], headers={"Content-Length": "60"}))
    assert code(ask(server)) == "answer_cut_short"


def test_a_whole_feed_shorter_than_announced_is_read(server: FaultServer) -> None:
    server.behave("/feed", faults.cut_short(FEED))
    polled = ask(server)
    assert (polled.ok, len(polled.posts), cursor(polled).body_sha256) == (True, 1, "")


@pytest.mark.parametrize("status", [301, 308, 302, 307])
def test_after_three_permanent_redirects_the_new_address_is_asked(server: FaultServer, status: int) -> None:
    server.behave("/feed", faults.redirect("/ny", status))
    server.serve("/ny", FEED)
    state = NEW
    for _ in range(4):
        state = ask(server, state).state
    paths = [path.partition("?")[0] for path, _ in server.requests]
    assert paths == ["/feed", "/ny"] * 3 + (["/ny"] if status in (301, 308) else ["/feed", "/ny"])
    server.behave("/ny", faults.answer(410))
    gone = ask(server, state)
    assert (code(gone), gone.state.stopped) == ("http_410", status in (302, 307))
    server.serve("/feed", FEED)
    assert ask(server, gone.state).ok


PAGE = b'<!doctype html><title>x</title><link rel="alternate" type="application/rss+xml" href="/rss?token=hemmelig">'


def test_of_a_web_page_the_feed_that_it_names_is_read(server: FaultServer) -> None:
    server.serve("/feed", PAGE)
    server.serve("/rss", FEED, headers={"ETag": '"1"'})
    polled = ask(server)
    assert (polled.ok, [post.title for post in polled.posts]) == (True, ["En sak"])
    shown = {"host": f"127.0.0.1:{server.port}", "feed": server.url("/rss")}
    assert polled.state.problem == Problem("feed_found", shown)
    server.serve("/rss", status=304)
    again = ask(server, polled.state)
    assert (again.ok, again.state.problem) == (True, polled.state.problem)
    assert [path.partition("?")[0] for path, _ in server.requests] == ["/feed", "/rss", "/rss"]
    server.serve("/rss", status=404)
    lost = ask(server, again.state)
    assert (code(lost), asked(lost.state, Source("avis", server.url("/feed")))) == ("http_404", server.url("/feed"))


@pytest.mark.parametrize(
    "named",
    [faults.answer(200, PAGE), faults.answer(404), faults.reset, faults.redirect("http://10.0.0.1/")],
    ids=["a page as well", "nothing", "a reset", "an address of ours"],
)
def test_a_page_whose_feed_can_not_be_read_is_told_as_a_page(server: FaultServer, named: faults.Behaviour) -> None:
    server.serve("/feed", PAGE)
    server.behave("/rss", named)
    polled = ask(server)
    assert (code(polled), polled.ok) == ("feed_is_html_found", False)
    assert [path.partition("?")[0] for path, _ in server.requests] == ["/feed", "/rss"]


# Everything that can go wrong

READS_ALL_THE_SAME = {"whole, but shorter than announced", "wrong charset", "clock far behind", "clock far ahead"}
READS_A_PART = {"shorter than announced", "reset within", "gzip cut short", "chunks cut short", "longer than announced"}
READS_A_PART |= {"cut short without a length", "length that is none", "negative length"}
EVERYTHING = [ListeningPost("Alt", "prøve")]


def items(number: int) -> bytes:
    return b"<rss version='2.0'><channel>%s</channel></rss>" % b"".join(
        b"<item><guid>%d</guid><title>Sak %d</title><description>%s</description></item>" % (n, n, b"ord " * 40)
        for n in range(number)
    )


@pytest.fixture(scope="module")
def one_store() -> Iterator[Store]:
    with Store(":memory:") as store:
        yield store


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_no_fault_crashes_hangs_loses_or_doubles(fault: str, server: FaultServer, one_store: Store) -> None:
    limits = Limits(
        connect_seconds=0.3, read_seconds=0.3, total_seconds=0.8, wire_bytes=500_000, decoded_bytes=5_000_000
    )
    http = session(Web("Lyttepost", (f"127.0.0.1:{server.port}",), limits))
    source = Source(fault, server.url("/feed"))

    def step(state: SourceState) -> Polled:
        started = time.monotonic()
        polled = poll(source, state, Errand(http, "f", NOW))
        store_polled(one_store, [polled], Matcher(EVERYTHING), EVERYTHING, NOW)
        assert time.monotonic() - started < 4
        return polled

    def held() -> list[str]:
        with one_store.read() as cursor:
            found = cursor.execute("SELECT native_id FROM post WHERE source = ? ORDER BY native_id", [fault]).fetchall()
            return [name for (name,) in found]

    server.serve("/feed", items(2), headers={"ETag": '"2"'})
    first = step(SourceState(fault))
    assert held() == ["0", "1"]
    server.behave("/feed", faults.FAULTS[fault](items(4)))
    second = step(first.state)
    assert code(second) != "unexpected"
    if fault in READS_ALL_THE_SAME:
        assert (second.ok, held()) == (True, ["0", "1", "2", "3"])
    elif fault not in READS_A_PART and fault != "unchanged":
        assert (second.ok, second.state.failures, second.state.cursor) == (False, 1, first.state.cursor)
        assert held() == ["0", "1"]
    server.serve("/feed", items(6), headers={"ETag": '"6"'})
    last = step(second.state)
    assert (last.ok, held()) == (True, ["0", "1", "2", "3", "4", "5"])
    with one_store.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM post_version").fetchone() == (0,)


WITHIN = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fd00::1"]


@pytest.mark.parametrize(
    "addresses",
    [*([a] for a in WITHIN), ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["93.184.215.14", "10.0.0.1"]],
    ids=str,
)
@pytest.mark.parametrize("redirected", [False, True])
def test_a_name_that_points_into_the_network_is_not_asked(
    addresses: list[str], redirected: bool, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def pointed(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        if host != "offentlig.example.no":
            return list(real(host, port, *args, **kwargs))  # type: ignore[arg-type]
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", pointed)
    http = session(Web("Lyttepost", (f"127.0.0.1:{server.port}",)))
    there = f"http://offentlig.example.no:{server.port}/hemmelig"
    server.behave("/feed", faults.redirect(there, 301))
    server.serve("/hemmelig", FEED)
    source = Source("avis", server.url("/feed") if redirected else there)
    polled = poll(source, NEW, Errand(http, "f", NOW))
    assert (code(polled), polled.posts) == ("address_not_allowed", ())
    assert [path for path, _ in server.requests] == (["/feed"] if redirected else [])


def test_two_retry_after_are_understood(server: FaultServer) -> None:
    server.behave("/feed", faults.two_retry_after(429))
    assert wait(ask(server)) == timedelta(seconds=120)


# What vanishes


def listing(*numbers: int) -> Response:
    items = "".join(
        f"<item><guid>{n}</guid><title>Sak {n}</title><pubDate>Sun, 22 Nov 2026 10:{n:02}:00 GMT</pubDate></item>"
        for n in numbers
    )
    return answer(body=f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())


def test_what_a_feed_lists_no_more_at_two_full_fetches_has_vanished() -> None:
    first = after(listing(4, 3, 2, 1))
    missed = first.posts[1].post_id
    second = after(listing(4, 2, 1), first.state)
    assert (second.vanished, cursor(second).missed) == ((), (missed,))
    for changed in (listing(5, 4, 2, 1), listing(4, 2, 1)):  # with something new, or the very same answer again
        third = after(changed, second.state)
        assert third.vanished == (missed,)
        assert after(changed, third.state).vanished == ()


def test_an_answer_that_says_not_modified_or_breaks_off_is_no_full_fetch() -> None:
    second = after(listing(4, 2, 1), after(listing(4, 3, 2, 1)).state)
    broken = replace(listing(5, 4, 2, 1), complete=False)
    for no_listing in (answer(304), broken, answer(500)):
        third = after(no_listing, second.state)
        assert third.vanished == ()
        assert cursor(third).missed == cursor(second).missed
