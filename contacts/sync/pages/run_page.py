"""Everything that the page of a run shows, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db.models import Q, QuerySet

from contacts.sync.models import SyncRun
from contacts.sync.next_steps import AFTER_AN_UNDO
from contacts.sync.pages.funnel import funnel
from contacts.sync.pages.grouping import groups
from contacts.sync.pages.planned import MOST_HELD, clashes, plan_told, samples
from contacts.sync.pages.progress import WIDTH, progress_of
from contacts.sync.pages.run_actions import offered
from iterable_admin.audit.recording import record

OPERATES, SEES_ROWS = "sync.operate_syncrun", "sync.view_syncrow"
CARRIED_OUT, TAKEN_BACK = "Its plan was carried out by", "Taken back by"
Viewer = AbstractBaseUser | AnonymousUser


def run_page(run: SyncRun, user: Viewer) -> dict[str, Any]:
    """Samples and held rows name people: only for those who may see rows."""
    sees_rows = may(user, SEES_ROWS)
    found, related = groups(run), relatives(run)
    held = clashes(run) if sees_rows else []
    return {
        "operates": may(user, OPERATES),
        "sees_rows": sees_rows,
        "run_actions": offered(run),
        "progress": progress_of(run),
        "funnel": funnel(run),
        "full_width": WIDTH,
        "groups": found,
        "open_failures": sum(group.open for group in found),
        "plan": plan_told(run),
        "samples": samples(run) if sees_rows else [],
        "clashes": held,
        "clashes_cut": MOST_HELD if sum(len(rows) for _, rows in held) == MOST_HELD else 0,
        "relatives": related,
        "after_an_undo": AFTER_AN_UNDO if _is_about_an_undo(run, related) else "",
    }


def note_look(run: SyncRun | None, user: Viewer, shown: Mapping[str, Any]) -> None:
    """A page that names people is a look at them, and each look is written down."""
    number = len(shown.get("samples", ())) + sum(len(rows) for _, rows in shown.get("clashes", ()))
    if run is not None and number:
        record(user, "view people", str(run), {"run": run.pk}, number, "", f"{number} people shown as samples.")


def relatives(run: SyncRun) -> list[tuple[str, SyncRun]]:
    """Runs that this one came of, and those that came of it."""
    above = [("Carries out the plan of", run.executes), ("Takes back", run.undoes)]
    below = [(CARRIED_OUT if other.executes_id == run.pk else TAKEN_BACK, other) for other in _children(run)]
    return [(words, other) for words, other in [*above, *below] if other is not None]


def _children(run: SyncRun) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(Q(executes=run) | Q(undoes=run)).order_by("pk")


def _is_about_an_undo(run: SyncRun, related: Sequence[tuple[str, SyncRun]]) -> bool:
    undone = any(words == TAKEN_BACK and not other.dry_run for words, other in related)
    return undone or bool(run.undoes_id and not run.dry_run)


def may(user: Viewer, permission: str) -> bool:
    return isinstance(user, PermissionsMixin | AnonymousUser) and user.has_perm(permission)
