"""A run and its plan in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.sync import reasons
from contacts.sync.counting import under_way
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.next_steps import NOT_IN_THE_WINDOW, is_of_nobody

MOST_SAMPLES = 20


def figures(run: SyncRun) -> str:
    counts = {
        "read": run.read,
        "unchanged": run.unchanged,
        "skipped": run.skipped,
        "failed": run.failed,
        "delivered": run.delivered,
        "would be sent" if run.dry_run or run.state == SyncRun.State.STOPPED else "under way": _rest(run),
    }
    lines = [f"{name:>14}  {number:>9,}" for name, number in counts.items()]
    lines += [f"    skipped: {number:,} {code}: {reasons.WORDS.get(code, code)}" for code, number in run.skipped_reasons.items()]
    lines += [NOT_IN_THE_WINDOW] if is_of_nobody(run) else []
    return "\n".join(lines)


def _rest(run: SyncRun) -> int:
    return under_way(run) or run.rows.filter(state=SyncRow.State.PLANNED).count()


def plan_lines(run: SyncRun) -> Iterator[str]:
    plan = run.plan
    if not plan:
        return
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in plan["kinds"].items()) or "nothing"
    calls = f"{plan['bulk_calls']:,} bulk calls and {plan['look_ups']:,} look-ups"
    yield f"To send: {kinds}; in {calls}, about {plan['minutes']} minutes."
    yield f"Largest batch {plan['largest_batch_bytes']:,} bytes. Of those to send, {plan['opt_outs']:,} are opted out first."
    yield from (f"A guard would stop it: {words}" for words in plan["objections"] if run.dry_run)
    yield f"No longer there: {run.left:,} left the window, {run.vanished:,} vanished from the source."
    for name, people in list(plan["fields"].items())[:MOST_SAMPLES]:
        yield f"  {people:>9,}  {name}"
    for code, number in plan["failed"].items():
        yield f"    failed: {number:,} {code}: {reasons.WORDS.get(code, code)}"
    for row in run.rows.filter(state=SyncRow.State.PLANNED).order_by("pk")[:MOST_SAMPLES]:
        yield f"  {row.email}: {', '.join(row.changed_fields)}"
