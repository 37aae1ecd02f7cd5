"""The real comment server Isso, started on a free port of loopback for as long as a test needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.ports import free_port

CONFIG = """
[general]
dbpath = {folder}/comments.db
host = http://avis.example.no/
[server]
listen = http://127.0.0.1:{port}/
[rss]
base = http://avis.example.no/
[guard]
enabled = false
[moderation]
enabled = false
[markup]
renderer = mistune
"""
PAGE = "/sak/1"
PATIENCE = 30.0

http = requests.Session()
http.trust_env = False


@dataclass
class Isso:
    """A running server with one page to comment on."""

    port: int

    @property
    def feed(self) -> str:
        return self._url(f"/feed?uri={PAGE}")

    def comment(self, text: str, author: str, parent: int | None = None) -> dict[str, Any]:
        """Post a comment; what comes back holds its `id` and, under `cookie`, the right to edit it."""
        answer = http.post(
            self._url(f"/new?uri={PAGE}"),
            json={"text": text, "author": author, "parent": parent, "title": "En sak"},
            headers={"Origin": "http://avis.example.no"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json() | {"cookie": answer.headers["Set-Cookie"].partition(";")[0]}

    def edit(self, comment: dict[str, Any], text: str) -> None:
        http.put(
            self._url(f"/id/{comment['id']}"),
            json={"text": text, "author": comment["author"]},
            headers={"Origin": "http://avis.example.no", "Cookie": comment["cookie"]},
            timeout=10,
        ).raise_for_status()

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def isso(folder: Path) -> Iterator[Isso]:
    """Start Isso with its database in `folder`, and stop it at the end. Raises RuntimeError if it does not start."""
    port = free_port()
    config = folder / "isso.cfg"
    config.write_text(CONFIG.format(folder=folder, port=port), "utf-8")
    log = folder / "isso.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("isso"), "-c", config, "run"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TZ": "UTC"},  # it writes local times and calls them UTC
        )
    try:
        _wait_for(port, process, log)
        yield Isso(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise RuntimeError(f"Isso did not start:\n{log.read_text('utf-8', 'replace')}")
