"""How a source stands after a poll: how often it is asked, how often something comes, and when silence is alarming."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collectors.post import Post, Problem, Source, SourceState
from collectors.standing import failed, interval, rhythm, silence, succeeded

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source("avis", "https://avis.example.no/")
NEW = SourceState("avis")
HOUR = timedelta(hours=1)


def posts(*hours_ago: float, quality: str = "exact") -> list[Post]:
    return [
        Post("feed", "avis", str(n), "", NOW, NOW - HOUR * ago, published_quality=quality)  # type: ignore[arg-type]
        for n, ago in enumerate(hours_ago)
    ]


@pytest.mark.parametrize(
    ("configured", "usual_gap", "expected"),
    [
        (30, 600.0, timedelta(minutes=30)),
        (None, None, timedelta(minutes=15)),
        (None, 60.0, timedelta(minutes=30)),
        (None, 1.0, timedelta(minutes=5)),
        (None, 100_000.0, timedelta(hours=2)),
    ],
    ids=["configured", "not known yet", "twice as often as something comes", "busy", "mostly silent"],
)
def test_a_source_is_asked_as_configured_or_at_its_own_pace(
    configured: int | None, usual_gap: float | None, expected: timedelta
) -> None:
    source = replace(SOURCE, interval_minutes=configured)
    assert interval(source, replace(NEW, usual_gap_minutes=usual_gap)) == expected


def test_the_pace_is_the_usual_time_between_items() -> None:
    state = rhythm(NEW, posts(1, 2, 3, 4, 5, 48))
    assert (state.usual_gap_minutes, state.last_item_at) == (60, NOW - HOUR)


def test_a_few_new_items_change_the_pace_a_little() -> None:
    state = SourceState("avis", last_item_at=NOW - 9 * HOUR, usual_gap_minutes=60)
    assert rhythm(state, posts(1)).usual_gap_minutes == (3 * 60 + 8 * 60) / 4


def test_items_without_a_time_of_their_own_say_nothing_about_the_pace() -> None:
    assert rhythm(NEW, posts(1, 2, quality="missing")) == NEW


def test_an_old_item_does_not_turn_the_clock_back() -> None:
    state = SourceState("avis", last_item_at=NOW)
    assert rhythm(state, posts(50)).last_item_at == NOW


def test_success_keeps_what_is_known_of_the_pace_and_forgets_failures() -> None:
    state = SourceState("avis", failures=3, problem=Problem("http_404"), last_item_at=NOW, usual_gap_minutes=90)
    after = succeeded(SOURCE, state, {"a": 1}, NOW)
    assert (after.failures, after.problem, after.cursor) == (0, None, {"a": 1})
    assert (after.last_item_at, after.usual_gap_minutes, after.next_due) == (NOW, 90, NOW + timedelta(minutes=45))


def test_what_a_server_asked_for_is_waited_for_to_the_second() -> None:
    after = failed(SOURCE, NEW, Problem("http_429"), NOW, 0.1, timedelta(minutes=7))
    assert after.next_due == NOW + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("hours", "usual_gap", "configured", "alarm"),
    [
        (47, 10, None, False),
        (49, 10, None, True),
        (90, 24 * 60, None, False),
        (121, 24 * 60, None, True),
        (5, 10, 4, True),
        (500, None, None, False),
    ],
    ids=["a weekend", "longer", "a daily source, 4 days", "a daily source, 5 days", "as configured", "no pace known"],
)
def test_silence_that_is_longer_than_it_should_be_is_an_alarm(
    hours: int, usual_gap: float | None, configured: int | None, alarm: bool
) -> None:
    state = replace(NEW, last_item_at=NOW - HOUR * hours, usual_gap_minutes=usual_gap)
    found = silence(replace(SOURCE, silent_after_hours=configured), state, NOW)
    assert found == (HOUR * hours if alarm else None)


def test_a_source_that_fails_is_not_called_silent() -> None:
    state = replace(NEW, last_item_at=NOW - 999 * HOUR, usual_gap_minutes=10)
    assert silence(SOURCE, state, NOW)
    assert silence(SOURCE, replace(state, failures=1), NOW) is None


@pytest.mark.parametrize("jitter", [-0.1, 0.0, 0.1])
def test_a_source_is_asked_no_earlier_than_it_wants_and_not_with_all_others(jitter: float) -> None:
    after = succeeded(SOURCE, NEW, {}, NOW, jitter, at_least=HOUR)
    assert after.next_due == NOW + HOUR * (1 + abs(jitter))
    assert succeeded(SOURCE, NEW, {}, NOW, jitter, at_least=999_999 * HOUR).next_due == NOW + 24 * HOUR


def test_failures_double_the_wait_with_jitter_up_to_a_day() -> None:
    def wait(failures: int, jitter: float) -> timedelta:
        due = failed(SOURCE, replace(NEW, failures=failures), Problem("http_404"), NOW, jitter).next_due
        assert due
        return due - NOW

    assert [wait(n, 0) for n in (0, 1, 2, 3)] == [HOUR / 4, HOUR / 2, HOUR, 2 * HOUR]
    assert (wait(2, 0.1), wait(2, -0.1)) == (1.1 * HOUR, 0.9 * HOUR)
    assert wait(10_000, 0.1) == 24 * HOUR


@pytest.mark.parametrize("jump", [-10_000 * HOUR, 10_000 * HOUR])
def test_a_clock_that_jumps_disturbs_nothing(jump: timedelta) -> None:
    state = rhythm(succeeded(SOURCE, NEW, {}, NOW), posts(1, 2, 3, 4))
    after = rhythm(succeeded(SOURCE, state, {}, NOW + jump), posts(1, 2, 3, 4))
    assert (after.last_item_at, after.usual_gap_minutes) == (NOW - HOUR, 60)
    assert (after.last_success, after.next_due) == (NOW + jump, NOW + jump + HOUR / 2)
    broken = failed(SOURCE, state, Problem("http_404"), NOW + jump)
    assert broken.next_due == NOW + jump + HOUR / 2
