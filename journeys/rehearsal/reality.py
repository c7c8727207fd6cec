"""Prediction against reality: what Iterable's webhooks report of a journey, beside the replay of its approved version.

A send, a skip or an exit is explained where the replay has the same for this person and campaign within a day of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from contacts.conditions.frames import Fixed
from contacts.conditions.sql_events import AT
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from journeys.definition.models import JourneyVersion
from journeys.rehearsal.bounding import BLOCKED, EXPOSED, SENT, UNKNOWN
from journeys.rehearsal.mailing import ENDED, MESSAGES, add_messages, epoch, messages_table, rows
from journeys.rehearsal.models import RealityCheck
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.temporary import temporary

log = structlog.get_logger(__name__)
SEND, SKIP, EXIT = "emailSend", "emailSendSkip", "journeyExit"
PERIOD, ENTERED_IN = timedelta(days=30), timedelta(days=120)
"""How much of the past is compared; and how long before that people may have entered and still be on their way."""
NEAR = timedelta(days=1)
"""Iterable's clocks, quiet hours and queues; and a day until the last reports are in."""
MOST_EVENTS = 50
KEPT = 90
A_DAY = 86_400
REPORTED = "rehearsal_reported"
KINDS = {"sends": SEND, "skips": SKIP, "exits": EXIT}
EXPLAINED_BY = {SEND: (SENT, EXPOSED, UNKNOWN), SKIP: (BLOCKED,), EXIT: (ENDED,)}
Counts = dict[str, int]
Events = dict[str, list[int]]


def compare_nightly() -> None:
    """Each approved version that an event starts."""
    for version in JourneyVersion.objects.filter(state=JourneyVersion.State.APPROVED).select_related("journey"):
        try:
            compare(version, timezone.now())
        except Problem as problem:
            log.warning("reality.not_compared", version=str(version), problem=str(problem))


def compare(version: JourneyVersion, now: datetime) -> RealityCheck | None:
    """None where nothing can be compared: no event starts it, or it was approved only lately."""
    graph = version.read()
    until = now - NEAR
    since = max(version.approved_at or now, until - PERIOD)
    if graph.start.entry.kind != "event" or since >= until:
        return None
    scene = Scene(graph, now)
    with messages_table():
        add_messages(version.journey, scene, since - ENTERED_IN)
        counts, events = _compared(scene, version.journey.workflow_id, since, until)
    told = {"since": since, "until": until, "counts": counts, "events": events, "checked_at": now}
    check = RealityCheck.objects.create(journey=version.journey, version=version, **told)
    kept = RealityCheck.objects.filter(journey=version.journey).values_list("pk", flat=True)[:KEPT]
    RealityCheck.objects.filter(journey=version.journey).exclude(pk__in=list(kept)).delete()
    return check


def _compared(scene: Scene, workflow: int | None, since: datetime, until: datetime) -> tuple[Counts, Events]:
    campaigns = sorted({step.campaign_id for step in scene.messages() if step.campaign_id})
    with temporary(REPORTED, "(event bigint, contact bigint, kind text, number bigint, at bigint)"):
        _read(SEND, "campaign_id", campaigns, since)
        _read(SKIP, "campaign_id", campaigns, since)
        _read(EXIT, "workflow_id", [workflow] if workflow else [], since)
        counts, events = _predicted(since, until), {}
        for word, name in KINDS.items():
            counts[word], found = _unexplained(name, until)
            counts[f"unexplained_{word}"], events[word] = len(found), found[:MOST_EVENTS]
    named = [bool(step.campaign_id) for step in scene.messages()]
    return {**counts, "steps": len(named), "compared": sum(named)}, events


def _read(name: str, key: str, numbers: Sequence[int], since: datetime) -> None:
    """What a webhook told of people whom we know: compared as texts, since another sender's may be no number."""
    if not numbers:
        return
    low, values = Fixed(since - NEAR).moment()
    number = f"CAST(e.payload ->> '{key}' AS text)"
    told = ", ".join(f"'{int(one)}'" for one in numbers)
    text = f"""INSERT INTO {REPORTED} SELECT e.id, c.id, '{name}', CAST({number} AS bigint), {epoch(AT)}
        FROM inbox_event e JOIN contacts_contact c ON c.email = e.email
        WHERE e.door = '{Event.Door.ITERABLE.value}' AND e.name = '{name}' AND e.duplicate_of_id IS NULL AND c.email <> ''
        AND {AT} >= {low} AND {number} IN ({told})"""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def _unexplained(name: str, until: datetime) -> tuple[int, list[int]]:
    """How many were reported of the period, and the events of those that the replay does not have."""
    outcomes = ", ".join(f"'{outcome}'" for outcome in EXPLAINED_BY[name])
    same = "" if name == EXIT else "AND m.campaign = r.number"
    like = f"""SELECT 1 FROM {MESSAGES} m WHERE m.contact = r.contact AND m.outcome IN ({outcomes}) {same}
        AND m.at BETWEEN r.at - {A_DAY} AND r.at + {A_DAY}"""
    here = f"FROM {REPORTED} r WHERE r.kind = %s AND r.at < %s"
    values = (name, int(until.timestamp()))
    ((told,),) = rows(f"SELECT COUNT(*) {here}", values)
    return told, [event for (event,) in rows(f"SELECT r.event {here} AND NOT EXISTS ({like}) ORDER BY r.event DESC", values)]


def _predicted(since: datetime, until: datetime) -> Counts:
    """Of the messages that would be sent in the period: how many were, and how many Iterable says it skipped."""
    near = f"r.contact = m.contact AND r.number = m.campaign AND r.at BETWEEN m.at - {A_DAY} AND m.at + {A_DAY}"
    hit, skipped = (f"EXISTS (SELECT 1 FROM {REPORTED} r WHERE r.kind = '{name}' AND {near})" for name in (SEND, SKIP))
    text = f"""SELECT COUNT(*), COALESCE(SUM(CASE WHEN {hit} THEN 1 ELSE 0 END), 0),
        COALESCE(SUM(CASE WHEN {skipped} AND NOT {hit} THEN 1 ELSE 0 END), 0)
        FROM {MESSAGES} m WHERE m.outcome IN ('{SENT}', '{EXPOSED}') AND m.campaign IS NOT NULL AND m.at >= %s AND m.at < %s"""
    ((predicted, hits, skips),) = rows(text, (int(since.timestamp()), int(until.timestamp())))
    return {"predicted": predicted, "hits": hits, "skipped": skips}
