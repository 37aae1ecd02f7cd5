"""A trained model as arrays, and the file it is kept in: one line of JSON with a checksum, then numpy's own format.

Nothing in the file is code: it is read without pickle, and refused when a byte of it has changed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.labels import CHOICES, TOPICS

FORMAT: Final = 3
MAX_BYTES: Final = 300_000_000

HEADS: Final = ("topics", *CHOICES)
OUTPUTS: Final[tuple[tuple[str, Any], ...]] = (
    *(("topics", topic) for topic in TOPICS),
    ("topics", None),
    *((head, value) for head, values in CHOICES.items() for value in values),
)
"""What each column of the weights decides: each topic, that there is none, and each value of each choice."""
COLUMNS: Final[Mapping[str, slice]] = {
    head: slice(heads.index(head), len(heads) - heads[::-1].index(head))
    for heads in [[head for head, _ in OUTPUTS]]
    for head in ("topics", *CHOICES)
}
"""Which of them belong together. The column after the last topic, `NO_TOPIC`, says that there is none."""
NO_TOPIC: Final = len(TOPICS)


class ModelError(Exception):
    """A model file that can not be used: `model_missing`, `model_broken` or `model_other_version`."""

    def __init__(self, code: str, details: dict[str, str]) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The arrays that a classifier works with, float32 unless said otherwise; K is the number of a choice's values."""

    version: str
    names: tuple[str, ...]
    """The features, one a row of the weights."""
    weights: NDArray[np.float32]
    """(features, OUTPUTS): decision values are features times weights plus bias."""
    bias: NDArray[np.float32]
    topic_calibration: NDArray[np.float32]
    """(topics, 4): the log-odds of a topic from its own decision value, the best other topic's, that of none, and 1."""
    topic_thresholds: NDArray[np.float32]
    no_topic: NDArray[np.float32]
    """(1,): from how much on that speaks for no topic (`classifier.nothing_public`) none is given."""
    calibration: Mapping[str, NDArray[np.float32]]
    """Choice → (K, K + 1): log-odds of each value from the decision values of all, and 1."""
    preference: Mapping[str, NDArray[np.float32]]
    """Choice → (K,): what each value's probability is multiplied by when one is chosen."""
    sure: NDArray[np.float32]
    """(HEADS,): the confidence below which the classifier abstains."""


def save_model(model: Model, path: Path) -> None:
    """Writes the file beside its place and moves it there whole."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        "names": np.frombuffer("\n".join(model.names).encode(), dtype=np.uint8),
        "weights": model.weights,
        "bias": model.bias,
        "topic_calibration": model.topic_calibration,
        "topic_thresholds": model.topic_thresholds,
        "no_topic": model.no_topic,
        **{f"calibration_{head}": array for head, array in model.calibration.items()},
        **{f"preference_{head}": array for head, array in model.preference.items()},
        "sure": model.sure,
    }
    np.savez(buffer, allow_pickle=False, **arrays)
    body = buffer.getvalue()
    header = {"format": FORMAT, "version": model.version, "sha256": hashlib.sha256(body).hexdigest()}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(json.dumps(header).encode() + b"\n" + body)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_model(path: Path, version: str) -> Model:
    """The model in a file. Raises ModelError when there is none, it is of another version, or it is not whole."""
    details = {"file": str(path)}
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError("model_broken", {**details, "error": "too large"})
        head, _, body = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        raise ModelError("model_missing", details) from None
    except OSError as error:
        raise ModelError("model_broken", {**details, "error": error.strerror or str(error)}) from error
    try:
        header = json.loads(head)
        format_, found, checksum = header["format"], header["version"], header["sha256"]
    except (ValueError, KeyError, TypeError):
        raise ModelError("model_broken", {**details, "error": "no header"}) from None
    if format_ != FORMAT or found != version:
        raise ModelError("model_other_version", {**details, "version": str(found)[:80], "wanted": version})
    if hashlib.sha256(body).hexdigest() != checksum:
        raise ModelError("model_broken", {**details, "error": "checksum"})
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            return _model(version, arrays)
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise ModelError("model_broken", {**details, "error": str(error)[:80]}) from error


def _model(version: str, arrays: Mapping[str, NDArray[Any]]) -> Model:
    names = tuple(arrays["names"].tobytes().decode().split("\n"))

    def floats(name: str, *shape: int) -> NDArray[np.float32]:
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"{name} has another shape")
        return array

    return Model(
        version=version,
        names=names,
        weights=floats("weights", len(names), len(OUTPUTS)),
        bias=floats("bias", len(OUTPUTS)),
        topic_calibration=floats("topic_calibration", len(TOPICS), 4),
        topic_thresholds=floats("topic_thresholds", len(TOPICS)),
        no_topic=floats("no_topic", 1),
        calibration={head: floats(f"calibration_{head}", len(v), len(v) + 1) for head, v in CHOICES.items()},
        preference={head: floats(f"preference_{head}", len(v)) for head, v in CHOICES.items()},
        sure=floats("sure", len(HEADS)),
    )
