from __future__ import annotations

import pytest

from models.labels import ACTORS, TOPICS
from models.lexicon import Lexicon, function_words, plain, profile_lexicon, stem, text_lexicon


def test_a_pattern_says_which_part_of_a_word_it_matches() -> None:
    lists = Lexicon({"start": "barne*", "end": "*plass", "part": "*hage*", "whole": "by"})
    assert lists.classes("barnehageplass") == {"start", "end", "part"}
    assert lists.classes("by") == {"whole"}
    assert lists.classes("byen") == set()


def test_a_phrase_is_found_where_it_stands() -> None:
    lists = Lexicon({"c": "ikke_enig enig"})
    assert lists.phrases(["jeg", "er", "ikke", "enig", "her"]) == [("c", 2, 4)]
    assert lists.phrases(["ikke", "helt", "enig"]) == []


@pytest.mark.parametrize(("word", "bokmal"), [("eg", "jeg"), ("ikkje", "ikke"), ("korleis", "hvordan"), ("hus", "hus")])
def test_function_words_have_a_bokmal_form(word: str, bokmal: str) -> None:
    assert plain(word) == bokmal


@pytest.mark.parametrize(
    ("nynorsk", "bokmal"),
    [("skulane", "skolene"), ("sjukeheimen", "sykehjemmet"), ("køyring", "kjøring"), ("vegen", "veien")],
)
def test_nynorsk_and_bokmal_forms_share_a_stem_or_its_beginning(nynorsk: str, bokmal: str) -> None:
    assert stem(nynorsk)[:4] == stem(bokmal)[:4]


def test_every_topic_has_words_in_bokmal_nynorsk_and_english() -> None:
    words = {
        "arbeid": ("permittert", "arbeidslaus", "unemployed"),
        "bygg-og-eiendom": ("byggesøknad", "bustaden", "housing"),
        "demokrati-og-innbyggerrettigheter": ("valgkort", "røysterett", "asylum"),
        "familie-og-barn": ("barnehagen", "foreldrepengar", "kindergarten"),
        "helse-og-omsorg": ("fastlegen", "sjukehuset", "hospital"),
        "kultur-idrett-og-fritid": ("biblioteket", "symjehall", "museum"),
        "lov-og-rett": ("tingretten", "tjuveri", "police"),
        "naring": ("bonden", "mjølkebonde", "procurement"),
        "natur-klima-og-miljo": ("vindkraft", "forureining", "climate"),
        "samfunnssikkerhet-og-beredskap": ("brannvesenet", "flaumen", "flood"),
        "skatt-og-avgift": ("skattemelding", "skatten", "taxes"),
        "skole-og-utdanning": ("skolen", "skulen", "teacher"),
        "sosiale-tjenester": ("bostøtte", "bustøtte", "pension"),
        "trafikk-og-transport": ("bussruta", "ferja", "pothole"),
    }
    assert set(words) == set(TOPICS)
    for topic, forms in words.items():
        for form in forms:
            assert f"t:{topic}" in text_lexicon().classes(form), form


def test_profile_words_name_kinds_of_actors() -> None:
    assert "a:media" in profile_lexicon().classes("lokalavis")
    assert "a:interest_group" in profile_lexicon().classes("velforening")
    assert {f"a:{actor}" for actor in ACTORS if actor not in ("citizen", "unknown")} <= {
        kind
        for word in ("lokalavis", "forbund", "stortingsrepresentant", "kommune", "bakeri", "professor")
        for kind in profile_lexicon().classes(word)
    }


def test_function_words_of_one_language_alone_weigh_more_than_shared_ones() -> None:
    words = function_words()
    assert words["ikkje"]["nn"] > words["er"]["nn"]
    assert "nb" in words["er"]
    assert "da" in words["er"]
