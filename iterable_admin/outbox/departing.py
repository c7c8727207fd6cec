"""The last questions before rows leave: the gates, the switch, the allow-list, and whether they have been tried enough."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from iterable_admin.outbox.connection import is_loopback
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip, ask_gates
from iterable_admin.outbox.settling import End, settle
from iterable_admin.outbox.switching import Mode

State = Delivery.State
WOULD_SEND = End(State.SKIPPED, "would_send", "Would send: the switch is on observe, so nothing left.", counts=False)
# Of workers that had a row in hand, also for no fault of its own: restarts, a machine without memory.
MOST_DEATHS = 10
NOT_ALLOWED = End(State.SKIPPED, "not_allowed", "Not on SENDING_ALLOW_LIST, which holds outside production.", counts=False)
WORKER_DIED = End(State.NEEDS_YOU, "gave_up", "Gave up: the worker died each time this was sent.", counts=False)


def let_go(rows: Sequence[Delivery], mode: Mode) -> list[Delivery]:
    """The rows that may leave now; the others are settled here, with the reason."""
    ends = objections(rows, mode)
    stopped = [row for row in rows if row.pk in ends]
    if stopped:
        settle(stopped, ends)
    return [row for row in rows if row.pk not in ends]


def objections(rows: Sequence[Delivery], mode: Mode) -> dict[int, End]:
    """By primary key, where those go that may not leave now; rows of different people, as the gates ask for."""
    ends = {row.pk: end for row in rows if (end := _own_objection(row))}
    asked = [row for row in rows if row.pk not in ends]
    ends |= {pk: _end(objection) for pk, objection in ask_gates(asked).items()}
    if mode == Mode.OBSERVE:
        # Look-ups only read: what would be sent is decided with true answers.
        writes = (row for row in asked if row.operation != Delivery.Operation.LOOK_UP)
        ends |= {row.pk: WOULD_SEND for row in writes if row.pk not in ends}
    return ends


def _own_objection(row: Delivery) -> End | None:
    if row.deaths > MOST_DEATHS:
        return WORKER_DIED
    addresses = (row.email, row.payload.get("currentEmail", row.email))
    return None if all(map(is_allowed, addresses)) else NOT_ALLOWED


def is_allowed(email: str) -> bool:
    """In production, and towards a sandbox on this machine, everybody; else whom the allow-list names."""
    if settings.PRODUCTION or is_loopback(settings.ITERABLE_BASE_URL):
        return True
    host = "@" + email.rpartition("@")[2]
    return any(entry in ("*", email, host) for entry in settings.SENDING_ALLOW_LIST)


def _end(objection: Hold | Skip) -> End:
    if isinstance(objection, Skip):
        return End(State.SKIPPED, objection.code, objection.reason, counts=False)
    return End(State.HELD, objection.code, objection.reason, timezone.now() + objection.again, counts=False)
