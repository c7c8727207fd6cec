"""Who withdrew and is still mailable, by message type; read-only on both sides."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from contacts.consent.learning import learn_ids
from contacts.consent.models import MessageType, ObservedProfile, SubscriptionChange
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import SubscriptionChangeFactory
from tests.outbox.iterable import KEY, calls, channel_id, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB, EVE, JOE = (f"{name}@example.com" for name in ("ada", "bob", "eve", "joe"))


@pytest.fixture
def ready(sandbox: RunningSandbox, seeded: None) -> RunningSandbox:
    """Ada, Bob and Joe withdrew: Ada's channel is open in Iterable, Bob's closed, Joe is not there. Eve never withdrew."""
    learn_ids()
    for email in (ADA, BOB, EVE):
        make_user(sandbox, email)
    closed = {"email": BOB, "unsubscribedChannelIds": [channel_id(sandbox)]}
    requests.post(f"{sandbox.url}/api/users/updateSubscriptions", json=closed, headers=KEY, timeout=5).raise_for_status()
    for email in (ADA, BOB, JOE):
        SubscriptionChangeFactory.create(address_key=address_key(email), source="Marketo")
    return sandbox


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_exposure", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_hour_number(ready: RunningSandbox) -> None:
    said = run().splitlines()
    assert said == [
        "1 people withdrew, and Iterable would mail them.",
        "        0  GitLab Marketing (Marketing Channel, opt-in)",
        "        1  Marketing Message (Marketing Channel, opt-out)",
        "        0  Transactional (Transactional Channel, opt-out)",
        "3 profiles were read, 0 of them could not be.",
        "3 addresses have a withdrawal that stands; Iterable does not have 1 of them.",
    ]


def test_nothing_is_written_on_either_side(ready: RunningSandbox) -> None:
    before = calls(ready)
    run()
    assert {path.partition("/files")[0].rstrip("0123456789") for path, _ in calls(ready)[len(before) :]} <= {
        "/api/export/start",
        "/api/export/",
        *(path for path, _ in calls(ready) if path.startswith("/sandbox/exports/")),
    }
    assert (SubscriptionChange.objects.count(), ObservedProfile.objects.count(), Delivery.objects.count()) == (3, 0, 0)


def test_people_are_shown_masked_and_written_whole_where_asked(ready: RunningSandbox, tmp_path: Path) -> None:
    path = tmp_path / "exposed.csv"
    said = run("--show", "5", "--csv", str(path))
    assert "  a…@e….com: Marketing Message" in said
    assert ADA not in said
    header, line = path.read_text().splitlines()
    assert header == "email,message_types,withdrawn_at,source"
    assert line.startswith(f"{ADA},Marketing Message,20")
    assert line.endswith(",Marketo")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sights_are_kept_on_request(ready: RunningSandbox) -> None:
    run("--keep")
    assert ObservedProfile.objects.count() == 3
    assert ObservedProfile.objects.get(pk=address_key(BOB)).unsubscribed_channel_ids == [channel_id(ready)]


def test_a_file_does_instead_of_asking_iterable(db: None, seeded: None, tmp_path: Path) -> None:
    MessageType.objects.filter(name="GitLab Marketing").update(iterable_id=20)
    SubscriptionChangeFactory.create(address_key=address_key(ADA), target="message_type", target_key="20")
    opted_in = {"email": ADA, "subscribedMessageTypeIds": [20], "unsubscribedChannelIds": [], "profileUpdatedAt": "2026-01-01"}
    path = tmp_path / "users.json"
    path.write_text(f"{json.dumps(opted_in)}\n{{broken\n")
    said = run("--export", str(path))
    assert "        1  GitLab Marketing" in said
    assert "        0  Marketing Message" in said
    assert "2 profiles were read, 1 of them could not be." in said


def test_without_a_key_it_says_what_to_do(db: None, seeded: None, settings: pytest.FixtureRequest) -> None:
    with pytest.raises(CommandError, match="ITERABLE_API_KEY is not set"):
        run()
