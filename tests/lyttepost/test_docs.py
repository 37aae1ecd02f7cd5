"""The manual knows every setting, command, option, field and page that there is."""

import inspect
import re
from pathlib import Path

import pytest
import typer

from collectors import files
from dashboard.wording import catalogue
from lyttepost import config
from lyttepost.cli import app
from models.labels import Fact

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


def test_each_field_of_a_fact_is_in_the_manual() -> None:
    text = manual("docs/fakta.md")
    assert [name for name in Fact.__dataclass_fields__ if f"`{name}`" not in text] == []


def test_each_column_of_a_file_and_the_limits_are_in_the_manual() -> None:
    text = manual("docs/import.md")
    known = re.findall(r"^    ([a-z_]+)  ", files.__doc__ or "", re.MULTILINE)
    read = re.findall(r"""(?:_value\(record, |record\.get\()"([a-z_]+)\"""", inspect.getsource(files))
    assert {"text", "hashtags"} <= {*known} & {*read}
    assert [name for name in {*known, *read} if f"| `{name}` |" not in text] == []
    assert f"{files.MAX_FILE // 1_000_000} MB" in text
    assert f"{files.MAX_ROW:,} tegn".replace(",", " ") in text


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
