"""The configuration file: right entries come through, wrong ones are told and stop nothing else."""

import tomllib
from pathlib import Path

import pytest

from lyttepost import config
from lyttepost.config import ConfigError

BODY = '[body]\nname = "Fjellheim kommune"\n'
SOURCE = '[[sources]]\nname = "avis"\nurl = "https://avis.example.no/rss"\n'
LISTENING_POST = '[[listening_posts]]\nname = "Skole"\npurpose = "Svare på spørsmål"\nkeywords = ["skole"]\n'


def parsed(text: str) -> config.Config:
    return config.parse(tomllib.loads(text))


def test_a_whole_file_gives_sources_and_listening_posts() -> None:
    found = parsed(BODY + SOURCE + LISTENING_POST)
    assert found.body == "Fjellheim kommune"
    assert [s.url for s in found.sources] == ["https://avis.example.no/rss"]
    assert found.listening_posts[0].keywords == ("skole",)
    assert found.problems == ()


def test_the_template_is_a_valid_empty_configuration() -> None:
    found = parsed(config.template())
    assert (found.sources, found.listening_posts, found.problems) == ((), (), ())


def test_the_templates_examples_are_valid_when_switched_on() -> None:
    lines = config.template().splitlines()
    switched_on = "\n".join(
        line.removeprefix("# ")
        if line.startswith(("# [", "# name", "# url", "# purpose", "# keywords", "# hashtags"))
        else line
        for line in lines
    )
    found = parsed(switched_on)
    assert found.problems == ()
    assert len(found.sources) == len(found.listening_posts) == 1


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('[[sources]]\nname = "b"\nurl = "ftp://b.example.no"\n', "nettadresse"),
        ('[[sources]]\nname = "b"\n', "«url» mangler"),
        ('[[sources]]\nname = "b"\nurl = "https://b.example.no"\ninterval_minutes = 0\n', "minst 1"),
        ('[[sources]]\nname = "b"\nurl = "https://b.example.no"\nintervall = 5\n', "intervall"),
        ('[[sources]]\nname = "../b"\nurl = "https://b.example.no"\n', "bokstaver, tall"),
        ('[[sources]]\nname = "avis"\nurl = "https://b.example.no"\n', "brukt før"),
        ('[[listening_posts]]\nname = "Vei"\n', "«purpose» mangler"),
        ('[[listening_posts]]\nname = "Vei"\npurpose = "x"\nkeywords = "vei"\n', "må være en liste"),
        ('[[listening_posts]]\nname = "Vei"\npurpose = "x"\nsources = ["ukjent"]\n', "kilden «ukjent»"),
        ("[webb]\n", "webb"),
    ],
)
def test_a_wrong_entry_is_told_in_a_sentence_and_the_right_ones_stay(entry: str, told: str) -> None:
    found = parsed(BODY + SOURCE + LISTENING_POST + entry)
    assert len(found.problems) == 1
    assert told in found.problems[0]
    assert found.sources[0].name == "avis"
    assert found.listening_posts[0].name == "Skole"


def test_sources_without_a_listening_post_are_pointed_out() -> None:
    assert "lytteposter" in parsed(BODY + SOURCE).problems[0]


def test_a_body_without_a_name_can_not_be_used() -> None:
    with pytest.raises(ConfigError, match="name"):
        parsed("[body]\n")


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ('[web]\nallowed_hosts = ["https://intranett.example.no/"]\n', "allowed_hosts"),
        ("[web]\nallowed = 1\n", "[web]: «allowed»"),
        ('[dashboard]\nhosts = ["https://x.example.no/"]\n', "bokstaver, tall"),
        ('[dashboard]\nhosts = "x"\n', "må være en liste"),
    ],
)
def test_a_wrong_section_is_told_in_a_sentence(section: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parsed(BODY + section)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"[body\n", "ikke gyldig TOML"), (b"\xff\xfe\x00", "Kunne ikke lese"), (None, "Fant ikke")],
)
def test_an_unreadable_file_gives_one_sentence(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "lyttepost.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        config.load(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lyttepost.toml"
    path.write_text("\ufeff" + BODY, "utf-8")
    assert config.load(path).body == "Fjellheim kommune"
