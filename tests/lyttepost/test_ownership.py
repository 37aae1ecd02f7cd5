"""One owner of the database: commands run here, at the server, or after one another; never with a lock error."""

import json
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

import pytest

from lyttepost import ownership
from lyttepost.home import Home
from lyttepost.ownership import Say


def here(name: str, arguments: dict[str, Any], say: Say) -> int:
    say(f"here {name}")
    return 0


def there(name: str, arguments: dict[str, Any], say: Say) -> int:
    say(f"there {name} {arguments['x']}")
    say("æøå")
    return 7


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "var")


def run(home: Home) -> tuple[int, list[str]]:
    said: list[str] = []
    return ownership.run(home, "count", {"x": 1}, here, said.append, lambda: said.append("waits")), said


def test_without_a_server_the_command_runs_here(home: Home) -> None:
    assert run(home) == (0, ["here count"])


def test_with_a_server_it_runs_there_and_its_lines_and_exit_code_come_back(home: Home) -> None:
    with ownership.own(home) as owner, ownership.serve(home, "http://x", there):
        assert owner
        assert run(home) == (7, ["there count 1", "æøå"])


def test_only_its_user_can_read_how_to_reach_the_server(home: Home) -> None:
    with ownership.own(home), ownership.serve(home, "http://x", there):
        assert home.owner.stat().st_mode & 0o077 == 0
    assert not home.owner.exists()


def test_a_caller_with_the_wrong_token_is_refused_and_the_server_goes_on(home: Home) -> None:
    with ownership.own(home), ownership.serve(home, "http://x", there):
        right = home.owner.read_text()
        server = ownership.running(home)
        assert server
        home.owner.write_text(right.replace(server.token, "0" * 64))
        said: list[str] = []
        done = threading.Event()

        def give_up() -> None:
            said.append("waits")
            home.owner.write_text(right)
            done.set()

        assert ownership.run(home, "count", {"x": 2}, here, said.append, give_up) == 7
        assert done.is_set()
        assert said == ["waits", "there count 2", "æøå"]


def test_a_silent_stranger_on_the_port_holds_up_nobody(home: Home) -> None:
    with ownership.own(home), ownership.serve(home, "http://x", there):
        server = ownership.running(home)
        assert server
        with socket.create_connection(("127.0.0.1", server.port)):
            assert run(home)[0] == 7


def test_a_reader_that_has_gone_ends_the_command_and_does_not_repeat_it(home: Home) -> None:
    times = []

    def count(name: str, arguments: dict[str, Any], say: Say) -> int:
        times.append(name)
        say("a line")
        return 0

    def gone(line: str) -> None:
        raise BrokenPipeError

    with ownership.own(home), ownership.serve(home, "http://x", count), pytest.raises(BrokenPipeError):
        ownership.run(home, "count", {}, here, gone, lambda: None)
    assert times == ["count"]


def test_a_server_that_stops_half_way_is_told_and_the_command_is_not_repeated(home: Home) -> None:
    listener = Listener(("127.0.0.1", 0))
    home.root.mkdir()

    def half_way() -> None:
        with listener.accept() as connection:
            connection.recv_bytes()
            connection.send_bytes(b'{"taken": true}')

    threading.Thread(target=half_way, daemon=True).start()
    with ownership.own(home):
        home.owner.write_text(json.dumps({"pid": 1, "port": listener.address[1], "token": "x", "url": "http://x"}))
        with pytest.raises(ownership.ServerGone):
            run(home)


def test_two_commands_at_once_queue(home: Home) -> None:
    began = threading.Event()

    def slow(name: str, arguments: dict[str, Any], say: Say) -> int:
        began.set()
        time.sleep(0.5)
        say("first")
        return 0

    said: list[str] = []
    first = threading.Thread(target=ownership.run, args=(home, "slow", {}, slow, said.append, lambda: None))
    first.start()
    began.wait(5)
    assert run(home) == (0, ["waits", "here count"])
    first.join()
    assert said == ["first"]


def test_a_server_that_was_killed_blocks_nothing(home: Home) -> None:
    script = (
        "import sys, time; from pathlib import Path; from lyttepost import ownership; from lyttepost.home import Home\n"
        "home = Home(Path(sys.argv[1]))\n"
        "with ownership.own(home), ownership.serve(home, 'http://x', lambda *_: 0):\n"
        "    print('up', flush=True); time.sleep(60)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(home.root)], stdout=subprocess.PIPE)
    assert server.stdout
    assert server.stdout.readline() == b"up\n"
    server.kill()
    server.wait()
    assert home.owner.exists()
    assert run(home) == (0, ["here count"])
    assert not home.owner.exists()
