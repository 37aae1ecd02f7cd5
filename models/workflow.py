"""The way of a correction as a rule: which decisions a person may take where, and who may take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Decision = Literal[
    "assigned",
    "drafted",
    "approved",
    "sent_back",
    "answered",
    "followed_up",
    "dismissed",
    "reopened",
    "merged",
    "split",
]
State = Literal[
    "open", "unsure", "assigned", "drafted", "approved", "answered", "followed_up", "dismissed", "merged", "expired"
]
"""Where an item stands by its newest decision. `unsure` is open, but the matcher is not sure that the post contradicts
the fact, and asks; `expired` is open, but of a fact that did not hold when the post was published or holds no more."""
Outcome = Literal["changed", "deleted", "unchanged", "growing"]
"""What became of a post that was answered: it was changed, it is gone, it stands as it did, the rumour still grows."""

STATES: Final[tuple[State, ...]] = get_args(State)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

_ALLOWED: Final[Mapping[State, tuple[Decision, ...]]] = {
    "open": ("assigned", "drafted", "answered", "dismissed", "merged"),
    "unsure": ("assigned", "dismissed"),
    "assigned": ("assigned", "drafted", "answered", "dismissed", "merged", "reopened"),
    "drafted": ("approved", "sent_back", "drafted", "assigned", "answered", "dismissed", "merged", "reopened"),
    "approved": ("answered", "sent_back", "drafted", "assigned", "dismissed", "merged", "reopened"),
    "answered": ("followed_up", "reopened"),
    "followed_up": ("followed_up", "reopened"),
    "dismissed": ("reopened",),
    "merged": ("split",),
    "expired": ("assigned", "dismissed"),
}
_CORRECTS: Final = frozenset({"drafted", "approved", "answered"})


def allowed(state: State, correctable: bool = True) -> tuple[Decision, ...]:
    """The decisions that may be taken in a state. What is not to be corrected (`correctable` is false: the fact does
    not hold, the post is about party politics) gets no draft, no approval and no answer."""
    return tuple(decision for decision in _ALLOWED[state] if correctable or decision not in _CORRECTS)


def may_answer(state: State, draft: str, reply: str, reply_approved: bool) -> bool:
    """Whether an answer may be noted now: with an approved draft, or with the fact's own approved reply, unchanged."""
    if state == "approved":
        return True
    return "answered" in _ALLOWED[state] and reply_approved and bool(reply) and draft in ("", reply)


def same_person(one: str, other: str) -> bool:
    """Whether two names, as people gave them, are one person's."""
    return _named(one) == _named(other)


def suggested_outcome(gone: bool, edited: bool, more_posts: int) -> Outcome:
    """What seems to have become of an answered post: whether it is gone, was edited since, and how many posts have
    contradicted the fact since."""
    if gone:
        return "deleted"
    if edited:
        return "changed"
    return "growing" if more_posts else "unchanged"


def _named(name: str) -> str:
    return " ".join(name.split()).casefold()
