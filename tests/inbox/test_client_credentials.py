"""Tokens for the hour by OAuth 2.0: who gets one, what it opens, and the refusals of RFC 6749, 5.2."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from iterable_admin.inbox.access_tokens import LIVES_SECONDS
from iterable_admin.inbox.models import Event, RefusedCall, Source, SourceToken, TokenRequests
from iterable_admin.inbox.source_secrets import create_secret
from iterable_admin.inbox.tokens import create_token, revoke_token
from tests.signing import raw_of, signed

pytestmark = pytest.mark.django_db

TRIAL = {"email": "ada@example.com", "eventName": "Trial"}
FORM = "application/x-www-form-urlencoded"


def ask(**form: Any) -> Any:
    headers = form.pop("headers", {})
    return APIClient().post("/oauth/token", "&".join(f"{k}={v}" for k, v in form.items()), content_type=FORM, headers=headers)


def credentials(source: Source, secret: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": f"source-{source.pk}", "client_secret": secret}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def secret(source: Source) -> str:
    return create_token(source)


@pytest.fixture
def access(source: Source, secret: str) -> str:
    return str(ask(**credentials(source, secret)).json()["access_token"])


def test_a_source_gets_a_token_by_the_body_or_by_basic(source: Source, secret: str) -> None:
    by_basic = ask(grant_type="client_credentials", headers=basic(f"source-{source.pk}", secret))
    for answer in (ask(**credentials(source, secret)), by_basic):
        told = answer.json()
        assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
        assert told["scope"] == "events:write subscriptions:write read syncs:write"
        assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")


def test_it_is_taken_wherever_a_token_is(access: str) -> None:
    assert bearer(access).post("/api/v1/events/", TRIAL, format="json").status_code == 202
    assert bearer(access).get("/api/v1/contacts/").status_code == 200
    for headers in ({"Api-Key": access}, {"Authorization": f"Bearer {access}"}):
        assert APIClient().post("/iterable/api/events/track", TRIAL, format="json", headers=headers).status_code == 200
    report = {"email": "ada@example.com", "eventName": "emailUnSubscribe", "dataFields": {}}
    answer = APIClient().post("/api/v1/webhooks/iterable/", report, format="json", headers={"Authorization": access})
    assert answer.status_code == 202


def test_a_secret_with_a_nul_character_is_a_wrong_one(source: Source, secret: str) -> None:
    answer = ask(**credentials(source, f"{secret[:6]}%00{secret[6:]}"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_fewer_scopes_are_kept_to_and_more_are_refused(source: Source, secret: str) -> None:
    told = ask(**credentials(source, secret), scope="read+events:write").json()
    assert told["scope"] == "read events:write"
    left = {"email": "ada@example.com", "unsubscribed": True}
    assert bearer(told["access_token"]).post("/api/v1/webhooks/marketo/unsubscribe/", left).status_code == 403
    Source.objects.update(scopes=["read"])
    assert bearer(told["access_token"]).post("/api/v1/events/", TRIAL, format="json").status_code == 403
    assert Event.objects.count() == 0

    more = ask(**credentials(source, secret), scope="read+events:write")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    Source.objects.update(scopes=[])
    assert ask(**credentials(source, secret)).json()["error"] == "invalid_scope"


def test_it_ends_with_its_hour_with_its_token_and_with_its_source(source: Source, access: str) -> None:
    def opens() -> int:
        return int(bearer(access).get("/api/v1/contacts/").status_code)

    with time_machine.travel(time.time() + LIVES_SECONDS - 5, tick=False):
        assert opens() == 200
    with time_machine.travel(time.time() + LIVES_SECONDS + 5, tick=False):
        assert opens() == 401
    Source.objects.update(active=False)
    assert opens() == 401
    Source.objects.update(active=True)
    revoke_token(SourceToken.objects.get())
    assert opens() == 401


def test_a_forged_one_and_one_signed_for_something_else_open_nothing(access: str) -> None:
    body, _, rest = access.partition(".")
    for forged in (access + "x", f"{body}A.{rest}", "itb_", "itb_..", "itb_é"):
        answer = bearer(forged.encode().decode("latin-1")).post("/api/v1/events/", TRIAL, format="json")
        assert answer.status_code == 401
    assert Event.objects.count() == 0


def test_it_opens_no_other_one(source: Source, access: str) -> None:
    answer = ask(**credentials(source, access))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def refusals() -> list[tuple[str, str, int]]:
    return list(RefusedCall.objects.values_list("why", "endpoint", "count"))


def test_wrong_credentials_are_one_refusal_and_an_unknown_client_leaves_none(source: Source, secret: str) -> None:
    other = Source.objects.create(name="Other", scopes=["read"])
    wrong = [
        ask(**credentials(source, "ita_wrong-and-long-enough")),
        ask(**credentials(other, secret)),
        ask(grant_type="client_credentials", headers=basic(f"source-{source.pk}", "ita_wrong")),
        ask(**{**credentials(source, secret), "client_id": "source-999999"}),
        ask(**{**credentials(source, secret), "client_id": "source-" + "9" * 40}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in wrong] == [(401, "invalid_client")] * 5
    assert len({answer.json()["error_description"] for answer in wrong}) == 1
    assert wrong[2]["WWW-Authenticate"].startswith("Basic ")
    assert sorted(refusals()) == [("credentials", "POST oauth/token", 1), ("credentials", "POST oauth/token", 2)]


MALFORMED = [
    ("", {}, 400, "invalid_request"),
    ("grant_type=password", {}, 400, "unsupported_grant_type"),
    ("grant_type=%C3%A9%22", {}, 400, "unsupported_grant_type"),
    ("grant_type=client_credentials&grant_type=client_credentials", {}, 400, "invalid_request"),
    ("grant_type=client_credentials", {}, 401, "invalid_client"),
    ("grant_type=client_credentials&client_secret=x", {"Authorization": "Basic eDp4"}, 400, "invalid_request"),
    ("grant_type=client_credentials", {"Authorization": "Basic /w=="}, 401, "invalid_client"),
    ("grant_type=client_credentials", {"Authorization": "Basic"}, 401, "invalid_client"),
    ("grant_type=client_credentials&client_id=&client_secret=", {}, 401, "invalid_client"),
]


@pytest.mark.parametrize(("body", "headers", "status", "error"), MALFORMED)
def test_what_is_malformed_is_refused_in_the_words_of_the_standard(
    body: str, headers: dict[str, str], status: int, error: str
) -> None:
    answer = APIClient().post("/oauth/token", body, content_type=FORM, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer["Cache-Control"] == "no-store"
    assert refusals() == []


def test_a_secret_in_the_url_is_not_read(source: Source, secret: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in credentials(source, secret).items())
    answer = APIClient().post(f"/oauth/token?{query}", "", content_type=FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_too_many_from_one_address_are_refused_before_anything_is_looked_at(source: Source, secret: str, settings: Any) -> None:
    settings.TOKENS_PER_MINUTE = 2
    with time_machine.travel(1_800_000_000, tick=False):
        answers = [ask(**credentials(source, secret)) for _ in range(3)]
        elsewhere = APIClient(REMOTE_ADDR="203.0.113.9").post("/oauth/token", credentials(source, secret))
    assert [answer.status_code for answer in (*answers, elsewhere)] == [200, 200, 429, 200]
    assert (answers[2]["Retry-After"], answers[2].json()["error"]) == ("60", "temporarily_unavailable")
    with time_machine.travel(1_800_000_000 + 7_200, tick=False):
        assert ask(**credentials(source, secret)).status_code == 200
    assert TokenRequests.objects.count() == 1
    assert "127.0.0.1" not in TokenRequests.objects.get().address


def test_whoever_signs_signs_with_it_too(source: Source, access: str) -> None:
    signing = create_secret(source)
    raw = raw_of(TRIAL)
    client = bearer(access)
    assert client.post("/api/v1/events/", raw, content_type="application/json").status_code == 401
    headers = signed(signing, raw)
    assert client.post("/api/v1/events/", raw, content_type="application/json", headers=headers).status_code == 202


def test_the_document_names_it() -> None:
    answer = APIClient().get("/api/v1/schema/", headers={"Accept": "application/json"})
    operation = answer.json()["paths"]["/oauth/token"]["post"]
    assert operation["operationId"] == "get_access_token"
    assert list(operation["requestBody"]["content"]) == [FORM]
    assert sorted(operation["responses"]) == ["200", "400", "401", "429"]
