"""Prepare the demo: schema, seeds, logins, a token, the warehouse, and what Iterable already holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone

from iterable_admin.demo.environment import Folder
from iterable_admin.demo.people import people_known_to_iterable, write_warehouse
from iterable_admin.errors import Temporary
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import ServiceBusy
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.screens.roles import BUSINESS_OWNER, CAMPAIGNS_OWNER, TECHNICAL_OWNER

LOGINS = {"business": BUSINESS_OWNER, "technical": TECHNICAL_OWNER, "campaigns": CAMPAIGNS_OWNER}
PASSWORD = "demo-only-password"  # noqa: S105 - printed on purpose; the demo listens on this machine alone
ROWS_A_CALL = 1_000
KNOWN_TO_ITERABLE = 4_200
"""Of the demo's 5,000 people."""
TRIES = 60


def prepare_database(say: Callable[[str], None]) -> None:
    say("Migrating the database …")
    call_command("migrate", verbosity=0)
    say("Seeding …")
    call_command("seed", verbosity=0)
    for username, group in LOGINS.items():
        account, made = User.objects.get_or_create(username=username, defaults={"is_staff": True})
        if made:
            account.set_password(PASSWORD)
            account.save()
        account.groups.add(Group.objects.get(name=group))


def demo_token(folder: Folder) -> str:
    """Of a source that may do everything; the same one in every demo of this folder."""
    scopes = [scope.value for scope in Source.Scope]
    source, made = Source.objects.get_or_create(name="CustomersDot (demo)", defaults={"scopes": scopes})
    kept = folder.path / "token"
    if made or not kept.exists():
        kept.unlink(missing_ok=True)
        source.tokens.all().delete()
        return folder.kept("token", create_token(source))
    return kept.read_text()


def prepare_warehouse(folder: Folder, say: Callable[[str], None]) -> None:
    """Dates in it count back from today, so another day's file is written anew."""
    today = timezone.now().date()
    stamp = folder.path / "warehouse.date"
    if folder.warehouse.exists() and stamp.exists() and stamp.read_text() == today.isoformat():
        return
    say("Writing a warehouse of 5,000 people …")
    write_warehouse(folder.warehouse, today)
    stamp.write_text(today.isoformat())


def demo_client() -> IterableClient:
    return IterableClient(settings.ITERABLE_API_KEY, settings.ITERABLE_BASE_URL)


def fill_iterable(folder: Folder, client: IterableClient, say: Callable[[str], None]) -> list[str]:
    """The people whom Iterable knew before we came. Returns their addresses."""
    known = people_known_to_iterable(folder.warehouse, KNOWN_TO_ITERABLE)
    if _holds(client, known[-1]):
        return known
    say(f"Filling the sandbox with {len(known):,} profiles …")
    updates = [ProfileUpdate(data_fields={"signedUpBefore": True}, email=email) for email in known]
    for start in range(0, len(updates), ROWS_A_CALL):
        patiently(partial(client.bulk_update_users, updates[start : start + ROWS_A_CALL]))
    return known


def _holds(client: IterableClient, email: str) -> bool:
    user, _ = patiently(partial(client.get_user, email))
    return user is not None


def patiently(call: Callable[[], Any]) -> Any:
    """A sandbox may answer 429 or fail on purpose; the preparations and comparisons of the demo try again."""
    for _ in range(TRIES):
        try:
            return call()
        except Temporary as error:
            asked = error.retry_after if isinstance(error, ServiceBusy) else None
            time.sleep(asked or 0.25)
    return call()
