"""Excuse a finding for a while, or accept for good the change it tells of. An exception ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from iterable_admin.errors import Permanent
from journeys.lint.models import LintException, LintFinding, Notification
from journeys.lint.notifying import Told, tell

State = LintFinding.State


@transaction.atomic
def make_exception(
    finding: LintFinding, *, reason: str, owner: str, by: str, expires_at: datetime, whole_type: bool = False
) -> LintException:
    """Of this finding alone, or (`whole_type`) of all of its code on the same message type: the allow-list."""
    now = timezone.now()
    if expires_at <= now:
        raise Permanent("An exception ends in the future.")
    if not (reason.strip() and owner.strip()):
        raise Permanent("An exception has a reason and an owner.")
    if whole_type and not finding.message_type:
        raise Permanent("This finding is about no message type.")
    row = LintException(
        code=finding.code,
        reason=reason,
        owner=owner,
        by=by,
        created_at=now,
        expires_at=expires_at,
        subject_name=finding.subject_name,
    )
    _aim(row, finding, whole_type)
    row.save()
    for open_one in LintFinding.objects.select_for_update().filter(code=finding.code, state=State.OPEN):
        if row.covers(open_one):
            LintFinding.objects.filter(pk=open_one.pk).update(state=State.EXCEPTED)
    return row


def _aim(row: LintException, finding: LintFinding, whole_type: bool) -> None:
    if whole_type and finding.message_type:
        row.subject_kind, row.subject_id = LintFinding.Subject.MESSAGE_TYPE, str(finding.message_type.pk)
        row.subject_name = finding.message_type.name
    else:
        row.fingerprint, row.subject_kind, row.subject_id = finding.fingerprint, finding.subject_kind, finding.subject_id


@transaction.atomic
def end_exceptions(rows: Iterable[LintException], *, by: str = "") -> int:
    """Take them back, or (without `by`) let them expire: what they excused is open again, and told."""
    now = timezone.now()
    ended = list(LintException.objects.select_for_update().filter(pk__in=[row.pk for row in rows], ended_at=None))
    LintException.objects.filter(pk__in=[row.pk for row in ended]).update(ended_at=now, ended_by=by)
    told: list[Told] = []
    rest = list(LintException.objects.filter(ended_at=None, expires_at__gt=now))
    excepted = LintFinding.objects.select_for_update().filter(state=State.EXCEPTED, code__in={row.code for row in ended})
    for finding in excepted:
        if not any(row.covers(finding) for row in rest):
            finding.state, finding.exposed_told = State.OPEN, finding.exposed or 0
            finding.save(update_fields=["state", "exposed_told"])
            told.append((finding, Notification.Change.REOPENED))
    tell(told, now)
    return len(ended)


def expire_exceptions() -> int:
    return end_exceptions(LintException.objects.filter(ended_at=None, expires_at__lte=timezone.now()))


@transaction.atomic
def accept(findings: Iterable[LintFinding]) -> int:
    """The change it tells of is as it should be. A later change of the same subject is found anew."""
    now = timezone.now()
    return LintFinding.objects.filter(pk__in=[row.pk for row in findings], state__in=LintFinding.STANDING).update(
        state=State.RESOLVED, resolved_at=now, accepted_at=now
    )
