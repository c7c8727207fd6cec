"""The profiles of many people as Iterable holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.reads import User
from iterable_admin.outbox.reading_side_by_side import Inquiry, read_each

ENDPOINT = "/api/users/getByEmail"


@dataclass(frozen=True, slots=True)
class Read:
    """A profile as it was at `asked_at` or a moment later; None: Iterable does not have the person."""

    email: str
    user: User | None
    asked_at: datetime


def _ask(client: IterableClient, email: str) -> Read:
    user, call = client.users.by_email(email)
    return Read(email, user, call.started_at)


PROFILES = Inquiry(ENDPOINT, _ask, "profiles")


def read_profiles(emails: Sequence[str], seconds: float) -> Iterator[list[Read]]:
    return read_each(PROFILES, emails, seconds)
