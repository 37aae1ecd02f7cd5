"""The DuckDB file: opening, migrating, reading and writing. Subjects have modules of their own beside this one.

Threads share one `Store`. Reads take a cursor each; writes are short transactions, one at a time.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

Cursor = duckdb.DuckDBPyConnection
T = TypeVar("T")

_SUFFIX = ".sql"
# The time zone is set for all cursors: `SET` would hold for one connection only.
_CONFIG: dict[str, Any] = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}
_SURROGATE = re.compile("[\ud800-\udfff]")


class StoreError(Exception):
    """The store can not be used; `code` and `details` are worded by the catalogue (`store.CODE`)."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details


class Store:
    """One open database. Close it, or use it as a context manager; a killed process needs neither."""

    def __init__(self, path: Path | str, upgrading: Callable[[], None] = lambda: None) -> None:
        """Open `path` (":memory:" for none), create it where it is missing, and bring its schema up to date;
        `upgrading` is told before that, where an older one is: it may take minutes.

        Raises StoreError: `in_use` by another process, `newer` than this program, `broken`.
        """
        self.path = path
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._cursors = 0
        self._closed = False
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = duckdb.connect(str(path), config=_CONFIG)
        except (duckdb.Error, OSError) as error:
            code = "in_use" if "Could not set lock" in str(error) else "broken"
            raise StoreError(code, path=str(path)) from error
        try:
            self._migrate(upgrading)
        except duckdb.Error as error:
            self._connection.close()
            raise StoreError("broken", path=str(path)) from error
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """A cursor for reading, of the calling thread's own. Raises StoreError: `closed`."""
        with self._changed:
            if self._closed:
                raise StoreError("closed", path=str(self.path))
            cursor = self._connection.cursor()
            self._cursors += 1
        try:
            yield cursor
        finally:
            with self._changed:
                cursor.close()
                self._cursors -= 1
                self._changed.notify_all()

    def write(self, work: Callable[[Cursor], T]) -> T:
        """Run `work` in one transaction: committed when it returns, rolled back when it raises.

        Raises StoreError: `full` where the disk is, `broken` where the file is damaged.
        """
        with self._writing, self.read() as cursor:
            try:
                cursor.begin()
                result = work(cursor)
                cursor.commit()
            except duckdb.Error as error:
                with suppress(duckdb.Error):
                    cursor.rollback()
                if code := _trouble(str(error)):
                    raise StoreError(code, path=str(self.path)) from error
                raise
            except BaseException:
                cursor.rollback()
                raise
            return result

    def close(self) -> None:
        """Write the log into the file and let go of it. Waits for reads and writes under way; none begins after."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._cursors)
            self._connection.close()

    def _migrate(self, upgrading: Callable[[], None]) -> None:
        """Apply the numbered files of `migrations/` that this store has not had, each in a transaction."""
        files = sorted(
            (f for f in resources.files("data.migrations").iterdir() if f.name.endswith(_SUFFIX)),
            key=lambda f: f.name,
        )
        self._connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
        # All rows are fetched: a result left open on this connection keeps DuckDB from ever shortening its log.
        ((present,),) = self._connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchall()
        newest = int(files[-1].name.split("_")[0])
        if present > newest:
            raise StoreError("newer", path=str(self.path), found=str(present), known=str(newest))
        if 0 < present < newest:
            upgrading()
        for file in files:
            version = int(file.name.split("_")[0])
            if version > present:

                def apply(cursor: Cursor, sql: str = file.read_text("utf-8"), version: int = version) -> None:
                    cursor.execute(sql)
                    cursor.execute("INSERT INTO schema_version VALUES (?)", [version])

                self.write(apply)


def _trouble(message: str) -> str | None:
    """What is wrong with the file or the disk, where it is one of those: DuckDB tells it in words only."""
    if any(sign in message for sign in ("No space left", "failed to write", "Could not write", "Disk quota")):
        return "full"
    if any(sign in message for sign in ("Corrupt", "invalidated", "checksum", "Failed to read")):
        return "broken"
    return None


def rows(cursor: Cursor, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query as dicts by column name."""
    result = cursor.execute(sql, parameters)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def offset(number: int, size: int) -> int:
    """How many rows come before page `number` (from 1; lower is the first)."""
    return max(number - 1, 0) * size


def storable(value: Any) -> Any:
    """A value with the lone surrogates of its texts, which UTF-8 can not hold, as U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {key: storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


@contextmanager
def incoming(cursor: Cursor, name: str, records: Sequence[Mapping[str, Any]], schema: pa.Schema) -> Iterator[None]:
    """Offer `records` to SQL as the relation `name`: one batch instead of executemany."""
    try:
        table = pa.Table.from_pylist(list(records), schema=schema)
    except UnicodeEncodeError:
        table = pa.Table.from_pylist([storable(record) for record in records], schema=schema)
    cursor.register(name, table)
    try:
        yield
    finally:
        cursor.unregister(name)
