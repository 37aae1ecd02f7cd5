"""What the tests of quantities share."""

from __future__ import annotations

from datetime import UTC, datetime

from models.quantities import Quantity, quantities

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def only(text: str, at: datetime | None = None) -> Quantity:
    found = quantities(text, at)
    assert len(found) == 1, found
    return found[0]


def read(text: str, at: datetime | None = FRIDAY) -> list[tuple[str, float, float]]:
    return [(q.unit, q.low, q.high) for q in quantities(text, at)]
