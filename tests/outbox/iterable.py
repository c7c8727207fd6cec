"""The Iterable on loopback, from outside: its trouble, its people, its log."""

from __future__ import annotations

from typing import Any

import requests

from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox

KEY = {"Api-Key": "k"}


def faults(sandbox: RunningSandbox, **wanted: Any) -> None:
    requests.post(f"{sandbox.url}/sandbox/faults", json=wanted, timeout=5).raise_for_status()


def fail(sandbox: RunningSandbox, path: str, status: int, times: int = 1, *, applied: bool = False) -> None:
    faults(sandbox, fail_next=[{"path": path, "status": status, "times": times, "applied": applied}])


def ask(sandbox: RunningSandbox, path: str, **query: Any) -> Any:
    return requests.get(f"{sandbox.url}{path}", query, headers=KEY, timeout=5).json()


def user(sandbox: RunningSandbox, email: str) -> Any:
    return ask(sandbox, "/api/users/getByEmail", email=email)


def make_user(sandbox: RunningSandbox, email: str) -> None:
    body = {"email": email, "dataFields": {"madeBy": "hand"}}
    requests.post(f"{sandbox.url}/api/users/update", json=body, headers=KEY, timeout=5).raise_for_status()


def events(sandbox: RunningSandbox, email: str) -> Any:
    """Those of our own: Iterable adds its own, such as emailUnSubscribe."""
    return [event for event in ask(sandbox, f"/api/events/{email}")["events"] if event["eventType"] == "customEvent"]


def calls(sandbox: RunningSandbox) -> list[tuple[str, int]]:
    found = ask(sandbox, "/sandbox/calls.json", limit=1000)["calls"]
    return [(call["path"], call["status"]) for call in reversed(found)]


def calls_to(sandbox: RunningSandbox, path: str) -> list[int]:
    return [status for called, status in calls(sandbox) if called.startswith(path)]


def channel_id(sandbox: RunningSandbox) -> int:
    found = ask(sandbox, "/api/channels")["channels"]
    return next(int(channel["id"]) for channel in found if channel["name"] == "Marketing Channel")


def open_moments(sandbox: RunningSandbox, email: str, since: float = 0) -> list[dict[str, Any]]:
    """The states since then in which the Marketing Channel was open: the person could be mailed."""
    channel, found = channel_id(sandbox), ask(sandbox, "/sandbox/history.json", email=email)["history"]
    states = [state for state in found if state["at"] >= since and state["change"] != "deleted"]
    return [state for state in states if channel not in (state["unsubscribedChannelIds"] or [])]


def states() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("id").values_list("operation", "state", "reason_code"))
