from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.sync.models import SyncAlert, SyncTrigger
from contacts.sync.seed import seed_sync
from iterable_admin.audit.models import Dri, OperatorAction

pytestmark = pytest.mark.django_db

LIST = "/admin/sync/synctrigger/"


@pytest.fixture
def firing() -> SyncTrigger:
    seed_sync()
    trigger = SyncTrigger.objects.get(definition__slug="namespace-information", kind="failed")
    SyncAlert.objects.create(trigger=trigger, sentence="Run 7 failed: the file is gone.", fired_at=timezone.now())
    return trigger


def page(name: str, trigger: SyncTrigger) -> str:
    return reverse(f"admin:sync_synctrigger_{name}", args=[trigger.pk])


def test_the_list_says_what_fires_and_who_acts(technical: Client, firing: SyncTrigger) -> None:
    Dri.objects.filter(role=Dri.Role.TECHNICAL_OWNER).update(name="Tess")
    text = technical.get(LIST).content.decode()
    assert "Run 7 failed: the file is gone. The technical owner acts next." in text
    assert text.count("> fires</span>") == 1


def test_a_mute_is_asked_for_with_hours_and_a_reason(technical: Client, firing: SyncTrigger) -> None:
    technical.post(page("mute", firing), {"hours": "3", "reason": "We know"})
    firing.refresh_from_db()
    assert firing.muted_until is not None
    assert timedelta(hours=2) < firing.muted_until - timezone.now() <= timedelta(hours=3)
    assert OperatorAction.objects.get().reason == "We know"
    assert "fires, muted until" in technical.get(LIST).content.decode()
    assert "Unmute …" in technical.get(page("change", firing)).content.decode()


def test_an_unmute_lets_it_be_told_again(technical: Client, firing: SyncTrigger) -> None:
    technical.post(page("mute", firing), {"hours": "3", "reason": "We know"})
    technical.post(page("unmute", firing), {"reason": "Mended"})
    firing.refresh_from_db()
    assert (firing.muted_until, firing.note) == (None, "")


def test_a_webhook_in_the_clear_is_refused_and_nothing_changes(technical: Client, firing: SyncTrigger) -> None:
    form = {"enabled": "on", "level": "critical", "threshold": "0", "recipients": "", "reason": "Chat"}
    inline = {"alerts-TOTAL_FORMS": "0", "alerts-INITIAL_FORMS": "0"}
    answer = technical.post(page("change", firing), form | inline | {"webhook_url": "http://chat.example.com/hook"})
    assert "Write https://…; http is for this machine alone." in answer.content.decode()
    firing.refresh_from_db()
    assert (firing.webhook_url, OperatorAction.objects.count()) == ("", 0)


def test_muting_is_for_the_technical_owner(campaigns: Client, firing: SyncTrigger) -> None:
    assert campaigns.get(LIST).status_code == 403
    assert campaigns.post(page("mute", firing), {"hours": "3", "reason": "x"}).status_code == 403
    firing.refresh_from_db()
    assert firing.muted_until is None
