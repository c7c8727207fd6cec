"""Carry bulk actions out, part by part: what a part does and that it is settled are one transaction, so none is done twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from iterable_admin.audit.bulk.beginning import added, reasons_of, storable
from iterable_admin.audit.bulk.tasks import queue_bulk
from iterable_admin.audit.bulk.wording import CHANGED, DIED, GONE, NOT_ALLOWED, UNKNOWN, outcome, rows_of
from iterable_admin.audit.models import BulkAction, BulkPart
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent, Problem
from iterable_admin.redaction import mask_emails

log = structlog.get_logger(__name__)

State = BulkAction.State
# Django-Q ends a task after 55 s: a longer action goes on in the next task.
SECONDS = 20
# Longer than any part takes: of a worker that was killed nothing is heard for that long.
LEASE = timedelta(minutes=2)
MOST_TAKES = 5
Left = dict[str, list[int | str]]


def carry_on(seconds: float = SECONDS) -> int:
    """The task, and the sweep. Returns how many parts were settled."""
    end, settled = time.monotonic() + seconds, 0
    while time.monotonic() < end and (bulk := take()):
        while time.monotonic() < end and carry_out_next(bulk):
            settled += 1
        give_back(bulk)
    if settled and BulkAction.objects.filter(state__in=BulkAction.OPEN).exists():
        queue_bulk()
    return settled


@transaction.atomic
def take() -> BulkAction | None:
    """The oldest that nobody is at; counted before the work begins, so that one that kills its workers ends."""
    now = timezone.now()
    free = BulkAction.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=BulkAction.OPEN)
    bulk = free.order_by("id").select_for_update(skip_locked=True).first()
    if bulk is None:
        return None
    if bulk.takes >= MOST_TAKES:
        _end(bulk, State.STOPPED, DIED)
        return None
    bulk.lease_owner, bulk.lease_until, bulk.takes = uuid.uuid4(), now + LEASE, bulk.takes + 1
    bulk.state, bulk.started_at = State.RUNNING, bulk.started_at or now
    bulk.save()
    return bulk


def give_back(bulk: BulkAction) -> None:
    BulkAction.objects.filter(pk=bulk.pk, lease_owner=bulk.lease_owner).update(lease_owner=None, lease_until=None, takes=0)


@transaction.atomic
def carry_out_next(taken: BulkAction) -> bool:
    """False where nothing is left to do: through, cancelled, stopped, or taken by another worker meanwhile."""
    ours = BulkAction.objects.filter(pk=taken.pk, state=State.RUNNING, lease_owner=taken.lease_owner)
    bulk = ours.select_related("actor").select_for_update(of=("self",)).first()
    if bulk is None:
        return False
    part = bulk.parts.filter(settled=False).order_by("id").first()
    if part is None:
        _end(bulk, State.COMPLETED)
        return False
    operation = operation_of(bulk)
    if operation is None or not _may(bulk, operation):
        _end(bulk, State.STOPPED, UNKNOWN if operation is None else NOT_ALLOWED.format(who=bulk.actor_name))
        return False
    touched, left = _do(bulk, operation, part)
    _settle(bulk, part, touched, left)
    return True


def operation_of(bulk: BulkAction) -> Any:
    """None where the operation, or its kind of row, is gone since."""
    try:
        model_admin = admin.site._registry[apps.get_model(bulk.model)]
    except (LookupError, ValueError):
        return None
    offered = getattr(model_admin, "operations", ())
    ways = [way for operation in offered for way in (operation, *operation.ways)]
    return next((operation for operation in ways if operation.name == bulk.operation), None)


def _may(bulk: BulkAction, operation: Any) -> bool:
    """Asked again with each part: whoever lost the right, or left, does nothing more."""
    meta = apps.get_model(bulk.model)._meta
    view = f"{meta.app_label}.view_{meta.model_name}"
    actor = bulk.actor
    return actor is not None and actor.is_active and actor.has_perm(operation.permission) and actor.has_perm(view)


def _do(bulk: BulkAction, operation: Any, part: BulkPart) -> tuple[int, Left]:
    rows: QuerySet[Any] = apps.get_model(bulk.model)._default_manager.filter(pk__in=part.keys)
    try:
        with transaction.atomic():
            return _act(bulk, operation, rows, part.keys)
    except Problem as problem:
        return 0, {mask_emails(str(problem)): part.keys}
    except Exception as error:
        # One part must not keep the others from being done: it is told by name, and the next one is tried.
        log.exception("bulk.failed", bulk=bulk.pk, part=part.pk)
        return 0, {f"our error ({type(error).__name__}), which the log tells": part.keys}


def _act(bulk: BulkAction, operation: Any, rows: QuerySet[Any], keys: list[int | str]) -> tuple[int, Left]:
    fit = {storable(key) for key in operation.fit(rows).values_list("pk", flat=True)}
    there = {storable(row.pk): row for row in rows}
    left: Left = reasons_of(operation, [row for key, row in there.items() if key not in fit])
    if gone := [key for key in keys if key not in there]:
        left[GONE] = gone
    touched = operation.act(operation.fit(rows), bulk.actor, bulk.reason) if fit else 0
    if touched < len(fit):
        # What the operation spared would still fit it.
        spared = sorted(fit & {storable(key) for key in operation.fit(rows).values_list("pk", flat=True)}, key=str)
        left[CHANGED] = spared[: len(fit) - touched]
    return touched, left


def _settle(bulk: BulkAction, part: BulkPart, touched: int, left: Mapping[str, list[int | str]]) -> None:
    BulkPart.objects.filter(pk=part.pk).update(settled=True, left=left)
    bulk.done, bulk.left = bulk.done + touched, added(bulk.left, left)
    bulk.takes, bulk.lease_until = 0, timezone.now() + LEASE
    bulk.save(update_fields=["done", "left", "takes", "lease_until"])


def _end(bulk: BulkAction, state: BulkAction.State, error: str = "") -> None:
    bulk.state, bulk.error, bulk.finished_at = state, error, timezone.now()
    bulk.lease_owner, bulk.lease_until = None, None
    bulk.save()
    told = f"{outcome(bulk)} {error}".strip()
    record(bulk.actor, bulk.operation, rows_of(bulk), {"bulk_action": bulk.pk}, bulk.done, bulk.reason, told)


@transaction.atomic
def cancel(bulk_id: int, user: AbstractBaseUser | AnonymousUser, reason: str) -> str:
    """Waits for the part that is under way; what was done stays done."""
    bulk = BulkAction.objects.filter(pk=bulk_id, state__in=BulkAction.OPEN).select_for_update().first()
    if bulk is None:
        raise Permanent("It has ended already: there is nothing left to cancel.")
    bulk.state, bulk.finished_at = State.CANCELLED, timezone.now()
    bulk.error = f"Cancelled by {user.get_username()}."
    bulk.lease_owner, bulk.lease_until = None, None
    bulk.save()
    told = outcome(bulk)
    record(user, "cancel", str(bulk), {"bulk_action": bulk.pk}, bulk.done, reason, told)
    return f"Cancelled. {told}"
