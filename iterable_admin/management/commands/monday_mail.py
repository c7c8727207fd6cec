from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from iterable_admin.audit.models import Dri
from iterable_admin.screens.monday.sending import send_mails
from iterable_admin.screens.monday.wording import letter
from iterable_admin.screens.monday.writing import reachable, write_mails


class Command(BaseCommand):
    help = "Writes this week's mail to each DRI and sends it. Runs on Mondays by itself; a second time it writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Print the mails, and send none.")

    def handle(self, *args: Any, **options: Any) -> None:
        reached = {dri.role for dri in reachable()}
        for role in Dri.Role:
            if role not in reached:
                self.stdout.write(f"{role.label}: skipped, the role is vacant or has no address.")
            elif options["dry_run"]:
                told = letter(role)
                self.stdout.write(f"{role.label}: {told.subject}\n\n{told.text(role)}\n")
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was sent.")
            return
        self.stdout.write(f"{len(write_mails())} written, {send_mails()} sent.")
