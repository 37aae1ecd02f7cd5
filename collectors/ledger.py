"""What a source spends, on the books before it is spent: the most that a request can cost before it is asked, and what
it came to after it. Who is killed in between has paid no more than is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from collectors.errand import Errand
from collectors.post import Spent
from collectors.web import FetchError

BROKEN_OFF = frozenset(
    {"answer_cut_short", "answer_too_large", "answer_unreadable", "encoding_unknown", "read_timeout", "total_timeout"}
)
"""An answer that we did not get to the end of is charged all the same."""


@dataclass(slots=True)
class Ledger:
    """The day's costs of a source during one poll."""

    errand: Errand
    used: Spent = field(default_factory=Spent)
    """By this poll."""

    @property
    def spent(self) -> Spent:
        """Of the day, with what was spent before this poll."""
        return self.errand.spent + self.used

    @contextmanager
    def asking(self, most: Spent) -> Iterator[Callable[[Spent], None]]:
        """A request that may cost so much; what it did cost is told by the call that it gives. What fails costs
        nothing, unless the answer broke off. Raises Refused where nothing can be written down."""
        self.errand.book(most)
        came_to = Spent()

        def costs(spent: Spent) -> None:
            nonlocal came_to
            came_to = spent

        try:
            yield costs
        except FetchError as error:
            if error.problem.code in BROKEN_OFF:
                came_to = most
            raise
        finally:
            self.used += came_to
            self.errand.book(came_to - most)
