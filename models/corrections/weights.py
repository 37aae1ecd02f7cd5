"""The model that tells a relation from evidence: a linear one, whose weights ship with the program as JSON, and how it
is weighed beside the reader."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.labels import RELATIONS

PATH: Final = Path(str(files("models.corrections").joinpath("weights.json")))

Chances = NDArray[np.float64]
"""How likely each of RELATIONS is, in their order."""
UNREAD: Final = np.eye(2 * len(RELATIONS) + 2, len(RELATIONS), dtype=np.float32)
"""The `blend` that leaves the reader out."""
_LEAST: Final = 1e-9
"""What counts as never, so that it has a log."""
_PLAINLY_UNRELATED: Final = 0.93
"""How sure the linear model is of what is not worth reading."""
_UNRELATED: Final = RELATIONS.index("unrelated")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What training gives (`training.train`)."""

    version: str
    names: Mapping[str, int]
    """Feature → its row."""
    rows: NDArray[np.float32]
    """(features, RELATIONS)"""
    bias: NDArray[np.float32]
    background: Mapping[str, float]
    """Folded word → log of the inverse share of posts that have it."""
    blend: NDArray[np.float32]
    """(2 · RELATIONS + 2, RELATIONS): what the logs of the linear model's chances, those of the reader's, how likely
    another fact is meant, and 1 count for each relation."""

    def probabilities(self, features: Mapping[str, float]) -> Chances:
        """What the features of a pair make likely; those that were not learned are passed over."""
        known = [(row, value) for name, value in features.items() if (row := self.names.get(name)) is not None]
        decision = self.bias.astype(np.float64)
        if known:
            numbers, values = zip(*known, strict=True)
            decision = decision + np.array(values) @ self.rows[list(numbers)]
        return _shares(decision)

    def with_reader(self, own: Chances, read: NDArray[np.float64], other: NDArray[np.float64]) -> Chances:
        """What these chances and the logs of the reader's, both (pairs, RELATIONS), and `another_meant` make likely
        together."""
        return _shares(beside(own, read, other) @ self.blend)


def worth_reading(own: Chances) -> NDArray[np.intp]:
    """Which of the pairs the reader is asked about: it takes a hundred times as long as the linear model."""
    return np.flatnonzero(own[:, _UNRELATED] < _PLAINLY_UNRELATED)


def another_meant(
    own: Chances, worth: NDArray[np.intp], read: NDArray[np.float64], posts: Sequence[int]
) -> NDArray[np.float64]:
    """For each pair how likely it is that its post is about another of the facts that it stands beside: (pairs). `read`
    are the logs of the reader's chances for the pairs that are `worth` reading; `posts` tells the post of each pair."""
    both = own.copy()
    both[worth] = _shares((np.log(np.maximum(own[worth], _LEAST)) + read) / 2)
    meant = 1.0 - both[:, _UNRELATED]
    of_post: dict[int, list[int]] = defaultdict(list)
    for pair, post in enumerate(posts):
        of_post[post].append(pair)
    others = ([meant[other] for other in of_post[post] if other != pair] for pair, post in enumerate(posts))
    return np.array([max(several, default=0.0) for several in others])


def beside(own: Chances, read: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """What `blend` is applied to: (pairs, 2 · RELATIONS + 2)."""
    return np.hstack([np.log(np.maximum(own, _LEAST)), read, other[:, None], np.ones((len(own), 1))])


def _shares(decisions: NDArray[np.float64]) -> Chances:
    odds = np.exp(decisions - decisions.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def save(weights: Weights, path: Path = PATH) -> None:
    """Write the file: a line a feature, so that a change can be read."""
    lines = [
        json.dumps({"version": weights.version, "relations": RELATIONS}),
        json.dumps({"bias": [round(float(b), 4) for b in weights.bias]}),
        json.dumps({"blend": [[round(float(w), 4) for w in row] for row in weights.blend]}),
        json.dumps({word: round(value, 2) for word, value in sorted(weights.background.items())}, ensure_ascii=False),
    ]
    for name, row in sorted(weights.names.items()):
        lines.append(json.dumps([name, *(round(float(w), 3) for w in weights.rows[row])], ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", "utf-8")


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that ship with the program."""
    return read(PATH)


def read(path: Path) -> Weights:
    """The weights of a file. Raises ValueError where a line is cut off or the relations are others."""
    head, bias, blend, background, *rows = map(json.loads, path.read_text("utf-8").splitlines())
    if tuple(head["relations"]) != RELATIONS:
        raise ValueError(f"{path} tells other relations than {', '.join(RELATIONS)}: run make weights")
    return Weights(
        version=head["version"],
        names={row[0]: number for number, row in enumerate(rows)},
        rows=np.array([row[1:] for row in rows], dtype=np.float32),
        bias=np.array(bias["bias"], dtype=np.float32),
        background=background,
        blend=np.array(blend["blend"], dtype=np.float32).reshape(UNREAD.shape),
    )
