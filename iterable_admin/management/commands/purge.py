from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from iterable_admin.purging import count_purgeable, purge


class Command(BaseCommand):
    help = "Forgets what is past its time (the KEEP_* settings). Runs nightly by itself; safe to stop and to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Print what would go, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = count_purgeable() if options["dry_run"] else purge()
        for name, number in found:
            self.stdout.write(f"{number:>9,}  {name}")
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was changed.")
