"""The rows of `manage.py seed`: made by it once in each process, and put back as they were for every further test.

What depends on the clock, the schedules, is made anew each time; so is everything where a test has rows of its own already.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import Model

from contacts.consent.models import Channel, MessageType
from contacts.intake.models import EventType
from contacts.models import FieldPrecedence
from contacts.sync.models import FieldMapping, SyncDefinition, SyncTrigger
from contacts.sync.scheduling import ensure_schedule
from iterable_admin.audit.models import Dri
from iterable_admin.schedules import ensure_schedules
from journeys.lint.models import SilenceAlarm
from journeys.models import Journey

MODELS: tuple[type[Model], ...] = (
    *(Dri, Channel, MessageType, EventType, Journey, SilenceAlarm, SyncDefinition, FieldMapping, FieldPrecedence, SyncTrigger),
    *(Group, Group.permissions.through),
)
_made: dict[type[Model], list[Model]] = {}


def seed() -> None:
    if any(model._default_manager.exists() for model in MODELS):
        call_command("seed", verbosity=0)
    elif _made:
        _put_back(_made.items())
        ensure_schedules()
        ensure_schedule()
    else:
        call_command("seed", verbosity=0)
        _made.update({model: list(model._default_manager.all()) for model in MODELS})


def _put_back(rows: Iterable[tuple[type[Model], list[Model]]]) -> None:
    for model, made in rows:
        model._default_manager.bulk_create([copy(row) for row in made])
