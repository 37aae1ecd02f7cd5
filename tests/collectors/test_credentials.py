"""Secrets are read from where the configuration says, and stand in nothing that is written."""

from __future__ import annotations

import json
import logging
import stat
from pathlib import Path

import pytest

from collectors import credentials
from collectors.credentials import CredentialError, Redaction, Tokens, read, redact
from collectors.post import Credential


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_known", set())


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return str(path)


def code(credential: Credential, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(CredentialError) as error:
        read(credential, environment or {})
    return error.value.problem.code


def test_no_credential_is_no_secret() -> None:
    assert read(Credential(), {}) == ""


def test_a_secret_is_read_from_the_environment() -> None:
    assert read(Credential(env="TOKEN"), {"TOKEN": " hemmelig-123\n"}) == "hemmelig-123"


def test_a_secret_is_read_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    assert read(Credential(file=private(tmp_path / "a", "hemmelig-123\n"))) == "hemmelig-123"
    assert code(Credential(file=private(tmp_path / "b", "hemmelig-123", 0o640))) == "credential_open"
    assert code(Credential(file=private(tmp_path / "c", " \n"))) == "credential_missing"
    assert code(Credential(file=str(tmp_path / "d"))) == "credential_unreadable"


def test_a_secret_is_read_from_the_folder_that_systemd_gives(tmp_path: Path) -> None:
    for mode in (0o400, 0o440):
        private(tmp_path / "TOKEN", "hemmelig-123", mode)
        assert read(Credential(env="TOKEN"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "hemmelig-123"
        (tmp_path / "TOKEN").unlink()
    private(tmp_path / "TOKEN", "hemmelig-123", 0o444)
    assert code(Credential(env="TOKEN"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "credential_open"


def test_a_secret_that_is_not_set_is_told_by_its_name() -> None:
    assert code(Credential(env="TOKEN"), {"TOKEN": " "}) == "credential_missing"


@pytest.mark.parametrize(
    "written",
    [
        "Authorization: Bearer abcdef123456",
        "{'Authorization': 'Bearer abcdef123456', 'Accept': '*/*'}",
        "GET https://example.no/?access_token=abcdef123456&a=1",
        "https://example.no/feed?sig=abcdef123456",
        "https://kari:abcdef123456@example.no/",
        '{"refreshJwt": "abcdef123456", "did": "did:plc:1"}',
        "bearer abcdef123456",
    ],
)
def test_what_looks_like_a_secret_is_hidden(written: str) -> None:
    assert "abcdef123456" not in redact(written)
    assert "[skjult]" in redact(written)


@pytest.mark.parametrize(
    "written", ["Nøkkelen: se avtalen", "https://example.no/?side=2", "the poll of avis failed", "key question: hvem?"]
)
def test_ordinary_text_stays(written: str) -> None:
    assert redact(written) == written


def test_a_secret_that_was_read_is_hidden_wherever_it_stands(tmp_path: Path) -> None:
    read(Credential(env="TOKEN"), {"TOKEN": "plutselig"})
    assert redact("så kom plutselig/feed") == "så kom [skjult]/feed"


def test_no_secret_reaches_a_log_not_even_in_a_traceback(tmp_path: Path) -> None:
    read(Credential(env="TOKEN"), {"TOKEN": "plutselig"})
    handler = logging.FileHandler(tmp_path / "log", encoding="utf-8")
    handler.setFormatter(Redaction("%(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        raise ValueError("https://example.no/?x=plutselig")
    except ValueError:
        logger.exception("asked %s with %s", "https://example.no/?token=annen-hemmelighet", {"token": "plutselig"})
    handler.close()
    written = (tmp_path / "log").read_text("utf-8")
    assert "ValueError" in written
    assert "plutselig" not in written
    assert "annen-hemmelighet" not in written


def test_tokens_are_kept_in_a_file_of_their_own_that_only_we_read(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    Tokens(path).set("bro", {"refresh": "r-12345678"})
    Tokens(path).set("annen", {"refresh": "s-12345678"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Tokens(path).get("bro") == {"refresh": "r-12345678"}
    assert redact("r-12345678") == "[skjult]"


@pytest.mark.parametrize("content", ["", "ikke json", "[]", '{"bro": 1}'])
def test_a_broken_file_of_tokens_holds_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content, "utf-8")
    assert Tokens(path).get("bro") == {}
    Tokens(path).set("bro", {"refresh": "r-12345678"})
    assert json.loads(path.read_text("utf-8")) == {"bro": {"refresh": "r-12345678"}}


def test_tokens_without_a_file_last_as_long_as_the_process() -> None:
    tokens = Tokens()
    tokens.set("bro", {"refresh": "r-12345678"})
    assert tokens.get("bro") == {"refresh": "r-12345678"}
