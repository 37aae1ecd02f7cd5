"""Replies in the post's language form, with their source, as long as the platform takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.labels import Fact
from models.replies import compose

SOURCE = "https://elvestrand.example.no/vann/kokevarsel"
FACT = Fact(
    "F1",
    "Vannet er trygt.",
    reply_nb="Vannet er trygt å drikke.",
    reply_nn="Vatnet er trygt å drikke.",
    reply_en="The water is safe to drink.",
    source_url=SOURCE,
)
SENTENCE = "Kommunestyret har ikke vedtatt å legge ned skolen, og saken er et forslag som er på høring."


def text(fact: Fact, lang: str = "nb", platform: str = "feed") -> str:
    reply = compose(fact, lang, platform)
    assert reply
    return reply.text


@pytest.mark.parametrize(
    ("lang", "form"),
    [("nb", "nb"), ("nn", "nn"), ("en", "en"), ("se", "nb"), ("da", "nb"), ("sv", "nb"), ("und", "nb"), ("", "nb")],
)
def test_a_reply_is_in_the_posts_own_form(lang: str, form: str) -> None:
    reply = compose(FACT, lang, "feed")
    assert reply
    assert reply.lang == form
    assert reply.text.startswith(getattr(FACT, f"reply_{form}"))


@pytest.mark.parametrize(
    ("lang", "lacks", "form"),
    [("nn", "reply_nn", "nb"), ("en", "reply_en", "nb"), ("nb", "reply_nb", "nn"), ("da", "reply_nb", "nn")],
)
def test_a_form_that_is_not_written_gives_way_to_the_next(lang: str, lacks: str, form: str) -> None:
    reply = compose(replace(FACT, **{lacks: " "}), lang, "feed")
    assert reply
    assert reply.lang == form


def test_a_fact_without_a_reply_has_none() -> None:
    assert compose(Fact("F1", "Vannet er trygt.", source_url=SOURCE), "nb", "x") is None
    assert compose(replace(FACT, reply_nb="", reply_nn="\n"), "nb", "x") is None


def test_the_source_stands_on_a_line_of_its_own() -> None:
    assert text(FACT) == f"Vannet er trygt å drikke.\n{SOURCE}"


@pytest.mark.parametrize(
    "reply",
    [
        f"Les mer: {SOURCE}",
        f"Les mer ({SOURCE}/).",
        "Les mer på elvestrand.example.no/vann/kokevarsel.",
        "Les mer på www.Elvestrand.example.no/vann/kokevarsel, der det oppdateres.",
    ],
)
def test_a_source_that_the_reply_names_is_not_named_twice(reply: str) -> None:
    assert text(replace(FACT, reply_nb=reply)) == reply


@pytest.mark.parametrize(
    "reply",
    [
        f"Les mer: {SOURCE}-2",
        f"Les mer: {SOURCE}/arkiv",
        f"Les mer: {SOURCE}?side=2",
        "Les mer på ny-elvestrand.example.no/vann/kokevarsel",
    ],
)
def test_another_address_is_not_the_source(reply: str) -> None:
    assert text(replace(FACT, reply_nb=reply)) == f"{reply}\n{SOURCE}"


@pytest.mark.parametrize("source", ["", "javascript:alert(1)", "intern mappe", "https://"])
def test_what_is_no_web_address_is_left_out(source: str) -> None:
    assert text(replace(FACT, source_url=source)) == "Vannet er trygt å drikke."


@pytest.mark.parametrize(
    ("platform", "limit"),
    [
        ("x", 280),
        ("mastodon", 500),
        ("bluesky", 300),
        ("threads", 500),
        ("instagram", 2_200),
        ("facebook", 8_000),
        ("youtube", 10_000),
        ("feed", None),
        ("forum", None),
        ("linkedin", None),
        ("other", None),
    ],
)
def test_each_platform_has_its_limit(platform: str, limit: int | None) -> None:
    reply = compose(FACT, "nb", platform)
    assert reply
    assert reply.limit == limit


@pytest.mark.parametrize(
    ("written", "x", "mastodon", "bluesky", "threads"),
    [
        ("Vått og kaldt", 13, 13, 13, 13),
        ("Va\u030att", 4, 4, 4, 4),
        ("Bra 👍🏽", 6, 5, 5, 12),
        ("🇳🇴", 2, 1, 1, 8),
        ("👨‍👩‍👧", 2, 1, 1, 18),
        ("1️⃣", 2, 1, 1, 7),
        ("漢字", 4, 2, 2, 2),
        ("– «ja» … 22 €", 15, 13, 13, 13),
        ("Se https://nav.example.no/a?b=c.", 27, 27, 32, 32),
        ("Se nav.no/skjema.", 27, 17, 17, 17),
        ("Skriv til post@nav.no", 21, 21, 21, 21),
    ],
)
def test_each_platform_counts_in_its_way(written: str, x: int, mastodon: int, bluesky: int, threads: int) -> None:
    counted = {"x": x, "mastodon": mastodon, "bluesky": bluesky, "threads": threads}
    for platform, length in counted.items():
        reply = compose(Fact("F1", "", reply_nb=written), "nb", platform)
        assert reply
        assert (platform, reply.length) == (platform, length)


def test_what_is_too_long_loses_whole_sentences_from_its_end_and_keeps_the_source() -> None:
    long = replace(FACT, reply_nb=" ".join([SENTENCE] * 5))
    reply = compose(long, "nb", "x")
    assert reply
    assert reply.text == f"{SENTENCE} {SENTENCE}\n{SOURCE}"
    assert reply.length == 2 * len(SENTENCE) + 2 + 23
    assert reply.limit == 280
    assert len(text(long, platform="mastodon").split(". ")) == 5


def test_a_source_within_a_sentence_that_is_left_out_comes_back() -> None:
    reply = text(replace(FACT, reply_nb=f"{SENTENCE} {SENTENCE} {SENTENCE} Les mer på {SOURCE}."), platform="x")
    assert reply == f"{SENTENCE} {SENTENCE}\n{SOURCE}"


def test_a_first_sentence_that_is_too_long_is_given_whole() -> None:
    long = replace(FACT, reply_nb=f"{SENTENCE[:-1]}, og {SENTENCE[:-1]}, og {SENTENCE} {SENTENCE}")
    reply = compose(long, "nb", "x")
    assert reply
    assert reply.text == f"{long.reply_nb}\n{SOURCE}"
    assert reply.limit
    assert reply.length > reply.limit


def test_a_greeting_is_not_all_that_is_left() -> None:
    long = replace(FACT, reply_nb=f"Hei, Ola! {SENTENCE[:-1]}, og {SENTENCE[:-1]}, og {SENTENCE}")
    assert text(long, platform="x") == f"{long.reply_nb}\n{SOURCE}"


@pytest.mark.parametrize(
    "first",
    [
        "Svaret kommer kl. 12 eller ca. 13 den 1. mars etter det som står i vedtaket",
        "Sykehuset St. Olavs hospital svarer på dette, jf. Forskrift om sykehus",
        "Dette gjelder f.eks. Oslo og bl.a. Bergen og A. Hansen",
        "Det tar ca. 25 minutter … litt mer om vinteren",
    ],
)
def test_a_dot_is_not_always_an_end(first: str) -> None:
    long = replace(FACT, reply_nb=f"{first}. {SENTENCE * 4}")
    assert text(long, platform="x") == f"{first}.\n{SOURCE}"


def test_lines_are_sentences_of_their_own() -> None:
    lines = f"Fra mandag er det slik\n\n– {SENTENCE}\n– {SENTENCE}\n– {SENTENCE}"
    reply = text(replace(FACT, reply_nb=lines), platform="x")
    assert reply == f"Fra mandag er det slik\n\n– {SENTENCE}\n– {SENTENCE}\n{SOURCE}"
