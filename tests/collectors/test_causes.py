"""Problems are counted in a few kinds, and each that is named exists."""

from __future__ import annotations

import pytest

from collectors.causes import _CAUSES, _CODES, cause
from collectors.post import Problem
from dashboard.wording import has


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("http_429", "rate_limit"),
        ("budget_spent", "budget"),
        ("total_timeout", "outage"),
        ("mastodon_hashtags_disabled", "platform"),
        ("not_running", "not_running"),
        ("feed_unreadable", "error"),
        ("whatever", "error"),
    ],
)
def test_a_problem_has_its_kind(code: str, kind: str) -> None:
    assert cause(Problem(code)) == kind


@pytest.mark.parametrize("code", _CAUSES)
def test_each_code_that_is_given_a_kind_has_a_sentence(code: str) -> None:
    assert has(f"problem.{code}")


@pytest.mark.parametrize("kind", [*_CODES, "error"])
def test_each_kind_has_a_name(kind: str) -> None:
    assert has(f"kilder.cause_{kind}")
