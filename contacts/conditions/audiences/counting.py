"""Each night every saved audience is counted, and who came or went since the count before is kept with the reason."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from contacts.conditions.audiences.explaining import explain
from contacts.conditions.models import AudienceCount, AudienceStay, SavedAudience
from contacts.conditions.moments import in_utc
from contacts.conditions.sql import compiled, people
from contacts.conditions.tree import Condition
from iterable_admin.errors import Problem

logger = logging.getLogger(__name__)
STAYS_KEPT = timedelta(days=90)
"""After somebody left: as far back as two days can be compared."""
COUNTS_KEPT = timedelta(days=800)
"""Two years and a bit, so that a year can be laid beside the one before."""
INSERT = """INSERT INTO conditions_audiencestay (audience_id, contact_id, entered_on, entered_part, entered_cause, entered_key,
    left_part, left_cause, left_key) SELECT %s, c.id, %s, '', '', '', '', '', '' FROM contacts_contact c WHERE c.email <> ''
    AND {text} AND NOT EXISTS (SELECT 1 FROM conditions_audiencestay s WHERE s.audience_id = %s AND s.contact_id = c.id
    AND s.left_on IS NULL)"""


def count_nightly() -> int:
    """How many were counted. One that cannot be read any more is left out, and its page says why."""
    forget(timezone.now())
    counted = 0
    for audience in SavedAudience.objects.filter(active=True):
        try:
            count_audience(audience, timezone.now())
        except Problem:
            logger.warning("The audience %s was not counted.", audience.pk, exc_info=True)
            continue
        counted += 1
    return counted


def count_audience(audience: SavedAudience, now: datetime) -> AudienceCount:
    """May be repeated on one day: the later count of it stays."""
    day = in_utc(now).date()
    with transaction.atomic():
        locked = SavedAudience.objects.select_for_update().get(pk=audience.pk)
        condition = locked.read()
        _move(locked, condition, now, day)
        row = _store(locked, day, now)
    explain(row, condition)
    return row


def _move(audience: SavedAudience, condition: Condition, now: datetime, day: date) -> None:
    """Who left and came back within the day has not left; who came and left within it was never there."""
    stays, inside = audience.stays, people(condition, now).values("pk")
    blank = {"left_on": None, "left_part": "", "left_cause": "", "left_key": ""}
    stays.filter(left_on=day, entered_on__lt=day, contact__in=inside).update(**blank)
    stays.filter(left_on=None).exclude(contact__in=inside).update(left_on=day)
    stays.filter(entered_on=day, left_on=day).delete()
    text, parameters = compiled(condition, now)
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(text=text), (audience.pk, day, *parameters, audience.pk))


def _store(audience: SavedAudience, day: date, now: datetime) -> AudienceCount:
    stays = audience.stays
    told = {
        "people": stays.filter(left_on=None).count(),
        "entered": stays.filter(entered_on=day).count(),
        "gone": stays.filter(left_on=day).count(),
        "condition": audience.condition,
        "counted_at": now,
    }
    return AudienceCount.objects.update_or_create(audience=audience, day=day, defaults=told)[0]


def forget(now: datetime) -> None:
    today = in_utc(now).date()
    AudienceStay.objects.filter(left_on__lt=today - STAYS_KEPT).delete()
    AudienceCount.objects.filter(day__lt=today - COUNTS_KEPT).delete()
