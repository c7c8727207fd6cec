"""Every group of endpoints against a service that shares no code with the client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from iterable_admin.iterable import errors
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import (
    ArrayMerge,
    Export,
    JourneyTrigger,
    Person,
    ProfileUpdate,
    SubscriptionUpdate,
    TrackedEvent,
    WebhookEdit,
)
from iterable_admin.sandbox.server import running_sandbox
from tests.iterable.conftest import KEY

ANN, BEN = "ann+1@example.com", "ben/b@example.com"
NEWSLETTER, SUPPRESSED = 1_284_301, 1_284_302
GITLAB_MARKETING, INVITED_USERS = 141_877, 378_219


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[IterableClient]:
    """In a project of the type that the test names, else an email-based one."""
    kind = getattr(request, "param", "email")
    with running_sandbox(api_key=KEY, project_type=kind) as running:
        yield IterableClient(KEY, running.url, project_type=kind, timeout=(2, 5))


def outcomes(client: IterableClient, list_id: int, rows: list[ProfileUpdate]) -> list[str]:
    return [row.outcome.value for row in client.lists.subscribe(list_id, rows).rows]


def test_a_list_is_made_filled_read_and_deleted(client: IterableClient) -> None:
    list_id = client.lists.create("Trials", "made by hand")
    people = [ProfileUpdate({"plan": "gold"}, email=email) for email in (ANN.upper(), "no address", BEN)]
    assert outcomes(client, list_id, people) == ["delivered", "invalid", "delivered"]
    assert client.lists.size(list_id) == 2
    assert sorted(client.lists.users(list_id)) == [ANN, BEN]
    assert len(list(client.lists.preview(list_id, size=1))) == 1
    client.lists.delete(list_id)
    assert list_id not in {found.id for found in client.lists.all()}


def test_strangers_leave_a_list_without_a_failure(client: IterableClient) -> None:
    outcomes(client, NEWSLETTER, [ProfileUpdate({}, email=ANN)])
    result = client.lists.unsubscribe(NEWSLETTER, [Person(email=ANN), Person(email=BEN)])
    assert [row.outcome.value for row in result.rows] == ["delivered", "no_op"]
    assert list(client.lists.users(NEWSLETTER)) == []


def test_an_unknown_list_is_refused_in_every_form(client: IterableClient) -> None:
    for ask in (client.lists.size, client.lists.delete, lambda number: list(client.lists.users(number))):
        with pytest.raises(errors.Refused, match="invalidListId"):
            ask(999)


def test_a_list_in_use_is_not_deleted(client: IterableClient) -> None:
    used = next(number for campaign in client.campaigns.all() for number in campaign.list_ids)
    with pytest.raises(errors.Conflicted):
        client.lists.delete(used)
    assert used in {found.id for found in client.lists.all()}


def test_the_forgotten_are_told_by_hash_and_refused_until_unforgotten(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({}, email=ANN))
    client.users.forget(Person(email=ANN))
    assert client.users.by_email(ANN)[0] is None
    assert client.users.forgotten() == [sha256(ANN.encode()).hexdigest()]
    with pytest.raises(errors.Conflicted):
        client.users.update(ProfileUpdate({}, email=ANN))
    assert [row.outcome.value for row in client.users.bulk_update([ProfileUpdate({}, email=ANN)]).rows] == ["forgotten"]
    client.users.unforget(Person(email=ANN))
    assert client.users.forgotten() == []


@pytest.mark.parametrize("client", ["email", "hybrid"], indirect=True)
def test_an_address_is_changed_and_everything_else_stays(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({"plan": "gold"}, email=ANN))
    client.users.change_email("New@example.com", email=ANN)
    found, _ = client.users.by_email("new@example.com")
    assert found is not None
    assert (found.data_fields["plan"], client.users.by_email(ANN)[0]) == ("gold", None)


@pytest.mark.parametrize("client", ["userid"], indirect=True)
def test_a_project_of_userids_is_used_by_userid(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({"plan": "gold"}, user_id="Uno/1"))
    client.users.change_email("new@example.com", user_id="Uno/1")
    client.subscriptions.update(SubscriptionUpdate(user_id="Uno/1", email_list_ids=[NEWSLETTER]))
    client.events.track(TrackedEvent("Trial", {}, user_id="Uno/1"))
    for in_path in (True, False):
        found, _ = client.users.by_user_id("Uno/1", in_path=in_path)
        assert found is not None
        assert (found.email, found.list_ids) == ("new@example.com", [NEWSLETTER])
    assert [event.event_name for event in client.events.by_user_id("Uno/1")[0] if event.event_name] == ["Trial"]
    assert client.users.by_user_id("uno/1")[0] is None
    client.users.delete_by_user_id("Uno/1")
    assert client.users.by_user_id("Uno/1")[0] is None


def test_two_people_are_merged_with_their_arrays(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({"tags": ["a", "b"], "seats": 1}, email=ANN))
    client.users.update(ProfileUpdate({"tags": ["b", "c"]}, email=BEN))
    client.users.merge(Person(email=ANN), Person(email=BEN), array_merge=[ArrayMerge("tags")])
    found, _ = client.users.by_email(BEN)
    assert found is not None
    assert (sorted(found.data_fields["tags"]), found.data_fields["seats"]) == (["a", "b", "c"], 1)
    assert client.users.by_email(ANN, in_path=True)[0] is None


def test_a_person_is_deleted_by_an_address_with_a_slash(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({}, email=BEN))
    client.users.delete_by_email(BEN)
    assert client.users.by_email(BEN)[0] is None


def test_subscriptions_of_many_change_in_one_call(client: IterableClient) -> None:
    rows = [SubscriptionUpdate(email=email, email_list_ids=[NEWSLETTER]) for email in (ANN, "no address")]
    assert [row.outcome.value for row in client.subscriptions.bulk_update(rows).rows] == ["delivered", "invalid"]
    client.subscriptions.subscribe_all("emailList", SUPPRESSED, [Person(email=ANN), Person(email=BEN)])
    client.subscriptions.unsubscribe_all("emailList", NEWSLETTER, [Person(email=ANN)])
    found = [client.users.by_email(email)[0] for email in (ANN, BEN)]
    assert [user.list_ids for user in found if user] == [[SUPPRESSED], [SUPPRESSED]]


def test_campaigns_and_templates_belong_together(client: IterableClient) -> None:
    campaigns = {campaign.id: campaign for campaign in client.campaigns.all(sort="-updatedAt")}
    templates = {template.id for template in client.templates.all()}
    assert {campaign.template_id for campaign in campaigns.values() if campaign.template_id} <= templates
    triggered = next(campaign for campaign in campaigns.values() if campaign.workflow_id and campaign.template_id)
    assert client.campaigns.get(triggered.id) == triggered
    assert client.templates.email(triggered.template_id or 0).id == triggered.template_id
    assert [row["id"] for row in client.campaigns.metrics([triggered.id])] == [str(triggered.id)]


def test_the_children_of_a_recurring_campaign_name_it(client: IterableClient) -> None:
    [recurring, *_] = client.campaigns.all(states=["Recurring"])
    assert {child.recurring_campaign_id for child in client.campaigns.children(recurring.id)} == {recurring.id}


@pytest.mark.parametrize("ask", [lambda c: c.campaigns.get(1), lambda c: c.templates.email(1)])
def test_what_is_not_there_is_refused_or_not_there(client: IterableClient, ask: object) -> None:
    assert callable(ask)
    with pytest.raises((errors.NotThere, errors.Refused)):
        ask(client)


def test_an_export_is_started_followed_and_downloaded(client: IterableClient) -> None:
    client.users.bulk_update([ProfileUpdate({"plan": "gold"}, email=email) for email in (ANN, BEN)])
    soon = datetime.now(UTC) + timedelta(days=1)
    export = Export("user", soon - timedelta(days=2), soon, only_fields=["email", "plan"])
    job = client.exports.start(export)
    assert job in {found.id for found in client.exports.jobs()}
    assert any(client.exports.files(job).ended for _ in range(100))
    lines = [line for file in client.exports.all_files(job) for line in client.exports.download(file)]
    assert len(lines) == 2
    assert sorted(row["email"] for row in client.exports.data(export)) == [ANN, BEN]


def test_what_one_person_did_is_exported_at_once(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({}, email=ANN))
    client.events.track(TrackedEvent("Trial", {"plan": "gold"}, email=ANN))
    names = [row.get("eventName") for row in client.exports.user_events(email=ANN, include_custom_events=True)]
    assert "Trial" in names


def test_a_journey_that_is_triggered_sends_its_first_mail(client: IterableClient) -> None:
    client.users.update(ProfileUpdate({}, email=ANN))
    client.subscriptions.subscribe("messageType", GITLAB_MARKETING, ANN)
    client.journeys.trigger(JourneyTrigger(INVITED_USERS, email=ANN))
    [message] = client.users.sent_messages(email=ANN, message_medium="Email")
    assert client.campaigns.get(message.campaign_id or 0).workflow_id == INVITED_USERS
    assert client.users.sent_messages(email=ANN, message_medium="SMS") == []
    with pytest.raises(errors.Refused):
        client.journeys.trigger(JourneyTrigger(1, email=ANN))


def test_webhooks_are_listed_and_edited(client: IterableClient) -> None:
    [hook] = client.webhooks.all()
    edited = client.webhooks.edit(WebhookEdit(hook.id, endpoint="https://x.example.com", auth_token="a-new-token"))
    assert edited == replace(hook, endpoint="https://x.example.com")
    assert client.webhooks.all() == [edited]
    with pytest.raises(errors.Refused):
        client.webhooks.edit(WebhookEdit(1, enabled=True))
