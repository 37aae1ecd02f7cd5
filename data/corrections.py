"""The correction queue: the posts that contradict a fact, and what people decided about them.

Posts with the same text against the same fact are one rumour: one of them, the lead, stands in the queue for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from collectors.post import Metrics
from data import facts, listening
from data.listening import PostView
from data.posts import oslo_day
from data.store import Cursor, offset, rows
from models.labels import SURE_CONTRADICTION, Fact, FactMatch, Span
from models.workflow import STATES, Decision, Outcome, State, same_person

Tab = State | Literal["due"]
"""A list of the queue: the items in a state, or those that wait to be followed up."""

FOLLOW_UP_AFTER: Final = timedelta(days=3)
"""How long after an answer somebody should see what came of it."""
GROWTH_HOURS: Final = 48
"""How far back the posts on a fact are counted for how fast it grows."""
WEEK: Final = timedelta(days=7)
DEADLINE_DAYS: Final = 14
"""From so many days before its fact's deadline an item is more urgent."""
LIKES, VIEWS = 5, 100
"""So many likes, or so many views, count as one share."""
LEAST_SEVERITY: Final = 0.1
GROWTH_WEIGHT: Final = 0.5
PASSED: Final = 0.5
"""What an item is worth whose fact's deadline has passed."""

HARM: Final = f"""score * greatest(severity, {LEAST_SEVERITY}) * (1 + ln(1 + reach))
    * (1 + {GROWTH_WEIGHT} * ln(1 + greatest(recent - 1, 0)))
    * (CASE WHEN deadline < $today THEN {PASSED}
            WHEN deadline <= $today + {DEADLINE_DAYS}
            THEN 1 + ({DEADLINE_DAYS} - date_diff('day', $today::DATE, deadline)) / {DEADLINE_DAYS} ELSE 1 END)"""
"""What orders the queue: harm = score · severity · reach · growth · deadline, the highest first.

score      how sure the matcher is, 0 to 1
severity   how far what is said lies from the fact, 0 to 1, at least `LEAST_SEVERITY`
reach      1 + ln(1 + reposts + quotes + replies + likes / `LIKES` + views / `VIEWS`), of the lead and its copies
growth     1 + `GROWTH_WEIGHT` · ln(1 + other posts that contradict the fact, of the last `GROWTH_HOURS` hours)
deadline   2 on the day that the fact tells, falling to 1 `DEADLINE_DAYS` days before it; `PASSED` after; 1 without one
"""


class DecidedMeanwhile(Exception):
    """Somebody else decided on the same item after it was shown; `by` and `decision` tell who and what."""

    def __init__(self, by: str, decision: str) -> None:
        super().__init__(f"{by}: {decision}")
        self.by = by
        self.decision = decision


class OwnDraft(Exception):
    """Who drafted a reply may not approve it."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision, with who, when and why."""

    decision_id: int
    revision: int
    """Of the post, as it was decided on."""
    decision: Decision
    reason: str
    """Of dismissed and sent_back; the note of followed_up."""
    reply_url: str
    decided_by: str
    decided_at: datetime
    assignee: str = ""
    draft: str = ""
    outcome: Outcome | Literal[""] = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a rumour has come. Counts of posts are of those that contradict the same fact, the item's own among
    them."""

    metrics: Metrics
    """Of the lead and what is merged into it, None where no platform tells."""
    last_48_hours: int
    last_7_days: int
    since_answer: int
    """0 where there is no answer."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the correction queue: a lead, with what it needs to be judged."""

    post: PostView
    parent: PostView | None
    """What the post answers, where we hold it."""
    fact: Fact
    successor: Fact | None
    match: FactMatch
    holds: bool
    """Whether the fact held when the post was published, and holds now."""
    state: State
    holder: str
    """Who has it: whom it was assigned to, or who drafted last; empty for nobody."""
    merged: int
    """Other posts that it is answered for."""
    spread: Spread
    history: tuple[DecisionRow, ...]
    """Oldest first."""

    @property
    def last_decision(self) -> int:
        return self.history[-1].decision_id if self.history else 0

    @property
    def drafted(self) -> DecisionRow | None:
        """The decision with the draft as it stands: drafted or approved; None where there is none."""
        for row in reversed(self.history):
            if row.decision == "reopened":
                return None
            if row.draft:
                return row
        return None

    @property
    def answered(self) -> DecisionRow | None:
        """The latest answer, where it stands."""
        if self.state not in ("answered", "followed_up"):
            return None
        return next((row for row in reversed(self.history) if row.decision == "answered"), None)


@dataclass(frozen=True, slots=True)
class Merged:
    """A post that its lead is answered for."""

    post: PostView
    last_decision: int
    """0 for none: it has the same text as the lead."""


_METRICS = ("replies", "reposts", "likes", "quotes", "views")
_BOTH = ", ".join(f"coalesce(i.{name} + c.{name}, i.{name}, c.{name}) AS {name}" for name in _METRICS)

_CLAIMS = f"relation = 'contradicts' AND (score >= {SURE_CONTRADICTION} OR begun)"
"""The posts that spread what is wrong, as far as the matcher or somebody is sure."""

# What contradicts a fact, and what somebody has decided on, whatever the matcher says of it by now. An early
# `confirmed` is an assignment to who confirmed.
#
# An item that nobody has decided on belongs to the head of its text: the earliest one, or one that somebody has begun
# with. Whoever was split off by hand is no head, and whoever was merged by hand leads its copies to the same lead. A
# lead that is no item any more, or that was itself merged, leads nothing: nobody's rumour is lost with it.
#
# Who dismissed a post has not dismissed what it says after an edit.
_ITEMS = f"""WITH decided AS (
    SELECT post_id, fact_id, arg_max(if(decision = 'confirmed', 'assigned', decision), decision_id) AS decision,
           arg_max(revision, decision_id) AS decided_on,
           arg_max(decided_at, decision_id) AS decided_at, arg_max(lead, decision_id) AS lead,
           max(decision_id) AS last_decision,
           coalesce(arg_max(CASE WHEN decision = 'assigned' THEN assignee
                                 WHEN decision IN ('drafted', 'confirmed') THEN decided_by
                                 WHEN decision = 'reopened' THEN '' END, decision_id), '') AS holder,
           arg_max(decision = 'split', decision_id) FILTER (WHERE decision IN ('merged', 'split')) AS apart
    FROM correction_decision GROUP BY post_id, fact_id),
led AS (
    SELECT d.post_id, d.fact_id, d.lead FROM decided d
    JOIN fact_match m ON m.post_id = d.lead AND m.fact_id = d.fact_id
    LEFT JOIN decided l ON l.post_id = d.lead AND l.fact_id = d.fact_id
    WHERE d.decision = 'merged' AND l.decision IS DISTINCT FROM 'merged'
      AND (m.relation = 'contradicts' OR l.decision IS NOT NULL)),
found AS (
    SELECT m.post_id, m.fact_id, m.relation, m.score, m.severity, m.deadline,
           p.published_at, p.day, p.story_id, p.replies, p.reposts, p.likes, p.quotes, p.views,
           d.decision, d.decided_on < p.revision AS edited, d.decided_at, d.last_decision, d.holder, d.apart, led.lead,
           m.holds AND coalesce(f.valid_to >= $today, true) AS holds_now,
           d.decision IS NOT NULL OR (m.post_id, m.fact_id) IN (SELECT (lead, fact_id) FROM led) AS begun
    FROM fact_match m
    JOIN post p ON p.post_id = m.post_id
    JOIN fact f ON f.fact_id = m.fact_id
    LEFT JOIN decided d ON d.post_id = m.post_id AND d.fact_id = m.fact_id
    LEFT JOIN led ON led.post_id = m.post_id AND led.fact_id = m.fact_id
    WHERE m.relation = 'contradicts' OR d.decision IS NOT NULL),
item AS (
    SELECT *, nullif(if(begun, lead, first_value(coalesce(lead, post_id)) OVER same_text), post_id) AS leads
    FROM found WINDOW same_text AS (
        PARTITION BY fact_id, story_id ORDER BY coalesce(apart, false), NOT begun, published_at, post_id)),
copies AS (
    SELECT leads, fact_id, count(*) AS merged, max(day) AS last_day, sum(replies) AS replies, sum(reposts) AS reposts,
           sum(likes) AS likes, sum(quotes) AS quotes, sum(views) AS views
    FROM item WHERE leads IS NOT NULL GROUP BY leads, fact_id),
growth AS (
    SELECT fact_id, count(*) FILTER (WHERE published_at > $now - INTERVAL {GROWTH_HOURS} HOUR) AS recent,
           count(*) FILTER (WHERE published_at > $now - INTERVAL {WEEK.days} DAY) AS last_7_days
    FROM found WHERE {_CLAIMS} GROUP BY fact_id),
counted AS (
    SELECT i.* REPLACE ({_BOTH}), coalesce(c.merged, 0) AS merged, greatest(i.day, c.last_day) AS last_day,
           coalesce(recent, 0) AS recent, coalesce(last_7_days, 0) AS last_7_days
    FROM item i
    LEFT JOIN copies c ON c.leads = i.post_id AND c.fact_id = i.fact_id
    LEFT JOIN growth g ON g.fact_id = i.fact_id
    WHERE i.leads IS NULL),
standing AS (
    SELECT *, coalesce(replies, 0) + coalesce(reposts, 0) + coalesce(quotes, 0) + coalesce(likes, 0) / {LIKES}
               + coalesce(views, 0) / {VIEWS} AS reach,
           CASE WHEN decision IS NULL OR decision IN ('reopened', 'split', 'merged')
                     OR (decision = 'dismissed' AND edited AND relation = 'contradicts')
                THEN CASE WHEN NOT holds_now THEN 'expired'
                          WHEN decision IS NULL AND score < {SURE_CONTRADICTION} THEN 'unsure' ELSE 'open' END
                WHEN decision = 'sent_back' THEN 'assigned' ELSE decision END AS state
    FROM counted)"""
_MATCHES = """SELECT m.*, p.parent_id FROM fact_match m JOIN post p ON p.post_id = m.post_id
              WHERE m.post_id = ANY($ids)"""
_DUE = f"state = 'answered' AND decided_at <= $now - INTERVAL {FOLLOW_UP_AFTER.days} DAY"
_HARMFUL_FIRST = f"{HARM} DESC, published_at DESC"
_ORDERS: dict[Tab, str] = {
    **dict.fromkeys(("answered", "followed_up", "dismissed"), "decided_at DESC"),
    "due": "decided_at",
}


def counts(cursor: Cursor, now: datetime, fact_id: str = "", holder: str = "") -> dict[Tab, int]:
    """How many items stand in each list of the queue, of one fact or one holder where they are given."""
    found = cursor.execute(
        f"""{_ITEMS} SELECT state, count(*), count(*) FILTER (WHERE {_DUE}) FROM standing
            WHERE ($fact_id = '' OR fact_id = $fact_id) AND ($holder = '' OR holder = $holder) GROUP BY state""",
        {**_times(now), "fact_id": fact_id, "holder": holder},
    ).fetchall()
    numbers: dict[Tab, int] = dict.fromkeys((*STATES, "due"), 0)
    numbers.update({state: number for state, number, _ in found})
    numbers["due"] = sum(due for *_, due in found)
    return numbers


def queue(
    cursor: Cursor,
    tab: Tab | None,
    now: datetime,
    number: int = 1,
    size: int = 25,
    fact_id: str = "",
    holder: str = "",
    start: date | None = None,
    end: date | None = None,
) -> list[Item]:
    """A page of the queue (None: of all of it): by `HARM`, what is closed by when it was closed. Optionally of one
    fact, of one holder, or of rumours that were said in some days."""
    return _items(
        cursor,
        now,
        f"""WHERE ($tab IS NULL OR state = $tab OR ($tab = 'due' AND {_DUE}))
              AND ($fact_id = '' OR fact_id = $fact_id) AND ($holder = '' OR holder = $holder)
              AND ($start IS NULL OR last_day >= $start) AND ($end IS NULL OR day <= $end)
            ORDER BY {_ORDERS.get(tab, _HARMFUL_FIRST) if tab else _HARMFUL_FIRST}, post_id, fact_id
            LIMIT $size OFFSET $offset""",
        {
            "tab": tab,
            "fact_id": fact_id,
            "holder": holder,
            "start": start,
            "end": end,
            "size": size,
            "offset": offset(number, size),
        },
    )


def item(cursor: Cursor, now: datetime, post_id: str, fact_id: str) -> Item | None:
    """One item as it stands; None where it is none, or merged into another."""
    found = _items(
        cursor,
        now,
        "WHERE post_id = $post_id AND fact_id = $fact_id",
        {"post_id": post_id, "fact_id": fact_id},
    )
    return found[0] if found else None


def merged(cursor: Cursor, now: datetime, post_id: str, fact_id: str, limit: int = 50) -> list[Merged]:
    """The posts that an item is answered for, oldest first."""
    found = _merged_into(cursor, now, post_id, fact_id)[:limit]
    posts = listening.posts(cursor, [post_id for post_id, _ in found])
    return [Merged(posts[post_id], last) for post_id, last in found]


def people(cursor: Cursor) -> list[str]:
    """Everybody who has decided on a correction, or was given one, by name."""
    found = cursor.execute(
        """SELECT DISTINCT trim(name) AS name FROM (
               SELECT decided_by AS name FROM correction_decision
               UNION ALL SELECT assignee FROM correction_decision WHERE assignee IS NOT NULL)
           WHERE trim(name) <> '' ORDER BY name"""
    ).fetchall()
    return [name for (name,) in found]


def standing(cursor: Cursor, now: datetime, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query that may ask `standing`: the items that no other is answered for, each with its `state`. The
    query goes on after a WITH."""
    return rows(cursor, f"{_ITEMS}, {query}", {**_times(now), **parameters})


def decide(
    cursor: Cursor,
    post_id: str,
    fact_id: str,
    decision: Decision,
    by: str,
    now: datetime,
    seen: int,
    reason: str = "",
    reply_url: str = "",
    *,
    assignee: str = "",
    draft: str = "",
    outcome: Outcome | Literal[""] = "",
    lead: str = "",
) -> None:
    """Add a decision. `seen` is the newest decision that was on the screen (0 for none). What is answered or dismissed
    is so for its copies, too; what is merged takes along what was merged into it.

    Raises DecidedMeanwhile when there is a newer decision, or when the lead was merged itself, so that nobody
    overwrites what they have not read; OwnDraft where somebody approves what they drafted.
    """
    history = _history(cursor, [post_id]).get((post_id, fact_id), ())
    if history and history[-1].decision_id > seen:
        raise DecidedMeanwhile(history[-1].decided_by, history[-1].decision)
    drafted = next((row for row in reversed(history) if row.decision == "drafted"), None)
    if decision == "approved" and drafted and same_person(drafted.decided_by, by):
        raise OwnDraft
    if decision == "merged":
        of_lead = _history(cursor, [lead]).get((lead, fact_id), ())
        if of_lead and of_lead[-1].decision == "merged":
            raise DecidedMeanwhile(of_lead[-1].decided_by, "merged")
    also = _merged_into(cursor, now, post_id, fact_id) if decision in ("answered", "dismissed", "merged") else []
    _add(
        cursor,
        [post_id],
        fact_id,
        by,
        now,
        decision=decision,
        reason=reason,
        reply_url=reply_url,
        assignee=assignee,
        draft=draft,
        outcome=outcome,
        lead=lead,
    )
    moved = [other for other, last in also if decision == "merged" or not last]
    _add(cursor, moved, fact_id, by, now, decision="merged", lead=lead if decision == "merged" else post_id)


def _add(cursor: Cursor, post_ids: Sequence[str], fact_id: str, by: str, now: datetime, **values: str) -> None:
    """Add the same decision on some posts, as they read now."""
    columns = ("decision", "reason", "reply_url", "assignee", "draft", "outcome", "lead")
    cursor.execute(
        f"""INSERT INTO correction_decision
                (decision_id, post_id, fact_id, revision, decided_by, decided_at, {", ".join(columns)})
            SELECT nextval('decision_number'), post_id, $fact_id, revision, $by, $now,
                   {", ".join(f"${name}" for name in columns)}
            FROM post WHERE post_id = ANY($ids)""",
        {
            "ids": list(post_ids),
            "fact_id": fact_id,
            "by": by,
            "now": now,
            **{name: values.get(name, "") for name in columns},
        },
    )


def _merged_into(cursor: Cursor, now: datetime, post_id: str, fact_id: str) -> list[tuple[str, int]]:
    """The posts that an item is answered for, oldest first, each with its newest decision (0 for none)."""
    return cursor.execute(
        f"""{_ITEMS} SELECT post_id, coalesce(last_decision, 0) FROM item
            WHERE leads = $post_id AND fact_id = $fact_id ORDER BY published_at, post_id""",
        {**_times(now), "post_id": post_id, "fact_id": fact_id},
    ).fetchall()


def _items(cursor: Cursor, now: datetime, condition: str, parameters: dict[str, Any]) -> list[Item]:
    """The items that a condition on `standing` gives, in its order."""
    chosen = rows(
        cursor,
        f"""{_ITEMS} SELECT post_id, fact_id, holds_now, state, coalesce(holder, '') AS holder, merged, recent,
                            last_7_days, replies, reposts, likes, quotes, views FROM standing {condition}""",
        {**_times(now), **parameters},
    )
    # The texts and the details are read for these alone.
    ids = [r["post_id"] for r in chosen]
    matches = {(m.pop("post_id"), m["fact_id"]): m for m in rows(cursor, _MATCHES, {"ids": ids})}
    by_id = {f.id: f for f in facts.register(cursor)}
    posts = listening.posts(cursor, [*ids, *(m["parent_id"] for m in matches.values() if m["parent_id"])])
    history = _history(cursor, ids)
    since = _since_answer(cursor, ids)
    return [
        Item(
            post=posts[r["post_id"]],
            parent=posts.get(m["parent_id"]),
            fact=by_id[r["fact_id"]],
            successor=by_id.get(by_id[r["fact_id"]].successor),
            match=FactMatch(
                m["fact_id"],
                m["relation"],
                m["score"],
                _span(m["post_start"], m["post_end"]),
                _span(m["fact_start"], m["fact_end"]),
                m["matcher_version"],
                m["holds"],
                m["severity"],
                m["deadline"] and m["deadline"].isoformat(),
            ),
            holds=r["holds_now"],
            state=r["state"],
            holder=r["holder"],
            merged=r["merged"],
            spread=Spread(
                Metrics(*(_whole(r[name]) for name in _METRICS)),
                r["recent"],
                r["last_7_days"],
                since.get((r["post_id"], r["fact_id"]), 0),
            ),
            history=history.get((r["post_id"], r["fact_id"]), ()),
        )
        for r in chosen
        for m in [matches[r["post_id"], r["fact_id"]]]
    ]


def _since_answer(cursor: Cursor, post_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many posts contradict a fact since these posts were answered, by post and fact; none where nothing was."""
    found = cursor.execute(
        """SELECT answer.post_id, answer.fact_id, count(*)
           FROM (SELECT post_id, fact_id, max(decided_at) AS at FROM correction_decision
                 WHERE decision = 'answered' AND post_id = ANY($ids) GROUP BY post_id, fact_id) answer
           JOIN fact_match m ON m.fact_id = answer.fact_id AND m.relation = 'contradicts'
           JOIN post p ON p.post_id = m.post_id AND p.published_at > answer.at
           GROUP BY answer.post_id, answer.fact_id""",
        {"ids": list(post_ids)},
    ).fetchall()
    return {(post_id, fact_id): number for post_id, fact_id, number in found}


def _history(cursor: Cursor, post_ids: Sequence[str]) -> dict[tuple[str, str], tuple[DecisionRow, ...]]:
    """What was decided on these posts, by post and fact, oldest first."""
    found: dict[tuple[str, str], tuple[DecisionRow, ...]] = {}
    for d in rows(
        cursor,
        """SELECT decision_id, post_id, fact_id, revision, reason, reply_url, decided_by, decided_at, draft, outcome,
                  lead, CASE decision WHEN 'confirmed' THEN 'assigned' ELSE decision END AS decision,
                  CASE decision WHEN 'confirmed' THEN decided_by ELSE assignee END AS assignee
           FROM correction_decision WHERE post_id = ANY($ids) ORDER BY decision_id""",
        {"ids": list(post_ids)},
    ):
        key = (d.pop("post_id"), d.pop("fact_id"))
        found[key] = (*found.get(key, ()), DecisionRow(**d))
    return found


def _times(now: datetime) -> dict[str, Any]:
    return {"now": now, "today": oslo_day(now)}


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _span(start: int | None, end: int | None) -> Span | None:
    return Span(start, end) if start is not None and end is not None else None
