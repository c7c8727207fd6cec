"""What each method puts on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

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
from tests.iterable.conftest import Canned

ANN, UNO = Person(email=" Ann+1@Example.com "), Person(user_id="Uno/1")
SENT_ANN = {"email": "ann+1@example.com"}
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
COUNTS = {"successCount": 2, "failCount": 0}
EMPTY: list[object] = []
READABLE = dict.fromkeys(("lists", "webhooks", "messages", "jobs", "files", "campaigns", "templates", "events"), EMPTY)
ANSWER = COUNTS | READABLE | {"hashedEmails": [], "listId": 7, "jobId": 8, "id": 9, "templateId": 10}

Sent = tuple[str, str, dict[str, list[str]], Any]
Perform = Callable[[IterableClient], object]

POSTS: list[tuple[Perform, str, Any]] = [
    (
        lambda c: c.users.update(ProfileUpdate({}, email="A@x.io"), create_new_fields=False),
        "users/update",
        {"email": "a@x.io", "dataFields": {}, "mergeNestedObjects": False, "createNewFields": False},
    ),
    (lambda c: c.users.forget(ANN), "users/forget", SENT_ANN),
    (lambda c: c.users.unforget(ANN), "users/unforget", SENT_ANN),
    (
        lambda c: c.users.change_email(" New@Example.com", email="Old@Example.com"),
        "users/updateEmail",
        {"currentEmail": "old@example.com", "newEmail": "new@example.com"},
    ),
    (
        lambda c: c.users.merge(ANN, UNO, array_merge=[ArrayMerge("seats", "id"), ArrayMerge("tags")]),
        "users/merge",
        {
            "sourceEmail": "ann+1@example.com",
            "destinationUserId": "Uno/1",
            "arrayMerge": [{"field": "seats", "dedupeBy": "id"}, {"field": "tags"}],
        },
    ),
    (
        lambda c: c.subscriptions.bulk_update([SubscriptionUpdate(email="a@x.io", email_list_ids=[], campaign_id=5)]),
        "users/bulkUpdateSubscriptions",
        {"updateSubscriptionsRequests": [{"email": "a@x.io", "emailListIds": [], "campaignId": 5}]},
    ),
    (lambda c: c.lists.create("News", "weekly"), "lists", {"name": "News", "description": "weekly"}),
    (
        lambda c: c.lists.subscribe(7, [ProfileUpdate({}, user_id="Uno", prefer_user_id=True)]),
        "lists/subscribe",
        {
            "listId": 7,
            "subscribers": [{"userId": "Uno", "dataFields": {}, "mergeNestedObjects": False, "preferUserId": True}],
        },
    ),
    (
        lambda c: c.lists.unsubscribe(7, [ANN, UNO], campaign_id=5, channel_unsubscribe=True),
        "lists/unsubscribe",
        {"listId": 7, "subscribers": [SENT_ANN, {"userId": "Uno/1"}], "campaignId": 5, "channelUnsubscribe": True},
    ),
    (
        lambda c: c.journeys.trigger(JourneyTrigger(3, list_id=7, data_fields={"a": 1})),
        "workflows/triggerWorkflow",
        {"workflowId": 3, "listId": 7, "dataFields": {"a": 1}},
    ),
    (
        lambda c: c.journeys.trigger(JourneyTrigger(3, email="A@x.io")),
        "workflows/triggerWorkflow",
        {"workflowId": 3, "email": "a@x.io"},
    ),
    (
        lambda c: c.webhooks.edit(WebhookEdit(9, enabled=False, auth_type="Basic", auth_token="t", headers={"X-A": "b"})),
        "webhooks",
        {"id": 9, "enabled": False, "authType": "Basic", "authToken": "t", "headers": [{"key": "X-A", "value": "b"}]},
    ),
    (
        lambda c: c.exports.start(Export("user", NEW_YEAR, NEW_YEAR, only_fields=("a", "b"), campaign_id=5)),
        "export/start",
        {
            "dataTypeName": "user",
            "outputFormat": "application/x-json-stream",
            "startDateTime": "2024-01-01 00:00:00 +00:00",
            "endDateTime": "2024-01-01 00:00:00 +00:00",
            "onlyFields": "a,b",
            "campaignId": 5,
        },
    ),
    (
        lambda c: c.events.track(TrackedEvent("x", {}, email="a@x.io", created_at=NEW_YEAR, campaign_id=1, template_id=2)),
        "events/track",
        {
            "email": "a@x.io",
            "eventName": "x",
            "dataFields": {},
            "createdAt": 1_704_067_200,
            "campaignId": 1,
            "templateId": 2,
        },
    ),
]


@pytest.mark.parametrize(("perform", "path", "body"), POSTS)
def test_what_is_posted(client: IterableClient, canned: Canned, perform: Perform, path: str, body: Any) -> None:
    canned.answer(200, ANSWER)
    perform(client)
    [asked] = canned.asked
    assert (asked.method, asked.path, asked.query, asked.json()) == ("POST", f"/api/{path}", {}, body)


OTHERS: list[tuple[Perform, Sent]] = [
    (lambda c: c.users.by_user_id("Uno/1"), ("GET", "users/byUserId", {"userId": ["Uno/1"]}, None)),
    (lambda c: c.users.by_user_id("Uno/1", in_path=True), ("GET", "users/byUserId/Uno%2F1", {}, None)),
    (lambda c: c.users.by_email("A+b@x.io", in_path=True), ("GET", "users/a%2Bb%40x.io", {}, None)),
    (lambda c: c.users.delete_by_email("A/b@x.io"), ("DELETE", "users/a%2Fb%40x.io", {}, None)),
    (lambda c: c.users.delete_by_user_id("Uno 1"), ("DELETE", "users/byUserId/Uno%201", {}, None)),
    (lambda c: c.users.forgotten(), ("GET", "users/forgotten", {}, None)),
    (
        lambda c: c.users.sent_messages(
            user_id="U", limit=5000, campaign_ids=[1, 2], start=NEW_YEAR, exclude_blast_campaigns=True, message_medium="SMS"
        ),
        (
            "GET",
            "users/getSentMessages",
            {
                "userId": ["U"],
                "limit": ["1000"],
                "campaignIds": ["1", "2"],
                "startDateTime": ["2024-01-01 00:00:00 +00:00"],
                "excludeBlastCampaigns": ["true"],
                "messageMedium": ["SMS"],
            },
            None,
        ),
    ),
    (lambda c: c.events.by_user_id("U/1", limit=0), ("GET", "events/byUserId/U%2F1", {"limit": ["1"]}, None)),
    (
        lambda c: c.subscriptions.subscribe("MESSAGETYPE", 5, user_id="U/1"),
        ("PATCH", "subscriptions/messageType/5/byUserId/U%2F1", {}, None),
    ),
    (
        lambda c: c.subscriptions.unsubscribe("emailList", 5, user_id="U"),
        ("DELETE", "subscriptions/emailList/5/byUserId/U", {}, None),
    ),
    (
        lambda c: c.subscriptions.unsubscribe_all("messageChannel", 5, [UNO, ANN]),
        (
            "PUT",
            "subscriptions/messageChannel/5",
            {"action": ["unsubscribe"]},
            {"users": ["ann+1@example.com"], "usersByUserId": ["Uno/1"]},
        ),
    ),
    (
        lambda c: c.subscriptions.subscribe_all("messageChannel", 5, [ANN]),
        ("PUT", "subscriptions/messageChannel/5", {"action": ["subscribe"]}, {"users": ["ann+1@example.com"]}),
    ),
    (lambda c: c.lists.all(), ("GET", "lists", {}, None)),
    (lambda c: c.lists.delete(7), ("DELETE", "lists/7", {}, None)),
    (
        lambda c: list(c.campaigns.all(states=["Ready", "Running"], sort="-updatedAt")),
        (
            "GET",
            "campaigns",
            {"page": ["1"], "pageSize": ["1000"], "sort": ["-updatedAt"], "campaignState": ["Ready", "Running"]},
            None,
        ),
    ),
    (
        lambda c: list(c.campaigns.children(7)),
        ("GET", "campaigns/recurring/7/childCampaigns", {"page": ["1"], "pageSize": ["1000"], "sort": ["id"]}, None),
    ),
    (lambda c: c.campaigns.get(9), ("GET", "campaigns/9", {}, None)),
    (lambda c: c.campaigns.metrics([1, 2]), ("GET", "campaigns/metrics", {"campaignId": ["1", "2"]}, None)),
    (
        lambda c: list(c.templates.all(template_type="Triggered", message_medium="Email", start=NEW_YEAR)),
        (
            "GET",
            "templates",
            {
                "page": ["1"],
                "pageSize": ["1000"],
                "sort": ["id"],
                "templateType": ["Triggered"],
                "messageMedium": ["Email"],
                "startDateTime": ["2024-01-01 00:00:00 +00:00"],
            },
            None,
        ),
    ),
    (
        lambda c: c.templates.email(10, locale="en-GB"),
        ("GET", "templates/email/get", {"templateId": ["10"], "locale": ["en-GB"]}, None),
    ),
    (lambda c: c.webhooks.all(), ("GET", "webhooks", {}, None)),
    (lambda c: c.exports.jobs("running"), ("GET", "export/jobs", {"jobState": ["running"]}, None)),
    (lambda c: c.exports.files(8, start_after="a.csv"), ("GET", "export/8/files", {"startAfter": ["a.csv"]}, None)),
    (lambda c: c.exports.cancel(8), ("DELETE", "export/8", {}, None)),
    (
        lambda c: list(c.exports.data(Export("customEvent", only_fields=["a", "b"]), within="Today")),
        ("GET", "export/data.json", {"dataTypeName": ["customEvent"], "onlyFields": ["a", "b"], "range": ["Today"]}, None),
    ),
    (
        lambda c: list(c.exports.user_events(email="A@x.io", include_custom_events=True)),
        ("GET", "export/userEvents", {"email": ["a@x.io"], "includeCustomEvents": ["true"]}, None),
    ),
    (
        lambda c: list(c.lists.preview(7, size=9000, prefer_user_id=True)),
        ("GET", "lists/previewUsers", {"listId": ["7"], "size": ["5000"], "preferUserId": ["true"]}, None),
    ),
]


@pytest.mark.parametrize(("perform", "sent"), OTHERS)
def test_what_is_asked(client: IterableClient, canned: Canned, perform: Perform, sent: Sent) -> None:
    canned.answer(200, ANSWER)
    perform(client)
    [asked] = canned.asked
    body = asked.json() if asked.body else None
    assert (asked.method, asked.path.removeprefix("/api/"), asked.query, body) == sent
