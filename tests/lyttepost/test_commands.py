"""What commands say and do: import with a report, facts, collecting, digest, sources."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.post import ListeningPost, Source
from data import facts, listening
from data.store import Store
from lyttepost import commands
from lyttepost.commands import OK, PARTLY, WRONG, Context
from lyttepost.config import Config
from lyttepost.home import Home
from lyttepost.jobs import Work
from models.classifier import Classifier
from tests.servers.growing import growing_feeds

SCHOOL = ListeningPost("Skole", "svare", keywords=("skole",))


@pytest.fixture
def context(store: Store, tmp_path: Path, classifier: Classifier) -> Context:
    return with_sources(store, tmp_path, classifier)


def with_sources(store: Store, folder: Path, classifier: Classifier, *sources: Source) -> Context:
    config = Config("Fjellheim kommune", "", sources, (SCHOOL,), ("127.0.0.1",))
    work = Work(store, config, folder / "models", print)
    work.__dict__["classifier"] = classifier
    work.configure()
    return Context(Home(folder), config, store, work)


def run(context: Context, name: str, **arguments: object) -> tuple[int, str]:
    said: list[str] = []
    code = commands.run(context, name, arguments, said.append)
    return code, "\n".join(said)


def take_in(context: Context, file: Path, listening_post: str | None = None) -> tuple[int, str]:
    return run(context, "import", file=str(file), source=None, listening_post=listening_post, platform="facebook")


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "kommentarer.csv"
    path.write_text(
        "id;text;published_at;author\n"
        "1;Skolen er flott;2026-11-20 10:00;Fjordkatt\n"
        "2;;2026-11-20 10:00;Fjordkatt\n"
        "3;Fint vær;2026-11-20 11:00;Fjordkatt\n"
        "4;Skolen er dårlig;i går;Fjordkatt\n",
        "utf-8",
    )
    return path


def test_an_import_tells_what_came_in_what_was_refused_and_why(context: Context, csv_file: Path) -> None:
    code, said = take_in(context, csv_file)
    assert code == PARTLY
    assert "Linje 3 ble ikke tatt inn" in said
    assert "Linje 5 ble ikke tatt inn" in said
    assert "2 innlegg lest: 1 nye" in said
    assert "1 innlegg ble ikke lagret" in said


def test_importing_the_same_file_again_adds_nothing(context: Context, csv_file: Path) -> None:
    take_in(context, csv_file)
    _, said = take_in(context, csv_file)
    assert "0 nye, 0 endret, 1 var her fra før" in said


def test_a_named_listening_post_takes_every_row(context: Context, csv_file: Path) -> None:
    assert "2 nye" in take_in(context, csv_file, "Skole")[1]


def test_imported_posts_are_labelled_when_the_command_ends(context: Context, csv_file: Path) -> None:
    take_in(context, csv_file)
    with context.store.read() as cursor:
        day = listening.first_day(cursor)
        assert day
        totals = listening.totals(cursor, listening.Filter(day, day))
    assert (totals.posts, totals.unlabelled) == (1, 0)


@pytest.mark.parametrize(
    ("listening_post", "told"),
    [("Ukjent", "Det er ingen lyttepost som heter «Ukjent»"), (None, "finnes ikke|Fant ikke")],
)
def test_a_wrong_call_is_told_in_a_sentence(
    context: Context, tmp_path: Path, listening_post: str | None, told: str
) -> None:
    code, said = take_in(context, tmp_path / "mangler.csv", listening_post)
    assert code == WRONG
    assert any(part in said for part in told.split("|"))


def test_facts_come_in_and_wrong_lines_are_told(context: Context, tmp_path: Path) -> None:
    lines = [
        {"id": "F1", "statement_nb": "Biblioteket har åpent til 19.", "known_false_claims": ["Det stenger 15"]},
        {"id": "F2"},
        {"id": "F3", "statement_nb": "x", "valid_from": "i fjor"},
        {"id": "F4", "statement_nb": "x", "kilde": "y"},
    ]
    file = tmp_path / "fakta.jsonl"
    file.write_text("\n".join([*map(json.dumps, lines), "ikke json", "[1]"]), "utf-8")
    code, said = run(context, "import-facts", file=str(file))
    assert code == PARTLY
    for line in (2, 3, 4, 5, 6):
        assert f"Linje {line} ble ikke tatt inn" in said
    with context.store.read() as cursor:
        assert [f.id for f in facts.register(cursor)] == ["F1"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x01"])
def test_a_file_of_facts_that_can_not_be_read_is_told(context: Context, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "fakta.jsonl"
    if content is not None:
        file.write_bytes(content)
    code, said = run(context, "import-facts", file=str(file))
    assert (code, "Kunne ikke lese" in said) == (WRONG, True)


def test_without_sources_collecting_tells_what_to_do(context: Context) -> None:
    code, said = run(context, "collect", everything=False)
    assert code == WRONG
    assert "[[sources]]" in said


@pytest.fixture
def two_sources(store: Store, tmp_path: Path, classifier: Classifier) -> Iterator[Context]:
    with growing_feeds(step=3, limit=3) as feeds:
        yield with_sources(
            store,
            tmp_path,
            classifier,
            Source("avis", feeds.url("avis")),
            Source("borte", "http://127.0.0.1:9/rss", title="Borte"),
        )


def test_one_source_that_fails_stops_no_other(two_sources: Context) -> None:
    code, said = run(two_sources, "collect", everything=False)
    assert code == PARTLY
    assert "avis: 3 lest, 3 nye, 0 endret." in said
    assert "Borte: " in said
    assert "1 feilet" in said


def test_polling_again_adds_nothing_twice(two_sources: Context) -> None:
    run(two_sources, "collect", everything=True)
    assert "0 nye, 0 endret" in run(two_sources, "collect", everything=True)[1]


def test_sources_are_listed_with_their_trouble(two_sources: Context) -> None:
    run(two_sources, "collect", everything=True)
    code, said = run(two_sources, "sources")
    assert code == PARTLY
    assert said.splitlines()[0].startswith("Borte: hentet aldri")


def test_a_digest_is_said_or_written(context: Context, tmp_path: Path) -> None:
    code, said = run(context, "digest", day="2026-11-21", form="json", output=None)
    assert code == OK
    assert json.loads(said)
    file = tmp_path / "dag.html"
    assert run(context, "digest", day="2026-11-21", form="html", output=str(file))[0] == OK
    assert "<html" in file.read_text("utf-8")
    assert (
        run(context, "digest", day="2026-11-21", form="html", output=str(tmp_path / "borte" / "dag.html"))[0] == WRONG
    )
