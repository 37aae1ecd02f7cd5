"""Quantities in short Norwegian and English texts: what is measured, how much, and where it stands.

Amounts are normalised, so that «en halv time» and «30 min» compare as equal and «2,8 promille» as 0.28 per cent.
A quantity is a range: «over en time» is 60 minutes and up, «i april» every day of the month, «64 elever» one value.
"""

from models.quantities.comparison import Comparison, compare
from models.quantities.nouns import stem
from models.quantities.reading import MAX_TEXT, quantities
from models.quantities.record import DAY, HOUR, MONTH, WEEK, YEAR, Quantity

__all__ = [
    "DAY",
    "HOUR",
    "MAX_TEXT",
    "MONTH",
    "WEEK",
    "YEAR",
    "Comparison",
    "Quantity",
    "compare",
    "quantities",
    "stem",
]
