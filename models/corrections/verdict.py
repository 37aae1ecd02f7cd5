"""What is made of a post in the end: the one fact that it is held against, and whether it needs a correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.corrections.matcher import Matcher
from models.labels import SURE_CONTRADICTION, FactMatch


@dataclass(frozen=True, slots=True)
class Verdict:
    """A post's best fact (None where it is near none), how it stands to it, and the probability that it needs a
    correction: of a fact that holds, the one of which it is highest."""

    fact_id: str | None
    relation: str
    score: float
    needs_correction: bool


def verdicts(matcher: Matcher, posts: Sequence[tuple[str, str, datetime]]) -> list[Verdict]:
    """The verdict on each (text, language, time of publication)."""
    return [verdict(best, matches) for best, matches in matcher.best_and_matches(posts)]


def verdict(best: FactMatch | None, matches: Sequence[FactMatch]) -> Verdict:
    """The verdict on a post from `Matcher.best` and `Matcher.match`. The best fact is the one that needs a correction,
    else the one most likely spoken of; a fact that did not hold gives way to one that did and is spoken of too."""
    others = [best] if best is not None and best.relation == "unrelated" else []
    score = max((match.score for match in (*matches, *others)), default=0.0)
    wrong = next((match for match in matches if needs_correction(match)), None)
    held = best if best is None or best.holds else next((match for match in matches if match.holds), best)
    chosen = wrong or held
    if chosen is None:
        return Verdict(None, "unrelated", score, False)
    return Verdict(chosen.fact_id, chosen.relation, score, wrong is not None)


def needs_correction(match: FactMatch) -> bool:
    """Whether a post needs a correction, as far as the matcher is sure enough of it."""
    return match.relation == "contradicts" and match.holds and match.score >= SURE_CONTRADICTION
