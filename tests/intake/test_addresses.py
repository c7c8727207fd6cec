"""A GitLab user who is met under another address: what the news moves, what it does not, and what is carried along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from contacts.consent.models import Erasure, SubscriptionChange
from contacts.consent.verifying import faults
from contacts.intake.handling import handle_events
from contacts.models import AddressChange, Contact, FieldChange, Membership
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from tests.factories import ContactFactory, MembershipFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

A, B, C = "ann@old.example.com", "ann@new.example.com", "bob@example.com"
KEY_A, KEY_B, KEY_C = address_key(A), address_key(B), address_key(C)
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
Make = Callable[..., Event]


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def met(make_event: Make) -> Make:
    def make(email: str, minutes: int = 0, user_id: str = "7", **columns: object) -> Event:
        return make_event(email=email, user_id=user_id, occurred_at=at(minutes), **columns)

    return make


def outcome(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(verdict.state, verdict.code) for verdict in handle_events(events)]


def people() -> list[tuple[str, int | None]]:
    return sorted(Contact.objects.values_list("email", "gitlab_user_id"))


def changes() -> list[tuple[str, str, str]]:
    return list(AddressChange.objects.order_by("pk").values_list("old_key", "new_key", "state"))


def sent() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("operation", "email"))


def withdrawals(key: str) -> list[SubscriptionChange]:
    return list(SubscriptionChange.objects.filter(address_key=key, verdict="withdrawn").order_by("pk"))


def test_the_contact_moves_and_no_second_one_is_left(met: Make) -> None:
    MembershipFactory.create(
        contact=ContactFactory.create(email=A, gitlab_user_id=7, profile={"company": "Old", "state": "Ohio"})
    )
    second = met(B, 1)
    handle_events([second])
    contact = Contact.objects.get()
    assert (contact.address_key, contact.email, contact.gitlab_user_id, contact.address_at) == (KEY_B, B, 7, at(1))
    assert contact.profile["state"] == "Ohio"
    assert Membership.objects.get().contact == contact
    moved = FieldChange.objects.get(field="email")
    assert (moved.old, moved.new, moved.cause, moved.cause_id) == (A, B, "event", str(second.uuid))


def test_the_change_leaves_before_what_the_event_sends(met: Make) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    handle_events([met(B)])
    assert sent() == [("change_address", B), ("profile", B), ("track", B)]
    row = Delivery.objects.get(operation="change_address")
    assert (row.lane, row.joined_lane, row.payload) == (KEY_B, KEY_A, {"currentEmail": A, "newEmail": B})


def test_a_bare_contact_of_the_new_address_is_joined_and_its_fields_win(met: Make) -> None:
    MembershipFactory.create(contact=ContactFactory.create(email=A, gitlab_user_id=7, profile={"state": "Ohio", "title": "x"}))
    bare = ContactFactory.create(email=B, profile={"state": "Utah"})
    FieldChange.objects.create(contact=bare, field="state", new="Utah", cause="event", cause_id="1", changed_at=NOON)
    handle_events([met(B)])
    contact = Contact.objects.get()
    assert (contact.email, contact.profile["state"], contact.profile["title"]) == (B, "Utah", "x")
    assert contact.memberships.count() == 1
    assert list(contact.field_changes.filter(field="state").order_by("pk").values_list("old", "new")) == [
        (None, "Utah"),
        ("Ohio", "Utah"),
    ]


@pytest.mark.parametrize(
    ("target", "key"), [("all_marketing", ""), ("channel", "12"), ("message_type", "GitLab Marketing"), ("list", "33")]
)
def test_every_standing_withdrawal_is_recorded_for_the_new_address(met: Make, target: str, key: str) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    old = SubscriptionChangeFactory.create(address_key=KEY_A, target=target, target_key=key, occurred_at=at(-60))
    handle_events([met(B)])
    [row] = withdrawals(KEY_B)
    assert (row.target, row.target_key, row.occurred_at, row.source, row.supersedes) == (target, key, at(-60), "Marketo", old)
    assert (row.cause, row.cause_id) == ("address", str(AddressChange.objects.get().pk))
    assert withdrawals(KEY_A) == [old]
    assert list(faults()) == []


def test_grants_and_what_they_lifted_stay_behind(met: Make) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    SubscriptionChangeFactory.create(address_key=KEY_A, occurred_at=at(-60))
    SubscriptionChangeFactory.create(address_key=KEY_A, verdict="granted", occurred_at=at(-30))
    handle_events([met(B)])
    assert not SubscriptionChange.objects.filter(address_key=KEY_B).exists()


def test_a_withdrawal_of_the_new_address_stays_and_holds_for_the_old_one_too(met: Make) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    own = SubscriptionChangeFactory.create(address_key=KEY_B)
    handle_events([met(B)])
    assert withdrawals(KEY_B) == [own]
    assert [row.supersedes for row in withdrawals(KEY_A)] == [own]


def test_a_later_withdrawal_under_the_old_address_is_recorded_for_the_new_one_each_time(met: Make) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    handle_events([met(B)])
    SubscriptionChangeFactory.create(address_key=KEY_A, occurred_at=at(1))
    SubscriptionChangeFactory.create(address_key=KEY_B, verdict="granted", occurred_at=at(2))
    SubscriptionChangeFactory.create(address_key=KEY_A, occurred_at=at(3))
    assert [row.occurred_at for row in withdrawals(KEY_B)] == [at(1), at(3)]
    assert list(faults()) == []


@pytest.mark.parametrize("minutes", [-1, 0], ids=["older", "of the same moment"])
def test_stale_news_moves_nobody_back_and_goes_to_where_they_are(met: Make, minutes: int) -> None:
    handle_events([met(B, 0)])
    late = met(A, minutes, payload={"data_fields": {"state": "Ohio"}, "opt_in": True})
    [verdict] = handle_events([late])
    assert people() == [(B, 7)]
    assert "email: late news" in verdict.flags[0]
    assert {email for _, email in sent()} == {B}
    assert changes() == [(KEY_A, KEY_B, "settled")]


def test_a_replay_moves_nobody_back(met: Make) -> None:
    first = met(A, 0)
    handle_events([first])
    handle_events([met(B, 1)])
    handle_events([first])
    assert people() == [(B, 7)]
    assert changes() == [(KEY_A, KEY_B, "pending")]


def test_what_was_withdrawn_under_an_address_that_is_told_of_late_holds_too(met: Make) -> None:
    SubscriptionChangeFactory.create(address_key=KEY_A)
    handle_events([met(B, 1)])
    handle_events([met(A, 0)])
    assert len(withdrawals(KEY_B)) == 1


def test_there_and_back_again_is_two_changes_and_carries_nothing_twice(met: Make) -> None:
    SubscriptionChangeFactory.create(address_key=KEY_A)
    for minutes, email in enumerate((A, B, A)):
        handle_events([met(email, minutes)])
    assert people() == [(A, 7)]
    assert changes() == [(KEY_A, KEY_B, "pending"), (KEY_B, KEY_A, "pending")]
    assert (len(withdrawals(KEY_A)), len(withdrawals(KEY_B))) == (1, 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_addresses_in_one_batch_the_later_one_is_the_persons(met: Make, order: tuple[int, int]) -> None:
    told = [met(A, 0), met(B, 1)]
    assert outcome([told[place] for place in order]) == [("done", ""), ("done", "")]
    assert people() == [(B, 7)]
    assert changes() == [(KEY_A, KEY_B, "pending")]


def test_an_address_of_another_gitlab_user_is_flagged_and_nothing_is_done(met: Make) -> None:
    handle_events([met(A, 0)])
    handle_events([met(C, 0, user_id="9")])
    before = sent()
    SubscriptionChangeFactory.create(address_key=KEY_A)
    [verdict] = handle_events([met(C, 1)])
    handle_events([met(C, 2)])
    assert (verdict.state, verdict.code) == ("needs_you", "address_taken")
    assert "Nobody is merged" in verdict.reason
    assert people() == [(A, 7), (C, 9)]
    assert changes() == [(KEY_A, KEY_C, "needs_you")]
    assert (sent(), withdrawals(KEY_C)) == (before, [])


def test_the_flag_is_settled_once_the_user_has_moved_elsewhere(met: Make) -> None:
    handle_events([met(A, 0)])
    handle_events([met(C, 0, user_id="9")])
    handle_events([met(C, 1)])
    handle_events([met(B, 2)])
    assert changes() == [(KEY_A, KEY_C, "settled"), (KEY_A, KEY_B, "pending")]


def test_an_address_that_was_left_is_free_for_another_user(met: Make) -> None:
    handle_events([met(A, 0)])
    handle_events([met(B, 1)])
    assert outcome([met(A, 2, user_id="9")]) == [("done", "")]
    SubscriptionChangeFactory.create(address_key=KEY_B)
    assert people() == [(B, 7), (A, 9)]
    assert withdrawals(KEY_A) == []


def test_of_two_users_who_share_an_address_the_later_one_has_it_and_nobody_moves(met: Make) -> None:
    handle_events([met(A, 1)])
    handle_events([met(A, 2, user_id="9")])
    [verdict] = handle_events([met(A, 0)])
    assert people() == [(A, 9)]
    assert verdict.flags == ("userId: another GitLab user has this address since, and keeps it",)
    assert changes() == []


def test_an_address_found_by_the_user_id_alone_is_no_news(met: Make) -> None:
    handle_events([met(A, 0)])
    by_id = met(A, 2, payload={"email_as_received": ""})
    handle_events([met(B, 1)])
    handle_events([by_id])
    assert people() == [(B, 7)]
    assert sent()[-1] == ("track", B)


def test_an_erased_address_takes_nobody_in(met: Make) -> None:
    ContactFactory.create(email=A, gitlab_user_id=7)
    Erasure.objects.create(address_key=KEY_B, iterable_hash="0" * 64, requested_by="tom", requested_at=NOON)
    handle_events([met(B)])
    assert changes() == []
    assert "change_address" not in {operation for operation, _ in sent()}


def test_events_without_a_user_id_change_nobodys_address(met: Make) -> None:
    handle_events([met(A, 0)])
    handle_events([met(B, 1, user_id="")])
    assert people() == [(B, None), (A, 7)]
    assert changes() == []
