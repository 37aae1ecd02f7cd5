"""typer's own words in Norwegian: what was wrong with a command that it refuses, and the headings of --help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

import typer
from pydantic import ValidationError
from typer.main import get_command

from dashboard.wording import DEFAULT, catalogue, has, t

_NAME: Final = "lyttepost"
_PATH: Final = re.compile(r"(?:file|dir|path) (['\"])(.*)\1 (.+)\.")
_PATH_FAULTS: Final = {
    "is a directory": "folder",
    "is a file": "file",
    "does not exist": "missing",
    "is not readable": "unreadable",
    "is not writable": "unwritable",
}
_RANGE: Final = re.compile(r"(-?\d+)<=x<=(-?\d+)")
_LONGEST: Final = 80


class _Formatter(typer.Context.formatter_class):  # type: ignore[valid-type, misc]  # it has no public name
    """The help in our words."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _ours(args), _ours(prefix or "Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(_ours(heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], *spacing: int, **more: int) -> None:
        super().write_dl([(_ours(name), _ours(text)) for name, text in rows], *spacing, **more)


class _Context(typer.Context):
    formatter_class = _Formatter


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code. Raises typer.TyperException where typer refuses it."""
    command: Any = get_command(app)
    _prepare(command)
    code: int | None = command.main(arguments, _NAME, standalone_mode=False)
    return code or 0


def told(error: typer.TyperException) -> str:
    """What was wrong and what to do; the help where no command was given."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return error.format_message()
    return f"{_wrong(error)} {t('cli.usage.see', command=_command(error))}"


def _prepare(command: Any) -> None:
    """Let a command and those below it write their help in our words."""
    command.context_class = _Context
    for param in command.params:
        if param.param_type_name == "argument":
            named = f"cli.usage.argument.{param.name}"
            param.metavar = t(named) if has(named) else param.name.upper()
    for below in getattr(command, "commands", {}).values():
        _prepare(below)


def _wrong(error: Any) -> str:
    # typer has no public names for its exceptions; one that is not known gives the last sentence.
    match type(error).__name__:
        case "NoSuchOption":
            return _unknown_option(error)
        case "BadOptionUsage" if "requires" in error.message:
            return t("cli.usage.value_missing", option=_shown(error.option_name))
        case "BadOptionUsage" if "not take a value" in error.message:
            return t("cli.usage.no_value", option=_shown(error.option_name))
        case "MissingParameter" if error.param:
            return t("cli.usage.missing", command=_command(error), name=_option(error.param), help=error.param.help)
        case "BadParameter" if error.param:
            return _unusable(error)
        case "UsageError" if error.ctx:
            return _not_understood(error)
    return t("cli.usage.other")


def _unknown_option(error: Any) -> str:
    given = _shown(error.option_name)
    first = error.ctx.find_root().command if error.ctx else None
    if first and error.ctx.parent and any(given in param.opts for param in first.params):
        return t("cli.usage.option_first", option=given, name=_NAME)
    if near := error.possibilities:
        return t("cli.usage.unknown_option_near", command=_command(error), option=given, near=_either(near))
    return t("cli.usage.unknown_option", command=_command(error), option=given)


def _not_understood(error: Any) -> str:
    """A command that is missing or unknown, or something after it that it has no use for."""
    known = [name for name, below in getattr(error.ctx.command, "commands", {}).items() if not below.hidden]
    if known and error.message.startswith("Missing command"):
        return t("cli.usage.no_command", command=_command(error), known=", ".join(known))
    if known and (given := re.match(r"No such command (['\"])(.*?)\1[.?]", error.message)):
        if near := get_close_matches(given[2], known):
            return t("cli.usage.unknown_command_near", given=_shown(given[2]), near=_either(near))
        return t("cli.usage.unknown_command", given=_shown(given[2]), known=", ".join(known))
    if extra := re.match(r"Got unexpected extra argument\S* \((.*)\)$", error.message):
        return t("cli.usage.too_much", command=_command(error), given=_shown(extra[1]))
    return t("cli.usage.other")


def _unusable(error: Any) -> str:
    """A value that an option or an argument can not have."""
    param, option = error.param, _option(error.param)
    if (path := _PATH.fullmatch(error.message)) and path[3] in _PATH_FAULTS:
        return t(f"cli.usage.path_{_PATH_FAULTS[path[3]]}", given=_shown(path[2]), option=option)
    given = _given(error)
    if allowed := re.search(r"is not one of (.+)\.$", error.message):
        return t("cli.usage.not_one_of", given=given, option=option, known=allowed[1].replace("'", ""))
    if param.min is not None and param.max is not None:
        return t("cli.usage.not_in_range", given=given, option=option, least=param.min, most=param.max)
    if "valid integer" in error.message:
        return t("cli.usage.not_a_number", given=given, option=option)
    return t("cli.usage.unusable", option=option)


def _given(error: Any) -> str:
    cause = error.__cause__
    return _shown(str(cause.errors()[0]["input"])) if isinstance(cause, ValidationError) else "–"


def _command(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else _NAME


def _option(param: Any) -> str:
    return str(param.metavar if param.param_type_name == "argument" else param.opts[0])


def _either(near: Sequence[str]) -> str:
    return t("cli.usage.either").join(near)


def _shown(given: str) -> str:
    """What was written, short, and without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "�" for sign in given[:_LONGEST])


def _ours(text: str) -> str:
    """A piece of typer's help in our words."""
    for theirs, ours in _words().items():
        text = text.replace(theirs, ours)
    return _RANGE.sub(r"\1–\2", re.sub(r"^(\w+) <\w+>$|\{(\w+)\}", r"\1\2", text))


@cache
def _words() -> dict[str, str]:
    prefix = "cli.typer."
    return {key.removeprefix(prefix): ours for key, ours in catalogue(DEFAULT).items() if key.startswith(prefix)}
