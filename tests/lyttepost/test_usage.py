from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.main import get_command

from lyttepost import cli, usage

ENGLISH = re.compile(
    r"\b(usage|error|try|for help|options?|commands?|arguments?|show|exit|default|required|invalid|missing|no such|"
    r"should|value|directory)\b",
    re.IGNORECASE,
)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Run a command line; its exit code, and what it wrote."""
    monkeypatch.setattr(os, "umask", lambda mask: mask)
    monkeypatch.setenv("LYTTEPOST_HOME", str(tmp_path / "hjem"))
    monkeypatch.setenv("COLUMNS", "200")

    def called(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lyttepost", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return called


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("nosuch", "«nosuch» er ikke en kommando. Velg en av disse: serve, demo, "),
        ("digset", "«digset» er ikke en kommando. Mente du digest? Se lyttepost --help."),
        ("facts nosuch", "«nosuch» er ikke en kommando. Velg en av disse: import, export. Se lyttepost facts --help."),
        ("--home x", "Det mangler en kommando etter lyttepost. Velg en av disse: serve, demo, "),
        ("import", "lyttepost import mangler FIL: Filen med innlegg. Kolonnene står i docs/import.md."),
        ("import a.csv b.csv", "lyttepost import har ikke bruk for «b.csv»."),
        ("digest --format x", "«x» passer ikke til --format. Velg en av disse: html, md, csv, json."),
        ("digest --format", "Det mangler en verdi etter --format."),
        ("digest --formt md", "lyttepost digest har ikke valget --formt. Mente du --format?"),
        ("digest -x", "lyttepost digest har ikke valget -x. Se lyttepost digest --help."),
        ("digest --home x", "--home må stå rett etter lyttepost, foran kommandoen."),
        ("--nosuch", "lyttepost har ikke valget --nosuch."),
        ("collect --once=3", "--once skal stå alene, uten verdi."),
        ("serve --port abc", "--port må være et helt tall fra 1 til 65535 (fikk «abc»). Se lyttepost serve --help."),
        ("serve --port 99999", "--port må være et helt tall fra 1 til 65535 (fikk «99999»)."),
        (f"--home {__file__} digest", f"«{__file__}» er en fil. Oppgi en mappe til --home."),
        ("digest --output /", "«/» er en mappe. Oppgi en fil til --output."),
    ],
)
def test_a_command_that_is_refused_says_why_and_what_to_do_in_one_norwegian_line(
    call: Call, arguments: str, told: str
) -> None:
    code, out, err = call(*arguments.split())
    assert (code, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1
    assert not ENGLISH.search(re.sub(r"--\w+|/\S+", "", err)), err


def test_what_was_written_can_not_take_over_the_terminal_or_fill_it(call: Call) -> None:
    for arguments in (("\x1b[31mnosuch",), ("digest", "--format", "\x1b[2J" + "x" * 5000), ("digest", "--\x1b]0;x")):
        code, _, err = call(*arguments)
        assert code == 2
        assert "\x1b" not in err
        assert len(err) < 300


@pytest.mark.parametrize("arguments", ["", "facts"])
def test_without_a_command_the_help_is_shown(call: Call, arguments: str) -> None:
    code, out, err = call(*arguments.split())
    assert (code, out) == (2, "")
    assert err.startswith("Bruk: lyttepost")


def everything(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to each command."""
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from everything(below, (*path, name))


@pytest.mark.parametrize("path", list(everything(get_command(cli.app))), ids=" ".join)
def test_the_help_of_every_command_is_norwegian(call: Call, path: tuple[str, ...]) -> None:
    code, out, err = call(*path, "--help")
    assert (code, err) == (0, "")
    assert not ENGLISH.search(re.sub(r"--[\w-]+", "", out)), out
    assert not re.search(r"<(path|file|dir|str|int|float|bool)\b", out), out
    assert "Vis denne hjelpen." in out


def test_the_help_names_what_an_option_takes_and_what_holds_without_it(call: Call) -> None:
    _, out, _ = call("serve", "--help")
    assert "Bruk: lyttepost serve [VALG]\n" in out
    assert re.search(r"--port <tall> +Porten dashbordet vises på\.  \[uten dette: 8501; 1–65535\]", out)
    _, out, _ = call("import", "--help")
    assert "Bruk: lyttepost import [VALG] FIL\n" in out
    assert re.search(r"Argumenter:\n +FIL  Filen med innlegg\..* \[må oppgis\]", out)


def app() -> typer.Typer:
    made = typer.Typer()

    @made.command()
    def ends(
        code: Annotated[int, typer.Option()] = 0,
        share: Annotated[float, typer.Option()] = 0,
        source: Annotated[Path | None, typer.Option(exists=True)] = None,
    ) -> None:
        raise typer.Exit(code)

    return made


def test_a_command_ends_with_its_own_code() -> None:
    assert usage.run(app(), []) == 0
    assert usage.run(app(), ["--code", "1"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--code", "x"], "--code må være et helt tall (fikk «x»)."),
        (["--share", "x"], "Verdien til --share kan ikke brukes."),
        (["--source", "/finnes/ikke"], "«/finnes/ikke» finnes ikke."),
    ],
)
def test_options_that_come_later_are_told_about_too(arguments: list[str], told: str) -> None:
    with pytest.raises(typer.TyperException) as refused:
        usage.run(app(), arguments)
    assert usage.told(refused.value).startswith(told)


def test_a_refusal_that_is_not_known_still_gives_a_sentence() -> None:
    def refused(kind: str, **more: Any) -> typer.TyperException:
        made = type(kind, (typer.TyperException,), {"ctx": None, "param": None, **more})("Something in English.")
        assert isinstance(made, typer.TyperException)
        return made

    for error in (
        typer.TyperException("Something in English."),
        typer.BadParameter("Something in English."),
        refused("UsageError"),
        refused("MissingParameter"),
        refused("BadOptionUsage", option_name="--x"),
        refused("Brand" + "New"),
    ):
        assert usage.told(error) == "Lyttepost forsto ikke kommandoen. Se lyttepost --help."
