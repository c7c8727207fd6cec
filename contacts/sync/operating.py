"""What an operator does to the sync. Each writes down who did it and why, in the transaction in which it is done."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from contacts.sync.models import SyncRun
from contacts.sync.retrying import retry_rows
from contacts.sync.starting import start_run
from contacts.sync.tasks import queue_run
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent

Actor = AbstractBaseUser | AnonymousUser


def run_now(user: Actor, reason: str) -> SyncRun:
    """Queued for the sync's own cluster. RunUnderWay when there is one."""
    return _begin(user, reason, "run now")


def dry_run(user: Actor, reason: str) -> SyncRun:
    """Queued likewise; it sends nothing, and keeps its figures and up to 20 examples."""
    return _begin(user, reason, "dry run", dry=True)


def run_again(run: SyncRun, user: Actor, reason: str) -> SyncRun:
    """A new run, as far as that one was to read; the old one stays as it ended."""
    return _begin(user, reason, "run again", dry=run.dry_run, limit=run.limit, like=run)


@transaction.atomic
def retry_failed_rows(run: SyncRun, user: Actor, reason: str) -> int:
    _need(reason)
    count = retry_rows(run.rows.all())
    record(user, "retry failed rows", str(run), {"run": run.pk}, count, reason, f"{count} rows taken up again.")
    return count


@transaction.atomic
def _begin(
    user: Actor, reason: str, verb: str, *, dry: bool = False, limit: int | None = None, like: SyncRun | None = None
) -> SyncRun:
    _need(reason)
    begun = start_run("operator", user if isinstance(user, AbstractBaseUser) else None, dry_run=dry, limit=limit)
    queue_run(begun)
    record(user, verb, str(like or begun), {"run": (like or begun).pk}, 1, reason, f"Started {begun}.")
    return begun


def _need(reason: str) -> None:
    if not reason.strip():
        raise Permanent("Say why: the reason is kept with your name.")
