"""The plan of a run as people read it, with samples; and the rows that are held because they contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.pages.changes import Line, changes

MOST_SAMPLES = 10
MOST_HELD = 60
MOST_FIELDS = 25
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    row: SyncRow
    lines: list[Line]
    more: int


@dataclass(frozen=True, slots=True)
class Plan:
    figures: list[tuple[str, str]]
    kinds: list[tuple[str, int]]
    fields: list[tuple[str, int]]
    more_fields: int
    objections: list[str]


def plan_told(run: SyncRun) -> Plan | None:
    plan = run.plan
    if not plan:
        return None
    fields = list(plan.get("fields", {}).items())
    figures = [
        ("To send", f"{plan.get('to_send', 0):,}"),
        ("Bulk calls", f"{plan.get('bulk_calls', 0):,}"),
        ("Look-ups", f"{plan.get('look_ups', 0):,}"),
        ("About", f"{plan.get('minutes', 0):,} minutes"),
        ("Largest batch", f"{plan.get('largest_batch_bytes', 0) / MEGABYTE:,.2f} of 4 MB"),
        ("Opted out first", f"{plan.get('opt_outs', 0):,}"),
        ("Values nobody knows", f"{plan.get('unknown_people', 0):,} rows"),
    ]
    kinds = list(plan.get("kinds", {}).items())
    return Plan(figures, kinds, fields[:MOST_FIELDS], max(len(fields) - MOST_FIELDS, 0), plan.get("objections", []))


def samples(run: SyncRun) -> list[Sample]:
    """A few rows that have values to compare, in the order of an index: a run may have a million."""
    rows = run.rows.filter(after__isnull=False).exclude(email="").order_by("state", "-pk")[:MOST_SAMPLES]
    return [_sample(row) for row in rows]


def _sample(row: SyncRow) -> Sample:
    lines = changes(row.before, row.after)
    return Sample(row, lines[:MOST_SAMPLES], max(len(lines) - MOST_SAMPLES, 0))


def clashes(run: SyncRun) -> list[tuple[str, list[SyncRow]]]:
    """By what the rows share, the rows side by side."""
    held = run.rows.filter(state=SyncRow.State.SKIPPED).exclude(clash="").order_by("clash", "pk")[:MOST_HELD]
    return [(clash, list(rows)) for clash, rows in groupby(held, key=lambda row: row.clash)]
