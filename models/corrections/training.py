"""Learning how posts stand to facts, from labelled registers. `python -m models.corrections.training` writes the
weights that ship, and says how good they are on registers that were kept apart.

Each pair of a post and a near fact is one example: the fact that the post was written about with its relation, the
others as `unrelated`. What the post says and what the fact tells are also swapped (`_SWAPPED`). The register's own
words are examples too: a statement states its fact and contradicts it where it is denied, a known false claim
contradicts it and debunks where it is denied, and both may be asked about. Everyday posts that come near a fact by
chance are learned as `unrelated`. How the reader is weighed beside this linear model is learned last, from registers
that neither has seen.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from scipy import sparse

from models import examples as everyday_posts
from models import quantities
from models.corrections import cues, evidence, fact, post, reader, retrieval, words
from models.corrections.evaluation import Judged, average_precision, figures, held_against, recall_at
from models.corrections.evidence import gather
from models.corrections.examples import (
    CALIBRATION_FOLDER,
    TEST_FOLDER,
    MatchExample,
    Register,
    fingerprint,
    read_registers,
)
from models.corrections.fact import FactReading, read_register
from models.corrections.matcher import Matcher
from models.corrections.post import PostReading
from models.corrections.reader import Reader, pair_of
from models.corrections.retrieval import Candidate, Index
from models.corrections.verdict import verdicts
from models.corrections.weights import PATH, UNREAD, Weights, another_meant, beside, save, worth_reading
from models.corrections.words import content
from models.examples import read_examples
from models.facts import holds
from models.labels import RELATIONS, SURE_CONTRADICTION

_SWAPPED: Final[Mapping[tuple[str, str], str]] = {
    ("states", "="): "contradicts",
    ("contradicts", "≠"): "states",
    ("debunks", "=≠"): "contradicts",
    ("debunks", "≠"): "contradicts",
    ("debunks", "="): "contradicts",
    ("asks", "="): "asks",
    ("asks", "≠"): "asks",
    ("asks", "=≠"): "asks",
    ("unrelated", "="): "unrelated",
    ("unrelated", "≠"): "unrelated",
}
"""What a relation becomes when the quantity that post and fact share (`=`) is another, and the other way round."""
_SWAPPED_WEIGHT: Final = 0.5
_OWN_WEIGHT: Final = 0.3
_TURNED: Final[Mapping[str, tuple[tuple[str, str, str, str], ...]]] = {
    "nb": (
        ("Det stemmer ikke at {}.", "Dette stemmer ikke.", "Nei, det stemmer ikke.", "Stemmer det at {}?"),
        ("Det er ikke sant at {}.", "Det er ikke sant.", "Det er ikke sant.", "Er det sant at {}?"),
        ("Det er feil at {}.", "Det er feil.", "Hei! Det er ikke riktig.", "Er det riktig at {}?"),
        ("Det er en myte at {}.", "Det er en myte.", "Det stemmer ikke.", "Vet noen om {}?"),
    ),
    "nn": (
        ("Det stemmer ikkje at {}.", "Dette stemmer ikkje.", "Nei, det stemmer ikkje.", "Stemmer det at {}?"),
        ("Det er ikkje sant at {}.", "Det er ikkje sant.", "Det er ikkje sant.", "Er det sant at {}?"),
        ("Det er feil at {}.", "Det er feil.", "Hei! Det er ikkje rett.", "Er det rett at {}?"),
        ("Det er berre tull at {}.", "Det er berre tull.", "Det stemmer ikkje.", "Veit nokon om {}?"),
    ),
    "en": (
        ("It is not true that {}.", "This is not true.", "No, that is not true.", "Is it true that {}?"),
        ("It is wrong that {}.", "That is wrong.", "That is wrong.", "Is it right that {}?"),
        ("It is a myth that {}.", "That is a myth.", "This is not correct.", "Does anybody know if {}?"),
    ),
}
"""Ways in which what a register tells is denied, denied in a sentence after it, set against what another said in a
sentence before it, and asked about, by language."""
_WHENEVER: Final = "2026-01-15"
"""The day of what is said of a fact that tells no day."""
_EVERYDAY: Final = 400
"""Everyday posts held against each register."""
_COST: Final = 0.05
_SIGN_SCALE: Final = 1.5
"""How much a turn of speech counts beside a measure, which is scaled to a standard deviation of 1."""
_FEWEST: Final = 12
"""Examples that a feature needs."""
_WORD_POSTS: Final = 5
"""Posts that a word needs to be known as common."""
_ITERATIONS: Final = 400


@dataclass(frozen=True, slots=True)
class Pair:
    """A post and a fact that it is near, with how the post stands to it."""

    register: str
    post_id: str
    fact_id: str
    features: dict[str, float]
    relation: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Held:
    """A post beside a fact, as both are read, and how it stands to it."""

    example: MatchExample
    post: PostReading
    fact: FactReading
    candidate: Candidate
    features: dict[str, float]
    relation: str


def background() -> dict[str, float]:
    """How rare folded words are in everyday posts: the log of the inverse share of posts that have them."""
    examples = read_examples()
    spread = Counter(word for example in examples for word in content(example.post.text))
    rare = {word: math.log(len(examples) / count) for word, count in spread.items() if count >= _WORD_POSTS}
    return rare | {"": math.log(len(examples) / 2)}


def pairs(registers: Sequence[Register], rare: Mapping[str, float]) -> list[Pair]:
    """Every pair of the registers, those that are swapped, and those with everyday posts."""
    everyday = [example.post.text for example in read_examples()]
    found: list[Pair] = []
    for register in registers:
        found += _pairs(register, rare)
        found += (replace(pair, weight=_OWN_WEIGHT * pair.weight) for pair in _pairs(own_words(register), rare))
        found += _everyday_pairs(register, rare, everyday)
    return found


def own_words(register: Register) -> Register:
    """The register with what it tells of each fact in place of its posts: said, denied and asked."""
    posts = []
    chance = random.Random(register.name)  # noqa: S311  (no secret)
    for known in register.facts:
        at = datetime.fromisoformat(f"{known.valid_from or _WHENEVER}T12:00:00+01:00")
        told = [
            *((text, "nb", "states") for text in (known.statement_nb, known.reply_nb)),
            *((text, "nn", "states") for text in (known.statement_nn, known.reply_nn)),
            *((text, "en", "states") for text in (known.statement_en, known.reply_en)),
            *((text, "nb", "contradicts") for text in known.known_false_claims),
        ]
        for text, lang, relation in told:
            if text:
                sentence = text.rstrip(" .!?")
                clause = sentence[:1].lower() + sentence[1:]
                denied, untrue, other_is_wrong, asked = chance.choice(_TURNED[lang])
                denial = "debunks" if relation == "contradicts" else "contradicts"
                set_right = "debunks" if relation == "states" else "contradicts"
                turned = {
                    text: relation,
                    denied.format(clause): denial,
                    f"{sentence}. {untrue}": denial,
                    f"{other_is_wrong} {sentence}.": set_right,
                    asked.format(clause): "asks",
                }
                posts += [
                    MatchExample(f"{known.id} {said}", said, lang, at, known.id, meant)
                    for said, meant in turned.items()
                ]
    return replace(register, posts=tuple(posts))


def _pairs(register: Register, rare: Mapping[str, float]) -> Iterator[Pair]:
    for held in _held(register, rare):
        made = Pair(register.name, held.example.id, held.fact.fact.id, held.features, held.relation)
        yield made
        about = made.fact_id == held.example.fact_id
        if about and (swapped := _SWAPPED.get((made.relation, _shared(made.features)))):
            other = gather(held.post, held.fact, held.candidate, swapped=True)
            if other is not None:
                yield replace(made, features=other.features, relation=swapped, weight=_SWAPPED_WEIGHT)


def _held(register: Register, rare: Mapping[str, float]) -> Iterator[_Held]:
    """Each post beside each fact that it is near."""
    facts = read_register(register.facts, rare)
    index = Index([reading.fact for reading in facts])
    for example, near in zip(register.posts, index.near([p.text for p in register.posts]), strict=True):
        reading = PostReading.of(example.text, example.lang, example.published_at)
        for candidate in near:
            known = facts[candidate.number]
            if found := gather(reading, known, candidate):
                relation = example.relation if known.fact.id == example.fact_id else "unrelated"
                yield _Held(example, reading, known, candidate, found.features, relation)


def _shared(features: Mapping[str, float]) -> str:
    differs = features.get("differs", 0.0) > 0 or features.get("claimed quantity", 0.0) > 0
    return "=" * (features.get("says the same", 0.0) > 0) + "≠" * differs


def _everyday_pairs(register: Register, rare: Mapping[str, float], texts: Sequence[str]) -> Iterator[Pair]:
    facts = read_register(register.facts, rare)
    index = Index([reading.fact for reading in facts])
    drawn = random.Random(register.name).sample(texts, min(len(texts), 20 * _EVERYDAY))  # noqa: S311  (no secret)
    at = datetime.fromisoformat(f"{_WHENEVER}T12:00:00+01:00")
    kept = 0
    for text, near in zip(drawn, index.near(drawn), strict=True):
        if near and kept < _EVERYDAY:
            known = facts[near[0].number]
            if found := gather(PostReading.of(text, "nb", at), known, near[0]):
                kept += 1
                yield Pair(register.name, "", known.fact.id, found.features, "unrelated")


def train(learned: Sequence[Pair], rare: Mapping[str, float], version: str = "") -> Weights:
    """Multinomial logistic regression over the pairs."""
    from sklearn.linear_model import LogisticRegression

    spread = Counter(name for pair in learned for name in pair.features)
    names = {name: n for n, name in enumerate(sorted(name for name, count in spread.items() if count >= _FEWEST))}
    matrix = _matrix(learned, names)
    scales = _scales(matrix, names)
    model = LogisticRegression(C=_COST, max_iter=_ITERATIONS, tol=1e-3).fit(
        matrix @ sparse.diags(scales),
        [RELATIONS.index(pair.relation) for pair in learned],
        sample_weight=[pair.weight for pair in learned],
    )
    rows = (model.coef_ * scales).T.astype(np.float32)
    return Weights(version, names, rows, model.intercept_.astype(np.float32), rare, UNREAD)


def calibrate(weights: Weights, registers: Sequence[Register], reader: Reader) -> Weights:
    """The weights with the `blend` that tells most of these registers, which neither of the two has learned from
    (stacking: Wolpert 1992)."""
    from sklearn.linear_model import LogisticRegression

    held = [one for register in registers for one in _held(register, weights.background)]
    own = np.array([weights.probabilities(one.features) for one in held])
    worth = worth_reading(own)
    read = reader.read([pair_of(held[n].post, held[n].fact.fact) for n in worth])
    other = another_meant(own, worth, read, [id(one.post) for one in held])
    model = LogisticRegression(max_iter=10 * _ITERATIONS).fit(
        beside(own[worth], read, other[worth])[:, :-1], [RELATIONS.index(held[n].relation) for n in worth]
    )
    return replace(weights, blend=np.vstack([model.coef_.T, model.intercept_]).astype(np.float32))


def _matrix(learned: Sequence[Pair], names: Mapping[str, int]) -> sparse.csr_matrix:
    values, columns, pointers = [], [], [0]
    for pair in learned:
        for name, value in pair.features.items():
            if name in names:
                columns.append(names[name])
                values.append(value)
        pointers.append(len(columns))
    return sparse.csr_matrix((values, columns, pointers), shape=(len(learned), len(names)))


def _scales(matrix: sparse.csr_matrix, names: Mapping[str, int]) -> np.ndarray:
    mean = np.asarray(matrix.mean(axis=0)).ravel()
    spread = np.sqrt(np.maximum(np.asarray(matrix.multiply(matrix).mean(axis=0)).ravel() - mean**2, 1e-9))
    signs = np.array([": " in name or " | " in name for name in names])
    return np.where(signs, _SIGN_SCALE, 1 / spread)


def judged(register: Register, weights: Weights) -> list[Judged]:
    """What the matcher makes of a register's posts with these weights, beside what they should have been."""
    by_id = {known.id: known for known in register.facts}
    found = verdicts(
        Matcher(register.facts, weights=weights), [(p.text, p.lang, p.published_at) for p in register.posts]
    )
    return [
        held_against(given, example, holds(by_id[example.fact_id], example.published_at.date()))
        for example, given in zip(register.posts, found, strict=True)
    ]


def code_version(registers: Sequence[Register]) -> str:
    """Twelve hex digits of the examples and the code that the weights come from."""
    h = hashlib.sha256(f"{fingerprint(registers)} {everyday_posts.fingerprint(read_examples())}".encode())
    for module in (sys.modules[__name__], cues, evidence, fact, post, reader, retrieval, words):
        h.update(inspect.getsource(module).encode())
    for path in [
        reader.NETWORK,
        reader.PIECES,
        *sorted(Path(quantities.__path__[0]).glob("*.py")),
        *sorted(words.GLOSSARY.glob("*.txt")),
    ]:
        h.update(path.read_bytes())
    return h.hexdigest()[:12]


def main() -> None:
    registers, calibrating = read_registers(), read_registers(CALIBRATION_FOLDER)
    rare = background()
    weights = train(pairs(registers, rare), rare, code_version([*registers, *calibrating]))
    weights = calibrate(weights, calibrating, reader.shipped())
    kept_apart = [one for register in read_registers(TEST_FOLDER) for one in judged(register, weights)]
    print(figures(kept_apart, SURE_CONTRADICTION), average_precision(kept_apart), recall_at(kept_apart))
    save(weights, PATH)


if __name__ == "__main__":
    main()
