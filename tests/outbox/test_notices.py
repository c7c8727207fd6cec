"""What Iterable drops without refusing it is told on the call's page, the delivery's page and the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.outcomes import BulkResult, Outcome, RowOutcome
from iterable_admin.outbox.batching import CallRow
from iterable_admin.outbox.draining import ROUTES, Route
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update, tracked_event
from iterable_admin.outbox.models import Attempt, Delivery, Notice
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import faults, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"


def pages(*names: tuple[str, int | None]) -> list[str]:
    client = Client()
    client.force_login(User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0])
    return [client.get(reverse(f"admin:{name}", args=[pk] if pk else [])).content.decode() for name, pk in names]


def test_a_dropped_field_is_told_with_what_to_do(sandbox: RunningSandbox, cause: Cause, monkeypatch: pytest.MonkeyPatch) -> None:
    def drop(_client: Any, rows: Sequence[CallRow]) -> BulkResult:
        call = Call("POST", "/api/users/bulkUpdate", 200, "", 0.1, "", timezone.now())
        return BulkResult(rows=[RowOutcome(Outcome.DELIVERED) for _ in rows], call=call, filtered_out_fields=["favourite_tea"])

    monkeypatch.setitem(ROUTES, Delivery.Operation.PROFILE, Route("/api/users/bulkUpdate", bulk=drop))
    for _ in range(2):
        (row,) = enqueue([profile_update(ANN, {"favourite_tea": "Assam"}, cause)])
        drain_once()
    assert list(Notice.objects.values_list("kind", "name", "calls")) == [("filtered_field", "favourite_tea", 2)]
    attempt = Attempt.objects.latest("pk")
    shown = pages(("index", None), ("outbox_attempt_change", attempt.pk), ("outbox_delivery_change", row.pk))
    assert ["favourite_tea" in page and "The project does not make new fields by itself" in page for page in shown] == [True] * 3


def test_a_disallowed_event_name_needs_somebody_and_is_told_by_name(sandbox: RunningSandbox, cause: Cause) -> None:
    make_user(sandbox, ANN)
    faults(sandbox, disallowed_events=["Tea drunk"])
    (row,) = enqueue([tracked_event(ANN, "Tea drunk", {}, cause, id="e-1", created_at=1_700_000_000)])
    drain_once()
    assert list(Delivery.objects.values_list("state", "reason_code")) == [("needs_you", "configuration")]
    assert list(Notice.objects.values_list("kind", "name")) == [("disallowed_event", "Tea drunk")]
    attempt = Attempt.objects.get()
    shown = pages(("index", None), ("outbox_attempt_change", attempt.pk), ("outbox_delivery_change", row.pk))
    assert ["Tea drunk" in page and "The name is blocked in the Iterable project" in page for page in shown] == [True] * 3


@pytest.mark.parametrize(("permissions", "links"), [(["view_sendingswitch"], 0), (["view_sendingswitch", "view_notice"], 1)])
def test_only_who_may_see_notices_is_led_to_them(permissions: list[str], links: int) -> None:
    Notice.objects.create(kind="filtered_field", name="favourite_tea", first_at=timezone.now(), last_at=timezone.now())
    user = User.objects.create(username="ben", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    page = client.get(reverse("admin:index")).content.decode()
    told = page[page.index("Iterable dropped the field") :].partition("</p>")[0]
    assert ("favourite_tea" in told, told.count("<a ")) == (True, links)


def test_a_halt_is_told_on_the_list_of_deliveries(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 401, "times": 1}])
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    drain_once()
    shown = pages(("outbox_delivery_changelist", None), ("index", None))
    assert ["! Sending is halted since" in page and "The technical owner mends ITERABLE_API_KEY" in page for page in shown] == [
        True
    ] * 2
