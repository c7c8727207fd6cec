"""The first-hour number: who withdrew and is still mailable."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from defusedcsv import csv
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from contacts.intake.importing.auditing import Audit, ExposedPerson, audit, sources_of
from contacts.intake.importing.lines import Bad, Line, read_lines
from contacts.intake.importing.live_export import read_profiles
from iterable_admin.addresses import mask_email
from iterable_admin.audit.recording import record
from iterable_admin.errors import Problem
from iterable_admin.outbox.connection import connect

MOST_BAD_SHOWN = 20
COLUMNS = ("email", "message_types", "withdrawn_at", "source")


class Command(BaseCommand):
    help = "Read every profile of Iterable and tell who withdrew according to the ledger and is still mailable. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--export", type=Path, nargs="+", metavar="FILE", help="an export of all users, instead of asking Iterable for one"
        )
        parser.add_argument("--show", type=int, default=0, metavar="N", help="name the first N people, masked")
        parser.add_argument("--csv", type=Path, metavar="PATH", help="write all of them, with addresses; readable by you alone")
        parser.add_argument("--keep", action="store_true", help="keep the profiles as seen, which the resolver then uses")

    def handle(self, *, export: list[Path] | None, show: int, csv: Path | None, keep: bool, **options: Any) -> None:
        self.shown = self.bad = 0
        with ExitStack() as stack:
            rows = stack.enter_context(Table(csv)) if csv else None

            def on_person(person: ExposedPerson) -> None:
                if self.shown < show:
                    self.shown += 1
                    self.stdout.write(f"  {mask_email(person.email)}: {', '.join(person.types)}")
                if rows:
                    rows.write(person)

            work = Audit(on_person, self._show_bad, keep)
            if not work.types:
                raise CommandError("No message types are known: run `manage.py doctor`, which learns them from Iterable.")
            try:
                audit(self._lines(export), work)
            except (Problem, OSError) as problem:
                raise CommandError(str(problem)) from problem
        if csv:
            record(None, "export", "exposed people", {}, work.people, "On the command line", f"{work.people:,} people as CSV.")
        self.stdout.write(figures(work))

    def _lines(self, exports: list[Path] | None) -> Iterator[Line | Bad]:
        with tqdm(unit=" profiles", file=sys.stderr, disable=None) as bar:
            files = (line for path in exports or () for line in read_lines(path))
            for line in files if exports else read_profiles(connect(), bar.set_description):
                bar.update()
                yield line

    def _show_bad(self, bad: Bad) -> None:
        self.bad += 1
        if self.bad <= MOST_BAD_SHOWN:
            self.stdout.write(f"not read: {bad}")


class Table:
    """A CSV of people, written as they are found; what a spreadsheet would take for a formula is quoted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Table:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.file = os.fdopen(handle, "w", encoding="utf-8", newline="")
        self.path.chmod(0o600)
        self.writer = csv.writer(self.file)
        self.writer.writerow(COLUMNS)
        return self

    def write(self, person: ExposedPerson) -> None:
        source = sources_of([person.withdrawn_by]).get(person.withdrawn_by, "") if person.withdrawn_by else ""
        at = person.withdrawn_at.isoformat() if person.withdrawn_at else ""
        values = (person.email, "; ".join(person.types), at, source)
        self.writer.writerow(values)

    def __exit__(self, *exception: object) -> None:
        self.file.close()


def figures(work: Audit) -> str:
    policies = {row.name: f"{row.channel.name}, {row.get_policy_display()}" for row in work.types}
    lines = [
        f"{work.people:,} people withdrew, and Iterable would mail them.",
        *(f"{number:>9,}  {name} ({policies[name]})" for name, number in work.by_type.items()),
        f"{work.profiles:,} profiles were read, {work.nameless:,} of them could not be.",
        f"{work.withdrawn:,} addresses have a withdrawal that stands; Iterable does not have {work.not_in_iterable:,} of them.",
    ]
    return "\n".join(lines)
