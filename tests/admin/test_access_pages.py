"""No page without a role: every path of the server is asked for by those who have none, whatever is added later."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from iterable_admin.audit.models import Dri
from tests.admin.paths import Path, every_path
from tests.admin.rows import fill
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

# Answered to everybody who reaches the server: each for a reason, and none shows a row.
FOR_EVERYBODY = {
    "": "the first path leads on to the dashboard",
    "healthz": "asked by load balancers",
    "readyz": "asked by probes",
    "metrics": "closed by a token of its own",
    "oauth_token": "asks for client credentials, and counts before it looks at them",
    "schema": "describes the REST API, which asks for a token itself",
    "sign_in": "the way to the sign-in provider, where one is set",
    "sign_in_return": "and back",
    "admin:login": "where one signs in",
}
# And these to everybody who is signed in.
FOR_ACCOUNTS = {"admin:logout", "admin:password_change", "admin:password_change_done"}


def pages() -> list[Path]:
    return [found for found in every_path() if found.path.startswith("/admin/") and found.name not in FOR_EVERYBODY]


def others() -> list[Path]:
    """The REST API, which knows tokens alone, and whatever stands outside the admin by mistake."""
    named = [found for found in every_path() if not found.path.startswith("/admin/")]
    return [found for found in named if found.name not in FOR_EVERYBODY or (found.path.startswith("/api/v1/") and not found.name)]


def answers(client: Client, paths: list[Path], method: str) -> dict[int, list[str]]:
    """The paths by what they answered."""
    found: dict[int, list[str]] = {}
    for path in paths:
        status = getattr(client, method)(path.path).status_code
        found.setdefault(status, []).append(f"{path.path} ({path.name})")
    return found


def test_the_walk_finds_lists_rows_forms_and_pages_of_our_own() -> None:
    found = {path.name: path.path for path in every_path()}
    assert found["admin:inbox_event_changelist"] == "/admin/inbox/event/"
    assert found["admin:inbox_event_change"] == "/admin/inbox/event/1/change/"
    assert found["admin:inbox_source_revoke_token"] == "/admin/inbox/source/1/revoke-token/1/"
    assert found["sync_window"] == "/admin/sync/window/"
    assert found["admin:app_list"] == "/admin/inbox/"
    assert "/api/v1/events/saas-trial/" in {path.path for path in every_path()}
    assert len(pages()) > 250


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_led_to_the_login_by_every_page(client: Client, method: str) -> None:
    assert list(answers(client, pages(), method)) == [302]
    assert client.get(pages()[0].path)["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_without_a_role_is_refused_by_every_page(outsider: Client, method: str) -> None:
    fill(1)
    asked = [path for path in pages() if path.name not in FOR_ACCOUNTS]
    assert list(answers(outsider, asked, method)) == [403]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_opens_nothing_outside_the_admin(outsider: Client, technical: Client, method: str) -> None:
    for client in (outsider, technical, Client()):
        found = answers(client, others(), method)
        assert set(found) <= {401, 405}
        assert len(found[401]) > 10


def test_the_page_of_those_without_a_role_says_whom_to_ask_and_shows_nothing_else(outsider: Client) -> None:
    fill(1)
    Dri.objects.filter(role=Dri.Role.BUSINESS_OWNER).update(name="Amy Waller", email="amy@example.com")
    page = outsider.get(reverse("admin:index")).content.decode()
    assert "Ask the business owner, Amy Waller (" in page
    for word in ("Events", "Deliveries", "Needs you", "person-1@example.com", "/admin/inbox/", "/admin/outbox/"):
        assert word not in page


def test_the_way_to_a_role_is_told_while_nobody_is_business_owner(outsider: Client) -> None:
    Dri.objects.update(name="")
    assert "Ask the business owner: they decide" in outsider.get(reverse("admin:index")).content.decode()


def test_an_account_without_a_role_may_change_its_password_and_leave(people: Any) -> None:
    outsider = signed_in(people.outsider)
    page = outsider.get(reverse("admin:password_change"))
    assert page.status_code == 200
    assert "/admin/inbox/" not in page.content.decode()
    assert outsider.post(reverse("admin:logout")).status_code == 200
    assert "_auth_user_id" not in outsider.session


def test_an_account_that_is_no_staff_sees_the_login_alone(people: Any) -> None:
    client = signed_in(User.objects.create_user("visitor"))
    assert list(answers(client, pages(), "get")) == [302]


def test_one_permission_is_a_role_and_opens_its_page_alone(people: Any) -> None:
    people.outsider.user_permissions.add(Permission.objects.get(codename="view_event"))
    client = signed_in(people.outsider)
    assert client.get(reverse("admin:inbox_event_changelist")).status_code == 200
    assert client.get(reverse("admin:outbox_delivery_changelist")).status_code == 403


def test_a_role_that_is_taken_away_closes_the_pages_at_once(people: Any, business: Client) -> None:
    assert business.get(reverse("admin:index")).status_code == 200
    people.business_owner.groups.clear()
    assert business.get(reverse("admin:index")).status_code == 403
