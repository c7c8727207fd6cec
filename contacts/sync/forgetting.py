"""What the sync holds of a person, and how it lets go of it: rows stay with their runs, and say nothing any more."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.consent.erasing.traces import Person, Trace
from contacts.sync import reasons
from contacts.sync.counting import recount_runs
from contacts.sync.models import ComparedEvent, ComparedPerson, DifferingField, SyncRow, SyncRun, SyncState

State = SyncRow.State
GONE = "(erased)"
BLANK: dict[str, Any] = {
    **dict.fromkeys(("email", "fingerprint", "before_fingerprint", "clash", "dismissal"), ""),
    "changed_fields": [],
    "before": None,
    "after": None,
}


def _rows(person: Person) -> QuerySet[SyncRow]:
    theirs = SyncRow.objects.filter(Q(address_key=person.key) | Q(email=person.email))
    return theirs.exclude(email="", changed_fields=[], fingerprint="", before=None, after=None, clash="")


def _blank_rows(person: Person) -> int:
    """What failed is not retried any more; what was delivered stays so."""
    keys = list(_rows(person).values_list("pk", flat=True))
    rows = SyncRow.objects.filter(pk__in=keys)
    rows.filter(state__in=(State.ENQUEUED, State.FAILED)).update(state=State.SKIPPED, reason_code=reasons.ERASED_SINCE)
    rows.exclude(reason="").update(reason=reasons.WORDS[reasons.ERASED_SINCE])
    blanked = rows.update(**BLANK, updated_at=timezone.now())
    recount_runs(rows.values_list("run", flat=True))
    return blanked


def _states(person: Person) -> QuerySet[SyncState]:
    return SyncState.objects.filter(address_key=person.key).exclude(accepted={}, fingerprint="", text_digest="")


def _runs_for(person: Person) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(only_email=person.email).exclude(only_email="")


def _compared(person: Person) -> QuerySet[ComparedPerson]:
    return ComparedPerson.objects.filter(address_key=person.key).exclude(email="")


def _blank_compared(person: Person) -> int:
    """The verdict stays, for the counts; the address, both sides' values and what they did go."""
    keys = list(_compared(person).values_list("pk", flat=True))
    DifferingField.objects.filter(person__in=keys).update(ours=None, theirs=None)
    ComparedEvent.objects.filter(person__in=keys).delete()
    return ComparedPerson.objects.filter(pk__in=keys).update(email="")


TRACES = (
    Trace("comparisons in observe mode", lambda person: _compared(person).count(), _blank_compared),
    Trace(
        "sync runs for one person",
        lambda person: _runs_for(person).count(),
        lambda person: _runs_for(person).update(only_email=GONE),
    ),
    Trace("sync rows", lambda person: _rows(person).count(), _blank_rows),
    Trace(
        "values accepted of the sync",
        lambda person: _states(person).count(),
        lambda person: _states(person).update(accepted={}, fingerprint="", wanted="", text_digest="", digest=""),
    ),
)
