"""One process owns the database; others hand their commands to it.

The owner holds a lock on a file, which the operating system lets go of when the process ends, however it ends. A
server also writes down how to reach it: a loopback port and a token, in a file that only its user can read.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from lyttepost.home import Home

log = logging.getLogger(__name__)

Say = Callable[[str], None]
Run = Callable[[str, dict[str, Any], Say], int]
"""A command by name with its arguments; says lines, returns an exit code."""


PATIENCE = 5.0
"""Seconds that a caller has to say what it wants."""


class ServerGone(Exception):
    """The server stopped while it ran our command."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its file tells."""

    pid: int
    port: int
    token: str
    url: str


@contextmanager
def own(home: Home) -> Iterator[bool]:
    """Try to become the owner; yields whether that succeeded, and lets go at the end."""
    home.root.mkdir(parents=True, exist_ok=True)
    with home.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def running(home: Home) -> Server | None:
    """The server that says it owns this home, if its file can be read."""
    try:
        return Server(**json.loads(home.owner.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def run(home: Home, name: str, arguments: dict[str, Any], here: Run, say: Say, waiting: Callable[[], None]) -> int:
    """Run a command as the owner, or let the server that owns the home run it. Where another command is the owner,
    wait for it to end (`waiting` is called once, to say so)."""
    told = False
    while True:
        with own(home) as owner:
            if owner:
                home.owner.unlink(missing_ok=True)  # left by a server that was killed
                return here(name, arguments, say)
        server = running(home)
        connection = _reach(server) if server else None
        if server and connection:
            with connection:
                code = _hand_over(connection, server.token, name, arguments, say)
            if code is not None:
                return code
        if not told:
            waiting()
            told = True
        time.sleep(0.2)


@contextmanager
def serve(home: Home, url: str, run_command: Run) -> Iterator[None]:
    """Take commands from other processes until the block ends. The caller owns the home."""
    token = secrets.token_hex(32)
    with Listener(("127.0.0.1", 0)) as listener:
        server = Server(os.getpid(), listener.address[1], token, url)
        temporary = home.owner.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(server), file)
        temporary.replace(home.owner)
        stopped = threading.Event()
        threading.Thread(
            target=_accept, args=(listener, token, run_command, stopped), name="commands", daemon=True
        ).start()
        try:
            yield
        finally:
            home.owner.unlink(missing_ok=True)
            stopped.set()
            with suppress(OSError):
                Client(("127.0.0.1", server.port)).close()  # wakes accept()


def _reach(server: Server) -> Connection | None:
    with suppress(OSError):
        return Client(("127.0.0.1", server.port))
    return None


def _hand_over(connection: Connection, token: str, name: str, arguments: dict[str, Any], say: Say) -> int | None:
    """Have the server run a command; None where it took nothing. Raises ServerGone where it stopped half-way, since
    what it did until then is done."""
    answered = False
    while True:
        try:
            if not answered:
                connection.send_bytes(json.dumps([token, name, arguments]).encode())
            answer = json.loads(connection.recv_bytes())
        except (OSError, EOFError):
            if answered:
                raise ServerGone from None
            return None
        answered = True
        if "exit" in answer:
            return int(answer["exit"])
        if "line" in answer:
            say(answer["line"])


def _accept(listener: Listener, token: str, run_command: Run, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            connection = listener.accept()
        except OSError:
            continue
        threading.Thread(target=_answer, args=(connection, token, run_command), name="command", daemon=True).start()


def _answer(connection: Connection, token: str, run_command: Run) -> None:
    with connection, suppress(OSError, EOFError):
        try:
            if not connection.poll(PATIENCE):
                return
            given, name, arguments = json.loads(connection.recv_bytes(1_000_000))
            if not secrets.compare_digest(str(given).encode(), token.encode()):
                raise ValueError("wrong token")
        except (ValueError, TypeError):
            log.warning("a stranger on the command port was refused")
            return

        def say(line: str) -> None:
            connection.send_bytes(json.dumps({"line": line}).encode())

        connection.send_bytes(json.dumps({"taken": True}).encode())
        connection.send_bytes(json.dumps({"exit": run_command(name, arguments, say)}).encode())
