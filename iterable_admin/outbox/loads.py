"""A load: one row for a call that carries a thousand people of whom nothing else is under way.

A row, a lane and three changes of state for each of them cost many times the call where a million people come at once. Their
deliveries are made when the load leaves, and stored only for those who cannot travel in it: from then on they go their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

from django.utils import timezone

from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import TASK
from iterable_admin.waking.waking import wake_after_commit

# Those who are aboard, as profile updates that are not stored. Whoever got a delivery of their own before is not among them.
Passengers = Callable[[Delivery], list[Delivery]]

UNSENT = (Delivery.State.READY, Delivery.State.WAITING)
_passengers: dict[str, Passengers] = {}


def register_load(cause: str, passengers: Passengers) -> None:
    _passengers[cause] = passengers


def passengers_of(load: Delivery) -> list[Delivery]:
    return _passengers[load.cause](load)


def number_passengers(aboard: Sequence[Delivery]) -> None:
    """Below zero, because they are not stored: gates tell by these numbers whom they object to."""
    for number, row in enumerate(aboard):
        row.pk = -1 - number


def is_aboard(row: Delivery) -> bool:
    """Whether it is one of those, in a load that is about to leave."""
    return bool(row.pk < 0)


def enqueue_load(cause: str, cause_id: str, told: Mapping[str, int], *, creates: bool) -> Delivery:
    """In the transaction in which its people are written down. `told` is what `passengers` finds them by."""
    load = Delivery.objects.create(
        operation=Delivery.Operation.LOAD,
        lane=f"load:{uuid4().hex}",
        payload=dict(told),
        creates=creates,
        cause=cause,
        cause_id=cause_id,
        created_at=timezone.now(),
    )
    wake_after_commit("outbox", TASK)
    return load


def withdraw_loads(cause: str, cause_id: str, reason: str) -> list[Delivery]:
    """End those that have not left, in the caller's transaction; nobody is told: the caller knows."""
    unsent = Delivery.objects.filter(operation=Delivery.Operation.LOAD, cause=cause, cause_id=cause_id, state__in=UNSENT)
    loads = list(unsent.order_by("pk").select_for_update(of=("self",), skip_locked=True))
    ended = {
        "state": Delivery.State.SKIPPED,
        "reason_code": "given_up",
        "reason": f"Given up: {reason}",
        "ended_at": timezone.now(),
    }
    Delivery.objects.filter(pk__in=[load.pk for load in loads]).update(**ended, next_attempt_at=None)
    return loads


def loads_under_way(cause: str) -> Sequence[Delivery]:
    return list(Delivery.objects.open().filter(operation=Delivery.Operation.LOAD, cause=cause).only("payload", "cause_id"))
