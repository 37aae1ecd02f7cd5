"""Why a period was not covered, in the few kinds that a person counts by."""

from __future__ import annotations

from typing import Final, Literal

from collectors.post import Problem

Cause = Literal["rate_limit", "budget", "outage", "platform", "error", "not_running"]

_CAUSES: Final[dict[str, Cause]] = {
    **dict.fromkeys(("http_429",), "rate_limit"),
    **dict.fromkeys(("budget_spent", "credits_spent", "quota_spent"), "budget"),
    **dict.fromkeys(
        ("host_not_found", "connection_failed", "connection_refused", "connection_broken", "connect_timeout"), "outage"
    ),
    **dict.fromkeys(("read_timeout", "total_timeout", "http_503", "http_5xx", "answer_cut_short"), "outage"),
    **dict.fromkeys(("http_401", "http_403", "challenge", "terms_missing", "timeline_disabled"), "platform"),
    **dict.fromkeys(("window_too_old", "http_410"), "platform"),
    "not_running": "not_running",
}  # fmt: skip


def cause(problem: Problem) -> Cause:
    """The kind of a problem: whatever is not known to lie with others is an error, of the setup or ours."""
    return _CAUSES.get(problem.code, "error")
