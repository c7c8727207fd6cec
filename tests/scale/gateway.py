"""`python -m tests.scale.gateway`: how long users/bulkUpdate with a thousand people takes, through gunicorn and PostgreSQL."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests

from tests.scale.trials import trial
from tests.scale.yard import yard

PEOPLE = 1_000
CALLS = 60
FIRST = 5


def measure(folder: Path, calls: int = CALLS) -> list[float]:
    """Milliseconds of each answer, in their order: one caller, a thousand new people each time."""
    with yard(folder) as field:
        field.manage("migrate", "--verbosity", "0")
        field.manage("seed")
        token = field.manage("create_token", "bench", "--scope", "events:write").strip()
        url = field.serve("web", "iterable_admin.wsgi") + "/iterable/api/users/bulkUpdate"
        with requests.Session() as session:
            session.headers["Api-Key"] = token
            return [answered_in(session, url, number) for number in range(calls + FIRST)][FIRST:]


def answered_in(session: requests.Session, url: str, number: int) -> float:
    users = [trial(number * PEOPLE + place) for place in range(PEOPLE)]
    body = {"users": [{"email": user["email"], "dataFields": user["dataFields"]} for user in users]}
    began = time.monotonic()
    answer = session.post(url, json=body, timeout=60)
    elapsed = time.monotonic() - began
    assert (answer.status_code, answer.json()["successCount"]) == (200, PEOPLE), answer.text[:500]
    return elapsed * 1000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        answers = measure(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
    cuts = statistics.quantiles(answers, n=20)
    print(f"{len(answers)} calls of {PEOPLE:,} users: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, most {max(answers):.0f} ms")


if __name__ == "__main__":
    main()
