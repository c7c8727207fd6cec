from __future__ import annotations

import pytest

from contacts.models import Contact, Membership, Namespace
from contacts.presence import note_presence
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.running import carry_out
from contacts.sync.starting import start_run, take
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from tests.sync.conftest import Fill, namespace, person

pytestmark = pytest.mark.django_db

ADA = address_key("ada@example.com")


def run_once(limit: int | None = None) -> SyncRun:
    run = start_run("command", limit=limit)
    take(run)
    return carry_out(run)


def test_a_changed_person_whom_iterable_has_is_stored_and_enqueued(fill: Fill) -> None:
    fill(person(namespaces=[namespace(9), namespace(7)]))
    note_presence([ADA], present=True, how="look_up")
    run = run_once()
    [delivery] = Delivery.objects.all()
    assert (delivery.operation, delivery.creates, delivery.cause) == ("profile", False, "sync")
    assert [item["NAMESPACE_ID"] for item in delivery.payload["dataFields"]["namespace_information"]] == [7, 9]
    assert (run.state, run.read, run.enqueued, run.error) == ("delivering", 1, 1, "")
    assert (Contact.objects.count(), Namespace.objects.count(), Membership.objects.count()) == (1, 2, 2)


def test_somebody_whose_presence_is_unknown_is_looked_up_first(fill: Fill) -> None:
    fill(person())
    run_once()
    assert list(Delivery.objects.order_by("id").values_list("operation", flat=True)) == ["look_up", "profile"]


def test_somebody_who_is_absent_is_skipped_and_nothing_is_sent(fill: Fill) -> None:
    fill(person())
    note_presence([ADA], present=False, how="look_up")
    run = run_once()
    [row] = SyncRow.objects.all()
    assert (row.state, row.reason_code) == ("skipped", "not_in_iterable")
    assert (run.state, run.skipped, run.skipped_reasons) == ("completed", 1, {"not_in_iterable": 1})
    assert not Delivery.objects.exists()
