from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.consent.models import ProfileObservation, SubscriptionChange
from iterable_admin.addresses import address_key, user_id_lane
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.tokens import create_token
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v1/webhooks/iterable/"
ANN = "ann@example.com"
AT = "2026-01-10 12:00:00 +00:00"
Post = Callable[..., Any]


def unsubscribed(**fields: Any) -> dict[str, Any]:
    arrays = {"channelIds": [39_402], "messageTypeIds": [], "emailListIds": []}
    return {
        "eventName": "emailUnSubscribe",
        "email": ANN,
        "dataFields": {"createdAt": AT, "unsubSource": "EmailLink", **arrays, **fields},
    }


def kept(answer: Any) -> Event:
    assert answer.status_code == 202, answer.content
    return Event.objects.get(uuid=answer.json()["id"])


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "{token}"},
        {"Authorization": "Basic {token}"},
        {"Authorization": "OAuth2 {token}"},
        {"Authorization": "Bearer {token}"},
        {"Authorization": "bearer  {token}"},
        {"Authorization": "Basic {pair}"},
        {"Authorization": "{pair}"},
        {"Authorization": "Basic {as_user}"},
        {"X-Api-Key": "{token}"},
        {"Authorization": "Basic something-else", "X-Api-Key": "{token}"},
    ],
    ids=str,
)
def test_each_way_in_which_iterable_sends_a_token_is_taken(header: dict[str, str]) -> None:
    token = create_token(Source.objects.create(name="Iterable", scopes=["subscriptions:write"]))
    pair = base64.b64encode(f"iterable:{token}".encode()).decode()
    as_user = base64.b64encode(f"{token}:unused".encode()).decode()
    headers = {name: value.format(token=token, pair=pair, as_user=as_user) for name, value in header.items()}
    answer = APIClient().post(PATH, unsubscribed(), format="json", headers=headers)
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)


# PostgreSQL stores no NUL character, and compares none.
NUL = base64.b64encode(b"ita_\0and-more:ita_\0and-more").decode()


@pytest.mark.parametrize("value", ["", "ita_wrong", "Basic ita_wrong", "Basic !!", "OAuth2", "Digest x", NUL, f"Basic {NUL}"])
def test_a_bad_token_is_refused_and_nothing_kept(value: str) -> None:
    answer = APIClient().post(PATH, unsubscribed(), format="json", headers={"Authorization": value})
    assert answer.status_code == 401
    assert not Event.objects.exists()


def test_a_token_for_other_things_may_not(limited: Callable[..., APIClient]) -> None:
    answer = limited("events:write", "read").post(PATH, unsubscribed(), format="json")
    assert answer.status_code == 403
    assert not Event.objects.exists()


def test_a_webhook_is_kept_as_understood(post: Post) -> None:
    event = kept(post("webhooks/iterable/", unsubscribed(campaignId="7", messageId="m1", somethingNew={"a": 1})))
    assert (event.door, event.name, event.email, event.lane) == ("iterable", "emailUnSubscribe", ANN, address_key(ANN))
    assert (event.withdrawal, event.state, event.flags) == (True, "received", [])
    assert event.payload["channel_ids"] == [39_402]
    assert (event.payload["campaign_id"], event.payload["message_id"], event.payload["source"]) == (7, "m1", "EmailLink")
    assert str(event.occurred_at) == "2026-01-10 12:00:00+00:00"
    assert not SubscriptionChange.objects.exists()


ODD = {
    "email only in dataFields": ({"eventName": "emailUnSubscribe", "dataFields": {"email": "Ann@Example.com "}}, ANN),
    "email upper-cased": ({"eventName": "emailOpen", "email": "ANN@EXAMPLE.COM", "dataFields": None}, ANN),
    "email unreadable, but not in dataFields": ({"eventName": "emailOpen", "email": "?", "dataFields": {"email": ANN}}, ANN),
    "dataFields missing": ({"eventName": "inAppSendSkip", "email": ANN}, ANN),
    "dataFields null": ({"eventName": "emailUnSubscribe", "email": ANN, "dataFields": None}, ANN),
    "userId only": ({"eventName": "emailUnSubscribe", "userId": "u-1", "dataFields": {}}, ""),
    "userId a fraction": ({"eventName": "emailSubscribe", "userId": 17.0, "dataFields": {}}, ""),
    "userId an address": ({"eventName": "emailUnSubscribe", "userId": "Ann@example.com", "dataFields": {}}, ANN),
    "email in the id of its mail": ({"eventName": "emailUnSubscribe", "dataFields": {"emailId": "c7:t9:Ann@example.com"}}, ANN),
    "an unsubscribe by nobody": ({"eventName": "emailUnSubscribe", "dataFields": {"channelIds": [1]}}, ""),
    "a complaint of null": ({"eventName": "emailComplaint", "email": None, "userId": ""}, ""),
    "userId a number": ({"eventName": "emailSubscribe", "userId": 17, "dataFields": {}}, ""),
    "nobody, and about nobody": ({"eventName": "inAppSendSkip"}, ""),
    "unknown name": ({"eventName": "carrierPigeonSend", "email": ANN}, ANN),
    "small s": ({"eventName": "emailUnsubscribe", "email": ANN}, ANN),
    "flat": ({"eventName": "emailUnSubscribe", "email": ANN, "channelIds": [1], "createdAt": AT}, ANN),
    "null arrays": (unsubscribed(channelIds=None, messageTypeIds=None), ANN),
    "ids as text": (unsubscribed(channelIds=["39402", " 5"]), ANN),
    "ids in one text": (unsubscribed(channelIds="39402,5"), ANN),
    "one id alone": (unsubscribed(channelIds=39_402), ANN),
    "ids as fractions": (unsubscribed(channelIds=[39_402.0]), ANN),
    "campaign block unreadable": (unsubscribed(campaignId={"id": 1}, messageId=["m"]), ANN),
}


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_forms_are_accepted(post: Post, case: str) -> None:
    body, email = ODD[case]
    event = kept(post("webhooks/iterable/", body))
    assert (event.email, event.errors) == (email, {})


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-10 12:00:00 +00:00", "2026-01-10T12:00:00+00:00"),
        ("2026-01-10 13:00:00 +0100", "2026-01-10T12:00:00+00:00"),
        ("2026-01-10T12:00:00.134105.000Z", "2026-01-10T12:00:00.134105+00:00"),
        ("2026-01-10 12:00:00", "2026-01-10T12:00:00+00:00"),
        (1_768_046_400, "2026-01-10T12:00:00+00:00"),
        (1_768_046_400_000, "2026-01-10T12:00:00+00:00"),
        ("1768046400", "2026-01-10T12:00:00+00:00"),
        ("2026-01-10", "2026-01-10T23:59:59.999999+00:00"),
        ("yesterday", None),
        ([], None),
        ("2999-01-01 00:00:00 +00:00", None),
        ("0001-01-01T00:00:00Z", None),
        (0, None),
    ],
)
def test_times_in_odd_forms_are_read_or_taken_as_receipt(post: Post, value: Any, moment: str | None) -> None:
    event = kept(post("webhooks/iterable/", unsubscribed(createdAt=value)))
    assert (event.occurred_at.isoformat() if event.occurred_at else None) == moment


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"email": ANN, "dataFields": {}}, {"eventName"}),
        ({"eventName": 7, "email": ANN}, {"eventName"}),
        ({}, {"eventName", "email"}),
        ({"eventName": "emailUnSubscribe", "dataFields": []}, {"dataFields", "email"}),
        ({"eventName": "emailBounce", "email": "no address"}, {"email"}),
        ({"eventName": "emailUnSubscribe", "email": ANN, "dataFields": "channelIds=1"}, {"dataFields"}),
        ({"eventName": "emailUnSubscribe", "email": ANN, "dataFields": []}, {"dataFields"}),
        (unsubscribed(channelIds=["Marketing"], messageTypeIds=[True]), {"channelIds", "messageTypeIds"}),
        (unsubscribed(emailListIds={"id": 3}), {"emailListIds"}),
    ],
)
def test_what_cannot_be_understood_is_kept_as_rejected(post: Post, body: Any, fields: set[str]) -> None:
    answer = post("webhooks/iterable/", body)
    assert answer.status_code == 422
    event = Event.objects.get(uuid=answer.json()["id"])
    assert (event.state, set(answer.json()["errors"]), set(event.errors)) == ("rejected", fields, fields)
    assert event.raw_body


@pytest.mark.parametrize("raw", [b"", b"{", b"nothing", b'"text"', b"7", b"null", b"[]", b'{"a": \xff}'])
def test_what_is_no_json_object_is_refused_and_not_kept(api: Any, raw: bytes) -> None:
    assert api.generic("POST", PATH, raw, content_type="application/json").status_code == 400
    assert not Event.objects.exists()


def test_the_content_type_does_not_matter(api: Any) -> None:
    answer = api.generic(
        "POST", PATH, b'\xef\xbb\xbf{"eventName": "emailOpen", "email": "ann@example.com"}', content_type="text/plain"
    )
    assert answer.status_code == 202


def test_without_its_slash_it_is_not_redirected(api: Any) -> None:
    """A redirect of a POST would arrive as a GET, if at all."""
    assert api.post(PATH.rstrip("/"), unsubscribed()).status_code == 202
    assert Event.objects.get().email == ANN


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        ("EMAILUNSUBSCRIBE", "emailUnSubscribe"),
        ("email_unsubscribe", "emailUnSubscribe"),
        ("smsUnSubscribe", "emailUnSubscribe"),
        ("whatsAppUnsubscribed", "emailUnSubscribe"),
        ("pushSubscribe", "emailSubscribe"),
        ("HostedUnsubscribeClick", "hostedUnsubscribeClick"),
        ("Subscribe", "Subscribe"),
        ("unsubscribePageView", "unsubscribePageView"),
    ],
)
def test_a_name_is_read_in_any_spelling_and_an_unsubscribe_of_any_medium(post: Post, told: str, understood: str) -> None:
    event = kept(post("webhooks/iterable/", unsubscribed() | {"eventName": told}))
    assert (event.name, event.withdrawal) == (understood, understood == "emailUnSubscribe")


def test_an_address_known_by_user_id_goes_before_the_one_in_the_id_of_the_mail(post: Post) -> None:
    ContactFactory.create(email=ANN, gitlab_user_id=17)
    told = {"userId": "17", "dataFields": {"emailId": "c7:t9:former@example.com"}}
    event = kept(post("webhooks/iterable/", {"eventName": "emailUnSubscribe", **told}))
    assert (event.email, event.flags) == (ANN, [])
    other = kept(post("webhooks/iterable/", {"eventName": "emailUnSubscribe", **told, "userId": "18"}))
    assert (other.email, len(other.flags)) == ("former@example.com", 1)


def test_two_of_nobody_are_no_repeats(post: Post) -> None:
    body = {"eventName": "emailUnSubscribe", "dataFields": {"createdAt": AT, "channelIds": [5]}}
    post("webhooks/iterable/", body)
    assert post("webhooks/iterable/", body).json()["duplicate"] is False


def test_a_list_is_taken_one_by_one(post: Post) -> None:
    answer = post("webhooks/iterable/", [unsubscribed(), "no object", unsubscribed(channelIds=[5])])
    assert answer.status_code == 202
    assert [item["status"] for item in answer.json()["events"]] == ["accepted", "rejected", "accepted"]
    assert list(Event.objects.order_by("id").values_list("state", flat=True)) == ["received", "rejected", "received"]
    assert post("webhooks/iterable/", {"events": ["nothing"]}).status_code == 422


def test_the_same_posted_twice_is_one(post: Post) -> None:
    first = post("webhooks/iterable/", unsubscribed(messageTypeIds=[2, 1], labels=["a", "b"]))
    again = post("webhooks/iterable/", unsubscribed(messageTypeIds=["1", "2"], labels=["b", "a"]))
    assert (again.status_code, again.json()["id"], again.json()["duplicate"]) == (202, first.json()["id"], True)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"createdAt": "2026-01-10 12:00:01 +00:00"},
        {"channelIds": [39_402, 5]},
        {"channelIds": [], "messageTypeIds": [39_402]},
        {"messageId": "another"},
        {"campaignId": 8},
        {"unsubSource": "API"},
    ],
)
def test_different_acts_are_no_repeats(post: Post, other: dict[str, Any]) -> None:
    post("webhooks/iterable/", unsubscribed())
    assert post("webhooks/iterable/", unsubscribed(**other)).json()["duplicate"] is False
    assert Event.objects.count() == 2


def test_without_a_time_nothing_is_a_repeat(post: Post) -> None:
    post("webhooks/iterable/", unsubscribed(createdAt=None))
    assert post("webhooks/iterable/", unsubscribed(createdAt=None)).json()["duplicate"] is False


def test_a_user_id_whose_address_is_known_stands_in_its_lane(post: Post) -> None:
    ContactFactory.create(email=ANN, gitlab_user_id=17)
    body = {"eventName": "emailUnSubscribe", "userId": "17", "dataFields": {"createdAt": AT}}
    event = kept(post("webhooks/iterable/", body))
    assert (event.email, event.lane) == (ANN, address_key(ANN))
    assert post("webhooks/iterable/", {**body, "userId": 17}).json()["duplicate"] is True
    assert kept(post("webhooks/iterable/", {**body, "userId": "18"})).lane == user_id_lane("18")


def test_it_answers_before_anything_is_worked_out(post: Post, django_assert_max_num_queries: Any) -> None:
    post("webhooks/iterable/", unsubscribed(messageId="first"))
    with django_assert_max_num_queries(6):
        post("webhooks/iterable/", unsubscribed())
    assert not ProfileObservation.objects.exists()
