from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from contacts.sync.alerting.muting import mute, unmute
from contacts.sync.alerting.watching import watch
from contacts.sync.models import SyncAlert, SyncDefinition, SyncNotice, SyncTrigger
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.audit.seed import seed_dris
from iterable_admin.errors import Permanent
from tests.sync.alerting.conftest import ended, look_and_tell

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_overdue_sync_is_told_once_and_its_recovery_once(definition: SyncDefinition, clock: Any) -> None:
    run = ended(definition, "completed", read=1)
    clock.shift(timedelta(hours=26))
    assert look_and_tell() == []
    clock.shift(timedelta(minutes=1))
    assert look_and_tell() == ["[Iterable Admin] Critical: Namespace information: no run finished for 26 hours"]
    first = mail.outbox[0].body.splitlines()[0]
    assert first == (
        f"No run of Namespace information has finished for 26 hours: the last one ended at 2026-11-01 03:00 UTC ({run}). "
        "Since 2026-11-02 05:01 UTC. The technical owner acts next."
    )
    assert look_and_tell() == []
    ended(definition, "completed", read=1)
    assert look_and_tell() == ["[Iterable Admin] Over: Namespace information: no run finished for 26 hours"]
    assert look_and_tell() == []
    assert SyncAlert.objects.get().recovered_at == timezone.now()


@pytest.mark.parametrize(
    ("state", "values", "kind"),
    [
        ("failed", {"error": "The file is gone."}, "failed"),
        ("stopped", {"stop_code": "credentials", "error": "Renew them."}, "failed"),
        ("stopped", {"stop_code": "guard", "error": "20 of 20 people changed."}, "stopped"),
        ("with_errors", {"read": 100, "failed": 2}, "failed_rows"),
    ],
)
def test_what_went_wrong_fires_the_trigger_of_its_kind(
    definition: SyncDefinition, state: str, values: dict[str, Any], kind: str
) -> None:
    run = ended(definition, state, **values)
    assert watch() == 1
    alert = SyncAlert.objects.get()
    assert alert.trigger.kind == kind
    assert str(run) in alert.sentence.lower()


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ("with_errors", {"read": 100, "failed": 1}),
        ("stopped", {"stop_code": "cancelled"}),
        ("stopped", {"stop_code": "guard", "decision": "discarded"}),
        ("failed", {"dry_run": True}),
        ("failed", {"only_email": "ada@example.com"}),
    ],
)
def test_what_is_expected_or_decided_fires_nothing(definition: SyncDefinition, state: str, values: dict[str, Any]) -> None:
    ended(definition, "completed", read=1)
    ended(definition, state, **values)
    assert watch() == 0
    assert not SyncAlert.objects.exists()


def test_another_definition_and_one_that_is_off_say_nothing(definition: SyncDefinition) -> None:
    ended(SyncDefinition.objects.get(slug="first-namespace-details"), "failed")
    assert look_and_tell() == []
    ended(definition, "failed")
    SyncDefinition.objects.update(enabled=False)
    assert look_and_tell() == []


def test_a_muted_trigger_is_shown_and_told_when_the_mute_ends(definition: SyncDefinition, clock: Any) -> None:
    trigger = definition.triggers.get(kind="failed")
    tess = User.objects.create_user("tess")
    mute(trigger, timezone.now() + timedelta(hours=2), tess, "We know")
    ended(definition, "failed", error="Gone.")
    assert look_and_tell() == []
    assert SyncAlert.objects.count() == 1
    clock.shift(timedelta(hours=2, minutes=1))
    assert look_and_tell() == [f"[Iterable Admin] Critical: {trigger}"]
    assert OperatorAction.objects.get().verb == "mute"


def test_what_recovers_while_it_is_muted_is_never_told(definition: SyncDefinition) -> None:
    trigger = definition.triggers.get(kind="failed")
    tess = User.objects.create_user("tess")
    mute(trigger, timezone.now() + timedelta(hours=2), tess, "We know")
    ended(definition, "failed")
    watch()
    ended(definition, "completed", read=1)
    watch()
    unmute(trigger, tess, "Done")
    assert look_and_tell() == []
    assert not SyncNotice.objects.exists()


def test_no_mute_without_a_note_or_into_the_past(definition: SyncDefinition) -> None:
    trigger, tess = definition.triggers.get(kind="failed"), User.objects.create_user("tess")
    with pytest.raises(Permanent, match="Say why"):
        mute(trigger, timezone.now() + timedelta(hours=2), tess, " ")
    with pytest.raises(Permanent, match="muted_until is past"):
        mute(trigger, timezone.now(), tess, "Why not")
    assert (SyncTrigger.objects.exclude(muted_until=None).count(), OperatorAction.objects.count()) == (0, 0)


def test_while_the_role_is_vacant_the_next_owner_is_told_and_told_why(definition: SyncDefinition) -> None:
    seed_dris()
    Dri.objects.filter(role="technical_owner").update(name="", email="")
    Dri.objects.filter(role="business_owner").update(name="Amy", email="amy@example.com")
    ended(definition, "failed", error="Gone.")
    look_and_tell()
    assert mail.outbox[0].to == ["amy@example.com"]
    assert mail.outbox[0].body.endswith("You get this because the role of the Technical owner is vacant.")


def test_a_trigger_may_have_recipients_of_its_own(definition: SyncDefinition) -> None:
    definition.triggers.update(recipients="a@example.com\nb@example.com")
    ended(definition, "failed")
    look_and_tell()
    assert mail.outbox[0].to == ["a@example.com", "b@example.com"]


def test_a_mail_server_that_is_down_loses_nothing(definition: SyncDefinition, clock: Any, settings: Any) -> None:
    up, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ended(definition, "failed", error="Gone.")
    assert look_and_tell() == []
    assert SyncNotice.objects.get().state == "waiting"
    settings.EMAIL_BACKEND = up
    clock.shift(timedelta(minutes=2))
    assert len(look_and_tell()) == 1
    assert (SyncNotice.objects.get().state, SyncNotice.objects.get().attempts) == ("delivered", 2)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[int], list[dict[str, Any]]]]:
    """Its address, the statuses it answers with in turn, and what it was told."""
    answers, told = [500, 200], list[dict[str, Any]]()

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Not to the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", answers, told
        server.shutdown()


def test_a_webhook_that_refuses_is_told_the_same_again(
    definition: SyncDefinition, clock: Any, receiver: tuple[str, list[int], list[dict[str, Any]]]
) -> None:
    definition.triggers.update(webhook_url=receiver[0])
    ended(definition, "failed", error="Gone.")
    look_and_tell()
    clock.shift(timedelta(minutes=2))
    look_and_tell()
    first, second = receiver[2]
    assert first == second
    assert SyncNotice.objects.values_list("state", "attempts", "error").get(way="webhook") == ("delivered", 2, "")


def test_a_webhook_gets_the_body_that_is_documented(
    definition: SyncDefinition, receiver: tuple[str, list[int], list[dict[str, Any]]], settings: Any
) -> None:
    settings.PUBLIC_URL = "https://iterable-admin.example.com/"
    definition.triggers.update(webhook_url=receiver[0])
    run = ended(definition, "failed", error="The file is gone.")
    look_and_tell()
    assert receiver[2] == [
        {
            "id": f"sync-notice-{SyncNotice.objects.get(way='webhook').pk}",
            "change": "fired",
            "level": "critical",
            "kind": "failed",
            "definition": "namespace-information",
            "text": f"Run {run.pk} of Namespace information failed: The file is gone.",
            "who_acts_next": "The technical owner",
            "fired_at": "2026-11-01T03:00:00+00:00",
            "recovered_at": None,
            "url": f"https://iterable-admin.example.com/admin/sync/syncrun/{run.pk}/change/",
        }
    ]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_two_workers_at_once_open_one_alert(definition: SyncDefinition) -> None:
    ended(definition, "failed", error="Gone.")

    def work(_: int) -> int:
        try:
            return watch()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(2))) == [1, 1]
    assert (SyncAlert.objects.count(), SyncNotice.objects.count()) == (1, 1)
