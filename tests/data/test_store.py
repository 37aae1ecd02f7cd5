"""Opening, migrating, and what threads and other processes see of one another."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from data.store import Cursor, Store, StoreError, incoming, offset, rows

WAIT = 10

SOURCE = (
    "INSERT INTO source (name, title, kind, url, interval_minutes, active) VALUES ('{0}', '{0}', 'feed', '', 15, true)"
)


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations in place of the real one."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE thing (id INTEGER PRIMARY KEY); INSERT INTO thing VALUES (1);")
    monkeypatch.setattr("data.store.resources.files", lambda _: folder)
    return folder


def one(store: Store, sql: str) -> object:
    with store.read() as cursor:
        row = cursor.execute(sql).fetchone()
    return row[0] if row else None


def code_of_opening(path: Path) -> str:
    with pytest.raises(StoreError) as raised:
        Store(path)
    assert raised.value.details["path"] == str(path)
    return raised.value.code


def in_another_process(path: Path, then: str = "") -> subprocess.Popen[str]:
    program = (
        f"import sys\nfrom data.store import Store\nstore = Store({str(path)!r})\nprint('open', flush=True)\n{then}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )


def test_migrations_are_numbered_from_one_without_a_hole() -> None:
    names = sorted(f.name for f in resources.files("data.migrations").iterdir() if f.name.endswith(".sql"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_a_store_that_is_opened_again_keeps_what_it_holds(tmp_path: Path, migrations: Path) -> None:
    path = tmp_path / "new" / "folder" / "lyttepost.duckdb"
    with Store(path) as store:
        store.write(lambda cursor: cursor.execute("INSERT INTO thing VALUES (2)"))
    with Store(path) as store:
        assert one(store, "SELECT count(*) FROM thing") == 2
        assert one(store, "SELECT list(version) FROM schema_version") == [1]


def test_an_older_store_gets_the_migrations_that_it_lacks(tmp_path: Path, migrations: Path) -> None:
    Store(tmp_path / "db").close()
    (migrations / "0002_more.sql").write_text("ALTER TABLE thing ADD COLUMN name TEXT DEFAULT 'x';")
    told: list[str] = []
    with Store(tmp_path / "db", upgrading=lambda: told.append("wait")) as store:
        assert one(store, "SELECT name FROM thing") == "x"
        assert one(store, "SELECT list(version ORDER BY version) FROM schema_version") == [1, 2]
    assert told == ["wait"]


def test_nobody_is_told_to_wait_for_a_new_store_or_one_that_is_up_to_date(tmp_path: Path, migrations: Path) -> None:
    told: list[str] = []
    for _ in range(2):
        Store(tmp_path / "db", upgrading=lambda: told.append("wait")).close()
    assert told == []


def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path, migrations: Path) -> None:
    Store(tmp_path / "db").close()
    half = migrations / "0002_half.sql"
    half.write_text("CREATE TABLE other (id INTEGER); INSERT INTO missing VALUES (1);")
    assert code_of_opening(tmp_path / "db") == "broken"
    half.write_text("CREATE TABLE other (id INTEGER);")
    with Store(tmp_path / "db") as store:
        assert one(store, "SELECT max(version) FROM schema_version") == 2


def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "db") as store:
        store.write(lambda cursor: cursor.execute("INSERT INTO schema_version VALUES (999)"))
    with pytest.raises(StoreError) as raised:
        Store(tmp_path / "db")
    assert raised.value.code == "newer"
    assert raised.value.details["found"] == "999"
    assert int(raised.value.details["known"]) < 999


def test_a_file_that_another_process_has_open_is_in_use_until_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "db"
    other = in_another_process(path, "sys.stdin.read()")
    assert other.stdout
    other.stdout.readline()
    assert code_of_opening(path) == "in_use"
    other.kill()
    other.communicate()
    Store(path).close()


@pytest.mark.parametrize("content", [b"", b"hello " * 10_000, "the start of a store"])
def test_a_file_that_is_no_whole_store_is_broken(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "lock" / "db"  # the name of a folder says nothing of locks
    if isinstance(content, str):
        Store(path).close()
        content = path.read_bytes()[:100_000]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert code_of_opening(path) == "broken"


def test_a_store_whose_tables_are_others_is_broken(tmp_path: Path, migrations: Path) -> None:
    Store(tmp_path / "db").close()
    (migrations / "0002_again.sql").write_text("CREATE TABLE thing (id INTEGER);")
    assert code_of_opening(tmp_path / "db") == "broken"


def test_a_place_where_no_file_can_be_is_broken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert code_of_opening(tmp_path) == "broken"
    assert code_of_opening(tmp_path / "file" / "db") == "broken"


def test_a_store_that_was_refused_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Store(path) as store:
        store.write(lambda cursor: cursor.execute("INSERT INTO schema_version VALUES (999)"))
    assert code_of_opening(path) == "newer"
    other = in_another_process(path)
    assert other.wait(WAIT) == 1
    assert other.communicate()[0] == ""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_work_that_raises_leaves_nothing(store: Store, error: type[BaseException]) -> None:
    def work(cursor: Cursor) -> None:
        cursor.execute(SOURCE.format("a"))
        raise error

    with pytest.raises(error):
        store.write(work)
    assert one(store, "SELECT count(*) FROM source") == 0
    store.write(lambda cursor: cursor.execute(SOURCE.format("b")))
    assert one(store, "SELECT count(*) FROM source") == 1


def test_a_thread_reads_what_was_there_before_while_another_writes(store: Store) -> None:
    written, go_on = threading.Event(), threading.Event()

    def work(cursor: Cursor) -> None:
        cursor.execute(SOURCE.format("a"))
        written.set()
        assert go_on.wait(WAIT)

    writer = threading.Thread(target=store.write, args=(work,))
    writer.start()
    assert written.wait(WAIT)
    assert one(store, "SELECT count(*) FROM source") == 0
    go_on.set()
    writer.join(WAIT)
    assert one(store, "SELECT count(*) FROM source") == 1


def test_writes_of_several_threads_come_one_after_another(store: Store) -> None:
    store.write(lambda cursor: cursor.execute("CREATE TABLE counter AS SELECT 0 AS n"))

    def add(cursor: Cursor) -> None:
        row = cursor.execute("SELECT n FROM counter").fetchone()
        assert row
        cursor.execute("UPDATE counter SET n = ?", [row[0] + 1])

    threads = [threading.Thread(target=lambda: [store.write(add) for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert one(store, "SELECT n FROM counter") == 100


def test_closing_waits_for_a_read_and_a_write_under_way(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    begun, go_on = threading.Barrier(3), threading.Event()
    read: list[object] = []

    def write(cursor: Cursor) -> None:
        begun.wait(WAIT)
        assert go_on.wait(WAIT)
        cursor.execute(SOURCE.format("a"))

    def look() -> None:
        with store.read() as cursor:
            begun.wait(WAIT)
            assert go_on.wait(WAIT)
            read.append(cursor.execute("SELECT count(*) FROM post").fetchone())

    others = [threading.Thread(target=store.write, args=(write,)), threading.Thread(target=look)]
    for thread in others:
        thread.start()
    begun.wait(WAIT)
    closer = threading.Thread(target=store.close)
    closer.start()
    closer.join(0.1)
    assert closer.is_alive()
    go_on.set()
    for thread in [closer, *others]:
        thread.join(WAIT)
    assert read == [(0,)]
    other = in_another_process(tmp_path / "db", "print(store.write(lambda c: c.execute('FROM source').fetchone())[0])")
    assert other.communicate(timeout=WAIT)[0] == "open\na\n"


def test_nothing_begins_in_a_closed_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.close()
    for begin in (lambda: one(store, "SELECT 1"), lambda: store.write(lambda cursor: None)):
        with pytest.raises(StoreError) as raised:
            begin()
        assert raised.value.code == "closed"


def test_a_store_may_be_closed_twice(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.close()
    store.close()


def test_times_are_utc_wherever_the_machine_stands(tmp_path: Path) -> None:
    program = """
from data.store import Store
with Store(":memory:") as store, store.read() as cursor:
    print(cursor.execute("SELECT '2026-11-21 12:00:00+00'::TIMESTAMPTZ").fetchone()[0].isoformat())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "TZ": "America/New_York"}
    )
    assert done.stdout.strip() == "2026-11-21T12:00:00+00:00"


def test_a_batch_is_a_relation_for_as_long_as_it_is_offered(store: Store) -> None:
    schema = pa.schema([("name", pa.string()), ("tags", pa.list_(pa.string()))])
    records = [{"name": "på\x00hel\ud800", "tags": ["\udfff", "æ"]}, {"name": None, "tags": []}]
    with store.read() as cursor:
        with incoming(cursor, "batch", records, schema):
            found = rows(cursor, "SELECT * FROM batch")
        with pytest.raises(Exception, match="batch"):
            cursor.execute("SELECT * FROM batch")
    assert found == [{"name": "på\x00hel\ufffd", "tags": ["\ufffd", "æ"]}, {"name": None, "tags": []}]


@pytest.mark.parametrize(("number", "skipped"), [(1, 0), (2, 25), (0, 0), (-3, 0)])
def test_pages_are_counted_from_one(number: int, skipped: int) -> None:
    assert offset(number, 25) == skipped


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("IO Error: Could not write file: No space left on device", "full"),
        ("IO Error: Corrupt database file: computed checksum 1 does not match 2", "broken"),
    ],
)
def test_trouble_with_disk_or_file_is_told_as_such(store: Store, message: str, code: str) -> None:
    def fail(_: Cursor) -> None:
        raise duckdb.IOException(message)

    with pytest.raises(StoreError) as raised:
        store.write(fail)
    assert raised.value.code == code
