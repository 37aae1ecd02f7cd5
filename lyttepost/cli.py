"""The command line: one short function a command."""

from __future__ import annotations

import io
import logging
import os
import sys
from datetime import date, datetime, timedelta
from enum import StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from collectors.credentials import Redaction, Tokens
from dashboard.wording import t
from data.posts import OSLO
from data.store import Store, StoreError
from lyttepost import commands, config, fact_files, ownership, usage
from lyttepost.config import Config, ConfigError
from lyttepost.context import WRONG, Context
from lyttepost.home import Home, default
from lyttepost.jobs import Work, load_classifier

app = typer.Typer(
    help=t("cli.help.lyttepost"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    html = "html"
    md = "md"
    csv = "csv"
    json = "json"


class FactsIn(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


class FactsOut(StrEnum):
    csv = "csv"
    jsonl = "jsonl"
    jsonld = "jsonld"


Host = Annotated[str, typer.Option(help=t("cli.help.host"))]
Port = Annotated[int, typer.Option(help=t("cli.help.port"), min=1, max=65535)]


@app.callback()
def everywhere(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help=t("cli.help.home"), file_okay=False)] = None,
) -> None:
    context.obj = Home(home.absolute()) if home else None


@app.command(help=t("cli.help.serve"))
def serve(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8501) -> None:
    from lyttepost.serve import Address
    from lyttepost.serve import serve as run_server

    home = _open(context, default())
    _begin(home)
    settings = _config(home)
    address = Address(host, port)
    with ownership.own(home) as owner:
        _check_start(home, owner, address)
        run_server(home, settings, address, _say)


@app.command(help=t("cli.help.demo"))
def demo(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    fill_only: Annotated[bool, typer.Option("--fill-only", help=t("cli.help.fill_only"))] = False,
) -> None:
    from lyttepost import demo as demo_body
    from lyttepost.serve import Address

    home = _open(context, Home(default().root / "demo"))
    address = Address(host, port)
    with ownership.own(home) as owner:
        _check_start(home, owner, None if fill_only else address)
        demo_body.run(home, None if fill_only else address, _say)


@app.command(help=t("cli.help.collect"))
def collect(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help=t("cli.help.once"))] = False,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.help.all"))] = False,
) -> None:
    if not once:
        _fail(t("cli.collect.once_needed"))
    _run(context, "collect", everything=everything)


@app.command("import", help=t("cli.help.import"))
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=t("cli.help.file"))],
    source: Annotated[str | None, typer.Option(help=t("cli.help.source"))] = None,
    listening_post: Annotated[str | None, typer.Option(help=t("cli.help.listening_post"))] = None,
    platform: Annotated[str, typer.Option(help=t("cli.help.platform"))] = "other",
    mapping: Annotated[Path | None, typer.Option(help=t("cli.help.mapping"))] = None,
) -> None:
    _run(
        context,
        "import",
        file=str(file.absolute()),
        source=source,
        listening_post=listening_post,
        platform=platform,
        mapping=str(mapping.absolute()) if mapping else None,
    )


@app.command(help=t("cli.help.digest"))
def digest(
    context: typer.Context,
    day: Annotated[str, typer.Option("--date", help=t("cli.help.date"))] = "",
    form: Annotated[Format, typer.Option("--format", help=t("cli.help.format"))] = Format.md,
    output: Annotated[Path | None, typer.Option(help=t("cli.help.output"), dir_okay=False)] = None,
) -> None:
    yesterday = datetime.now(OSLO).date() - timedelta(days=1)
    try:
        chosen = date.fromisoformat(day) if day else yesterday
    except ValueError:
        _fail(t("cli.digest.not_a_date", given=day))
    _run(
        context,
        "digest",
        day=chosen.isoformat(),
        form=form.value,
        output=str(output.absolute()) if output else None,
    )


@app.command(help=t("cli.help.evaluate"))
def evaluate(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=t("cli.help.labelled_file"))] = None,
    corrections: Annotated[Path | None, typer.Option(help=t("cli.help.corrections"))] = None,
    facts: Annotated[Path | None, typer.Option(help=t("cli.help.match_facts"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("cli.help.as_json"))] = False,
) -> None:
    if file and (corrections or facts):
        _fail(t("cli.evaluate.two_files"))
    if corrections and facts:
        from lyttepost.match_files import evaluate_corrections

        _open(context, default())
        raise typer.Exit(evaluate_corrections(facts, corrections, as_json, _say, _tell))
    if corrections:
        _fail(t("cli.evaluate.no_register"))
    if facts:
        _fail(t("cli.evaluate.only_register"))
    if not file:
        _fail(t("cli.evaluate.no_file", help=t("cli.help.labelled_file")))
    from lyttepost.measure import evaluate_file

    home = _open(context, default())
    raise typer.Exit(evaluate_file(load_classifier(home.models, _tell), file, as_json, _say, _tell))


@app.command(help=t("cli.help.match"))
def match(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=t("cli.help.match_file"))],
    facts: Annotated[Path, typer.Option(help=t("cli.help.match_facts"))],
) -> None:
    from lyttepost.match_files import match_file

    _open(context, default())
    raise typer.Exit(match_file(facts, file, _say, _tell))


@app.command(help=t("cli.help.classify"))
def classify(context: typer.Context, file: Annotated[Path, typer.Argument(help=t("cli.help.unlabelled_file"))]) -> None:
    from lyttepost.measure import classify_file

    home = _open(context, default())
    raise typer.Exit(classify_file(load_classifier(home.models, _tell), file, _say, _tell))


@app.command(help=t("cli.help.train"))
def train(
    context: typer.Context, back: Annotated[bool, typer.Option("--back", help=t("cli.help.train_back"))] = False
) -> None:
    _run(context, "train", back=back)


facts = typer.Typer(help=t("cli.help.facts"), no_args_is_help=True)
app.add_typer(facts, name="facts")


@facts.command("import", help=t("cli.help.facts_import"))
def import_facts(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=t("cli.help.facts_file"))],
    form: Annotated[FactsIn | None, typer.Option("--format", help=t("cli.help.facts_form"))] = None,
) -> None:
    _run(context, "import-facts", file=str(file.absolute()), form=form and form.value)


@facts.command("export", help=t("cli.help.facts_export"))
def export_facts(
    context: typer.Context,
    form: Annotated[FactsOut | None, typer.Option("--format", help=t("cli.help.facts_form_out"))] = None,
    output: Annotated[Path | None, typer.Option(help=t("cli.help.output"), dir_okay=False)] = None,
) -> None:
    chosen = form.value if form else (output and fact_files.form_of(output.name)) or FactsOut.csv.value
    _run(context, "export-facts", form=chosen, output=str(output.absolute()) if output else None)


topics = typer.Typer(help=t("cli.help.topics"), no_args_is_help=True)
app.add_typer(topics, name="topics")


@topics.command("import", help=t("cli.help.topics_import"))
def import_topics(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=t("cli.help.los_file"))],
    names: Annotated[list[str] | None, typer.Argument(help=t("cli.help.los_names"))] = None,
) -> None:
    _run(context, "import-topics", file=str(file.absolute()), names=names or [])


sources = typer.Typer(help=t("cli.help.sources"), invoke_without_command=True)
app.add_typer(sources, name="sources")


@sources.callback()
def list_sources(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _run(context, "sources")


@sources.command("test", help=t("cli.help.sources_test"))
def test_source(context: typer.Context, name: Annotated[str, typer.Argument(help=t("cli.help.source_name"))]) -> None:
    _run(context, "try-source", source=name)


def main() -> None:
    """The entry point of `lyttepost`: no traceback reaches a person, and what it writes is its user's alone."""
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(usage.run(app))
    except typer.TyperException as error:
        _fail(usage.told(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes what is left when it ends
        sys.exit(0)
    except StoreError as error:
        _fail(t(f"store.{error.code}", **error.details))
    except ConfigError as error:
        _fail(str(error))
    except OSError as error:
        _fail(t("cli.os_error", file=error.filename or "–", why=config.why(error)))
    except ownership.ServerGone:
        _fail(t("cli.server_gone"))
    except Exception:
        logging.getLogger("lyttepost").exception("the command failed")
        _fail(t("cli.failed"))


def _run(context: typer.Context, name: str, **arguments: Any) -> None:
    """Run a command here, or in the server that has the store open; end with its exit code."""
    home = _open(context, default())

    def here(name: str, arguments: dict[str, Any], say: ownership.Say) -> int:
        _begin(home)
        settings = _config(home)
        with Store(home.database, lambda: _tell(t("cli.upgrading"))) as store:
            work = Work(store, settings, home.models, _tell, Tokens(home.tokens))
            return commands.run(Context(home, settings, store, work), name, arguments, say)

    code = ownership.run(home, name, arguments, here, _say, lambda: _tell(t("cli.waiting")))
    raise typer.Exit(code)


def _open(context: typer.Context, usual: Home) -> Home:
    """The home that was asked for, with its folder made and its log open."""
    home: Home = context.obj or usual
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(home.log, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    except OSError as error:
        _fail(t("cli.home_closed", path=home.root, why=config.why(error)))
    file.setFormatter(Redaction("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[file], force=True)
    return home


def _begin(home: Home) -> None:
    """Make a first configuration to write in."""
    if not home.config.exists():
        home.config.write_text(config.template(), "utf-8")
        _tell(t("cli.new_home", path=home.config))


def _config(home: Home) -> Config:
    settings = config.load(home.config)
    for sentence in settings.problems:
        _tell(sentence)
    return settings


def _check_start(home: Home, owner: bool, address: Any) -> None:
    """Say why a server can not start, where it can not."""
    if not owner:
        server = ownership.running(home)
        _fail(t("cli.serve.running", url=server.url) if server else t("cli.serve.busy", path=home.root))
    if address and (sentence := address.trouble()):
        _fail(sentence)


def _say(line: str) -> None:
    print(line, flush=True)


def _tell(line: str) -> None:
    """Something about the run itself, apart from what a command answers."""
    print(line, file=sys.stderr, flush=True)


def _fail(sentence: str) -> NoReturn:
    _tell(sentence)
    sys.exit(WRONG)
