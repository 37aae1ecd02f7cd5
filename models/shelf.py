"""Which model is in use: the one of the shipped examples, or one that a body has trained with its own decisions too.

The models lie in one folder, with `in_use.json` beside them. A trained model is left when the program is updated with
other examples or other code, since its features may not be the same any more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from models.classifier import Classifier
from models.examples import read_examples
from models.model_file import Model, ModelError, load_model, save_model
from models.training import ensure_model, model_version

_IN_USE: Final = "in_use.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained with a body's own decisions."""

    version: str
    shipped: str
    """The version of the model of the shipped examples at that time."""
    trained_at: str
    """ISO 8601."""
    decisions: int
    """Posts with decisions of the body's that it learned from."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The model in use and the one before it; None is the one of the shipped examples."""

    in_use: Trained | None = None
    earlier: Trained | None = None


def shelf(folder: Path) -> Shelf:
    """What is in use. A file that is broken counts as none."""
    try:
        kept = json.loads((folder / _IN_USE).read_text("utf-8"))
        return Shelf(*(Trained(**kept[name]) if kept[name] else None for name in ("in_use", "earlier")))
    except FileNotFoundError:
        return Shelf()
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s can not be read; the model of the shipped examples is used", folder / _IN_USE)
        return Shelf()


def load(
    folder: Path, on_progress: Callable[[str], None], on_refused: Callable[[ModelError], None] = lambda error: None
) -> Classifier:
    """The classifier in use. `on_progress` is told the steps of training, where the shipped one must be trained;
    `on_refused` why a model that is there can not be used."""
    trained = shelf(folder).in_use
    if trained:
        wanted = model_version(read_examples())
        try:
            if trained.shipped != wanted:
                details = {"file": str(_path(folder, trained)), "version": trained.shipped, "wanted": wanted}
                raise ModelError("model_other_version", details)
            return Classifier(load_model(_path(folder, trained), trained.version))
        except ModelError as error:
            on_refused(error)
    return ensure_model(folder, on_progress, on_refused)


def use(folder: Path, model: Model, trained: Trained) -> None:
    """Put a model to use; the one before can be brought back, older ones are removed."""
    save_model(model, _path(folder, trained))
    before = shelf(folder).in_use
    _keep(folder, Shelf(trained, before))
    kept = {_path(folder, known) for known in (trained, before) if known}
    for path in folder.glob("own-*.model"):
        if path not in kept:
            path.unlink(missing_ok=True)


def bring_back(folder: Path) -> bool:
    """Put the earlier model to use again, and keep the present one as the earlier; False where there is none."""
    now = shelf(folder)
    if not now.in_use and not now.earlier:
        return False
    _keep(folder, Shelf(now.earlier, now.in_use))
    return True


def _keep(folder: Path, found: Shelf) -> None:
    written = folder / f".{_IN_USE}"
    written.write_text(json.dumps(asdict(found)), "utf-8")
    written.replace(folder / _IN_USE)


def _path(folder: Path, trained: Trained) -> Path:
    return folder / f"own-{trained.version}.model"
