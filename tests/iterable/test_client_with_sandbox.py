"""The client against a service that shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from iterable_admin.iterable import errors
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.offenders import offending_rows
from iterable_admin.iterable.writes import ProfileUpdate, SubscriptionUpdate, TrackedEvent
from iterable_admin.sandbox.server import RunningSandbox, running_sandbox
from tests.iterable.conftest import KEY

ANN, BEN = "ann+1@example.com", "ben@example.com"
MARKETING_CHANNEL, GITLAB_MARKETING = 108_642, 141_877


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(api_key=KEY) as running:
        yield running


@pytest.fixture
def client(sandbox: RunningSandbox) -> IterableClient:
    return IterableClient(KEY, sandbox.url, timeout=(2, 5))


def saved_fields(client: IterableClient, email: str) -> dict[str, object]:
    user, _ = client.users.by_email(email)
    assert user is not None
    return {name: user.data_fields.get(name) for name in ("plan", "seats")}


def test_a_profile_is_made_merged_and_a_none_deletes(client: IterableClient) -> None:
    assert client.users.by_email(ANN)[0] is None
    client.users.update(ProfileUpdate({"plan": "gold", "seats": 5}, email=ANN.upper()))
    client.users.update(ProfileUpdate({"plan": None}, email=ANN))
    assert saved_fields(client, ANN) == {"plan": None, "seats": 5}
    types = client.users.fields()
    assert (types["plan"], types["seats"]) == ("string", "long")


def test_an_event_sent_twice_under_one_id_is_there_once(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({}, email=ANN))
    event = TrackedEvent("SaaS Trials", {"plan": "gold"}, email=ANN, id="e-1", created_at=1_700_000_000)
    client.events.track(event)
    client.events.track(event)
    [found], call = client.events.by_email(ANN)
    assert (found.event_name, found.created_at) == ("SaaS Trials", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))
    assert (found.data_fields, call.status) == ({"plan": "gold"}, 200)


def test_a_bulk_update_tells_good_rows_from_bad(client: IterableClient) -> None:
    rows = [ProfileUpdate({"plan": "gold"}, email=email) for email in (ANN, "No-Address", BEN, "x@host.invalid")]
    result = client.users.bulk_update([*rows, ProfileUpdate({}, user_id="stranger")])
    assert [row.outcome.value for row in result.rows] == ["delivered", "invalid", "delivered", "invalid", "invalid"]
    assert result.created_fields == ["plan"]
    assert saved_fields(client, BEN) == {"plan": "gold", "seats": None}


def test_update_only_creates_nobody(client: IterableClient) -> None:
    result = client.users.bulk_update([ProfileUpdate({}, email=ANN)], update_only=True)
    assert [row.outcome.value for row in result.rows] == ["not_found"]
    assert client.users.by_email(ANN)[0] is None


def test_bulk_tracking_tells_strangers_and_blocked_names_apart(client: IterableClient, sandbox: RunningSandbox) -> None:
    client.users.update(ProfileUpdate({}, email=ANN))
    with sandbox.state.lock:
        sandbox.state.faults.change({"disallowed_events": ["blocked"]})
    events = [TrackedEvent(name, {}, email=email) for name, email in (("a", ANN), ("a", BEN), ("blocked", ANN), ("b", BEN))]
    result = client.events.track_bulk(events)
    assert [row.outcome.value for row in result.rows] == ["delivered", "not_found", "disallowed", "not_found"]
    assert [event.event_name for event in client.events.by_email(ANN)[0]] == ["a"]


def test_a_wrong_type_refuses_all_rows_and_names_the_guilty_one(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({"seats": 1}, email=ANN))
    rows = [ProfileUpdate({"seats": 2}, email=ANN), ProfileUpdate({"seats": "many"}, email=BEN)]
    with pytest.raises(errors.WrongTypes) as caught:
        client.users.bulk_update(rows)
    assert saved_fields(client, ANN) == {"plan": None, "seats": 1}
    assert client.users.by_email(BEN)[0] is None
    assert offending_rows([row.data_fields for row in rows], caught.value.mismatches) == {1}


def test_an_opt_out_of_a_stranger_makes_the_profile_that_carries_it(client: IterableClient) -> None:
    assert client.subscriptions.unsubscribe("messageChannel", MARKETING_CHANNEL, ANN).status == 202
    user, _ = client.users.by_email(ANN)
    assert user is not None
    assert user.unsubscribed_channel_ids == [MARKETING_CHANNEL]


def test_one_subscription_changes_and_the_others_stay(client: IterableClient) -> None:
    client.subscriptions.update(SubscriptionUpdate(email=ANN, email_list_ids=[3], unsubscribed_channel_ids=[]))
    client.subscriptions.subscribe("messageType", GITLAB_MARKETING, ANN)
    client.subscriptions.unsubscribe("messageChannel", MARKETING_CHANNEL, ANN)
    user, _ = client.users.by_email(ANN)
    assert user is not None
    assert (user.list_ids, user.subscribed_message_type_ids) == ([3], [GITLAB_MARKETING])
    assert user.unsubscribed_channel_ids == [MARKETING_CHANNEL]


def test_an_empty_list_clears_and_none_leaves_alone(client: IterableClient) -> None:
    client.subscriptions.update(SubscriptionUpdate(email=ANN, email_list_ids=[3], unsubscribed_message_type_ids=[9]))
    client.subscriptions.update(SubscriptionUpdate(email=ANN, email_list_ids=[]))
    user, _ = client.users.by_email(ANN)
    assert user is not None
    assert (user.list_ids, user.unsubscribed_message_type_ids) == ([], [9])


def test_a_project_without_the_subscriptions_family_says_not_there(client: IterableClient, sandbox: RunningSandbox) -> None:
    with sandbox.state.lock:
        sandbox.state.faults.change({"subscriptions_family": False})
    with pytest.raises(errors.NotThere):
        client.subscriptions.unsubscribe("messageChannel", MARKETING_CHANNEL, ANN)
    assert client.users.by_email(ANN)[0] is None


def test_the_mirror_reads_give_the_whole_project(client: IterableClient) -> None:
    assert {channel.name: channel.id for channel in client.channels.all()}["Marketing Channel"] == MARKETING_CHANNEL
    policies = {kind.id: kind.subscription_policy for kind in client.message_types.all()}
    assert policies[GITLAB_MARKETING] == "OptIn"
    journeys = client.journeys.all()
    assert {journey.id for journey in journeys if journey.is_archived} == {352907}
    assert len(journeys) == 13


def test_a_wrong_key_is_a_matter_of_configuration_and_writes_nothing(client: IterableClient, sandbox: RunningSandbox) -> None:
    with pytest.raises(errors.Unauthorised) as caught:
        IterableClient("another-key", sandbox.url).users.update(ProfileUpdate({}, email=ANN))
    assert "another-key" not in str(caught.value) + caught.value.call.excerpt
    assert client.users.by_email(ANN)[0] is None


@pytest.mark.parametrize(("status", "kind"), [(0, errors.Ambiguous), (503, errors.ServiceBusy), (429, errors.ServiceBusy)])
def test_trouble_is_told_by_what_may_have_happened(
    client: IterableClient, sandbox: RunningSandbox, status: int, kind: type[errors.IterableError]
) -> None:
    with sandbox.state.lock:
        sandbox.state.faults.change({"fail_next": [{"path": "/api/users/update", "status": status, "applied": True}]})
    with pytest.raises(kind):
        client.users.update(ProfileUpdate({"plan": "gold"}, email=ANN))
