"""All quantities of a text."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from models.quantities.clock import clock_times
from models.quantities.dates import dates
from models.quantities.days import relative_dates
from models.quantities.measures import numbers
from models.quantities.named import named
from models.quantities.record import Quantity

MAX_TEXT: Final = 2_000
"""Characters that are read; a post's claim stands early, and time stays bounded."""


def quantities(text: str, at: datetime | None = None) -> list[Quantity]:
    """The quantities of a text's first 2,000 characters in order, none overlapping another.

    `at` is the post's own time: without it, dates told from it («i morgen», «på fredag») are left out.
    """
    text = text[:MAX_TEXT]
    found: list[Quantity] = []
    for finder in (dates(text), relative_dates(text, at), clock_times(text), named(text), numbers(text, at)):
        for quantity in finder:
            if all(quantity.end <= other.start or quantity.start >= other.end for other in found):
                found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)
