"""How many of the phrases of the shared set are read as they were labelled, and how few otherwise."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from models.quantities import DAY, Quantity, quantities

SHARED = Path(__file__).parents[4] / "shared" / "dev-sets" / "quantities_nb.jsonl"
AT = datetime(2013, 2, 12, 4, 30, tzinfo=timezone(timedelta(hours=-2)))
CURRENCIES = {"NOK": "kroner", "USD": "dollar", "Dollar": "dollar", "EUR": "euro", "Pound": "gbp"}
CLOCK = ("hour", "minute", "second")
FLOORS = {"AmountOfMoney": (400, 40), "Duration": (12, 0), "Numeral": (178, 4), "Ordinal": (0, 4), "Time": (328, 13)}
"""The least that is read rightly and the most that is read wrongly; the rest is not read."""


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared sets are not here")
def test_the_shared_phrases_are_read_as_labelled() -> None:
    scores: dict[str, Counter[str]] = defaultdict(Counter)
    for line in SHARED.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        scores[row["dim"]][_score(row["text"], row["gold"])] += 1
    for dimension, (right, wrong) in FLOORS.items():
        assert scores[dimension]["right"] >= right, scores
        assert scores[dimension]["wrong"] <= wrong, scores


def _score(text: str, gold: dict[str, Any]) -> str:
    found = quantities(text, AT)
    if not found:
        return "none"
    kind = gold["type"]
    if kind in ("instant", "interval", "open"):
        return "right" if all(_fits(q, text, gold) for q in found) else "wrong"
    return "right" if len(found) == 1 and _amounts(found, gold) else "wrong"


def _amounts(found: Sequence[Quantity], gold: dict[str, Any]) -> bool:
    quantity, value = found[0], gold["value"]
    if gold["type"] == "number":
        return quantity.unit in ("number", "year") and quantity.low == pytest.approx(value)
    if gold["type"] == "duration":
        minutes = value * {"second": 1 / 60, "minute": 1, "day": DAY}[gold["unit"]]
        return quantity.unit == "minutes" and quantity.low == pytest.approx(minutes)
    if gold["type"] == "money" and gold["unit"] == "Cent":  # of any currency
        return quantity.unit not in ("number", "count") and quantity.low in (value, pytest.approx(value / 100))
    if gold["type"] == "money":
        unit = CURRENCIES.get(gold["unit"], gold["unit"].lower())
        return quantity.unit == unit and quantity.low == pytest.approx(value)
    return False


def _fits(quantity: Quantity, text: str, gold: dict[str, Any]) -> bool:
    """Whether one of the quantities of a phrase agrees with its time: in day, in time of day, or in how far away."""
    first, last = (_time(gold.get(key, gold.get("value"))) for key in ("from", "to"))
    grain = gold["grain"]
    if gold["type"] == "interval":
        last -= timedelta(minutes=1) if grain == "minute" else timedelta(seconds=1)
    if quantity.unit == "clock":
        low, high = (16 * 60, 16 * 60) if "CET" in text else (t.hour * 60 + t.minute for t in (first, last))
        half = 720 if low == high and quantity.low == quantity.high else 1440
        return grain in CLOCK and (quantity.low % half, quantity.high % half) == (low % half, high % half)
    if quantity.unit == "minutes":
        away = last - first if gold["type"] == "interval" else abs(first - AT.replace(tzinfo=None))
        return abs(quantity.low - away.total_seconds() / 60) <= max(1.1, quantity.low * 0.1)
    if quantity.unit == "year":
        return quantity.low == first.year and grain == "year"
    return quantity.unit == "date" and _same_days(quantity, text, first.date(), _last_day(last, gold))


def _same_days(quantity: Quantity, text: str, first: date, last: date) -> bool:
    year = quantity.year or first.year
    low = _date(quantity.low, year)
    high = _date(quantity.high, year + (quantity.high < quantity.low))
    meets = (min(high, last) - max(low, first)).days + 1
    if re.search("siden|sommer|vinter|helg|romjul", text):  # that are told loosely
        return meets > 0
    slack = 2 if first != last else 0
    return abs((low - first).days) <= slack and abs((high - last).days) <= slack


def _time(value: str) -> datetime:
    """A month is written as its day 00."""
    return datetime.fromisoformat(value.replace("-00", "-01"))


def _last_day(last: datetime, gold: dict[str, Any]) -> date:
    days = {"week": 6, "month": 30, "quarter": 90, "year": 364}
    return last.date() + timedelta(days=days.get(gold["grain"], 0) if gold["type"] == "instant" else 0)


def _date(value: float, year: int) -> date:
    month, day = divmod(int(value), 100)
    return (
        date(year, month, 1) + timedelta(days=day - 1) if day < 29 else date(year, month, 28) + timedelta(days=day - 28)
    )
