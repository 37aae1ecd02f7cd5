"""The trained classifier at work: labels with calibrated scores for many posts, and the reasons for one post's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.features import PAIRS, Feature, Vocabulary, features, full_text, has_words
from models.labels import CHOICES, CONFLICT_FLAG, CONFLICT_LEVELS, TOPICS, Labels, PostText, Reason
from models.language import detect
from models.model_file import COLUMNS, HEADS, NO_TOPIC, OUTPUTS, Model

CHUNK: Final = 500
"""Posts whose decision values are worked out together."""
TOP_REASONS: Final = 5
OWN_BIAS: Final = ""
"""The name that the bias of a body's own topic stands under among its weights."""
_OWN_GIVEN: Final = 0.5
_BEST_TOPIC_COUNTS: Final = 0.4
"""The part of the best topic's decision value that is taken off the one for no topic (see `nothing_public`)."""
_FLAGGED: Final = [at for at, level in enumerate(CONFLICT_LEVELS) if level >= CONFLICT_FLAG]

_COLUMN: Final = {output: at for at, output in enumerate(OUTPUTS)}


class Classifier:
    """A model, ready to label. Threads may share it."""

    def __init__(
        self, model: Model, own: Mapping[str, Mapping[str, float]] | None = None, own_version: str = ""
    ) -> None:
        """`own` are a body's own topics: topic → feature → weight (see `own_topics`). Their version is a part of the
        whole."""
        self.version = f"{model.version}-{own_version}" if own_version else model.version
        self.model = model
        self.vocabulary = Vocabulary(model.names)
        self._own = own or {}
        self._own_weights = np.zeros((len(model.names), len(self._own)), dtype=np.float32)
        self._own_bias = np.zeros(len(self._own), dtype=np.float32)
        for at, learned in enumerate(self._own.values()):
            self._own_bias[at] = learned.get(OWN_BIAS, 0.0)
            for name, weight in learned.items():
                if column := self.vocabulary.column(name):
                    self._own_weights[column, at] = weight

    def label(self, posts: Sequence[PostText]) -> list[Labels]:
        """The labels of each post, in order. Any text will do, also none."""
        labels: list[Labels] = []
        for start in range(0, len(posts), CHUNK):
            labels.extend(self._label(posts[start : start + CHUNK]))
        return labels

    def _label(self, posts: Sequence[PostText]) -> Iterable[Labels]:
        matrix = self.vocabulary.matrix(features(post) for post in posts)
        decisions = matrix @ self.model.weights + self.model.bias
        topics = topic_probabilities(decisions[:, COLUMNS["topics"]], self.model.topic_calibration)
        none = nothing_public(decisions[:, COLUMNS["topics"]])
        given = (topics >= self.model.topic_thresholds) & (none < self.model.no_topic)
        own = 1.0 / (1.0 + np.exp(-(matrix @ self._own_weights + self._own_bias)))
        confident = [topic_confidence(topics, given)]
        chosen: dict[str, list[int]] = {}
        scores: dict[str, list[float]] = {}
        for head in CHOICES:
            probabilities = choice_probabilities(decisions[:, COLUMNS[head]], self.model.calibration[head])
            best = (probabilities * self.model.preference[head]).argmax(axis=1)
            chosen[head] = best.tolist()
            confident.append(probabilities[np.arange(len(posts)), best])
            scores[head] = confident[-1].tolist()
            if head == "conflict":
                scores["conflict_flag"] = probabilities[:, _FLAGGED].sum(axis=1).clip(0.0, 1.0).tolist()
        confidence = np.column_stack(confident)
        doubts = (self.model.sure - confidence) / self.model.sure.clip(1e-6)
        for at, post in enumerate(posts):
            lang, score = detect(full_text(post))
            values = {head: values[chosen[head][at]] for head, values in CHOICES.items()}
            sure = {"lang": score} | {name: column[at] for name, column in scores.items()}
            found = tuple(TOPICS[topic] for topic in given[at].nonzero()[0])
            sure.update((topic, float(topics[at, TOPICS.index(topic)])) for topic in found)
            uncertain = tuple(head for head, doubt in zip(HEADS, doubts[at], strict=True) if doubt > 0)
            doubt = float(max(doubts[at].max(), 0.0))
            for topic, probability in zip(self._own, own[at].tolist(), strict=True):
                if probability >= _OWN_GIVEN:
                    found = (*found, topic)
                    sure[topic] = probability
            labels = Labels(
                lang,
                found,
                scores=sure,
                model_version=self.version,
                uncertain=uncertain,
                doubt=round(doubt, 4),
                **values,
            )
            yield labels if has_words(full_text(post)) else _wordless(labels, post)

    def explain(self, post: PostText, labels: Labels) -> dict[str, list[Reason]]:
        """For each topic given, `conflict`, `actor`, `stance` and `intent`: the words that weighed most for
        (positive) and against (negative) the label, at most five, heaviest first. The words stand so in the post, its
        author's profile or the post that it answers. A text without words and a label that the model does not know
        have no reasons."""
        if not has_words(full_text(post)):
            return {name: [] for name in (*labels.topics, *CHOICES)}
        found = features(post)
        wanted: dict[str, tuple[str, Any]] = {topic: ("topics", topic) for topic in labels.topics}
        wanted.update((head, (head, getattr(labels, head))) for head in CHOICES)
        own = list(self._own)
        reasons: dict[str, list[Reason]] = {}
        for name, output in wanted.items():
            if output in _COLUMN:
                reasons[name] = self._reasons(found, self.model.weights[:, _COLUMN[output]])
            else:
                reasons[name] = self._reasons(found, self._own_weights[:, own.index(name)]) if name in own else []
        return reasons

    def _reasons(self, found: Sequence[Feature], weights: NDArray[np.float32]) -> list[Reason]:
        totals: defaultdict[str, float] = defaultdict(float)
        spelled: dict[str, str] = {}
        for source, weight in self._contributions(found, weights):
            for word in source:
                spelled.setdefault(word.lower(), word)
                totals[word.lower()] += weight / len(source)
        heaviest = sorted(totals, key=lambda word: (-abs(totals[word]), word))[:TOP_REASONS]
        return [Reason(spelled[word], round(totals[word], 4)) for word in heaviest if totals[word]]

    def _contributions(
        self, found: Sequence[Feature], weights: NDArray[np.float32]
    ) -> Iterable[tuple[Sequence[str], float]]:
        for feature in found:
            block, names, value, source = feature
            if block == PAIRS:
                for at, name in enumerate(names):
                    column = self.vocabulary.column(name)
                    if column:
                        yield [word for word in source[at : at + 2] if word], float(weights[column]) * value
            else:
                yield source, float(weights[self.vocabulary.columns(feature)].sum()) * value


def topic_probabilities(decisions: NDArray[Any], calibration: NDArray[Any]) -> NDArray[Any]:
    """(posts, topics): from the decision values of the topics and of none, and each topic's calibration."""
    odds = (topic_evidence(decisions) * calibration).sum(axis=2)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def nothing_public(decisions: NDArray[Any]) -> NDArray[Any]:
    """(posts, 1): how much speaks for no topic, less a part of what speaks for the best one: what is clearly about
    something is so, however small its words."""
    best = decisions[:, :NO_TOPIC].max(axis=1, keepdims=True)
    return np.asarray(decisions[:, NO_TOPIC : NO_TOPIC + 1] - _BEST_TOPIC_COUNTS * best)


def topic_confidence(probabilities: NDArray[Any], given: NDArray[Any]) -> NDArray[Any]:
    """(posts,): how sure it is that just these topics are right, by the one that is least sure."""
    return np.asarray(np.where(given, probabilities, 1.0 - probabilities).min(axis=1))


def topic_evidence(decisions: NDArray[Any]) -> NDArray[Any]:
    """(posts, topics, 4): for each topic its own decision value, the best other topic's, that of none, and 1."""
    topics = decisions[:, :NO_TOPIC]
    ranked = np.sort(topics, axis=1)
    best, second = ranked[:, -1:], ranked[:, -2:-1]
    rival = np.where(topics == best, second, best)
    none = np.broadcast_to(decisions[:, NO_TOPIC:], topics.shape)
    return np.stack([topics, rival, none, np.ones_like(topics)], axis=2)


def choice_probabilities(decisions: NDArray[Any], calibration: NDArray[Any]) -> NDArray[Any]:
    """(posts, K): from the decision values of a choice's values and its calibration."""
    odds = decisions @ calibration[:, :-1].T + calibration[:, -1]
    odds = np.exp(odds - odds.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _wordless(labels: Labels, post: PostText) -> Labels:
    """What the codebook gives a text without words; who wrote it still shows in the profile."""
    scores: Mapping[str, float] = {
        **{"lang": 1.0, "conflict": 1.0, "conflict_flag": 0.0, "stance": 1.0, "intent": 1.0},
        "actor": labels.scores["actor"],
    }
    intent = "sharing" if "http" in full_text(post) or "www." in full_text(post) else "other"
    return Labels("und", (), 0, labels.actor, "neutral", intent, scores, labels.model_version)
