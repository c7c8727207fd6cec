"""Alerts of the syncs: what fires is seen, muted with a reason by the technical owner, and told again by a button."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.sync.alerting.watching import watch
from contacts.sync.models import SyncAlert, SyncNotice, SyncTrigger
from contacts.sync.seed import NAMESPACE_INFORMATION
from iterable_admin.audit.models import OperatorAction
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def trigger(seeded: None) -> SyncTrigger:
    return SyncTrigger.objects.get(definition__slug=NAMESPACE_INFORMATION, kind="failed")


@pytest.fixture
def firing(trigger: SyncTrigger) -> SyncTrigger:
    SyncRunFactory.create(definition=trigger.definition, state="failed", finished_at=timezone.now(), error="Gone.")
    watch()
    return trigger


def post(client: Client, page: str, row: SyncTrigger, **data: Any) -> Any:
    return client.post(reverse(f"admin:sync_synctrigger_{page}", args=[row.pk]), {"reason": "We know", **data})


def text_of(client: Client, page: str, *args: Any) -> str:
    return " ".join(client.get(reverse(f"admin:{page}", args=args)).content.decode().split())


def form(**changes: Any) -> dict[str, Any]:
    inline = {"alerts-TOTAL_FORMS": 0, "alerts-INITIAL_FORMS": 0}
    return {"enabled": "on", "level": "warning", "recipients": "", "webhook_url": "", **inline, **changes}


def test_what_fires_says_why_and_who_acts_while_the_technical_owner_is_vacant(technical: Client, firing: SyncTrigger) -> None:
    page = text_of(technical, "sync_synctrigger_changelist")
    assert "failed: Gone. The business owner acts next." in page
    assert '<span aria-hidden="true">!</span> fires</span>' in page


def test_the_history_of_a_trigger_shows_what_was_told(technical: Client, firing: SyncTrigger) -> None:
    SyncNotice.objects.update(state="waiting", error="The mail server did not take it.")
    page = text_of(technical, "sync_synctrigger_change", firing.pk)
    assert "fired, by email:" in page
    assert "will be tried again</span> The mail server did not take it." in page


def test_a_mute_and_its_end_are_recorded_with_their_reasons(technical: Client, firing: SyncTrigger) -> None:
    assert "Mute …" in text_of(technical, "sync_synctrigger_change", firing.pk)
    post(technical, "mute", firing, hours=3)
    assert "fires, muted until" in text_of(technical, "sync_synctrigger_changelist")
    assert "by technical_owner: We know" in text_of(technical, "sync_synctrigger_change", firing.pk)
    post(technical, "unmute", firing, reason="Mended")
    assert SyncTrigger.objects.get(pk=firing.pk).muted_until is None
    assert list(OperatorAction.objects.order_by("pk").values_list("verb", "reason")) == [
        ("mute", "We know"),
        ("unmute", "Mended"),
    ]


def test_others_mute_nothing(campaigns: Client, business: Client, outsider: Client, trigger: SyncTrigger) -> None:
    for client in (campaigns, business, outsider):
        assert post(client, "mute", trigger, hours=3).status_code == 403
        assert post(client, "unmute", trigger).status_code == 403
        assert post(client, "change", trigger, **form()).status_code == 403
    trigger.refresh_from_db()
    assert (trigger.muted_until, trigger.level, OperatorAction.objects.count()) == (None, "critical", 0)


def test_a_mute_without_a_reason_or_of_no_hours_is_not_taken(technical: Client, trigger: SyncTrigger) -> None:
    post(technical, "mute", trigger, hours=3, reason="")
    post(technical, "mute", trigger, hours=0)
    trigger.refresh_from_db()
    assert (trigger.muted_until, OperatorAction.objects.count()) == (None, 0)


def test_a_trigger_is_changed_with_a_reason_and_its_webhook_stays_out_of_the_record(
    technical: Client, trigger: SyncTrigger
) -> None:
    post(technical, "change", trigger, **form(webhook_url="https://hooks.example.com/s3cr3t", recipients="a@example.com"))
    trigger.refresh_from_db()
    assert (trigger.level, trigger.recipients) == ("warning", "a@example.com")
    action = OperatorAction.objects.get()
    assert action.selection["fields"] == ["level", "recipients", "webhook_url"]
    assert "s3cr3t" not in str(OperatorAction.objects.values().get())


def test_an_address_that_is_none_is_refused_in_words(technical: Client, trigger: SyncTrigger) -> None:
    page = post(technical, "change", trigger, **form(recipients="a@example.com, b@example.com")).content.decode()
    assert "a@example.com, is no address" in page
    assert OperatorAction.objects.count() == 0


def test_what_is_yes_or_no_has_no_threshold_to_set(technical: Client, trigger: SyncTrigger) -> None:
    overdue = SyncTrigger.objects.get(definition=trigger.definition, kind="overdue")
    assert 'name="threshold"' not in text_of(technical, "sync_synctrigger_change", trigger.pk)
    assert 'name="threshold"' in text_of(technical, "sync_synctrigger_change", overdue.pk)


def test_a_notice_that_was_given_up_is_told_again(technical: Client, firing: SyncTrigger) -> None:
    SyncNotice.objects.update(state="needs_you", attempts=100, error="The mail server did not take it.")
    notice = SyncNotice.objects.get()
    url = reverse("admin:sync_syncnotice_changelist")
    technical.post(url, {"action": "tell_again", "_selected_action": notice.pk, "reason": "It is back", "shown": "1"})
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, OperatorAction.objects.get().reason) == ("ready", 0, "It is back")


def test_a_page_costs_the_same_whatever_its_history(technical: Client, firing: SyncTrigger) -> None:
    url = reverse("admin:sync_synctrigger_change", args=[firing.pk])
    technical.get(url)
    with CaptureQueriesContext(connection) as few:
        technical.get(url)
    for _ in range(5):
        over = SyncAlert.objects.create(trigger=firing, sentence="So.", fired_at=timezone.now(), recovered_at=timezone.now())
        SyncNotice.objects.create(alert=over, change="fired", way="email", created_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        technical.get(url)
    assert len(few) == len(many)
