"""While a release is put in place, the code before it still runs on the new schema."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from iterable_admin.outbox.models import Delivery, RateBucket

pytestmark = pytest.mark.django_db

BEFORE = ("outbox", "0004_address_prefixes")


def test_the_code_before_still_writes_what_it_knows() -> None:
    before = MigrationLoader(connection).project_state([BEFORE]).apps
    old = {"operation": "profile", "email": "ann@example.com", "lane": "l", "cause": "event", "cause_id": "x"}
    before.get_model("outbox", "Delivery").objects.create(**old, created_at=timezone.now())
    before.get_model("outbox", "RateBucket").objects.create(endpoint="/api/users/bulkUpdate")
    assert list(Delivery.objects.values_list("email", "deaths", "company")) == [("ann@example.com", 0, None)]
    assert not RateBucket.objects.exists()
