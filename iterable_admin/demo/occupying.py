"""One demo a folder: a second one would work on the same rows, against another sandbox."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from iterable_admin.errors import Problem

# The processes of a killed demo notice within a second or two, and have three to end what they do: see leash.
ENDING_SECONDS = 10.0


def occupy(folder: Path, say: Callable[[str], None]) -> int:
    """The descriptor of a lock that holds as long as any process has it open. Waits for a demo that is just ending."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _locked(lock):
        say("Waiting for the end of the demo before this one …")
        _wait_for(lock, folder)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    os.set_inheritable(lock, True)
    return lock


def _wait_for(lock: int, folder: Path) -> None:
    end = time.monotonic() + ENDING_SECONDS
    while time.monotonic() < end:
        if _locked(lock):
            return
        time.sleep(0.2)
    process = os.pread(lock, 20, 0).decode()
    os.close(lock)
    raise Problem(f"A demo is running in {folder} already, as process {process}: use that one, or end it first.")


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
