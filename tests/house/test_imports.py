"""Imports go downwards only: a room may import rooms of a lower rank; rooms of one rank never import each other."""

from __future__ import annotations

import pytest

from tests.house.sources import Source, imports, parse, product

# The longest matching name decides; what else lies in iterable_admin is the project itself, on top of everything.
RANKS = {
    "iterable_admin": 11,
    "iterable_admin.demo": 10,
    "iterable_admin.screens": 9,
    "journeys": 8,
    "contacts.intake": 7,
    "contacts.sync": 7,
    "contacts.gateway": 7,
    "contacts.conditions": 6,
    "contacts.consent": 5,
    "contacts": 4,
    "iterable_admin.inbox": 3,
    "iterable_admin.outbox": 3,
    "iterable_admin.audit": 2,
    "iterable_admin.waking": 2,
    "iterable_admin.iterable": 1,
    "iterable_admin.sandbox": 1,
    "iterable_admin.warehouse": 1,
}
BOTTOM = (
    *(
        "iterable_admin.addresses",
        "iterable_admin.connections",
        "iterable_admin.copying",
        "iterable_admin.errors",
        "iterable_admin.processes",
        "iterable_admin.statistics",
    ),
    *("iterable_admin.among", "iterable_admin.client_addresses", "iterable_admin.public_addresses", "iterable_admin.redaction"),
)
# Rooms that would work without Django; of the project they know the errors alone.
OUTSIDE = ("iterable_admin.iterable", "iterable_admin.sandbox", "iterable_admin.warehouse")
FRAMEWORKS = ("django", "django_q", "rest_framework", "environ")


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str | None:
    """None for what is not ours; the modules at the bottom are one room."""
    if any(within(module, name) for name in BOTTOM):
        return "bottom"
    return max((room for room in RANKS if within(module, room)), key=len, default=None)


def fault_of(module: str, imported: str) -> str | None:
    here, there = room_of(module), room_of(imported)
    if here in OUTSIDE and any(within(imported, framework) for framework in FRAMEWORKS):
        return f"{here} imports {imported}, but has to work without a framework"
    if here in OUTSIDE and there not in (None, here) and not within(imported, "iterable_admin.errors"):
        return f"{here} imports {imported}, but may know iterable_admin.errors alone"
    if here is None or there is None or here == there or RANKS.get(there, 0) < RANKS.get(here, 0):
        return None
    return f"{here} imports {imported}: imports go downwards only"


def faults(source: Source) -> list[str]:
    found = ((line, fault_of(source.module, name)) for line, name in imports(source))
    return [f"{source.path}:{line}: {fault}" for line, fault in found if fault]


def test_imports_go_downwards_only() -> None:
    assert [fault for source in product() for fault in faults(source)] == []


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("contacts/models.py", "from contacts.consent import ledger", "contacts imports contacts.consent.ledger"),
        ("contacts/models.py", "def later():\n    import journeys.models", "contacts imports journeys.models"),
        ("contacts/models.py", "from .consent import ledger", "contacts imports contacts.consent.ledger"),
        ("contacts/sync/__init__.py", "from ..intake import doors", "contacts.sync imports contacts.intake.doors"),
        (
            "iterable_admin/inbox/models.py",
            "from iterable_admin import outbox",
            "imports iterable_admin.outbox",
        ),
        ("iterable_admin/errors.py", "from iterable_admin.inbox import models", "bottom imports iterable_admin.inbox.models"),
        (
            "iterable_admin/screens/pages.py",
            "from iterable_admin import urls",
            "imports iterable_admin.urls",
        ),
        ("iterable_admin/iterable/client.py", "import django.conf", "without a framework"),
        ("iterable_admin/sandbox/state.py", "from iterable_admin.iterable import client", "iterable_admin.errors alone"),
        ("iterable_admin/warehouse/rows.py", "from iterable_admin.addresses import mask_email", "iterable_admin.errors alone"),
    ],
)
def test_a_wrong_import_is_found(path: str, text: str, fault: str) -> None:
    (found,) = faults(parse(path, text))

    assert found.startswith(f"{path}:")
    assert fault in found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("journeys/models.py", "from contacts.consent.models import Channel"),
        ("contacts/consent/ledger.py", "from .models import SubscriptionChange"),
        ("iterable_admin/iterable/errors.py", "from iterable_admin.errors import Temporary"),
        ("iterable_admin/urls.py", "from iterable_admin.screens import dashboard"),
        ("contacts/models.py", "import djangorestframework_like_name, requests"),
    ],
)
def test_a_right_import_is_left_alone(path: str, text: str) -> None:
    assert faults(parse(path, text)) == []
