"""What a worker counts for whoever asked: taken up, held by a lease, told how far it is, cancelled, and ended once.

Of a worker that was killed nothing is heard until the lease is over: then another takes the run up, a few times at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent, Problem
from iterable_admin.waking.waking import begin, finish, wake_after_commit
from journeys.rehearsal.models import BackgroundRun

log = structlog.get_logger(__name__)
CLUSTER = "sync"
"""Its tasks may take minutes."""
LEASE = timedelta(minutes=30)
"""Longer than any part takes: a run tells after each how far it is."""
MOST_TAKES = 3
DIED = "Three workers ended before they were through: the technical owner looks into the log of the workers."
OURS = "Our error ({}), which the log tells: the technical owner looks into it."
State = BackgroundRun.State
User = AbstractBaseUser | AnonymousUser | None
R = TypeVar("R", bound=BackgroundRun)


class NoLongerOurs(Exception):
    """Cancelled by somebody, or taken up by another worker."""


@dataclass(frozen=True, slots=True)
class Background(Generic[R]):
    """`perform` counts a run, keeps what it counted, and ends it. `task` is the dotted path by which a worker is woken."""

    model: type[R]
    wake_up: str
    task: str
    perform: Callable[[R], None]

    def wake(self) -> None:
        wake_after_commit(self.wake_up, self.task, cluster=CLUSTER)

    def run_waiting(self, after: Callable[[], int] = lambda: 0) -> int:
        """For the wake-up and the sweep. Returns how many ended."""
        begin(self.wake_up)
        ended = 0
        try:
            while (run := self.take()) is not None:
                self.carry_out(run)
                ended += 1
            return ended + after()
        finally:
            finish(self.wake_up)

    @transaction.atomic
    def take(self) -> R | None:
        """The oldest that waits, or whose worker died. One that no worker survives is given up, and the next is taken."""
        now = timezone.now()
        free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)
        rows = self.model._default_manager.filter(free).order_by("id")
        rows.filter(takes__gte=MOST_TAKES).update(state=State.FAILED, error=DIED, ended_at=now, lease_until=None)
        run: R | None = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if run is not None:
            run.state, run.takes, run.lease_until, run.done = State.RUNNING, run.takes + 1, now + LEASE, 0
            run.save(update_fields=["state", "takes", "lease_until", "done"])
        return run

    def carry_out(self, run: R) -> None:
        try:
            self.perform(run)
        except NoLongerOurs:
            return
        except Problem as problem:
            _fail(run, str(problem))
        except Exception as error:
            # The edge of the loop: one run must not keep the others from being counted.
            log.exception("rehearsal.failed", kind=self.wake_up, run=run.pk)
            _fail(run, OURS.format(type(error).__name__))


def tell(run: BackgroundRun, done: int, parts: int) -> None:
    """How far it is; raises NoLongerOurs where nobody waits for it any more."""
    _update(run, done=done, parts=parts, lease_until=timezone.now() + LEASE)


def end(run: BackgroundRun, **told: object) -> None:
    """Within the transaction that keeps what was counted."""
    _update(run, state=State.COMPLETED, ended_at=timezone.now(), lease_until=None, **told)


def _fail(run: BackgroundRun, error: str) -> None:
    told = {"state": State.FAILED, "error": error, "ended_at": timezone.now(), "lease_until": None}
    _held(run).update(**told)


def _update(run: BackgroundRun, **told: object) -> None:
    if not _held(run).update(**told):
        raise NoLongerOurs


def _held(run: BackgroundRun) -> Any:
    """Each take is another: a worker that was slow, and not dead, no longer holds what another took up."""
    return type(run)._default_manager.filter(pk=run.pk, state=State.RUNNING, takes=run.takes)


@transaction.atomic
def cancel(run: BackgroundRun, user: User, reason: str) -> None:
    """What a worker is counting is thrown away."""
    fit = type(run)._default_manager.filter(pk=run.pk, state__in=BackgroundRun.OPEN)
    if not fit.update(state=State.CANCELLED, ended_at=timezone.now(), lease_until=None):
        raise Permanent("It has ended already: there is nothing left to cancel.")
    record(user, "cancel", str(run), {"run": run.pk}, 1, reason)
