"""The database lets go of its connections in the middle of a run, as it does where it is restarted."""

from __future__ import annotations

import pytest
from django.db import connection

from contacts.sync import running
from contacts.sync.comparing import Compared
from contacts.sync.models import SyncRun
from contacts.sync.staging.stage import Stage
from contacts.sync.writing import write_batch
from iterable_admin.sandbox import RunningSandbox
from tests.sync.conftest import Fill, person
from tests.sync.iterable import profile, put_profile, run_and_deliver, run_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server"),
]
ADA = "ada@example.com"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
OWN = "SELECT pg_terminate_backend(pg_backend_pid())"


def break_connections(run: SyncRun, stage: Stage, compared: Compared) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        cursor.execute(OWN)


def test_the_run_closes_itself_with_the_reason_and_the_next_one_does_what_is_left(
    fill: Fill, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, is_pql=True))
    monkeypatch.setattr(running, "write_batch", break_connections)
    broken = run_once()
    assert (broken.state, broken.rows.count()) == ("failed", 0)
    gone = "The database ended a statement or went away: terminating connection due to administrator command. "
    assert broken.error.startswith(gone)
    monkeypatch.setattr(running, "write_batch", write_batch)
    assert run_and_deliver().delivered == 1
    assert (profile(sandbox, ADA) or {})["namespace_information"]
