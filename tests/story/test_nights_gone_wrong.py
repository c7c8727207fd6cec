"""Nights on which Iterable is not as the last one left it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine

from contacts.listing import list_everybody
from iterable_admin.outbox.draining import drain
from iterable_admin.sandbox import RunningSandbox
from tests.conftest import JsonClient
from tests.sync.conftest import Fill, fill, namespace, person
from tests.sync.iterable import HEADERS, profile, put_profile, run_and_deliver

__all__ = ["fill"]

pytestmark = pytest.mark.django_db(transaction=True)

ADA, REFUSED = "ada@example.com", "ada@corp.local"
NIGHT = datetime(2026, 4, 2, 2, 15, tzinfo=UTC)


def test_somebody_deleted_in_iterable_since_last_night_is_not_created_by_the_sync(
    fill: Fill,
    sandbox: RunningSandbox,
) -> None:
    with time_machine.travel(NIGHT) as clock:
        put_profile(sandbox, ADA)
        fill(person(ADA))
        run_and_deliver()
        requests.delete(f"{sandbox.url}/api/users/{ADA}", headers=HEADERS, timeout=5).raise_for_status()
        clock.shift(timedelta(days=1))
        assert list_everybody().state == "completed"
        fill(person(ADA, namespaces=[namespace(8)]))
        run = run_and_deliver()
        assert profile(sandbox, ADA) is None
        assert run.skipped_reasons == {"not_in_iterable": 1}


def test_an_address_that_iterable_refuses_fails_every_night_and_leaves_no_run_under_way(
    fill: Fill,
    sandbox: RunningSandbox,
    api: JsonClient,
) -> None:
    with time_machine.travel(NIGHT) as clock:
        for _ in range(3):
            fill(person(REFUSED))
            run_and_deliver()
            clock.shift(timedelta(days=1))
            drain(linger=timedelta(0))
        runs = api.get("/api/v1/sync-runs/").json()["results"]
        assert [(run["state"], run["failed"]) for run in runs] == [("with_errors", 1)] * 3
