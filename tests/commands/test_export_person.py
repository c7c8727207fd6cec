from __future__ import annotations

import json
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contacts.consent.learning import learn_ids
from contacts.models import AddressChange
from iterable_admin.addresses import address_key
from iterable_admin.audit.models import OperatorAction
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.screens.access.gathering import gather
from tests.conftest import JsonClient
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"


def export(folder: Path) -> Path:
    call_command("export_person", ADA, "--to", str(folder), stdout=StringIO())
    (path,) = folder.iterdir()
    return path


def test_the_bundle_holds_what_we_know_and_what_iterable_knows(
    sandbox: RunningSandbox, seeded: None, api: JsonClient, drain: Callable[[], None], tmp_path: Path
) -> None:
    learn_ids()
    api.post("/api/v1/events/saas-trial/", {"email": ADA, "firstName": "Ada", "company": "Engines", "companyNamespace": True})
    api.post("/api/v1/webhooks/marketo/unsubscribe/", {"email": ADA, "unsubscribed": True})
    drain()
    path = export(tmp_path / "bundles")
    with ZipFile(path) as packed:
        assert packed.namelist() == ["person.json", "index.html"]
        told, page = json.loads(packed.read("person.json")), packed.read("index.html").decode()
    assert told["contact"]["profile"]["company"] == "Engines"
    assert [row["verdict"] for row in told["ledger"]] == ["withdrawn", "effective"]
    assert {row["operation"] for row in told["deliveries"]} >= {"profile", "track", "unsubscribe"}
    assert told["iterable"]["profile"]["firstName"] == "Ada"
    assert "SaaS Trials" in {event.get("eventName") for event in told["iterable"]["events"]}
    assert "http" not in page.replace("https://", "http").split("<body>")[0]
    assert (stat.S_IMODE(path.stat().st_mode), OperatorAction.objects.get().verb) == (0o600, "export")


def test_it_is_not_written_where_files_are_served(db: None, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path / "static")
    with pytest.raises(CommandError, match="served to browsers"):
        export(tmp_path / "static" / "people")
    assert list(tmp_path.iterdir()) == []
    assert OperatorAction.objects.count() == 0


def test_without_iterable_it_is_written_and_says_what_is_missing(db: None, settings: Any, tmp_path: Path) -> None:
    settings.ITERABLE_API_KEY = ""
    with pytest.raises(CommandError, match="What Iterable holds is missing"):
        export(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_was_said_and_sent_under_a_former_address_is_in_it(db: None, settings: Any) -> None:
    settings.ITERABLE_API_KEY = ""
    ContactFactory.create(email=ADA, gitlab_user_id=7)
    keys = {"old_key": address_key("ada@old.example.com"), "new_key": address_key(ADA)}
    AddressChange.objects.create(
        gitlab_user_id=7, occurred_at=timezone.now(), noticed_at=timezone.now(), cause="sync", cause_id="1", **keys
    )
    SubscriptionChangeFactory.create(address_key=keys["old_key"])
    EventFactory.create(email="ada@old.example.com")
    told = gather(ADA)
    assert [event["email"] for event in told["events"]] == ["ada@old.example.com"]
    assert {row["address_key"] for row in told["ledger"]} == set(keys.values())
