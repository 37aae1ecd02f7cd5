from __future__ import annotations

from dataclasses import replace

import pytest

from models import parallel
from models.classifier import Classifier
from models.examples import Example


def test_many_posts_get_the_same_labels_as_few_in_the_same_order(
    classifier: Classifier, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "WORTH_IT", 10)
    monkeypatch.setattr(parallel, "_PIECE", 30)
    posts = [example.post for example in examples[:100]]
    together, alone = parallel.label_all(classifier, posts), classifier.label(posts)
    # Sums of floating-point numbers end otherwise in batches of another size.
    assert [replace(given, scores={}) for given in together] == [replace(given, scores={}) for given in alone]
    assert [given.scores for given in together] == [pytest.approx(dict(given.scores)) for given in alone]
