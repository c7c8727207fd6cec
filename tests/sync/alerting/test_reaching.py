"""Whom a notice reaches, and that one which cannot be delivered holds back no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import timezone

from contacts.sync.alerting.telling import send_notices
from contacts.sync.alerting.watching import watch
from contacts.sync.models import SyncDefinition, SyncNotice
from iterable_admin.audit.models import Dri
from tests.sync.alerting.conftest import ended, look_and_tell

pytestmark = pytest.mark.django_db(transaction=True)


def first_line() -> str:
    return str(mail.outbox[0].body).splitlines()[0]


def test_who_stands_in_for_a_vacant_role_is_who_acts_next(definition: SyncDefinition) -> None:
    Dri.objects.update(name="", email="")
    Dri.objects.create(role="business_owner", name="Amy", email="amy@example.com")
    ended(definition, "failed", error="Gone.")
    look_and_tell()
    assert mail.outbox[0].to == ["amy@example.com"]
    assert first_line().endswith("The business owner acts next.")
    assert str(mail.outbox[0].body).endswith("You get this because the role of the Technical owner is vacant.")


def test_an_owner_of_whom_no_address_is_known_is_not_called_vacant(definition: SyncDefinition) -> None:
    Dri.objects.update(email="")
    Dri.objects.create(role="business_owner", name="Amy", email="amy@example.com")
    ended(definition, "failed", error="Gone.")
    look_and_tell()
    assert first_line().endswith("The technical owner acts next.")
    assert str(mail.outbox[0].body).endswith("You get this because no address of the Technical owner, Tess, is known.")


def test_where_no_owner_can_be_reached_those_of_notify_emails_are(definition: SyncDefinition, settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["ops@example.com"]
    Dri.objects.update(name="", email="")
    ended(definition, "failed", error="Gone.")
    look_and_tell()
    assert mail.outbox[0].to == ["ops@example.com"]


def test_with_nobody_to_write_to_the_notice_waits_and_says_the_mend(definition: SyncDefinition, clock: Any) -> None:
    Dri.objects.update(name="", email="")
    ended(definition, "failed", error="Gone.")
    assert look_and_tell() == []
    waiting = SyncNotice.objects.get()
    assert (waiting.state, waiting.error[:20]) == ("waiting", "Nobody to write to: ")
    Dri.objects.update(name="Tess", email="tess@example.com")
    clock.shift(timedelta(minutes=2))
    assert len(look_and_tell()) == 1


def test_an_address_that_no_mail_can_bear_holds_back_no_other(definition: SyncDefinition) -> None:
    definition.triggers.filter(kind="failed").update(recipients="böse@exämple..com")
    ended(definition, "completed", read=10, failed=5)
    ended(definition, "failed", error="Gone.")
    watch()
    send_notices()
    assert sorted(SyncNotice.objects.values_list("alert__trigger__kind", "state")) == [
        ("failed", "waiting"),
        ("failed_rows", "delivered"),
    ]


def test_what_a_killed_worker_had_begun_is_told_by_another_once_its_lease_is_over(definition: SyncDefinition, clock: Any) -> None:
    ended(definition, "failed", error="Gone.")
    watch()
    SyncNotice.objects.update(state="sending", attempts=1, lease_until=timezone.now() + timedelta(minutes=5))
    assert send_notices() == 0
    clock.shift(timedelta(minutes=6))
    assert send_notices() == 1
    assert SyncNotice.objects.values_list("state", "attempts").get() == ("delivered", 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipients", "a@example.com, b@example.com"),
        ("recipients", "a@example.com\nb@example"),
        ("webhook_url", "http://hooks.example.com/T1"),
        ("webhook_url", "ftp://127.0.0.1/T1"),
        ("webhook_url", "https://"),
        ("webhook_url", "http://[::1"),
        ("threshold", 0),
    ],
)
def test_what_could_never_be_told_is_refused_when_it_is_set(definition: SyncDefinition, field: str, value: object) -> None:
    trigger = definition.triggers.get(kind="overdue")
    setattr(trigger, field, value)
    with pytest.raises(ValidationError) as refusal:
        trigger.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_several_addresses_and_a_webhook_on_this_machine_are_taken(definition: SyncDefinition) -> None:
    trigger = definition.triggers.get(kind="overdue")
    trigger.recipients, trigger.webhook_url = "a@example.com\nb@example.com", "http://127.0.0.1:9/hook"
    trigger.full_clean()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_two_workers_at_once_tell_each_notice_once(definition: SyncDefinition) -> None:
    ended(definition, "completed", read=10, failed=5)
    ended(definition, "failed", error="Gone.")
    watch()

    def work(_: int) -> int:
        try:
            return send_notices()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 2
    assert (len(mail.outbox), set(SyncNotice.objects.values_list("state", "attempts"))) == (2, {("delivered", 1)})
