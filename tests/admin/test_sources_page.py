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
from iterable_admin.inbox.models import Source, SourceToken
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


def make(client: Client, source: Source) -> Any:
    return client.post(reverse("admin:inbox_source_make_token", args=[source.pk]), {"reason": "Because"})


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
