"""What an operator does to the sync. Each writes down who did it and why, in the transaction in which it is done."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone

from contacts.sync.cancelling import cancel
from contacts.sync.dismissing import dismiss
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.retrying import retry_rows
from contacts.sync.starting import Wish, start_run
from contacts.sync.tasks import queue_run
from contacts.sync.undoing import check_undoable
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent

Actor = AbstractBaseUser | AnonymousUser

APPROVED, DISCARDED = "approved", "discarded"
NO_PLAN = "{run} has no plan that waits for a decision."


def run_now(user: Actor, reason: str, definition: SyncDefinition | None = None) -> SyncRun:
    """Queued for the sync's own cluster. RunUnderWay when there is one."""
    return _begin(user, reason, "run now", Wish(definition))


def dry_run(user: Actor, reason: str, definition: SyncDefinition | None = None) -> SyncRun:
    """Queued likewise; it makes no call, and keeps its whole plan."""
    return _begin(user, reason, "dry run", Wish(definition, dry_run=True))


def run_again(run: SyncRun, user: Actor, reason: str) -> SyncRun:
    """A new run, as far as that one was to read; the old one stays as it ended."""
    wish = Wish(run.definition, dry_run=run.dry_run, limit=run.limit, only_email=run.only_email, undoes=run.undoes)
    return _begin(user, reason, "run again", wish, like=run)


def undo(run: SyncRun, user: Actor, reason: str, *, dry: bool) -> SyncRun:
    check_undoable(run)
    wish = Wish(run.definition, dry_run=dry, undoes=run)
    return _begin(user, reason, "dry run of an undo" if dry else "undo", wish, like=run)


@transaction.atomic
def approve(run: SyncRun, user: Actor, reason: str) -> SyncRun:
    """A new run that does what this one planned, if nothing has moved since; else it stops, and says so."""
    _decide(run, user, APPROVED)
    wish = Wish(
        run.definition, limit=run.limit, only_email=run.only_email, executes=None if run.undoes_id else run, undoes=run.undoes
    )
    return _begin(user, reason, "approve a plan", wish, like=run)


@transaction.atomic
def discard(run: SyncRun, user: Actor, reason: str) -> None:
    _need(reason)
    _decide(run, user, DISCARDED)
    record(user, "discard a plan", str(run), {"run": run.pk}, run.plan.get("to_send", 0), reason, "Nothing was sent.")


def _decide(run: SyncRun, user: Actor, decision: str) -> None:
    waiting = SyncRun.objects.waiting_for_a_decision().filter(pk=run.pk)
    if not waiting.update(decision=decision, decided_by=user.get_username(), decided_at=timezone.now()):
        raise Permanent(NO_PLAN.format(run=run))


@transaction.atomic
def cancel_run(run: SyncRun, user: Actor, reason: str) -> str:
    """What was cancelled, in words."""
    _need(reason)
    result = cancel(run)
    record(user, "cancel", str(run), {"run": run.pk}, 1, reason, result)
    return result


@transaction.atomic
def retry_failed_rows(run: SyncRun, user: Actor, reason: str, code: str | None = None) -> int:
    """All of a run, or those of one reason."""
    _need(reason)
    rows = run.rows.all() if code is None else run.rows.filter(reason_code=code)
    count = retry_rows(rows)
    record(
        user,
        "retry failed rows",
        str(run),
        {"run": run.pk} | ({"reason": code} if code else {}),
        count,
        reason,
        f"{count} rows taken up again.",
    )
    return count


@transaction.atomic
def dismiss_rows(run: SyncRun, user: Actor, reason: str, code: str) -> int:
    """Nobody needs to act on these any more; they stay failed, and the next run tries them again all the same."""
    _need(reason)
    count = dismiss(run.rows.filter(reason_code=code), user, reason)
    record(user, "dismiss failed rows", str(run), {"run": run.pk, "reason": code}, count, reason, f"{count} rows dismissed.")
    return count


@transaction.atomic
def _begin(user: Actor, reason: str, verb: str, wish: Wish, like: SyncRun | None = None) -> SyncRun:
    _need(reason)
    account = user if isinstance(user, AbstractBaseUser) else None
    begun = start_run("operator" if account else "api", account, wish)
    queue_run(begun)
    record(user, verb, str(like or begun), {"run": (like or begun).pk}, 1, reason, f"Started {begun}.")
    return begun


def _need(reason: str) -> None:
    if not reason.strip():
        raise Permanent("Say why: the reason is kept with your name.")
