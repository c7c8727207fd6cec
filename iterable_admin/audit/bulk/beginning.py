"""Write down what is to be done to which rows, exactly as they were shown; a worker does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet

from iterable_admin.audit.bulk.tasks import queue_bulk
from iterable_admin.audit.bulk.wording import left_because
from iterable_admin.audit.models import BulkAction, BulkPart
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent
from iterable_admin.redaction import mask_emails

if TYPE_CHECKING:
    from iterable_admin.audit.operating import Operation

# Each is one transaction: small enough to hold its locks for a moment only.
A_PART = 500
# Writing their keys down takes a second or two, for which the page waits.
MOST_ROWS = 500_000
PARTS_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants what, and why."""

    user: AbstractBaseUser | AnonymousUser
    reason: str
    selection: Mapping[str, Any]


@transaction.atomic
def begin(operation: Operation, chosen: QuerySet[Any], asked: Asked) -> BulkAction:
    """The rows that fit now are the work; what fits only later was not shown as such, and is left alone."""
    plural = str(chosen.model._meta.verbose_name_plural)
    bulk = BulkAction.objects.create(
        model=chosen.model._meta.label_lower,
        operation=operation.name,
        label=operation.label,
        actor_id=asked.user.pk,
        actor_name=asked.user.get_username(),
        reason=mask_emails(asked.reason),
        selection=_masked(asked.selection),
    )
    bulk.total, bulk.left = _freeze(bulk, operation, chosen)
    bulk.save(update_fields=["total", "left"])
    told = f"{operation.label} of {bulk.total:,} {plural}: {bulk}."
    record(asked.user, "begin", plural, {**asked.selection, "bulk_action": bulk.pk}, bulk.total, asked.reason, told)
    queue_bulk()
    return bulk


def _masked(selection: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of single rows stand in the parts."""
    return {key: mask_emails(value) for key, value in selection.items() if isinstance(value, str)}


def _freeze(bulk: BulkAction, operation: Operation, chosen: QuerySet[Any]) -> tuple[int, dict[str, int]]:
    fit = operation.fit(chosen)
    keys = (storable(key) for key in fit.order_by("pk").values_list("pk", flat=True).iterator())
    number = _store(BulkPart(bulk=bulk, keys=part) for part in _in_parts(keys))
    if number > MOST_ROWS:
        raise Permanent(f"More than {MOST_ROWS:,} rows at once: narrow the list by a filter, and do one part after the other.")
    left: dict[str, int] = {}
    spared = chosen.exclude(pk__in=fit.order_by().values("pk")).order_by("pk").iterator(A_PART)
    for rows in _in_parts(spared):
        reasons = reasons_of(operation, rows)
        BulkPart.objects.create(bulk=bulk, keys=[], settled=True, left=reasons)
        left = added(left, reasons)
    return number + sum(left.values()), left


def _store(parts: Iterator[BulkPart]) -> int:
    number = 0
    while some := list(islice(parts, PARTS_AT_A_TIME)):
        BulkPart.objects.bulk_create(some)
        number += sum(len(part.keys) for part in some)
        if number > MOST_ROWS:
            break
    return number


def _in_parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(islice(rest, A_PART)):
        yield part


def storable(key: Any) -> int | str:
    return key if isinstance(key, int) else str(key)


def reasons_of(operation: Operation, rows: Iterable[Any]) -> dict[str, list[int | str]]:
    told = sorted(((left_because(operation, row), storable(row.pk)) for row in rows), key=lambda pair: pair[0])
    return {reason: [key for _, key in pairs] for reason, pairs in groupby(told, key=lambda pair: pair[0])}


def added(left: Mapping[str, int], reasons: Mapping[str, list[int | str]]) -> dict[str, int]:
    return {reason: left.get(reason, 0) + len(reasons.get(reason, ())) for reason in {**left, **reasons}}
