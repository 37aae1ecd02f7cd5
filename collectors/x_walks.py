"""Walks through what X lists newest first, page by page, as far as the budget of the day allows; see `windows`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from collectors import budget
from collectors.api import Answer, Declined
from collectors.budget import Portion
from collectors.errand import Refused
from collectors.ledger import Ledger
from collectors.post import Budget, Post, Problem, RawAnswer, Spent, Uncovered
from collectors.windows import Window, after_page, finished
from collectors.x_posts import Page, complaint, read_page, time_of

MAX_PAGES = 10
"""That one poll asks for. What is left, the next one takes up."""
LARGEST_PAGE = 100
FIRST_WALK = timedelta(hours=24)
"""How far back what is new is asked for."""
HORIZON = timedelta(days=7) - timedelta(minutes=5)
"""How far back recent search goes, with some minutes for the clocks."""
MOST_MENTIONS = 800
"""So many of an account X gives, the newest."""
SETTLED = timedelta(minutes=2)
"""X answers with what is older than half a minute, and may list a post some time after it was written."""

_LATEST_START = timedelta(minutes=1)
"""Before now: X refuses a start that is later."""
_NOT_GIVEN = Problem("window_too_old")


@dataclass(frozen=True, slots=True)
class Lane:
    """One thing that is walked through: a query, or the mentions."""

    key: str
    ask: Callable[..., Answer]
    """With the size of the page, its token, and `since_id` or `start_time`."""
    portion: Portion
    smallest_page: int
    horizon: timedelta | None = None
    """How far back it can be asked for."""
    most: int | None = None
    """How many of the newest X gives at all."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a lane was read. Times are ISO 8601."""

    window: Window
    covered: str
    """All from before this was read."""
    until: str = ""
    """Of the walk under way: what `covered` becomes when it is done."""
    start: str = ""
    """Of the walk under way: the time that it goes back to; "" where it goes back to the id that was reached."""
    low: str = ""
    """Of the walk under way: the time that it has come back to."""
    read: int = 0
    """Of the walk under way: how many it has read."""

    @classmethod
    def of(cls, kept: object, begin: datetime) -> Walk:
        """A walk as the cursor has it; a new one begins at `begin`."""
        if not isinstance(kept, Mapping):
            return cls(Window(), begin.isoformat())
        known = {name: value for name, value in kept.items() if name in cls.__slots__}
        return cls(**{**known, "window": Window.of(kept.get("window"))})

    def kept(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Gathered:
    """What a poll has come to so far. The walks are never ahead of the posts."""

    source: str
    budget: Budget
    now: datetime
    ledger: Ledger
    walks: dict[str, Walk] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    raw: list[RawAnswer] = field(default_factory=list)
    gaps: list[Uncovered] = field(default_factory=list)
    pages: int = 0
    seen: int = 0
    opted_out: int = 0
    warning: Problem | None = None

    def take(self, page: Page, raw: RawAnswer) -> None:
        """Keep what came with a page, and of each post its latest version."""
        self.pages += 1
        self.raw.append(raw)
        self.seen += page.seen
        self.opted_out += page.opted_out
        self.warning = self.warning or page.warning
        for post in page.posts:
            held = self.posts.get(post.native_id)
            if held is None or int(held.server_id) <= int(post.server_id):
                self.posts[post.native_id] = post

    def note_gap(self, start: str, end: str) -> None:
        """Note that X does not give what lies between two times, if anything does."""
        if datetime.fromisoformat(start) < datetime.fromisoformat(end):
            self.gaps.append(Uncovered(datetime.fromisoformat(start), datetime.fromisoformat(end), _NOT_GIVEN))


class QueryRefused(Refused):
    """X does not understand a query; the others may be good."""


def begin(cursor: Mapping[str, Any], lanes: Iterable[Lane], now: datetime) -> dict[str, Walk]:
    """How far each lane was read. A new one begins a day ago, or where those that are asked for no more had come to."""
    first = now - FIRST_WALK
    kept = cursor.get("walks")
    kept = kept if isinstance(kept, dict) else {}
    keys = [lane.key for lane in lanes]
    left = [datetime.fromisoformat(Walk.of(walk, first).covered) for key, walk in kept.items() if key not in keys]
    return {key: Walk.of(kept.get(key), min([first, *left])) for key in keys}


def walk_all(lanes: Iterable[Lane], gathered: Gathered) -> bool:
    """Walk each as far as pages and budget allow, first what was not read for longest. Returns whether all are done.

    Raises Refused and FetchError, with all in `gathered` that was read before.
    """
    refused: QueryRefused | None = None
    done = True
    for lane in sorted(lanes, key=lambda lane: gathered.walks[lane.key].covered):
        try:
            done = _walk(lane, gathered) and done
        except QueryRefused as error:
            refused = error
    if refused:
        raise refused
    return done


def budget_spent(spent: Spent) -> Problem:
    """That the budget of the day has no room for more."""
    return Problem("budget_spent", {"posts": str(spent.posts), "nok": _kroner(spent)})


def used_up(limits: Budget, spent: Spent, portion: Portion, smallest: int) -> Problem:
    """The same of a page, where another day's budget has room for one."""
    if budget.page_size(limits, Spent(), portion, smallest, LARGEST_PAGE):
        return budget_spent(spent)
    least = budget.most(limits, portion, smallest)
    return Problem("x_budget_too_small", {"posts": str(least.posts), "nok": _kroner(least)})


def _walk(lane: Lane, gathered: Gathered) -> bool:
    """Walk from now back to what was reached, or on from where the last poll stopped. Returns whether that is done."""
    limit = gathered.now - lane.horizon if lane.horizon else None
    while gathered.pages < MAX_PAGES:
        walk = gathered.walks[lane.key]
        is_first = not walk.window.under_way
        if is_first:
            walk = _begun(walk, limit, gathered.now)
        spent = gathered.ledger.spent
        size = budget.page_size(gathered.budget, spent, lane.portion, lane.smallest_page, LARGEST_PAGE)
        if not size:
            problem = used_up(gathered.budget, spent, lane.portion, lane.smallest_page)
            raise Refused(problem, budget.until_midnight(gathered.now))
        since = _back_to(walk, limit)
        try:
            with gathered.ledger.asking(budget.most(gathered.budget, lane.portion, size)) as costs:
                answer = lane.ask(size, walk.window.token, **since)
                page = read_page(answer.data, gathered.source, gathered.now, answer.raw.sha256)
                costs(budget.cost(gathered.budget, page.posts_read, page.users_read))
        except Declined as declined:
            if declined.status != 400:
                raise
            if not is_first:  # the rest of it can not be had any more
                gathered.note_gap(walk.covered, walk.low or walk.until)
                gathered.walks[lane.key] = _done(walk, finished(walk.window))
                return False
            if "since_id" not in since:
                raise QueryRefused(Problem("x_query_refused", {"detail": complaint(declined.data)})) from None
            gathered.walks[lane.key] = replace(walk, window=Window())  # next, back to a time instead of an id
            continue
        gathered.take(page, answer.raw)
        if is_first and walk.start:
            gathered.note_gap(walk.covered, walk.start)
        gathered.walks[lane.key] = walk = _after(walk, page)
        if not walk.window.under_way:
            if page.token or (lane.most is not None and walk.read >= lane.most):  # it should have led on
                gathered.note_gap(walk.covered, walk.low)
            gathered.walks[lane.key] = _done(walk, walk.window)
            return True
    return False


def _begun(walk: Walk, limit: datetime | None, now: datetime) -> Walk:
    """A walk from now: back to the id that was reached, or to a time where that id is too old to be asked for."""
    start = ""
    if not _may_ask_since(walk.window.reached, limit):
        covered = datetime.fromisoformat(walk.covered)
        start = min(max(covered, limit or covered), now - _LATEST_START).isoformat()
    return replace(walk, until=(now - SETTLED).isoformat(), start=start, low="", read=0)


def _back_to(walk: Walk, limit: datetime | None) -> dict[str, str | datetime]:
    """Up to where a page is asked for; nothing where that has become too old while the walk was under way."""
    if not walk.start:
        return {"since_id": str(walk.window.reached)} if _may_ask_since(walk.window.reached, limit) else {}
    start = datetime.fromisoformat(walk.start)
    return {"start_time": start} if limit is None or start >= limit else {}


def _may_ask_since(reached: int, limit: datetime | None) -> bool:
    when = time_of(reached)
    return bool(reached) and (limit is None or (when is not None and when >= limit))


def _after(walk: Walk, page: Page) -> Walk:
    """The walk after a page."""
    oldest = time_of(min(page.positions, default=0))
    return replace(
        walk,
        window=after_page(walk.window, page.positions, page.token),
        low=oldest.isoformat() if oldest else walk.low or walk.until,
        read=walk.read + page.seen,
    )


def _done(walk: Walk, window: Window) -> Walk:
    return Walk(window, covered=walk.until)


def _kroner(spent: Spent) -> str:
    return f"{spent.nok:.2f}".replace(".", ",")
