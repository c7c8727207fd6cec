from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Presence
from contacts.presence import note_presence
from contacts.sync.gating import ABSENT, UNKNOWN, gate_sync
from iterable_admin.outbox.models import Delivery
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


def delivery(operation: str = "profile", cause: str = "sync") -> Delivery:
    return DeliveryFactory.create(operation=operation, cause=cause, creates=operation == "unsubscribe")


@pytest.mark.parametrize("operation", ["profile", "unsubscribe"])
def test_what_is_for_somebody_absent_is_skipped(operation: str) -> None:
    row = delivery(operation)
    note_presence([row.lane], present=False, how="look_up")
    assert gate_sync([row]) == {row.pk: ABSENT}


def test_what_is_for_somebody_present_passes() -> None:
    row = delivery()
    note_presence([row.lane], present=True, how="look_up")
    assert gate_sync([row]) == {}


def test_what_is_for_somebody_unknown_waits(settings: Any) -> None:
    update, opt_out = delivery(), delivery("unsubscribe")
    assert gate_sync([update, opt_out]) == {update.pk: UNKNOWN, opt_out.pk: UNKNOWN}
    settings.ITERABLE_UPDATE_ONLY = True
    assert gate_sync([update, opt_out]) == {opt_out.pk: UNKNOWN}


def test_a_row_that_waited_for_days_was_asked_about_in_its_time() -> None:
    row = delivery()
    note_presence([row.lane], present=True, how="look_up")
    row.created_at = timezone.now() - timedelta(days=5)
    Presence.objects.update(seen_at=row.created_at - timedelta(hours=35))
    assert gate_sync([row]) == {}
    Presence.objects.update(seen_at=row.created_at - timedelta(hours=37))
    assert gate_sync([row]) == {row.pk: UNKNOWN}


def test_look_ups_and_deliveries_of_others_are_none_of_its_business() -> None:
    assert gate_sync([delivery("look_up"), delivery(cause="event")]) == {}
