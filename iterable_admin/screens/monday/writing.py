"""Write the mails of a week: a row for each role that somebody holds, once, whoever else writes at the same time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from iterable_admin.audit.models import Dri
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.monday.wording import letter
from iterable_admin.waking.waking import wake_after_commit

TASK = "iterable_admin.screens.monday.sending.send_mails"
WAKE_UP = "monday mails"


def write_weekly() -> None:
    """For the schedule."""
    if settings.MONDAY_MAIL_CRON:
        write_mails()


@transaction.atomic
def write_mails() -> list[MondayMail]:
    """Those that were not written yet. The database refuses a second one of the same role and week."""
    week = monday(timezone.now())
    there = set(MondayMail.objects.filter(week=week, asked_by=None).values_list("role", flat=True))
    rows = [written(dri.role) for dri in reachable() if dri.role not in there]
    MondayMail.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake_after_commit(WAKE_UP, TASK)
    return rows


@transaction.atomic
def write_to(user: User, role: str) -> MondayMail:
    """The same, as it would be now, to somebody who asked for it."""
    row = written(role, user)
    row.save()
    wake_after_commit(WAKE_UP, TASK)
    return row


def written(role: str, asked_by: User | None = None) -> MondayMail:
    now = timezone.now()
    told = letter(role)
    return MondayMail(
        role=role,
        week=monday(now),
        asked_by=asked_by,
        way=MondayMail.Way.EMAIL,
        subject=told.subject[:200],
        text=told.text(role),
        created_at=now,
    )


def reachable() -> list[Dri]:
    """Who holds a role and has an address."""
    return list(Dri.objects.exclude(name="").exclude(email=""))


def monday(moment: datetime) -> date:
    """Of its week, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
