"""Whether two quantities agree."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Literal

from models.quantities.nouns import same_noun
from models.quantities.record import YEAR, Quantity

Comparison = Literal["same", "differs"]


def compare(a: Quantity, b: Quantity) -> Comparison | None:
    """Whether two quantities agree; None where they measure different things."""
    if {a.unit, b.unit} == {"age", "minutes"}:
        a, b = (_as_age(q) if q.unit == "minutes" else q for q in (a, b))
    if "number" in (a.unit, b.unit):
        return _overlap(*_bare(a, b))
    if a.unit != b.unit or (a.unit == "count" and not same_noun(a.noun, b.noun)):
        return None
    if a.unit == "date" and a.year and b.year and a.year != b.year:
        return "differs"
    if a.per and b.per and a.per != b.per:
        a, b = (replace(q, low=q.low / q.per, high=q.high / q.per) for q in (a, b))
    return _overlap(a, b)


def _overlap(a: Quantity, b: Quantity) -> Comparison:
    if a.unit == "date":
        meets = any(x[0] <= y[1] and y[0] <= x[1] for x, y in product(_days(a), _days(b)))
        return "same" if meets else "differs"
    if a.unit == b.unit == "clock" and (a.low == a.high or b.low == b.high) and _on_the_dial(a) & _on_the_dial(b):
        return "same"
    if a.low == b.low == 0 < min(a.high, b.high) or a.high == b.high == math.inf:
        return "same" if (a.low, a.high) == (b.low, b.high) else "differs"
    slack = 0.0 if a.unit == "year" else 0.1 if a.unit == "minutes" else 0.005
    meets = a.low <= b.high + slack * abs(b.high) and b.low <= a.high + slack * abs(a.high)
    return "same" if meets else "differs"


def _on_the_dial(quantity: Quantity) -> set[float]:
    """A clock time, or the two ends of a stretch, as they are said without telling the half of the day."""
    return {quantity.low % 720, quantity.high % 720}


def _days(quantity: Quantity) -> tuple[tuple[float, float], ...]:
    """A date's stretches within the year; one that wraps over New Year has two."""
    if quantity.low <= quantity.high:
        return ((quantity.low, quantity.high),)
    return ((quantity.low, 1231), (101, quantity.high))


def _bare(a: Quantity, b: Quantity) -> tuple[Quantity, Quantity]:
    """Reads a bare number beside a clock time as the hour: «åpent til 16»."""
    if a.unit == "number" and b.unit == "clock":
        return replace(a, unit="clock", low=a.low * 60, high=a.high * 60), b
    if b.unit == "number" and a.unit == "clock":
        return a, replace(b, unit="clock", low=b.low * 60, high=b.high * 60)
    return a, b


def _as_age(quantity: Quantity) -> Quantity:
    return replace(quantity, unit="age", low=quantity.low / YEAR, high=quantity.high / YEAR)
