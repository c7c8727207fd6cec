"""The page of a source: who calls, with which tokens, and the call to begin with."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import RefusedCall, Source, SourceToken
from iterable_admin.inbox.source_secrets import create_secret, secrets_of
from iterable_admin.inbox.tokens import create_token, find_source
from tests.conftest import JsonClient
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db


def page_of(client: Client, source: Source) -> str:
    return " ".join(client.get(reverse("admin:inbox_source_change", args=[source.pk])).content.decode().split())


def first_call_on(client: Client, source: Source) -> str:
    page = client.get(reverse("admin:inbox_source_change", args=[source.pk])).content.decode()
    shown = re.search(r'<textarea class="curl-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert shown
    return unescape(shown.group(1))


def make(client: Client, source: Source, what: str = "token") -> Any:
    return client.post(reverse(f"admin:inbox_source_make_{what}", args=[source.pk]), {"reason": "Because"})


def test_a_source_without_a_token_says_who_acts(technical: Client) -> None:
    page = page_of(technical, SourceFactory.create(name="Workato"))
    assert "! Nobody can call as Workato: it has no active token. The technical owner makes one." in page
    assert "Make a token …" in page


def test_rotation_keeps_the_old_token_until_it_is_revoked(technical: Client) -> None:
    source = SourceFactory.create()
    old = create_token(source)
    assert "Rotate: make the second token …" in page_of(technical, source)
    made = re.search(r"ita_[\w-]{43}", make(technical, source).content.decode())
    assert made
    assert [find_source(old), find_source(made.group())] == [source, source]
    page = page_of(technical, source)
    assert "2 active tokens, as in a rotation" in page
    assert "Rotate:" not in page
    assert made.group() not in page


def test_a_third_token_is_refused_and_nothing_is_recorded(technical: Client) -> None:
    source = SourceFactory.create()
    create_token(source)
    create_token(source)
    make(technical, source)
    assert SourceToken.objects.count() == 2
    assert OperatorAction.objects.count() == 0


def test_last_use_is_told_on_the_page_and_in_the_list(technical: Client) -> None:
    source = SourceFactory.create()
    token = create_token(source)
    assert "which was never used" in page_of(technical, source)
    assert '<td class="field-last_used">never</td>' in technical.get(reverse("admin:inbox_source_changelist")).content.decode()
    find_source(token)
    assert "last used <time" in page_of(technical, source)
    assert '<td class="field-last_used"><time' in technical.get(reverse("admin:inbox_source_changelist")).content.decode()


def test_a_secret_is_shown_once_rotated_and_removed(technical: Client) -> None:
    source = SourceFactory.create(name="Workato")
    assert "- Workato signs nothing: its token alone lets it in." in page_of(technical, source)
    shown = [make(technical, source, "secret").content.decode() for _ in range(2)]
    secrets = [found.group() for page in shown if (found := re.search(r"whsec_[\w+/]{43}=", unescape(page)))]
    assert sorted(secrets_of(source)) == sorted(secrets)
    page = page_of(technical, source)
    assert "Workato has 2 active secrets, as in a rotation, and there may be no more." in page
    assert [secret in page or "Rotate: make the second secret" in page for secret in secrets] == [False, False]
    old = source.secrets.order_by("pk")[0]
    technical.post(reverse("admin:inbox_source_remove_secret", args=[source.pk, old.pk]), {"reason": "Rotated"})
    assert secrets_of(source) == secrets[1:]
    assert "✓ Each call by which Workato sends something has to be signed" in page_of(technical, source)
    recorded = [str(action) + action.reason + str(action.result) for action in OperatorAction.objects.all()]
    assert [secret for secret in secrets if any(secret in told for told in recorded)] == []


def test_a_third_secret_is_refused_and_without_a_key_there_is_none(technical: Client, settings: Any) -> None:
    source = SourceFactory.create()
    create_secret(source)
    settings.SECRETS_KEYS = []
    make(technical, source, "secret")
    assert source.secrets.count() == 1
    settings.SECRETS_KEYS = ["development-only-key-of-the-secrets"]
    create_secret(source)
    make(technical, source, "secret")
    assert (source.secrets.count(), OperatorAction.objects.count()) == (2, 0)


def test_a_secret_that_cannot_be_decrypted_is_told_with_its_mend(technical: Client, settings: Any) -> None:
    source = SourceFactory.create()
    create_secret(source)
    assert "cannot be decrypted" not in page_of(technical, source)
    settings.SECRETS_KEYS = ["another-key-of-thirty-two-letters-"]
    page = page_of(technical, source)
    assert "! 1 of its secrets cannot be decrypted, and every call that has to be signed is refused with 503" in page
    assert ", ! cannot be decrypted" in page
    create_secret(source)
    assert "! 1 of its secrets cannot be decrypted, and a call that no other secret fits is refused" in page_of(technical, source)


def test_refused_calls_are_told_on_the_page_and_who_mends_them_in_the_list(technical: Client) -> None:
    source = SourceFactory.create(name="Workato", scopes=["events:write"])
    create_secret(source)
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(source)}")
    assert [client.post("/api/v1/events/", {}).status_code for _ in range(2)] == [401, 401]
    assert "! 2 calls of the last days were refused" in page_of(technical, source)
    listed = technical.get(reverse("admin:inbox_refusedcall_changelist")).content.decode()
    assert "Whoever runs the caller has it sign; or the technical owner removes the source&#x27;s secret." in listed
    assert RefusedCall.objects.get().count == 2


FIRST_CALLS = [
    (["events:write", "read"], "POST", "/api/v1/events/saas-"),
    (["subscriptions:write"], "POST", "/api/v1/webhooks/marketo/unsubscribe/"),
    (["read", "syncs:write"], "GET", "/api/v1/contacts/"),
    (["syncs:write"], "POST", "/api/v1/sync-runs/"),
]


@pytest.mark.parametrize(("scopes", "method", "path"), FIRST_CALLS)
def test_the_first_call_fits_the_scopes_and_is_accepted(technical: Client, scopes: list[str], method: str, path: str) -> None:
    source = SourceFactory.create(scopes=scopes)
    words = [word for word in shlex.split(first_call_on(technical, source)) if word.strip()]
    assert words[:3] == ["curl", "-X", method]
    assert words[3].startswith(f"http://testserver{path}")
    assert words[5] == "Authorization: Bearer $TOKEN"
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(source)}")
    body = json.loads(words[-1]) if method == "POST" else None
    answer = client.generic(method, words[3].removeprefix("http://testserver"), json.dumps(body), "application/json")
    assert answer.status_code in (200, 202)


def test_a_source_that_may_nothing_has_no_first_call(technical: Client) -> None:
    assert "may do nothing yet: give it a scope above." in page_of(technical, SourceFactory.create(scopes=[]))


def test_others_make_and_revoke_no_token(campaigns: Client, business: Client, outsider: Client) -> None:
    source = SourceFactory.create()
    create_token(source)
    token = SourceToken.objects.get()
    for client in (campaigns, business, outsider):
        assert make(client, source).status_code == 403
        revoke = reverse("admin:inbox_source_revoke_token", args=[source.pk, token.pk])
        assert client.post(revoke, {"reason": "Mine"}).status_code == 403
    assert list(SourceToken.objects.values_list("pk", "revoked_at")) == [(token.pk, None)]
    assert OperatorAction.objects.count() == 0
