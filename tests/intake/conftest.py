from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.intake.seed import seed_event_types
from iterable_admin.addresses import address_key, user_id_lane
from iterable_admin.inbox.models import Event
from tests.factories import EventFactory

FIELDS = {"company": "Fictional Company", "companyNamespace": True, "latest_trial_start_date": "2023-06-11"}


@pytest.fixture
def types(db: None) -> None:
    seed_event_types()


@pytest.fixture
def make_event(types: None) -> Callable[..., Event]:
    """An event as the door stores it, for john.doe@example.com unless said otherwise."""

    def make(
        name: str = "SaaS Trials", email: str = "john.doe@example.com", user_id: str = "", payload: Any = None, **columns: Any
    ) -> Event:
        told = {
            "event_type": name,
            "event_name": name,
            "data_fields": FIELDS,
            "created_at": None,
            "opt_in": None,
            "email_as_received": email,
            "gitlab_user_id": int(user_id) if user_id.isdecimal() else None,
        }
        lane = address_key(email) if email else user_id_lane(user_id)
        return EventFactory.create(name=name, email=email, user_id=user_id, lane=lane, payload=told | (payload or {}), **columns)

    return make
