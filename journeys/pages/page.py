"""The page of one journey: the sentence first, then what it stands on. A fixed number of queries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from journeys.definition.pages.listing import versions_of
from journeys.lint.ground import triggers_of
from journeys.lint.models import LintFinding
from journeys.lint.reach import Reach
from journeys.models import Journey
from journeys.pages.audience import audiences
from journeys.pages.history import actions_on, changes_of, drift, history
from journeys.pages.picture import UNTOLD, picture
from journeys.pages.reality import reality_of
from journeys.pages.rehearsals import rehearsal_links
from journeys.pages.state import (
    link_into_iterable,
    overdue,
    owner_sentence,
    owners_of,
    review_words,
    state_pill,
    state_sentence,
    takes_people,
    trigger_sentence,
    troubles_of,
)
from journeys.pages.triggers import triggers_by_name
from journeys.steps import steps_of

SEE_FINDINGS, SEE_PEOPLE = "journeys.view_lintfinding", "journeys.see_exposed_people"
MOST_FINDINGS = 200


def journey_page(journey: Journey, user: User | AnonymousUser) -> dict[str, Any]:
    now = timezone.now()
    by_name = triggers_by_name([journey])
    triggers = [by_name[name] for name in triggers_of(journey)]
    steps, owners = steps_of(journey), owners_of(journey)
    standing = LintFinding.objects.filter(journey=journey, state__in=LintFinding.STANDING)
    findings = list(standing[:MOST_FINDINGS]) if user.has_perm(SEE_FINDINGS) else []
    return {
        "state": state_pill(journey),
        "external": link_into_iterable(journey),
        "sentences": [state_sentence(journey), owner_sentence(owners), trigger_sentence(journey, triggers)],
        "troubles": troubles_of(journey, triggers, findings, owners, now),
        "findings": findings,
        "owners": owners,
        "review": review_words(journey, now.date()),
        "overdue": overdue(journey, now.date()),
        "triggers": [(trigger, takes_people(journey) and trigger.silent(now)) for trigger in triggers],
        "steps": steps,
        "picture": picture(journey, triggers, steps) if steps else "",
        "untold": UNTOLD,
        "sees_people": user.has_perm(SEE_PEOPLE),
        **versions_of(journey, user),
        **rehearsal_links(journey, user),
        "reality": reality_of(journey),
        **_audience(journey, findings),
        **_changes(journey, steps),
    }


def _audience(journey: Journey, findings: list[LintFinding]) -> dict[str, Any]:
    counted = audiences()
    return {"reaches": [(reach, _exposing(reach, findings)) for reach in counted.of(journey)], "counted_at": counted.at}


def _exposing(reach: Reach, findings: list[LintFinding]) -> LintFinding | None:
    """The finding whose page lists those people; each look at it is recorded."""
    alike = [row for row in findings if row.message_type_id == reach.message_type_id and row.exposed == reach.exposed]
    return next((row for row in alike if row.code == "SUB03"), None) if reach.exposed else None


def _changes(journey: Journey, steps: list[Any]) -> dict[str, Any]:
    actions, changes = actions_on(journey), changes_of(journey, steps)
    return {"drift": drift(actions, changes), "history": history(actions, changes)}
