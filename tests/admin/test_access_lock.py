"""Passwords that are guessed: an account waits where it failed too often, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import reverse

from iterable_admin.client_addresses import client_address
from iterable_admin.screens.signing_in.roles_only import has_role
from tests.conftest import People

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "a password of hers"


@pytest.fixture
def ada(people: People) -> User:
    people.business_owner.set_password(PASSWORD)
    people.business_owner.save()
    return people.business_owner


def log_in(username: str, password: str, address: str = "192.0.2.1", **headers: str) -> Any:
    posted = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post(reverse("admin:login"), posted, headers=headers)


def fail(username: str, times: int, **where: Any) -> Any:
    for _ in range(times):
        answer = log_in(username, "a guess", **where)
    return answer


def test_after_five_failures_even_the_right_password_has_to_wait(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        assert fail(ada.username, 4).status_code == 200
        locked = fail(ada.username, 1)
        right = log_in(ada.username, PASSWORD)
    assert (locked.status_code, right.status_code) == (429, 429)
    assert "12:15 UTC</strong>, in 15 minutes" in locked.content.decode()
    assert right["Retry-After"] == "900"
    assert "_auth_user_id" not in right.client.session


def test_the_lock_ends_when_it_said_however_often_one_tries_meanwhile(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(ada.username, 5)
        clock.shift(timedelta(minutes=14))
        assert fail(ada.username, 3).status_code == 429
        clock.shift(timedelta(minutes=1, seconds=1))
        assert log_in(ada.username, PASSWORD).status_code == 302
    assert AccessAttempt.objects.count() == 0


def test_nobody_else_is_locked_out(ada: User, people: People) -> None:
    people.technical_owner.set_password(PASSWORD)
    people.technical_owner.save()
    assert fail(ada.username, 6).status_code == 429
    assert log_in(ada.username, PASSWORD, address="192.0.2.2").status_code == 302
    assert log_in(people.technical_owner.username, PASSWORD).status_code == 302


def test_another_browser_at_the_same_address_counts_on(ada: User) -> None:
    for browser in range(4):
        log_in(ada.username, "a guess", user_agent=f"browser {browser}")
    assert log_in(ada.username, "a guess", user_agent="another").status_code == 429


def test_a_name_that_nobody_has_is_answered_alike(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        assert fail("nobody", 5).content == fail(ada.username, 5).content


def test_a_success_forgets_the_failures_before_it(ada: User) -> None:
    fail(ada.username, 4)
    assert log_in(ada.username, PASSWORD).status_code == 302
    assert fail(ada.username, 4).status_code == 200


def test_no_password_is_kept_and_the_nightly_purge_forgets_the_rest(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(ada.username, 1)
        assert "a guess" not in str(AccessAttempt.objects.values().get())
        call_command("purge", verbosity=0)
        assert AccessAttempt.objects.count() == 1
        clock.shift(timedelta(days=1, seconds=1))
        call_command("purge", verbosity=0)
    assert AccessAttempt.objects.count() == 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8:1:2::7]:4711", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "nonsense' --", "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxy_wrote(settings: Any, proxies: int, forwarded: str, expected: str) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_a_socket_without_an_address_still_has_a_login(ada: User) -> None:
    assert log_in(ada.username, PASSWORD, address="").status_code == 302
    assert has_role(ada)
