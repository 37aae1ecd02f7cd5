"""The model card is of the model that is shipped."""

from __future__ import annotations

import re

import pytest

from models.card import PATH, card
from models.classifier import Classifier
from models.examples import TEST_FOLDER, Example, read_examples
from models.quality import quality

NUMBER = re.compile(r"(?<![\w-])\d+(?:\.\d+)?(?![\w-])")


def test_the_card_in_the_repository_is_of_the_shipped_model(classifier: Classifier, examples: list[Example]) -> None:
    """On another processor sums are rounded otherwise, and a post or two on the edge gets another label."""
    test = read_examples(TEST_FOLDER)
    found = quality(test, classifier.label([example.post for example in test]), classifier.version)
    written, made = PATH.read_text("utf-8"), card(found, examples, test)
    assert NUMBER.sub("0", written) == NUMBER.sub("0", made), "run `make card`"
    for one, other in zip(NUMBER.findall(written), NUMBER.findall(made), strict=True):
        assert float(one) == pytest.approx(float(other), abs=0.02 if "." in one else 2), "run `make card`"
