"""Learning how posts stand to facts, from a register small enough to learn in a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sklearn.linear_model  # noqa: F401  (with the library whose threads are limited)
from threadpoolctl import threadpool_limits

from models.corrections import reader, words
from models.corrections.evaluation import Figures, Judged, average_precision, figures, recall_at
from models.corrections.examples import CALIBRATION_FOLDER, MatchExample, Register, read_registers
from models.corrections.post import PostReading
from models.corrections.training import Pair, background, calibrate, code_version, judged, own_words, pairs, train
from models.corrections.weights import Weights, shipped
from models.labels import RELATIONS, Fact
from tests.models.corrections.helpers import DEADLINE, FACTS, FERRY, ISLAND, NOON, PUPILS, evidence

# Hundreds of pairs do not settle all that thousands do. In one process, so that they are learned once.
pytestmark = [pytest.mark.filterwarnings("ignore:lbfgs failed to converge"), pytest.mark.xdist_group("learning")]

POSTS = {
    ("pupils", "contradicts"): (
        "Granlia skole har bare 30 elever nå.",
        "Det går 25 elever på Granlia skole!",
        "Skulen på Granlia har 40 elevar att.",
        "Granlia skole er nede i 20 elever.",
    ),
    ("pupils", "states"): (
        "Granlia skole har 84 elever.",
        "Det går 84 elever på Granlia skole!",
        "Skulen på Granlia har 84 elevar.",
        "Vi er 84 elever på Granlia skole.",
    ),
    ("pupils", "asks"): ("Hvor mange elever har Granlia skole?", "Har Granlia skole 20 elever?"),
    ("pupils", "debunks"): ("Det stemmer ikke at Granlia skole har 20 elever.",),
    ("pupils", "unrelated"): ("Granlia skole har fin sklie.", "Takk for turen, Granlia skole!"),
    ("ferry", "contradicts"): (
        "Ferja til Tangholmen bruker 20 minutter.",
        "Ferga til Tangholmen tek 25 minutt.",
        "The ferry to Tangholmen takes 30 minutes.",
    ),
    ("ferry", "states"): (
        "Ferja til Tangholmen bruker 12 minutter.",
        "Ferga til Tangholmen tek 12 minutt.",
        "The ferry to Tangholmen takes 12 minutes.",
    ),
    ("ferry", "asks"): ("Hvor lang tid bruker ferja til Tangholmen?",),
    ("ferry", "debunks"): ("Bare tull at ferja til Tangholmen bruker 20 minutter.",),
    ("deadline", "contradicts"): (
        "Fristen for barnehageplass er 1. februar 2027.",
        "Søk barnehageplass innen 15. mars, da er fristen!",
        "Fristen for å søkje barnehageplass er 1. april.",
    ),
    ("deadline", "states"): (
        "Fristen for barnehageplass er 1. mars 2027.",
        "Søk barnehageplass innen 1. mars, da er fristen!",
        "Fristen for å søkje barnehageplass er 1. mars.",
    ),
}
REGISTER = Register(
    "small",
    (PUPILS, FERRY, DEADLINE),
    tuple(
        MatchExample(f"{fact_id}-{relation}-{number}", text, "nb", NOON, fact_id, relation)
        for (fact_id, relation), texts in POSTS.items()
        for number, text in enumerate(texts)
    ),
)


FACT_OF = {fact.id: fact for fact in REGISTER.facts}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small products gain nothing from threads, which wait for one another on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def rare() -> Mapping[str, float]:
    return background()


@pytest.fixture(scope="module")
def learned(rare: Mapping[str, float]) -> list[Pair]:
    return pairs([REGISTER], rare)


@pytest.fixture(scope="module")
def weights(learned: list[Pair], rare: Mapping[str, float]) -> Weights:
    return train(learned, rare, "small")


def test_the_shipped_weights_are_those_of_the_shipped_examples_and_code() -> None:
    """Run `make weights` where they are not."""
    assert shipped().version == code_version([*read_registers(), *read_registers(CALIBRATION_FOLDER)])


def test_the_version_follows_examples_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    version = code_version([REGISTER])
    assert len(version) == 12
    assert code_version([REGISTER]) == version
    assert code_version([replace(REGISTER, posts=REGISTER.posts[1:])]) != version
    monkeypatch.setattr("models.corrections.training.cues", np)
    assert code_version([REGISTER]) != version


def test_the_version_follows_the_glossary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = code_version([REGISTER])
    monkeypatch.setattr(words, "GLOSSARY", tmp_path)
    assert code_version([REGISTER]) != version


def test_the_version_follows_the_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = code_version([REGISTER])
    (tmp_path / "other").write_bytes(b"taught anew")
    monkeypatch.setattr(reader, "NETWORK", tmp_path / "other")
    assert code_version([REGISTER]) != version


def test_how_the_reader_is_weighed_is_learned_from_registers_that_neither_has_seen(weights: Weights) -> None:
    calibrated = calibrate(weights, [REGISTER], reader.shipped())
    assert calibrated.rows is weights.rows
    assert calibrated.blend.shape == weights.blend.shape

    posts = [(post, FACT_OF[post.fact_id]) for post in REGISTER.posts]
    own = np.array([weights.probabilities(evidence(post.text, fact).features) for post, fact in posts])
    read = reader.shipped().read(
        [reader.pair_of(PostReading.of(post.text, post.lang, NOON), fact) for post, fact in posts]
    )
    right = [RELATIONS.index(post.relation) for post, _ in posts]

    def likelihood(one: Weights) -> float:
        together = one.with_reader(own, read, np.zeros(len(right)))
        return float(np.log(together[np.arange(len(right)), right]).sum())

    assert likelihood(calibrated) > likelihood(weights)


def test_a_word_that_few_everyday_posts_have_tells_more(rare: Mapping[str, float]) -> None:
    assert 0 < rare[words.fold("skole")] < rare[words.fold("ambulanse")] < rare[""]


def test_pairs_are_the_same_twice(learned: list[Pair], rare: Mapping[str, float]) -> None:
    assert pairs([REGISTER], rare) == learned


def test_every_post_is_held_against_its_fact(learned: list[Pair]) -> None:
    held = {(pair.post_id, pair.fact_id, pair.relation) for pair in learned}
    assert {(post.id, post.fact_id, post.relation) for post in REGISTER.posts} <= held


def test_other_facts_that_a_post_is_near_are_unrelated(rare: Mapping[str, float]) -> None:
    fact_of = {post.id: post.fact_id for post in REGISTER.posts}
    found = pairs([replace(REGISTER, facts=FACTS)], rare)
    others = [pair for pair in found if pair.post_id in fact_of and pair.fact_id != fact_of[pair.post_id]]
    assert ("ferry-states-1", "island") in {(pair.post_id, pair.fact_id) for pair in others}
    assert {pair.relation for pair in others} == {"unrelated"}


def test_what_states_a_quantity_is_doubled_as_what_contradicts_it(learned: list[Pair]) -> None:
    right, swapped = (pair for pair in learned if pair.post_id == "pupils-states-0")
    assert (right.relation, swapped.relation) == ("states", "contradicts")
    assert right.features["same"] == swapped.features["differs"]
    assert swapped.weight < right.weight


def test_what_the_register_says_itself_is_learned_and_its_denial_and_question(learned: list[Pair]) -> None:
    own = {pair.post_id: pair for pair in learned if pair.post_id.startswith("pupils ") and pair.weight == 0.3}
    assert {said: pair.relation for said, pair in own.items()} == {
        "pupils Granlia skole har 84 elever.": "states",
        "pupils Det er en myte at granlia skole har 84 elever.": "contradicts",
        "pupils Granlia skole har 84 elever. Det er en myte.": "contradicts",
        "pupils Det stemmer ikke. Granlia skole har 84 elever.": "debunks",
        "pupils Vet noen om granlia skole har 84 elever?": "asks",
        "pupils Granlia skole har bare 20 elever igjen.": "contradicts",
        "pupils Det er en myte at granlia skole har bare 20 elever igjen.": "debunks",
        "pupils Granlia skole har bare 20 elever igjen. Det er en myte.": "debunks",
        "pupils Det stemmer ikke. Granlia skole har bare 20 elever igjen.": "contradicts",
        "pupils Vet noen om granlia skole har bare 20 elever igjen?": "asks",
    }


def test_it_is_denied_and_asked_about_in_several_ways() -> None:
    said = [post.text for register in read_registers()[:2] for post in own_words(register).posts]
    for way in (
        "Det stemmer ikke at",
        "Det er ikke sant at",
        "Det stemmer ikkje at",
        "It is wrong that",
        "Er det sant",
    ):
        assert any(text.startswith(way) for text in said), way


def test_everyday_posts_are_unrelated(learned: list[Pair]) -> None:
    everyday = [pair for pair in learned if not pair.post_id]
    assert len(everyday) >= 20
    assert {pair.relation for pair in everyday} == {"unrelated"}


@pytest.mark.parametrize(
    ("text", "fact", "relation"),
    [
        ("Granlia skole har 33 elever igjen.", PUPILS, "contradicts"),
        ("Så vidt jeg vet har Granlia skole 84 elever.", PUPILS, "states"),
        ("Ferja ut til Tangholmen tar 18 minutter", FERRY, "contradicts"),
        ("Ferja ut til Tangholmen tar tolv minutter", FERRY, "states"),
    ],
)
def test_a_small_register_teaches_what_contradicts_and_what_states(
    weights: Weights, text: str, fact: Fact, relation: str
) -> None:
    chances = weights.probabilities(evidence(text, fact).features)
    assert RELATIONS[int(chances.argmax())] == relation


def test_the_same_pairs_give_the_same_weights(learned: list[Pair], rare: Mapping[str, float]) -> None:
    own = [pair for pair in learned if pair.post_id]
    one, other = train(own, rare), train(list(own), rare)
    assert one.names == other.names
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.bias, other.bias)


def test_a_feature_of_few_pairs_is_not_learned(weights: Weights, learned: list[Pair]) -> None:
    spread = Counter(name for pair in learned for name in pair.features)
    assert spread["1: sklie"] < 8
    assert "1: sklie" not in weights.names
    assert all(spread[name] >= 8 for name in weights.names)


def test_a_register_is_judged_as_the_matcher_would(weights: Weights) -> None:
    found = judged(replace(REGISTER, facts=(*REGISTER.facts, ISLAND)), weights)
    assert len(found) == len(REGISTER.posts)
    measured = figures(found, 0.5)
    assert measured.needing == sum(post.relation == "contradicts" for post in REGISTER.posts)
    assert min(measured.precision, measured.recall, measured.right_fact) > 0.7


def test_what_contradicts_a_fact_that_does_not_hold_needs_no_correction(weights: Weights) -> None:
    facts = tuple(replace(fact, valid_from="2026-10-15") for fact in REGISTER.facts)
    found = judged(replace(REGISTER, facts=facts), weights)
    assert not any(one.needs or one.score for one in found)


JUDGED = (
    Judged(0.9, True, True, "contradicts", True, True),
    Judged(0.7, False, False, "states", True, False),
    Judged(0.6, True, True, "contradicts", True, True),
    Judged(0.2, False, False, "asks", True, True),
    Judged(0.1, False, True, "contradicts", False, False),
    Judged(0.0, False, False, "unrelated", False, True),
)


def test_the_figures_count_what_is_flagged() -> None:
    assert figures(JUDGED, 0.5) == Figures(
        posts=6,
        needing=3,
        precision=2 / 3,
        recall=2 / 3,
        others_flagged=1 / 2,
        right_fact=4 / 5,
        right_relation=4 / 6,
    )
    assert figures((), 0.5) == Figures(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_greatest_recall_is_that_with_enough_precision() -> None:
    assert recall_at(JUDGED) == (1 / 3, 0.9)
    assert recall_at(JUDGED, precision=0.6, others=0.5) == (2 / 3, 0.6)
    assert recall_at(JUDGED[1:2]) == (0.0, 1.0)


def test_average_precision_is_1_where_all_that_need_it_come_first() -> None:
    assert average_precision(JUDGED) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision([judged for judged in JUDGED[::2] if judged.right]) == 1.0
