from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token


class Command(BaseCommand):
    help = "Makes a token for a source (and the source, if it is new) and prints it, for this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The upstream system, like CustomersDot.")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Source.Scope.values,
            help="What a new source may do; repeat it. Without any: send events.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = options["scope"]
        source, made = Source.objects.get_or_create(
            name=options["name"], defaults={"scopes": sorted(set(scopes or [Source.Scope.EVENTS_WRITE]))}
        )
        if not made and scopes and set(scopes) != set(source.scopes):
            raise CommandError(
                f"{source} exists and may do: {', '.join(source.scopes)}. Change that in the admin, or leave out --scope."
            )
        try:
            token = create_token(source)
        except Permanent as problem:
            raise CommandError(str(problem)) from problem
        self.stderr.write(f"{source} may do: {', '.join(source.scopes)}. Keep this token: it is not shown again.")
        # Alone on standard output, so that a script can take it from there.
        self.stdout.write(token)
