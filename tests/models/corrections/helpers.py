"""What the tests of factual corrections share: an invented register, and the evidence of a post and a fact of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from models.corrections.evidence import Evidence, gather
from models.corrections.fact import FactReading, read_register
from models.corrections.post import PostReading
from models.corrections.retrieval import Candidate, Index
from models.corrections.weights import shipped
from models.labels import Fact, Span

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)

PUPILS = Fact("pupils", "Granlia skole har 84 elever.", known_false_claims=("Granlia skole har bare 20 elever igjen.",))
ISLAND = Fact("island", "Tangholmen er ikke solgt.", known_false_claims=("Tangholmen er solgt til en utbygger.",))
FERRY = Fact("ferry", "Ferja til Tangholmen bruker 12 minutter.")
PERMIT = Fact("permit", "Det er frivillig å bruke Granlia-appen i barnehagen.")
DEADLINE = Fact(
    "deadline",
    "Fristen for å søke barnehageplass er 1. mars 2027.",
    known_false_claims=("Opptaket til barnehagen er stengt for godt.",),
)
FACTS = (PUPILS, ISLAND, FERRY, PERMIT, DEADLINE)
NOTHING_ALIKE = Candidate(0, likeness=0.0, lead=0.0)


def reading(fact: Fact, facts: Sequence[Fact] = FACTS) -> FactReading:
    """A fact as it is read in a register."""
    return next(one for one in read_register(facts, shipped().background) if one.fact == fact)


def post(text: str) -> PostReading:
    return PostReading.of(text, "nb", NOON)


def evidence(text: str, fact: Fact, swapped: bool = False) -> Evidence:
    """The evidence of a post and a fact of FACTS that it is near."""
    number = FACTS.index(fact)
    candidate = next(near for near in Index(FACTS).near([text])[0] if near.number == number)
    found = gather(post(text), reading(fact), candidate, swapped)
    assert found is not None
    return found


def at(text: str, span: Span) -> str:
    return text[span.start : span.end]
