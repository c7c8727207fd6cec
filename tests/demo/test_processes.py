from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from iterable_admin.demo.processes import Troupe
from tests.demo.test_leash import is_alive

WRITE_PID = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(f'{os.getpid()}.'); time.sleep(600)"


@pytest.fixture
def players(tmp_path: Path) -> Iterator[Troupe]:
    players = Troupe(os.environ, tmp_path / "logs")
    yield players
    players.stop()


def pid_in(told: Path) -> int:
    end = time.monotonic() + 20
    while not (told.exists() and told.read_text().endswith(".")):
        assert time.monotonic() < end
    return int(told.read_text()[:-1])


def ends(pid: int) -> bool:
    end = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_alive(pid)


def test_a_command_whose_leash_was_killed_ends_before_it_is_started_again(players: Troupe, tmp_path: Path) -> None:
    players.start("sleeper", "-c", WRITE_PID, str(tmp_path / "told"))
    orphan = pid_in(tmp_path / "told")
    players.running["sleeper"].kill()
    players.running["sleeper"].wait()
    assert (players.fallen(), is_alive(orphan)) == (["sleeper"], True)
    players.restart("sleeper")
    assert ends(orphan)
    assert players.fallen() == []


def test_a_command_whose_leash_was_killed_ends_with_the_others(players: Troupe, tmp_path: Path) -> None:
    players.start("sleeper", "-c", WRITE_PID, str(tmp_path / "told"))
    orphan = pid_in(tmp_path / "told")
    players.running["sleeper"].kill()
    players.stop()
    assert ends(orphan)
