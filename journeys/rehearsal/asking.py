"""Ask for a rehearsal: what is to be counted is written down, and a worker counts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.rehearsal.background import User
from journeys.rehearsal.conditions_changed import with_conditions
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.overlays import as_told
from journeys.rehearsal.running import REHEARSALS
from journeys.rehearsal.scene import Overlay

Mode = RehearsalRun.Mode


@dataclass(frozen=True, slots=True)
class Wanted:
    mode: Mode = Mode.NOW
    at: datetime | None = None
    since: datetime | None = None
    overlay: Overlay = field(default_factory=Overlay)


@transaction.atomic
def ask_for_rehearsal(version: JourneyVersion, wanted: Wanted, user: User, reason: str) -> RehearsalRun:
    """Of a version as it stands now: later edits of a draft do not change what was rehearsed."""
    now = timezone.now()
    for name, words in troubles(wanted.mode, wanted.at, wanted.since, now).items():
        raise Permanent(f"{name}: {words}")
    graph = version.read()
    with_conditions(graph, wanted.overlay.conditions)  # Refuses a place that is not there.
    run = RehearsalRun.objects.create(
        journey=version.journey,
        version=version,
        graph=as_json(graph),
        graph_hash=hash_of(graph),
        mode=wanted.mode,
        at=now if wanted.mode == Mode.NOW else wanted.at,
        since=wanted.since,
        overlay=as_told(wanted.overlay),
        actor_id=user.pk if user and user.is_authenticated else None,
        actor_name=user.get_username()[:150] if user else "",
        created_at=now,
    )
    record(user, "rehearse", str(version), {"rehearsal": run.pk, "mode": wanted.mode}, 1, reason)
    REHEARSALS.wake()
    return run


def troubles(mode: str, at: datetime | None, since: datetime | None, now: datetime) -> dict[str, str]:
    """By field, what is wrong with the moments of a rehearsal."""
    if mode == Mode.NOW:
        return {}
    if at is None or at > now:
        return {"at": "Choose a moment in the past."}
    if mode == Mode.REPLAY and (since is None or since >= at):
        return {"since": "Choose a moment before the end of the period."}
    return {}


@transaction.atomic
def ask_to_verify(run: RehearsalRun, user: User, reason: str) -> None:
    fit = RehearsalRun.objects.filter(pk=run.pk, state=RehearsalRun.State.COMPLETED, verifying=False)
    if not fit.update(verifying=True):
        raise Permanent("Only a completed rehearsal can be verified, once at a time.")
    record(user, "verify a rehearsal", str(run), {"rehearsal": run.pk}, 1, reason)
    REHEARSALS.wake()
