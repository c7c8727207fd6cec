"""The life of a version: proposed, edited, reviewed by somebody else, approved, superseded. Each step is on record.

All raise Permanent, with nothing written, where the version or the person does not allow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent
from journeys.definition.blocking import blocking
from journeys.definition.graph import Graph
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.lint.looking_over import look_over
from journeys.models import Journey

State, Provenance = JourneyVersion.State, JourneyVersion.Provenance
WRITE, APPROVE = "journeys.write_journeyversion", "journeys.approve_journeyversion"
MAY_NOT_WRITE = "{user} may not describe journeys: the campaigns owner can."
MAY_NOT_APPROVE = "{user} may not approve versions: the business owner can."
SAY_WHY = "Say why: the reason is kept with your name."
IN_THE_MAKING = "{version} is {state} already: finish it, or give it up, before another one is begun."
NOT_SO = "{version} is {state}: {mend}"
MOVED = "Somebody changed {version} meanwhile: look at it again."
OWN = "You wrote at {version} yourself: somebody else approves it."
SAME = "{version} says this already: nothing was changed."
BLOCKED = "{version} is not approved: {count} blocking findings are open ({codes}). Mend them, or have them excepted first."


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, and why."""

    user: User
    reason: str


@transaction.atomic
def propose(
    journey: Journey, by: By, graph: Graph, provenance: JourneyVersion.Provenance = Provenance.TYPED, notes: str = ""
) -> JourneyVersion:
    """A new draft, numbered after all before it. One version of a journey is in the making at a time."""
    _may(by, WRITE, MAY_NOT_WRITE)
    locked = Journey.objects.select_for_update(no_key=True).get(pk=journey.pk)
    begun = locked.versions.filter(state__in=JourneyVersion.OPEN).first()
    if begun:
        raise Permanent(IN_THE_MAKING.format(version=begun, state=begun.get_state_display()))
    made = draft(locked, graph, provenance, notes)
    made.author, made.writers = by.user, [by.user.pk]
    made.save()
    return _recorded(made, by, "describe", f"{made.get_provenance_display()}, {len(graph.steps)} steps")


def draft(journey: Journey, graph: Graph, provenance: JourneyVersion.Provenance, notes: str = "") -> JourneyVersion:
    """Not saved yet, and nobody's."""
    now, last = timezone.now(), journey.versions.aggregate(last=Max("number"))["last"]
    return JourneyVersion(
        journey=journey,
        number=(last or 0) + 1,
        graph=as_json(graph),
        graph_hash=hash_of(graph),
        provenance=provenance,
        described_changed_at=journey.changed_at,
        created_at=now,
        changed_at=now,
        notes=notes,
    )


@transaction.atomic
def edit(
    version: JourneyVersion, by: By, graph: Graph, revision: int, notes: str | None = None, told: str = ""
) -> JourneyVersion:
    """`revision`: the one that the editor saw; `told`: what was changed, in words. Returns the version as it now is."""
    _may(by, WRITE, MAY_NOT_WRITE)
    mine = _locked(version)
    _must_be(mine, (State.DRAFT,), "only a draft is edited; withdraw it to draft, or begin another version.")
    if mine.revision != revision:
        raise Permanent(MOVED.format(version=mine))
    if mine.graph_hash == hash_of(graph) and notes in (None, mine.notes):
        raise Permanent(SAME.format(version=mine))
    mine.graph, mine.graph_hash = as_json(graph), hash_of(graph)
    mine.notes = mine.notes if notes is None else notes
    mine.author, mine.writers = by.user, sorted({*mine.writers, by.user.pk})
    return _stored(mine, by, "edit", told or f"{len(graph.steps)} steps")


@transaction.atomic
def submit(version: JourneyVersion, by: By) -> JourneyVersion:
    """To the business owner. What blocks an approval does not block the question."""
    _may(by, WRITE, MAY_NOT_WRITE)
    mine = _locked(version)
    _must_be(mine, (State.DRAFT,), "only a draft is sent to review.")
    mine.read()
    mine.state = State.IN_REVIEW
    return _stored(mine, by, "submit", "The business owner approves it next, or has it withdrawn.")


@transaction.atomic
def withdraw(version: JourneyVersion, by: By) -> JourneyVersion:
    """From review back to draft: by whoever writes, and by whoever would have approved it."""
    if not by.user.has_perm(APPROVE):
        _may(by, WRITE, MAY_NOT_WRITE)
    _says_why(by)
    mine = _locked(version)
    _must_be(mine, (State.IN_REVIEW,), "only what is in review is withdrawn.")
    mine.state = State.DRAFT
    return _stored(mine, by, "withdraw", "It can be edited again.")


@transaction.atomic
def approve(version: JourneyVersion, by: By, seen: str) -> JourneyVersion:
    """`seen`: the hash of the graph that the approver looked at. The version approved before is superseded."""
    _may(by, APPROVE, MAY_NOT_APPROVE)
    mine = _locked(version)
    _must_be(mine, (State.IN_REVIEW,), "only what is in review is approved.")
    if mine.graph_hash != seen:
        raise Permanent(MOVED.format(version=mine))
    if by.user.pk in mine.writers:
        raise Permanent(OWN.format(version=mine))
    if found := blocking(mine):
        codes = ", ".join(sorted({row.code for row in found}))
        raise Permanent(BLOCKED.format(version=mine, count=len(found), codes=codes))
    before = JourneyVersion.objects.filter(journey=mine.journey, state=State.APPROVED)
    for one in before:
        one.state, one.changed_at = State.SUPERSEDED, timezone.now()
        one.save(update_fields=["state", "changed_at"])
        look_over(one)
    mine.state, mine.approver, mine.approved_at = State.APPROVED, by.user, timezone.now()
    return _stored(mine, by, "approve", "What stands in Iterable is not touched.", graph_hash=mine.graph_hash)


@transaction.atomic
def supersede(version: JourneyVersion, by: By) -> JourneyVersion:
    """Without a successor: a draft is given up by whoever writes, an approval is taken back by whoever approves."""
    mine = _locked(version)
    _may(by, *((APPROVE, MAY_NOT_APPROVE) if mine.state == State.APPROVED else (WRITE, MAY_NOT_WRITE)))
    _must_be(mine, JourneyVersion.STANDING, "it ended already.")
    mine.state = State.SUPERSEDED
    return _stored(mine, by, "supersede", "It is kept for comparison.")


@transaction.atomic
def verify(version: JourneyVersion, by: By) -> JourneyVersion:
    """Somebody compared it with Iterable today, and it says what is there."""
    _may(by, WRITE, MAY_NOT_WRITE)
    mine = _locked(version)
    _must_be(mine, JourneyVersion.STANDING, "what is superseded is not compared any more.")
    mine.verified_on, mine.described_changed_at = timezone.now().date(), mine.journey.changed_at
    return _stored(mine, by, "verify", f"Verified on {mine.verified_on}.")


def _may(by: By, permission: str, words: str) -> None:
    if not (by.user.is_active and by.user.has_perm(permission)):
        raise Permanent(words.format(user=by.user.get_username()))
    _says_why(by)


def _says_why(by: By) -> None:
    if not by.reason.strip():
        raise Permanent(SAY_WHY)


def _locked(version: JourneyVersion) -> JourneyVersion:
    """Its journey first, as whoever begins a version does."""
    Journey.objects.select_for_update(no_key=True).get(pk=version.journey_id)
    return JourneyVersion.objects.select_related("journey").get(pk=version.pk)


def _must_be(version: JourneyVersion, states: tuple[JourneyVersion.State, ...], mend: str) -> None:
    if version.state not in states:
        raise Permanent(NOT_SO.format(version=version, state=version.get_state_display(), mend=mend))


def _stored(version: JourneyVersion, by: By, verb: str, told: str, **selection: Any) -> JourneyVersion:
    version.revision += 1
    version.changed_at = timezone.now()
    version.save()
    return _recorded(version, by, verb, told, **selection)


def _recorded(version: JourneyVersion, by: By, verb: str, told: str, **selection: Any) -> JourneyVersion:
    chosen = {"version": version.pk, "journey": version.journey_id, "graph_hash": version.graph_hash, **selection}
    look_over(version)
    record(by.user, verb, str(version)[:200], chosen, 1, by.reason, told)
    return version
