"""The state of each address, from the ledger alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.consent.states import differences, rebuild


class Command(BaseCommand):
    help = "Make the cache of current states anew from the ledger, or with --check only compare the two."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, print what differs")

    def handle(self, *, check: bool, **options: Any) -> None:
        found = 0
        for difference in differences():
            found += 1
            self.stdout.write(difference)
        if check and found:
            raise CommandError(f"{found} states differ from the ledger: run this without --check.", returncode=1)
        if not check:
            self.stdout.write(f"Rebuilt {rebuild()} states from the ledger; {found} had differed.")
        else:
            self.stdout.write("The cache says what the ledger says.")
