"""The manual knows every setting, command, option, field and page that there is."""

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
import typer

from collectors import files
from dashboard.services import MAX_UPLOAD
from dashboard.wording import catalogue, t
from data.store import Store
from lyttepost import config, fact_files
from lyttepost.cli import app
from models import facts
from models.corrections.evaluation import Figures
from models.corrections.examples import MatchExample
from models.corrections.verdict import Verdict
from models.labels import RELATIONS
from models.quantities import MAX_TEXT
from tests.builders import NOW

ROOT = Path(__file__).parents[2]


def manual(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands() -> list[tuple[str, list[str]]]:
    """Each command as one writes it, with its options."""
    found = []

    def walk(command: object, path: str) -> None:
        children = getattr(command, "commands", {})
        for name, child in children.items():
            walk(child, f"{path} {name}")
        if not children:
            options = [o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"]  # type: ignore[attr-defined]
            found.append((path, options))

    walk(typer.main.get_command(app), "lyttepost")
    return found


@pytest.mark.parametrize(("command", "options"), commands())
def test_each_command_and_option_is_in_the_manual(command: str, options: list[str]) -> None:
    rows = [line for line in manual("docs/drift.md").splitlines() if line.startswith(f"| `{command}")]
    assert rows, f"{command} is not in docs/drift.md"
    assert [option for option in options if option not in rows[0]] == []


@pytest.mark.parametrize(
    "model",
    [
        config._Body,
        config._Web,
        config._Dashboard,
        config._Retention,
        config._Corrections,
        config._Source,
        config._ListeningPost,
    ],
)
def test_each_setting_is_in_the_manual(model: type) -> None:
    text = manual("docs/oppsett.md")
    assert [name for name in model.model_fields if f"| `{name}` |" not in text] == []


def test_each_field_of_a_fact_is_in_the_manual_with_its_name_and_length() -> None:
    text = manual("docs/fakta.md")
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    assert list(rows) == list(facts.FIELDS)
    assert [name for name in rows if f"| {t(f'facts.field.{name}')} |" not in rows[name]] == []
    limits = {name: f"{limit:,} tegn".replace(",", " ") for name, limit in facts.LIMITS.items()}
    assert [name for name, limit in limits.items() if limit not in rows[name]] == []


def test_the_manual_knows_the_formats_and_limits_of_files_of_facts() -> None:
    text = manual("docs/fakta.md")
    assert [form for form in get_args(facts.Form) if f"--format {form}" not in text] == []
    assert f"{fact_files.MAX_FILE // 1_000_000} MB" in text
    assert f"{fact_files.MAX_ROWS:,} fakta".replace(",", " ") in text
    assert f"{MAX_UPLOAD} MB" in text


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_manuals_example_of_a_file_of_facts_can_be_taken_in(store: Store, form: str) -> None:
    example = manual("docs/fakta.md").split(f"```{form}\n")[1].split("```")[0]
    taken = fact_files.take_in(store, "fakta", example.encode(), "", NOW, "csv" if form == "csv" else "jsonl")
    assert (taken.read > 0, taken.refused) == (True, ())


def test_each_column_of_a_file_and_the_limits_are_in_the_manual() -> None:
    text = manual("docs/import.md")
    known = re.findall(r"^    ([a-z_]+)  ", files.__doc__ or "", re.MULTILINE)
    read = re.findall(r"""(?:_value\(record, |record\.get\()"([a-z_]+)\"""", inspect.getsource(files))
    assert {"text", "hashtags"} <= {*known} & {*read}
    assert [name for name in {*known, *read} if f"| `{name}` |" not in text] == []
    assert f"{files.MAX_FILE // 1_000_000} MB" in text
    assert f"{files.MAX_ROW:,} tegn".replace(",", " ") in text


def test_each_field_figure_and_relation_of_the_matcher_is_in_the_manual() -> None:
    text = manual("docs/faktatreff.md")
    known = [field.name for field in (*fields(MatchExample), *fields(Verdict), *fields(Figures))]
    known += [key.removeprefix("cli.corrections.") for key in catalogue("nb") if key.startswith("cli.corrections.")]
    assert [name for name in (*known, *RELATIONS) if f"| `{name}` |" not in text] == []
    assert f"{MAX_TEXT:,} tegn".replace(",", " ") in text


def test_the_readmes_ten_lines_are_a_listening_post_that_works() -> None:
    import tomllib

    example = manual("README.md").split("```toml\n")[1].split("```")[0]
    assert len(example.splitlines()) == 10
    found = config.parse(tomllib.loads(example))
    assert found.problems == ()
    assert found.listening_posts


def test_each_list_of_corrections_is_in_the_manual() -> None:
    text = manual("docs/faktakorrigering.md")
    lists = [name for key, name in catalogue("nb").items() if key.startswith("faktakorrigering.state.")]
    assert lists
    assert [name for name in lists if f"| {name} |" not in text] == []
