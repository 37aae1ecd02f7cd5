"""What an address tells of the post behind it."""

from __future__ import annotations

import pytest

from collectors.urls import known_post


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://x.com/kari/status/123?s=20", ("x", "", "123")),
        ("https://mobile.twitter.com/kari/status/123/photo/1", ("x", "", "123")),
        ("https://www.youtube.com/watch?v=abc&lc=Ugx", ("youtube", "", "Ugx")),
        ("https://torget.example.no/@kari/1122", ("mastodon", "url", "https://torget.example.no/@kari/1122")),
        ("https://www.facebook.com/a/posts/1", ("facebook", "url", "https://www.facebook.com/a/posts/1")),
        ("https://avis.example.no/sak", ("other", "url", "https://avis.example.no/sak")),
        ("https://x.com/kari", ("x", "url", "https://x.com/kari")),
    ],
)
def test_the_platform_and_its_own_id_are_known_where_they_stand_in_the_address(
    url: str, known: tuple[str, str, str]
) -> None:
    assert known_post(url) == known
