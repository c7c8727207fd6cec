"""Entries that say more, or less, than Iterable's description."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Ambiguous, NotThere, Refused, TooLarge
from iterable_admin.iterable.limits import LARGEST_BODY
from iterable_admin.iterable.reads import Campaign, ExportJob, UserList, Webhook
from iterable_admin.iterable.writes import Export, ProfileUpdate, TrackedEvent, WebhookEdit
from tests.iterable.conftest import Canned

WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
MILLISECONDS = 1_700_000_000_000


def test_a_campaign_is_read_with_states_that_nobody_documented(client: IterableClient, canned: Canned) -> None:
    entry = {"id": 1.0, "campaignState": "Recalling", "workflowId": 7.0, "listIds": [1, 2.0, None], "startAt": MILLISECONDS}
    canned.answer(200, {"campaigns": [entry | {"new": {}}], "totalCampaignsCount": 1})
    [found] = client.campaigns.all()
    assert (found.id, found.campaign_state, found.workflow_id, found.template_id) == (1, "Recalling", 7, None)
    assert (found.list_ids, found.labels, found.start_at, found.ended_at) == ([1, 2], [], WHEN, None)


def test_pages_are_asked_for_as_they_are_needed(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"campaigns": [{"id": 1}, {"id": 2}], "nextPageUrl": "https://elsewhere.example.com/?page=9"})
    canned.answer(200, {"campaigns": [{"id": 3}], "totalCampaignsCount": 3})
    found = client.campaigns.all()
    assert (next(found).id, next(found).id, len(canned.asked)) == (1, 2, 1)
    assert [campaign.id for campaign in found] == [3]
    assert [asked.query["page"] for asked in canned.asked] == [["1"], ["2"]]


def test_a_service_that_does_not_turn_its_pages_is_not_read_for_ever(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"templates": [{"templateId": 1}], "nextPageUrl": "/api/templates?page=2"})
    with pytest.raises(Ambiguous, match="page 2 repeats"):
        list(client.templates.all())


@pytest.mark.parametrize("nested", [True, False])
def test_one_campaign_is_read_plain_or_wrapped(client: IterableClient, canned: Canned, nested: bool) -> None:
    entry = {"id": 5, "name": "Trial"}
    canned.answer(200, {"campaign": entry} if nested else entry)
    assert client.campaigns.get(5) == Campaign.parse(entry)


def test_nothing_found_is_not_there_also_with_a_200(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {})
    with pytest.raises(NotThere):
        client.campaigns.get(5)
    with pytest.raises(NotThere):
        client.templates.email(5)


def test_metrics_are_rows_by_the_names_of_their_columns(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, "id,Total Emails Sent\n1,20\n2,\n")
    assert client.campaigns.metrics([1, 2]) == [
        {"id": "1", "Total Emails Sent": "20"},
        {"id": "2", "Total Emails Sent": ""},
    ]


def test_more_campaigns_than_a_url_holds_are_not_asked_for(client: IterableClient, canned: Canned) -> None:
    with pytest.raises(ValueError, match="1 to 400"):
        client.campaigns.metrics(range(401))
    assert canned.asked == []


@pytest.mark.parametrize("created", [MILLISECONDS, "2023-11-14T22:13:20.000Z"])
def test_a_template_is_dated_in_either_form(client: IterableClient, canned: Canned, created: object) -> None:
    canned.answer(200, {"templates": [{"templateId": 3, "name": "T", "createdAt": created}]})
    [found] = client.templates.all()
    assert (found.id, found.created_at, found.message_type_id) == (3, WHEN, None)


def test_an_email_template_keeps_what_has_no_field(client: IterableClient, canned: Canned) -> None:
    body = {"templateId": 3, "subject": "Hi", "messageTypeId": 5.0, "ccEmails": None, "linkParams": [{"key": "a", "value": "b"}]}
    canned.answer(200, body)
    found = client.templates.email(3)
    assert (found.subject, found.message_type_id, found.cc_emails, found.is_default_locale) == ("Hi", 5, [], None)
    assert found.body["linkParams"] == [{"key": "a", "value": "b"}]


def test_an_unknown_template_is_refused(client: IterableClient, canned: Canned) -> None:
    canned.answer(400, {"msg": "Invalid templateId", "code": "BadParams", "params": None})
    with pytest.raises(Refused):
        client.templates.email(3)


def test_lists_are_read_with_their_kind(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"lists": [{"id": 1, "name": "N", "createdAt": MILLISECONDS, "listType": "Suppression"}]})
    assert client.lists.all() == [UserList(1, "N", "", "Suppression", WHEN, False)]


@pytest.mark.parametrize(("state", "ended"), [("Completed", True), ("failed", True), ("Cancelling", False), ("enqueued", False)])
def test_a_job_ends_in_either_spelling(client: IterableClient, canned: Canned, state: str, ended: bool) -> None:
    canned.answer(200, {"jobs": [{"id": 1, "jobState": state, "dataTypeName": {"send": True}, "bytesExported": 12}]})
    [job] = client.exports.jobs()
    assert job == ExportJob(1, state.lower(), "", 12, None, None)
    assert job.ended is ended


def test_an_event_that_iterable_made_keeps_its_particulars(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"events": [{"eventType": "emailClick", "createdAt": "2023-11-14 22:13:20 +00:00", "campaignId": 5}]})
    [event], _ = client.events.by_email("a@example.com")
    assert (event.event_name, event.created_at, event.data_fields, event.body["campaignId"]) == ("", WHEN, {}, 5)


WEBHOOK: dict[str, Any] = {"id": 9, "endpoint": "https://x.example.com", "enabled": True, "authType": "Basic", "channelIds": [1]}


def test_a_webhook_is_edited_and_read_back(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, WEBHOOK)
    edited = client.webhooks.edit(WebhookEdit(9, endpoint="https://x.example.com"))
    assert edited == Webhook(9, "https://x.example.com", True, "Basic", False, False, [1], [])


def test_the_secrets_of_a_webhook_stand_in_no_repr_and_no_error(client: IterableClient, canned: Canned) -> None:
    edit = WebhookEdit(9, auth_token="hidden one", headers={"X-Secret": "hidden/two"})
    canned.answer(400, {"msg": f"Invalid JSON body {edit.as_json()}", "code": "BadJsonBody"})
    with pytest.raises(Refused) as caught:
        client.webhooks.edit(edit)
    assert "hidden" not in repr(edit) + repr(caught.value) + repr(caught.value.call)


def test_the_signature_of_a_file_stands_in_no_excerpt(client: IterableClient, canned: Canned) -> None:
    url = "https://files.example.com/1.csv?X-Amz-Credential=abc&X-Amz-Signature=0a1b2c"
    canned.answer(500, {"jobId": 1, "files": [{"file": "1.csv", "url": url}]})
    with pytest.raises(Exception, match="500") as caught:
        client.exports.files(1)
    excerpt = caught.value.call.excerpt  # type: ignore[attr-defined]  # every error of the client has one
    assert "X-Amz-Signature=[redacted]" in excerpt
    assert "0a1b2c" not in excerpt


@pytest.mark.parametrize(
    "send",
    [
        lambda client, fields: client.users.bulk_update([ProfileUpdate(fields, email="a@example.com")]),
        lambda client, fields: client.events.track_bulk([TrackedEvent("x", fields, email="a@example.com")]),
    ],
)
def test_a_body_over_the_limit_is_not_sent(
    client: IterableClient, canned: Canned, send: Callable[[IterableClient, dict[str, Any]], object]
) -> None:
    with pytest.raises(TooLarge, match="bytes, and Iterable takes 4,000,000: split it") as caught:
        send(client, {"note": "ß" * (LARGEST_BODY // 2)})
    assert (canned.asked, caught.value.call.status) == ([], None)


def test_the_id_that_iterable_gave_an_event_is_kept(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"msg": "Event with id: e9 tracked.", "code": "Success", "params": {"id": "e9"}})
    assert client.events.track(TrackedEvent("x", {}, email="a@example.com")).id == "e9"


def test_an_export_is_asked_for_in_times_with_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Export("user", datetime(2024, 1, 1)).as_json()  # noqa: DTZ001 - the refusal is what is tested


def test_pages_that_repeat_each_other_by_turns_come_to_an_end(client: IterableClient, canned: Canned) -> None:
    for number in (1, 2, 1, 2):
        canned.answer(200, {"campaigns": [{"id": number}], "nextPageUrl": "more"})
    with pytest.raises(Ambiguous, match="page 3 repeats what came before"):
        list(client.campaigns.all())
    assert len(canned.asked) == 3


def test_what_moves_to_the_next_page_while_it_is_read_comes_once(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"campaigns": [{"id": 1}, {"id": 2}], "nextPageUrl": "more"})
    canned.answer(200, {"campaigns": [{"id": 2}, {"id": 3}]})
    assert [campaign.id for campaign in client.campaigns.all()] == [1, 2, 3]


def test_a_job_that_waits_has_no_files_yet(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"jobId": 7, "jobState": "Enqueued"})
    assert list(client.exports.all_files(7)) == []
    canned.answers[:] = []
    canned.answer(200, {"jobId": 7, "jobState": "Completed"})
    with pytest.raises(Ambiguous):
        client.exports.files(7)
