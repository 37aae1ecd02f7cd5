"""What the process that serves the dashboard lends to its pages. Set once, before the first page is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from data.store import Store
from models.facts import Form, Taken
from models.labels import Fact, Labels, PostText, Reason
from models.shelf import Trained

MAX_UPLOAD: Final = 5
"""MB of a file that is sent from the browser; the command line takes larger ones."""


class Classifies(Protocol):
    """The classifier as far as pages need it."""

    version: str

    def label(self, posts: Sequence[PostText]) -> list[Labels]: ...

    def explain(self, post: PostText, labels: Labels) -> dict[str, list[Reason]]: ...


@dataclass(frozen=True)
class Services:
    """The open store, the body that it belongs to, and what the pages may ask the process for."""

    store: Store
    body: str
    classifier: Callable[[], Classifies] | None = None
    """The classifier in use, which may be another one the next time."""
    trained: Callable[[], Trained | None] = lambda: None
    """When the model in use was trained with the body's own decisions; None where it is the shipped one."""
    learn_topic: Callable[[Sequence[str]], Mapping[str, float]] = lambda texts: {}
    """What texts have in common that makes a topic of them; empty where that is not enough."""
    poll_now: Callable[[str], None] | None = None
    """Ask for a source to be polled at once; returns before it is done."""
    arrived: Callable[[], None] | None = None
    """Tell that posts were stored, so that they are labelled at once."""
    check_before_export: Callable[[Sequence[str]], int] = lambda post_ids: 0
    """Ask the platforms whether posts still stand, before their text leaves the house; returns of how many that is
    not known."""
    answer_within_hours: int = 24
    """The body's own target for answering, by the clock."""
    take_in_facts: Callable[[str, bytes, str], Taken] = lambda name, content, by: Taken()
    """Take the facts of a file into the register: its name, what it holds, and who does it."""
    write_facts: Callable[[Sequence[Fact], Form], str] = lambda register, form: ""
    """Facts as a file."""
    demo: bool = False
    config_problems: tuple[str, ...] = ()
    """Sentences about entries of the configuration that were left out."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


_current: Services | None = None


def provide(services: Services | None) -> None:
    """Lend these to the pages from now on; None takes them back."""
    global _current
    _current = services


def services() -> Services:
    """What was lent. Raises RuntimeError where nothing was: the dashboard runs under `lyttepost serve` only."""
    if _current is None:
        raise RuntimeError("the dashboard is started by `lyttepost serve`")
    return _current
