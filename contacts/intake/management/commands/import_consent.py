"""Today's state comes in: withdrawals and profiles from files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from contacts.intake.importing.exposed import Exposed
from contacts.intake.importing.forms import NAMES, form_of
from contacts.intake.importing.importing import File, Import, import_file
from contacts.intake.importing.lines import Bad
from contacts.intake.importing.marketo_activities import read_leads
from iterable_admin.errors import Problem
from iterable_admin.redaction import mask_emails

MOST_SHOWN = 50


class Command(BaseCommand):
    help = "Import who unsubscribed from what, and how profiles stand in Iterable. The same line is never imported twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--from", dest="form", choices=NAMES, help="what the files are; else their header tells")
        parser.add_argument("--source", default="", metavar="NAME", help="named in the ledger instead of the usual name")
        parser.add_argument("--leads", type=Path, metavar="FILE", help="whose leads Marketo's activities name: id and email")
        parser.add_argument("--apply", action="store_true", help="enqueue the opt-outs of those whom Iterable has and may mail")
        parser.add_argument("--dry-run", action="store_true", help="write and send nothing, print the same counts")

    def handle(self, *, files: list[Path], form: str | None, source: str, leads: Path | None, **options: Any) -> None:
        dry_run, apply = options["dry_run"], options["apply"]
        self.bad_shown = 0
        work = Import(timezone.now(), dry_run, self._show, Exposed(apply=apply and not dry_run))
        try:
            known = read_leads(leads) if leads else {}
            found = [(path, form_of(path, form)) for path in files]
            size = sum(path.stat().st_size for path in files)
            with tqdm(total=size, unit="B", unit_scale=True, file=sys.stderr, disable=None) as bar:

                def told(characters: int) -> None:
                    bar.update(characters)

                for path, kind in found:
                    import_file(File(path, kind.name, kind.make(known), mask_emails(source or kind.source)[:100]), work, told)
        except (Problem, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(figures(work))
        self.stdout.write(next_step(work, apply))
        if dry_run:
            self.stdout.write("Dry run: nothing was written, and nothing was sent.")

    def _show(self, bad: Bad) -> None:
        self.bad_shown += 1
        if self.bad_shown <= MOST_SHOWN:
            self.stdout.write(str(bad))
        elif self.bad_shown == MOST_SHOWN + 1:
            self.stdout.write("More lines of this kind are counted below.")


def figures(work: Import) -> str:
    counts = {
        "lines read": work.lines,
        "not taken, to mend": work.bad,
        "dated anew": work.odd,
        "said nothing of this": work.silent,
        "profiles seen": work.profiles,
        **{f"ledger: {verdict}": number for verdict, number in sorted(work.added.items())},
        "known before": work.known,
    }
    return "\n".join(f"{name:>22}  {number:>9,}" for name, number in counts.items())


def next_step(work: Import, apply: bool) -> str:
    exposed, unknown = len(work.exposed.people), len(work.exposed.unknown)
    lines = [f"{exposed:,} of these people withdrew, and Iterable has them with the Marketing Channel open."]
    if unknown:
        lines.append(
            f"Of {unknown:,} who withdrew it is not known whether Iterable has them: `manage.py audit_exposure --keep` finds out."
        )
    if work.exposed.enqueued:
        lines.append(f"The opt-outs of {work.exposed.enqueued:,} were enqueued: the workers send them.")
    elif exposed and not (apply and not work.dry_run):
        lines.append("Run the same again with --apply: it enqueues their opt-outs and imports nothing twice.")
    return " ".join(lines)
