"""All that is known about a person, as one bundle."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.audit.recording import record
from iterable_admin.errors import Problem
from iterable_admin.screens.access.bundling import bundle, file_name, write_to
from iterable_admin.screens.access.gathering import gather


class Command(BaseCommand):
    help = "Write one zip file with all that is known about a person, here and in Iterable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--to", required=True, metavar="FOLDER", help="not one whose files are served")
        parser.add_argument("--reason", default="Asked for on the command line.", help="kept for good; leave the address out")

    def handle(self, *, email: str, to: str, reason: str, **options: Any) -> None:
        if not is_email(normalise_email(email)):
            raise CommandError("This is not an email address.")
        gathered = gather(email)
        key = address_key(email)
        try:
            path = write_to(to, file_name(key), bundle(gathered))
        except (Problem, OSError) as problem:
            raise CommandError(str(problem)) from problem
        not_asked = gathered["iterable"]["not_asked"]
        record(None, "export", f"person {key[:8]}", {}, 1, reason, "Iterable was not asked." if not_asked else "")
        self.stdout.write(f"{path}: {len(gathered['events'])} events, {len(gathered['deliveries'])} deliveries, and the rest.")
        if not_asked:
            raise CommandError(f"What Iterable holds is missing in it: {not_asked} Mend that and make it again.", returncode=2)
