"""Which posts a listening post hears."""

from __future__ import annotations

import threading
import unicodedata
from datetime import UTC, datetime

import pytest

from collectors import matching
from collectors.matching import Matcher, fingerprint
from collectors.post import ListeningPost, Match, Post

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def post(text: str, title: str = "", source: str = "avis", hashtags: tuple[str, ...] = ()) -> Post:
    return Post("feed", source, "1", text, NOW, NOW, title=title, hashtags=hashtags)


def hits(keyword: str, text: str) -> bool:
    return bool(Matcher([ListeningPost("Prøve", "prøve", keywords=(keyword,))]).match(post(text)))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("kommune", "Kommunens svar"),
        ("kommune", "I KOMMUNENE"),
        ("kommuner", "Vår kommune"),
        ("skole", "#skolen er stengt"),
        ("bussen", "Busser i kø"),
        ("vei", "Hull i veien"),
        ("vei", "veiene våre"),
        ("by", "Byen vår"),
        ("kø", "Lange køer"),
        ("lærer", "lærerne streiker"),
        ("lærar", "Lærarane streikar"),
        ("ordfører", "Spør ordføreren!"),
        ("sykehjem", "På sykehjemmet"),
        ("flom", "flommens herjinger"),
        ("ÅSANE", "Ut til Åsane"),
        ("Bergen", "Bergens gater"),
        ("NAV", "NAVs ansatte, nav-kontoret"),
        ("e-post", "Send e-post nå"),
        ("eiendomsskatt på hytte", "om eiendomsskatten på\nhytter"),
        ("eiendomsskatt hytte", "Eiendomsskatt, hytte"),
        ("barneha*", "BARNEHAGEPLASSER mangler"),
        ("ny barneha*", "en ny barnehageplass"),
        ("24", "rute 24 er forsinket"),
    ],
)
def test_a_keyword_is_found_in_its_forms(keyword: str, text: str) -> None:
    assert hits(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("by", "bygg"),
        ("by", "nybygg"),
        ("kommune", "kommunikasjon"),
        ("vei", "veileder"),
        ("bar", "barn"),
        ("Bergen", "berg og dal"),
        ("barnehage", "barnehageplass"),
        ("skole hage", "hage og skole"),
        ("skole hage", "skole uten hage"),
        ("barneha*", "på barn, eha"),
        ("ål", "al"),
        ("møte", "mote"),
        ("24", "2024"),
    ],
)
def test_a_keyword_is_not_found_in_other_words(keyword: str, text: str) -> None:
    assert not hits(keyword, text)


def test_the_title_counts_as_text() -> None:
    matcher = Matcher([ListeningPost("Vann", "", keywords=("vann",))])
    assert matcher.match(post("", title="Vannet er brunt")) == (Match("Vann", ("vann",)),)


def test_the_form_of_signs_makes_no_difference() -> None:
    decomposed = unicodedata.normalize("NFD", "Ås å bråk")
    assert hits("ås", decomposed)
    assert hits(unicodedata.normalize("NFD", "bråk"), "Bråk i Ås")


@pytest.mark.parametrize("written", ["#BarneHage", "barnehage", " #barnehage "])
def test_a_hashtag_is_the_same_however_it_is_written(written: str) -> None:
    matcher = Matcher([ListeningPost("Tag", "", hashtags=(written,))])
    assert matcher.match(post("x", hashtags=("barnehage",))) == (Match("Tag", (written,)),)
    assert matcher.match(post("Om barnehage")) == ()


def test_a_keyword_with_a_hash_is_a_hashtag() -> None:
    matcher = Matcher([ListeningPost("Tag", "", keywords=("#Skole",))])
    assert matcher.match(post("x", hashtags=("skole",))) == (Match("Tag", ("#Skole",)),)
    assert matcher.match(post("skole")) == ()


def test_terms_are_told_as_they_were_written_and_in_their_order() -> None:
    lp = ListeningPost("Alt", "", keywords=("Vei", "skole", "hytte", "barne*"), hashtags=("Valg",))
    text = "Barnehagen, skolene og veiene. Skole! Vei!"
    assert Matcher([lp]).match(post(text, hashtags=("valg",))) == (Match("Alt", ("Vei", "skole", "barne*", "Valg")),)


def test_several_listening_posts_hear_the_same_post() -> None:
    a, b = ListeningPost("A", "", keywords=("vann",)), ListeningPost("B", "", keywords=("vann", "brunt"))
    assert Matcher([a, b]).match(post("Vannet er brunt")) == (Match("A", ("vann",)), Match("B", ("vann", "brunt")))


def test_a_listening_post_without_words_hears_all_of_its_sources() -> None:
    matcher = Matcher([ListeningPost("Alt", "", sources=("forum", "blogg"))])
    assert matcher.match(post("Hva som helst", source="blogg")) == (Match("Alt"),)
    assert matcher.match(post("Hva som helst", source="avis")) == ()
    assert Matcher([ListeningPost("Alt", "")]).match(post("x")) == (Match("Alt"),)


def test_words_count_within_the_sources_only() -> None:
    matcher = Matcher([ListeningPost("Vann", "", keywords=("vann",), sources=("forum",))])
    assert matcher.match(post("vann", source="forum")) == (Match("Vann", ("vann",)),)
    assert matcher.match(post("vann", source="avis")) == ()


@pytest.mark.parametrize("keyword", ["", " ", "*", "#", "!?", "* *"])
def test_a_keyword_without_a_word_hears_nothing(keyword: str) -> None:
    assert not hits(keyword, "Hva som helst * # !?")


def test_no_listening_posts_hear_nothing() -> None:
    assert Matcher([]).match(post("x")) == ()


def test_stemming_in_several_threads_gives_the_same_as_in_one() -> None:
    words = [f"{a}{b}{c}ene" for a in "bdfgklmnprst" for b in "aeiouyæøå" for c in ("kk", "lt", "nd", "st", "rk")]
    expected = {word: matching._stemmer.stemWord(word) for word in words}
    matching._stem.cache_clear()
    found: list[dict[str, str]] = []
    threads = [threading.Thread(target=lambda: found.append({w: matching._stem(w) for w in words})) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_the_fingerprint_follows_what_is_heard_and_nothing_else() -> None:
    lp = ListeningPost("A", "formål", title="Tittel", keywords=("a", "b"), hashtags=("c",), sources=("d",))
    same = ListeningPost("A", "annet formål", title="Annen", keywords=("a", "b"), hashtags=("c",), sources=("d",))
    others = [
        ListeningPost("B", "", keywords=("a", "b"), hashtags=("c",), sources=("d",)),
        ListeningPost("A", "", keywords=("a",), hashtags=("b", "c"), sources=("d",)),
        ListeningPost("A", "", keywords=("a", "b"), hashtags=("c",)),
        ListeningPost("A", "", keywords=("a b",), hashtags=("c",), sources=("d",)),
    ]
    assert fingerprint([lp]) == fingerprint([same])
    assert len({fingerprint([each]) for each in [lp, *others]} | {fingerprint([]), fingerprint([lp, lp])}) == 7
