"""One look at everything in Iterable, kind by kind."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.utils import timezone

from contacts.consent.learning import learn_ids
from contacts.consent.models import Channel, MessageType
from iterable_admin.errors import Problem
from iterable_admin.iterable.client import IterableClient
from iterable_admin.outbox.connection import connect
from iterable_admin.redaction import redact
from journeys.mirror.comparing import bring_in_step
from journeys.mirror.kinds import KINDS, Kind
from journeys.mirror.members import refresh_suppressed
from journeys.mirror.subscriptions import COUNTED
from journeys.mirror.texts import read_texts
from journeys.models import MirrorRun

log = structlog.get_logger(__name__)

# Called after each run, by those who look at what it brought.
_after: list[Callable[[MirrorRun], None]] = []


def after_mirror(act: Callable[[MirrorRun], None]) -> None:
    """To be filled when an app is ready."""
    _after.append(act)


def refresh(trigger: str = "schedule") -> MirrorRun:
    """Raises what the client raises before anything is read (a missing key); later trouble stands on the run, by kind."""
    client = connect()
    run = MirrorRun.objects.create(trigger=trigger, started_at=timezone.now())
    troubles = [_try(COUNTED, run, lambda: _catalogue(client))]
    troubles += [_try(f"{kind.name}s", run, lambda kind=kind: _kind(client, kind, run)) for kind in KINDS]  # type: ignore[misc]
    troubles.append(_try("suppressed", run, lambda: {"seen": refresh_suppressed(client)}))
    troubles.append(_try("texts", run, lambda: {"seen": read_texts(client)}))
    told = [trouble for trouble in troubles if trouble]
    run.error, run.ended_at = "\n".join(told), timezone.now()
    run.state = MirrorRun.State.WITH_ERRORS if told else MirrorRun.State.COMPLETED
    run.save()
    for act in _after:
        act(run)
    return run


def refresh_hourly() -> None:
    """For the schedule: what cannot be read now is tried again in an hour."""
    try:
        refresh()
    except Problem as problem:
        log.warning("mirror not refreshed", reason=str(problem))


def _try(what: str, run: MirrorRun, look: Callable[[], dict[str, int]]) -> str:
    """A half-read set of pages raises before anything of it is compared, so nothing is marked missing by it."""
    try:
        run.counts[what] = look()
    except Problem as problem:
        return redact(f"{what}: {problem}")
    except Exception as error:
        # Something odd of one kind must not leave the run without an end, nor keep the other kinds from being read.
        log.exception("mirror broke", kind=what)
        return f"{what}: our error, {type(error).__name__}. The technical owner has it mended in the code."
    return ""


def _kind(client: IterableClient, kind: Kind, run: MirrorRun) -> dict[str, int]:
    return dict(bring_in_step(kind, kind.read(client), run, timezone.now()))


def _catalogue(client: IterableClient) -> dict[str, int]:
    learn_ids(client)
    return {"seen": Channel.objects.exclude(seen_at=None).count() + MessageType.objects.exclude(seen_at=None).count()}
