"""Installs Bluesky's own servers from npm into a cache, once for each set of pins: 360 MB, and some minutes the first
time. `python3 -m tests.servers.bluesky_install` does it beforehand. Needs nothing but Python, Node with npm, and a
compiler for the one package (better-sqlite3) that is built here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PINS = Path(__file__).parent / "bluesky"
PATIENCE = 1_200
"""Seconds that a step of the installation may take."""
BUILT = "better-sqlite3"
"""The only package that runs a script when it is installed."""


class NotInstalled(Exception):
    """Says in Norwegian why there is no server."""


def installed() -> Path:
    """The folder with `node_modules` for the pins; installs them where they are missing. Raises NotInstalled."""
    folder = _folder()
    done = folder / "ferdig"
    if done.exists():
        return folder
    if missing := [name for name in ("npm", "make", "c++", "python3") if not shutil.which(name)]:
        raise NotInstalled(f"mangler {', '.join(missing)}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _install(folder)
            done.touch()
    return folder


def _folder() -> Path:
    """One for each set of pins and each version of Node that compiled modules are made for."""
    node = shutil.which("node")
    if not node:
        raise NotInstalled("mangler node")
    made_for = subprocess.run(
        [node, "-p", "[process.platform, process.arch, process.versions.modules].join('-')"],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    key = hashlib.sha256(made_for)
    for name in ("package.json", "package-lock.json"):
        key.update((PINS / name).read_bytes())
    base = os.environ.get("LYTTEPOST_TEST_CACHE")
    cache = Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lyttepost-test"
    return cache.absolute() / f"bluesky-{key.hexdigest()[:16]}"


def _install(folder: Path) -> None:
    """What the pins say, byte for byte. Scripts of packages do not run, but for the one that is built."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, folder)
    # Slower code, compiled in a tenth of the time; and no binaries that somebody else has built.
    environment = os.environ | {
        "CFLAGS": "-O0",
        "CXXFLAGS": "-O0",
        "JOBS": "max",
        "npm_config_build_from_source": "true",
    }
    node = Path(shutil.which("node") or "").resolve()
    if (node.parents[1] / "include" / "node" / "node.h").is_file():  # else npm fetches the headers
        environment["npm_config_nodedir"] = str(node.parents[1])
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, environment)
    _run(["npm", "rebuild", BUILT], folder, environment)
    _run(["node", "-e", f"new (require('{BUILT}'))(':memory:')"], folder, environment)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    log = folder / "logg.txt"
    with log.open("ab") as output:
        try:
            subprocess.run(
                command, cwd=folder, env=environment, stdout=output, stderr=output, check=True, timeout=PATIENCE
            )
        except (subprocess.SubprocessError, OSError) as error:
            end = log.read_text("utf-8", "replace")[-2_000:]
            raise NotInstalled(f"«{' '.join(command[:3])}» gikk ikke: {error}\n{end}") from error


if __name__ == "__main__":
    begun = time.monotonic()
    try:
        print(f"Bluesky-serveren ligger i {installed()} ({time.monotonic() - begun:.0f} s)")
    except NotInstalled as error:
        sys.exit(f"Bluesky-serveren kan ikke installeres: {error}")
