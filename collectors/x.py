"""X: recent search by hashtags and keywords, and what mentions the account. Off until the body has agreed to X's terms.

Everything costs, so each page is asked for only where the budget of the day has room for all that it may come to.
https://docs.x.com/x-api/posts/search/introduction, https://docs.x.com/x-api/posts/timelines/introduction
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from collectors import budget
from collectors.api import Answer, Declined
from collectors.errand import Errand, Refused
from collectors.ledger import Ledger
from collectors.post import HeldPost, LookedUp, Polled, Post, Problem, RawAnswer, Source, SourceState, digest
from collectors.standing import failed, succeeded
from collectors.text import tag
from collectors.urls import host_of
from collectors.web import FetchError
from collectors.x_api import Api
from collectors.x_posts import count_in, read_page, user_in
from collectors.x_walks import (
    HORIZON,
    LARGEST_PAGE,
    MOST_MENTIONS,
    Gathered,
    Lane,
    QueryRefused,
    begin,
    budget_spent,
    used_up,
    walk_all,
)

TERMS = "enterprise"
MAX_QUERY = 512
"""Characters of a query to recent search."""
INTERVAL = timedelta(hours=1)
"""Where none is configured."""
SOON = timedelta(minutes=1)

_NO_RETWEETS = "-is:retweet"
_WORD = re.compile(r"(?!(?:OR|AND)$)\w+", re.IGNORECASE)
_ACCOUNT = re.compile(r"\w{1,15}", re.ASCII)


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask X once. Raises Refused where the source is not set up so that X may be asked."""
    if source.terms != TERMS:
        raise Refused(Problem("terms_missing"))
    asked = queries(source)
    if not asked and not source.mentions:
        raise Refused(Problem("x_nothing_to_ask"))
    api = Api(errand, source.url)
    cursor = dict(state.cursor)
    usual = timedelta(minutes=source.interval_minutes) if source.interval_minutes else INTERVAL
    gathered = Gathered(source.name, source.budget, errand.now, Ledger(errand))
    problem: Problem | None = None
    wait: timedelta | None = None
    done = False
    try:
        lanes = [Lane(digest("search", q), _searching(api, q), budget.SEARCHED, 10, HORIZON) for q in asked]
        if source.mentions:
            user = _user(source.account, api, cursor, gathered)
            key = digest("mentions", user)
            lanes.append(Lane(key, _mentioning(api, user), budget.MENTION, 5, most=MOST_MENTIONS))
        gathered.walks = begin(cursor, lanes, errand.now)
        _count(asked, api, cursor, gathered)
        done = walk_all(lanes, gathered)
    except (Refused, FetchError) as error:
        problem = error.problem
        wait = usual if isinstance(error, QueryRefused) else error.retry_after if isinstance(error, Refused) else None
    if gathered.walks:  # else nothing is known that the cursor does not say already
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
        spent=gathered.ledger.used,
    )


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """Ask how held posts stand now. Gone is what X says is gone, or leaves out of an answer that is good otherwise."""
    if source.terms != TERMS:
        raise Refused(Problem("terms_missing"))
    api = Api(errand, source.url)
    ledger = Ledger(errand)
    gone: dict[str, str] = {}
    posts: list[Post] = []
    raw: list[RawAnswer] = []
    problem: Problem | None = None
    waiting = [(post.server_id or post.native_id, post) for post in held]
    waiting = [(asked, post) for asked, post in waiting if asked.isascii() and asked.isdecimal()]
    edited: set[str] = set()
    while waiting:
        size = budget.page_size(source.budget, ledger.spent, budget.LOOKED_UP, 1, LARGEST_PAGE)
        if not size:
            problem = used_up(source.budget, ledger.spent, budget.LOOKED_UP, 1)
            break
        chunk, waiting = waiting[:size], waiting[size:]
        try:
            with ledger.asking(budget.most(source.budget, budget.LOOKED_UP, len(chunk))) as costs:
                answer = api.posts(list(dict.fromkeys(asked for asked, _ in chunk)))
                page = read_page(answer.data, source.name, errand.now, answer.raw.sha256)
                costs(budget.cost(source.budget, page.posts_read, page.users_read))
        except (Refused, FetchError) as error:
            problem = error.problem
            break
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
    return LookedUp(gone, tuple(posts), tuple(raw), ledger.used, problem)


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


def _user(account: str, api: Api, cursor: dict[str, Any], gathered: Gathered) -> str:
    """The account's id, asked for once. Raises Refused where X knows no such account."""
    known = cursor.get("user")
    if isinstance(known, dict) and known.get("account") == account and isinstance(known.get("id"), str):
        return str(known["id"])
    unknown = Refused(Problem("x_account_unknown", {"account": account[:40]}))
    name = account.removeprefix("@")
    if not _ACCOUNT.fullmatch(name):
        raise unknown
    price = budget.cost(gathered.budget, users=1)
    if not budget.fits(gathered.budget, gathered.ledger.spent, price):
        raise Refused(budget_spent(gathered.ledger.spent), budget.until_midnight(gathered.now))
    try:
        with gathered.ledger.asking(price) as costs:
            user = user_in(api.user(name).data)
            costs(price if user else budget.cost(gathered.budget))
    except Declined as declined:
        if declined.status in (400, 404):
            raise unknown from None
        raise
    if not user:
        raise unknown
    cursor["user"] = {"account": account, "id": user}
    return user


def _count(asked: Iterable[str], api: Api, cursor: dict[str, Any], gathered: Gathered) -> None:
    """Once a day, let X count what the queries hit in a day: what the day is likely to cost follows from it."""
    today, counted = gathered.now.astimezone(UTC).date().isoformat(), cursor.get("counted")
    if isinstance(counted, dict) and counted.get("day") == today:
        return
    total = 0
    price = budget.cost(gathered.budget, counts=1)
    cursor["counted"] = {"day": today, "posts": None}
    for query in asked:
        if not budget.fits(gathered.budget, gathered.ledger.spent, price):
            return
        try:
            with gathered.ledger.asking(price) as costs:
                found = count_in(api.count(query, gathered.now - budget.DAY).data)
                costs(price)
        except Refused:  # not every contract has counts, and what else is wrong the search will tell
            return
        if found is None:
            return
        total += found
    cursor["counted"] = {"day": today, "posts": total}
