"""What a feed lists from one full fetch to the next: which items vanished although what stood around them still stands.

An item that a feed lists no more has mostly only fallen off its end. One that is gone from between an older and a newer
item, at two full fetches in a row, was taken away. Pure decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from collectors.post import Post

MOST = 100
"""Items of a listing that are remembered, the newest."""
FEWEST = 3
"""Items that say in what order a feed lists them."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The items (post_id) of a feed that are in order of time, newest first, with those that were missed once."""

    ids: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def compare(before: Listing, posts: Sequence[Post]) -> tuple[Listing, tuple[str, ...]]:
    """The listing after a full fetch that brought `posts`, and the items that were missed for the second time."""
    here = {post.post_id for post in posts}
    still = [at for at, post_id in enumerate(before.ids) if post_id in here]
    between = before.ids[still[0] : still[-1]] if still else ()
    absent = [post_id for post_id in between if post_id not in here]
    missed = tuple(post_id for post_id in absent if post_id not in before.missed)

    below: dict[str, list[str]] = {}  # what is missed keeps its place, below the item that stood above it
    above = ""
    for post_id in between:
        if post_id in here:
            above = post_id
        elif post_id in missed:
            below.setdefault(above, []).append(post_id)
    listed = in_order(posts)[:MOST]
    ids = tuple(other for post_id in listed for other in (post_id, *below.get(post_id, ())))
    kept = Listing(ids, tuple(post_id for post_id in missed if post_id in ids))
    return kept, tuple(post_id for post_id in absent if post_id in before.missed)


def in_order(posts: Sequence[Post]) -> list[str]:
    """The ids of a feed that lists by time, newest first, without what is pinned above; none of any other feed."""
    if len(posts) < FEWEST or any(post.published_quality != "exact" for post in posts):
        return []
    ordered = list(posts if posts[-1].published_at <= posts[-2].published_at else reversed(posts))
    pairs = list(pairwise(post.published_at for post in ordered))
    start = next((at for at in range(len(pairs), 0, -1) if pairs[at - 1][0] < pairs[at - 1][1]), 0)
    return [post.post_id for post in ordered[start:]] if 2 * start < len(ordered) else []
