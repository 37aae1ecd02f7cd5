"""Walks through what a platform lists newest first, from now back to where the last walk began. Pure decisions.

A walk may take several polls: a poll reads some pages and keeps the window in its cursor, and the next one goes on
where it stopped. Only when a walk has come all the way back does `reached` move up, so that nothing in between is
skipped; what came in meanwhile is the next walk's. A collector does, for each thing that it asks for:

    window = Window.of(kept, first=position_to_begin_at)      # from the cursor, or a new one
    for _ in range(PAGES):
        page = ask(token=window.token)                        # no token: the newest page
        window = after_page(window, positions_on_the_page, page.next_token, OVERLAP)
        if not window.under_way:
            break
    cursor[...] = window.kept()                               # together with the posts that were read

A position is what the platform orders by, as a number that grows with time: milliseconds since 1970, or a post's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

MAX_TOKEN = 4_000
TAIL = 5
"""So many at the end of a page tell how far back it goes: a single one may stand out of order."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far something was read. The positions are 0 where there is none."""

    reached: int = 0
    """All up to here was read by walks that are done."""
    top: int = 0
    """The newest that the walk under way has seen: where `reached` will be when it is done."""
    token: str = ""
    """The next page of the walk under way; "" where none is."""
    pages: int = 0
    """How many the walk under way has read."""

    @property
    def under_way(self) -> bool:
        return bool(self.token)

    @classmethod
    def of(cls, kept: object, first: int = 0) -> Window:
        """The window as a cursor has it. One that is new, or can not be used, begins at `first`."""
        if not isinstance(kept, Mapping):
            return cls(first)
        numbers: dict[str, Any] = {name: kept.get(name) for name in ("reached", "top", "pages")}
        token = kept.get("token")
        if not all(type(number) is int and number >= 0 for number in numbers.values()) or not isinstance(token, str):
            return cls(first)
        return cls(token=token, **numbers)

    def kept(self) -> dict[str, Any]:
        """The same as JSON, for a cursor."""
        return asdict(self)


def after_page(window: Window, positions: Sequence[int], token: str, overlap: int = 0) -> Window:
    """The window after a page with these positions, in the page's order; `token` is the page after it, "" for none.

    The walk is done with the last page, and where a page ends further back than `overlap` below what was reached:
    what a platform lists late, or not quite in order, is found so. A token that leads nowhere new ends it too.
    """
    walked = replace(
        window,
        top=window.top or max(positions, default=0),
        token=token if len(token) <= MAX_TOKEN else "",
        pages=window.pages + 1,
    )
    back_far_enough = bool(positions) and max(positions[-TAIL:]) < window.reached - overlap
    return finished(walked) if back_far_enough or walked.token in ("", window.token) else walked


def finished(window: Window) -> Window:
    """The window when its walk is done, or is given up for good: the collector then tells of the gap."""
    return Window(max(window.reached, window.top))


def restarted(window: Window) -> Window:
    """The window when its walk must begin anew, since its token is worth nothing any more: nothing is skipped."""
    return Window(window.reached)
