"""`python -m tests.scale.profiles`: profiles a second that one sandbox process takes through bulkUpdate, over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CALLS, ROWS = 100, 1000
TICKS = os.sysconf("SC_CLK_TCK")


def batch(call: int) -> bytes:
    fields = {"plan": "free", "seats": 3, "trial": True, "score": 1.5, "started": "2023-06-11 10:20:30 +00:00", "company": "x"}
    users = [{"email": f"u{call}-{row}@example.com", "dataFields": {**fields, "namespace_id": row}} for row in range(ROWS)]
    return json.dumps({"users": users}).encode()


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def send(address: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(address, timeout=60)
    for body in bodies:
        connection.request("POST", "/api/users/bulkUpdate", body, {"Api-Key": "key"})
        answer = json.loads(connection.getresponse().read())
        if answer["successCount"] != ROWS:
            raise SystemExit(f"refused: {answer}")
    connection.close()


@dataclass(frozen=True)
class Pace:
    """Profiles a second."""

    wall: float
    processor: float
    """By the sandbox's own processor time: what one core to itself would do."""


def measure() -> dict[str, Pace]:
    """New profiles made, then the same ones updated."""
    bodies = [batch(call) for call in range(CALLS)]
    command = [sys.executable, "manage.py", "iterable_sandbox", "--port", "0", "--rate-limit-scale", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        address = urlsplit(sandbox.stdout.readline().split()[-1]).netloc
        paces = {name: _pace(sandbox.pid, address, bodies) for name in ("made", "updated")}
        sandbox.terminate()
    return paces


def _pace(pid: int, address: str, bodies: list[bytes]) -> Pace:
    started, used = time.perf_counter(), processor_seconds(pid)
    send(address, bodies)
    profiles = CALLS * ROWS
    return Pace(profiles / (time.perf_counter() - started), profiles / (processor_seconds(pid) - used))


def main() -> None:
    for name, pace in measure().items():
        print(f"{name}: {pace.wall:,.0f} a second, {pace.processor:,.0f} a second of one processor")


if __name__ == "__main__":
    main()
