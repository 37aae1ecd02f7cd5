"""What X costs, how much more may be asked for today, and what the day will come to. Pure arithmetic.

Prices in dollars, pay-per-use, as of August 2026: https://docs.x.com/x-api/getting-started/pricing ("charged per
resource returned in the response"). A resource that comes twice in the same day of UTC is charged once, which X calls a
soft guarantee: here it is counted each time, so that the bill is never higher than what is shown. The low price of
"owned reads" is not counted with either: X gives it to the signed-in owner of the app, and we ask as the app.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from collectors.post import Budget, Spent

POST_READ = Decimal("0.005")
USER_READ = Decimal("0.010")
COUNT_REQUEST = Decimal("0.005")

DAY = timedelta(days=1)
LONG_ENOUGH = timedelta(hours=6)
"""Before so much of the day has passed, its pace says less than what X counted the day before."""

_STEP = Decimal("0.000001")
"""Costs are kept with six decimals, and rounded up to them."""
_CENT = Decimal("0.01")
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Portion:
    """The most that one item of an answer can be charged as: posts and users, with those that it refers to."""

    posts: int
    users: int


SEARCHED = Portion(posts=1, users=1)
MENTION = Portion(posts=3, users=3)
"""It may answer one post and quote another."""
LOOKED_UP = Portion(posts=1, users=0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a day of UTC comes to if it goes on so, and nothing stops it."""

    posts: int
    nok: Decimal
    """With two decimals."""
    stops_at: datetime | None
    """When the budget is used up, in UTC; None where it lasts through the day."""


def cost(budget: Budget, posts: int = 0, users: int = 0, counts: int = 0, requests: int = 1) -> Spent:
    """What requests are charged that brought so many posts, users and counts."""
    return Spent(requests, posts, _nok(posts * POST_READ + users * USER_READ + counts * COUNT_REQUEST, budget))


def fits(budget: Budget, spent: Spent, more: Spent) -> bool:
    """Whether the budget of the day also has room for more."""
    after = spent + more
    return (budget.posts is None or after.posts <= budget.posts) and (budget.nok is None or after.nok <= budget.nok)


def page_size(budget: Budget, spent: Spent, portion: Portion, smallest: int, largest: int) -> int:
    """How many items may be asked for at a time so that the budget of the day is not passed, whatever they come with.

    0 where there is no room for the smallest page that can be asked for.
    """
    size = largest
    if budget.posts is not None and portion.posts:
        size = min(size, (budget.posts - spent.posts) // portion.posts)
    if budget.nok is not None:
        left = Fraction((budget.nok - spent.nok).quantize(_STEP, ROUND_FLOOR))
        each = Fraction(portion.posts * POST_READ + portion.users * USER_READ) * Fraction(budget.nok_per_usd)
        size = min(size, math.floor(left / each))
    return size if size >= smallest else 0


def most(budget: Budget, portion: Portion, size: int) -> Spent:
    """The most that a page of this size can be charged as."""
    return cost(budget, size * portion.posts, size * portion.users)


def until_midnight(now: datetime) -> timedelta:
    """How long a budget that is used up stays so."""
    return DAY - _passed(now)


def usual_posts(cursor: Mapping[str, Any]) -> int | None:
    """How many posts X counted for a source in a day, as its cursor has it; None where it did not."""
    counted = cursor.get("counted")
    posts = counted.get("posts") if isinstance(counted, dict) else None
    return posts if isinstance(posts, int) else None


def forecast(spent_today: Spent, now: datetime, budget: Budget, usual: int | None = None) -> Forecast:
    """What the day will cost at its pace so far, or, while it is young, by `usual`: the posts of a whole day."""
    passed = max(_passed(now), timedelta(hours=1))
    left = max(DAY - passed, timedelta(0))
    if usual is not None and passed < LONG_ENOUGH:
        more = usual * _ratio(left, DAY)
    else:
        more = spent_today.posts * _ratio(left, passed)
    one = Fraction(_nok(POST_READ + USER_READ, budget))
    each = Fraction(spent_today.nok) / spent_today.posts if spent_today.posts else one
    shares = []  # of what is still to come, how much the budget has room for
    if budget.posts is not None and more:
        shares.append((budget.posts - spent_today.posts) / more)
    if budget.nok is not None and more and each:
        shares.append((Fraction(budget.nok) - Fraction(spent_today.nok)) / (more * each))
    share = max(min(shares, default=Fraction(1)), Fraction(0))
    return Forecast(
        spent_today.posts + math.ceil(more),
        spent_today.nok.quantize(_CENT, ROUND_HALF_UP) + _decimal(more * each),
        now.astimezone(UTC) + left * float(share) if share < 1 else None,
    )


def _nok(usd: Decimal, budget: Budget) -> Decimal:
    return (usd * budget.nok_per_usd).quantize(_STEP, ROUND_CEILING)


def _ratio(part: timedelta, whole: timedelta) -> Fraction:
    return Fraction(part // _INSTANT, whole // _INSTANT)


def _decimal(nok: Fraction) -> Decimal:
    return (Decimal(nok.numerator) / Decimal(nok.denominator)).quantize(_CENT, ROUND_HALF_UP)


def _passed(now: datetime) -> timedelta:
    """How much of the day of UTC has passed."""
    moment = now.astimezone(UTC)
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
