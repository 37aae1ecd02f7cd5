"""The figures of *Virkning*, from a small history that was reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from data import corrections, fact_checks, facts, outcomes
from data.outcomes import Overdue, Period, RumourDay
from data.store import Store
from models.labels import Fact, FactMatch
from tests import builders

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 27))
DAY = 24


class Desk:
    """A store where posts are found, and where people decide on them so many hours later."""

    def __init__(self, store: Store) -> None:
        self.store = store
        register = [
            Fact("A", "Skolen består.", owner="Skole", valid_to="2030-01-01"),
            Fact("B", "Vannet er trygt.", owner="Vann"),
        ]
        store.write(lambda cursor: facts.save(cursor, register, NOW))

    def found(self, post_id: str, fact_id: str, day: int, hour: int = 8, text: str = "", holds: bool = True) -> str:
        """Something was found on a day of November, half an hour after it was published."""
        at = datetime(2026, 11, day, hour, tzinfo=UTC)
        item = builders.post(post_id, text or f"Innlegg {post_id}", published_at=at - timedelta(minutes=30))
        builders.keep(self.store, item, now=at)
        todo = fact_checks.ToMatch(item.post_id, item.content_hash, "", item.text, "nb", item.published_at)
        match = FactMatch(fact_id, "contradicts", 0.9, holds=holds)
        self.store.write(lambda cursor: fact_checks.save(cursor, [todo], {item.post_id: [match]}, "1", at))
        return item.post_id

    def decide(self, post_id: str, fact_id: str, decision: Any, hours: float, **more: Any) -> None:
        def work(cursor: Any) -> None:
            ((found_at,),) = cursor.execute("SELECT found_at FROM fact_match WHERE post_id = ?", [post_id]).fetchall()
            at = found_at + timedelta(hours=hours)
            corrections.decide(cursor, post_id, fact_id, decision, f"Kari {decision}", at, 1_000_000, **more)

        self.store.write(work)

    def ask(self, question: Any, *args: Any, **more: Any) -> Any:
        with self.store.read() as cursor:
            return question(cursor, *args, **more)


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    return Desk(store)


def history(desk: Desk) -> None:
    """Hours from found to taken and to answered: see each line."""
    one = desk.found("1", "A", 16)  # taken 1, answered 3
    desk.decide(one, "A", "assigned", 1, assignee="Ola")
    desk.decide(one, "A", "answered", 3)
    desk.decide(one, "A", "followed_up", 80, outcome="changed")
    two = desk.found("2", "A", 16, 10)  # taken and answered 5
    desk.decide(two, "A", "answered", 5)
    desk.decide(two, "A", "followed_up", 80, outcome="growing")
    desk.decide(two, "A", "followed_up", 100, outcome="unchanged")
    three = desk.found("3", "A", 17)  # taken 2, answered 30: too late
    desk.decide(three, "A", "assigned", 2, assignee="Ola")
    desk.decide(three, "A", "drafted", 4, draft="Skolen består.")
    desk.decide(three, "A", "approved", 6, draft="Skolen består.")
    desk.decide(three, "A", "answered", 30)
    four = desk.found("4", "A", 23)  # taken and answered 7
    desk.decide(four, "A", "answered", 7)
    five = desk.found("5", "B", 23, 9)  # taken 2, not corrected
    desk.decide(five, "B", "dismissed", 2, reason="opinion")
    six = desk.found("6", "B", 24, 9)  # taken 4, not corrected
    desk.decide(six, "B", "dismissed", 4, reason="other: En avis svarte")
    seven = desk.found("7", "B", 25)  # taken 10, waiting for 52
    desk.decide(seven, "B", "assigned", 10, assignee="Ola")
    desk.found("8", "B", 27)  # waiting for 4
    nine = desk.found("9", "B", 18)  # the answer that stands: 9
    desk.decide(nine, "B", "answered", 1)
    desk.decide(nine, "B", "reopened", 2)
    desk.decide(nine, "B", "answered", 9)
    ten = desk.found("10", "A", 18)  # merged: not counted
    desk.decide(ten, "A", "merged", 1, lead=three)
    eleven = desk.found("11", "B", 19)  # taken back: waiting for 196
    desk.decide(eleven, "B", "answered", 2)
    desk.decide(eleven, "B", "reopened", 3)


def test_all_of_a_month(desk: Desk) -> None:
    history(desk)
    (found,) = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW)
    assert (found.name, found.found, found.taken, found.answered) == (None, 10, 8, 5)
    assert (found.dismissed, found.waiting) == (2, 3)
    assert (found.within, found.due) == (4, 7)
    # Taken after 1, 2, 2, 4, 5, 7, 9 and 10 hours.
    assert found.taken_median == timedelta(hours=4.5)
    assert found.taken_ninth == timedelta(hours=9.3)
    # Answered after 3, 5, 7, 9 and 30 hours.
    assert found.answered_median == timedelta(hours=7)
    assert found.answered_ninth == timedelta(hours=21.6)


def test_by_week_fact_and_owner(desk: Desk) -> None:
    history(desk)
    weeks = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW, "week")
    assert [(w.name, w.found, w.answered, w.within, w.due) for w in weeks] == [
        (date(2026, 11, 16), 5, 4, 3, 5),
        (date(2026, 11, 23), 5, 1, 1, 2),
    ]
    assert [(m.name, m.found) for m in desk.ask(outcomes.figures, NOVEMBER, DAY, NOW, "month")] == [
        (date(2026, 11, 1), 10)
    ]
    by_fact = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW, "fact")
    assert [(f.name, f.found, f.answered, f.dismissed, f.waiting) for f in by_fact] == [
        ("B", 6, 1, 2, 3),
        ("A", 4, 4, 0, 0),
    ]
    by_owner = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW, "owner")
    assert [(o.name, o.within, o.due) for o in by_owner] == [("Vann", 1, 3), ("Skole", 3, 4)]


def test_only_what_was_found_in_the_period_counts(desk: Desk) -> None:
    history(desk)
    (found,) = desk.ask(outcomes.figures, Period(date(2026, 11, 17), date(2026, 11, 18)), DAY, NOW)
    assert (found.found, found.answered, found.within) == (2, 2, 1)
    assert desk.ask(outcomes.figures, Period(date(2026, 1, 1), date(2026, 1, 31)), DAY, NOW) == []


def test_a_days_end_is_norwegian(desk: Desk) -> None:
    desk.found("1", "A", 16, 23)  # midnight in Norway
    (week,) = desk.ask(outcomes.figures, Period(date(2026, 11, 17), date(2026, 11, 17)), DAY, NOW, "week")
    assert (week.name, week.found) == (date(2026, 11, 16), 1)


def test_another_target_gives_other_shares(desk: Desk) -> None:
    history(desk)
    (found,) = desk.ask(outcomes.figures, NOVEMBER, 4, NOW)
    assert (found.within, found.due) == (1, 7)
    (found,) = desk.ask(outcomes.figures, NOVEMBER, 720, NOW)
    assert (found.within, found.due) == (5, 5)


def test_what_waits_now_by_state(desk: Desk) -> None:
    history(desk)
    assert desk.ask(outcomes.overdue, DAY, NOW) == [
        Overdue("open", 2, 1, datetime(2026, 11, 19, 8, tzinfo=UTC)),
        Overdue("assigned", 1, 1, datetime(2026, 11, 25, 8, tzinfo=UTC)),
    ]


def test_outcomes_and_reasons(desk: Desk) -> None:
    history(desk)
    assert desk.ask(outcomes.follow_ups, NOVEMBER, NOW) == {
        "changed": 1,
        "deleted": 0,
        "unchanged": 1,
        "growing": 0,
        "": 3,
    }
    assert desk.ask(outcomes.dismissals, NOVEMBER, NOW) == {"opinion": 1, "other": 1}


def test_copies_of_one_text_count_once(desk: Desk) -> None:
    text = "Nå er det vedtatt at skolen skal legges ned til sommeren, sier de."
    for number in range(4):
        desk.found(str(number), "A", 16 + number, text=text)
    (found,) = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW)
    assert found.found == 1


def test_what_is_not_to_be_corrected_any_more_does_not_wait(desk: Desk) -> None:
    desk.found("1", "A", 16, holds=False)
    assert desk.ask(outcomes.figures, NOVEMBER, DAY, NOW) == []
    assert desk.ask(outcomes.overdue, DAY, NOW) == []


def test_an_early_confirmation_counts_as_taken(desk: Desk) -> None:
    post_id = desk.found("1", "A", 16)
    desk.store.write(
        lambda cursor: cursor.execute(
            """INSERT INTO correction_decision (decision_id, post_id, fact_id, revision, decision, reason, reply_url,
                   decided_by, decided_at)
               SELECT nextval('decision_number'), post_id, 'A', revision, 'confirmed', '', '', 'Kari',
                      published_at + INTERVAL 90 MINUTE FROM post WHERE post_id = ?""",
            [post_id],
        )
    )
    (found,) = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW)
    assert (found.taken, found.taken_median) == (1, timedelta(hours=1))


def test_a_rumour_day_by_day_with_its_answers(desk: Desk) -> None:
    history(desk)
    days = desk.ask(outcomes.rumour, "A", Period(date(2026, 11, 15), date(2026, 11, 19)))
    assert days == [
        RumourDay(date(2026, 11, 15), 0, 0),
        RumourDay(date(2026, 11, 16), 2, 2),
        RumourDay(date(2026, 11, 17), 1, 0),
        RumourDay(date(2026, 11, 18), 1, 1),
        RumourDay(date(2026, 11, 19), 0, 0),
    ]


def test_an_answer_that_was_taken_back_and_a_mistake_are_no_part_of_the_rumour(desk: Desk) -> None:
    history(desk)
    wrong = desk.found("20", "B", 20)
    desk.decide(wrong, "B", "dismissed", 1, reason="wrong_match")
    days = desk.ask(outcomes.rumour, "B", Period(date(2026, 11, 18), date(2026, 11, 20)))
    assert [(d.posts, d.answers) for d in days] == [(1, 1), (1, 0), (0, 0)]


def test_an_answered_post_that_was_edited_was_part_of_the_rumour(desk: Desk) -> None:
    history(desk)
    item = builders.post("1", "Jeg tok feil.", published_at=datetime(2026, 11, 16, 7, 30, tzinfo=UTC))
    builders.keep(desk.store, item, now=NOW)
    todo = fact_checks.ToMatch(item.post_id, item.content_hash, "", item.text, "nb", item.published_at)
    desk.store.write(lambda cursor: fact_checks.save(cursor, [todo], {}, "2", NOW))
    (day,) = desk.ask(outcomes.rumour, "A", Period(date(2026, 11, 16), date(2026, 11, 16)))
    assert day.posts == 2


def test_before_and_after_are_of_one_length(desk: Desk) -> None:
    history(desk)
    told = desk.ask(outcomes.before_after, "A", NOVEMBER, NOW)
    # The first answer came on the 16th at 11: 7.30 and 9.30 before it; 7.30 on the 17th and 18th, and not on the 23rd.
    assert told == outcomes.BeforeAfter(datetime(2026, 11, 16, 11, tzinfo=UTC), timedelta(days=7), 2, 3)
    early = datetime(2026, 11, 18, 11, tzinfo=UTC)
    told = desk.ask(outcomes.before_after, "A", NOVEMBER, early)
    assert (told.length, told.before, told.after) == (timedelta(days=2), 2, 2)


def test_a_new_answer_or_none_tells_nothing_yet(desk: Desk) -> None:
    history(desk)
    assert desk.ask(outcomes.before_after, "A", NOVEMBER, datetime(2026, 11, 17, 10, tzinfo=UTC)) is None
    assert desk.ask(outcomes.before_after, "C", NOVEMBER, NOW) is None


def test_a_match_that_is_found_again_keeps_when_it_was_first_found(desk: Desk) -> None:
    post_id = desk.found("1", "A", 16)
    item = builders.post("1", "Innlegg 1", published_at=datetime(2026, 11, 16, 7, 30, tzinfo=UTC))
    todo = fact_checks.ToMatch(item.post_id, item.content_hash, "", item.text, "nb", item.published_at)
    match = FactMatch("A", "contradicts", 0.8)
    desk.store.write(lambda cursor: fact_checks.save(cursor, [todo], {post_id: [match]}, "2", NOW))
    desk.decide(post_id, "A", "answered", 3)
    (found,) = desk.ask(outcomes.figures, NOVEMBER, DAY, NOW)
    assert found.answered_median == timedelta(hours=3)
    with desk.store.read() as cursor:
        assert cursor.execute("SELECT score, found_at FROM fact_match").fetchall() == [
            (0.8, datetime(2026, 11, 16, 8, tzinfo=UTC))
        ]
