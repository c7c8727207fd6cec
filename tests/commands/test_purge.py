from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from contacts.consent.models import SubscriptionChange
from contacts.sync.models import SyncRow, SyncRun, SyncState
from iterable_admin import purging
from iterable_admin.inbox.models import Event, RefusedCall, SignedMessage
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from tests.factories import (
    AttemptFactory,
    DeliveryFactory,
    EventFactory,
    SourceFactory,
    SubscriptionChangeFactory,
    SyncDefinitionFactory,
    SyncRowFactory,
    SyncRunFactory,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
WEEK_OLD, MONTH_OLD, YEAR_OLD = (NOW - timedelta(days=days) for days in (8, 31, 366))
UNSETTLED_EVENTS = sorted(set(Event.State.values) - set(Event.ENDED))
UNSETTLED_DELIVERIES = sorted(set(Delivery.State.values) - set(Delivery.ENDED))


def purged() -> dict[str, int]:
    return {name: number for name, number in purging.purge() if number}


def ended_event(**fields: object) -> Event:
    return EventFactory.create(**{"state": "done", "received_at": YEAR_OLD, "ended_at": YEAR_OLD, "raw_body": "", **fields})


def test_excerpts_are_blanked_after_a_week_and_the_attempt_stays() -> None:
    old = AttemptFactory.create(started_at=WEEK_OLD, excerpt="refused: a@example.com")
    young = AttemptFactory.create(excerpt="refused: b@example.com")

    assert purged() == {"excerpts of answers blanked": 1}
    assert list(Attempt.objects.order_by("pk").values_list("pk", "excerpt")) == [(old.pk, ""), (young.pk, young.excerpt)]


def test_raw_bodies_of_ended_events_are_blanked_after_a_month() -> None:
    for state in Event.State.values:
        EventFactory.create(state=state, received_at=MONTH_OLD, ended_at=MONTH_OLD, raw_body="body")

    assert purged() == {"raw bodies blanked": 3}
    assert set(Event.objects.filter(raw_body="").values_list("state", flat=True)) == set(Event.ENDED)


def test_ended_events_are_deleted_after_half_a_year() -> None:
    for state in Event.ENDED:
        ended_event(state=state)
    ended_event(state="rejected", ended_at=None)

    assert purged() == {"events deleted": 4}


@pytest.mark.parametrize("state", UNSETTLED_EVENTS)
def test_an_event_that_is_not_settled_is_never_deleted(state: str) -> None:
    ended_event(state=state, ended_at=None, raw_body="body")

    assert purged() == {}


def test_an_event_stays_while_its_key_catches_repeats() -> None:
    live = ended_event(dedup_key="live", received_at=NOW - timedelta(days=100), ended_at=YEAR_OLD)
    ended_event(dedup_key="expired")

    assert purged() == {"events deleted": 1}
    assert Event.objects.get() == live


def test_an_event_stays_while_a_delivery_of_it_is_not_settled() -> None:
    kept, gone = ended_event(), ended_event()
    DeliveryFactory.create(state="needs_you", cause_id=str(kept.uuid), created_at=YEAR_OLD)
    DeliveryFactory.create(state="delivered", cause_id=str(gone.uuid), created_at=YEAR_OLD)

    assert purged() == {"events deleted": 1}
    assert Event.objects.get() == kept


@pytest.mark.parametrize("state", UNSETTLED_DELIVERIES)
def test_a_delivery_that_is_not_settled_is_never_deleted(state: str) -> None:
    DeliveryFactory.create(state=state, created_at=YEAR_OLD, ended_at=YEAR_OLD)

    assert purged() == {}


def test_ended_deliveries_go_with_their_attempts() -> None:
    attempt = AttemptFactory.create(started_at=YEAR_OLD)
    delivery = DeliveryFactory.create(state="delivered", ended_at=YEAR_OLD, last_attempt=attempt)
    RefusedRow.objects.create(attempt=attempt, delivery=delivery, outcome="busy")

    assert purged() == {"deliveries deleted": 1, "attempts deleted": 1}
    assert not RefusedRow.objects.exists()


def test_an_attempt_stays_while_a_delivery_tells_of_it() -> None:
    attempt = AttemptFactory.create(started_at=YEAR_OLD)
    delivery = DeliveryFactory.create(state="needs_you", created_at=YEAR_OLD)
    RefusedRow.objects.create(attempt=attempt, delivery=delivery, outcome="busy")

    assert purged() == {}


def test_the_rows_of_a_run_go_together_and_the_run_stays() -> None:
    over = SyncRunFactory.create(finished_at=MONTH_OLD)
    for state in ("delivered", "skipped", "failed"):
        SyncRowFactory.create(run=over, state=state)
    SyncRowFactory.create(run__finished_at=NOW, state="delivered")

    assert purged() == {"sync rows deleted": 3}
    assert SyncRun.objects.count() == 2


def test_no_row_of_a_run_goes_while_one_is_under_way() -> None:
    run = SyncRunFactory.create(state="interrupted", finished_at=MONTH_OLD)
    SyncRowFactory.create(run=run, state="delivered")
    SyncRowFactory.create(run=run, state="enqueued")
    SyncRowFactory.create(run__state="delivering", run__started_at=MONTH_OLD, state="delivered")

    assert purged() == {}
    assert SyncRow.objects.count() == 3


def test_ledger_and_sync_state_stay_for_ever() -> None:
    SubscriptionChangeFactory.create(occurred_at=YEAR_OLD, received_at=YEAR_OLD)
    SyncState.objects.create(
        definition=SyncDefinitionFactory.create(), address_key="a", fingerprint="f", accepted={}, accepted_at=YEAR_OLD
    )

    assert purged() == {}
    assert (SubscriptionChange.objects.count(), SyncState.objects.count()) == (1, 1)


def test_refused_calls_and_ids_of_signed_ones_go_in_their_time() -> None:
    source, now = SourceFactory.create(), timezone.now()
    for days, why in ((181, "forged"), (179, "expired")):
        at = now - timedelta(days=days)
        RefusedCall.objects.create(source=source, day=at.date(), why=why, endpoint="POST x", first_at=at, last_at=at)
    for days in (8, 6):
        at = now - timedelta(days=days)
        SignedMessage.objects.create(source=source, digest=str(days), content="x", signed_at=1, received_at=at)
    list(purging.purge())
    assert list(RefusedCall.objects.values_list("why", flat=True)) == ["expired"]
    assert list(SignedMessage.objects.values_list("digest", flat=True)) == ["6"]


def test_results_that_django_q_left_behind_are_deleted() -> None:
    for stopped in (WEEK_OLD, NOW):
        Task.objects.create(id=uuid.uuid4().hex, name="sweep", func="f", started=stopped, stopped=stopped, success=False)

    assert purged() == {"Django-Q results deleted": 1}


def test_a_purge_of_several_batches_takes_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for _ in range(5):
        ended_event()

    assert purged() == {"events deleted": 5}


def test_a_dry_run_counts_and_changes_nothing() -> None:
    ended_event()
    out = StringIO()

    call_command("purge", dry_run=True, stdout=out)

    assert "        1  events deleted" in out.getvalue()
    assert Event.objects.count() == 1
    call_command("purge", stdout=out)
    assert not Event.objects.exists()


def test_a_mended_body_is_blanked_with_the_one_that_came() -> None:
    EventFactory.create(state="done", received_at=MONTH_OLD, ended_at=NOW, raw_body="", mended_body="body")

    assert purged() == {"raw bodies blanked": 1}
    assert Event.objects.get().mended_body == ""
