"""The words before a number."""

from __future__ import annotations

import pytest

from models.quantities.surroundings import Surroundings, before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("over ", Surroundings(bound="more", word="over")),
        ("mer enn ", Surroundings(bound="more", word="enn")),
        ("over kr. ", Surroundings("kroner", "more", "over")),
        ("ca. ", Surroundings(bound="about", word="ca")),
        ("(under ", Surroundings(bound="less", word="under")),
        ("drøyt ", Surroundings(bound="just over", word="drøyt")),
        ("godt og vel ", Surroundings(bound="just over", word="vel")),
        ("litt over ", Surroundings(bound="just over", word="over")),
        ("litt meir enn ", Surroundings(bound="just over", word="enn")),
        ("vel ", Surroundings(word="vel")),
        ("over. ", Surroundings(word="over.")),
        ("nr. ", Surroundings(word="nr", name=True)),
        ("nødnummeret ", Surroundings(word="nødnummeret", name=True)),
        ("$", Surroundings("dollar")),
        ("e", Surroundings(name=True)),
        ("covid-", Surroundings(name=True)),
        ("", Surroundings()),
    ],
)
def test_the_words_before_tell_unit_bound_or_name(text: str, expected: Surroundings) -> None:
    assert before(f"{text}12", len(text)) == expected
