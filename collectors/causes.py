"""Why a period was not covered, in the few kinds that a person counts by."""

from __future__ import annotations

from typing import Final, Literal

from collectors.post import Problem

Cause = Literal["rate_limit", "budget", "outage", "platform", "error", "not_running"]

_CODES: Final[dict[Cause, tuple[str, ...]]] = {
    "rate_limit": ("http_429",),
    "budget": ("budget_spent", "credits_spent", "quota_spent", "x_budget_too_small", "youtube_posts_spent"),
    "outage": (
        *("host_not_found", "connection_failed", "connection_refused", "connection_broken", "connect_timeout"),
        *("read_timeout", "total_timeout", "http_503", "http_5xx", "answer_cut_short"),
    ),
    "platform": (
        *("http_401", "http_403", "http_410", "challenge", "terms_missing", "token_refused", "window_too_old"),
        *("mastodon_hashtags_disabled", "mastodon_hashtags_partly", "mastodon_login_needed", "mastodon_not_permitted"),
        *("bluesky_account_inactive", "youtube_key_limited"),
    ),
    "not_running": ("not_running",),
}
_CAUSES: Final = {code: cause for cause, codes in _CODES.items() for code in codes}


def cause(problem: Problem) -> Cause:
    """The kind of a problem: whatever is not known to lie with others is an error, of the setup or ours."""
    return _CAUSES.get(problem.code, "error")
