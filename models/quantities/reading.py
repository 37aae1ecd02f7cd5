"""All quantities of a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from models.quantities.clock import clock_times
from models.quantities.days import relative_dates
from models.quantities.joining import joined
from models.quantities.measures import numbers
from models.quantities.months import month_dates
from models.quantities.named import named
from models.quantities.numeric_dates import numeric_dates
from models.quantities.record import Quantity
from models.quantities.seasons import seasons
from models.quantities.text import Text, read_text
from models.quantities.weeks import weeks

MAX_TEXT: Final = 2_000
"""Characters that are read; a post's claim stands early, and time stays bounded."""


def quantities(text: str, at: datetime | None = None) -> list[Quantity]:
    """The quantities of a text's first 2,000 characters in order, none overlapping another.

    `at` is the post's own time: without it, dates told from it («i morgen», «på fredag», «uke 34») are left out.
    """
    read = read_text(text[:MAX_TEXT])
    found: list[Quantity] = []
    for quantity in _all(read, at):
        if all(quantity.end <= other.start or quantity.start >= other.end for other in found):
            found.append(quantity)
    return joined(read, sorted(found, key=lambda quantity: quantity.start))


def _all(text: Text, at: datetime | None) -> Iterator[Quantity]:
    """What is read first keeps its place."""
    yield from weeks(text, at)
    yield from numeric_dates(text)
    yield from month_dates(text)
    yield from seasons(text)
    yield from relative_dates(text, at)
    yield from clock_times(text)
    yield from named(text)
    yield from numbers(text, at)
