"""What is a change of state and what is none: mutes, cancelled runs, switched-off definitions, two changes in a row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from django.utils import timezone

from contacts.sync.alerting.muting import mute, unmute
from contacts.sync.alerting.watching import watch
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncAlert, SyncDefinition, SyncNotice, SyncRow
from tests.factories import SyncRowFactory
from tests.sync.alerting.conftest import ended, look_and_tell

pytestmark = pytest.mark.django_db(transaction=True)

FIRES = "[Iterable Admin] Critical: Namespace information: the latest run failed, or its credentials were refused"
OVER = "[Iterable Admin] Over: Namespace information: the latest run failed, or its credentials were refused"


def muted_for_two_hours(definition: SyncDefinition) -> User:
    tess = User.objects.create_user("tess")
    mute(definition.triggers.get(kind="failed"), timezone.now() + timedelta(hours=2), tess, "We know")
    return tess


def no_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def a_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_the_end_of_what_was_told_is_held_back_by_a_mute_and_told_after_it(definition: SyncDefinition, clock: Any) -> None:
    ended(definition, "failed")
    assert look_and_tell() == [FIRES]
    muted_for_two_hours(definition)
    ended(definition, "completed", read=1)
    assert look_and_tell() == []
    clock.shift(timedelta(hours=2, minutes=1))
    assert look_and_tell() == [OVER]
    assert look_and_tell() == []


def test_what_was_over_and_is_so_again_within_a_mute_is_no_change_but_the_new_one(definition: SyncDefinition) -> None:
    ended(definition, "failed")
    look_and_tell()
    tess = muted_for_two_hours(definition)
    ended(definition, "completed", read=1)
    watch()
    ended(definition, "failed")
    watch()
    unmute(definition.triggers.get(kind="failed"), tess, "Back")
    assert look_and_tell() == [FIRES]


def test_a_mail_that_waits_for_its_next_try_does_not_go_out_in_a_mute(
    definition: SyncDefinition, clock: Any, settings: Any
) -> None:
    no_mail_server(settings)
    ended(definition, "failed")
    look_and_tell()
    a_mail_server(settings)
    muted_for_two_hours(definition)
    clock.shift(timedelta(hours=1))
    assert look_and_tell() == []
    clock.shift(timedelta(hours=1, minutes=1))
    assert look_and_tell() == [FIRES]


def test_the_end_is_never_told_before_the_beginning(definition: SyncDefinition, clock: Any, settings: Any) -> None:
    no_mail_server(settings)
    ended(definition, "failed")
    look_and_tell()
    a_mail_server(settings)
    ended(definition, "completed", read=1)
    assert look_and_tell() == []
    clock.shift(timedelta(minutes=2))
    assert look_and_tell() == [FIRES, OVER]


def test_a_run_that_a_person_cancelled_proves_no_recovery(definition: SyncDefinition) -> None:
    ended(definition, "failed")
    look_and_tell()
    ended(definition, "stopped", stop_code="cancelled")
    assert look_and_tell() == []
    assert SyncAlert.objects.get().recovered_at is None


def test_a_definition_that_was_off_has_its_hours_to_finish_a_run(definition: SyncDefinition, clock: Any) -> None:
    ended(definition, "completed", read=1)
    SyncDefinition.objects.update(enabled=False)
    clock.shift(timedelta(days=9))
    watch()
    SyncDefinition.objects.filter(pk=definition.pk).update(enabled=True)
    assert look_and_tell() == []
    clock.shift(timedelta(hours=26, minutes=1))
    assert look_and_tell() == ["[Iterable Admin] Critical: Namespace information: no run finished for 26 hours"]


def test_the_last_run_to_finish_counts_also_where_a_later_one_was_quicker(definition: SyncDefinition, clock: Any) -> None:
    slow, quick = ended(definition, "completed", read=1), ended(definition, "completed", read=1)
    clock.shift(timedelta(hours=3))
    slow.finished_at = timezone.now()
    slow.save()
    clock.shift(timedelta(hours=25))
    assert (quick.pk > slow.pk, watch()) == (True, 0)


def test_an_address_or_a_key_in_an_error_is_told_to_nobody(definition: SyncDefinition) -> None:
    ended(definition, "failed", error="Refused ann@example.com with api_key=0123456789abcdef.")
    look_and_tell()
    told = [SyncAlert.objects.get().sentence, str(mail.outbox[0].body)]
    assert all("a…@e….com" in text and "ann@example.com" not in text and "0123456789" not in text for text in told)


def test_a_trigger_that_is_off_says_nothing(definition: SyncDefinition) -> None:
    definition.triggers.filter(kind="failed").update(enabled=False)
    ended(definition, "failed")
    assert look_and_tell() == []
    assert not SyncNotice.objects.exists()


def test_a_run_of_last_night_counts_as_finished_while_its_rows_are_sent_again(definition: SyncDefinition, clock: Any) -> None:
    ended(definition, "failed")
    clock.shift(timedelta(hours=24))
    ended(definition, "delivering", read=1)
    clock.shift(timedelta(hours=25))
    assert watch() == 0


def test_failed_rows_are_no_better_before_they_have_arrived(definition: SyncDefinition) -> None:
    ended(definition, "completed", read=10)
    row = SyncRowFactory.create(run=ended(definition, "with_errors", read=10, failed=1), state="failed")
    assert len(look_and_tell()) == 1
    turn(row, "enqueued")
    assert look_and_tell() == []
    turn(row, "delivered")
    assert [subject.split(":")[0] for subject in look_and_tell()] == ["[Iterable Admin] Over"]


@transaction.atomic
def turn(row: SyncRow, state: str) -> None:
    SyncRow.objects.filter(pk=row.pk).update(state=state)
    recount_runs([row.run_id])
