"""Calls of a source that has a secret: taken once if its signature fits, refused otherwise, with one line kept of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from contacts.intake.seed import seed_event_types
from contacts.sync.models import SyncRun
from iterable_admin.inbox.encrypting import decrypt
from iterable_admin.inbox.models import Event, RefusedCall, SignedMessage, Source, SourceSecret
from iterable_admin.inbox.source_secrets import create_secret, remove_secret
from iterable_admin.inbox.tokens import create_token
from iterable_admin.outbox.models import Delivery
from tests.signing import raw_of, signed

pytestmark = pytest.mark.django_db(transaction=True)

TRIAL = {"email": "ada@example.com", "eventName": "Trial", "dataFields": {"company": "Fictional"}}
LEFT = {"email": "ada@example.com", "unsubscribed": True, "unsubscribed_at": "2026-11-20T10:00:00Z"}
SOME = {"email": "ada@example.com", "firstName": "Ada", "latest_trial_start_date": "2026-11-20"}
GITLAB = {"trial_user": {"work_email": "ada@example.com", "uid": 7, "product_interaction": "SaaS Trial"}}
# Each door, a body, and what it answers once.
DOORS = [
    ("/api/v1/events/", TRIAL, 202),
    ("/api/v1/events/saas-trial/", SOME, 202),
    ("/api/v1/events/bulk/", {"events": [TRIAL, TRIAL | {"eventName": "Other"}]}, 202),
    ("/api/v1/events/gitlab/", GITLAB, 202),
    ("/api/v1/events/", {"eventName": "Trial", "email": "no address"}, 422),
    ("/api/v1/webhooks/marketo/unsubscribe/", LEFT, 202),
    ("/iterable/api/events/track", TRIAL, 200),
    ("/iterable/api/users/bulkUpdate", {"users": [{"email": "ada@example.com"}, {"email": "bob@example.com"}]}, 200),
    ("/iterable/api/users/updateSubscriptions", {"email": "ada@example.com", "unsubscribedChannelIds": [1]}, 200),
]


class Signer:
    """A caller that has a token and, besides, signs."""

    def __init__(self, source: Source) -> None:
        self.token, self.secret = create_token(source), create_secret(source)

    def send(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        raw = body if isinstance(body, bytes) else raw_of(body)
        headers = signed(self.secret, raw) if headers is None else headers
        told = {"Authorization": f"Bearer {self.token}", **headers}
        return APIClient().post(path, raw, content_type="application/json", headers=told)


@pytest.fixture
def signer(source: Source) -> Signer:
    seed_event_types()
    return Signer(source)


def refusals() -> list[tuple[str, str, int]]:
    return list(RefusedCall.objects.order_by("pk").values_list("why", "endpoint", "count"))


def nothing_but(*lines: tuple[str, str, int]) -> None:
    assert refusals() == list(lines)
    assert (Event.objects.count(), Delivery.objects.count(), SignedMessage.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(("path", "body", "status"), DOORS)
def test_at_each_door_a_message_is_taken_once(signer: Signer, path: str, body: Any, status: int) -> None:
    headers = signed(signer.secret, raw_of(body))
    first = signer.send(path, body, headers)
    events = Event.objects.count()
    again = signer.send(path, body, headers)

    assert (first.status_code, again.status_code, events > 0) == (status, 401, True)
    assert "webhook-id was used before" in str(again.json())
    assert [(why, count) for why, _, count in refusals()] == [("reused", 1)]
    assert Event.objects.count() == events


@pytest.mark.parametrize(("path", "body", "status"), DOORS)
def test_the_senders_own_retry_is_answered_as_the_first_and_stores_nothing(
    signer: Signer, path: str, body: Any, status: int
) -> None:
    signer.send(path, body)
    events = list(Event.objects.order_by("pk").values_list("uuid", flat=True))
    later = signed(signer.secret, raw_of(body), at=time.time() + 2)
    again = signer.send(path, body, later)

    assert again.status_code == status
    assert list(Event.objects.order_by("pk").values_list("uuid", flat=True)) == events
    assert refusals() == []
    if "id" in again.json():
        assert again.json()["id"] == str(events[0])


@pytest.mark.parametrize(("path", "body", "_status"), DOORS)
def test_what_is_unsigned_forged_or_expired_leaves_nothing_but_the_refusal(
    signer: Signer, path: str, body: Any, _status: int
) -> None:
    raw = raw_of(body)
    bad = [
        {},
        signed("whsec_" + "A" * 44, raw),
        signed(signer.secret, raw + b" "),
        signed(signer.secret, raw, at=time.time() - 310),
        signed(signer.secret, raw, at=time.time() + 310),
    ]
    answers = [signer.send(path, body, headers) for headers in bad]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert {tuple(answer.json()) for answer in answers} == {("msg", "code", "params") if "/iterable" in path else ("detail",)}
    nothing_but(*((why, f"POST {route_of(path)}", count) for why, count in (("unsigned", 1), ("forged", 2), ("expired", 2))))


def route_of(path: str) -> str:
    return path.lstrip("/").replace("saas-trial", "<slug:slug>")


STRANGE = [
    {"webhook-signature": "v1"},
    {"webhook-signature": "v1,***"},
    {"webhook-signature": "v2," + "A" * 43 + "="},
    {"webhook-timestamp": "nan"},
    {"webhook-timestamp": "1e9"},
    {"webhook-id": "msg.1"},
    {"webhook-id": "m" * 300},
]


@pytest.mark.parametrize("header", STRANGE)
def test_a_strange_header_is_refused_and_not_an_error_of_ours(signer: Signer, header: dict[str, str]) -> None:
    raw = raw_of(TRIAL)
    answer = signer.send("/api/v1/events/", raw, signed(signer.secret, raw) | header)

    assert answer.status_code == 401
    nothing_but(("unsigned" if "webhook-signature" not in header else "forged", "POST api/v1/events/", 1))


def test_bytes_that_are_no_text_are_refused(signer: Signer) -> None:
    raw = b'{"email": "\xff"}'
    assert signer.send("/api/v1/events/", raw, signed(signer.secret, raw)).status_code == 401
    nothing_but(("forged", "POST api/v1/events/", 1))


def test_an_id_serves_no_other_body_and_no_other_path(signer: Signer) -> None:
    signer.send("/api/v1/events/", TRIAL)
    other = TRIAL | {"eventName": "Other"}
    later = signed(signer.secret, raw_of(other), at=time.time() + 2)
    same = signed(signer.secret, raw_of(TRIAL), at=time.time() + 2)

    assert signer.send("/api/v1/events/", other, later).status_code == 401
    assert signer.send("/iterable/api/events/track", TRIAL, same).status_code == 401
    assert [why for why, _, _ in refusals()] == ["reused", "reused"]
    assert Event.objects.count() == 1


def test_an_older_signature_of_the_same_is_a_replay(signer: Signer) -> None:
    signer.send("/api/v1/events/", TRIAL)
    earlier = signed(signer.secret, raw_of(TRIAL), at=time.time() - 60)
    assert signer.send("/api/v1/events/", TRIAL, earlier).status_code == 401
    assert Event.objects.count() == 1


def test_of_the_same_sent_many_times_at_once_one_is_taken(signer: Signer) -> None:
    headers = signed(signer.secret, raw_of(TRIAL))

    def send(_: int) -> int:
        try:
            return int(signer.send("/api/v1/events/", TRIAL, headers).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as senders:
        statuses = sorted(senders.map(send, range(6)))
    assert statuses == [202, 401, 401, 401, 401, 401]
    assert (Event.objects.count(), [count for _, _, count in refusals()]) == (1, [5])


def test_what_failed_may_come_again_as_it_was(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    headers = signed(signer.secret, raw_of(TRIAL))
    with monkeypatch.context() as broken:
        broken.setattr("iterable_admin.inbox.storing.insert_news", fail)
        with pytest.raises(RuntimeError):
            signer.send("/api/v1/events/", TRIAL, headers)

    assert signer.send("/api/v1/events/", TRIAL, headers).status_code == 202
    assert Event.objects.count() == 1


def test_while_secrets_are_rotated_both_fit_and_a_removed_one_no_longer(signer: Signer, source: Source) -> None:
    new = create_secret(source)
    raw = raw_of(TRIAL)
    assert signer.send("/api/v1/events/", raw, signed(new, raw, message="new")).status_code == 202
    old = SourceSecret.objects.order_by("pk").first()
    assert old is not None
    remove_secret(old)

    assert signer.send("/api/v1/events/", raw, signed(signer.secret, raw, message="old")).status_code == 401
    assert SourceSecret.objects.get(pk=old.pk).encrypted == ""
    assert [why for why, _, _ in refusals()] == ["forged"]


@pytest.mark.parametrize("keys", [["another-key-of-thirty-two-letters-"], []])
def test_without_its_key_a_secret_refuses_and_the_caller_may_try_again(
    signer: Signer, settings: Any, keys: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    key = settings.SECRETS_KEYS[0]
    settings.SECRETS_KEYS = keys
    assert signer.send("/api/v1/events/", TRIAL).status_code == 503
    gateway = signer.send("/iterable/api/events/track", TRIAL)
    assert (gateway.status_code, gateway.json()["code"]) == (503, "GenericError")
    # Nor is anything taken for want of a signature that could be checked.
    assert [signer.send(path, TRIAL, {}).status_code for path in ("/api/v1/events/", "/iterable/api/events/track")] == [401, 401]
    assert (Event.objects.count(), SignedMessage.objects.count()) == (0, 0)
    assert [said for said in caplog.messages if "signature not checked" in said and "SECRETS_KEYS" in said] != []
    settings.SECRETS_KEYS = [*keys, key]
    assert signer.send("/api/v1/events/", TRIAL).status_code == 202


@pytest.mark.parametrize("newest", [True, False])
def test_a_secret_that_cannot_be_read_takes_nothing_from_one_that_can(
    signer: Signer, source: Source, settings: Any, newest: bool
) -> None:
    create_secret(source)
    first, second = SourceSecret.objects.order_by("pk").values_list("pk", flat=True)
    lost = second if newest else first
    SourceSecret.objects.filter(pk=lost).update(encrypted="lost")
    readable = secrets_of_one(first + second - lost)
    raw = raw_of(TRIAL)
    assert signer.send("/api/v1/events/", raw, signed("whsec_" + "A" * 44, raw)).status_code == 503
    assert Event.objects.count() == 0
    assert signer.send("/api/v1/events/", raw, signed(readable, raw)).status_code == 202


def secrets_of_one(pk: int) -> str:
    return decrypt(SourceSecret.objects.get(pk=pk).encrypted)


def test_a_secret_rests_encrypted_alone(signer: Signer) -> None:
    row = SourceSecret.objects.get()
    assert signer.secret not in row.encrypted
    assert signer.secret.removeprefix("whsec_") not in row.encrypted


def test_reads_need_no_signature(signer: Signer) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signer.token}")
    assert client.get("/api/v1/contacts/").status_code == 200


def test_fields_in_the_query_are_not_signed_and_not_taken(signer: Signer) -> None:
    answer = signer.send("/api/v1/webhooks/marketo/unsubscribe/?email=ada@example.com", b"")
    assert (answer.status_code, "send the fields in it" in answer.json()["detail"]) == (400, True)
    nothing_but()


def test_a_signed_start_of_a_run_is_done_once(signer: Signer) -> None:
    headers = signed(signer.secret, b"{}")
    assert signer.send("/api/v1/sync-runs/", b"{}", headers).status_code == 202
    later = signed(signer.secret, b"{}", at=time.time() + 2)
    assert [signer.send("/api/v1/sync-runs/", b"{}", again).status_code for again in (headers, later)] == [401, 401]
    assert SyncRun.objects.count() == 1


def test_made_up_methods_are_one_line_together(source: Source) -> None:
    Source.objects.update(scopes=[])
    headers = {"Authorization": f"Bearer {create_token(source)}"}
    answers = [APIClient().generic(method, "/api/v1/events/", headers=headers) for method in ("BREW", "BREW-MORE", "PATCH")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert refusals() == [("scope", "OTHER api/v1/events/", 2), ("scope", "PATCH api/v1/events/", 1)]


def test_what_is_out_of_scope_is_a_line_of_its_own_with_no_address(signer: Signer, source: Source) -> None:
    Source.objects.update(scopes=["read"])
    assert signer.send("/api/v1/events/", TRIAL).status_code == 403
    path = "/iterable/api/subscriptions/messageChannel/1/user/ada@example.com"
    headers = {"Authorization": f"Bearer {signer.token}"}
    assert APIClient().patch(path, headers=headers).status_code == 401
    group = "iterable/api/subscriptions/<str:group>/<str:number>/user/<path:email>"
    nothing_but(("scope", "POST api/v1/events/", 1), ("scope", f"PATCH {group}", 1))
