"""What can be done to a run: when it is offered, what is asked before, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contacts.sync.counting import under_way
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.next_steps import AFTER_AN_UNDO
from contacts.sync.operating import Actor, approve, cancel_run, discard, run_again, undo

NOT_WHOLE = (SyncRun.State.FAILED, SyncRun.State.STOPPED, SyncRun.State.WITH_ERRORS)
STARTED = "Started {run}."
SENDS = "{to_send} sent new values, and {gone} marked as gone: {left:,} left the window, {vanished:,} vanished from the source."
LESS = "Whoever is met under another address is not marked. Profiles stay as they are."


@dataclass(frozen=True, slots=True)
class RunAction:
    """`act` returns what it did, in words; `count` the rows it will touch, None where nobody can tell."""

    name: str
    label: str
    sentence: str
    fits: Callable[[SyncRun], bool]
    count: Callable[[SyncRun], int | None]
    act: Callable[[SyncRun, Actor, str], str]

    def notes(self, run: SyncRun) -> list[str]:
        """Whoever decides on a plan sees what the guards object, what it does, and what comes after an undo."""
        objections = list(run.plan.get("objections", [])) if self.name in ("approve", "discard") else []
        if self.name != "approve":
            return objections
        return [*objections, AFTER_AN_UNDO if run.undoes_id else _does(run)]


def waits_for_a_decision(run: SyncRun) -> bool:
    """As the queryset of the same name says, of one run."""
    stopped = run.state == SyncRun.State.STOPPED and run.stop_code == SyncRun.Stop.GUARD
    return not run.decision and (stopped or (run.dry_run and run.state == SyncRun.State.COMPLETED))


def _is_undoable(run: SyncRun) -> bool:
    ended = run.state not in SyncRun.UNDER_WAY
    return ended and bool(run.delivered) and not run.dry_run and run.definition.target != SyncDefinition.Target.EVENT


def _to_send(run: SyncRun) -> int:
    return int(run.plan.get("to_send", 0))


def _touched(run: SyncRun) -> int:
    return _to_send(run) + run.left + run.vanished


def _is_approvable(run: SyncRun) -> bool:
    """Also one of which nothing comes but that so few rows are usual from now on."""
    few = run.state == SyncRun.State.STOPPED and bool(run.read)
    return waits_for_a_decision(run) and (bool(_touched(run)) or few)


def _does(run: SyncRun) -> str:
    to_send, gone = _people(_to_send(run)), _people(run.left + run.vanished)
    told = SENDS.format(to_send=to_send, gone=gone, left=run.left, vanished=run.vanished)
    return f"{told[0].upper()}{told[1:]} {LESS}"


def _people(number: int) -> str:
    return f"{number:,} people are" if number > 1 else "one person is" if number else "nobody is"


def _started(begun: SyncRun) -> str:
    return STARTED.format(run=begun)


def _discard(run: SyncRun, user: Actor, reason: str) -> str:
    discard(run, user, reason)
    return f"The plan of {run} is discarded. Nothing was sent."


ACTIONS = (
    RunAction(
        "approve",
        "Approve the plan",
        "A new run looks again and sends what this one planned. If anything has moved in the source since, it stops and says so.",
        _is_approvable,
        lambda run: _touched(run) or None,
        lambda run, user, reason: _started(approve(run, user, reason)),
    ),
    RunAction(
        "discard",
        "Discard the plan",
        "Nothing is sent, and the plan can not be approved any more; the next run compares anew.",
        waits_for_a_decision,
        lambda run: None,
        _discard,
    ),
    RunAction(
        "cancel",
        "Cancel",
        "What was sent stays sent. What has not left is taken back and left to the next run; a withdrawal is never taken back.",
        lambda run: run.state in SyncRun.UNDER_WAY and run.cancelled_at is None,
        lambda run: under_way(run) or None,
        cancel_run,
    ),
    RunAction(
        "run-again",
        "Run again",
        "A new run starts with today's window and repairs what this one left; this one stays as it ended.",
        lambda run: run.state in NOT_WHOLE,
        lambda run: None,
        lambda run, user, reason: _started(run_again(run, user, reason)),
    ),
    RunAction(
        "undo-dry",
        "Dry run of an undo",
        "Shows which values would be put back, and sends nothing.",
        _is_undoable,
        lambda run: run.delivered,
        lambda run, user, reason: _started(undo(run, user, reason, dry=True)),
    ),
    RunAction(
        "undo",
        "Undo",
        "Everybody whose values nobody has changed since gets those back that Iterable had accepted before. " + AFTER_AN_UNDO,
        _is_undoable,
        lambda run: run.delivered,
        lambda run, user, reason: _started(undo(run, user, reason, dry=False)),
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}


def offered(run: SyncRun) -> list[RunAction]:
    return [action for action in ACTIONS if action.fits(run)]
