"""A topic of the body's own is learned from a few examples, and not given to everything."""

from __future__ import annotations

from models import own_topics
from models.classifier import Classifier
from models.examples import Example
from models.labels import PostText

FERRY = [
    "Ferja til Storøya var innstilt igjen i dag tidlig, tredje gang denne uka.",
    "Hvorfor går det ikke flere ferjeavganger om kvelden?",
    "Sto i ferjekø i to timer med sjuke unger i baksetet.",
    "Ny elferje på sambandet, endelig litt stille på kaia!",
    "Ferjebillettene har blitt dyrere enn drosja.",
    "Kapteinen på ferja ventet på oss, takk!",
    "Får ikke lastebilen med på ferja når den er full av turister.",
    "Ferjerederiet lover bedring hver høst.",
    "Kan noen si når siste ferje går søndag?",
    "Ferja sto fast på grunn utenfor kaia i natt.",
]


def with_topic(classifier: Classifier, examples: list[Example], texts: list[str]) -> Classifier:
    learned = own_topics.learn(classifier, texts, [example.post for example in examples])
    return Classifier(classifier.model, {"ferje": learned} if learned else {}, "1")


def test_ten_examples_teach_a_topic_and_others_are_left_alone(classifier: Classifier, examples: list[Example]) -> None:
    taught = with_topic(classifier, examples, FERRY)
    asked = ["Ferja er innstilt i kveld også, skandale.", "Når går neste ferje fra Storøya?", "Takk for fin ferjetur!"]
    given = taught.label([PostText(text) for text in asked])
    assert sum("ferje" in labels.topics for labels in given) >= 2
    others = taught.label([example.post for example in examples])
    assert sum("ferje" in labels.topics for labels in others) <= len(examples) / 100
    (ferry, *_) = (labels for labels in given if "ferje" in labels.topics)
    assert 0.5 <= ferry.scores["ferje"] <= 1
    assert taught.version == f"{classifier.version}-1"


def test_a_topic_is_explained_by_its_words(classifier: Classifier, examples: list[Example]) -> None:
    taught = with_topic(classifier, examples, FERRY)
    post = PostText("Ferja er innstilt i kveld")
    (labels,) = taught.label([post])
    assert "Ferja" in {reason.word for reason in taught.explain(post, labels)["ferje"]}


def test_other_labels_are_as_before(classifier: Classifier, examples: list[Example]) -> None:
    taught = with_topic(classifier, examples, FERRY)
    posts = [example.post for example in examples[:50]]
    for before, after in zip(classifier.label(posts), taught.label(posts), strict=True):
        assert (before.conflict, before.actor, before.stance) == (after.conflict, after.actor, after.stance)
        assert [topic for topic in after.topics if topic != "ferje"] == list(before.topics)


def test_too_few_examples_or_ones_that_have_nothing_in_common_teach_nothing(
    classifier: Classifier, examples: list[Example]
) -> None:
    others = [example.post for example in examples]
    assert own_topics.learn(classifier, FERRY[:3], others) == {}
    assert own_topics.learn(classifier, [post.text for post in others[:: len(others) // 10]], others) == {}
