"""`lyttepost train`: a new model is used where it is not worse, and the old one can be brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import labels, listening
from data.store import Store
from lyttepost import train as training
from lyttepost.config import Config
from lyttepost.context import OK, PARTLY, WRONG, Context
from lyttepost.home import Home
from lyttepost.jobs import Work
from lyttepost.train import Compared, is_worse, train_again
from models import shelf
from models.examples import Example
from tests.builders import NOW, keep, post


@pytest.fixture
def context(store: Store, tmp_path: Path, models: Path, few: list[Example], monkeypatch: pytest.MonkeyPatch) -> Context:
    """A home whose shipped examples are few, so that training takes a second."""
    monkeypatch.setattr(training, "read_examples", lambda *_: few)
    monkeypatch.setattr(shelf, "read_examples", lambda *_: few)
    home = Home(tmp_path)
    home.models.mkdir()
    (home.models / "classifier.model").write_bytes((models / "classifier.model").read_bytes())
    config = Config("Fjellheim kommune", "")
    return Context(home, config, store, Work(store, config, home.models, print))


def decide(context: Context, count: int) -> list[str]:
    items = [post(str(n), f"Glimrende innsats av vaktlaget på rute {n}, sa ingen.") for n in range(count)]
    keep(context.store, *items)
    context.work.process()
    for item in items:
        context.store.write(lambda c, item=item: labels.decide(c, item.post_id, "conflict", "2", "Kari", NOW))
    return [item.post_id for item in items]


def run(context: Context, back: bool = False) -> tuple[int, str]:
    said: list[str] = []
    code = train_again(context, said.append, back)
    return code, "\n".join(said)


def test_a_model_learns_from_decisions_and_is_used_at_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_TOLERATED", 1.0)  # the shipped model has seen what it is compared on here
    shipped = context.work.classifier.version
    ids = decide(context, 15)
    code, said = run(context)
    assert code == OK, said
    assert "12 innlegg dere har rettet" in said
    assert "█" * 20 + " 9 av 9" in said
    trained = context.work.classifier.version
    assert trained != shipped
    with context.store.read() as cursor:
        view = listening.post(cursor, ids[0])
    assert view
    assert (view.model_version, view.conflict, view.decided) == (trained, 2, ("conflict",))
    code, said = run(context, back=True)
    assert (code, context.work.classifier.version) == (OK, shipped)


def test_a_model_that_is_worse_is_not_used(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = context.work.classifier.version
    decide(context, 12)
    figures = iter([Compared(0.8, 0.5), Compared(0.6, 0.9)])
    monkeypatch.setattr(training, "compare", lambda *_: next(figures))
    code, said = run(context)
    assert (code, "ikke tatt i bruk" in said) == (PARTLY, True)
    assert context.work.classifier.version == shipped


def test_a_few_decisions_are_too_few_and_there_may_be_nothing_to_bring_back(context: Context) -> None:
    decide(context, 2)
    code, said = run(context)
    assert (code, "minst 10" in said) == (WRONG, True)
    assert run(context, back=True)[0] == WRONG


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        (Compared(0.8, 0.5), Compared(0.81, 0.6), False),
        (Compared(0.8, 0.5), Compared(0.797, 0.5), False),
        (Compared(0.8, 0.5), Compared(0.79, 0.9), True),
        (Compared(0.8, 0.5), Compared(0.9, 0.4), True),
        (Compared(0.8, None), Compared(0.8, None), False),
    ],
)
def test_a_new_model_must_not_be_worse_on_either(old: Compared, new: Compared, worse: bool) -> None:
    assert is_worse(old, new) == worse
