"""Run a command that may not outlive its master: `python -m iterable_admin.demo.leash COMMAND ...`.

Standard input is a pipe whose other end the master holds. When it closes, however the master ended (kill -9 included),
the whole process group of the command is ended. Django-Q's workers would otherwise go on as orphans of nobody.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

# Workers may be killed at any moment, so a second Ctrl-C is nobody's wish; a cluster in the middle of a task takes longer.
GRACE_SECONDS = 3.0


def main(command: list[str]) -> int:
    # A session of its own: the terminal's Ctrl-C goes to the master alone, which then lets go of the leash.
    os.setsid()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the demo's own commands
    watcher = threading.Thread(target=_wait_for_the_end, args=(child,), daemon=True)
    watcher.start()
    code = child.wait()
    _end_group()
    return code


def _wait_for_the_end(child: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _end_group()


def _end_group() -> None:
    """Whatever the command left behind, and this process too, which has nothing more to do."""
    os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
