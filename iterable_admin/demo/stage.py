"""Prepare the demo: schema, seeds, logins, the warehouse, and what Iterable already holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone

from iterable_admin.demo.environment import Folder
from iterable_admin.demo.people import people_known_to_iterable, write_warehouse
from iterable_admin.errors import Problem, Temporary
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import ServiceBusy
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.screens.roles import BUSINESS_OWNER, CAMPAIGNS_OWNER, TECHNICAL_OWNER

LOGINS = {"business": BUSINESS_OWNER, "technical": TECHNICAL_OWNER, "campaigns": CAMPAIGNS_OWNER}
PASSWORD = "demo-only-password"  # noqa: S105 - printed on purpose; the demo listens on this machine alone
ROWS_A_CALL = 1_000
SHARE_KNOWN = 0.84
"""Of these people, whom Iterable has already."""
TRIES = 60


def prepare_database(say: Callable[[str], None]) -> None:
    say("Migrating the database …")
    call_command("migrate", verbosity=0)
    say("Seeding …")
    call_command("seed", verbosity=0, stdout=StringIO())
    for username, group in LOGINS.items():
        account, made = User.objects.get_or_create(username=username, defaults={"is_staff": True})
        if made:
            account.set_password(PASSWORD)
            account.save()
        account.groups.add(Group.objects.get(name=group))


def prepare_warehouse(folder: Folder, people: int, say: Callable[[str], None]) -> None:
    """Dates in it count back from today, so another day's file is written anew."""
    today = timezone.now().date()
    stamp, wanted = folder.path / "warehouse.date", f"{today} {people}"
    if folder.warehouse.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Writing a warehouse of {people:,} people …")
    write_warehouse(folder.warehouse, today, people)
    stamp.write_text(wanted)


def demo_client() -> IterableClient:
    return IterableClient(settings.ITERABLE_API_KEY, settings.ITERABLE_BASE_URL)


def fill_iterable(folder: Folder, people: int, client: IterableClient, say: Callable[[str], None]) -> None:
    """The people whom Iterable knew before we came."""
    known = people_known_to_iterable(folder.warehouse, int(people * SHARE_KNOWN))
    if _holds(client, known[-1]):
        return
    say(f"Filling the sandbox with {len(known):,} profiles …")
    updates = [ProfileUpdate(data_fields={"signedUpBefore": True}, email=email) for email in known]
    for start in range(0, len(updates), ROWS_A_CALL):
        patiently(partial(client.users.bulk_update, updates[start : start + ROWS_A_CALL]))


def wait_for_user(client: IterableClient, email: str, seconds: float = 60) -> None:
    """An Iterable with a delay has accepted a profile some time before it can be found."""
    end = time.monotonic() + seconds
    while not _holds(client, email):
        if time.monotonic() > end:
            raise Problem(f"Iterable has accepted {email}, and does not find it after {seconds:.0f} s.")
        time.sleep(0.2)


def _holds(client: IterableClient, email: str) -> bool:
    user, _ = patiently(partial(client.users.by_email, email))
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
