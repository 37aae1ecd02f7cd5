"""The model card is of the model that is shipped."""

from __future__ import annotations

from models.card import PATH, card
from models.classifier import Classifier
from models.examples import TEST_FOLDER, Example, read_examples
from models.quality import quality


def test_the_card_in_the_repository_is_of_the_shipped_model(classifier: Classifier, examples: list[Example]) -> None:
    test = read_examples(TEST_FOLDER)
    found = quality(test, classifier.label([example.post for example in test]), classifier.version)
    assert PATH.read_text("utf-8") == card(found, examples, test), "run `make card`"
