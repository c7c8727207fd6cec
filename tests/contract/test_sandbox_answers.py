"""Whatever Iterable's description has, the sandbox does, and answers in the form described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.contract.description import Description, read_description
from tests.contract.validation import Received, Sent, faults_of_answer, faults_of_request
from tests.sandbox.caller import Caller

ANN, BEN, EVE = ("ann@example.com", "ben@example.com", "eve@example.com")
LIST, CHANNEL, OPT_IN_TYPE = 1284301, 108_642, 141_877
HEADERS = {"Api-Key": "any-key", "Content-Type": "application/json"}
FROM_2020 = {"startDateTime": "2020-01-01 00:00:00", "endDateTime": "2030-01-01 00:00:00"}
PROFILE = {"plan": "gold", "since": "2024-02-03", "seats": 5, "address": {"city": "Oslo"}, "tags": ["a", "b"]}

# In an order in which they work; {names} are filled in from what was answered before.
CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/api/users/update", {"email": ANN, "dataFields": PROFILE, "mergeNestedObjects": True}),
    ("POST", "/api/users/bulkUpdate", {"users": [{"email": BEN, "dataFields": PROFILE}, {"email": "no address"}]}),
    ("POST", "/api/users/updateEmail", {"currentEmail": BEN, "newEmail": EVE}),
    ("GET", "/api/users/getByEmail?email=ann%40example.com", None),
    ("GET", "/api/users/ann%40example.com", None),
    ("GET", "/api/users/stranger%40example.com", None),
    ("GET", "/api/users/byUserId?userId=7", None),
    ("GET", "/api/users/byUserId/7", None),
    ("GET", "/api/users/getFields", None),
    ("POST", "/api/events/track", {"email": ANN, "eventName": "bought", "id": "e-1", "dataFields": {"sum": 5.5}}),
    ("POST", "/api/events/trackBulk", {"events": [{"email": "x@example.com", "eventName": "a"}]}),
    ("GET", "/api/events/ann%40example.com?limit=200", None),
    ("GET", "/api/events/byUserId/7", None),
    ("GET", "/api/lists", None),
    ("POST", "/api/lists", {"name": "made here"}),
    ("POST", "/api/lists/subscribe", {"listId": LIST, "subscribers": [{"email": ANN}]}),
    ("GET", f"/api/lists/{LIST}/size", None),
    ("GET", f"/api/lists/getUsers?listId={LIST}", None),
    ("GET", f"/api/lists/previewUsers?listId={LIST}&size=1", None),
    ("POST", "/api/lists/unsubscribe", {"listId": LIST, "subscribers": [{"email": ANN}, {"email": "x@example.com"}]}),
    ("DELETE", "/api/lists/{listId}", None),
    ("POST", "/api/users/updateSubscriptions", {"email": ANN, "unsubscribedChannelIds": [], "emailListIds": [LIST]}),
    ("POST", "/api/users/bulkUpdateSubscriptions", {"updateSubscriptionsRequests": [{"email": ANN}]}),
    ("PUT", f"/api/subscriptions/messageChannel/{CHANNEL}?action=unsubscribe", {"users": [ANN]}),
    ("PATCH", f"/api/subscriptions/messageType/{OPT_IN_TYPE}/user/ann%40example.com", None),
    ("DELETE", f"/api/subscriptions/messageType/{OPT_IN_TYPE}/user/ann%40example.com", None),
    ("PATCH", f"/api/subscriptions/messageType/{OPT_IN_TYPE}/byUserId/7", None),
    ("DELETE", f"/api/subscriptions/messageType/{OPT_IN_TYPE}/byUserId/7", None),
    ("GET", "/api/channels", None),
    ("GET", "/api/messageTypes", None),
    ("GET", "/api/journeys?page=1&pageSize=2&sort=-updatedAt", None),
    ("GET", "/api/journeys?state=Archived", None),
    ("GET", "/api/campaigns?page=1&pageSize=2&sort=-createdAt&campaignState=Running&campaignState=Finished", None),
    ("GET", "/api/campaigns", None),
    ("GET", "/api/campaigns/recurring/{recurring}/childCampaigns", None),
    ("GET", "/api/templates?templateType=Triggered&messageMedium=Email&page=1&pageSize=2", None),
    ("GET", "/api/templates", None),
    ("GET", "/api/templates/email/get?templateId={templateId}", None),
    ("POST", "/api/workflows/triggerWorkflow", {"workflowId": 352906, "email": ANN}),
    ("GET", "/api/webhooks", None),
    ("POST", "/api/webhooks", {"id": "{webhook}", "enabled": True, "headers": [{"key": "X-Secret", "value": "s"}]}),
    ("GET", "/api/users/getSentMessages?email=ann%40example.com&limit=5&excludeBlastCampaigns=true", None),
    ("POST", "/api/export/start", {"dataTypeName": "user", "outputFormat": "application/x-json-stream", **FROM_2020}),
    ("GET", "/api/export/jobs", None),
    ("GET", "/api/export/{jobId}/files", None),
    ("DELETE", "/api/export/{jobId}", None),
    ("GET", "/api/export/data.json?dataTypeName=user&range=All", None),
    ("GET", "/api/export/userEvents?email=ann%40example.com&includeCustomEvents=true", None),
    ("POST", "/api/users/merge", {"sourceEmail": EVE, "destinationEmail": ANN, "arrayMerge": [{"field": "tags"}]}),
    ("POST", "/api/users/forget", {"email": ANN}),
    ("POST", "/api/users/forget", {"email": "stranger@example.com"}),
    ("GET", "/api/users/forgotten", None),
    ("GET", "/api/users/forgottenUserIds", None),
    ("POST", "/api/users/unforget", {"email": ANN}),
    ("DELETE", "/api/users/ann%40example.com", None),
    ("DELETE", "/api/users/byUserId/7", None),
]


SEEN_IN_LISTS = [
    ("campaigns", "recurringCampaignId", "recurring"),
    ("templates", "templateId", "templateId"),
    ("webhooks", "id", "webhook"),
]


class Visit:
    """Makes the calls one after the other, and keeps what is wrong with an answer or not as described."""

    def __init__(self, description: Description, caller: Caller) -> None:
        self.description, self.caller = description, caller
        self.known: dict[str, Any] = {}
        self.faults: list[str] = []

    def call(self, method: str, target: str, body: Any) -> None:
        for name, value in self.known.items():
            target = target.replace(f"{{{name}}}", str(value))
        body = json.loads(json.dumps(body).replace('"{webhook}"', str(self.known.get("webhook", 0))))
        raw = b"" if body is None else json.dumps(body).encode()
        sent = Sent(method, target, HEADERS, raw)
        status, text = self.caller.send(method, target, raw or None)
        self.faults += faults_of_request(self.description, sent)
        self.faults += faults_of_answer(self.description, sent, Received(status, body=text.encode()))
        self.learn(target, text)

    def learn(self, target: str, text: str) -> None:
        answer = json.loads(text) if text.startswith("{") and "\n{" not in text else {}
        self.known |= {name: answer[name] for name in ("listId", "jobId") if name in answer}
        for plural, key, name in SEEN_IN_LISTS:
            for row in answer.get(plural, []):
                if key in row:
                    self.known[name] = row[key]


@pytest.fixture
def description() -> Description:
    found = read_description()
    if found is None:
        pytest.skip("No description of Iterable's API: name it in ITERABLE_OPENAPI.")
    return found


@pytest.fixture
def caller() -> Iterator[Caller]:
    with running_sandbox() as running, Caller(running.url) as made:
        yield made


def test_every_answer_of_the_sandbox_has_the_described_form(description: Description, caller: Caller) -> None:
    visit = Visit(description, caller)
    assert caller.post("/api/users/update", {"email": BEN, "userId": "7", "dataFields": {}})[0] == 200
    for call in CALLS:
        visit.call(*call)
    assert visit.faults == []


def test_every_described_endpoint_is_called(description: Description) -> None:
    called = {description.operation(method, target.partition("?")[0]) for method, target, _ in CALLS}
    left = [f"{found.method} {found.path}" for found in description.operations if found not in called]
    assert left == ["GET /api/campaigns/metrics", "GET /api/campaigns/{id}"]
