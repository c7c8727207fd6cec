"""Start the processes, send what upstream systems send, run a sync, and say where to look."""

from __future__ import annotations

import os
from collections.abc import Callable

from django.conf import settings

from contacts.consent.learning import learn_ids
from iterable_admin.demo import smoke
from iterable_admin.demo.calling_source import demo_token
from iterable_admin.demo.environment import Folder
from iterable_admin.demo.processes import MANAGE, Troupe, wait_until_answers
from iterable_admin.demo.stage import (
    LOGINS,
    PASSWORD,
    demo_client,
    fill_iterable,
    patiently,
    prepare_database,
    prepare_warehouse,
)
from iterable_admin.demo.story import play
from iterable_admin.demo.upstream import Upstream

Say = Callable[[str], None]


def perform(folder: Folder, players: Troupe, port: int, people: int, say: Say) -> None:
    upstream = _set_stage(folder, players, port, people, say)
    play(upstream, demo_client(), say)
    _start_sync(upstream, say)
    say(_where_to_look(upstream, folder))


def perform_smoke(folder: Folder, players: Troupe, port: int, people: int, say: Say) -> int:
    """0 if Iterable holds what was sent."""
    upstream = _set_stage(folder, players, port, people, say)
    expected = play(upstream, demo_client(), say)
    _start_sync(upstream, say)
    smoke.wait_until_done(say)
    # Accepted is not applied: once a profile that is written now can be read, those before it can be read as well.
    smoke.measure_delay(demo_client(), say)
    say("Comparing what Iterable now holds with what was sent …")
    report = smoke.compare(expected, demo_client())
    delivered = smoke.delivered_events(upstream.ids)
    agreed = not report.differences and upstream.sent == upstream.accepted == delivered
    say("Everything agrees." if agreed else "NOT EVERYTHING AGREES.")
    counts = [f"events sent: {upstream.sent:,}", f"events accepted: {upstream.accepted:,}", f"events delivered: {delivered:,}"]
    differences = [f"DIFFERS {difference}" for difference in report.differences]
    say("\n" + "\n".join([*differences, *counts, *report.lines]))
    return 0 if agreed else 1


def _set_stage(folder: Folder, players: Troupe, port: int, people: int, say: Say) -> Upstream:
    prepare_database(say)
    prepare_warehouse(folder, people, say)
    fill_iterable(folder, people, demo_client(), say)
    patiently(learn_ids)
    _start_workers(players, say)
    url = f"http://127.0.0.1:{port}"
    say("Starting the web server …")
    players.start("web", "-m", "gunicorn", "iterable_admin.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2")
    wait_until_answers(f"{url}/healthz", players, "web")
    return Upstream(url, demo_token(folder, say))


def _start_workers(players: Troupe, say: Say) -> None:
    say("Starting the workers …")
    settle = os.environ.get("ITERABLE_SETTLE_SECONDS")
    if settle is None:
        settle = f"{smoke.measure_delay(demo_client(), say):.1f}"
    told = {"ITERABLE_SETTLE_SECONDS": settle}
    players.start("worker", MANAGE, "qcluster", environment=told)
    players.start("sync", MANAGE, "qcluster", environment={**told, "Q_CLUSTER_NAME": "sync"})


def _start_sync(upstream: Upstream, say: Say) -> None:
    say("Starting a sync of the warehouse …")
    upstream.start_sync()


def _where_to_look(upstream: Upstream, folder: Folder) -> str:
    logins = "\n".join(f"  {name:<10} {PASSWORD}   ({group})" for name, group in LOGINS.items())
    curl = (
        f"curl -X POST {upstream.url}/api/v1/events/saas-trial/ -H 'Authorization: Bearer {upstream.token}' \\\n"
        """  -H 'Content-Type: application/json' -d '{"email": "ada@example.com", "firstName": "Ada", "state": "OR"}'"""
    )
    return (
        f"\nDashboard: {upstream.url}/admin/\nSandbox:   {settings.ITERABLE_BASE_URL}/\nLogs:      {folder.logs}/\n\n"
        f"Logins:\n{logins}\n\nA trial event:\n{curl}\n\nCtrl-C ends everything."
    )
