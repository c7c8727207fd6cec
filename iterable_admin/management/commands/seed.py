"""Fill what every installation needs: safe to run twice, and after an operator's own edits."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from contacts.consent.seed import seed_channels
from contacts.intake.seed import seed_event_types
from contacts.sync.scheduling import ensure_schedule
from contacts.sync.seed import seed_sync
from iterable_admin.audit.seed import seed_dris
from iterable_admin.schedules import ensure_schedules
from iterable_admin.screens.roles import ensure_groups
from journeys.seed import seed_journeys, seed_silence_alarms


class Command(BaseCommand):
    help = "Fill roles, groups, channels, message types, event types, journeys and the sync: only what is missing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        seed_dris()
        seed_channels()
        seed_event_types()
        seed_journeys()
        seed_silence_alarms()
        seed_sync()
        ensure_groups()
        ensure_schedules()
        ensure_schedule()
        self.stdout.write("Seeded: roles, channels, message types, event types, journeys, the sync, groups, schedules.")
