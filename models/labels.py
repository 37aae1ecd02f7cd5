"""The codebook in code: the values a label can take, and the record of one post's labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LANGUAGES: Final = ("nb", "nn", "en", "se", "da", "sv", "und")
TOPICS: Final = (
    "arbeid",
    "bygg-og-eiendom",
    "demokrati-og-innbyggerrettigheter",
    "familie-og-barn",
    "helse-og-omsorg",
    "kultur-idrett-og-fritid",
    "lov-og-rett",
    "naring",
    "natur-klima-og-miljo",
    "samfunnssikkerhet-og-beredskap",
    "skatt-og-avgift",
    "skole-og-utdanning",
    "sosiale-tjenester",
    "trafikk-og-transport",
)
"""The main themes of Los; each id is the last part of the theme's URI under https://psi.norge.no/los/tema/."""
CONFLICT_LEVELS: Final = (0, 1, 2, 3)
ACTORS: Final = (
    "citizen",
    "interest_group",
    "media",
    "politician",
    "public_body",
    "business",
    "expert",
    "unknown",
)
STANCES: Final = ("supporter", "opponent", "neutral")
INTENTS: Final = (
    "access_request",
    "complaint",
    "report",
    "question",
    "suggestion",
    "praise",
    "claim",
    "sharing",
    "other",
)
CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "conflict": CONFLICT_LEVELS,
    "actor": ACTORS,
    "stance": STANCES,
    "intent": INTENTS,
}
"""The labels that take exactly one value, besides the language."""
RELATIONS: Final = ("contradicts", "states", "asks", "debunks", "unrelated")

SURE_CONTRADICTION: Final = 0.6
"""The probability of `contradicts` from which a post needs a correction; below it, people are asked."""

CONFLICT_FLAG: Final = 2
"""From this level a post is flagged as conflict; the level above is escalated."""


@dataclass(frozen=True, slots=True)
class PostText:
    """What a label is given from: the post, its author's profile line and the post that it answers."""

    text: str
    title: str = ""
    author_handle: str = ""
    author_name: str = ""
    author_bio: str = ""
    in_reply_to_text: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """One post's labels. `scores` holds calibrated probabilities: of each topic given, of the chosen value of
    `conflict`, `actor`, `stance` and `intent`, of the language, and of conflict level 2 or 3 as `conflict_flag`.
    `uncertain` names the labels that the classifier abstains on; what is given for them is its best guess."""

    lang: str
    topics: tuple[str, ...]
    conflict: int
    actor: str
    stance: str
    intent: str
    scores: Mapping[str, float] = field(default_factory=dict)
    model_version: str = ""
    uncertain: tuple[str, ...] = ()
    doubt: float = 0.0
    """The share by which the least sure of them falls short of what is sure enough, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A word or a feature that weighed for (positive) or against (negative) a label."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry of the body's fact register (codebook, section 6). Dates are inclusive ISO dates; None is open."""

    id: str
    statement_nb: str
    statement_nn: str = ""
    valid_from: str | None = None
    valid_to: str | None = None
    source_url: str = ""
    known_false_claims: tuple[str, ...] = ()
    reply_nb: str = ""
    reply_nn: str = ""
    topic: str = ""
    owner: str = ""
    approved_by: str = ""
    approved_at: str | None = None
    statement_en: str = ""
    reply_en: str = ""
    body: str = ""
    """The body that the fact is about, where the register has those of several."""
    successor: str = ""
    """The id of the fact that holds when this one does no more."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FactMatch:
    """How a post stands to a fact, how sure that is (0 to 1, that it needs a correction), and where the two clash."""

    fact_id: str
    relation: str
    score: float
    in_post: Span | None = None
    in_fact: Span | None = None
    """Counted in the fact's statement in bokmål."""
    matcher_version: str = ""
    holds: bool = True
    """Whether the fact held when the post was published: only then it needs a correction."""
    severity: float = 1.0
    """How far what is said lies from the fact, 0 to 1; 1 for its opposite."""
    deadline: str | None = None
    """The day that the fact tells, as an ISO date, where it tells one with its year."""
