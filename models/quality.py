"""How good the classifier is, label by label: precision, recall and F1 with their uncertainty, and what it mistakes for
what. Worked out once for a model, kept as JSON beside it, and shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation import Evaluation, evaluate
from models.examples import Example
from models.labels import CHOICES, TOPICS, Labels

DIALECT: Final = "dialect"
_DIALECT_FILE: Final = "dialekt"
"""What the names of files with examples in dialect hold."""
_RESAMPLED: Final = 400
_INTERVAL: Final = (2.5, 97.5)
"""Per cent: the middle 95 of a hundred samples that are drawn anew from the examples."""


@dataclass(frozen=True, slots=True)
class ValueFigures:
    """How one value of a label is found. Shares between 0 and 1; the interval holds F1 in 95 of 100 samples."""

    label: str
    value: str
    examples: int
    """That should get it."""
    given: int
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """All figures of a model on examples that it has not seen."""

    model_version: str
    figures: Evaluation
    values: tuple[ValueFigures, ...]
    confusion: dict[str, list[list[int]]]
    """Label → rows of the right values, columns of those given, in the order of the codebook."""
    languages: dict[str, Evaluation]
    """The same figures of the examples in nb, in nn and in dialect spelling (`dialect`)."""
    abstained: dict[str, float]
    """Label → the share on which the classifier abstains."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def quality(examples: Sequence[Example], labels: Sequence[Labels], model_version: str, seed: int = 0) -> Quality:
    """The figures of labels, given in the order of the examples."""
    pairs = list(zip(examples, labels, strict=True))
    values: list[ValueFigures] = []
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(len(pairs), np.full(len(pairs), 1 / max(len(pairs), 1)), _RESAMPLED) if pairs else None
    for name, known in (("topics", TOPICS), *CHOICES.items()):
        for value in known:
            if name == "topics":
                wanted = np.array([value in example.topics for example, _ in pairs], dtype=bool)
                given = np.array([value in found.topics for _, found in pairs], dtype=bool)
            else:
                wanted = np.array([getattr(example, name) == value for example, _ in pairs], dtype=bool)
                given = np.array([getattr(found, name) == value for _, found in pairs], dtype=bool)
            values.append(_value_figures(name, str(value), wanted, given, drawn))
    confusion = {
        name: [
            [sum(getattr(e, name) == right and getattr(g, name) == got for e, g in pairs) for got in known]
            for right in known
        ]
        for name, known in CHOICES.items()
    }
    languages = {}
    for name in ("nb", "nn", DIALECT):
        if found := [(example, given) for example, given in pairs if _form(example) == name]:
            languages[name] = evaluate(*zip(*found, strict=True))
    abstained = {
        name: sum(name in given.uncertain for given in labels) / max(len(labels), 1) for name in ("topics", *CHOICES)
    }
    return Quality(model_version, evaluate(examples, labels), tuple(values), confusion, languages, abstained)


def read_quality(text: str) -> Quality | None:
    """What `to_json` wrote; None where it is something else."""
    try:
        data = json.loads(text)
        return Quality(
            data["model_version"],
            Evaluation(**data["figures"]),
            tuple(ValueFigures(**value) for value in data["values"]),
            data["confusion"],
            {lang: Evaluation(**figures) for lang, figures in data["languages"].items()},
            data["abstained"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _form(example: Example) -> str:
    """The written standard, or `DIALECT`, which no label tells."""
    return DIALECT if _DIALECT_FILE in example.file else example.lang


def _value_figures(
    label: str, value: str, wanted: NDArray[Any], given: NDArray[Any], drawn: NDArray[Any] | None
) -> ValueFigures:
    right = wanted & given
    low = high = 0.0
    if drawn is not None:
        hits, all_ = drawn @ right, drawn @ wanted.astype(int) + drawn @ given.astype(int)
        low, high = np.percentile(2 * hits / np.maximum(all_, 1), _INTERVAL)
    return ValueFigures(
        label,
        value,
        int(wanted.sum()),
        int(given.sum()),
        float(right.sum() / max(given.sum(), 1)),
        float(right.sum() / max(wanted.sum(), 1)),
        float(2 * right.sum() / max(wanted.sum() + given.sum(), 1)),
        float(low),
        float(high),
    )
