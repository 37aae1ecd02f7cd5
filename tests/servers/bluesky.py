"""Bluesky's own servers on loopback, for as long as the tests that need them run: see `bluesky_install` for what they
are, and `bluesky/network.cjs` for what is started. PostgreSQL comes from the system.
"""

from __future__ import annotations

import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from tests.ports import free_port
from tests.servers.bluesky_install import PINS, NotInstalled, installed

PATIENCE = 120.0
"""Seconds for the servers to start, on a busy machine."""
INDEXED_WITHIN = 30.0
DATABASE_USER = "postgres"

http = requests.Session()
http.trust_env = False
_number = count(1)
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """An account with the right to write."""

    pds: str
    did: str
    handle: str
    token: str
    app_password: str

    def post(self, text: str, reply_to: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Write a post; what comes back holds its `uri` and `cid`, and under `root` the post that began it all."""
        record = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "langs": ["nb"],
            "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            **more,
        }
        if reply_to:
            # Accounts are indexed beside one another, and an answer to what is not there yet is told to nobody.
            until(lambda: self.get("app.bsky.feed.getPosts", uris=[reply_to["uri"]])["posts"])
            record["reply"] = {"root": _reference(reply_to["root"]), "parent": _reference(reply_to)}
        made = self._ask("com.atproto.repo.createRecord", collection="app.bsky.feed.post", record=record)
        return {**made, "root": reply_to["root"] if reply_to else made}

    def mention(self, text: str, whom: Person) -> dict[str, Any]:
        """Write a post that begins with somebody's handle, as a mention that is told to them."""
        whole = f"@{whom.handle} {text}"
        facet = {
            "index": {"byteStart": 0, "byteEnd": len(f"@{whom.handle}".encode())},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": whom.did}],
        }
        return self.post(whole, facets=[facet])

    def delete(self, post: dict[str, Any]) -> None:
        key = post["uri"].rpartition("/")[2]
        self._ask("com.atproto.repo.deleteRecord", collection="app.bsky.feed.post", rkey=key)

    def opt_out(self) -> None:
        """Ask to be seen only by those who have logged in."""
        labels = {
            "$type": "com.atproto.label.defs#selfLabels",
            "values": [{"val": "!no-unauthenticated"}],
        }
        profile = {"$type": "app.bsky.actor.profile", "displayName": "Vil være i fred", "labels": labels}
        self._ask("com.atproto.repo.putRecord", collection="app.bsky.actor.profile", rkey="self", record=profile)

    def block(self, whom: Person) -> None:
        block = {"$type": "app.bsky.graph.block", "subject": whom.did, "createdAt": datetime.now(UTC).isoformat()}
        self._ask("com.atproto.repo.createRecord", collection="app.bsky.graph.block", record=block)

    def get(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the network answers this person, whatever our collector makes of it."""
        return _call(self.pds, method, self.token, parameters=parameters)

    def _ask(self, method: str, **body: Any) -> dict[str, Any]:
        return _call(self.pds, method, self.token, {"repo": self.did, **body})


@dataclass(frozen=True)
class Network:
    """Running servers. All that the tests ask for is asked of `pds`."""

    pds: str
    appview: str

    def person(self, name: str) -> Person:
        """A new account whose handle begins with `name`."""
        handle = f"{name}{next(_number)}.test"
        account = {"handle": handle, "email": f"{handle}@example.no", "password": "passord-for-alt"}
        made = _call(self.pds, "com.atproto.server.createAccount", body=account)
        app = _call(self.pds, "com.atproto.server.createAppPassword", made["accessJwt"], {"name": "lyttepost"})
        return Person(self.pds, made["did"], handle, made["accessJwt"], app["password"])


def until(found: Callable[[], T | None]) -> T:
    """What a question comes to when it comes to something: the servers tell one another in their own time."""
    end = time.monotonic() + INDEXED_WITHIN
    while not (answer := found()):
        assert time.monotonic() < end, "the servers did not get there in time"
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="session")
def bluesky_network() -> Iterator[Network]:
    """The servers; the tests that ask for them are skipped where they can not be had, and fail in CI."""
    try:
        servers, database = installed(), _database_programs()
    except NotInstalled as error:
        if os.environ.get("CI"):
            pytest.fail(f"Bluesky-serveren kan ikke startes: {error}", pytrace=False)
        pytest.skip(f"Uten Bluesky-serveren: {error}".splitlines()[0])
    with _folder() as folder, _postgres(database, folder) as address, _network(servers, folder, address) as network:
        yield network


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that PostgreSQL may use, who is not root and gets not into those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="lyttepost-bluesky-"))
    try:
        if os.geteuid() == 0:
            user = pwd.getpwnam(DATABASE_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database_programs() -> Path:
    """The folder with PostgreSQL's programs, the newest. Raises NotInstalled."""
    found = [*glob.glob("/usr/lib/postgresql/*/bin/initdb"), shutil.which("initdb") or ""]
    numbered = sorted(found, key=lambda path: [int(number) for number in re.findall(r"\d+", path)])
    if not numbered[-1]:
        raise NotInstalled("mangler PostgreSQL")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        raise NotInstalled("mangler setpriv")
    return Path(numbered[-1]).parent


@contextmanager
def _postgres(programs: Path, folder: Path) -> Iterator[str]:
    """A database of our own that listens in the folder only. Yields its address."""
    data = folder / "database"
    # Not as root, which it refuses, and not longer than we live.
    who = ["--reuid", DATABASE_USER, "--regid", DATABASE_USER, "--init-groups"] if os.geteuid() == 0 else []
    aside = ["setpriv", *who, "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
    make: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        DATABASE_USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    subprocess.run([*aside, *make], check=True, capture_output=True, timeout=PATIENCE, cwd=folder)
    quick = [part for name in ("fsync", "synchronous_commit", "full_page_writes") for part in ("-c", f"{name}=off")]
    serve: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *quick]
    with _running([*aside, *serve], folder, {}, "postgres") as (process, log):
        _wait_for(lambda: (folder / ".s.PGSQL.5432").exists() and "ready to accept" in _read(log), process, log)
        yield f"postgresql:///postgres?host={folder}&user={DATABASE_USER}"


@contextmanager
def _network(servers: Path, folder: Path, database: str) -> Iterator[Network]:
    port = free_port()
    ready, own = folder / "ready", folder / "servers"
    own.mkdir()
    environment = {
        "NODE_PATH": str(servers / "node_modules"),
        "READY": str(ready),
        "DATABASE": database,
        "PDS_PORT": str(port),
        "TMPDIR": str(own),
        "LOG_ENABLED": "false",
    }
    with _running(["node", PINS / "network.cjs"], folder, environment, "network") as (process, log):
        _wait_for(ready.exists, process, log)
        found = json.loads(ready.read_text("utf-8"))
        yield Network(*(found[name].replace("localhost", "127.0.0.1") for name in ("pds", "appview")))


@contextmanager
def _running(
    command: list[str | Path], folder: Path, environment: dict[str, str], name: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process that is ended with the block, and its log. It sees its standard input end if we are killed."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=folder, env=os.environ | environment
        )
    try:
        yield process, log
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{log.stem} did not start:\n{_read(log)[-3_000:]}")
        time.sleep(0.05)


def _read(log: Path) -> str:
    return log.read_text("utf-8", "replace")


def _reference(post: dict[str, Any]) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def _call(
    server: str,
    method: str,
    token: str = "",
    body: dict[str, Any] | None = None,
    parameters: dict[str, Any] | None = None,
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    kind = "GET" if body is None else "POST"
    url = f"{server}/xrpc/{method}"
    answer = http.request(kind, url, params=parameters, json=body, headers=headers, timeout=30)
    assert answer.ok, f"{method}: {answer.status_code} {answer.text[:500]}"
    found: dict[str, Any] = answer.json()
    return found
