"""One sync run in the foreground."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from contacts.sync import reasons
from contacts.sync.counting import under_way
from contacts.sync.dry_running import Outlook, look_ahead
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.running import carry_out
from contacts.sync.seed import NAMESPACE_INFORMATION
from contacts.sync.starting import new_run, start_run, take
from iterable_admin.errors import Problem


class Command(BaseCommand):
    help = "Read the warehouse, compare everybody in the window with what Iterable last accepted, and enqueue what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="write and send nothing, print what would be done")
        parser.add_argument("--limit", type=positive, metavar="N", help="read about N rows only")

    def handle(self, *, dry_run: bool, limit: int | None, **options: Any) -> None:
        try:
            (self.look_ahead if dry_run else self.run)(limit)
        except Problem as problem:
            raise CommandError(str(problem)) from problem

    def run(self, limit: int | None) -> None:
        run = start_run("command", limit=limit)
        take(run)
        with Bar() as bar:
            run = carry_out(run, bar.progress)
        self.stdout.write(figures(run, under_way(run)))
        if run.state in (SyncRun.State.FAILED, SyncRun.State.INTERRUPTED, SyncRun.State.RUNNING):
            raise CommandError(f"Run {run.pk} {run.get_state_display()}: {run.error}")
        self.stdout.write(f"Run {run.pk} has read everything; deliveries go out with the workers.")

    def look_ahead(self, limit: int | None) -> None:
        # Not the one definition's row made if missing: a dry run writes nothing at all.
        definition = SyncDefinition.objects.filter(slug=NAMESPACE_INFORMATION).first() or SyncDefinition(pk=0)
        run = new_run(definition, "command", dry_run=True, limit=limit)
        with Bar() as bar:
            outlook = look_ahead(run, bar.progress)
        self.stdout.write(figures(run, run.enqueued))
        for line in explained(outlook):
            self.stdout.write(line)
        self.stdout.write("Dry run: nothing was written, and nothing was sent.")


class Bar:
    def __enter__(self) -> Bar:
        self.bar: tqdm[Any] = tqdm(unit="row", file=sys.stderr, disable=None)
        return self

    def progress(self, read: int, total: int) -> None:
        self.bar.total = total
        self.bar.update(read)

    def __exit__(self, *exception: object) -> None:
        self.bar.close()


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError("at least 1")
    return number


def figures(run: SyncRun, under_way: int) -> str:
    counts = {
        "read": run.read,
        "unchanged": run.unchanged,
        "skipped": run.skipped,
        "failed": run.failed,
        "delivered": run.delivered,
        "would be sent" if run.dry_run else "under way": under_way,
    }
    lines = [f"{name:>14}  {number:>9,}" for name, number in counts.items()]
    lines += [f"    skipped: {number:,} {code}: {reasons.WORDS.get(code, code)}" for code, number in run.skipped_reasons.items()]
    return "\n".join(lines)


def explained(outlook: Outlook) -> list[str]:
    lines = [f"    failed: {number:,} {code}: {reasons.WORDS[code]}" for code, number in sorted(outlook.failed.items())]
    lines.append(f"Of those to send, {outlook.look_ups:,} are looked up in Iterable first, and {outlook.opt_outs:,} opted out.")
    return lines + [f"  {changed.profile.email}: {', '.join(changed.fields)}" for changed in outlook.examples]
