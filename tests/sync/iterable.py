"""What the sandbox holds, asked over its public endpoints, and the steps of a run as tests take them."""

from __future__ import annotations

from typing import Any

import requests

from contacts.sync.models import SyncRun
from contacts.sync.running import carry_out
from contacts.sync.starting import Wish, start_run, take
from iterable_admin.outbox.draining import drain
from iterable_admin.sandbox import RunningSandbox

HEADERS = {"Api-Key": "0123456789abcdef0123456789abcdef"}


def run_once(wish: Wish | None = None) -> SyncRun:
    run = start_run("command", wish=wish)
    take(run)
    return carry_out(run)


def run_and_deliver(wish: Wish | None = None) -> SyncRun:
    run = run_once(wish)
    drain()
    run.refresh_from_db()
    return run


def put_profile(sandbox: RunningSandbox, *emails: str, **fields: Any) -> None:
    for email in emails:
        body = {"email": email, "dataFields": {"firstName": "Ada"} | fields}
        requests.post(f"{sandbox.url}/api/users/update", json=body, headers=HEADERS, timeout=5).raise_for_status()


def profile(sandbox: RunningSandbox, email: str) -> dict[str, Any] | None:
    answer = requests.get(f"{sandbox.url}/api/users/getByEmail", {"email": email}, headers=HEADERS, timeout=5).json()
    fields: dict[str, Any] | None = answer.get("user", {}).get("dataFields")
    return fields


def writes(sandbox: RunningSandbox, email: str) -> list[str]:
    """Paths of the calls that changed this person, oldest first."""
    calls = requests.get(f"{sandbox.url}/sandbox/calls.json", {"email": email}, timeout=5).json()["calls"]
    return [call["path"] for call in reversed(calls) if call["method"] != "GET"]


def fail(sandbox: RunningSandbox, **faults: Any) -> None:
    requests.post(f"{sandbox.url}/sandbox/faults", json=faults, timeout=5).raise_for_status()
