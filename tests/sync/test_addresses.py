"""A run that meets a known GitLab user under another address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from contacts.intake.handling import handle_events
from contacts.models import AddressChange, Contact
from contacts.presence import note_presence
from contacts.sync.models import SyncRow, SyncState
from contacts.sync.starting import Wish
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.intake.conftest import make_event, types  # noqa: F401 - fixtures
from tests.sync import conftest
from tests.sync.conftest import Fill, Row, namespace
from tests.sync.iterable import profile, put_profile, run_and_deliver, run_once

pytestmark = pytest.mark.django_db(transaction=True)

A, B, C = "ann@old.example.com", "ann@new.example.com", "bob@example.com"
KEY_A, KEY_B = address_key(A), address_key(B)


def person(email: str, **changes: object) -> Row:
    """GitLab user 1, where no other is named."""
    return conftest.person(email, **{"gitlab_dotcom_user_id": 1, **changes})


def sent() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("operation", "email"))


def people() -> list[tuple[str, int | None]]:
    return sorted(Contact.objects.values_list("email", "gitlab_user_id"))


@pytest.fixture
def synced(fill: Fill, sandbox: RunningSandbox) -> RunningSandbox:
    """Under the old address, which Iterable has."""
    put_profile(sandbox, A)
    fill(person(A))
    run_and_deliver()
    Delivery.objects.all().delete()
    return sandbox


def test_it_is_the_same_person_and_nothing_else_is_sent_where_nothing_changed(synced: RunningSandbox, fill: Fill) -> None:
    fill(person(B))
    run = run_and_deliver()
    assert people() == [(B, 1)]
    assert sent() == [("change_address", B)]
    assert (run.state, run.unchanged) == ("completed", 1)
    assert profile(synced, A) is None
    assert (profile(synced, B) or {})["namespace_information"][0]["NAMESPACE_ID"] == 7
    change = AddressChange.objects.get()
    assert (change.cause, change.cause_id, change.occurred_at, change.state) == ("sync", str(run.pk), run.started_at, "settled")


def test_what_iterable_accepted_goes_along_with_the_person(synced: RunningSandbox, fill: Fill) -> None:
    before = SyncState.objects.get().fingerprint
    fill(person(B))
    run_and_deliver()
    assert list(SyncState.objects.values_list("address_key", "fingerprint")) == [(KEY_B, before)]


def test_what_changed_besides_follows_the_change(synced: RunningSandbox, fill: Fill) -> None:
    fill(person(B, namespaces=[namespace(7, GITLAB_PLAN_TITLE="Premium")]))
    run_and_deliver()
    assert [operation for operation, _ in sent()] == ["change_address", "look_up", "profile"]
    assert SyncRow.objects.latest("pk").changed_fields == ["7.GITLAB_PLAN_TITLE"]
    assert (profile(synced, B) or {})["namespace_information"][0]["GITLAB_PLAN_TITLE"] == "Premium"


def test_a_withdrawal_goes_along_too(synced: RunningSandbox, fill: Fill) -> None:
    SubscriptionChangeFactory.create(address_key=KEY_A)
    fill(person(B))
    run_once()
    assert Contact.objects.get().email == B
    assert sorted({operation for operation, _ in sent()}) == ["change_address", "look_up"]


def test_an_old_address_that_iterable_does_not_have_leaves_nothing_accepted(fill: Fill, sandbox: RunningSandbox) -> None:
    ContactFactory.create(email=A, gitlab_user_id=1)
    fill(person(B))
    run_and_deliver()
    assert Delivery.objects.get(operation="change_address").reason_code == "not_in_iterable"
    assert list(SyncState.objects.values_list("fingerprint", "accepted")) == [("", {})]


def test_a_warehouse_that_is_behind_an_event_moves_nobody_back(
    synced: RunningSandbox,
    fill: Fill,
    make_event: Callable[..., Event],  # noqa: F811
) -> None:
    with transaction.atomic():
        handle_events([make_event(email=B, user_id="1")])
    run_once()
    assert people() == [(B, 1)]
    assert AddressChange.objects.count() == 1
    fill(person(B))
    run_once()
    assert Contact.objects.get().warehouse_key == ""
    fill(person(A))
    run_once()
    assert people() == [(A, 1)]


def test_one_whose_former_address_the_warehouse_still_has_is_not_told_as_vanished(
    synced: RunningSandbox,
    fill: Fill,
    make_event: Callable[..., Event],  # noqa: F811
) -> None:
    fill(person(A), person(C, gitlab_dotcom_user_id=9))
    run_and_deliver()
    with transaction.atomic():
        handle_events([make_event(email=B, user_id="1")])
    fill(person(A))
    nights = [run_and_deliver() for _ in range(2)]
    assert [(run.plan["vanished"], run.left, run.vanished) for run in nights] == [(2, 0, 1), (1, 0, 0)]
    assert SyncState.objects.exclude(gone="").get().address_key == address_key(C)


def test_a_user_under_two_addresses_in_one_run_is_held_and_has_not_moved(synced: RunningSandbox, fill: Fill) -> None:
    fill(person(A), person(B))
    run = run_once()
    rows = run.rows.order_by("email").values_list("email", "state", "reason_code", "clash")
    assert list(rows) == [(email, "skipped", "two_addresses_one_user", "GitLab user 1") for email in (B, A)]
    assert (run.read, run.skipped, people()) == (2, 2, [(A, 1)])
    assert not AddressChange.objects.exists()


def test_whoever_has_moved_to_the_address_of_another_row_is_held_however_far_apart_they_are_read(
    synced: RunningSandbox,
    fill: Fill,
    make_event: Callable[..., Event],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contacts.sync.classifying.PEOPLE_A_BATCH", 1)
    with transaction.atomic():
        handle_events([make_event(email=B, user_id="1")])
    # The warehouse still has the old address, and the new one in a row of somebody else.
    fill(person(A), person(B, gitlab_dotcom_user_id=9))
    run = run_once()
    held = run.rows.filter(state="skipped").values_list("email", "reason_code")
    assert list(held) == [(A, "two_rows_one_mailbox")]
    assert (run.read, run.skipped, run.unchanged) == (2, 1, 1)


def test_an_address_of_another_user_is_refused_with_words_once(fill: Fill) -> None:
    ContactFactory.create(email=A, gitlab_user_id=1)
    ContactFactory.create(email=C, gitlab_user_id=9)
    fill(person(C))
    run_once()
    run_once()
    assert people() == [(A, 1), (C, 9)]
    assert set(SyncRow.objects.values_list("state", "reason_code")) == {("skipped", "address_taken")}
    assert AddressChange.objects.get().state == "needs_you"
    assert sent() == []


def test_one_who_leaves_an_address_makes_room_for_one_who_comes(fill: Fill) -> None:
    ContactFactory.create(email=A, gitlab_user_id=1)
    ContactFactory.create(email=B, gitlab_user_id=9)
    fill(person(B, gitlab_dotcom_user_id=1), person(C, gitlab_dotcom_user_id=9))
    run_once()
    assert people() == [(B, 1), (C, 9)]
    assert [operation for operation, _ in sent()][:2] == ["change_address", "change_address"]


def test_a_dry_run_moves_nobody(fill: Fill, sandbox: RunningSandbox) -> None:
    ContactFactory.create(email=A, gitlab_user_id=1)
    note_presence([KEY_B], present=False, how="look_up")
    fill(person(B))
    run_once(Wish(dry_run=True))
    assert people() == [(A, 1)]
    assert not AddressChange.objects.exists()
