"""What speaks for each relation between a post and a fact: features for the model, and the two places that clash.

Each sentence is held against the fact: which of its words it has, whether its quantities agree, whether it is negated,
and which turns of speech it has. The post is also read as a row of signs, with the fact's words as `F` and quantities
as `=` or `≠`, whose pairs and triples tell how it is meant whatever the fact is about.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from models.corrections import cues
from models.corrections.fact import ALIKE, FactReading
from models.corrections.post import PostReading, Sentence, Token
from models.corrections.retrieval import Candidate
from models.corrections.words import fold, likeness
from models.labels import Span
from models.quantities import DAY, HOUR, MONTH, WEEK, YEAR, Quantity, compare

_ABOUT: Final = 0.15
"""What the cosine and the share of the fact's words that a post has come to together, at least."""
_NEXT: Final = 0.7
"""What a sentence's words count for a quantity in the next one."""
_ANYWHERE: Final = 0.5
_BARE: Final = 0.8
"""How surely a number without a unit tells of the same thing."""
_TWO_MONTHS: Final = 200.0
"""Of dates as month · 100 + day."""
_SIGNS_IN_FULL: Final = 40
"""So many signs count in full; where a text has more, each counts less: long posts are no surer than short ones."""
_LONG: Final = 60
"""Words from which a post counts as long."""
_COMPARABLE_SIZES: Final = (0.15, 25.0)
_INFLECTED: Final = 0.85
"""From this likeness on two words are forms of one, or one holds the other."""
_PROMILLE: Final = 0.1
"""Per cent: a bare number beside a rate below one per cent is told in promille."""
_SAME_KIND: Final = frozenset({"count", "number"})
_SCOPES: Final = ("only", "everybody")
_ROUNDED: Final = 0.03
"""What a number may be off that is told with fewer digits: «12 hundre» of 1,180, not «20» of 24."""
_WHOLE: Final = 0.01
"""What two amounts may be apart that are told as the same one."""
_SIGNS: Final = {"same": "=", "within": "≈", "differs": "≠"}
"""Of `_verdict`; what comes first is looked for first."""
_MERGED: Final = frozenset("F=≈≠~#K")
"""Signs that count once where they follow each other."""
_NEVER_ROUNDED: Final = frozenset(("date", "clock", "year", "age", "km/h", "every"))
_CROSSED: Final = ("same", "differs", "cover", "claim", "opposed", "agrees", "antonym", "only differs", "excluded")
_CROSSING: Final = ("rejects", "asked", "ends asking", "no", "wishes", "quotes", "negated", "asks", "named")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Features by name, where the post and the statement in bokmål meet or clash, and how far apart they are."""

    features: dict[str, float]
    in_post: Span
    in_fact: Span
    severity: float


@dataclass(frozen=True, slots=True)
class _Held:
    """How far a sentence has each word of the fact's statement, and the false claims' words that it has."""

    words: dict[str, float]
    claimed: frozenset[str]
    hits: int
    content: int


@dataclass(frozen=True, slots=True)
class _Overlap:
    """How far a post has the words of a fact, by sentence and as a whole."""

    held: Sequence[_Held]
    covers: Sequence[float]
    whole: Mapping[str, float]
    cover: float

    @property
    def best(self) -> int:
        """The sentence that is most about the fact."""
        return max(range(len(self.covers)), key=self.covers.__getitem__, default=0)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A quantity of the post beside one of the statement (None where it can be compared with none)."""

    said: Quantity
    true: Quantity | None
    sign: str
    """`=` or `≠` to the statement, `≈` within what it allows, `~` to a false claim, `#` for another quantity."""
    strength: float = 0.0


def gather(post: PostReading, fact: FactReading, candidate: Candidate, swapped: bool = False) -> Evidence | None:
    """The evidence of a pair; None where the two have too little in common. `swapped` reads it as if the fact told what
    the post says and the other way round: what states the one contradicts the other, which is how training doubles its
    examples."""
    overlap = _overlap(post, fact)
    if candidate.likeness + overlap.cover < _ABOUT:
        return None
    compared = [_compared(q, post, fact, overlap, swapped) for q in post.quantities]
    best = overlap.best
    sentence = post.sentences[best] if post.sentences else Sentence(0, 0, "", ())
    near = overlap.covers[best] if overlap.covers else 0.0
    features = dict(_likeness(post, fact, candidate, overlap, swapped))
    features |= _quantities(fact, compared)
    features |= _meaning(post, fact, sentence, near, overlap.cover, features["named"] >= ALIKE)
    for one in _CROSSED:
        for other in _CROSSING:
            if product := features[one] * features[other]:
                features[f"{one} × {other}"] = product
    stand = _stand(fact, compared, opposed=features["opposed"] > 0)
    signed = list(zip(post.tokens, _signs(post.tokens, fact, compared), strict=True))
    within = (sign for token, sign in signed if sentence.start <= token.start < sentence.end)
    for where, row in (("", (sign for _, sign in signed)), ("sentence ", within)):
        signs = frozenset(_sign_features(where, row, stand))
        features |= dict.fromkeys(signs, min(1.0, math.sqrt(_SIGNS_IN_FULL / max(1, len(signs)))))
    in_post, in_fact, severity = _places(fact, sentence, compared)
    return Evidence({name: value for name, value in features.items() if value}, in_post, in_fact, severity)


def _overlap(post: PostReading, fact: FactReading) -> _Overlap:
    held = [_held(sentence, fact) for sentence in post.sentences]
    whole: dict[str, float] = {}
    for h in held:
        for word, like in h.words.items():
            whole[word] = max(like, whole.get(word, 0.0))

    def cover(words: Mapping[str, float]) -> float:
        return max((fact.cover(words, version) for version in fact.versions), default=0.0)

    return _Overlap(held, [cover(h.words) for h in held], whole, cover(whole))


def _held(sentence: Sentence, fact: FactReading) -> _Held:
    words: dict[str, float] = {}
    claimed = set()
    hits = content = 0
    for token in sentence.tokens:
        if token.folded:
            content += 1
            like, term, claim = fact.like(token.folded)
            if like >= ALIKE:
                words[term] = max(like, words.get(term, 0.0))
                hits += 1
            if claim >= ALIKE:
                claimed.add(token.folded)
    return _Held(words, frozenset(claimed), hits, content)


def _likeness(
    post: PostReading, fact: FactReading, candidate: Candidate, overlap: _Overlap, swapped: bool
) -> Iterator[tuple[str, float]]:
    """How far the post is about the fact, or about a false claim of it."""
    held, whole, best = overlap.held, overlap.whole, overlap.best
    yield "likeness", candidate.likeness
    yield "lead", candidate.lead
    yield "not first", float(candidate.lead < 0)
    yield "statement likeness", candidate.statement
    if not swapped:
        yield "claim likeness", candidate.claim
        yield "claim before statement", candidate.claim - candidate.statement if candidate.claim else 0.0
    yield "cover", overlap.cover
    yield "cover squared", overlap.cover**2
    yield "sentence cover", overlap.covers[best] if overlap.covers else 0.0
    yield "focus", sum(h.hits for h in held) / max(1, sum(h.content for h in held))
    yield "sentence focus", held[best].hits / max(1, held[best].content) if held else 0.0
    named = max((whole.get(name, 0.0) for name in fact.names), default=0.0)
    yield "named", named
    yield "has names", float(bool(fact.names))
    yield "unnamed", float(bool(fact.names) and named < ALIKE)
    yield "rarest", max((fact.weights.get(word, 0.0) * like for word, like in whole.items()), default=0.0) / 8
    said = frozenset[str]().union(*(h.claimed for h in held))
    claimed = own = 0.0
    for claim in () if swapped else fact.claims:
        got = {w: 1.0 for w in claim.words if any(likeness(w, word) >= ALIKE for word in said)}
        share = fact.cover(got, claim.words)
        claimed = max(claimed, share)
        if claim.own:
            own = max(own, fact.cover(got, claim.own) * math.sqrt(share))
    yield "claim words", claimed
    yield "claim", own
    yield "has claims", float(bool(fact.claims) and not swapped)
    yield "english", float(post.lang == "en")
    yield "length", min(len(post.tokens), _LONG) / _LONG


def _compared(said: Quantity, post: PostReading, fact: FactReading, overlap: _Overlap, swapped: bool) -> _Compared:
    """A quantity of the post against those of the statement: the first that it equals, else one that it keeps within,
    else one that it differs from."""
    found = [(true, _verdict(said, true)) for true in fact.quantities]
    claimed = any(_verdict(said, q) == "same" for claim in fact.claims for q in claim.quantities)
    true, sign = next(
        ((true, sign) for wanted, sign in _SIGNS.items() for true, verdict in found if verdict == wanted), (None, "#")
    )
    if claimed and sign != "=":
        sign = "~"
    if swapped:
        sign = {"=": "≠", "≠": "=", "~": "="}.get(sign, sign)
    place = next((n for n, s in enumerate(post.sentences) if s.start <= said.start < s.end), 0)
    covers = overlap.covers
    near = max(covers[place], _NEXT * covers[place - 1] if place else 0.0, _ANYWHERE * overlap.cover) if covers else 0.0
    trust = _BARE if said.unit == "number" and sign == "≠" else 1.0
    return _Compared(said, true, sign, near * trust)


def _verdict(said: Quantity, true: Quantity) -> str | None:
    """Whether two quantities agree (`same`, `within`, `differs`), where they can speak of the same thing."""
    if said.unit == "year" and true.unit == "date":
        return None if true.year is None or said.low == true.year else "differs"
    if true.unit == "year" or (said.unit == "number" and true.unit in ("date", "every")):
        return None
    if said.unit == "number" and true.unit == "minutes":
        return _in_its_unit(said, true)
    if said.unit == true.unit == "count" and likeness(*map(_counted, (said, true))) >= ALIKE:
        said = replace(said, noun=true.noun)
    if said.unit == "number" and true.unit == "percent" and true.high < 1 <= said.high:
        said = replace(said, unit="percent", low=said.low * _PROMILLE, high=said.high * _PROMILLE)
    if said.unit == "number" or true.unit == "count":
        size = said.low / max(true.low, true.high if true.high < math.inf else 0.0, 0.01)
        if true.unit != "clock" and not _COMPARABLE_SIZES[0] <= size <= _COMPARABLE_SIZES[1]:
            return None
    verdict = compare(said, true)
    if verdict == "same":
        return "within" if _within(said, true) else "same"
    return "same" if verdict == "differs" and _rounded(said, true) else verdict


def _counted(quantity: Quantity) -> str:
    return fold(quantity.noun) or quantity.noun


def _in_its_unit(said: Quantity, true: Quantity) -> str | None:
    """A bare number beside a length of time: «inntil tre» of «inntil tre dager»."""
    for unit in (YEAR, MONTH, WEEK, DAY, HOUR, 1.0):
        told = [amount / unit for amount in (true.low, true.high) if 0 < amount < math.inf]
        if told and all(abs(amount - max(1, round(amount))) < _WHOLE for amount in told):
            size = said.low / max(told)
            same = any(abs(said.low - amount) < _WHOLE for amount in told)
            return "same" if same else "differs" if _COMPARABLE_SIZES[0] <= size <= _COMPARABLE_SIZES[1] else None
    return None


def _within(said: Quantity, true: Quantity) -> bool:
    """Whether one is an amount and the other a limit that it keeps to without reaching it."""
    for limit, amount in ((true, said), (said, true)):
        if amount.low == amount.high and limit.unit == amount.unit:
            if limit.high == math.inf and limit.low > 0:
                return amount.low > limit.low * (1 + _WHOLE)
            if limit.low == 0 < limit.high:
                return amount.high < limit.high * (1 - _WHOLE)
    return False


def _rounded(said: Quantity, true: Quantity) -> bool:
    """Whether an amount is the other one, told with fewer digits."""
    exact = 0 < said.low == said.high and 0 < true.low == true.high
    if not exact or said.per != true.per or not _NEVER_ROUNDED.isdisjoint((said.unit, true.unit)):
        return False
    digits = len(f"{said.low:.0f}".rstrip("0"))
    return abs(said.low - true.low) <= _ROUNDED * true.low and float(f"{true.low:.{digits - 1}e}") == said.low


def _quantities(fact: FactReading, compared: Sequence[_Compared]) -> dict[str, float]:
    strongest = {sign: max((c.strength for c in compared if c.sign == sign), default=0.0) for sign in "=≈≠~#"}
    equal = any(c.sign == "=" for c in compared)
    different = [c for c in compared if c.sign == "≠"]
    strong = max(different, key=lambda c: c.strength, default=None)
    loose = any(
        c.sign == "#" and c.said.unit in _SAME_KIND and any(q.unit in _SAME_KIND for q in fact.quantities)
        for c in compared
    )
    return {
        "same": strongest["="],
        "differs": strongest["≠"],
        "within": strongest["≈"],
        "claimed quantity": strongest["~"],
        "says the same": float(equal),
        "differ": float(min(len(different), 2)),
        "only differs": 0.0 if equal else strongest["≠"],
        "same and differs": min(strongest["="], strongest["≠"]),
        "bare": float(strong is not None and strong.said.unit == "number"),
        "relative": float(strong is not None and strong.said.relative),
        "other quantity": float(any(c.sign == "#" for c in compared)),
        "loosely comparable": float(loose),
        "fact has quantity": float(bool(fact.quantities)),
        "no quantity said": float(bool(fact.quantities) and not any(c.sign in "=≈≠" for c in compared)),
    }


def _meaning(
    post: PostReading, fact: FactReading, sentence: Sentence, near: float, cover: float, named: bool
) -> dict[str, float]:
    """How the sentence that is most about the fact is meant, and what it says against the fact without a number."""
    negated = sentence.negated
    opposed = negated != fact.negated
    told = not fact.quantities
    words = frozenset(token.folded for token in sentence.tokens if token.folded)
    sides = frozenset(side for word in words for side in _sides(word))
    antonym = any(
        left in sides and right not in sides and any(fact.like(word)[0] >= ALIKE for word in right)
        for left, right in cues.OPPOSITES
    )
    turned_down = cues.rejected(sentence.text)
    plain = {token.plain for token in sentence.tokens} | words
    plain = {word for word in plain if word not in turned_down and fold(word) not in turned_down}
    denied = any(likeness(term, word) >= _INFLECTED for term in fact.denied for word in plain)
    elsewhere = any(fact.like(name)[0] < ALIKE for name in sentence.names)
    years = {q.low for q in post.quantities if q.unit == "year"} - {float(post.at.year)}
    known = {q.low for q in fact.quantities if q.unit == "year"} | {float(q.year) for q in fact.quantities if q.year}
    another_year = bool(years - known)
    excluded = shared = False
    for line, meanings in zip(cues.ALTERNATIVES, fact.meanings, strict=True):
        if meanings and (said := {line[word] for word in line.keys() & plain}):
            excluded |= said.isdisjoint(meanings)
            shared |= not said.isdisjoint(meanings)
    return {
        "negated": float(negated),
        "fact negated": float(fact.negated),
        "opposed": near * opposed * told,
        "agrees": near * (not opposed) * told,
        "opposed in number": near * opposed * (not told),
        "antonym": cover * antonym,
        "excluded": near * excluded,
        "shared": near * shared,
        "denied": near * denied,
        "denies": near * (not fact.denied.isdisjoint(turned_down)),
        **{f"{name} added": near * (name in sentence.cues - fact.cues) for name in _SCOPES},
        **{f"{name} dropped": near * (name in fact.cues - sentence.cues) for name in _SCOPES},
        "elsewhere": float(elsewhere),
        "elsewhere unnamed": float(elsewhere and bool(fact.names) and not named),
        "another year": float(another_year),
        "another year in number": near * another_year,
        "asked": float(sentence.is_question),
        "sentence asks": float(sentence.text.rstrip().endswith("?")),
        "ends asking": float(post.text.rstrip().endswith("?")),
        "asks somewhere": float("?" in post.text),
        "shouts": float("!" in post.text),
        **dict.fromkeys(post.cues, 1.0),
        **{f"sentence {name}": 1.0 for name in sentence.cues},
        **{name: 0.0 for name in ("rejects", "no", "wishes", "quotes", "asks") if name not in post.cues},
    }


@lru_cache(maxsize=200_000)
def _sides(word: str) -> tuple[frozenset[str], ...]:
    """The sides of OPPOSITES that have a folded word, in any form."""
    return tuple(left for left, _ in cues.OPPOSITES if any(likeness(term, word) >= _INFLECTED for term in left))


def _stand(fact: FactReading, compared: Sequence[_Compared], opposed: bool) -> str:
    """How the post stands to the fact by its quantities, or by its negations where the fact has none."""
    if not fact.quantities:
        return "opposed" if opposed else "agrees"
    signs = {c.sign for c in compared}
    return "".join(sign for sign in "=≈≠" if sign in signs or (sign == "≠" and "~" in signs)) or "none"


def _signs(tokens: Sequence[Token], fact: FactReading, compared: Sequence[_Compared]) -> Iterator[str]:
    """A sign for each word."""
    places = iter(compared)
    here = next(places, None)
    for token in tokens:
        while here is not None and here.said.end <= token.start:
            here = next(places, None)
        yield here.sign if here is not None and here.said.start <= token.start else _sign(token, fact)


def _sign_features(where: str, signs: Iterable[str], stand: str) -> Iterator[str]:
    """A row of signs in ones, twos and threes; and each word beside how the post stands to the fact."""
    row: list[str] = []
    for sign in signs:
        if not (sign in _MERGED and row and row[-1] == sign):
            row.append(sign)
    for length in (1, 2, 3):
        for several in zip(*(row[start:] for start in range(length)), strict=False):
            yield f"{where}{length}: {' '.join(several)}"
    for word in {*row} - {"F", "K"}:
        yield f"{where}{word} | {stand}"


def _sign(token: Token, fact: FactReading) -> str:
    if token.folded:
        like, _, claim = fact.like(token.folded)
        if like >= ALIKE:
            return "F"
        if claim >= ALIKE:
            return "K"
    return "0" if token.plain.isdigit() else token.plain


def _places(fact: FactReading, sentence: Sentence, compared: Sequence[_Compared]) -> tuple[Span, Span, float]:
    """Where post and fact clash, or else meet: two quantities, or the clause and the statement."""
    told = [c for c in compared if c.true is not None]
    clash = max((c for c in told if c.sign in "≠~"), key=lambda c: c.strength, default=None)
    meet = max((c for c in told if c.sign in "=≈"), key=lambda c: c.strength, default=None)
    chosen = clash or meet
    if chosen is not None and chosen.true is not None and chosen.strength > 0:
        spans = Span(chosen.said.start, chosen.said.end), Span(chosen.true.start, chosen.true.end)
        return *spans, _distance(chosen.said, chosen.true)

    def hits(span: Span) -> int:
        inside = (t for t in sentence.tokens if span.start <= t.start < span.end and t.folded)
        return sum(fact.like(token.folded)[0] >= ALIKE for token in inside)

    clause = max(sentence.clauses, key=hits, default=Span(sentence.start, sentence.end))
    return clause, Span(0, len(fact.fact.statement_nb)), 1.0


def _distance(said: Quantity, true: Quantity) -> float:
    """How far two quantities lie apart, 0 to 1: half as much and twice as much are 0.5; two months, another year and
    another unit are 1."""
    if (said.unit != true.unit and said.unit != "number") or (said.year and true.year and said.year != true.year):
        return 1.0
    if said.unit == "date":
        return min(1.0, abs(said.low - true.low) / _TWO_MONTHS)
    least, most = sorted((max(said.low, 0.0), max(true.low, 0.0)))
    return 1.0 if most in (0.0, math.inf) else 1.0 - least / most
