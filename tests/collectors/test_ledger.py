"""What a source spends: written down before it is spent, and put right after."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from collectors.errand import Errand, Refused, not_booked
from collectors.ledger import Ledger
from collectors.post import Problem, Spent
from collectors.web import FetchError, Web, session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOST, LESS = Spent(1, 100, Decimal("16.5")), Spent(1, 30, Decimal("4.95"))


class Books:
    """What is written down, and how it stood while the request was under way."""

    def __init__(self) -> None:
        self.kept = Spent()

    def book(self, spent: Spent) -> None:
        self.kept += spent

    def ledger(self, before: Spent | None = None) -> Ledger:
        http = session(Web("Lyttepost"))
        return Ledger(Errand(http, "f", NOW, spent=before or Spent(), book=self.book))


def test_the_most_is_written_down_before_and_the_cost_after() -> None:
    books = Books()
    ledger = books.ledger(Spent(2, 50))
    with ledger.asking(MOST) as costs:
        assert books.kept == MOST  # who is killed here has paid no more than that
        costs(LESS)
    assert (books.kept, ledger.used, ledger.spent) == (LESS, LESS, Spent(2, 50) + LESS)


@pytest.mark.parametrize(
    ("code", "charged"), [("answer_cut_short", MOST), ("total_timeout", MOST), ("connection_refused", Spent())]
)
def test_what_fails_costs_nothing_unless_the_answer_broke_off(code: str, charged: Spent) -> None:
    books = Books()
    ledger = books.ledger()
    with pytest.raises(FetchError), ledger.asking(MOST):
        raise FetchError(Problem(code))
    assert (books.kept, ledger.used) == (charged, charged)


def test_a_refusal_costs_nothing() -> None:
    books = Books()
    ledger = books.ledger()
    with pytest.raises(Refused), ledger.asking(MOST):
        raise Refused(Problem("http_429"))
    assert (books.kept, ledger.used) == (Spent(), Spent())


def test_nothing_is_asked_where_nothing_can_be_written_down() -> None:
    def fail(_: Spent) -> None:
        raise not_booked()

    ledger = Ledger(Errand(session(Web("Lyttepost")), "f", NOW, book=fail))
    with pytest.raises(Refused), ledger.asking(MOST):
        pytest.fail("it was asked all the same")
