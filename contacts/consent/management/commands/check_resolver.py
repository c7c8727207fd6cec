"""The rules as SQL and as Python, compared over people of this installation."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.consent.resolver.comparing import A_NIGHT, compare


class Command(BaseCommand):
    help = "Ask about people drawn at random whether they may be mailed, as counted and as explained, and compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=A_NIGHT, help="how many (default: %(default)s)")

    def handle(self, *, people: int, **options: Any) -> None:
        check = compare(people)
        if check.differing:
            raise CommandError(f"{check.differing} of {check.verdicts} verdicts differ: {check.examples}", returncode=1)
        self.stdout.write(f"{check.people:,} people: {check}.")
