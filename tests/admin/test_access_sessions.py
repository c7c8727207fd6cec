"""How long a session lasts, and what ends it before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import People

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INDEX = "/admin/"
PASSWORD = "a password of hers"


@pytest.fixture
def ada(people: People) -> User:
    people.business_owner.set_password(PASSWORD)
    people.business_owner.save()
    return people.business_owner


def logged_in(user: User) -> Client:
    client = Client()
    client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
    return client


def test_a_session_that_nobody_uses_for_eight_hours_ends(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(ada)
        clock.shift(timedelta(hours=7, minutes=59))
        assert client.get(INDEX).status_code == 200
        clock.shift(timedelta(hours=8, seconds=1))
        assert client.get(INDEX).status_code == 302


def test_a_session_in_use_ends_a_day_after_the_login_with_a_word(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(ada)
        for _ in range(3):
            clock.shift(timedelta(hours=7, minutes=59))
            assert client.get(INDEX).status_code == 200
        clock.shift(timedelta(minutes=3))
        ended = client.get(f"{INDEX}inbox/event/?q=1", follow=True)
    assert ended.redirect_chain == [("/admin/login/?next=/admin/inbox/event/%3Fq%3D1", 302)]
    assert "Your session ended because you signed in long ago." in ended.content.decode()


def test_a_page_that_asks_for_news_by_itself_keeps_no_session_alive(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(ada)
        for _ in range(2):
            clock.shift(timedelta(hours=4))
            client.get(INDEX, headers={"sec-fetch-mode": "cors"})
        clock.shift(timedelta(seconds=1))
        assert client.get(INDEX).status_code == 302


def test_a_session_is_not_written_with_every_page(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(ada)
        assert [writes(client), writes(client)] == [0, 0]
        clock.shift(timedelta(minutes=5))
        assert [writes(client), writes(client)] == [1, 0]


def writes(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(INDEX)
    return sum("UPDATE" in query["sql"] and "django_session" in query["sql"] for query in queries)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(ada: User) -> None:
    cookie = logged_in(ada).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 8 * 3600)


def test_a_login_gives_the_session_another_key(ada: User) -> None:
    client = Client()
    client.session.save()
    before = logged_in(ada).session.session_key
    assert logged_in(ada).session.session_key != before


def test_a_logout_ends_the_session_for_good(ada: User) -> None:
    client = logged_in(ada)
    cookie = client.cookies["sessionid"].value
    client.post(reverse("admin:logout"))
    client.cookies["sessionid"] = cookie
    assert client.get(INDEX).status_code == 302
    assert Session.objects.filter(session_key=cookie).count() == 0


def test_another_password_ends_the_other_sessions_and_not_this_one(ada: User) -> None:
    here, elsewhere = logged_in(ada), logged_in(ada)
    new = "another one, and longer"
    posted = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("admin:password_change"), posted).status_code == 302
    assert here.get(INDEX).status_code == 200
    assert elsewhere.get(INDEX).status_code == 302


def test_a_role_that_is_given_or_taken_here_acts_at_once_in_an_open_session(ada: User, seeded: None) -> None:
    client, events = Client(), reverse("admin:inbox_event_changelist")
    client.force_login(ada)
    ada.groups.set([Group.objects.get(name="Technical owner")])
    assert client.get(events).status_code == 200
    ada.groups.clear()
    assert client.get(events).status_code == 403


def test_a_deactivated_account_is_out_at_once(ada: User) -> None:
    client = logged_in(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert client.get(INDEX).status_code == 302
