from __future__ import annotations

import pytest

from models.examples import Example
from models.labels import LANGUAGES
from models.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hvorfor er biblioteket stengt i dag? Jeg rekker ikke innom før helga.", "nb"),
        ("Når kommer bussen?", "nb"),
        ("Kvifor er biblioteket stengt i dag? Eg rekk ikkje innom før helga.", "nn"),
        ("Vi treng fleire lærarar, ikkje færre.", "nn"),
        ("Why is the library closed today? I can't make it before the weekend.", "en"),
        ("Varför är biblioteket stängt idag? Jag hinner inte förbi före helgen.", "sv"),
        ("Hvorfor er biblioteket lukket? Jeg når ikke forbi, og der er ingen, der har sagt noget.", "da"),
        ("Manne lea girjerájus gitta odne? Mun in astta ovdal vahkkoloahpa.", "se"),
    ],
)
def test_each_language_of_the_codebook_is_told_apart(text: str, language: str) -> None:
    assert detect(text)[0] == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Æ skjønne ikke koffer dem skal stenge skolen, ungan trives jo", "nb"),
        ("Je trur itte hu veit åssen det funker", "nb"),
        ("Eg skjøna ikkje koffor dei ska stenga skulen, me har jo nett bygd han", "nn"),
        ("E veit ikkje kva dei tenkjer på, dei som stengjer vegen", "nn"),
    ],
)
def test_dialect_counts_as_the_standard_it_lies_nearest(text: str, language: str) -> None:
    assert detect(text)[0] == language


@pytest.mark.parametrize(
    "text", ["", "   \n", "😀😀", "https://example.no/a?b=c", "@kari @ola", "#nav #bergen 2026", "12:30"]
)
def test_only_emoji_links_names_or_numbers_is_undetermined(text: str) -> None:
    assert detect(text) == ("und", 1.0)


def test_mixed_text_takes_the_language_of_most_words() -> None:
    text = "Jeg syntes foredraget var bra, men hva mente de egentlig med «lessons learned» og «best practice»?"
    assert detect(text)[0] == "nb"


def test_a_link_or_a_hashtag_does_not_change_the_language() -> None:
    assert detect("Vi ses på torget klokka seks! #weekend https://example.no/what/is/the/point")[0] == "nb"


def test_capitals_do_not_change_the_language() -> None:
    assert detect("HVA ER DET DERE DRIVER MED?")[0] == "nb"


@pytest.mark.parametrize("text", ["\ud83d", "\x00\x01", "ß" * 50_000, "日本語のテキスト", "a" * 100_000, "é à ü"])
def test_any_text_gets_a_known_language_and_a_score(text: str) -> None:
    language, score = detect(text)
    assert language in LANGUAGES
    assert 0.0 <= score <= 1.0


def test_a_clear_text_is_surer_than_an_unclear_one() -> None:
    clear = detect("Jeg vet ikke hva dere mener, men noen må jo svare på hvorfor dette ble vedtatt.")[1]
    assert clear > detect("Fin tur")[1]
    assert clear > 0.9


def test_nearly_all_examples_get_their_language(examples: list[Example]) -> None:
    # In dialect it is often anybody's choice which standard lies nearest.
    right = sum(detect(example.post.text)[0] == example.lang for example in examples)
    assert right / len(examples) > 0.965
