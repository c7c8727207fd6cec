"""What looks like mass damage: then nothing is sent, and a person approves the plan or discards it."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.planning import Plan
from contacts.sync.staging.difference import Difference

USUAL_OF = 7
"""Runs whose number of rows makes the usual one."""
FEWEST_KNOWN = 20
"""Below so many people a share says nothing: one of three is no mass."""
EMPTY = (
    "The source is empty: suspicious. No account was created within the window, so nothing was compared. "
    "See that the warehouse's table was built, and that WAREHOUSE_URL names the right one; then run again."
)


def objections(run: SyncRun, difference: Difference, plan: Plan) -> list[str]:
    """In words; empty where nothing looks wrong."""
    if not difference.read:
        # That one person is not in the window says nothing about the source.
        return [] if run.only_email else [EMPTY]
    definition = run.definition
    found = [*_of_rows(run, difference), *_of_changes(definition, difference, plan), *_of_values(definition, difference, plan)]
    return [f"{words} See the samples, and ask whoever builds the table; then approve the plan or discard it." for words in found]


def _of_rows(run: SyncRun, difference: Difference) -> Iterator[str]:
    usual, least = usual_rows(run), run.definition.fewest_rows_percent
    whole = run.limit is None and not run.only_email
    if whole and usual and least and difference.read < usual * least / 100:
        yield f"Only {difference.read:,} rows, where {usual:,} are usual (fewer than {least} %)."


def usual_rows(run: SyncRun) -> int:
    earlier = run.definition.runs.filter(dry_run=False, limit=None, only_email="", undoes=None, state__in=FINISHED, read__gt=0)
    counts = earlier.exclude(pk=run.pk).order_by("-id").values_list("read", flat=True)[:USUAL_OF]
    return int(median(counts)) if counts else 0


FINISHED = (SyncRun.State.DELIVERING, SyncRun.State.COMPLETED, SyncRun.State.WITH_ERRORS)


def _of_changes(definition: SyncDefinition, difference: Difference, plan: Plan) -> Iterator[str]:
    changed, known = plan.kinds["changed"], difference.known
    if known >= FEWEST_KNOWN and changed * 100 > known * definition.most_changed_percent:
        yield f"{changed:,} of {known:,} people changed (more than {definition.most_changed_percent} %)."


def _of_values(definition: SyncDefinition, difference: Difference, plan: Plan) -> Iterator[str]:
    known = difference.known
    for name, people in plan.emptied.most_common():
        if known >= FEWEST_KNOWN and people * 100 > known * definition.most_emptied_percent:
            yield f"{name} lost its value for {people:,} of {known:,} people (more than {definition.most_emptied_percent} %)."
    most = definition.most_unknown_percent
    if plan.to_send >= FEWEST_KNOWN and plan.unknown_people * 100 > plan.to_send * most:
        told = ", ".join(f"{words} ({people:,})" for words, people in plan.unknown.most_common(3))
        yield f"{plan.unknown_people:,} of {plan.to_send:,} rows have values that nobody knows (more than {most} %): {told}."
