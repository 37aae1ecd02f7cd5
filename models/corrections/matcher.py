"""Which facts of the register posts speak of, and how they stand to each (codebook, section 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models import facts
from models.corrections import reader
from models.corrections.evidence import Evidence, gather
from models.corrections.fact import FactReading, read_register
from models.corrections.post import PostReading
from models.corrections.reader import Readings, pair_of, wording_key
from models.corrections.retrieval import Candidate, Index
from models.corrections.weights import Chances, Weights, another_meant, shipped, worth_reading
from models.corrections.words import content
from models.labels import RELATIONS, Fact, FactMatch

MATCHES: Final = 3
"""Facts kept of one post, at most."""
_BATCH: Final = 2_048
_VECTORIZED: Final = 8_192
"""Posts that `about` vectorizes at a time, in each thread."""
_OSLO: Final = ZoneInfo("Europe/Oslo")
_CONTRADICTS: Final = RELATIONS.index("contradicts")
_UNRELATED: Final = RELATIONS.index("unrelated")
_CONFIRMED: Final = 0.95
"""How sure the matcher is, at least, of what says what somebody confirmed."""
_ALIKE: Final = 0.6
"""The share of words from which a post says what another one said."""
_SPOKEN_OF: Final = 0.4
"""How likely a post must be about a fact that explains a number of it."""
_LEARNED: Final = 200
"""Decisions that are learned from, the latest of a fact."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody decided of a post: that it contradicts a fact, or that it does not."""

    fact_id: str
    text: str
    contradicts: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    """A post beside a fact that it may be about."""

    post: PostReading
    fact: FactReading
    evidence: Evidence
    readings: Readings
    """What the reader made of the post so far."""


class Matcher:
    """Compares posts with a register of facts; built once a register.

    Retrieval finds the facts that a post may be about, a linear model tells the relation from the evidence of each, and
    the reader reads those pairs that it does not hold for plainly unrelated. What people confirmed or dismissed decides
    for posts that say nearly the same. Reads the first 2,000 characters of a text and raises nothing on any text.
    """

    def __init__(self, facts: Sequence[Fact], lessons: Sequence[Lesson] = (), weights: Weights | None = None) -> None:
        self._weights = weights or shipped()
        self._facts = read_register(facts, self._weights.background)
        self._index = Index([reading.fact for reading in self._facts])
        self._lessons: dict[str, list[tuple[frozenset[str], bool]]] = defaultdict(list)
        for lesson in lessons:
            known = self._lessons[lesson.fact_id]
            known.append((content(lesson.text), lesson.contradicts))
            del known[:-_LEARNED]

    @property
    def version(self) -> str:
        return self._weights.version

    def match(
        self, posts: Sequence[tuple[str, str, datetime]], readings: Sequence[Readings] | None = None
    ) -> list[list[FactMatch]]:
        """For each (text, language, time of publication), the facts that it stands to other than `unrelated`: those
        that it contradicts first, by score, at most three. A fact that did not hold on that day is kept where none
        that held is spoken of. `readings` is what this version's reader made of each post earlier; what it reads now
        is added."""
        return [matches for _, matches in self.best_and_matches(posts, readings)]

    def best(self, text: str, lang: str, at: datetime) -> FactMatch | None:
        """The fact that a text is most likely about, also where it is `unrelated` to it; None where it is near none."""
        return self.best_and_matches([(text, lang, at)])[0][0]

    def best_and_matches(
        self, posts: Sequence[tuple[str, str, datetime]], readings: Sequence[Readings] | None = None
    ) -> list[tuple[FactMatch | None, list[FactMatch]]]:
        """What `best` and `match` give for each post, which is read once for both."""
        results: list[tuple[FactMatch | None, list[FactMatch]]] = []
        readings = readings or [{} for _ in posts]
        for start in range(0, len(posts), _BATCH):
            batch = posts[start : start + _BATCH]
            near = self._index.near([text for text, _, _ in batch])
            pairs = [self._pairs(*one) for one in zip(batch, near, readings[start : start + _BATCH], strict=True)]
            chances = iter(self._chances([pair for several in pairs for pair in several]))
            for several in pairs:
                judged = [
                    (self._judge(pair, c), 1.0 - float(c[_UNRELATED]))
                    for pair, c in zip(several, chances, strict=False)
                ]
                best = max(judged, key=lambda one: one[1], default=(None, 0.0))[0]
                results.append((best, _kept(judged)))
        return results

    def about(self, posts: Sequence[tuple[str, str, datetime]], fact_ids: frozenset[str]) -> list[bool]:
        """Whether a change of these facts matters to each (text, language, time of publication): whether it is near one
        that it is not plainly unrelated to."""
        numbers = [number for number, reading in enumerate(self._facts) if reading.fact.id in fact_ids]
        texts = [text for text, _, _ in posts]
        batches = [texts[start : start + _VECTORIZED] for start in range(0, len(texts), _VECTORIZED)]
        with ThreadPoolExecutor() as pool:
            near_any = list(pool.map(lambda batch: self._index.near_any(batch, numbers), batches))
        matters = [bool(near) for several in near_any for near in several]
        close = [place for place, near in enumerate(matters) if near]
        for place, near in zip(close, self._index.near([texts[place] for place in close]), strict=True):
            changed = [candidate for candidate in near if candidate.number in numbers]
            matters[place] = worth_reading(self._own_chances(self._pairs(posts[place], changed, {}))).size > 0
        return matters

    def _pairs(self, post: tuple[str, str, datetime], near: Sequence[Candidate], readings: Readings) -> list[_Pair]:
        """The post beside each candidate with enough evidence."""
        reading = PostReading.of(*post) if near else None
        found = []
        for candidate in near:
            fact = self._facts[candidate.number]
            if reading and (evidence := gather(reading, fact, candidate)):
                found.append(_Pair(reading, fact, evidence, readings))
        return found

    def _chances(self, pairs: Sequence[_Pair]) -> Chances:
        """How likely each relation is for each pair: (pairs, RELATIONS)."""
        chances = self._own_chances(pairs)
        worth = worth_reading(chances)
        if worth.size:
            read = _log_chances([pairs[n] for n in worth])
            other = another_meant(chances, worth, read, [id(pair.post) for pair in pairs])
            chances[worth] = self._weights.with_reader(chances[worth], read, other[worth])
        return chances

    def _own_chances(self, pairs: Sequence[_Pair]) -> Chances:
        """How likely each relation is for each pair by the linear model alone: (pairs, RELATIONS)."""
        chances = np.zeros((len(pairs), len(RELATIONS)))
        for n, pair in enumerate(pairs):
            chances[n] = self._weights.probabilities(pair.evidence.features)
        return chances

    def _judge(self, pair: _Pair, chances: Chances) -> FactMatch:
        post, fact, evidence = pair.post, pair.fact, pair.evidence
        day = (post.at if post.at.tzinfo is None else post.at.astimezone(_OSLO)).date()
        relation, score = RELATIONS[int(chances.argmax())], round(float(chances[_CONTRADICTS]), 4)
        holds = facts.holds(fact.fact, day)
        match = FactMatch(
            fact.fact.id,
            relation,
            score if holds else 0.0,
            evidence.in_post,
            evidence.in_fact,
            self.version,
            holds,
            evidence.severity,
            fact.deadline,
        )
        decided = self._decided(fact.fact.id, post)
        if decided is None:
            return match
        if decided:
            return replace(match, relation="contradicts", score=max(match.score, _CONFIRMED) if holds else 0.0)
        return replace(match, relation="unrelated" if relation == "contradicts" else relation, score=0.0)

    def _decided(self, fact_id: str, post: PostReading) -> bool | None:
        """What was decided of the most alike post on the same fact, where one says nearly the same."""
        most, decided = _ALIKE, None
        for words, contradicts in self._lessons.get(fact_id, ()):
            share = len(words & post.words) / max(1, len(words | post.words))
            if share >= most:
                most, decided = share, contradicts
        return decided


def _log_chances(pairs: Sequence[_Pair]) -> NDArray[np.float64]:
    """What the reader makes of each pair, which is read where that is not known: (pairs, RELATIONS)."""
    texts = [pair_of(pair.post, pair.fact.fact) for pair in pairs]
    keys = [wording_key(text) for text in texts]
    new = [n for n, (pair, key) in enumerate(zip(pairs, keys, strict=True)) if key not in pair.readings]
    for n, logs in zip(new, reader.shipped().read([texts[n] for n in new]), strict=True):
        pairs[n].readings[keys[n]] = logs.tolist()
    return np.array([pair.readings[key] for pair, key in zip(pairs, keys, strict=True)])


def _kept(judged: Sequence[tuple[FactMatch, float]]) -> list[FactMatch]:
    """Those of the matches, each with how likely the post is about its fact, that `match` gives."""
    # What another fact tells in the same place («Lihaug har 20 elever») does not clash with this one.
    agreed = {match.in_post for match, about in judged if match.severity == 0.0 and about >= _SPOKEN_OF}
    related = [
        match
        for match, _ in judged
        if match.relation != "unrelated" and (match.relation != "contradicts" or match.in_post not in agreed)
    ]
    holding = [match for match in related if match.holds] or related
    ordered = sorted(holding, key=lambda m: (m.relation == "contradicts", m.score), reverse=True)
    return _one_fact_a_place(ordered)[:MATCHES]


def _one_fact_a_place(found: Sequence[FactMatch]) -> list[FactMatch]:
    """The same words contradict one fact only, the one that they contradict most."""
    kept: list[FactMatch] = []
    for match in found:
        place = match.in_post
        taken = place and any(
            other.in_post and other.in_post.start < place.end and place.start < other.in_post.end
            for other in kept
            if other.relation == "contradicts"
        )
        if match.relation != "contradicts" or not taken:
            kept.append(match)
    return kept
