from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

# Ignores SIGTERM, and so does its child, whose id it writes down.
STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    beside = pathlib.Path(sys.argv[1] + ".new")
    beside.write_text(f"{os.getpid()} {child}")
    beside.rename(sys.argv[1])
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_command_that_will_not_end_is_killed_with_all_its_children(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    command = [sys.executable, "-m", "iterable_admin.demo.leash", sys.executable, "-c", STUBBORN, str(told)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as leash:
        end = time.monotonic() + 20
        while not told.exists():
            assert time.monotonic() < end
        pids = [int(pid) for pid in told.read_text().split()]
        assert [is_alive(pid) for pid in pids] == [True, True]
    assert leash.returncode == -9
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < end
