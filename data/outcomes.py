"""What came of the body's own work on corrections: how soon, how much of it in time, and what happened then.

An item counts once, by the day that it was found; what is merged into another does not count, nor does what is no
longer to be corrected because its fact does not hold. A reopened item stands as if nobody had touched it until then,
and its time still runs from when it was found. Nothing is counted by who wrote a post or by who did the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from data import corrections
from data.store import Cursor
from models.labels import SURE_CONTRADICTION
from models.workflow import OUTCOMES, Outcome, State

Group = Literal["all", "week", "month", "fact", "owner"]

WAITING: Final[tuple[State, ...]] = ("open", "assigned", "drafted", "approved")
"""The states of what is still to be answered, in the order of the work."""
COMPARED: Final = timedelta(days=7)
"""How long before and after the first answer a rumour is counted, at most."""
LEAST_COMPARED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days, inclusive and Norwegian, in which items were found."""

    start: date
    end: date


_EVER: Final = Period(date(1970, 1, 1), date(9999, 12, 31))


@dataclass(frozen=True, slots=True)
class Figures:
    """The work on the items of a group; its `name` is the first day of a week or month, a fact's id, an owner, or None.

    Times are by the clock, from when an item was found; None where there is nothing to measure.
    """

    name: Any
    found: int
    taken: int
    """Of them, those that somebody has begun with or closed."""
    answered: int
    dismissed: int
    waiting: int
    within: int
    """Answered within the body's own target."""
    due: int
    """What the target can be held against: answered, or waiting for longer than it."""
    taken_median: timedelta | None
    taken_ninth: timedelta | None
    """Nine of ten were taken within this time."""
    answered_median: timedelta | None
    answered_ninth: timedelta | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """What waits now in a state, whenever it was found."""

    state: State
    waiting: int
    overdue: int
    """Of them, for longer than the body's own target."""
    oldest: datetime | None
    """When the one was found that has waited longest."""


@dataclass(frozen=True, slots=True)
class RumourDay:
    """A Norwegian day: the posts that contradicted a fact, each copy one of them, and the answers of the body."""

    day: date
    posts: int
    answers: int


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The posts that contradicted a fact in the same time before and after its first answer."""

    answered_at: datetime
    length: timedelta
    """At most `COMPARED`; shorter where the answer is newer than that."""
    before: int
    after: int


_LENGTHS: Final = ("taken_median", "taken_ninth", "answered_median", "answered_ninth")
_GROUPS: Final[Mapping[Group, str]] = {
    "all": "NULL",
    "week": "date_trunc('week', found_day)::DATE",
    "month": "date_trunc('month', found_day)::DATE",
    "fact": "fact_id",
    "owner": "owner",
}

# Each item of the period with what counts of its decisions: those since it was last reopened.
_HANDLED: Final = """since AS (
    SELECT d.*, coalesce(max(decision_id) FILTER (WHERE decision = 'reopened')
                         OVER (PARTITION BY post_id, fact_id), 0) AS reopened_by
    FROM correction_decision d),
steps AS (
    SELECT post_id, fact_id,
           min(decided_at) FILTER (WHERE decision IN
               ('confirmed', 'assigned', 'drafted', 'approved', 'answered', 'dismissed')) AS taken_at,
           min(decided_at) FILTER (WHERE decision = 'answered') AS first_answer,
           arg_max(outcome, decision_id) FILTER (WHERE decision = 'followed_up') AS outcome,
           arg_max(reason, decision_id) FILTER (WHERE decision = 'dismissed') AS reason
    FROM since WHERE decision_id > reopened_by GROUP BY post_id, fact_id),
handled AS (
    SELECT s.fact_id, s.state, m.found_at, t.outcome, t.reason, f.owner,
           timezone('Europe/Oslo', m.found_at)::DATE AS found_day, t.taken_at, t.first_answer,
           s.state IN ('open', 'assigned', 'drafted', 'approved') AS waits,
           CASE WHEN t.taken_at IS NOT NULL
                THEN epoch(greatest(t.taken_at, m.found_at)) - epoch(m.found_at) END AS taken_after,
           CASE WHEN t.first_answer IS NOT NULL
                THEN epoch(greatest(t.first_answer, m.found_at)) - epoch(m.found_at) END AS answered_after,
           epoch($now::TIMESTAMPTZ) - epoch(m.found_at) AS age
    FROM standing s
    JOIN fact_match m ON m.post_id = s.post_id AND m.fact_id = s.fact_id
    JOIN fact f ON f.fact_id = s.fact_id
    LEFT JOIN steps t ON t.post_id = s.post_id AND t.fact_id = s.fact_id
    WHERE s.state NOT IN ('expired', 'unsure')),
chosen AS (SELECT * FROM handled WHERE found_day BETWEEN $start AND $end)"""

# The posts that contradict a fact, also where they were answered and then edited; not those that were found by mistake.
_SAID: Final = f"""newest AS (
    SELECT post_id, arg_max(decision, decision_id) AS decision, arg_max(reason, decision_id) AS reason,
           arg_max(lead, decision_id) AS lead
    FROM correction_decision WHERE fact_id = $fact_id GROUP BY post_id),
said AS (
    SELECT p.published_at, p.day
    FROM fact_match m
    JOIN post p ON p.post_id = m.post_id
    LEFT JOIN newest d ON d.post_id = m.post_id
    LEFT JOIN newest l ON d.decision = 'merged' AND l.post_id = d.lead
    WHERE m.fact_id = $fact_id
      AND (m.relation = 'contradicts' AND (m.score >= {SURE_CONTRADICTION} OR d.decision IS NOT NULL)
           OR d.decision IN ('answered', 'followed_up', 'merged'))
      AND NOT coalesce(coalesce(l.decision, d.decision) = 'dismissed'
                       AND starts_with(coalesce(l.reason, d.reason), 'wrong_match'), false))"""
# The answers that stand.
_ANSWERS: Final = """answers AS (
    SELECT decided_at, timezone('Europe/Oslo', decided_at)::DATE AS day
    FROM correction_decision d
    WHERE fact_id = $fact_id AND decision = 'answered' AND NOT EXISTS (
        SELECT 1 FROM correction_decision later
        WHERE later.post_id = d.post_id AND later.fact_id = d.fact_id AND later.decision = 'reopened'
          AND later.decision_id > d.decision_id))"""


def figures(cursor: Cursor, period: Period, within_hours: int, now: datetime, by: Group = "all") -> list[Figures]:
    """The work on what was found in a period, by week, month, fact or owner; weeks and months in their order, the
    others by how much was found."""
    order = "name" if by in ("week", "month") else "found DESC, name"
    found = _chosen(
        cursor,
        period,
        now,
        f"""SELECT {_GROUPS[by]} AS name, count(*) AS found, count(taken_at) AS taken, count(first_answer) AS answered,
                   count(*) FILTER (WHERE state = 'dismissed') AS dismissed, count(*) FILTER (WHERE waits) AS waiting,
                   count(*) FILTER (WHERE answered_after <= $within) AS within,
                   count(*) FILTER (WHERE first_answer IS NOT NULL OR (waits AND age > $within)) AS due,
                   quantile_cont(taken_after, 0.5) AS taken_median, quantile_cont(taken_after, 0.9) AS taken_ninth,
                   quantile_cont(answered_after, 0.5) AS answered_median,
                   quantile_cont(answered_after, 0.9) AS answered_ninth
            FROM chosen GROUP BY ALL HAVING count(*) > 0 ORDER BY {order}""",
        within=within_hours * 3600,
    )
    for r in found:
        r.update({name: _length(r[name]) for name in _LENGTHS})
    return [Figures(**r) for r in found]


def overdue(cursor: Cursor, within_hours: int, now: datetime) -> list[Overdue]:
    """What waits now, by state in the order of the work; states that nothing stands in are left out."""
    found = _chosen(
        cursor,
        _EVER,
        now,
        """SELECT state, count(*) AS waiting, count(*) FILTER (WHERE age > $within) AS overdue, min(found_at) AS oldest
           FROM chosen WHERE waits GROUP BY state""",
        within=within_hours * 3600,
    )
    by_state = {r["state"]: Overdue(**r) for r in found}
    return [by_state[state] for state in WAITING if state in by_state]


def follow_ups(cursor: Cursor, period: Period, now: datetime) -> dict[Outcome | Literal[""], int]:
    """What came of what was answered, by outcome; "" is what nobody has followed up yet."""
    found = _chosen(
        cursor,
        period,
        now,
        """SELECT coalesce(outcome, '') AS outcome, count(*) AS items
           FROM chosen WHERE first_answer IS NOT NULL GROUP BY ALL""",
    )
    counted = {r["outcome"]: r["items"] for r in found}
    known: tuple[Outcome | Literal[""], ...] = (*OUTCOMES, "")
    return {outcome: counted.get(outcome, 0) for outcome in known}


def dismissals(cursor: Cursor, period: Period, now: datetime) -> dict[str, int]:
    """Why items were not corrected, by the code of the reason, the most frequent first."""
    found = _chosen(
        cursor,
        period,
        now,
        """SELECT split_part(coalesce(reason, ''), ': ', 1) AS code, count(*) AS items
           FROM chosen WHERE state = 'dismissed' GROUP BY ALL ORDER BY items DESC, code""",
    )
    return {r["code"]: r["items"] for r in found}


def rumour(cursor: Cursor, fact_id: str, period: Period) -> list[RumourDay]:
    """How a rumour went, day by day; days without posts or answers are there with 0."""
    found = cursor.execute(
        f"""WITH {_SAID}, {_ANSWERS}
            SELECT d.day::DATE, coalesce(s.posts, 0), coalesce(a.answers, 0)
            FROM generate_series($start::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) d(day)
            LEFT JOIN (SELECT day, count(*) AS posts FROM said GROUP BY day) s ON s.day = d.day::DATE
            LEFT JOIN (SELECT day, count(*) AS answers FROM answers GROUP BY day) a ON a.day = d.day::DATE
            ORDER BY d.day""",
        {"fact_id": fact_id, "start": period.start, "end": period.end},
    ).fetchall()
    return [RumourDay(*row) for row in found]


def before_after(cursor: Cursor, fact_id: str, period: Period, now: datetime) -> BeforeAfter | None:
    """How much was said against a fact before and after its first answer in a period. None without an answer, or where
    it is too new to tell (`LEAST_COMPARED`)."""
    ((answered_at,),) = cursor.execute(
        f"WITH {_ANSWERS} SELECT min(decided_at) FROM answers WHERE day BETWEEN $start AND $end",
        {"fact_id": fact_id, "start": period.start, "end": period.end},
    ).fetchall()
    if answered_at is None or now - answered_at < LEAST_COMPARED:
        return None
    length = min(COMPARED, now - answered_at)
    ((before, after),) = cursor.execute(
        f"""WITH {_SAID}
            SELECT count(*) FILTER (WHERE published_at >= $from AND published_at < $answered_at),
                   count(*) FILTER (WHERE published_at >= $answered_at AND published_at < $until)
            FROM said""",
        {
            "fact_id": fact_id,
            "from": answered_at - length,
            "answered_at": answered_at,
            "until": answered_at + length,
        },
    ).fetchall()
    return BeforeAfter(answered_at.astimezone(UTC), length, before, after)


def _chosen(cursor: Cursor, period: Period, now: datetime, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query of the items that were found in a period."""
    return corrections.standing(
        cursor,
        now,
        f"{_HANDLED} {query}",
        {"now": now, "start": period.start, "end": period.end, **parameters},
    )


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))
