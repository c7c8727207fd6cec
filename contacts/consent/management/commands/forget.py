"""Have a person forgotten, here and in Iterable."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from contacts.consent.erasing.forgetting import footprint, forget
from contacts.consent.erasing.operating import recorded
from contacts.consent.erasing.traces import Person
from iterable_admin.addresses import is_email, mask_email
from iterable_admin.errors import Problem

REQUEST = "Asked to be forgotten"


class Command(BaseCommand):
    help = "Have Iterable forget a person, blank or remove all that is kept of them here, and keep them from coming back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--reason", default=REQUEST, help="kept for good; leave the address out (default: %(default)s)")
        parser.add_argument("--yes", action="store_true", help="do not ask at a terminal; a script is never asked")
        parser.add_argument("--dry-run", action="store_true", help="write and send nothing, print what would be blanked")

    def handle(self, *, email: str, reason: str, yes: bool, dry_run: bool, **options: Any) -> None:
        person = Person.at(email)
        if not is_email(person.email):
            raise CommandError("This is not an email address.")
        self._show(person)
        if dry_run:
            self.stdout.write("Dry run: nothing was written, and nothing was sent.")
            return
        if not yes:
            self._ask(person)
        try:
            with transaction.atomic():
                erasure = forget(email, reason, _who())
                recorded(None, erasure, reason)
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{erasure}. Iterable is told by a worker; it confirms within a day (`manage.py doctor`).")

    def _show(self, person: Person) -> None:
        self.stdout.write(f"Of {mask_email(person.email)} there would be blanked or removed:")
        for name, number in footprint(person).items():
            self.stdout.write(f"{number:>9,}  {name}")
        self.stdout.write("The ledger, the hash of the address and the dates stay.")

    def _ask(self, person: Person) -> None:
        if not sys.stdin.isatty():
            return
        answer = input(f"This cannot be undone. Forget {mask_email(person.email)}? Type yes: ")
        if answer.strip().lower() != "yes":
            raise CommandError("Nothing was done.")


def _who() -> str:
    return f"manage.py forget, {getpass.getuser()}"
