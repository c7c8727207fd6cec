"""`python -m tests.scale.profiles`: profiles a second that one sandbox process takes through bulkUpdate, over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
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


def main() -> None:
    bodies = [batch(call) for call in range(CALLS)]
    command = [sys.executable, "manage.py", "iterable_sandbox", "--port", "0", "--rate-limit-scale", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        address = urlsplit(sandbox.stdout.readline().split()[-1]).netloc
        for name in ("made", "updated"):
            started, used = time.perf_counter(), processor_seconds(sandbox.pid)
            send(address, bodies)
            wall, used = time.perf_counter() - started, processor_seconds(sandbox.pid) - used
            print(f"{name}: {CALLS * ROWS / wall:,.0f} a second, {CALLS * ROWS / used:,.0f} a second of one processor")
        sandbox.terminate()


if __name__ == "__main__":
    main()
