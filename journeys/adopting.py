"""A journey that was described before Iterable had it becomes Iterable's: two rows of one journey become one.

The mirror knows nothing of the description and makes a row of its own. The described row takes over what Iterable says, and the
mirrored row goes, unless somebody began to keep something on it: that is theirs to move.
"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.recording import record
from journeys.lint.models import LintException, LintFinding
from journeys.models import Journey

HELD = ("purpose", "business_owner", "technical_owner", "campaigns_owner", "review_due", "suppression_list_ids", "notes")
KEPT = {"id", "name", "url", "folder_id", "version", *HELD}
THEIRS = tuple(field.attname for field in Journey._meta.concrete_fields if field.attname not in KEPT)
OF_JOURNEY = LintFinding.Subject.JOURNEY


def known_as(workflow_id: int, but: Journey) -> Journey | None:
    """The other row of this journey, locked: nothing of ours is hung on it until the transaction ends."""
    return Journey.objects.select_for_update().filter(workflow_id=workflow_id).exclude(pk=but.pk).first()


def held_on(mirrored: Journey) -> list[str]:
    """What of ours hangs on it, in words; nothing: it is Iterable's alone."""
    found = [name.replace("_", " ") for name in HELD if getattr(mirrored, name)]
    parts = {
        "versions": mirrored.versions.exists(),
        "rehearsals": mirrored.rehearsals.exists(),
        "lint exceptions": _exceptions(mirrored),
    }
    return found + [name for name, there in parts.items() if there]


def _exceptions(mirrored: Journey) -> bool:
    """Those that hold: one that ended excuses nothing any more."""
    own = Q(subject_kind=OF_JOURNEY, subject_id=str(mirrored.pk))
    return LintException.objects.filter(own | Q(fingerprint__in=mirrored.findings.values("fingerprint")), ended_at=None).exists()


def take_over(described: Journey, mirrored: Journey) -> None:
    """Iterable's columns, not saved yet. The mirrored row gives its number up at once: no two may have it."""
    for name in THEIRS:
        setattr(described, name, getattr(mirrored, name))
    described.folder_id = described.folder_id or mirrored.folder_id
    Journey.objects.filter(pk=mirrored.pk).update(workflow_id=None)


def let_go(described: Journey, mirrored: Journey, user: AbstractBaseUser | AnonymousUser, reason: str) -> OperatorAction:
    """The findings go over to the described row, which is saved by now, and the mirrored one is deleted. On record."""
    for finding in LintFinding.objects.select_for_update().filter(journey=mirrored):
        _move(finding, described)
    gone, number = mirrored.pk, described.workflow_id
    mirrored.delete()
    told = f"It is Iterable's journey {number} ({described.iterable_name}) now; what Iterable said of row {gone} stands here."
    chosen = {"ids": [str(described.pk)], "workflow_id": number, "gone": gone, "name": mirrored.name, "url": mirrored.url}
    return record(user, "adopt", f"journey {described}"[:200], chosen, 1, reason, told)


def _move(finding: LintFinding, described: Journey) -> None:
    finding.journey = described
    if finding.subject_kind == OF_JOURNEY:
        code, kind, _, *parts = finding.fingerprint.split(":", 3)
        finding.subject_id, finding.subject_name = str(described.pk), described.name
        finding.fingerprint = ":".join([code, kind, finding.subject_id, *parts])[:200]
        _end_if_twice(finding)
    finding.save()


def _end_if_twice(finding: LintFinding) -> None:
    """The same may stand of the described row already: one of the two is enough."""
    standing = LintFinding.objects.filter(fingerprint=finding.fingerprint, state__in=LintFinding.STANDING)
    if finding.state in LintFinding.STANDING and standing.exclude(pk=finding.pk).exists():
        finding.state, finding.resolved_at = LintFinding.State.RESOLVED, timezone.now()
