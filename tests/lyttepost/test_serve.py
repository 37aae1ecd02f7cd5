"""The server as a person starts it: ready, reachable by commands, ended by a signal, clear when it can not start."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.ports import free_port

pytestmark = pytest.mark.slow

CLI = [sys.executable, "-m", "lyttepost"]


def command(home: Path, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CLI, "--home", str(home), *arguments], capture_output=True, text=True, timeout=timeout)


@pytest.fixture
def home(tmp_path: Path, models: Path) -> Path:
    home = tmp_path / "var"
    home.mkdir()
    (home / "models").symlink_to(models)
    (home / "lyttepost.toml").write_text(
        '[body]\nname = "Fjellheim kommune"\n'
        '[[listening_posts]]\nname = "Skole"\npurpose = "svare"\nkeywords = ["skole"]\n'
    )
    return home


@pytest.fixture
def server(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with serving(home) as found:
        yield found


@contextmanager
def serving(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and its address; killed at the end where it still runs."""
    port = free_port()
    log = home / "log"
    with (
        log.open("w") as err,
        subprocess.Popen(
            [*CLI, "--home", str(home), "serve", "--port", str(port)], stdout=subprocess.PIPE, stderr=err, text=True
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            if "Dashbordet er klart" in line:
                break
        else:
            pytest.fail(f"the server did not start: {log.read_text()}")
        yield process, f"http://127.0.0.1:{port}"
        if process.poll() is None:
            process.kill()


def test_commands_work_while_the_server_runs(server: tuple[subprocess.Popen[str], str], home: Path) -> None:
    file = home / "innlegg.jsonl"
    file.write_text(json.dumps({"id": "1", "text": "Skolen er stengt", "published_at": "2026-11-21T10:00:00+01:00"}))
    imported = command(home, "import", str(file))
    assert (imported.returncode, "1 nye" in imported.stdout) == (0, True)
    digest = command(home, "digest", "--date", "2026-11-21", "--format", "json")
    assert digest.returncode == 0
    assert "Skole" in digest.stdout
    assert json.loads(digest.stdout)


def test_the_page_is_norwegian_guarded_and_nothing_internal_is_open(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    with urlopen(server[1]) as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    assert '<html lang="nb"' in page
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_at_once(
    server: tuple[subprocess.Popen[str], str], home: Path, sent: signal.Signals
) -> None:
    process, _ = server
    process.send_signal(sent)
    process.wait(10)
    assert "Traceback" not in (home / "log").read_text()
    assert not (home / "server.json").exists()
    assert not (home / "lyttepost.duckdb.wal").exists()


def test_a_second_server_is_told_where_the_first_one_is(server: tuple[subprocess.Popen[str], str], home: Path) -> None:
    second = command(home, "serve", "--port", str(free_port()))
    assert second.returncode == 2
    assert server[1] in second.stderr


def test_a_killed_server_blocks_nothing(server: tuple[subprocess.Popen[str], str], home: Path) -> None:
    process, _ = server
    process.kill()
    process.wait()
    assert command(home, "sources").returncode in (0, 1)


def test_a_port_in_use_is_told(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        failed = command(home, "serve", "--port", str(other.getsockname()[1]))
    assert failed.returncode == 2
    assert "Et annet program bruker allerede" in failed.stderr


def test_a_first_start_makes_a_configuration_to_write_in(tmp_path: Path) -> None:
    first = command(tmp_path / "ny", "collect", "--once")
    assert first.returncode == 2
    assert str(tmp_path / "ny" / "lyttepost.toml") in first.stderr
    assert (tmp_path / "ny" / "lyttepost.toml").exists()


@pytest.mark.parametrize("arguments", [["serve"], ["collect", "--once"], ["digest"]])
def test_a_broken_configuration_is_a_sentence_and_no_traceback(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "lyttepost.toml").write_text('[body\nname = "x"')
    failed = command(tmp_path, *arguments)
    assert failed.returncode == 2
    assert "ikke gyldig TOML" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_broken_database_is_a_sentence_and_no_traceback(home: Path) -> None:
    (home / "lyttepost.duckdb").write_bytes(os.urandom(5000))
    failed = command(home, "digest")
    assert failed.returncode == 2
    assert "Kunne ikke åpne databasen" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_date_that_is_none_is_told(home: Path) -> None:
    failed = command(home, "digest", "--date", "i går")
    assert failed.returncode == 2
    assert "«i går» er ikke en dato" in failed.stderr


def test_a_reader_that_goes_away_ends_a_command_quietly_and_once(
    server: tuple[subprocess.Popen[str], str], home: Path
) -> None:
    call = " ".join([*CLI, "--home", str(home), "digest", "--date", "2026-11-21", "--format", "html"])
    piped = subprocess.run(f"{call} | head -c 1", shell=True, capture_output=True, text=True, timeout=60)
    assert piped.stderr == ""


def test_a_server_stops_at_once_though_a_feed_drips(home: Path) -> None:
    with socket.socket() as feed:
        feed.bind(("127.0.0.1", 0))
        feed.listen()
        (home / "lyttepost.toml").write_text(
            '[body]\nname = "Fjellheim kommune"\n[web]\nallowed_hosts = ["127.0.0.1"]\n'
            f'[[sources]]\nname = "treg"\nurl = "http://127.0.0.1:{feed.getsockname()[1]}/"\n'
            '[[listening_posts]]\nname = "Alt"\npurpose = "svare"\n'
        )
        with serving(home) as (process, _):
            connection, _ = feed.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<")
            started = time.monotonic()
            process.terminate()
            process.wait(15)
            assert time.monotonic() - started < 10
            connection.close()
    assert "Traceback" not in (home / "log").read_text()


def test_a_home_that_can_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("ikke en mappe")
    failed = command(tmp_path / "fil" / "var", "sources")
    assert failed.returncode == 2
    assert "Kan ikke skrive i mappen" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_what_lies_in_the_home_is_its_users_alone(home: Path) -> None:
    command(home, "sources")
    assert (home / "lyttepost.duckdb").stat().st_mode & 0o077 == 0
