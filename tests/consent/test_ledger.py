from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from contacts.consent.ledger import live_withdrawals, resolve
from contacts.consent.models import Channel, SubscriptionChange
from contacts.consent.recording import record
from tests.factories import SubscriptionChangeFactory

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEY = "k" * 64


def change(verdict: str, basis: str, minute: int, number: int = 0) -> SubscriptionChange:
    return SubscriptionChangeFactory.build(
        pk=number, address_key=KEY, verdict=verdict, basis=basis, occurred_at=NOON + timedelta(minutes=minute)
    )


@pytest.mark.parametrize(
    ("acts", "verdict"),
    [
        ([], None),
        ([("withdrawn", "explicit", 0)], "withdrawn"),
        ([("granted", "explicit", 0)], "granted"),
        ([("withdrawn", "explicit", 0), ("granted", "explicit", 1)], "granted"),
        ([("granted", "explicit", 1), ("withdrawn", "explicit", 0)], "granted"),
        ([("withdrawn", "explicit", 0), ("granted", "explicit", 0)], "withdrawn"),
        ([("granted", "explicit", 0), ("withdrawn", "explicit", 0)], "withdrawn"),
        ([("withdrawn", "explicit", 0), ("granted", "derived", 5)], "withdrawn"),
        ([("withdrawn", "explicit", 0), ("granted", "operator", 1)], "granted"),
        ([("withdrawn", "explicit", 0), ("confirmed", "explicit", 1)], "confirmed"),
        ([("withdrawn", "explicit", 0), ("imported", "system", 5)], "withdrawn"),
        ([("withdrawn", "explicit", 0), ("effective", "system", 5)], "withdrawn"),
        ([("withdrawn", "system", 0), ("granted", "derived", 5)], "withdrawn"),
        ([("granted", "derived", 0)], "granted"),
        ([("granted", "explicit", 0), ("granted", "derived", 5), ("withdrawn", "explicit", 3)], "withdrawn"),
        ([("withdrawn", "explicit", 9), ("granted", "explicit", 5), ("withdrawn", "explicit", 1)], "withdrawn"),
        ([("imported", "system", 0)], "imported"),
        ([("granted", "derived", 0), ("expired", "system", 5)], "expired"),
        ([("granted", "derived", 9), ("expired", "system", 5)], "granted"),
        ([("granted", "explicit", 0), ("expired", "system", 5), ("granted", "derived", 9)], "granted"),
        ([("withdrawn", "explicit", 3), ("expired", "system", 5)], "withdrawn"),
    ],
)
def test_the_newest_act_decides_and_a_withdrawal_wins_a_tie(acts: Sequence[tuple[str, str, int]], verdict: str | None) -> None:
    rows = [change(*act, number=number) for number, act in enumerate(acts)]
    standing = resolve(rows).row
    assert (standing and standing.verdict) == verdict


@pytest.mark.django_db
def test_only_those_with_a_withdrawal_in_force_are_named() -> None:
    SubscriptionChangeFactory.create(address_key="a", occurred_at=NOON)
    SubscriptionChangeFactory.create(address_key="b", occurred_at=NOON)
    SubscriptionChangeFactory.create(address_key="b", verdict="granted", occurred_at=NOON + timedelta(minutes=1))
    SubscriptionChangeFactory.create(address_key="c", target="message_type", target_key="GitLab Marketing")
    assert set(live_withdrawals(["a", "b", "c", "d"])) == {"a"}


@pytest.mark.parametrize("key", ["77", "Marketing Channel"])
@pytest.mark.django_db
def test_out_of_the_marketing_channel_is_out_of_marketing(key: str) -> None:
    Channel.objects.create(name="Marketing Channel", iterable_id=77)
    Channel.objects.create(name="SMS Marketing", iterable_id=78)
    SubscriptionChangeFactory.create(address_key="a", target="channel", target_key=key)
    SubscriptionChangeFactory.create(address_key="b", target="channel", target_key="78")
    assert set(live_withdrawals(["a", "b"])) == {"a"}


@pytest.mark.django_db
def test_the_same_cause_is_recorded_once() -> None:
    row = SubscriptionChangeFactory.build(address_key=KEY, cause_id="one")
    again = SubscriptionChangeFactory.build(address_key=KEY, cause_id="one")
    record([row])
    record([again])
    assert SubscriptionChange.objects.count() == 1
