"""The rows of `manage.py seed`: made by it once in each process, and put back as they were for every further test.

Where a test has rows of its own already, or a clock of its own, they are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone
from django_q.models import Schedule

from contacts.consent.models import Channel, MessageType
from contacts.intake.models import EventType
from contacts.models import FieldPrecedence
from contacts.sync.models import FieldMapping, SyncDefinition, SyncTrigger
from iterable_admin.audit.models import Dri
from journeys.lint.models import SilenceAlarm
from journeys.models import Journey, JourneyVersion

MODELS: tuple[type[Model], ...] = (
    *(Dri, Channel, MessageType, EventType, Journey, JourneyVersion, SilenceAlarm, SyncDefinition, FieldMapping, FieldPrecedence),
    *(SyncTrigger, Group, Group.permissions.through, Schedule),
)
AN_HOUR = timedelta(hours=1)
_made_at: list[datetime] = []
_made: dict[type[Model], list[Model]] = {}


def seed() -> None:
    if any(model._default_manager.exists() for model in MODELS):
        call_command("seed", verbosity=0)
    elif _made and abs(timezone.now() - _made_at[-1]) < AN_HOUR:
        _put_back(_made.items())
    else:
        call_command("seed", verbosity=0)
        _made_at.append(timezone.now())
        _made.update({model: list(model._default_manager.all()) for model in MODELS})


def _put_back(rows: Iterable[tuple[type[Model], list[Model]]]) -> None:
    for model, made in rows:
        model._default_manager.bulk_create([copy(row) for row in made])
