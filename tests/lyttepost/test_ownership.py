"""One owner of the database: commands run here, at the server, or after one another; never with a lock error."""

import subprocess
import sys
import threading
import time
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
