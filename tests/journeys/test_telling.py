"""Notifications: rows first, then mail and webhook; what fails is tried again and blocks nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from iterable_admin.audit.models import Dri
from journeys.lint.models import Notification
from journeys.lint.registry import About, Found, Subject
from journeys.lint.telling import send_notifications
from tests.journeys.findings import found, see

pytestmark = pytest.mark.django_db


class Receiver(HTTPServer):
    """A webhook's other end: keeps what was posted, answers as told."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with Receiver() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.NOTIFY_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
        yield server
        server.shutdown()


def standing() -> list[tuple[str, str, int]]:
    return list(Notification.objects.order_by("pk").values_list("way", "state", "attempts"))


def make_due() -> None:
    Notification.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_what_one_run_changed_is_one_mail_to_those_named(settings: Any) -> None:
    settings.NOTIFY_EMAILS, settings.PUBLIC_URL = ["owner@example.com"], "https://admin.example.com/"
    see(found("a", 3), found("b"))
    assert send_notifications() == 2
    assert send_notifications() == 0
    (message,) = mail.outbox
    assert message.to == ["owner@example.com"]
    assert message.subject == "[Iterable Admin] new: TST01 a and 1 more"
    assert "It is so.\nThe technical owner acts.\nhttps://admin.example.com/admin/journeys/lintfinding/" in message.body


def test_without_a_list_the_dris_with_an_address_are_told() -> None:
    Dri.objects.create(role="business_owner", name="Amy", email="amy@example.com")
    Dri.objects.create(role="technical_owner", email="gone@example.com")
    see(found("a"))
    send_notifications()
    assert [message.to for message in mail.outbox] == [["amy@example.com"]]


def test_recovery_is_told_too(settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    see(found("a"))
    send_notifications()
    see()
    send_notifications()
    assert mail.outbox[1].subject == "[Iterable Admin] resolved: TST01 a"
    assert "no longer so" in mail.outbox[1].body


def test_a_webhook_gets_each_change_by_itself(receiver: Receiver) -> None:
    see(found("a", 3), found("b"))
    assert send_notifications() == 2
    assert [(body["change"], body["code"], body["subject"]["id"], body["exposed"]) for body in receiver.bodies] == [
        ("new", "TST01", "a", 3),
        ("new", "TST01", "b", None),
    ]


def test_a_failing_webhook_is_tried_again_with_the_same_id_and_holds_back_no_mail(receiver: Receiver, settings: Any) -> None:
    settings.NOTIFY_EMAILS, receiver.status = ["owner@example.com"], 503
    see(found("a"))
    assert send_notifications() == 1
    assert standing() == [("email", "delivered", 1), ("webhook", "waiting", 1)]
    assert Notification.objects.get(way="webhook").error == "The webhook answered 503."

    receiver.status = 200
    assert send_notifications() == 0
    make_due()
    assert send_notifications() == 1
    assert standing()[1] == ("webhook", "delivered", 2)
    assert len({body["id"] for body in receiver.bodies}) == 1


def test_a_failing_mail_server_is_asked_again(settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    see(found("a"))
    assert send_notifications() == 0
    assert standing() == [("email", "waiting", 1)]
    assert Notification.objects.get().error.startswith("The mail server did not take it: ConnectionRefusedError")

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_due()
    assert send_notifications() == 1
    assert len(mail.outbox) == 1


def test_a_change_whose_sender_died_is_sent_by_another(settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    see(found("a"))
    Notification.objects.update(state="sending", attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    assert send_notifications() == 1
    assert standing() == [("email", "delivered", 2)]


def test_an_address_in_the_name_of_a_campaign_leaves_masked(receiver: Receiver, settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    name = "Test for ann@example.com"
    see(Found(About(Subject.CAMPAIGN, "7", name), f"{name} is so.", "The technical owner acts."))
    send_notifications()
    told = [mail.outbox[0].subject, str(mail.outbox[0].body), str(receiver.bodies)]
    assert all("Test for" in text and "ann@example.com" not in text for text in told)
