"""The Monday mail: once a week to each DRI, a row first, tried again until it is out, without anybody's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule

from contacts.consent.models import ForgottenElsewhere
from contacts.sync.models import SyncDefinition
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.checks import monday_mail
from iterable_admin.inbox.models import EventHour
from iterable_admin.schedules import ensure_schedules
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.monday.sending import send_mails
from iterable_admin.screens.monday.wording import letter
from iterable_admin.screens.monday.writing import write_mails, write_weekly
from journeys.lint.models import LintException, LintFinding
from journeys.models import Journey, JourneyVersion
from tests.admin.rows import make_delivery, make_event, make_run

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
PREVIEW = "admin:screens_mondaymail_preview"


@pytest.fixture
def held(seeded: None, settings: Any) -> None:
    """All three roles are held by somebody who can be written to."""
    settings.PUBLIC_URL = "https://admin.example.com/"
    for role in Dri.Role:
        Dri.objects.filter(role=role).update(name=role.label, email=f"{role}@example.com")


def leave(code: str, exposed: int | None = None, **values: Any) -> LintFinding:
    now = timezone.now()
    given = {"severity": "B", "subject_kind": "campaign", "subject_name": code, "sentence": "It is so.", **values}
    return LintFinding.objects.create(
        code=code, fingerprint=f"{code}:{exposed}", exposed=exposed, first_seen=now, last_seen=now, **given
    )


def text(role: str) -> str:
    return letter(role).text(role)


def test_each_dri_gets_one_mail_with_three_sentences_and_one_link(held: None) -> None:
    assert len(write_mails()) == 3
    assert send_mails() == 3
    assert sorted(message.to[0] for message in mail.outbox) == [f"{role}@example.com" for role in sorted(Dri.Role.values)]
    for message in mail.outbox:
        sentences, link, foot = str(message.body).split("\n\n")
        assert sentences.count(". ") == 2
        assert link.startswith("https://admin.example.com/admin/")
        assert foot.startswith("-- \nTo the ")
        assert message.subject.startswith("[Iterable Admin] Monday: ")


def test_a_week_has_one_mail_a_role_however_often_it_is_written(held: None) -> None:
    with time_machine.travel(MONDAY, tick=False):
        assert (len(write_mails()), len(write_mails())) == (3, 0)
    with time_machine.travel(MONDAY + timedelta(days=6), tick=False):
        assert write_mails() == []
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        assert len(write_mails()) == 3
    weeks = MondayMail.objects.filter(role="technical_owner").order_by("week").values_list("week", flat=True)
    assert [str(week) for week in weeks] == ["2026-11-02", "2026-11-09"]


def test_the_database_refuses_a_second_one_of_another_cluster(held: None) -> None:
    write_mails()
    row = MondayMail.objects.first()
    assert row
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    assert MondayMail.objects.count() == 3


def test_a_vacant_role_and_one_without_an_address_get_none(held: None) -> None:
    Dri.objects.filter(role="technical_owner").update(name="")
    Dri.objects.filter(role="business_owner").update(email="")
    assert [row.role for row in write_mails()] == ["campaigns_owner"]


def test_it_goes_to_whoever_holds_the_role_by_then(held: None) -> None:
    write_mails()
    Dri.objects.filter(role="business_owner").update(name="New", email="new@example.com")
    Dri.objects.filter(role="technical_owner").update(name="")
    assert send_mails() == 2
    assert "new@example.com" in [message.to[0] for message in mail.outbox]
    left = MondayMail.objects.get(role="technical_owner")
    assert (left.state, left.error) == ("waiting", "Nobody to write to: give the technical owner a name and an address.")


def test_a_mail_server_that_is_down_is_asked_again(held: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    write_mails()
    assert send_mails() == 0
    assert set(MondayMail.objects.values_list("state", "attempts")) == {("waiting", 1)}

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_mails() == 0
    MondayMail.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert send_mails() == 3
    assert send_mails() == 0


def test_a_mail_whose_sender_died_is_sent_by_another(held: None) -> None:
    write_mails()
    MondayMail.objects.update(state="sending", attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    assert send_mails() == 3


def test_it_comes_on_mondays_at_seven_unless_told_otherwise(held: None, settings: Any) -> None:
    Schedule.objects.all().delete()
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        schedule = next(row for row in ensure_schedules() if row.name == "Monday mail")
    assert schedule.next_run == MONDAY + timedelta(days=7)
    settings.MONDAY_MAIL_CRON = ""
    write_weekly()
    assert MondayMail.objects.count() == 0
    settings.MONDAY_MAIL_CRON = "0 7 * * 1"
    write_weekly()
    assert MondayMail.objects.count() == 3


@pytest.mark.parametrize("line", ["0 7 * *", "0 7 * * 1 0", "x 7 * * 1"])
def test_a_time_that_is_none_is_named(settings: Any, line: str) -> None:
    settings.MONDAY_MAIL_CRON = line
    (found,) = monday_mail()
    assert (found.id, line in found.msg) == ("iterable_admin.E050", True)


def test_the_business_owner_reads_of_exposure_and_decisions(held: None) -> None:
    assert text("business_owner").startswith("Nobody is exposed tonight as far as the lint sees, with no blocking finding open. ")
    leave("SUB01", 1_200, subject_name="Spring mail")
    leave("SUB02", 7)
    now = timezone.now()
    ForgottenElsewhere.objects.create(kind="email", iterable_hash="a" * 64, address_key="k", first_seen_at=now)
    SyncDefinition.objects.filter(slug="first-namespace-event").update(proposed_query="")
    make_run(SyncDefinition.objects.get(slug="namespace-information"), state="stopped", stop_code="guard")
    excepted = {"code": "SUB01", "subject_name": "x", "reason": "x", "owner": "y", "by": "z", "created_at": now}
    for days in (3, 10):
        LintException.objects.create(**excepted, expires_at=now + timedelta(days=days))
    told = letter("business_owner")
    assert told.figure == "1,200 people exposed tonight"
    assert told.sentences == (
        "Tonight Iterable would mail 1,200 people and should not, by the worst finding alone (SUB01 Spring mail).",
        "For somebody to decide: 1 plan of a sync, 1 person forgotten in Iterable alone, 1 exception that ends this week.",
        "Every opt-out is effective in Iterable.",
    )


def test_the_technical_owner_reads_of_failures_and_syncs(held: None) -> None:
    assert letter("technical_owner").sentences[:2] == ("Nothing failed.", "No sync ran this week.")
    for number in range(3):
        make_delivery(number, reason_code="gave_up")
    make_event(4, reason_code="our_bug")
    definition = SyncDefinition.objects.get(slug="namespace-information")
    for state in ("failed", "completed"):
        make_run(definition, state=state)
    told = letter("technical_owner")
    assert told.figure == "4 rows waiting for somebody"
    assert told.sentences[:2] == (
        "4 rows waiting for somebody, most of them 3 deliveries: gave up.",
        "Of 2 syncs this week 1 did not end well; the last one: completed.",
    )
    assert "no worker has taken up the inbox or the outbox" in told.sentences[2]


def test_the_campaigns_owner_reads_of_journeys_and_triggers(held: None) -> None:
    JourneyVersion.objects.all().delete()
    Journey.objects.all().delete()
    first, _ = (Journey.objects.create(name=name) for name in ("One", "Two"))
    for code, name in (("JRN03", "x"), ("JRN09", "SaaS Trials"), ("EVT01", "Free Registration")):
        evidence = {"trigger_event": name} if code == "JRN09" else {}
        leave(code, subject_name=name, evidence=evidence, journey=None if code == "EVT01" else first)
    EventHour.objects.create(hour=timezone.now(), counts={"done": 1_000, "rejected": 4}, counted_at=timezone.now())
    assert letter("campaigns_owner").sentences == (
        "1 of 2 journeys has open findings.",
        "2 triggers not seen as usual: Free Registration, SaaS Trials.",
        "1,004 events came in this week, 4 of them rejected.",
    )


def test_nobodys_address_leaves_by_mail(held: None) -> None:
    leave("SUB01", 5, subject_name="Test for ann@example.com")
    leave("EVT01", subject_name="Asked by bob@example.com")
    write_mails()
    send_mails()
    told = "".join(f"{message.subject}{message.body}" for message in mail.outbox)
    assert "Test for" in told
    assert "Asked by" in told
    assert "ann@example.com" not in told
    assert "bob@example.com" not in told


def test_the_command_sends_what_was_not_sent_and_a_dry_run_nothing(held: None) -> None:
    Dri.objects.filter(role="technical_owner").update(name="")
    out = StringIO()
    call_command("monday_mail", "--dry-run", stdout=out)
    assert (MondayMail.objects.count(), len(mail.outbox)) == (0, 0)
    assert "Technical owner: skipped, the role is vacant or has no address." in out.getvalue()
    assert "Business owner: Monday: 0 people exposed tonight" in out.getvalue()
    out = StringIO()
    call_command("monday_mail", stdout=out)
    assert out.getvalue().endswith("2 written, 2 sent.\n")


def test_the_preview_shows_all_three_and_who_gets_none(seeded: None, technical: Client, campaigns: Client) -> None:
    told = technical.get(reverse(PREVIEW)).content.decode()
    assert "! Vacant: nobody gets it. The business owner names somebody." in told
    assert "! Amy Waller has no address here: nobody gets it." in told
    assert told.count("Send it to me …") == 3
    assert campaigns.get(reverse(PREVIEW)).status_code == 403


def test_somebody_has_one_sent_to_themselves_after_being_asked(held: None, people: Any, business: Client) -> None:
    url = reverse("admin:screens_mondaymail_to_me", args=["technical_owner"])
    assert "1 mail goes to the address of your own account" in business.get(url).content.decode()
    business.post(url, {"reason": "Curious"})
    assert (MondayMail.objects.count(), OperatorAction.objects.count()) == (0, 0)
    people.business_owner.email = "me@example.com"
    people.business_owner.save()
    business.post(url, {"reason": "Curious"})
    assert send_mails() == 1
    assert [message.to for message in mail.outbox] == [["me@example.com"]]
    assert OperatorAction.objects.values_list("verb", "count", "reason").get() == ("send_monday_mail", 1, "Curious")
    assert len(write_mails()) == 3


def test_nobody_else_has_one_sent(held: None, campaigns: Client, technical: Client) -> None:
    url = reverse("admin:screens_mondaymail_to_me", args=["technical_owner"])
    assert campaigns.post(url, {"reason": "x"}).status_code == 403
    assert technical.get(reverse("admin:screens_mondaymail_to_me", args=["nobody"])).status_code == 404
    assert (MondayMail.objects.count(), OperatorAction.objects.count()) == (0, 0)


def test_one_that_waits_for_somebody_is_retried(held: None, technical: Client, business: Client) -> None:
    write_mails()
    MondayMail.objects.update(state="needs_you", attempts=100, error="The mail server did not take it.")
    row = MondayMail.objects.get(role="business_owner")
    posted = {"action": "send_again", "_selected_action": row.pk, "reason": "Mended", "shown": "1"}
    url = reverse("admin:screens_mondaymail_changelist")
    business.post(url, posted)
    assert not MondayMail.objects.filter(state="ready").exists()
    technical.post(url, posted)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("ready", 0)
