"""The sending switch: an operator's, the environment's, and the halt after a 401."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.waking.waking import wake_after_commit

log = structlog.get_logger(__name__)

Mode = SendingSwitch.Mode
# From free to strict; the stricter of the operator's and the environment's word counts. Observing is the strictest:
# not even a withdrawal leaves.
STRICTNESS = [Mode.LIVE, Mode.PAUSED, Mode.OBSERVE]
TASK = "iterable_admin.outbox.tasks.drain_outbox"
# The reason code of rows whose call was refused with the key.
HALTED = "halted"
# How long nobody calls after a 401 before one call may test the key: repeated 401s bring 429s elsewhere.
PROBE_EVERY = timedelta(minutes=1)


def current() -> SendingSwitch:
    switch, _ = SendingSwitch.objects.get_or_create(pk=1)
    return switch


def mode(switch: SendingSwitch) -> SendingSwitch.Mode:
    from_environment = Mode(settings.SENDING) if settings.SENDING in Mode.values else Mode.PAUSED
    return max(from_environment, Mode(switch.mode), key=STRICTNESS.index)


def switch(mode: str, reason: str, who: str) -> None:
    """An operator's decision; the caller records the OperatorAction."""
    SendingSwitch.objects.update_or_create(
        pk=1,
        defaults={"mode": Mode(mode), "reason": reason, "changed_by": who, "changed_at": timezone.now(), "halt_probe_at": None},
    )
    _make_halted_due()


def halt(because: str) -> None:
    """A 401: every other call with this key fails as well."""
    now = timezone.now()
    current()
    if SendingSwitch.objects.filter(pk=1, halted_at=None).update(halted_at=now):
        log.error("sending halted", because=because)
    SendingSwitch.objects.filter(pk=1).update(halted_because=because, halt_probe_at=now + PROBE_EVERY)


def may_call(switch: SendingSwitch) -> bool:
    """Whether calls may leave; while halted one caller a minute may, to test the key."""
    if switch.halted_at is None:
        return True
    now = timezone.now()
    due = Q(halt_probe_at=None) | Q(halt_probe_at__lte=now)
    return bool(SendingSwitch.objects.filter(due, pk=1).update(halt_probe_at=now + PROBE_EVERY))


def resume(switch: SendingSwitch) -> None:
    """A good call was answered: the key works again, and what waited for that is due at once."""
    if switch.halted_at is None:
        return
    SendingSwitch.objects.filter(pk=1).update(halted_at=None, halted_because="", halt_probe_at=None)
    switch.halted_at = None
    _make_halted_due()


def _make_halted_due() -> None:
    Delivery.objects.open().filter(state="waiting", reason_code=HALTED).update(next_attempt_at=timezone.now())
    wake_after_commit("outbox", TASK)
