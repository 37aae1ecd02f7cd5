"""Walks back through what is listed newest first."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from collectors.windows import MAX_TOKEN, Window, after_page, finished, restarted


def test_reached_moves_up_only_when_the_walk_is_done() -> None:
    first = after_page(Window(100), [190, 180, 170], "side-2")
    assert (first.reached, first.top, first.token, first.under_way) == (100, 190, "side-2", True)
    second = after_page(first, [160, 150, 140], "side-3")
    assert (second.reached, second.top, second.pages) == (100, 190, 2)
    assert after_page(second, [95, 90, 85], "side-4") == Window(190)


def test_the_last_page_ends_a_walk_wherever_it_ends() -> None:
    assert after_page(Window(100), [190, 180], "") == Window(190)
    assert after_page(Window(100), [], "") == Window(100)


def test_a_page_without_anything_is_no_end() -> None:
    empty = after_page(Window(100), [], "side-2")
    assert empty == Window(100, 0, "side-2", 1)
    assert after_page(empty, [150], "") == Window(150)


def test_the_overlap_is_read_again() -> None:
    page = [130, 120, 110, 99, 95]
    assert after_page(Window(120), page, "side-2", overlap=30).under_way
    assert not after_page(Window(160), page, "side-2", overlap=29).under_way


def test_what_stands_out_of_order_ends_no_walk() -> None:
    """Neither one from the far past on top, as where the author claims a time to come, nor a single one at the end."""
    assert after_page(Window(100), [5, 190, 180, 170, 160, 150, 140], "side-2").under_way
    assert after_page(Window(100), [190, 180, 170, 160, 150, 140, 5], "side-2").under_way


@pytest.mark.parametrize("token", ["side-2", "x" * (MAX_TOKEN + 1)])
def test_a_token_that_leads_nowhere_ends_a_walk(token: str) -> None:
    assert after_page(Window(100, 200, "side-2", 1), [150], token) == Window(200)


def test_a_walk_that_must_begin_anew_forgets_nothing() -> None:
    assert restarted(Window(100, 200, "side-9", 8)) == Window(100)
    assert finished(Window(100, 200, "side-9", 8)) == Window(200)


def test_a_window_comes_back_from_a_cursor() -> None:
    window = Window(100, 200, "side-9", 8)
    assert Window.of(json.loads(json.dumps(window.kept()))) == window


@pytest.mark.parametrize(
    "kept",
    [None, [], "x", {}, {"reached": 1, "top": 2, "token": 3, "pages": 4}]
    + [{"reached": bad, "top": 2, "token": "", "pages": 4} for bad in (None, "1", 1.5, True, -1)],
)
def test_what_is_no_window_begins_anew(kept: object) -> None:
    assert Window.of(kept, first=7) == Window(7)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_skipped_whatever_comes_between_the_pages(seed: int) -> None:
    """Posts that come in while a walk is under way, walks that are stopped after any page, tokens that fall away."""
    chance = random.Random(seed)
    listed = list(range(1, 50))
    read: set[int] = set()
    window = Window()

    def page(below: int) -> list[int]:
        return [position for position in reversed(listed) if position < below][:10]

    def poll(pages: int, fails: Callable[[], bool]) -> None:
        nonlocal window
        for _ in range(pages):
            if window.under_way and fails():
                window = restarted(window)
            found = page(int(window.token or 10**9))
            read.update(found)
            rest = found and page(found[-1])
            window = after_page(window, found, str(found[-1]) if rest else "", overlap=3)
            listed.extend(range(listed[-1] + 1, listed[-1] + chance.randrange(6)))
            if not window.under_way:
                return

    for _ in range(40):
        poll(chance.randrange(1, 4), lambda: chance.random() < 0.05)
    end = listed[-1]
    poll(10**6, lambda: False)
    poll(10**6, lambda: False)
    assert read.issuperset(range(1, end + 1))
    assert window.reached >= end
