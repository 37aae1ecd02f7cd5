"""What commands say and do: import with a report, facts, collecting, digest, sources."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.post import ListeningPost, Source
from data import facts, listening, sources
from data.listening import Filter
from data.store import Store
from lyttepost import commands
from lyttepost.config import Config
from lyttepost.context import OK, PARTLY, WRONG, Context
from lyttepost.home import Home
from lyttepost.jobs import Work
from models.classifier import Classifier
from models.labels import Fact
from tests.lyttepost.test_los import RDF
from tests.servers.faults import FaultServer, answer
from tests.servers.growing import growing_feeds

SCHOOL = ListeningPost("Skole", "svare", keywords=("skole",))


@pytest.fixture
def context(store: Store, tmp_path: Path, classifier: Classifier) -> Context:
    return with_sources(store, tmp_path, classifier)


def with_sources(store: Store, folder: Path, classifier: Classifier, *sources: Source) -> Context:
    config = Config("Fjellheim kommune", "", sources, (SCHOOL,), ("127.0.0.1",))
    work = Work(store, config, folder / "models", print)
    work._model = classifier
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


def take_mapped(context: Context, file: Path, mapping: Path) -> tuple[int, str]:
    arguments = {"file": str(file), "source": "verktøyet", "listening_post": None, "platform": "other"}
    return run(context, "import", **arguments, mapping=str(mapping))


def test_another_tools_export_comes_in_by_a_mapping_and_once_only(context: Context, tmp_path: Path) -> None:
    file, mapping = tmp_path / "uke47.csv", tmp_path / "verktøy.toml"
    file.write_text("Dato;Klokken;Melding;Kilde\n21.11.2026;14.05;Skolen er flott;Twitter\n;;;Twitter\n", "utf-16")
    mapping.write_text(
        '[columns]\ntext = "melding"\npublished = ["Dato", "Klokken"]\nplatform = "Kilde"\n'
        '[platform_values]\nTwitter = "x"\n',
        "utf-8",
    )
    code, said = take_mapped(context, file, mapping)
    assert code == PARTLY
    assert "Linje 3 ble ikke tatt inn: Raden har ingen tekst." in said
    assert "1 innlegg lest: 1 nye" in said
    assert "0 nye, 0 endret, 1 var her fra før" in take_mapped(context, file, mapping)[1]


def test_a_wrong_mapping_is_told_and_nothing_comes_in(context: Context, csv_file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "verktøy.toml"
    assert take_mapped(context, csv_file, mapping) == (
        WRONG,
        "Mappingen verktøy.toml finnes ikke. Sjekk navnet og mappen.",
    )
    mapping.write_text('[columns]\ntext = "Melding"\n', "utf-8")
    code, said = take_mapped(context, csv_file, mapping)
    assert (code, "Melding" in said, "id, text, published_at, author" in said) == (WRONG, True, True)


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


def take_facts(context: Context, content: bytes) -> tuple[int, str, list[Fact]]:
    file = context.home.root / "fakta.jsonl"
    file.write_bytes(content)
    code, said = run(context, "import-facts", file=str(file))
    with context.store.read() as cursor:
        return code, said, facts.register(cursor)


GOOD = b'{"id": " F1 ", "statement_nb": "Skolen er \\ud800pen.\xe2\x80\xa8", "topic": "skole-og-utdanning"}\n'


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"[" * 100_000, "ikke gyldig JSON"),
        (b'{"id": ' + b"9" * 5_000 + b"}", "ikke gyldig JSON"),
        (b"{\xe6}", "ikke lagret som UTF-8"),
        (b'{"id": "F2", "statement_nb": "x", "reply_nb": 5}', "«reply_nb» må være tekst"),
        (b'{"id": "F2", "statement_nb": "x", "valid_to": 0}', "«valid_to» må være tekst"),
        (b'{"id": "F2", "statement_nb": "x", "topic": "skole"}', "ikke et tema"),
        (
            b'{"id": "F2", "statement_nb": "x", "valid_from": "2026-02-01", "valid_to": "2026-01-31"}',
            "«valid_to» er før",
        ),
        (b'{"id": "F2", "statement_nb": "x", "source_url": "javascript:1"}', "gyldig nettadresse"),
        (b'{"id": "F2", "statement_nb": "x", "\\ud800": 1}', "har ikke feltet"),
        (b'{"id": "F2", "statement_nb": "  "}', "«statement_nb» mangler"),
        (b'{"id": "F\\n2", "statement_nb": "x"}', "«id» kan ikke ha"),
        (b'{"id": "' + b"F" * 81 + b'", "statement_nb": "x"}', "høyst 80 tegn"),
        (b'{"id": "F2", "statement_nb": "x", "known_false_claims": [1]}', "en liste med setninger"),
    ],
    ids=range(13),
)
def test_a_wrong_fact_is_told_and_the_others_come_in(context: Context, line: bytes, told: str) -> None:
    code, said, register = take_facts(context, line + b"\r\n" + GOOD)
    assert code == PARTLY
    assert "Linje 1 ble ikke tatt inn: " in said
    assert told in said
    said.encode()
    assert [(f.id, f.statement_nb) for f in register] == [("F1", "Skolen er \ufffdpen.")]


@pytest.mark.parametrize(("content", "told"), [(b"[1]\n[2]\n", "Linje 2"), (b"\n \n", "har ingen fakta")])
def test_a_file_without_one_usable_fact_is_a_wrong_call(context: Context, content: bytes, told: str) -> None:
    code, said, register = take_facts(context, content)
    assert (code, told in said, register) == (WRONG, True, [])


def test_of_many_wrong_facts_the_first_are_told_and_the_rest_counted(context: Context) -> None:
    _, said, _ = take_facts(context, b"x\n" * 30)
    assert said.count("ble ikke tatt inn: ") == 20
    assert "10 linjer til" in said


@pytest.mark.parametrize(("name", "told"), [("borte.jsonl", "den finnes ikke"), (".", "det er en mappe")])
def test_a_file_of_facts_that_can_not_be_read_is_told_in_words(
    context: Context, tmp_path: Path, name: str, told: str
) -> None:
    code, said = run(context, "import-facts", file=str(tmp_path / name))
    assert (code, told in said) == (WRONG, True)


def test_a_file_of_facts_in_utf_16_is_told(context: Context) -> None:
    code, said, _ = take_facts(context, GOOD.decode().encode("utf-16"))
    assert (code, "ikke lagret som UTF-8" in said) == (WRONG, True)


def test_facts_come_in_as_csv_and_go_out_in_every_format(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "fakta.txt"
    file.write_text(
        "Nummer;Riktig på bokmål;Kjente feilpåstander\nF1;Skolen er åpen.;Den er stengt\nF2;=1+1;\n", "utf-8"
    )
    assert run(context, "import-facts", file=str(file), form="csv")[0] == OK
    with context.store.read() as cursor:
        assert facts.history(cursor, "F1")[0].saved_by == "fra filen fakta.txt"
    for form in ("csv", "jsonl"):
        _, said = run(context, "export-facts", form=form, output=None)
        out = tmp_path / f"ut.{form}"
        code, told = run(context, "export-facts", form=form, output=str(out))
        assert (code, told) == (OK, f"2 fakta ligger i {out}.")
        assert out.read_bytes().decode().rstrip("\r\n") == said
        assert "0 nye eller endret, 0 avvist" in run(context, "import-facts", file=str(out))[1]
    out = tmp_path / "ut.jsonld"
    _, told = run(context, "export-facts", form="jsonld", output=str(out))
    assert "1 faktum har ingen kjent feilpåstand og er ikke med." in told
    assert json.loads(out.read_text("utf-8"))["@graph"][0]["author"]["name"] == "Fjellheim kommune"


def test_a_place_that_can_not_be_written_to_is_told(context: Context, tmp_path: Path) -> None:
    code, said = run(context, "export-facts", form="csv", output=str(tmp_path / "borte" / "fakta.csv"))
    assert (code, "den finnes ikke" in said) == (WRONG, True)


@pytest.mark.parametrize("name", ["x" * 81, "a\nb", "a\udcffb", " "])
def test_a_source_has_a_short_name_in_one_line(context: Context, csv_file: Path, name: str) -> None:
    code, said = run(context, "import", file=str(csv_file), source=name, listening_post=None, platform="facebook")
    assert (code, "--source NAVN" in said) == (WRONG, True)
    said.encode()


def test_a_file_with_a_long_name_needs_a_name_for_its_source(context: Context, tmp_path: Path) -> None:
    file = tmp_path / ("x" * 90 + ".csv")
    file.write_text("text\nSkolen\n", "utf-8")
    assert take_in(context, file)[0] == WRONG
    assert run(context, "import", file=str(file), source="avis", listening_post=None, platform="forum")[0] == OK


def test_an_answer_that_comes_before_what_it_answers_is_kept(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "IMPORT_BATCH", 2)
    file = tmp_path / "tråd.csv"
    file.write_text(
        "id,in_reply_to,text\n5,4,Enig\n4,3,Ja\n9,8,Takk\n3,2,Nei\n2,1,Jo\n7,,Fint vær\n1,,Skolen er stengt\n", "utf-8"
    )
    _, said = take_in(context, file)
    assert "7 innlegg lest: 5 nye, 0 endret, 0 var her fra før" in said
    assert "2 innlegg ble ikke lagret" in said
    assert "0 nye, 0 endret, 5 var her fra før" in take_in(context, file)[1]


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
    assert said.splitlines()[0].startswith("Borte: aldri hentet")


def test_sources_that_were_never_asked_are_listed_too(two_sources: Context) -> None:
    code, said = run(two_sources, "sources")
    assert code == OK
    assert [line.split(":")[0] for line in said.splitlines()] == ["avis", "Borte"]
    assert said.count("aldri hentet") == 2


def test_a_source_that_was_left_for_later_is_not_counted_as_asked(
    store: Store, tmp_path: Path, classifier: Classifier
) -> None:
    with FaultServer() as server:
        server.behave("/a", answer(429))
        server.behave("/b", answer(429))
        context = with_sources(
            store, tmp_path, classifier, Source("a", server.url("/a")), Source("b", server.url("/b"))
        )
        code, said = run(context, "collect", everything=True)
    assert code == PARTLY
    assert "Spurte 1 kilde, 1 feilet." in said
    assert "1 kilde ble ikke spurt nå, fordi nettstedet ba oss vente" in said


def test_an_imported_file_is_listed_as_one(context: Context, csv_file: Path) -> None:
    take_in(context, csv_file)
    assert run(context, "sources") == (OK, "kommentarer.csv: tatt inn fra fil, 0 innlegg siste døgn.")


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


def test_sources_that_were_added_from_the_dashboard_are_collected_too(store: Store, context: Context) -> None:
    with FaultServer() as server:
        server.serve(
            "/feed", b"<rss><channel><item><guid>1</guid><title>Skolen er stengt</title></item></channel></rss>"
        )
        store.write(lambda cursor: sources.add(cursor, Source("kommentarer", server.url("/feed"))))
        said: list[str] = []
        assert commands.run(context, "collect", {"everything": True}, said.append) == OK
    assert "kommentarer: 1 lest, 1 nye" in said[0]


# Topics


@pytest.fixture
def los_file(tmp_path: Path) -> Path:
    (tmp_path / "all.rdf").write_text(RDF, "utf-8")
    return tmp_path / "all.rdf"


def test_topics_of_los_are_at_work_on_posts_that_were_there_before(
    context: Context, tmp_path: Path, los_file: Path
) -> None:
    file = tmp_path / "innlegg.csv"
    file.write_text("id;text\n1;Ny merd i fjorden, og ingen har spurt oss\n2;Skolen er stengt\n", "utf-8")
    take_in(context, file, "Skole")
    code, said = run(context, "import-topics", file=str(los_file), names=["havbruk"])
    assert code == OK
    assert "«Oppdrett» er lagt til med 4 ord" in said
    with context.store.read() as cursor:
        start = listening.first_day(cursor)
        assert start
        found = listening.page(cursor, Filter(start, start, topic="los-havbruk"), 1, 10)
    assert [view.text for view in found] == ["Ny merd i fjorden, og ingen har spurt oss"]


@pytest.mark.parametrize(
    ("names", "sentence"), [([], "havbruk: Oppdrett"), (["fiskeri"], "Finnes ikke i Los: fiskeri")]
)
def test_what_can_be_chosen_in_los_is_told(context: Context, los_file: Path, names: list[str], sentence: str) -> None:
    code, said = run(context, "import-topics", file=str(los_file), names=names)
    assert (code, sentence in said) == (WRONG, True)
