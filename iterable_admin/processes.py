"""Which process works on something long, and whether it is known to be dead."""

from __future__ import annotations

import os
import socket


def this_process() -> str:
    return f"{socket.gethostname()[:180]}:{os.getpid()}"


def is_known_dead(process: str) -> bool:
    """Only a process of this very host can be asked; of others, silence decides."""
    host, _, number = process.rpartition(":")
    if not number or host != socket.gethostname()[:180]:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
