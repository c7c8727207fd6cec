from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.learning import learn_ids
from contacts.consent.models import AddressReport, ObservedProfile, SubscriptionChange
from contacts.consent.observing import Sighting, observe
from contacts.intake.models import Reconciliation
from contacts.intake.reconciling import UnderWay, begin, carry_out, reconcile
from contacts.intake.reconciling_tasks import carry_out_queued, reconcile_nightly
from iterable_admin.addresses import address_key
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.switching import halt
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from iterable_admin.sandbox.project import catalog
from tests.conftest import People

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"
KEY = address_key(ANN)
# At which the sandbox's clock stands.
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def ask(iterable: RunningSandbox, path: str, body: Any) -> None:
    assert requests.post(iterable.url + path, json=body, headers={"Api-Key": "0" * 32}, timeout=5).ok


@pytest.fixture
def iterable(settings: Any, seeded: None) -> Iterator[RunningSandbox]:
    """With Ann, who left the Marketing Channel and bounced, of which no webhook told."""
    with running_sandbox(clock="frozen") as running:
        settings.ITERABLE_BASE_URL, settings.ITERABLE_API_KEY = running.url, "0" * 32
        settings.ITERABLE_RATE_LIMIT_SCALE = 10_000
        learn_ids()
        ask(running, "/api/users/update", {"email": ANN, "dataFields": {"firstName": "Ann"}})
        ask(running, "/sandbox/webhooks", {"eventName": "emailUnSubscribe", "email": ANN})
        ask(running, "/sandbox/webhooks", {"eventName": "emailBounce", "email": ANN, "recipientState": "SoftBounce"})
        yield running


@pytest.fixture
def before(db: None) -> Reconciliation:
    """One that ended just before it."""
    return ended(NEW_YEAR - timedelta(hours=1))


def ended(until: datetime, state: str = "completed", **columns: Any) -> Reconciliation:
    times = {"since": until - timedelta(days=1), "until": until, "started_at": until, "heartbeat_at": until, "ended_at": until}
    return Reconciliation.objects.create(trigger="schedule", state=state, **times | columns)


def test_what_webhooks_lost_is_found(before: Reconciliation, iterable: RunningSandbox) -> None:
    row = reconcile("command")
    assert (row.state, row.error, row.since) == ("completed", "", before.until - timedelta(minutes=5))
    assert {kind: (counts["read"], counts["new"]) for kind, counts in row.drift.items()} == {
        "emailUnSubscribe": (1, 1),
        "emailBounce": (1, 1),
        "user": (1, 0),
    }
    process_all()
    assert SubscriptionChange.objects.values_list("address_key", "target_key", "verdict").first() == (
        KEY,
        str(catalog.MARKETING_CHANNEL),
        "effective",
    )
    assert AddressReport.objects.get().kind == "soft_bounce"
    seen = ObservedProfile.objects.get(address_key=KEY)
    assert (seen.source, seen.unsubscribed_channel_ids, seen.observed_at) == ("export", [catalog.MARKETING_CHANNEL], row.until)


def test_what_webhooks_told_is_not_told_again(before: Reconciliation, iterable: RunningSandbox, api: Any) -> None:
    with iterable.state.lock:
        [profile] = iterable.state.people.everybody.values()
        fields = next(event for event in profile.system_events if event["eventType"] == "emailUnSubscribe")
    body = {"eventName": "emailUnSubscribe", "email": ANN, "dataFields": fields}
    assert api.post("/api/v1/webhooks/iterable/", body).status_code == 202
    row = reconcile("command")
    assert (row.drift["emailUnSubscribe"]["read"], row.drift["emailUnSubscribe"]["new"]) == (1, 0)
    assert Event.objects.filter(name="emailUnSubscribe").count() == 1


def test_the_second_time_nothing_is_new(before: Reconciliation, iterable: RunningSandbox) -> None:
    reconcile("command")
    Reconciliation.objects.exclude(pk=before.pk).update(until=before.until)
    row = reconcile("command")
    assert (row.found, row.read) == (0, 3)
    assert Event.objects.count() == 2


def test_a_change_of_somebody_seen_before_is_drift(before: Reconciliation, iterable: RunningSandbox) -> None:
    observe([Sighting(KEY, NEW_YEAR, "look_up", True, [], [], [], [])])
    assert reconcile("command").drift["user"] == {"read": 1, "new": 1, "unreadable": 0}


def test_there_is_one_at_a_time(iterable: RunningSandbox) -> None:
    begin("command")
    with pytest.raises(UnderWay, match="under way"):
        begin("command")
    reconcile_nightly()
    assert Reconciliation.objects.count() == 1


def test_one_that_stopped_goes_on_behind_what_it_read(before: Reconciliation, iterable: RunningSandbox) -> None:
    stopped = ended(
        timezone.now(), "failed", since=before.until, error="No answer.", progress={"emailUnSubscribe": {"done": True}}
    )
    row = reconcile("command")
    assert (row.pk, row.state, row.error) == (stopped.pk, "completed", "")
    assert set(row.drift) == {"emailBounce", "user"}


def test_an_old_one_is_begun_anew_from_where_the_last_good_one_ended(before: Reconciliation, iterable: RunningSandbox) -> None:
    ended(timezone.now() - timedelta(days=1), "failed")
    assert begin("command").since == before.until - timedelta(minutes=5)


def test_one_whose_process_fell_silent_is_closed_and_gone_on_with(iterable: RunningSandbox) -> None:
    dead = begin("schedule")
    Reconciliation.objects.update(process="elsewhere:1", heartbeat_at=timezone.now() - timedelta(hours=1))
    assert begin("command").pk == dead.pk
    dead.refresh_from_db()
    assert (dead.state, dead.process) == ("running", "")


def test_what_goes_wrong_is_written_on_it(iterable: RunningSandbox) -> None:
    halt("The key was refused.")
    begun = begin("command")
    halted = carry_out(begun)
    # While halted one call a minute tests the key: the halt has just been noted, so none does.
    assert (halted.state, halted.ended_at is not None) == ("failed", True)
    assert "while sending is halted" in halted.error
    assert not Event.objects.exists()


def test_a_queued_one_is_carried_out_once(before: Reconciliation, iterable: RunningSandbox) -> None:
    begun = begin("operator")
    carry_out_queued(begun.pk)
    carry_out_queued(begun.pk)
    begun.refresh_from_db()
    assert (begun.state, begun.read) == ("completed", 3)


def test_the_command_says_what_it_found(before: Reconciliation, iterable: RunningSandbox, capsys: Any) -> None:
    call_command("reconcile")
    printed = capsys.readouterr().out
    assert "emailUnSubscribe: 1 read, 1 of them new" in printed
    assert "2 of 3 were not told by webhooks." in printed


def test_the_technical_owner_starts_one_with_a_reason(people: People, client: Client) -> None:
    client.force_login(people.technical_owner)
    page = reverse("admin:intake_reconciliation_run_now")
    assert "Reconcile now" in client.get(page).content.decode()
    client.post(page, {"reason": "A webhook was switched off."})
    assert (Reconciliation.objects.get().trigger, OperatorAction.objects.get().verb) == ("operator", "run now")
    client.force_login(people.business_owner)
    assert client.post(page, {"reason": "Mine too."}).status_code == 403
    assert Reconciliation.objects.count() == 1
