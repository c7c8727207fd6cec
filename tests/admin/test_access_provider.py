"""Signing in by OpenID Connect: the whole code flow against a provider on loopback, honest and otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from iterable_admin.audit.models import OperatorAction
from iterable_admin.screens.signing_in.models import Identity
from tests.admin.provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, Provider, running_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

ADA = {"sub": "248289761001", "email": "Ada@example.com", "email_verified": True, "preferred_username": "ada"}
ROLES = ["marketing-campaigns=Campaigns owner", "marketing-ops=Technical owner", "a=b=Business owner"]


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with running_provider() as running:
        running.claims = {**ADA, "groups": ["marketing-campaigns", "everybody"]}
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = running.url, CLIENT_ID, CLIENT_SECRET
        settings.OIDC_ROLES = ROLES
        yield running


def to_provider(client: Client, following: str = "") -> str:
    """Where the provider sends the browser back to."""
    left = client.get(reverse("sign_in"), {"next": following} if following else {})
    assert left.status_code == 302
    return requests.get(left["Location"], allow_redirects=False, timeout=5).headers["Location"]


def sign_in(client: Client, following: str = "") -> Any:
    return client.get(to_provider(client, following))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def roles_of(username: str) -> list[str]:
    return list(User.objects.get(username=username).groups.order_by("name").values_list("name", flat=True))


def account(username: str, **values: Any) -> User:
    return User.objects.create_user(username, "ada@example.com", "a password", **values)


def test_the_login_page_has_the_button_only_with_a_provider(client: Client, provider: Provider, settings: Any) -> None:
    assert "Sign in with 127.0.0.1" in client.get(reverse("admin:login")).content.decode()
    settings.OIDC_ISSUER = ""
    assert "Sign in with" not in client.get(reverse("admin:login")).content.decode()
    assert client.get(reverse("sign_in")).status_code == 404
    assert client.get(reverse("sign_in_return"), {"code": "1", "state": "2"}).status_code == 404


def test_a_person_in_a_mapped_group_comes_in_with_its_role_and_nothing_more(client: Client, provider: Provider) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
    ada = User.objects.get(username="ada")
    assert (ada.is_staff, ada.is_superuser, ada.email, ada.has_usable_password()) == (True, False, "ada@example.com", False)
    assert roles_of("ada") == ["Campaigns owner"]
    assert (ada.identities.get().issuer, ada.identities.get().subject) == (provider.url, ADA["sub"])
    assert client.get(reverse("admin:index")).status_code == 200
    assert OperatorAction.objects.get(verb="roles").result == "no role → Campaigns owner"


def test_the_way_there_carries_state_nonce_and_a_challenge_of_its_own_each_time(client: Client, provider: Provider) -> None:
    queries = [parse_qs(urlsplit(client.get(reverse("sign_in"))["Location"]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name][0] for query in queries}) == 2
    assert {query["code_challenge_method"][0] for query in queries} == {"S256"}


def test_a_second_sign_in_is_the_same_account_whatever_its_address_and_name_became(client: Client, provider: Provider) -> None:
    sign_in(client)
    provider.claims |= {"email": "ada.king@example.com", "preferred_username": "ada.king"}
    sign_in(Client())
    assert User.objects.get().email == "ada.king@example.com"
    assert Identity.objects.count() == 1


def test_the_page_that_was_asked_for_is_opened_and_never_one_elsewhere(client: Client, provider: Provider) -> None:
    events = reverse("admin:inbox_event_changelist")
    assert sign_in(client, events)["Location"] == events
    assert sign_in(Client(), "https://evil.example.com/")["Location"] == reverse("admin:index")


@pytest.mark.parametrize("change", [{"state": "forged"}, {"code": "forged"}, {"state": ""}])
def test_a_forged_way_back_lets_nobody_in(client: Client, provider: Provider, change: dict[str, str]) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(to_provider(client)).query).items()}
    answer = client.get(reverse("sign_in_return"), {**query, **change})
    assert_refused(client, answer, 400, "could not be proven")
    assert User.objects.count() == 0


def test_the_way_back_is_open_to_the_browser_that_left_alone_and_once(client: Client, provider: Provider) -> None:
    back, stranger = to_provider(client), Client()
    assert_refused(stranger, stranger.get(back), 400, "could not be proven")
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400
    assert provider.tokens == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": int(time.time()) - 600},
        {"aud": "another-client"},
        {"aud": "another-client", "azp": CLIENT_ID},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"iss": "https://evil.example.com"},
        {"sub": ""},
        {"sub": "s" * 256},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(client: Client, provider: Provider, lie: dict[str, Any]) -> None:
    provider.lie = lie
    assert_refused(client, sign_in(client), 400, "could not be proven")
    assert (User.objects.count(), provider.tokens) == (0, 1)


def test_a_token_signed_by_another_key_lets_nobody_in(client: Client, provider: Provider) -> None:
    provider.key = OTHER_KEY
    assert_refused(client, sign_in(client), 400, "could not be proven")
    assert User.objects.count() == 0


@pytest.mark.parametrize(("algorithm", "key"), [("none", None), ("HS256", CLIENT_SECRET * 2)])
def test_a_token_that_anybody_could_have_made_lets_nobody_in(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch, algorithm: str, key: Any
) -> None:
    def forged(nonce: str) -> str:
        now = int(time.time())
        said = {"iss": provider.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, **provider.claims}
        return jwt.encode(said, key, algorithm=algorithm, headers={"kid": "one"})

    monkeypatch.setattr(provider, "id_token", forged)
    assert_refused(client, sign_in(client), 400, "could not be proven")
    assert User.objects.count() == 0


def test_userinfo_of_somebody_else_is_not_believed(client: Client, provider: Provider) -> None:
    provider.userinfo = {"sub": "another"}
    assert_refused(client, sign_in(client), 400, "could not be proven")
    assert User.objects.count() == 0


def test_groups_told_by_userinfo_alone_count_but_never_against_the_token(client: Client, provider: Provider) -> None:
    del provider.claims["groups"]
    provider.userinfo = {"groups": ["a=b"], "email": "other@example.com"}
    sign_in(client)
    assert roles_of("ada") == ["Business owner"]
    assert User.objects.get().email == "ada@example.com"


def test_a_provider_that_is_down_is_told_in_words(client: Client, provider: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    assert_refused(client, client.get(reverse("sign_in")), 502, "did not answer")


def test_nobody_makes_us_call_the_provider_who_did_not_leave_from_here(client: Client, provider: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    assert_refused(client, client.get(reverse("sign_in_return"), {"code": "1", "state": "2"}), 400, "could not be proven")


def test_a_provider_of_another_name_is_not_used(client: Client, provider: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = f"{provider.url}/"
    assert_refused(client, client.get(reverse("sign_in")), 502, "OIDC_ISSUER")


def test_addresses_that_are_given_need_no_discovery(
    client: Client, provider: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting, path in (("AUTHORIZATION", "authorize"), ("TOKEN", "token"), ("JWKS", "jwks")):
        setattr(settings, f"OIDC_{setting}_ENDPOINT", f"{provider.url}/{path}")
    monkeypatch.setattr(provider, "discovery", dict)
    assert sign_in(client).status_code == 302
    assert is_signed_in(client)


def test_an_address_in_the_clear_is_refused(client: Client, provider: Provider, settings: Any) -> None:
    settings.OIDC_TOKEN_ENDPOINT = "http://login.example.com/token"
    assert_refused(client, client.get(reverse("sign_in")), 502, "https")


def test_a_refusal_at_the_provider_is_told_as_such(client: Client, provider: Provider) -> None:
    answer = client.get(reverse("sign_in_return"), {"error": "access_denied", "state": "x"})
    assert_refused(client, answer, 400, "did not let you in")


def test_a_person_in_no_mapped_group_is_told_whom_to_ask_and_gets_no_account(client: Client, provider: Provider) -> None:
    provider.claims["groups"] = ["everybody"]
    assert_refused(client, sign_in(client), 403, "The business owner decides")
    assert (User.objects.count(), Identity.objects.count()) == (0, 0)


def test_a_group_that_was_taken_away_takes_its_role_at_the_next_sign_in(client: Client, provider: Provider) -> None:
    provider.claims["groups"] = ["marketing-campaigns", "marketing-ops"]
    sign_in(client)
    assert roles_of("ada") == ["Campaigns owner", "Technical owner"]
    provider.claims["groups"] = ["marketing-campaigns"]
    sign_in(Client())
    assert roles_of("ada") == ["Campaigns owner"]
    assert OperatorAction.objects.filter(verb="roles")[0].result == "Campaigns owner, Technical owner → Campaigns owner"


def test_who_is_in_no_group_any_more_loses_the_roles_and_the_sessions_that_are_open(client: Client, provider: Provider) -> None:
    sign_in(client)
    provider.claims["groups"] = []
    later = Client()
    assert_refused(later, sign_in(later), 403, "The business owner decides")
    assert roles_of("ada") == []
    assert User.objects.get().is_staff is False
    assert client.get(reverse("admin:index")).status_code == 302


def test_groups_that_are_no_role_of_ours_stay(client: Client, provider: Provider) -> None:
    sign_in(client)
    User.objects.get().groups.add(Group.objects.create(name="Night shift"))
    provider.claims["groups"] = ["marketing-ops"]
    sign_in(Client())
    assert roles_of("ada") == ["Night shift", "Technical owner"]


def test_an_account_from_before_is_linked_by_an_address_that_the_provider_vouches_for(client: Client, provider: Provider) -> None:
    before = account("ada.lovelace")
    sign_in(client)
    assert User.objects.get() == before
    assert (before.identities.get().subject, roles_of("ada.lovelace")) == (ADA["sub"], ["Campaigns owner"])


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 1.5])
def test_an_unverified_address_takes_over_no_account(client: Client, provider: Provider, verified: object) -> None:
    account("ada.lovelace")
    provider.claims["email_verified"] = verified
    assert_refused(client, sign_in(client), 403, f"with the subject {ADA['sub']}")
    assert (User.objects.count(), Identity.objects.count()) == (1, 0)
    assert roles_of("ada.lovelace") == []


def test_an_unverified_address_is_not_kept(client: Client, provider: Provider) -> None:
    provider.claims["email_verified"] = False
    sign_in(client)
    assert User.objects.get(username="ada").email == ""


def test_a_name_that_is_taken_gets_a_mark_and_not_the_account(client: Client, provider: Provider) -> None:
    User.objects.create_user("ADA", "somebody@example.com")
    sign_in(client)
    other = User.objects.exclude(username="ADA").get()
    assert other.username.startswith("ada-")
    assert roles_of("ADA") == []


def test_two_accounts_with_one_address_are_for_an_administrator_to_tell_apart(client: Client, provider: Provider) -> None:
    account("ada.one")
    account("ada.two")
    assert_refused(client, sign_in(client), 403, "several accounts")
    assert Identity.objects.count() == 0


def test_an_administrator_never_comes_in_by_the_provider(client: Client, provider: Provider) -> None:
    sign_in(client)
    User.objects.update(is_superuser=True)
    later = Client()
    assert_refused(later, sign_in(later), 403, "with its password alone")


def test_an_administrators_address_leads_to_an_account_of_its_own(client: Client, provider: Provider) -> None:
    User.objects.create_superuser("root", "ada@example.com")
    sign_in(client)
    assert User.objects.get(username="ada").is_superuser is False
    assert Identity.objects.get().user.username == "ada"


def test_a_deactivated_account_stays_out(client: Client, provider: Provider) -> None:
    sign_in(client)
    User.objects.update(is_active=False)
    later = Client()
    assert_refused(later, sign_in(later), 403, "deactivated")
    assert client.get(reverse("admin:index")).status_code == 302


def test_an_administrator_links_an_account_by_hand(superuser: Client, provider: Provider) -> None:
    before = account("ada.lovelace")
    posted = {"user": before.pk, "issuer": provider.url, "subject": ADA["sub"], "reason": "It is she"}
    superuser.post(reverse("admin:signing_in_identity_add"), posted)
    assert OperatorAction.objects.get().reason == "It is she"
    provider.claims["email_verified"] = False
    sign_in(Client())
    assert roles_of("ada.lovelace") == ["Campaigns owner"]


def assert_refused(client: Client, answer: Any, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not is_signed_in(client)
