"""The configuration file: right entries come through, wrong ones are told and stop nothing else."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from collectors.post import Budget, Credential
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
        ('[web]\nallowed_hosts = ["https://intranett.example.no/", "10.0.0.0/8"]\n', "allowed_hosts nr. 1"),
        ('[web]\nallowed_hosts = ["*", "10.0.0.0/8"]\n', "«*»"),
        ('[web]\nallowed = 1\nallowed_hosts = ["10.0.0.0/8"]\n', "[web]: «allowed»"),
        (
            '[dashboard]\nhosts = ["https://x.example.no/"]\n[web]\nallowed_hosts = ["10.0.0.0/8"]\n',
            "uten https://",
        ),
        ('[dashboard]\nhosts = "x"\n[web]\nallowed_hosts = ["10.0.0.0/8"]\n', "må være en liste"),
        ('epost = "x"\n[web]\nallowed_hosts = ["10.0.0.0/8"]\n', "[body]: «epost»"),
        ('contact = "a\\nb"\n[web]\nallowed_hosts = ["10.0.0.0/8"]\n', "linjeskift"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence_and_the_right_ones_hold(section: str, told: str) -> None:
    found = parsed(BODY + section)
    assert [told in sentence for sentence in found.problems] == [True]
    assert (found.body, found.contact, found.allowed_hosts, found.dashboard_hosts) == (
        "Fjellheim kommune",
        "",
        ("10.0.0.0/8",),
        (),
    )


@pytest.mark.parametrize("interval", ["true", '"15"', "1.5", "15.0", "[15]", "0x" + "f" * 6_000])
def test_only_a_whole_number_of_minutes_is_an_interval(interval: str) -> None:
    found = parsed(BODY + SOURCE + f"interval_minutes = {interval}\n" + LISTENING_POST)
    assert len(found.problems) == 1
    assert "et helt tall" in found.problems[0] or "høyst 1440" in found.problems[0]
    assert found.broken == ("avis",)


@pytest.mark.parametrize(
    "url",
    [
        "https://avis.example.no/r ss",
        "https://avis.example.no:99999/",
        "https://avis.example.no:port/",
        "https://:80/",
        "https:///rss",
        "https://avis..no/",
        "https://[::1/",
        "https://avis.example.no/\\u0007",
        "avis.example.no",
    ],
)
def test_an_address_that_can_not_be_asked_is_told_at_once(url: str) -> None:
    found = parsed(BODY + SOURCE + f'[[sources]]\nname = "b"\nurl = "{url}"\n' + LISTENING_POST)
    assert ["ikke en gyldig nettadresse" in sentence for sentence in found.problems] == [True]
    assert [s.name for s in found.sources] == ["avis"]


def test_a_keyword_that_hits_nothing_is_told_and_the_others_stay() -> None:
    found = parsed(BODY + LISTENING_POST.replace('["skole"]', '["*", "skole", "–", "", "#"]'))
    assert len(found.problems) == 4
    assert "«keywords nr. 1»" in found.problems[0]
    assert found.listening_posts[0].keywords == ("skole",)
    assert found.broken == ()


@pytest.mark.parametrize("lists", ['keywords = ["*"]', 'keywords = ["skole"]\nsources = [""]'])
def test_a_listening_post_with_wrong_words_only_does_not_listen_to_everything(lists: str) -> None:
    found = parsed(BODY + LISTENING_POST.replace('keywords = ["skole"]', lists))
    assert found.listening_posts == ()
    assert found.broken == ("Skole",)


def test_too_many_keywords_are_told_with_the_limit() -> None:
    words = ", ".join(f'"ord{n}"' for n in range(501))
    found = parsed(BODY + LISTENING_POST.replace('"skole"', words))
    assert ["høyst 500" in sentence for sentence in found.problems] == [True]
    assert found.broken == ("Skole",)


@pytest.mark.parametrize(("title", "told"), [("x" * 81, "høyst 80 tegn"), ("a\\u0007b", "tegn som ikke vises")])
@pytest.mark.parametrize("entry", [SOURCE, LISTENING_POST])
def test_a_title_is_one_short_line(title: str, told: str, entry: str) -> None:
    found = parsed(BODY + entry + f'title = "{title}"\n')
    assert told in found.problems[0]
    assert len(found.broken) == 1


def test_what_is_broken_is_named_where_its_name_can_be_read() -> None:
    broken = '[[sources]]\nname = " avis "\nurl = 5\n[[sources]]\nname = 5\n[[listening_posts]]\nname = "Vei"\n'
    assert parsed(BODY + broken).broken == ("avis", "Vei")


def test_a_listening_post_may_listen_to_a_source_that_is_broken_for_now() -> None:
    found = parsed(BODY + SOURCE + "interval=5\n" + LISTENING_POST + 'sources = ["avis"]\n')
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\n[body\n", "ikke gyldig TOML: det er en skrivefeil på linje 2"),
        (b"x = [", "ikke gyldig TOML: det slutter"),
        (b"x = " + b"9" * 5_000, "for langt"),
        (b"x = " + b"[" * 20_000 + b"]" * 20_000, "inni hverandre"),
        (b"[body]\nname" + b".a" * 20_000 + b" = 1", "må være tekst"),
        (b"\xff\xfe\x00", "Kunne ikke lese oppsettet .*ikke lagret som UTF-8"),
        (None, "Fant ikke"),
    ],
    ids=range(7),
)
def test_an_unreadable_file_gives_one_sentence(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "lyttepost.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        config.load(path)


def test_a_folder_in_place_of_the_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="det er en mappe"):
        config.load(tmp_path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lyttepost.toml"
    path.write_text("\ufeff" + BODY, "utf-8")
    assert config.load(path).body == "Fjellheim kommune"


# Platforms

X = """
[[sources]]
name = "x"
kind = "x"
token_env = "X_TOKEN"
terms = "enterprise"
nok_per_day = 20.5
"""


def test_a_platform_is_asked_for_the_words_of_the_listening_posts_that_listen_to_it() -> None:
    torget = '[[sources]]\nname = "torget"\nkind = "mastodon"\nurl = "https://torget.example.no"\n'
    posts = """
[[listening_posts]]
name = "Skole"
purpose = "svare"
keywords = ["skole*", "#SFO"]
hashtags = ["#Elvestrand"]
[[listening_posts]]
name = "Vei"
purpose = "svare"
keywords = ["vei"]
sources = ["avis"]
"""
    found = parsed(BODY + SOURCE + torget + X + posts)
    assert found.problems == ()
    by_name = {source.name: source for source in found.sources}
    assert (by_name["torget"].hashtags, by_name["torget"].keywords) == (("elvestrand", "sfo"), ("skole",))
    assert by_name["x"].hashtags == ("elvestrand", "sfo")
    assert by_name["avis"].hashtags == ()


def test_a_platform_that_has_words_of_its_own_is_asked_for_those() -> None:
    found = parsed(BODY + X + 'hashtags = ["annet"]\n' + LISTENING_POST)
    assert (found.sources[0].hashtags, found.sources[0].keywords) == (("annet",), ())


def test_a_platform_has_its_server_its_secret_and_its_budget() -> None:
    (source,) = parsed(BODY + X + LISTENING_POST).sources
    assert source.url == "https://api.twitter.com"
    assert source.credential == Credential(env="X_TOKEN")
    assert source.budget == Budget(None, Decimal("20.5"))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('kind = "mastodon"\n', "«url» mangler"),
        ('kind = "mastodon"\nurl = "https://torget.example.no"\nmentions = true\n', "trenger en nøkkel"),
        ('kind = "bluesky"\n', "«account» mangler"),
        ('kind = "bluesky"\naccount = "kommunen.example.no"\n', "trenger en nøkkel"),
        ('kind = "x"\ntoken_env = "X"\n', "Sett en grense"),
        ('kind = "youtube"\ntoken_file = "nokkel"\n', "«channels» mangler"),
        ('kind = "tiktok"\nurl = "https://a.example.no"\n', "kan ikke være «tiktok»"),
        ('url = "https://a.example.no"\ntoken_env = "sk-1234"\n', "navnet på en miljøvariabel"),
        ('url = "https://a.example.no"\nmentions = "ja"\n', "true eller false"),
        ('kind = "x"\ntoken_env = "X"\nnok_per_day = "mange"\n', "må være et tall"),
        ('kind = "x"\ntoken_env = "X"\nposts_per_day = 5\nnok_per_usd = 0\n', "større enn 0"),
    ],
)
def test_what_a_platform_can_not_do_without_is_told(entry: str, told: str) -> None:
    found = parsed(BODY + SOURCE + LISTENING_POST + f'[[sources]]\nname = "ny"\n{entry}')
    assert len(found.problems) == 1
    assert told in found.problems[0]
    assert [source.name for source in found.sources] == ["avis"]
    assert found.broken == ("ny",)
    assert "sk-1234" not in found.problems[0]


def test_raw_answers_are_kept_for_as_long_as_the_body_says() -> None:
    assert parsed(BODY).raw_days == 30
    assert parsed(BODY + "[retention]\nraw_days = 7\n").raw_days == 7


def test_the_target_for_answering_is_a_day_unless_the_body_says_otherwise() -> None:
    assert parsed(BODY).answer_within_hours == 24
    assert parsed(BODY + "[corrections]\nanswer_within_hours = 4\n").answer_within_hours == 4


@pytest.mark.parametrize("hours", ["0", "721", "1.5", '"snart"'])
def test_a_target_that_is_none_is_told_and_a_day_holds(hours: str) -> None:
    found = parsed(BODY + f"[corrections]\nanswer_within_hours = {hours}\n")
    assert found.answer_within_hours == 24
    assert len(found.problems) == 1
    assert "answer_within_hours" in found.problems[0]
