"""A night that stands still, a definition whose owner can be reached, and what one look leads to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from contacts.sync.alerting.telling import send_notices
from contacts.sync.alerting.watching import watch
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.seed import seed_sync
from iterable_admin.audit.models import Dri
from tests.factories import SyncRunFactory

NIGHT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NIGHT, tick=False) as moved:
        yield moved


@pytest.fixture
def definition(clock: Any) -> SyncDefinition:
    seed_sync()
    Dri.objects.update_or_create(role="technical_owner", defaults={"name": "Tess", "email": "tess@example.com"})
    return SyncDefinition.objects.get(slug="namespace-information")


def ended(definition: SyncDefinition, state: str, **values: Any) -> SyncRun:
    return SyncRunFactory.create(
        definition=definition, state=state, started_at=timezone.now(), finished_at=timezone.now(), **values
    )


def look_and_tell() -> list[str]:
    """Subjects of the mails that went out by it."""
    mail.outbox.clear()
    watch()
    send_notices()
    return [str(message.subject) for message in mail.outbox]
