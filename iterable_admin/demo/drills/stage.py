"""The processes of a drill: a sandbox of its own, a web server and a worker, on a database of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from contacts.consent.learning import learn_ids
from iterable_admin.demo.calling_source import demo_token
from iterable_admin.demo.drills.faults import Faults
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.waiting import Say
from iterable_admin.demo.environment import RATE_LIMIT_SCALE, Folder, demo_environment
from iterable_admin.demo.processes import MANAGE, Troupe, wait_until_answers
from iterable_admin.demo.stage import patiently, prepare_database
from iterable_admin.demo.upstream import Upstream
from iterable_admin.errors import Problem
from iterable_admin.outbox.connection import is_loopback

# Short waits: a drill is about what happens, not about how long one waits for it.
BRISK = {
    "ITERABLE_TIMEOUT_SECONDS": "2",
    "DELIVERY_LEASE_SECONDS": "8",
    "EVENT_LEASE_SECONDS": "3",
    "DELIVERY_MAX_ATTEMPTS": "12",
    "DELIVERY_RETRY_SCALE": "0.05",
    # All that would be logged in production is searched for secrets.
    "LOG_LEVEL": "INFO",
}


def drill_environment(folder: Folder, iterable_url: str, database_url: str) -> dict[str, str]:
    """`database_url`: "" for an SQLite file in the folder."""
    environment = demo_environment(folder, iterable_url, own_sandbox=True) | BRISK
    return environment | ({"DATABASE_URL": database_url} if database_url else {})


def refuse_other_than_own() -> None:
    """Problem unless the Iterable is on this machine and the database has nothing in it."""
    if not is_loopback(settings.ITERABLE_BASE_URL):
        raise Problem(f"ITERABLE_BASE_URL is {settings.ITERABLE_BASE_URL}: drills are for a sandbox on this machine only.")
    tables = connection.introspection.table_names()
    if tables:
        raise Problem(f"The database has {len(tables)} tables: a drill wants an empty one, and never one that is in use.")


def set_stage(folder: Folder, players: Troupe, sandbox_port: int, web_port: int, say: Say) -> Ground:
    say("Starting the sandbox …")
    arguments = ["--port", str(sandbox_port), "--rate-limit-scale", RATE_LIMIT_SCALE, "--api-key", settings.ITERABLE_API_KEY]
    players.start("sandbox", MANAGE, "iterable_sandbox", *arguments)
    prepare_database(say)
    url = f"http://127.0.0.1:{web_port}"
    say("Starting web server and worker …")
    players.start("web", "-m", "gunicorn", "iterable_admin.wsgi", "--bind", f"127.0.0.1:{web_port}", "--workers", "1")
    wait_until_answers(f"{settings.ITERABLE_BASE_URL}/", players, "sandbox")
    patiently(learn_ids)
    players.start("worker", MANAGE, "qcluster")
    wait_until_answers(f"{url}/healthz", players, "web")
    return Ground(players, Upstream(url, demo_token(folder, say)), Faults(settings.ITERABLE_BASE_URL), folder.logs, say)
