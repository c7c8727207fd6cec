from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from iterable_admin.outbox.models import SendingSwitch
from iterable_admin.waking.models import WakeUp
from iterable_admin.waking.waking import begin, finish
from tests.factories import AttemptFactory, DeliveryFactory, EventFactory, SyncRunFactory

LONG_AGO = timezone.now() - timedelta(hours=2)


@pytest.fixture
def worker(db: None) -> None:
    """A cluster that has just finished with both pipes."""
    for pipe in ("inbox", "outbox"):
        begin(pipe)
        finish(pipe)


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    return response.status_code, json.loads(response.content)


def faults(client: Client) -> dict[str, str]:
    status, body = ask(client)
    assert status == 503
    return {name: said for name, said in body["checks"].items() if said != "ok"}


def metric(client: Client, line: str) -> str:
    page = client.get("/metrics").content.decode()
    found = re.search(rf"^{re.escape(line)} (\S+)$", page, re.MULTILINE)
    assert found, page
    return found.group(1)


def test_a_process_is_alive_without_asking_the_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def test_an_installation_that_works_is_ready(client: Client, worker: None) -> None:
    status, body = ask(client)

    assert status == 200
    assert body["status"] == "ready"
    assert set(body["checks"].values()) == {"ok"}
    assert body["progress"]["oldest_event_due_seconds"] is None


@pytest.mark.django_db
def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    assert faults(client) == {
        "worker": "No worker has finished with the inbox so far. Start or restart it: python manage.py qcluster"
    }


def test_a_worker_that_went_silent_is_missed(client: Client, worker: None) -> None:
    WakeUp.objects.filter(name="outbox").update(finished_at=LONG_AGO)

    assert list(faults(client)) == ["worker"]


def test_an_event_that_stays_due_is_told(client: Client, worker: None) -> None:
    EventFactory.create(received_at=timezone.now() - timedelta(minutes=120))

    assert faults(client)["progress"].startswith("The oldest event has been due for 120 minutes")


def test_a_backlog_that_moves_is_no_fault(client: Client, worker: None) -> None:
    DeliveryFactory.create(created_at=LONG_AGO)
    DeliveryFactory.create(state="delivered", ended_at=timezone.now())

    status, body = ask(client)

    assert status == 200
    assert body["progress"]["oldest_delivery_due_seconds"] > 7_000


def test_a_backlog_that_stands_still_is_told(client: Client, worker: None) -> None:
    DeliveryFactory.create(created_at=LONG_AGO)
    DeliveryFactory.create(state="delivered", ended_at=LONG_AGO)

    assert list(faults(client)) == ["progress"]


def test_what_waits_for_its_next_try_or_behind_a_colleague_is_not_due(client: Client, worker: None) -> None:
    waiting = DeliveryFactory.create(created_at=LONG_AGO, state="waiting", next_attempt_at=timezone.now() + timedelta(hours=1))
    DeliveryFactory.create(created_at=LONG_AGO, email=waiting.email)

    assert ask(client)[0] == 200


def test_what_the_switch_holds_back_is_not_due(client: Client, worker: None) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"mode": "paused"})
    DeliveryFactory.create(created_at=LONG_AGO)

    assert ask(client)[0] == 200


def test_a_refused_key_is_told(client: Client, worker: None) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"halted_at": LONG_AGO, "halted_because": "401 Invalid API key"})

    assert faults(client)["sending"].startswith("Sending is halted: 401 Invalid API key")


def test_a_migration_that_is_missing_ends_the_questions(client: Client, worker: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'journeys'")

    status, body = ask(client)

    assert status == 503
    assert list(body["checks"]) == ["database", "migrations"]
    assert body["progress"] is None


def test_metrics_count_rows_by_state(client: Client, worker: None) -> None:
    EventFactory.create(state="needs_you")
    DeliveryFactory.create_batch(2, state="delivered", ended_at=timezone.now())
    AttemptFactory.create()
    AttemptFactory.create(status=None)
    SyncRunFactory.create(finished_at=timezone.now(), delivered=3)

    assert metric(client, 'iterable_admin_events{state="needs_you"}') == "1.0"
    assert metric(client, 'iterable_admin_events{state="received"}') == "0.0"
    assert metric(client, 'iterable_admin_deliveries{state="delivered"}') == "2.0"
    assert metric(client, 'iterable_admin_attempts_last_hour{endpoint="/api/users/bulkUpdate",status="2xx"}') == "1.0"
    assert metric(client, 'iterable_admin_attempts_last_hour{endpoint="/api/users/bulkUpdate",status="no answer"}') == "1.0"
    assert metric(client, 'iterable_admin_sync_rows{outcome="delivered"}') == "3.0"
    assert metric(client, "iterable_admin_sync_ok") == "1.0"
    assert metric(client, "iterable_admin_sending_halted") == "0.0"


@pytest.mark.django_db
def test_metrics_are_read_with_their_token_only(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "0123456789abcdef"

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer 0123456789abcdef"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_is_posted_here(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
