"""What vanishes from a feed: told apart from what only falls off its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from collectors.listing import MOST, Listing, compare, in_order
from collectors.post import Post

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def item(number: int, **more: object) -> Post:
    """The item that was published so many minutes after noon."""
    moment = NOON + timedelta(minutes=number)
    values: dict[str, object] = {"published_at": moment, "published_quality": "exact"}
    return Post("feed", "avis", str(number), f"Sak {number}", fetched_at=moment, namespace="avis", **{**values, **more})  # type: ignore[arg-type]


def items(*numbers: int) -> list[Post]:
    return [item(number) for number in numbers]


def ids(posts: Sequence[Post]) -> tuple[str, ...]:
    return tuple(post.post_id for post in posts)


def after(*fetches: Sequence[Post]) -> tuple[Listing, tuple[str, ...]]:
    """What came of the last of these full fetches."""
    listing, vanished = Listing(), ()
    for posts in fetches:
        listing, vanished = compare(listing, posts)
    return listing, vanished


def test_what_is_gone_from_between_two_others_at_two_fetches_has_vanished() -> None:
    full, without = items(5, 4, 3, 2, 1), items(5, 4, 2, 1)
    assert after(full, without)[1] == ()
    listing, vanished = after(full, without, without)
    assert vanished == ids(items(3))
    assert listing == Listing(ids(without))
    assert after(full, without, without, without)[1] == ()


def test_what_is_listed_again_has_not_vanished() -> None:
    full, without = items(5, 4, 3, 2, 1), items(5, 4, 2, 1)
    assert after(full, without, full, without)[1] == ()
    assert after(full, without, full, without, without)[1] == ids(items(3))


def test_what_falls_off_the_end_has_not_vanished() -> None:
    assert after(items(5, 4, 3), items(6, 5, 4), items(7, 6, 5), items(8, 7, 6)) == (Listing(ids(items(8, 7, 6))), ())


def test_the_newest_item_that_goes_has_not_vanished_until_there_is_a_newer_one() -> None:
    assert after(items(3, 2, 1), items(2, 1, 0), items(2, 1, 0))[1] == ()


def test_what_was_missed_once_and_then_falls_out_of_reach_is_forgotten() -> None:
    assert after(items(5, 4, 3, 2), items(5, 4, 2), items(8, 7, 6))[1] == ()


def test_several_that_stood_together_vanish_together() -> None:
    without = items(6, 2, 1)
    assert set(after(items(6, 5, 4, 3, 2, 1), without, without)[1]) == set(ids(items(5, 4, 3)))


def test_new_items_above_do_not_hide_what_vanished() -> None:
    assert after(items(5, 4, 3, 2, 1), items(6, 5, 3, 2, 1), items(8, 7, 6, 5, 3, 2))[1] == ids(items(4))


def test_a_feed_with_the_oldest_first_is_read_the_other_way_round() -> None:
    without = items(1, 2, 4, 5)
    assert after(items(1, 2, 3, 4, 5), without, without)[1] == ids(items(3))


def test_what_is_pinned_above_is_no_neighbour() -> None:
    assert in_order(items(1, 9, 8, 7, 6)) == list(ids(items(9, 8, 7, 6)))
    pinned = items(1, 9, 8, 7, 6)
    assert after(pinned, items(1, 10, 9, 8, 7), items(1, 10, 9, 8, 7))[1] == ()


@pytest.mark.parametrize(
    "listed",
    [
        items(2, 1),
        items(5, 1, 4, 2, 3),
        [*items(5, 4, 3), item(2, published_quality="missing")],
        [*items(5, 4, 3), item(2, published_quality="date_only")],
        [],
    ],
    ids=["too few", "most read first", "without a time", "days only", "empty"],
)
def test_a_feed_that_does_not_list_by_time_says_nothing_of_what_vanished(listed: list[Post]) -> None:
    assert in_order(listed) == []


def test_no_more_than_the_newest_are_remembered() -> None:
    listing, _ = after(items(*range(3 * MOST, 0, -1)))
    assert len(listing.ids) == MOST
