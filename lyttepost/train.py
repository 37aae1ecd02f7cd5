"""`lyttepost train`: a model of the shipped examples and of what the body decided, put to use where it is not worse.

It is compared with the one in use on the published test set, and on the latest decisions, which it has not learned
from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.wording import n, number, t
from data import labels
from data.labels import TOPIC, Decided
from lyttepost.context import OK, PARTLY, WRONG, Context
from lyttepost.jobs import now_utc
from lyttepost.ownership import Say
from models import shelf
from models.classifier import Classifier
from models.evaluation import Evaluation, evaluate
from models.examples import TEST_FOLDER, Example, read_examples
from models.labels import TOPICS, Labels
from models.model_file import HEADS
from models.shelf import Trained
from models.training import FOLDS, model_version, train

FEWEST: Final = 10
"""Posts with decisions from which there is something to learn."""
_LATEST: Final = 5
"""One in so many decisions, the latest, is kept apart to compare with."""
_TOLERATED: Final = 0.005
"""So much worse on the test set is chance."""
_STEPS: Final = FOLDS + 4
_BAR: Final = 20
_COMPARED: Final = ("topics_f1", "conflict_f1", "actor_f1", "stance_f1", "intent_f1")


@dataclass(frozen=True, slots=True)
class Compared:
    """How two models do: the mean of the figures on the test set, and the share of the latest decisions that are met
    (None where there are none)."""

    test: float
    decisions: float | None


def train_again(context: Context, say: Say, back: bool = False) -> int:
    """Train, compare, and switch; or bring the earlier model back. Posts are labelled anew in the background."""
    folder = context.home.models
    if back:
        if not shelf.bring_back(folder):
            say(t("cli.train.no_earlier"))
            return WRONG
        _switched(context)
        say(t("cli.train.back", version=context.work.classifier.version))
        return OK
    with context.store.read() as cursor:
        found = labels.decided(cursor)
    if len(found) < FEWEST:
        say(n("cli.train.too_few", len(found), fewest=number(FEWEST)))
        return WRONG
    latest = found[len(found) - len(found) // _LATEST :]
    learned = found[: len(found) - len(latest)]
    shipped = read_examples()
    examples = [*shipped, *map(_example, learned)]
    decided = {d.post.post_id: _heads(d) for d in learned}
    done = 0

    def progress(step: str) -> None:
        nonlocal done
        done += 1
        name = step.partition(" ")[0]
        full = round(_BAR * done / _STEPS)
        bar = "█" * full + "░" * (_BAR - full)
        say(t("cli.train.step", bar=bar, done=done, steps=_STEPS, name=t(f"cli.train.{name}")))

    say(n("cli.train.begin", len(learned), examples=number(len(shipped))))
    model = train(examples, on_progress=progress, decided=decided)
    progress("compare")
    now = context.work.classifier
    test = read_examples(TEST_FOLDER)
    old, new = compare(now, test, latest), compare(Classifier(model), test, latest)
    say(_told("cli.train.old", old))
    say(_told("cli.train.new", new))
    if is_worse(old, new):
        say(t("cli.train.kept"))
        return PARTLY
    trained = Trained(model.version, model_version(shipped), now_utc().isoformat(), len(learned))
    shelf.use(folder, model, trained)
    _switched(context)
    say(t("cli.train.switched", version=model.version))
    return OK


def compare(classifier: Classifier, test: Sequence[Example], latest: Sequence[Decided]) -> Compared:
    """How a model does on the test set and on decisions."""
    figures = evaluate(test, classifier.label([example.post for example in test]))
    met = [
        _value(given, label) == _value(decided, label)
        for decided, given in zip(latest, classifier.label([d.post.text for d in latest]), strict=True)
        for label in decided.labels
        if label.removeprefix(TOPIC) == label or label.removeprefix(TOPIC) in TOPICS
    ]
    return Compared(_mean(figures), sum(met) / len(met) if met else None)


def is_worse(old: Compared, new: Compared) -> bool:
    """Whether a new model is worse than the old one, on either."""
    if new.test < old.test - _TOLERATED:
        return True
    return old.decisions is not None and new.decisions is not None and new.decisions < old.decisions


def _switched(context: Context) -> None:
    context.work.reload()
    context.process()


def _mean(figures: Evaluation) -> float:
    return sum([float(getattr(figures, name)) for name in _COMPARED]) / len(_COMPARED)


def _example(decided: Decided) -> Example:
    topics = tuple(topic for topic in decided.topics if topic in TOPICS)
    return Example(
        decided.post.post_id,
        "decisions",
        decided.post.text,
        decided.lang,
        topics,
        decided.conflict,
        decided.actor,
        decided.stance,
        decided.intent,
    )


def _heads(decided: Decided) -> frozenset[str]:
    """The labels to learn from a post: those that were decided."""
    heads = {"topics" if name.startswith(TOPIC) else name for name in decided.labels}
    return frozenset(heads & set(HEADS))


def _value(labels_: Decided | Labels, label: str) -> Any:
    topic = label.removeprefix(TOPIC)
    if label == "topics":
        return set(labels_.topics) & set(TOPICS)
    return getattr(labels_, label) if topic == label else topic in labels_.topics


def _told(key: str, compared: Compared) -> str:
    decisions = "–" if compared.decisions is None else number(round(100 * compared.decisions))
    return t(key, test=number(round(compared.test, 3)), decisions=decisions)
