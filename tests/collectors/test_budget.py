"""What may still be asked for, and what it comes to."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from collectors.budget import (
    LOOKED_UP,
    MENTION,
    SEARCHED,
    Forecast,
    Portion,
    cost,
    fits,
    forecast,
    most,
    page_size,
    until_midnight,
    usual_posts,
)
from collectors.post import Budget, Spent

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def nok(amount: str, **more: Decimal) -> Budget:
    return Budget(nok=Decimal(amount), **more)


def test_each_resource_has_its_price_in_kroner() -> None:
    assert cost(Budget(), posts=100, users=20) == Spent(1, 100, Decimal("7.7"))
    assert cost(Budget(nok_per_usd=Decimal("10")), counts=1) == Spent(1, 0, Decimal("0.05"))


def test_costs_are_rounded_up() -> None:
    assert cost(Budget(nok_per_usd=Decimal("10.12345678")), posts=1).nok == Decimal("0.050618")


@pytest.mark.parametrize(
    ("budget", "spent", "portion", "size"),
    [
        (Budget(), Spent(), SEARCHED, 100),
        (Budget(posts=1_000), Spent(), SEARCHED, 100),
        (Budget(posts=1_000), Spent(posts=963), SEARCHED, 37),
        (Budget(posts=1_000), Spent(posts=990), SEARCHED, 10),
        (Budget(posts=1_000), Spent(posts=991), SEARCHED, 0),
        (Budget(posts=1_000), Spent(posts=2_000), SEARCHED, 0),
        (Budget(posts=0), Spent(), SEARCHED, 0),
        (Budget(posts=100), Spent(), MENTION, 33),
        (nok("1.65"), Spent(), SEARCHED, 10),
        (nok("1.64"), Spent(), SEARCHED, 0),
        (nok("100"), Spent(nok=Decimal("97.525")), SEARCHED, 15),
        (nok("100"), Spent(nok=Decimal("100")), LOOKED_UP, 0),
        (Budget(posts=50, nok=Decimal("1.65")), Spent(), SEARCHED, 10),
        (Budget(posts=12, nok=Decimal("1000")), Spent(), SEARCHED, 12),
        (nok("1", nok_per_usd=Decimal("1e-30")), Spent(), SEARCHED, 100),
    ],
)
def test_a_page_is_as_large_as_the_budget_has_room_for(
    budget: Budget, spent: Spent, portion: Portion, size: int
) -> None:
    assert page_size(budget, spent, portion, 10, 100) == size


def test_ten_thousand_random_pages_never_pass_a_budget() -> None:
    random_ = random.Random(3)
    pages = days = 0
    while pages < 10_000:
        days += 1
        budget = Budget(
            random_.choice([None, random_.randrange(2_000)]),
            Decimal(random_.randrange(20_000_000)) / random_.choice([1, 7, 1_000, 100_000]),
            Decimal(random_.randrange(1, 10**9)) / random_.choice([10**6, 10**7, 3 * 10**7]),
        )
        spent = Spent()
        for _ in range(100):
            portion = Portion(random_.randint(1, 4), random_.randint(0, 4))
            smallest, largest = random_.choice([(1, 100), (5, 100), (10, 100), (10, 500)])
            size = page_size(budget, spent, portion, smallest, largest)
            if not size:
                continue
            assert smallest <= size <= largest
            items = random_.choice([size, size, random_.randint(0, size)])
            spent += cost(
                budget,
                posts=items * random_.randint(0, portion.posts) if random_.random() < 0.5 else items * portion.posts,
                users=items * portion.users,
            )
            pages += 1
            assert fits(budget, spent, Spent())
            assert spent.posts <= (budget.posts if budget.posts is not None else spent.posts)
            assert budget.nok is not None
            assert spent.nok <= budget.nok
    assert days > 100


def test_what_is_left_is_too_little_for_the_smallest_page_when_paging_stops() -> None:
    budget, spent = nok("50"), Spent()
    while size := page_size(budget, spent, SEARCHED, 10, 100):
        spent += most(budget, SEARCHED, size)
    assert Decimal("50") - spent.nok < most(budget, SEARCHED, 10).nok


def test_a_price_that_is_known_is_let_through_up_to_the_budget() -> None:
    assert fits(nok("0.11"), Spent(), cost(Budget(), users=1))
    assert not fits(nok("0.10"), Spent(), cost(Budget(), users=1))
    assert not fits(Budget(posts=5), Spent(posts=5), cost(Budget(), posts=1))


def test_a_budget_lasts_until_midnight_in_utc() -> None:
    assert until_midnight(NOON) == timedelta(hours=12)
    oslo = timedelta(hours=1)
    assert until_midnight(datetime(2026, 11, 23, 0, 30, tzinfo=UTC) - oslo) == timedelta(minutes=30)


# The forecast


def test_a_day_goes_on_as_it_began() -> None:
    assert forecast(Spent(4, 100, Decimal("16.5")), NOON, nok("50")) == Forecast(200, Decimal("33.00"), None)


def test_a_forecast_says_when_the_budget_is_used_up() -> None:
    spent = Spent(4, 100, Decimal("16.5"))
    assert forecast(spent, NOON, nok("24.75")).stops_at == NOON + timedelta(hours=6)
    assert forecast(spent, NOON, Budget(posts=125)).stops_at == NOON + timedelta(hours=3)
    assert forecast(spent, NOON, Budget(posts=125, nok=Decimal("24.75"))).stops_at == NOON + timedelta(hours=3)
    assert forecast(spent, NOON, Budget(posts=100)).stops_at == NOON
    assert forecast(spent, NOON, Budget(posts=90)).stops_at == NOON


def test_a_young_day_is_forecast_by_what_was_counted() -> None:
    morning = NOON - timedelta(hours=9)
    expected = forecast(Spent(), morning, nok("57.75"), 800)
    assert expected == Forecast(700, Decimal("115.50"), morning + timedelta(hours=10.5))
    assert forecast(Spent(1, 100, Decimal("5.5")), NOON, nok("50"), 800).posts == 200


def test_nothing_spent_and_nothing_known_is_a_forecast_of_nothing() -> None:
    assert forecast(Spent(), NOON, nok("50")) == Forecast(0, Decimal("0.00"), None)
    assert forecast(Spent(), NOON.replace(hour=0), nok("0")) == Forecast(0, Decimal("0.00"), None)


def test_the_first_minutes_do_not_count_for_the_whole_day() -> None:
    midnight = NOON.replace(hour=0)
    assert forecast(Spent(1, 10, Decimal("1.65")), midnight + timedelta(minutes=1), Budget()).posts == 240


@pytest.mark.parametrize("cursor", [{}, {"counted": None}, {"counted": {"day": "2026-11-22", "posts": None}}])
def test_a_source_that_was_not_counted_has_no_usual_day(cursor: dict[str, object]) -> None:
    assert usual_posts(cursor) is None


def test_the_usual_day_is_what_x_counted() -> None:
    assert usual_posts({"counted": {"day": "2026-11-22", "posts": 812}}) == 812
