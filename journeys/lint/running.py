"""A run of the lint: after every mirror and sync, by the clock, by a button and by command. One at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from contacts.consent.clock import Running, running
from contacts.consent.resolver.exposing import at_everybody
from iterable_admin.errors import Temporary
from journeys.lint.excepting import expire_exceptions
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding, LintRun
from journeys.lint.reach import AUDIENCE, reach_by_journey
from journeys.lint.registry import Found, Rule, rules
from journeys.lint.settling import settle

log = structlog.get_logger(__name__)
# A run takes seconds: one that has not ended by then was killed.
LOST_AFTER = timedelta(minutes=10)


def lint(trigger: str, *, quick: bool = False) -> LintRun:
    """All rules, or the quick ones. Raises Temporary while another run is under way.

    What one rule raises is kept and raised too, once what the others found is settled.
    """
    run, broken = _begin(trigger, quick), dict[str, Exception]()
    try:
        run.counts = _look(rules(quick=quick), Ground(run.started_at), broken)
        for problem in broken.values():
            raise problem
    except Exception as problem:
        # The type alone: a database's message may quote a row.
        where = f" in {', '.join(broken)}" if broken else ""
        run.error = f"Our error{where}: {type(problem).__name__}. The technical owner has it mended in the code."
        raise
    finally:
        run.ended_at = timezone.now()
        run.save()
    log.info(
        "linted",
        run=run.pk,
        trigger=trigger,
        quick=quick,
        **{name: told for name, told in run.counts.items() if name != AUDIENCE},
    )
    return run


def _begin(trigger: str, quick: bool) -> LintRun:
    now = timezone.now()
    lost = LintRun.objects.filter(quick=quick, ended_at=None, started_at__lt=now - LOST_AFTER)
    lost.update(ended_at=now, error="It was killed before it ended.")
    try:
        with transaction.atomic():
            return LintRun.objects.create(trigger=trigger, quick=quick, started_at=now)
    except IntegrityError as problem:
        raise Temporary("A run of the lint is under way; it ends within a minute.") from problem


def _look(chosen: Sequence[Rule], ground: Ground, broken: dict[str, Exception]) -> dict[str, Any]:
    """Rules look before anything is written: what they compute is slow, what is settled is short."""
    began = monotonic()
    with at_everybody():
        found: list[tuple[Rule, Found]] = [(rule, item) for rule in chosen for item in _ask(rule, ground, broken)]
        told = {"clock": ground.clock.as_json()}
        if not all(rule.quick for rule in chosen):
            told[AUDIENCE] = reach_by_journey(ground)
    looked = monotonic() - began
    expire_exceptions()
    # What a broken rule found before stands as it was.
    counts = settle(found, [rule.code for rule in chosen if rule.code not in broken], ground.now)
    standing = LintFinding.objects.filter(state=LintFinding.State.OPEN).count()
    return {**counts, "open": standing, "seconds": round(looked, 2), **told}


def _ask(rule: Rule, ground: Ground, broken: dict[str, Exception]) -> list[Found]:
    """One that breaks, on something odd in Iterable say, must not silence the others."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return list(rule.find(ground))
    except Exception as problem:
        # What the other rules find is told all the same.
        log.exception("rule broke", code=rule.code)
        broken[rule.code] = problem
        return []


def clock() -> tuple[Running, datetime]:
    """As the last run saw it, and when: asking everybody again would take a page seconds. Now, as long as there was none."""
    runs = LintRun.objects.filter(ended_at__isnull=False, error="", counts__has_key="clock")
    if last := runs.order_by("-id").first():
        return Running.from_json(last.counts["clock"]), last.started_at
    return running(), timezone.now()


def last_run(*, quick: bool = False) -> LintRun | None:
    return LintRun.objects.filter(quick=quick, ended_at__isnull=False, error="").order_by("-id").first()


def looked_at(*, quick: bool = False) -> datetime | None:
    run = last_run(quick=quick)
    return run.started_at if run else None
