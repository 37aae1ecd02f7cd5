"""What a collector is given for one poll, beside the source and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.credentials import Tokens
from collectors.post import HeldPost, LookedUp, Polled, Problem, Source, SourceState, Spent
from collectors.web import Session


@dataclass(frozen=True, slots=True)
class Errand:
    """One poll of one source."""

    http: Session
    fingerprint: str
    """Of the listening posts: when it changes, what a source holds must be matched anew."""
    now: datetime
    """When the poll began, in UTC."""
    jitter: float = 0.0
    """The share by which the next poll comes later, so that not all come at once."""
    secret: str = ""
    """What `source.credential` names."""
    tokens: Tokens = field(default_factory=Tokens)
    """Tokens that a platform renews by itself."""
    spent: Spent = field(default_factory=Spent)
    """What the source has spent today (UTC), before this poll."""
    book: Callable[[Spent], None] = lambda spent: None
    """Writes down at once what a request costs. Raises Refused where that fails: then nothing may be asked."""
    threads: tuple[HeldPost, ...] = ()
    """Held posts whose conversations are to be read again."""


class Refused(Exception):
    """A platform did not give what was asked for; `retry_after` is how long it asks us to wait."""

    def __init__(self, problem: Problem, retry_after: timedelta | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.retry_after = retry_after


def not_booked() -> Refused:
    """That a cost could not be written down, so that nothing is asked for it."""
    return Refused(Problem("cost_not_booked"))


Collect = Callable[[Source, SourceState, Errand], Polled]
"""Asks a source once. May raise FetchError and Refused, which the poller turns into the source's state; a collector
that has read something already returns it together with a failed state instead."""

LookUp = Callable[[Source, tuple[HeldPost, ...], Errand], LookedUp]
"""Asks how held posts stand now. May raise the same."""
