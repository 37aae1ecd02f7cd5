"""What the status and the headers of an answer say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.answers import MAX_HEADER, fresh_for, telling, wait_asked
from collectors.web import Response

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)
EPOCH = int((NOW + HOUR).timestamp())


def answer(status: int = 200, **headers: str) -> Response:
    return Response(
        status, "https://avis.example.no/feed", {name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 2 * MINUTES),
        ("Sun, 22 Nov 2026 13:00:00 GMT", HOUR),
        ("Sunday, 22-Nov-26 13:00:00 GMT", HOUR),
        ("120, Sun, 22 Nov 2026 13:00:00 GMT", 2 * MINUTES),
        ("Sun, 22 Nov 2026 13:00:00 GMT, 120", 2 * MINUTES),
        ("120, 120", 2 * MINUTES),
        ("0", timedelta(0)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", -HOUR),
        ("snart", None),
        ("-5", None),
        ("99999999999999999999", None),
        ("", None),
    ],
)
def test_a_busy_server_says_how_long_to_wait(status: int, value: str, expected: timedelta | None) -> None:
    assert wait_asked(answer(status, retry_after=value), NOW) == expected


@pytest.mark.parametrize("status", [200, 404, 500])
def test_only_a_busy_server_is_asked_for_the_time_to_wait(status: int) -> None:
    assert wait_asked(answer(status, retry_after="120", x_ratelimit_reset=str(EPOCH)), NOW) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x_ratelimit_reset", "2026-11-22T13:00:00.000000Z", HOUR),
        ("x_ratelimit_reset", "2026-11-22T14:00:00+01:00", HOUR),
        ("x_rate_limit_reset", str(EPOCH), HOUR),
        ("ratelimit_reset", str(EPOCH), HOUR),
        ("ratelimit_reset", "30", MINUTES / 2),
        ("ratelimit", '"default";r=0;t=30', MINUTES / 2),
        ("ratelimit", "limit=100, remaining=0, reset=30", MINUTES / 2),
        ("x_ratelimit_reset", "2026-11-22T13:00:00", None),
        ("x_ratelimit_reset", "snart", None),
        ("ratelimit", "snart", None),
        ("x_ratelimit_reset", "999999999999", None),
    ],
)
def test_a_limit_says_when_it_ends(name: str, value: str, expected: timedelta | None) -> None:
    assert wait_asked(answer(429, **{name: value}), NOW) == expected


def test_what_a_server_asks_for_goes_before_when_its_limit_ends() -> None:
    assert wait_asked(answer(429, retry_after="60", x_ratelimit_reset=str(EPOCH)), NOW) == MINUTES


def test_a_limit_is_no_reason_to_wait_where_the_server_is_out_of_service() -> None:
    assert wait_asked(answer(503, x_ratelimit_reset=str(EPOCH)), NOW) is None


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(days=400)])
def test_a_server_whose_clock_is_wrong_is_understood_by_its_own_clock(skew: timedelta) -> None:
    theirs = NOW + skew

    def written(moment: datetime) -> str:
        return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert wait_asked(answer(503, date=written(theirs), retry_after=written(theirs + HOUR)), NOW) == HOUR
    assert fresh_for(answer(date=written(theirs), expires=written(theirs + HOUR)), NOW) == HOUR


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, timedelta(0)),
        ({"cache_control": "max-age=600"}, 10 * MINUTES),
        ({"cache_control": 'public, MAX-AGE="600"'}, 10 * MINUTES),
        ({"cache_control": "max-age=600", "age": "540"}, MINUTES),
        ({"cache_control": "max-age=600", "age": "900"}, timedelta(0)),
        ({"cache_control": "s-maxage=600"}, timedelta(0)),
        ({"cache_control": "max-age=99999999999"}, timedelta(0)),
        ({"cache_control": "max-age=600, no-cache"}, timedelta(0)),
        ({"cache_control": "max-age=0", "expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, timedelta(0)),
        ({"cache_control": "public", "expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "Sun, 22 Nov 2026 11:00:00 GMT"}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "-1"}, timedelta(0)),
    ],
)
def test_an_answer_says_how_long_it_stays_as_it_is(headers: dict[str, str], expected: timedelta) -> None:
    assert fresh_for(answer(**headers), NOW) == expected


def test_headers_are_kept_where_they_say_something_about_the_content() -> None:
    kept = telling({"content-type": "text/xml", "set-cookie": "id=hemmelig", "etag": "x" * 5_000})
    assert kept == {"content-type": "text/xml", "etag": "x" * MAX_HEADER}


HEADER = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(["Sun, ", "22 Nov ", "9999 ", "0000 ", "13:00:00 ", "GMT", "+9999", "-0000", "99", "t=", ","])
    ).map("".join),
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(HEADER, HEADER)
def test_whatever_stands_in_headers_is_a_time_or_nothing(value: str, date: str) -> None:
    for name in ("retry_after", "x_ratelimit_reset", "ratelimit"):
        assert wait_asked(answer(429, **{name: value, "date": date}), NOW) is not False
    assert fresh_for(answer(expires=value, cache_control=value, age=value, date=date), NOW) >= timedelta(0)
