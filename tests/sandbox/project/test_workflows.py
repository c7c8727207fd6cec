from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.project.seeds.journeys import FREE_JOURNEY, PILOT_JOURNEY, TRIAL_JOURNEY
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def trigger(sandbox: Caller, **body: Any) -> tuple[int, str]:
    status, answer = sandbox.post("/api/workflows/triggerWorkflow", body)
    return status, answer["code"]


def sent(sandbox: Caller, email: str = ANN) -> list[tuple[int, int]]:
    messages = sandbox.get(f"/api/users/getSentMessages?email={email}")[1]["messages"]
    return [(message["campaignId"], message["templateId"]) for message in messages]


def subscribe(sandbox: Caller, email: str = ANN, **lists: Any) -> None:
    assert sandbox.post("/api/users/updateSubscriptions", {"email": email, **lists})[0] == 200


def test_a_triggered_journey_sends_its_first_mail(sandbox: Caller) -> None:
    sandbox.make(ANN)
    assert trigger(sandbox, workflowId=TRIAL_JOURNEY, email="Ann@example.com", dataFields={"state": "OR"}) == (200, "Success")
    assert sent(sandbox) == [(8_040_401, 11_240_401)]
    events = sandbox.get(f"/api/events/{ANN}")[1]["events"]
    assert [(e["eventType"], e["campaignId"], e["workflowId"]) for e in events] == [("emailSend", 8_040_401, TRIAL_JOURNEY)]


@pytest.mark.parametrize(
    ("lists", "mailed"),
    [
        ({}, False),
        ({"subscribedMessageTypeIds": [catalog.GITLAB_MARKETING]}, True),
        (
            {
                "subscribedMessageTypeIds": [catalog.GITLAB_MARKETING],
                "unsubscribedChannelIds": [catalog.MARKETING_CHANNEL],
                "validateChannelAlignment": False,
            },
            False,
        ),
    ],
)
def test_an_opt_in_type_needs_consent_and_its_channel(sandbox: Caller, lists: dict[str, Any], mailed: bool) -> None:
    sandbox.make(ANN)
    subscribe(sandbox, **lists)
    trigger(sandbox, workflowId=FREE_JOURNEY, email=ANN)
    assert sent(sandbox) == ([(8_040_501, 11_240_501)] if mailed else [])


def test_an_opt_out_type_asks_for_no_objection(sandbox: Caller) -> None:
    sandbox.make(ANN)
    subscribe(sandbox, unsubscribedMessageTypeIds=[catalog.TRANSACTIONAL])
    assert trigger(sandbox, workflowId=TRIAL_JOURNEY, email=ANN) == (200, "Success")
    assert sent(sandbox) == []


def test_a_list_enters_a_journey_together(sandbox: Caller) -> None:
    for email in (ANN, "bob@example.com", "eve@example.com"):
        sandbox.make(email)
    subscribe(sandbox, emailListIds=[NEWSLETTER])
    subscribe(sandbox, "bob@example.com", emailListIds=[NEWSLETTER], unsubscribedChannelIds=[catalog.TRANSACTIONAL_CHANNEL])
    assert trigger(sandbox, workflowId=TRIAL_JOURNEY, listId=NEWSLETTER) == (200, "Success")
    counts = [len(sent(sandbox, email)) for email in (ANN, "bob@example.com", "eve@example.com")]
    assert counts == [1, 0, 0]


def test_a_stranger_is_accepted_and_not_made(sandbox: Caller) -> None:
    assert trigger(sandbox, workflowId=TRIAL_JOURNEY, email=ANN) == (200, "Success")
    assert sandbox.fields(ANN) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"workflowId": TRIAL_JOURNEY}, "GenericError"),
        ({"workflowId": 0, "email": ANN}, "BadParams"),
        ({"workflowId": 77, "email": ANN}, "BadParams"),
        ({"workflowId": PILOT_JOURNEY, "email": ANN}, "BadParams"),
        ({"workflowId": str(TRIAL_JOURNEY), "email": ANN}, "BadJsonBody"),
        ({"workflowId": True, "email": ANN}, "BadJsonBody"),
        ({"email": ANN}, "BadJsonBody"),
        ({"workflowId": TRIAL_JOURNEY, "email": "no address"}, "InvalidEmailAddressError"),
        ({"workflowId": TRIAL_JOURNEY, "listId": 5}, "BadParams"),
        ({"workflowId": TRIAL_JOURNEY, "email": ANN, "dataFields": []}, "BadJsonBody"),
    ],
)
def test_a_wrong_trigger_sends_nothing(sandbox: Caller, body: dict[str, Any], code: str) -> None:
    sandbox.make(ANN)
    assert trigger(sandbox, **body) == (400, code)
    assert sent(sandbox) == []


def test_a_campaign_for_the_api_goes_to_one_person_and_makes_them(sandbox: Caller) -> None:
    body = {"campaignId": 8_040_601, "recipientEmail": ANN, "allowRepeatMarketingSends": False}
    assert [sandbox.post("/api/email/target", body)[0] for _ in range(2)] == [200, 200]
    assert sent(sandbox) == [(8_040_601, 11_240_601)]
    assert sandbox.fields(ANN) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [({"campaignId": 8_041_001}, "BadParams"), ({"campaignId": None}, "BadJsonBody"), ({"recipientEmail": None}, "BadParams")],
)
def test_a_wrong_target_makes_nobody(sandbox: Caller, change: dict[str, Any], code: str) -> None:
    status, answer = sandbox.post("/api/email/target", {"campaignId": 8_040_601, "recipientEmail": ANN, **change})
    assert (status, answer["code"]) == (400, code)
    assert sandbox.get("/sandbox/counts.json")[1]["users"] == 0


SEND_LATER = {"campaignId": 8_040_601, "recipientEmail": ANN, "sendAt": "2026-01-01 01:00:00"}


def test_a_campaign_for_the_api_may_be_sent_later_over_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with running_sandbox(clock="frozen", state=file) as running, Caller(running.url) as caller:
        assert caller.post("/api/email/target", SEND_LATER)[0] == 200
        caller.post("/sandbox/clock", {"advance": 3599})
        assert (sent(caller), caller.fields(ANN)) == ([], {})
    with running_sandbox(clock="frozen", state=file) as running, Caller(running.url) as caller:
        assert sent(caller) == []
        caller.post("/sandbox/clock", {"advance": 3600})
        assert sent(caller) == [(8_040_601, 11_240_601)]


def test_who_objects_before_the_time_gets_no_mail() -> None:
    with running_sandbox(clock="frozen") as running, Caller(running.url) as caller:
        caller.post("/api/email/target", SEND_LATER)
        subscribe(caller, unsubscribedChannelIds=[catalog.TRANSACTIONAL_CHANNEL])
        caller.post("/sandbox/clock", {"advance": 3600})
        assert sent(caller) == []


@pytest.mark.parametrize("text", ["soon", "2027-01-01 00:00:01"])
def test_a_time_to_send_is_within_a_year(text: str) -> None:
    with running_sandbox(clock="frozen") as running, Caller(running.url) as caller:
        assert caller.post("/api/email/target", {**SEND_LATER, "sendAt": text})[1]["code"] == "BadParams"
        assert caller.get("/sandbox/counts.json")[1]["users"] == 0
