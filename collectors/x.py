"""X: recent search by hashtags and keywords, and what mentions the account. Off until the body has agreed to X's terms.

Everything costs, so each page is asked for only where the budget of the day has room for all that it may come to.
https://docs.x.com/x-api/posts/search/introduction, https://docs.x.com/x-api/posts/timelines/introduction
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors import budget
from collectors.api import Answer, Declined
from collectors.budget import Portion
from collectors.errand import Errand, Refused
from collectors.post import (
    HeldPost,
    LookedUp,
    Polled,
    Post,
    Problem,
    RawAnswer,
    Source,
    SourceState,
    Spent,
    Uncovered,
    digest,
)
from collectors.standing import failed, succeeded
from collectors.text import tag
from collectors.urls import host_of
from collectors.web import FetchError
from collectors.windows import Window, after_page, finished
from collectors.x_api import Api
from collectors.x_posts import Page, complaint, count_in, read_page, time_of, user_in

TERMS = "enterprise"
MAX_QUERY = 512
"""Characters of a query to recent search."""
MAX_PAGES = 10
"""That one poll asks for. What is left, the next one takes up."""
LARGEST_PAGE = 100
FIRST_WALK = timedelta(hours=24)
"""How far back a new query is asked for."""
SEARCHED_DAYS = 7
HORIZON = timedelta(days=SEARCHED_DAYS) - timedelta(minutes=5)
"""How far back recent search goes, with some minutes for the clocks."""
SETTLED = timedelta(seconds=30)
"""X answers with what is older than this."""
INTERVAL = timedelta(hours=1)
"""Where none is configured."""
SOON = timedelta(minutes=1)

_NO_RETWEETS = "-is:retweet"
_WORD = re.compile(r"(?!(?:OR|AND)$)\w+", re.IGNORECASE)
_ACCOUNT = re.compile(r"\w{1,15}", re.ASCII)
_BROKEN_OFF = frozenset(
    {"answer_cut_short", "answer_too_large", "answer_unreadable", "encoding_unknown", "read_timeout", "total_timeout"}
)
"""An answer that we did not get to the end of is charged all the same."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How far one query, or the mentions, were read. Times are ISO 8601."""

    window: Window
    covered: str
    """All from before this was read."""
    until: str = ""
    """Of the walk under way: what `covered` becomes when it is done."""
    start: str = ""
    """Of the walk under way: the time that it goes back to; "" where it goes back to the id that was reached."""
    low: str = ""
    """Of the walk under way: the time that it has come back to."""

    @classmethod
    def of(cls, kept: object, begin: datetime) -> Walk:
        """A walk as the cursor has it; a new one begins at `begin`."""
        if not isinstance(kept, Mapping):
            return cls(Window(), begin.isoformat())
        return cls(**{**kept, "window": Window.of(kept.get("window"))})

    def kept(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Gathered:
    """What a poll has come to so far. The walks are never ahead of the posts."""

    spent: Spent
    """Of the day, with what was spent before this poll."""
    walks: dict[str, Walk]
    posts: dict[str, Post] = field(default_factory=dict)
    raw: list[RawAnswer] = field(default_factory=list)
    gaps: list[Uncovered] = field(default_factory=list)
    pages: int = 0
    seen: int = 0
    opted_out: int = 0
    warning: Problem | None = None

    def take(self, page: Page, raw: RawAnswer) -> None:
        self.raw.append(raw)
        self.seen += page.seen
        self.opted_out += page.opted_out
        self.warning = self.warning or page.warning
        for post in page.posts:
            held = self.posts.get(post.native_id)
            if held is None or int(held.server_id) <= int(post.server_id):
                self.posts[post.native_id] = post


@dataclass(frozen=True, slots=True)
class _Lane:
    """One thing that is walked through: a query, or the mentions."""

    key: str
    ask: Callable[..., Answer]
    """With the size of the page, its token, and `since_id` or `start_time`."""
    portion: Portion
    smallest_page: int
    horizon: timedelta | None
    """How far back it can be asked for."""


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask X once. Raises Refused where the source is not set up so that X may be asked."""
    if source.terms != TERMS:
        raise Refused(Problem("terms_missing"))
    asked = queries(source)
    if not asked and not source.mentions:
        raise Refused(Problem("x_nothing_to_ask"))
    api = Api(errand, source.url)
    cursor = dict(state.cursor)
    gathered = _Gathered(errand.spent, {})
    problem: Problem | None = None
    wait: timedelta | None = None
    done = False
    try:
        lanes = [
            _Lane(digest("search", query), _searching(api, query), budget.SEARCHED, 10, HORIZON) for query in asked
        ]
        if source.mentions:
            user = _user(source, api, cursor, gathered, errand.now)
            lanes.append(_Lane(digest("mentions", user), _mentioning(api, user), budget.MENTION, 5, None))
        gathered.walks = _walks(cursor, lanes, errand.now)
        _count(asked, source, api, cursor, gathered, errand.now)
        done = _walk_all(lanes, source, gathered, errand.now)
    except (Refused, FetchError) as error:
        problem = error.problem
        wait = error.retry_after if isinstance(error, Refused) else None
    if gathered.walks:  # else nothing is known yet that the old cursor does not say
        cursor["walks"] = {key: walk.kept() for key, walk in gathered.walks.items()}

    if problem:
        ended = replace(failed(source, state, problem, errand.now, errand.jitter, wait), cursor=cursor)
    else:
        at_least = timedelta(0) if source.interval_minutes else INTERVAL
        ended = succeeded(source, state, cursor, errand.now, errand.jitter, gathered.warning, at_least)
        ended = ended if done else replace(ended, next_due=errand.now + SOON)
    return Polled(
        ended,
        tuple(sorted(gathered.posts.values(), key=lambda post: int(post.server_id))),
        gathered.seen,
        ok=problem is None,
        raw=tuple(gathered.raw),
        gaps=tuple(gathered.gaps),
        opted_out=gathered.opted_out,
        spent=_since(errand.spent, gathered.spent),
    )


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """Ask how held posts stand now. Gone is what X says is gone, or leaves out of an answer that is good otherwise."""
    if source.terms != TERMS:
        raise Refused(Problem("terms_missing"))
    api = Api(errand, source.url)
    spent = errand.spent
    gone: dict[str, str] = {}
    posts: list[Post] = []
    raw: list[RawAnswer] = []
    problem: Problem | None = None
    waiting = [(post.server_id or post.native_id, post) for post in held]
    waiting = [(asked, post) for asked, post in waiting if asked.isascii() and asked.isdecimal()]
    edited: set[str] = set()
    while waiting:
        size = budget.page_size(source.budget, spent, budget.LOOKED_UP, 1, LARGEST_PAGE)
        if not size:
            problem = _used_up(source, spent, budget.LOOKED_UP, 1)
            break
        chunk, waiting = waiting[:size], waiting[size:]
        try:
            answer = api.posts(list(dict.fromkeys(asked for asked, _ in chunk)))
        except (Refused, FetchError) as error:
            if error.problem.code in _BROKEN_OFF:
                spent += budget.most(source.budget, budget.LOOKED_UP, len(chunk))
            problem = error.problem
            break
        page = read_page(answer.data, source.name, errand.now, answer.raw.sha256)
        spent += budget.cost(source.budget, page.posts_read, page.users_read)
        raw.append(answer.raw)
        problem = problem or page.warning
        if not page.seen and not page.gone:
            problem = problem or Problem("answer_unexpected", {"host": host_of(source.url)})
            break
        found = {post.server_id: post for post in page.posts}
        for asked, post in chunk:
            if asked in found:
                posts.append(replace(found[asked], native_id=post.native_id))
            elif (latest := page.superseded.get(asked)) and asked not in edited:
                edited.add(latest)
                waiting.append((latest, post))
            elif asked in page.gone:
                gone[post.post_id] = page.gone[asked]
            elif not page.unclear and int(asked) not in page.positions and asked not in page.failed:
                gone[post.post_id] = "absent"
    return LookedUp(gone, tuple(posts), tuple(raw), _since(errand.spent, spent), problem)


def queries(source: Source) -> list[str]:
    """The hashtags and keywords as queries, as few as X's limit allows. Raises Refused for one that is too long.

    X finds the very words: keywords are not inflected there, so that each form must be a keyword of its own.
    """
    terms = [f"#{tag(name)}" for name in source.hashtags if tag(name)]
    for keyword in source.keywords:
        word = " ".join(keyword.replace("*", " ").replace('"', " ").split())
        if word.startswith("#") and tag(word):
            terms.append(f"#{tag(word)}")
        elif any(sign.isalnum() for sign in word):
            terms.append(word if _WORD.fullmatch(word) else f'"{word}"')
    found: list[str] = []
    part: list[str] = []
    for term in dict.fromkeys(terms):
        if len(_query([term])) > MAX_QUERY:
            raise Refused(Problem("x_word_too_long", {"word": term[:40], "limit": str(MAX_QUERY)}))
        if part and len(_query([*part, term])) > MAX_QUERY:
            found.append(_query(part))
            part = []
        part.append(term)
    return [*found, _query(part)] if part else found


def _query(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)}) {_NO_RETWEETS}"


def _searching(api: Api, query: str) -> Callable[..., Answer]:
    return lambda size, token, **since: api.search(query, size, token, **since)


def _mentioning(api: Api, user: str) -> Callable[..., Answer]:
    return lambda size, token, **since: api.mentions(user, size, token, **since)


def _user(source: Source, api: Api, cursor: dict[str, Any], gathered: _Gathered, now: datetime) -> str:
    """The account's id, asked for once. Raises Refused where X knows no such account."""
    known = cursor.get("user")
    if isinstance(known, dict) and known.get("account") == source.account and isinstance(known.get("id"), str):
        return str(known["id"])
    unknown = Refused(Problem("x_account_unknown", {"account": source.account[:40]}))
    name = source.account.removeprefix("@")
    if not _ACCOUNT.fullmatch(name):
        raise unknown
    price = budget.cost(source.budget, users=1)
    if not budget.fits(source.budget, gathered.spent, price):
        raise Refused(_spent_problem(gathered.spent), budget.until_midnight(now))
    try:
        answer = api.user(name)
    except Declined as declined:
        if declined.status in (400, 404):
            raise unknown from None
        raise
    user = user_in(answer.data)
    gathered.spent += price if user else budget.cost(source.budget)
    if not user:
        raise unknown
    cursor["user"] = {"account": source.account, "id": user}
    return user


def _walks(cursor: Mapping[str, Any], lanes: Iterable[_Lane], now: datetime) -> dict[str, Walk]:
    """How far each was read. What is new begins a day ago, or where what is asked for no more had come to."""
    begin = now - FIRST_WALK
    kept = cursor.get("walks")
    kept = kept if isinstance(kept, dict) else {}
    keys = [lane.key for lane in lanes]
    left = [datetime.fromisoformat(Walk.of(walk, begin).covered) for key, walk in kept.items() if key not in keys]
    begin = min([begin, *left])
    return {key: Walk.of(kept.get(key), begin) for key in keys}


def _count(
    asked: Iterable[str], source: Source, api: Api, cursor: dict[str, Any], gathered: _Gathered, now: datetime
) -> None:
    """Once a day, let X count what the queries hit in a day: what the day is likely to cost follows from it."""
    today, counted = now.astimezone(UTC).date().isoformat(), cursor.get("counted")
    if isinstance(counted, dict) and counted.get("day") == today:
        return
    total: int | None = 0
    price = budget.cost(source.budget, counts=1)
    for query in asked:
        if total is None or not budget.fits(source.budget, gathered.spent, price):
            return
        try:
            answer = api.count(query, now - budget.DAY)
        except Refused:  # not every contract has counts, and what else is wrong the search will tell
            total = None
            break
        gathered.spent += price
        found = count_in(answer.data)
        total = None if found is None else total + found
    cursor["counted"] = {"day": today, "posts": total}


def _walk_all(lanes: Iterable[_Lane], source: Source, gathered: _Gathered, now: datetime) -> bool:
    """Walk each as far as pages and budget allow, first what was not read for longest. Returns whether all are done.

    Raises Refused and FetchError, with all in `gathered` that was read before.
    """
    refused: Refused | None = None
    done = True
    for lane in sorted(lanes, key=lambda lane: gathered.walks[lane.key].covered):
        try:
            done = _walk(lane, source, gathered, now) and done
        except _QueryRefused as error:  # the others may be good
            refused = error
    if refused:
        raise refused
    return done


class _QueryRefused(Refused):
    """X does not understand a query."""


def _walk(lane: _Lane, source: Source, gathered: _Gathered, now: datetime) -> bool:
    """Walk from now back to what was reached, or on from where the last poll stopped. Returns whether that is done."""
    limit = now - lane.horizon if lane.horizon else None
    while gathered.pages < MAX_PAGES:
        walk = gathered.walks[lane.key]
        before = walk.window
        if not before.under_way:
            walk = _begun(walk, limit, now)
        size = budget.page_size(source.budget, gathered.spent, lane.portion, lane.smallest_page, LARGEST_PAGE)
        if not size:
            problem = _used_up(source, gathered.spent, lane.portion, lane.smallest_page)
            raise Refused(problem, budget.until_midnight(now))
        since = _back_to(walk, limit)
        try:
            answer = lane.ask(size, before.token, **since)
        except Declined as declined:
            if declined.status != 400:
                raise
            if before.under_way:  # the rest of it can not be had any more
                _note_gap(gathered, walk)
                gathered.walks[lane.key] = _done(walk, finished(before))
                return False
            if "since_id" not in since:
                raise _QueryRefused(Problem("x_query_refused", {"detail": complaint(declined.data)})) from None
            gathered.walks[lane.key] = replace(walk, window=Window())  # next, back to a time instead of an id
            continue
        except FetchError as error:
            if error.problem.code in _BROKEN_OFF:
                gathered.spent += budget.most(source.budget, lane.portion, size)
            raise
        gathered.pages += 1
        page = read_page(answer.data, source.name, now, answer.raw.sha256)
        gathered.spent += budget.cost(source.budget, page.posts_read, page.users_read)
        gathered.take(page, answer.raw)
        if not before.under_way and walk.start and limit and datetime.fromisoformat(walk.covered) < limit:
            gathered.gaps.append(
                Uncovered(datetime.fromisoformat(walk.covered), datetime.fromisoformat(walk.start), _TOO_OLD)
            )
            walk = replace(walk, covered=walk.start)
        oldest = time_of(min(page.positions, default=0))
        walk = replace(walk, low=oldest.isoformat() if oldest else walk.low)
        window = after_page(before, page.positions, page.token)
        if window.under_way:
            gathered.walks[lane.key] = replace(walk, window=window)
            continue
        if page.token:  # it leads nowhere
            _note_gap(gathered, walk)
        gathered.walks[lane.key] = _done(walk, window)
        return True
    return False


_TOO_OLD = Problem("window_too_old", {"days": str(SEARCHED_DAYS)})


def _begun(walk: Walk, limit: datetime | None, now: datetime) -> Walk:
    """A walk from now: back to the id that was reached, or to a time where that id is too old to be asked for."""
    start = ""
    if not _may_ask_since(walk.window.reached, limit):
        covered = datetime.fromisoformat(walk.covered)
        start = min(max(covered, limit or covered), now - SOON).isoformat()
    return replace(walk, until=(now - SETTLED).isoformat(), start=start, low="")


def _back_to(walk: Walk, limit: datetime | None) -> dict[str, str | datetime]:
    """Up to where a page is asked for; nothing where that has become too old while the walk was under way."""
    if not walk.start:
        return {"since_id": str(walk.window.reached)} if _may_ask_since(walk.window.reached, limit) else {}
    start = datetime.fromisoformat(walk.start)
    return {"start_time": start} if limit is None or start >= limit else {}


def _may_ask_since(reached: int, limit: datetime | None) -> bool:
    when = time_of(reached)
    return bool(reached) and (limit is None or (when is not None and when >= limit))


def _done(walk: Walk, window: Window) -> Walk:
    return Walk(window, covered=walk.until or walk.covered)


def _note_gap(gathered: _Gathered, walk: Walk) -> None:
    """Note what a walk that ends too early did not come back to."""
    start, end = datetime.fromisoformat(walk.covered), datetime.fromisoformat(walk.low or walk.until)
    if start < end:
        gathered.gaps.append(Uncovered(start, end, _TOO_OLD))


def _used_up(source: Source, spent: Spent, portion: Portion, smallest: int) -> Problem:
    """That the budget of the day has no room for another page, or of no day for a single one."""
    if not budget.page_size(source.budget, Spent(), portion, smallest, LARGEST_PAGE):
        least = budget.most(source.budget, portion, smallest)
        return Problem("x_budget_too_small", {"posts": str(least.posts), "nok": _kroner(least)})
    return _spent_problem(spent)


def _spent_problem(spent: Spent) -> Problem:
    return Problem("budget_spent", {"posts": str(spent.posts), "nok": _kroner(spent)})


def _kroner(spent: Spent) -> str:
    return f"{spent.nok:.2f}".replace(".", ",")


def _since(before: Spent, after: Spent) -> Spent:
    return Spent(after.requests - before.requests, after.posts - before.posts, after.nok - before.nok)
