"""The rules as SQL and as Python say the same of random people, now and as of any moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.consent.models import AddressReport, Erasure, List, ListMembership, SubscriptionChange, SubscriptionState
from contacts.consent.recording import record
from contacts.consent.resolver.records import AsOf
from tests.consent.resolver.conftest import GITLAB, MARKETING, MESSAGE, NOON, RECEIPT, TRANSACTIONAL, by_python, by_sql, see
from tests.effort import examples
from tests.factories import ContactFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.usefixtures("catalogue")

KEY, OTHER = "a" * 64, "b" * 64
SUPPRESSION = 9

# Few moments, so that ties are frequent.
moments = st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours))
targets = st.sampled_from(
    [
        ("all_marketing", ""),
        *(("channel", str(number)) for number in (MARKETING, TRANSACTIONAL)),
        *(("message_type", str(number)) for number in (GITLAB, MESSAGE, RECEIPT)),
        ("message_type", "GitLab Marketing"),
        ("channel", "Marketing Channel"),
        ("list", "5"),
    ]
)
acts = st.tuples(
    st.sampled_from(["withdrawn", "granted", "confirmed", "imported", "expired", "effective"]),
    st.sampled_from(["explicit", "derived", "operator", "system"]),
    targets,
    moments,
    moments,
)
sights = st.fixed_dictionaries(
    {
        "at": moments,
        "received_at": moments,
        "present": st.sampled_from([True, True, True, False]),
        "list_ids": st.sets(st.sampled_from([1, SUPPRESSION])).map(sorted),
        "unsubscribed_channel_ids": st.sets(st.sampled_from([MARKETING, TRANSACTIONAL, 1])).map(sorted),
        "unsubscribed_message_type_ids": st.sets(st.sampled_from([GITLAB, MESSAGE, RECEIPT])).map(sorted),
        "subscribed_message_type_ids": st.sets(st.sampled_from([GITLAB, MESSAGE, RECEIPT])).map(sorted),
    }
)
reports = st.tuples(st.sampled_from(["hard_bounce", "soft_bounce", "complaint", "suppressed"]), moments, moments)
histories = st.fixed_dictionaries(
    {
        "acts": st.lists(acts, max_size=8),
        "sights": st.lists(sights, max_size=3),
        "reports": st.lists(reports, max_size=1),
        "suppressed_at": st.none() | st.none() | moments,
        "erased_at": st.none() | st.none() | st.none() | moments,
        "email": st.sampled_from(["ann@example.com", "ann@example.com", ""]),
    }
)


def change(act: tuple[str, str, tuple[str, str], datetime, datetime], key: str = KEY) -> SubscriptionChange:
    verdict, basis, (target, target_key), occurred_at, received_at = act
    return SubscriptionChangeFactory.build(
        address_key=key,
        verdict=verdict,
        basis=basis,
        target=target,
        target_key=target_key,
        occurred_at=occurred_at,
        received_at=received_at,
    )


def live(history: dict[str, Any]) -> None:
    ContactFactory.create(address_key=KEY, email=history["email"])
    ContactFactory.create(address_key=OTHER)
    record([change(act) for act in history["acts"]])
    for sight in history["sights"]:
        see(KEY, **sight)
    for kind, occurred_at, received_at in history["reports"]:
        AddressReport.objects.create(
            address_key=KEY,
            kind=kind,
            occurred_at=occurred_at,
            received_at=received_at,
            cause="event",
            cause_id=kind,
        )
    suppression = List.objects.create(iterable_id=SUPPRESSION, name="Suppressed", global_suppression=True)
    if history["suppressed_at"]:
        ListMembership.objects.create(list=suppression, address_key=KEY, seen_at=history["suppressed_at"])
    if history["erased_at"]:
        Erasure.objects.create(address_key=KEY, iterable_hash="h", requested_at=history["erased_at"])


@given(history=histories, at=st.none() | moments, known_at=st.none() | moments)
@examples(40)
def test_sql_and_python_agree(history: dict[str, Any], at: datetime | None, known_at: datetime | None) -> None:
    with transaction.atomic():
        live(history)
        for as_of in (AsOf(), AsOf(at, known_at)):
            assert by_sql(KEY, as_of) == by_python(KEY, as_of)
        assert by_sql(OTHER) == by_python(OTHER)
        transaction.set_rollback(True)


ALL = {("all_marketing", ""), ("channel", str(MARKETING)), ("channel", "Marketing Channel")}
TYPE = {("message_type", str(GITLAB)), ("message_type", "GitLab Marketing")}


def withdrawn(history: list[Any], at: datetime) -> bool:
    """Told without the product's own code: some withdrawal by then, and no later act by then on as much or more."""
    until = [act for act in history if act[3] <= at]
    return any(
        act[0] == "withdrawn" and act[3] >= latest_grant(until, ALL if act[2] in ALL else ALL | TYPE)
        for act in until
        if act[2] in ALL | TYPE
    )


def latest_grant(history: list[Any], targets: set[tuple[str, str]]) -> datetime:
    acted = [act for act in history if act[0] in ("granted", "confirmed") and act[1] in ("explicit", "operator")]
    return max((act[3] for act in acted if act[2] in targets), default=datetime.min.replace(tzinfo=NOON.tzinfo))


@given(history=st.lists(acts, max_size=10))
@examples(40)
def test_at_no_moment_somebody_should_be_mailed_against_a_standing_withdrawal(history: list[Any]) -> None:
    with transaction.atomic():
        ContactFactory.create(address_key=KEY)
        see(KEY, NOON - timedelta(days=1), subscribed_message_type_ids=[GITLAB])
        record([change(act) for act in history])
        for moment in {act[3] for act in history}:
            _, should, _, code = by_python(KEY, AsOf(at=moment))[0]
            if withdrawn(history, moment):
                assert (should, code) == (False, "UPSTREAM_WITHDRAWN")
            else:
                assert code in ("SEND", "NO_EVIDENCE")
        transaction.set_rollback(True)


@given(history=st.lists(acts, max_size=8), data=st.data())
@examples(25)
def test_late_twice_and_out_of_order_ends_as_in_order(history: list[Any], data: st.DataObject) -> None:
    with transaction.atomic():
        told = [(number, act) for number, act in enumerate(history)]
        for number, act in told:
            record([change_once(number, act, KEY)])
        mixed = data.draw(st.permutations(told + told[:3]))
        for number, act in mixed:
            record([change_once(number, act, OTHER)])
        assert moments_of(OTHER) == moments_of(KEY)
        assert SubscriptionChange.objects.filter(address_key=OTHER).count() == len(history)
        transaction.set_rollback(True)


def change_once(number: int, act: Any, key: str) -> SubscriptionChange:
    row = change(act, key)
    row.cause_id = str(number)
    return row


def moments_of(key: str) -> set[tuple[Any, ...]]:
    columns = ("target", "target_key", "withdrawn_at", "granted_at", "derived_at", "expired_at")
    return set(SubscriptionState.objects.filter(address_key=key).values_list(*columns))
