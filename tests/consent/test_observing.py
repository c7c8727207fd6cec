from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from contacts.consent.losing import losses
from contacts.consent.models import Channel, MessageType, ObservedProfile, ProfileObservation
from contacts.consent.observing import Change, Sighting, absent, observe
from contacts.models import Presence
from iterable_admin.outbox.models import Delivery
from tests.consent.conftest import NOON
from tests.factories import ContactFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

ANN = "a" * 64
MARKETING, NEWS, OFFERS = 11, 21, 22


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def look(minutes: float, channels: Any = (), types: Any = (), opted_in: Any = (), lists: Any = ()) -> Sighting:
    return Sighting(ANN, at(minutes), "look_up", True, lists, channels, types, opted_in, "7")


def told(minutes: float, *, joined: bool = False, **ids: Any) -> Sighting:
    return Sighting(ANN, at(minutes), "webhook", cause_id="w", change=Change(joined, **ids))


def history() -> list[tuple[float, list[int]]]:
    rows = ProfileObservation.objects.filter(address_key=ANN).order_by("observed_at", "pk")
    return [((row.observed_at - NOON).total_seconds() / 60, row.unsubscribed_channel_ids) for row in rows]


def latest() -> ObservedProfile:
    return ObservedProfile.objects.get(address_key=ANN)


@pytest.fixture
def types() -> None:
    channel = Channel.objects.create(name="Marketing Channel", iterable_id=MARKETING)
    MessageType.objects.create(name="News", iterable_id=NEWS, channel=channel, policy="OptIn")
    MessageType.objects.create(name="Offers", iterable_id=OFFERS, channel=channel, policy="OptOut")


def test_the_first_sight_is_kept_and_says_that_the_person_is_there() -> None:
    [seen] = observe([look(0, [MARKETING], lists=[5, 3])])
    assert (seen.list_ids, seen.unsubscribed_channel_ids, seen.source, seen.cause_id) == ([3, 5], [MARKETING], "look_up", "7")
    assert (latest().observation_id, latest().confirmed_at) == (seen.pk, at(0))
    assert Presence.objects.values_list("address_key", "present", "seen_at", "how").get() == (ANN, True, at(0), "look_up")


def test_the_same_again_is_confirmed_and_adds_nothing() -> None:
    observe([look(0, [MARKETING])])
    assert observe([look(5, [MARKETING])]) == []
    assert (latest().observed_at, latest().confirmed_at) == (at(0), at(5))
    assert ProfileObservation.objects.count() == 1


def test_what_changed_is_added_and_becomes_the_latest() -> None:
    observe([look(0), look(5, [MARKETING])])
    assert history() == [(0, []), (5, [MARKETING])]
    assert (latest().unsubscribed_channel_ids, latest().observed_at) == ([MARKETING], at(5))


def test_what_was_not_told_stays_as_it_was_seen_before() -> None:
    observe([look(0, [MARKETING], opted_in=[NEWS])])
    observe([Sighting(ANN, at(1), "import", list_ids=[9])])
    assert (latest().list_ids, latest().unsubscribed_channel_ids, latest().subscribed_message_type_ids) == (
        [9],
        [MARKETING],
        [NEWS],
    )


def test_an_older_sight_that_comes_late_is_history_only() -> None:
    observe([look(10, [MARKETING])])
    observe([look(3)])
    assert history() == [(3, []), (10, [MARKETING])]
    assert (latest().observed_at, latest().unsubscribed_channel_ids) == (at(10), [MARKETING])
    assert Presence.objects.get().seen_at == at(10)


def test_a_late_sight_between_two_equal_ones_does_not_last() -> None:
    observe([look(0), look(10)])
    observe([look(4, [MARKETING])])
    assert history() == [(0, []), (4, [MARKETING]), (10, [])]
    assert (latest().observed_at, latest().confirmed_at, latest().unsubscribed_channel_ids) == (at(10), at(10), [])


def test_whole_sights_end_in_the_same_state_whatever_their_order() -> None:
    sights = [look(0), look(1, [MARKETING]), look(2, [MARKETING]), look(3, opted_in=[NEWS])]
    ends = set()
    for number, order in enumerate(permutations(sights)):
        key = f"{number:064}"
        for sight in (*order, *order):
            observe([Sighting(key, sight.observed_at, "look_up", True, *(getattr(sight, name) for name in ARRAYS))])
        seen = ObservedProfile.objects.get(address_key=key)
        ends.add((seen.observed_at, seen.confirmed_at, str([getattr(seen, name) for name in ARRAYS])))
    assert ends == {(at(3), at(3), f"[[], [], [], [{NEWS}]]")}


ARRAYS = ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids")


def test_a_change_touches_only_what_it_names(types: None) -> None:
    observe([look(0, opted_in=[NEWS], lists=[5])])
    observe([told(1, message_type_ids=[NEWS, OFFERS])])
    assert [getattr(latest(), name) for name in ARRAYS] == [[5], [], [OFFERS], []]
    observe([told(2, channel_ids=[MARKETING], list_ids=[5])])
    assert [getattr(latest(), name) for name in ARRAYS] == [[], [MARKETING], [OFFERS], []]
    observe([told(3, joined=True, channel_ids=[MARKETING], message_type_ids=[NEWS, OFFERS])])
    assert [getattr(latest(), name) for name in ARRAYS] == [[], [], [], [NEWS]]


def test_a_change_told_twice_is_one(types: None) -> None:
    observe([look(0), told(1, channel_ids=[MARKETING]), told(1, channel_ids=[MARKETING])])
    assert observe([told(1, channel_ids=[MARKETING])]) == []
    assert history() == [(0, []), (1, [MARKETING])]


def test_a_change_within_the_second_of_the_latest_sight_is_the_newer_one() -> None:
    observe([look(0.5 / 60)])
    observe([told(0, channel_ids=[MARKETING])])
    assert (latest().unsubscribed_channel_ids, latest().observed_at) == ([MARKETING], at(0.5 / 60))


def test_who_was_gone_and_is_made_anew_begins_with_nothing() -> None:
    observe([look(0, [MARKETING]), absent(ANN, at(1), "look_up"), Sighting(ANN, at(2), "accepted")])
    assert history() == [(0, [MARKETING]), (1, []), (2, [])]
    assert [row.present for row in ProfileObservation.objects.order_by("observed_at")] == [True, False, True]
    assert Presence.objects.get().present is True


def test_a_sight_of_part_of_a_profile_confirms_nothing() -> None:
    observe([look(0, [MARKETING])])
    assert observe([told(5, channel_ids=[MARKETING])]) == []
    assert latest().confirmed_at == at(0)


def test_many_people_cost_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(16):
        observe([Sighting(f"{number:064}", at(0), "export", True, [], [], [], []) for number in range(300)])
    assert ObservedProfile.objects.count() == 300


def lost() -> dict[int | None, list[str]]:
    """Who lost an opt-out from each channel."""
    return {channel.iterable_id: list(people) for channel, people in losses() if people}


def test_an_opt_out_that_vanished_without_an_act_can_be_found(types: None) -> None:
    observe([look(0, [MARKETING, 12]), look(5, [12])])
    assert lost() == {MARKETING: [ANN]}


def test_an_opt_out_that_the_person_took_back_is_not_lost(types: None) -> None:
    observe([look(0, [MARKETING])])
    grant = {"target": "channel", "target_key": str(MARKETING), "verdict": "granted"}
    SubscriptionChangeFactory.create(address_key=ANN, occurred_at=at(4), **grant)
    observe([look(5)])
    assert lost() == {}


@pytest.mark.parametrize(
    "grant", [{"basis": "derived"}, {"occurred_at": at(-60)}, {"target": "message_type", "target_key": "21"}]
)
def test_what_lifts_no_withdrawal_explains_no_loss(types: None, grant: dict[str, Any]) -> None:
    observe([look(0, [MARKETING])])
    SubscriptionChangeFactory.create(address_key=ANN, **{"occurred_at": at(4), "verdict": "granted", **grant})
    observe([look(5)])
    assert lost() == {MARKETING: [ANN]}


def test_who_is_gone_has_lost_nothing_yet(types: None) -> None:
    observe([look(0, [MARKETING]), absent(ANN, at(5), "look_up")])
    assert lost() == {}


@pytest.fixture
def undone(types: None) -> None:
    """Ann left the channel at 1, somebody undid it, and no webhook told of either."""
    ContactFactory.create(email="ann@example.com", address_key=ANN)
    observe([look(0), look(10)])
    withdrawal = {"target": "channel", "target_key": str(MARKETING), "verdict": "withdrawn"}
    SubscriptionChangeFactory.create(address_key=ANN, occurred_at=at(1), **withdrawal)


def test_an_opt_out_of_which_one_hears_after_it_was_undone_is_applied_again(undone: None) -> None:
    observe([told(1, channel_ids=[MARKETING])])
    of_channel = Delivery.objects.filter(payload__group="messageChannel")
    assert [(row.operation, row.payload["id"], row.cause) for row in of_channel] == [("unsubscribe", MARKETING, "observation")]


def test_one_that_the_person_took_back_meanwhile_is_not(undone: None) -> None:
    grant = {"target": "channel", "target_key": str(MARKETING), "verdict": "granted"}
    SubscriptionChangeFactory.create(address_key=ANN, occurred_at=at(5), **grant)
    observe([told(1, channel_ids=[MARKETING])])
    assert not Delivery.objects.exists()
