"""Sources, how their polls went, and what was not covered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from collectors.post import ListeningPost, Problem, Source, SourceState
from data import listening, sources
from data.sources import Gap, SourceStatus
from data.store import Store
from tests.builders import NOW, SCHOOL, WATER, keep, post

PAPER = Source("avisa", "https://avisa.example.no/feed", interval_minutes=30, title="Elveposten")
SQUARE = Source("torget", "https://torget.example.no/feed")
HOUR = timedelta(hours=1)
GONE = Problem("http_503", {"status": "503", "hva": "Æ ' \" \\"})
NOT_RUNNING = Problem("not_running")


def configure(store: Store, *found: Source, listening_posts: tuple[ListeningPost, ...] = (SCHOOL, WATER)) -> None:
    store.write(lambda cursor: sources.configure(cursor, found, listening_posts))


def save(store: Store, state: SourceState) -> None:
    store.write(lambda cursor: sources.save_state(cursor, state))


def failed(at: datetime, last_success: datetime | None = None, source: str = "avisa", failures: int = 1) -> SourceState:
    return SourceState(source, failures=failures, last_attempt=at, last_success=last_success, problem=GONE)


def worked(at: datetime, source: str = "avisa", problem: Problem | None = None) -> SourceState:
    return SourceState(source, last_attempt=at, last_success=at, problem=problem)


def overview(store: Store, now: datetime = NOW) -> list[SourceStatus]:
    with store.read() as cursor:
        return sources.overview(cursor, now)


def gaps(
    store: Store, start: datetime = NOW - 100 * HOUR, end: datetime = NOW + 100 * HOUR, **more: object
) -> list[Gap]:
    with store.read() as cursor:
        return sources.gaps(cursor, start, end, **more)  # type: ignore[arg-type]


def spans(store: Store) -> list[tuple[datetime, datetime | None]]:
    return [(gap.started_at, gap.ended_at) for gap in gaps(store)]


def test_configured_twice_is_configured_once(store: Store) -> None:
    for _ in range(2):
        configure(store, PAPER, SQUARE)
    assert [(s.name, s.title, s.kind, s.url) for s in overview(store)] == [
        ("avisa", "Elveposten", "feed", PAPER.url),
        ("torget", "torget", "feed", SQUARE.url),
    ]
    with store.read() as cursor:
        assert len(listening.listening_posts(cursor)) == 2


def test_a_source_with_a_new_address_starts_afresh_and_others_go_on(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    for name in ("avisa", "torget"):
        save(store, SourceState(name, {"etag": "old"}, last_attempt=NOW, stopped=True))
    configure(store, replace(PAPER, url="https://ny.example.no/feed"), SQUARE)
    with store.read() as cursor:
        assert sources.state(cursor, "avisa") == SourceState("avisa")
        assert sources.state(cursor, "torget").cursor == {"etag": "old"}


def test_a_changed_configuration_holds_at_once(store: Store) -> None:
    configure(store, PAPER)
    moved = Source("avisa", "https://ny.example.no/feed", title="Ny avis")
    renamed = ListeningPost("skole", "Nytt formål", "", ("skole",), ("skulen",), ("avisa",))
    configure(store, moved, listening_posts=(renamed,))
    assert [(s.title, s.url) for s in overview(store)] == [("Ny avis", moved.url)]
    with store.read() as cursor:
        assert listening.listening_posts(cursor) == [
            listening.ListeningPostInfo("skole", "skole", "Nytt formål", ("skole",), ("skulen",))
        ]


def test_what_was_taken_out_of_the_configuration_is_not_shown_and_comes_back_with_its_state(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    save(store, worked(NOW))
    keep(store, post("1", source="avisa"))
    configure(store, SQUARE, listening_posts=(WATER,))
    assert [s.name for s in overview(store)] == ["torget"]
    with store.read() as cursor:
        view = listening.post(cursor, post("1").post_id)
        assert [info.name for info in listening.listening_posts(cursor)] == ["vann"]
    assert view
    assert view.source_title == "Elveposten"
    configure(store, PAPER, SQUARE)
    assert overview(store)[0].state.last_success == NOW


def test_what_is_configured_in_a_way_that_can_not_be_read_stays_in_sight(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    save(store, failed(NOW))
    save(store, failed(NOW, source="torget"))
    store.write(lambda cursor: sources.configure(cursor, (), (WATER,), keep=("avisa", "skole")))
    assert [(s.name, s.url, s.gap_since) for s in overview(store)] == [("avisa", PAPER.url, NOW)]
    assert {gap.source: gap.ended_at is None for gap in gaps(store)} == {"avisa": True, "torget": False}
    with store.read() as cursor:
        assert {info.name for info in listening.listening_posts(cursor)} == {"skole", "vann"}
    configure(store, SQUARE)
    assert [s.name for s in overview(store)] == ["torget"]


def test_an_imported_file_is_a_source_that_stays(store: Store) -> None:
    configure(store, PAPER)
    for _ in range(2):
        store.write(lambda cursor: sources.add_import(cursor, "eksport", "eksport.csv"))
    configure(store, PAPER)
    assert [(s.name, s.kind) for s in overview(store)] == [("eksport", "import"), ("avisa", "feed")]


def test_a_file_imported_under_the_name_of_a_source_leaves_that_as_it_is(store: Store) -> None:
    configure(store, PAPER)
    store.write(lambda cursor: sources.add_import(cursor, "avisa", "avisa.csv"))
    assert [(s.kind, s.url) for s in overview(store)] == [("feed", PAPER.url)]


def test_a_file_imported_under_the_name_of_a_removed_source_is_an_import(store: Store) -> None:
    configure(store, PAPER)
    configure(store)
    store.write(lambda cursor: sources.add_import(cursor, "avisa", "avisa.csv"))
    configure(store)
    assert [(s.name, s.kind, s.url) for s in overview(store)] == [("avisa", "import", "")]


def test_a_source_never_polled_has_a_fresh_state(store: Store) -> None:
    with store.read() as cursor:
        assert sources.state(cursor, "avisa") == SourceState("avisa")


def test_a_state_is_read_as_it_was_saved(store: Store) -> None:
    state = SourceState(
        "avisa",
        {"etag": 'W/"æ\'"', "not_modified_in_a_row": 3},
        failures=2,
        last_attempt=NOW,
        last_success=NOW - HOUR,
        problem=GONE,
        next_due=NOW + HOUR,
        stopped=True,
    )
    for _ in range(2):
        save(store, state)
    with store.read() as cursor:
        assert sources.state(cursor, "avisa") == state


def test_a_problem_that_quotes_a_broken_text_is_kept(store: Store) -> None:
    configure(store, PAPER)
    save(store, SourceState("avisa", failures=1, last_attempt=NOW, problem=Problem("not_a_feed", {"start": "x\ud800"})))
    assert overview(store)[0].state.problem == Problem("not_a_feed", {"start": "x\ufffd"})
    assert gaps(store)[0].problem == Problem("not_a_feed", {"start": "x\ufffd"})


def test_a_gap_lasts_from_the_last_success_to_the_next(store: Store) -> None:
    configure(store, PAPER)
    save(store, worked(NOW))
    assert spans(store) == []
    save(store, failed(NOW + HOUR, NOW))
    assert spans(store) == [(NOW, None)]
    assert overview(store)[0].gap_since == NOW
    save(store, failed(NOW + 2 * HOUR, NOW, failures=2))
    assert spans(store) == [(NOW, None)]
    save(store, worked(NOW + 3 * HOUR))
    assert spans(store) == [(NOW, NOW + 3 * HOUR)]
    assert overview(store)[0].gap_since is None
    save(store, failed(NOW + 4 * HOUR, NOW + 3 * HOUR))
    assert spans(store) == [(NOW, NOW + 3 * HOUR), (NOW + 3 * HOUR, None)]


def test_a_source_that_never_worked_is_a_gap_from_its_first_attempt(store: Store) -> None:
    configure(store, PAPER)
    save(store, failed(NOW))
    save(store, failed(NOW + HOUR, failures=2))
    assert [(gap.started_at, gap.title, gap.problem) for gap in gaps(store)] == [(NOW, "Elveposten", GONE)]


def test_a_warning_is_not_a_gap(store: Store) -> None:
    configure(store, PAPER)
    save(store, worked(NOW, problem=Problem("truncated")))
    assert spans(store) == []
    assert overview(store)[0].state.problem == Problem("truncated")


def test_a_failure_without_a_problem_does_not_close_a_gap(store: Store) -> None:
    configure(store, PAPER)
    save(store, failed(NOW, NOW - HOUR))
    save(store, SourceState("avisa", failures=2, last_attempt=NOW + HOUR, last_success=NOW - HOUR))
    assert spans(store) == [(NOW - HOUR, None)]


def test_a_gap_while_nothing_ran_stays_open_until_a_poll_works(store: Store) -> None:
    configure(store, PAPER)
    save(store, worked(NOW))
    for _ in range(2):
        store.write(lambda cursor: sources.open_gap(cursor, "avisa", NOW, NOT_RUNNING))
    save(store, worked(NOW))  # somebody asks for a poll: the state of before is saved once more
    assert spans(store) == [(NOW, None)]
    save(store, worked(NOW + 48 * HOUR))
    assert spans(store) == [(NOW, NOW + 48 * HOUR)]


def test_a_success_of_one_source_closes_no_gap_of_another(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    save(store, failed(NOW))
    save(store, worked(NOW + HOUR, "torget"))
    assert spans(store) == [(NOW, None)]


def test_the_gap_of_a_removed_source_ends_with_it_and_is_not_forgotten(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    save(store, failed(NOW - 50 * HOUR))
    configure(store, SQUARE)
    [gap] = gaps(store, end=NOW + 100_000 * HOUR)
    assert (gap.source, gap.started_at) == ("avisa", NOW - 50 * HOUR)
    assert gap.ended_at
    assert gap.ended_at >= gap.started_at


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(-2, 0, 0), (-2, 1, 1), (0, 3, 1), (2, 9, 1), (3, 9, 0), (1, 2, 1)],
    ids=str,
)
def test_gaps_that_reach_into_a_period(store: Store, start: int, end: int, found: int) -> None:
    configure(store, PAPER)
    save(store, failed(NOW))
    save(store, worked(NOW + 3 * HOUR))
    assert len(gaps(store, NOW + start * HOUR, NOW + end * HOUR)) == found


def test_short_gaps_may_be_left_out_once_they_have_ended(store: Store) -> None:
    configure(store, PAPER, SQUARE)
    save(store, failed(NOW))
    save(store, worked(NOW + HOUR))
    save(store, failed(NOW + HOUR, source="torget"))
    assert [g.source for g in gaps(store, end=NOW + 4 * HOUR, at_least=2 * HOUR)] == ["torget"]
    assert [g.source for g in gaps(store, end=NOW + 2 * HOUR, at_least=2 * HOUR)] == ["torget"]
    save(store, worked(NOW + 2 * HOUR, source="torget"))
    assert gaps(store, end=NOW + 4 * HOUR, at_least=2 * HOUR) == []


def test_the_overview_counts_each_sources_posts_and_puts_problems_first(store: Store) -> None:
    configure(store, PAPER, SQUARE, Source("zoo", "x", title="Å"))
    save(store, worked(NOW, "torget"))
    save(store, failed(NOW, source="zoo"))
    ages = [timedelta(0), timedelta(hours=24, microseconds=-1), timedelta(hours=24), timedelta(days=9), -HOUR]
    keep(store, *(post(str(n), source="avisa", published_at=NOW - age) for n, age in enumerate(ages)))
    keep(store, post("t", source="torget"), post("w", source="borte"))
    assert [(s.name, s.posts_24h, s.posts_total) for s in overview(store)] == [
        ("zoo", 0, 0),
        ("avisa", 2, 5),
        ("torget", 1, 1),
    ]
    assert overview(store)[1].state == SourceState("avisa")
