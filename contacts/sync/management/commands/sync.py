"""One sync run in the foreground."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from contacts.sync.choosing import find_definition
from contacts.sync.figures import figures, plan_lines
from contacts.sync.models import SyncRun
from contacts.sync.running import carry_out
from contacts.sync.starting import Wish, start_run, take
from iterable_admin.addresses import is_email, normalise_email
from iterable_admin.errors import Problem


class Command(BaseCommand):
    help = "Read the source, compare everybody in the window with what Iterable last accepted, and enqueue what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--definition", metavar="ID", help="a definition's number or slug; otherwise the namespace information"
        )
        parser.add_argument("--dry-run", action="store_true", help="call nobody and send nothing: keep the plan, and print it")
        parser.add_argument("--only", type=address, metavar="EMAIL", help="this one person only")
        parser.add_argument("--limit", type=positive, metavar="N", help="about N rows only")

    def handle(self, *, definition: str | None, dry_run: bool, only: str | None, limit: int | None, **options: Any) -> None:
        try:
            wish = Wish(find_definition(definition), dry_run=dry_run, limit=limit, only_email=only or "")
            run = self.run(start_run("command", wish=wish))
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        self.tell(run)

    def run(self, run: SyncRun) -> SyncRun:
        take(run)
        with Bar() as bar:
            return carry_out(run, bar.progress)

    def tell(self, run: SyncRun) -> None:
        self.stdout.write(figures(run))
        for line in plan_lines(run) if run.dry_run or run.state == SyncRun.State.STOPPED else []:
            self.stdout.write(line)
        if run.state in (SyncRun.State.FAILED, SyncRun.State.STOPPED, SyncRun.State.RUNNING):
            raise CommandError(f"Run {run.pk} {run.get_state_display()}: {run.error}")
        if run.dry_run:
            self.stdout.write(f"Dry run {run.pk}: nothing was sent. Its plan is kept: /admin/sync/syncrun/{run.pk}/change/")
        else:
            self.stdout.write(f"Run {run.pk} has read everything; deliveries go out with the workers.")


class Bar:
    def __enter__(self) -> Bar:
        self.bar: tqdm[Any] = tqdm(unit="row", file=sys.stderr, disable=None)
        self.phase = ""
        return self

    def progress(self, phase: str, done: int, total: int) -> None:
        if self.phase != phase:
            self.phase = phase
            self.bar.reset(total or None)
            self.bar.set_description(phase)
        self.bar.total = total or None
        self.bar.update(done - self.bar.n)

    def __exit__(self, *exception: object) -> None:
        self.bar.close()


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError("at least 1")
    return number


def address(text: str) -> str:
    if not is_email(email := normalise_email(text)):
        raise ValueError("not an email address")
    return email
