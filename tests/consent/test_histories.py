"""Random histories through the doors by which people's acts come in: late, twice and in any order they end as in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.consent.ledger import live_withdrawals
from contacts.consent.matrix import matrix
from contacts.consent.models import Channel, MessageType, SubscriptionChange, SubscriptionState
from contacts.consent.states import differences
from contacts.consent.verifying import faults
from contacts.models import Contact
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from tests.conftest import JsonClient
from tests.consent.conftest import NOON
from tests.effort import examples

pytestmark = pytest.mark.django_db

IN_ORDER, MIXED = "ann@example.com", "bob@example.com"
MARKETING, NEWS, MESSAGES = 39_402, 52_100, 52_200
# By door: whether it withdraws or grants, and from the whole of marketing or from one type. None: it lifts nothing.
OUT, IN = "out", "in"
DOORS: dict[str, tuple[str | None, str]] = {
    "Marketo: out": (OUT, "all"),
    "Marketo: in": (IN, "all"),
    "link: out of the channel": (OUT, "all"),
    "link: out of a type": (OUT, "type"),
    "hosted page: into the channel": (IN, "all"),
    "hosted page: into a type": (IN, "type"),
    "API: into the channel": (None, "all"),
    "a trial with opt-in": (None, "type"),
    "import: out": (OUT, "all"),
    "import: granted": (None, "all"),
}
Act = tuple[str, int]
# Few moments, so that ties are frequent.
histories = st.lists(st.tuples(st.sampled_from(sorted(DOORS)), st.integers(0, 4)), min_size=2, max_size=8)


@pytest.fixture
def doors(api: JsonClient, seeded: None) -> JsonClient:
    Channel.objects.filter(name="Marketing Channel").update(iterable_id=MARKETING)
    MessageType.objects.filter(name="GitLab Marketing").update(iterable_id=NEWS)
    MessageType.objects.filter(name="Marketing Message").update(iterable_id=MESSAGES)
    return api


def moment(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def tell(api: JsonClient, email: str, act: Act) -> None:
    door, minute = act
    at = moment(minute)
    if door.startswith("Marketo"):
        body = {"email": email, "unsubscribed": DOORS[door][0] == OUT, "occurred_at": at.isoformat()}
        answer = api.post("/api/v1/webhooks/marketo/unsubscribe/", body)
    elif door.startswith("import"):
        return import_line(email, DOORS[door][0] == OUT, at)
    elif door.startswith("a trial"):
        body = {"email": email, "eventName": "SaaS Trials", "createdAt": at.isoformat(), "dataFields": {"opt_in": True}}
        answer = api.post("/api/v1/events/", body)
    else:
        answer = api.post("/api/v1/webhooks/iterable/", webhook(email, door, at))
    assert answer.status_code == 202, answer.content
    return None


def webhook(email: str, door: str, at: datetime) -> dict[str, Any]:
    whole = DOORS[door][1] == "all"
    told: dict[str, Any] = {"createdAt": f"{at:%Y-%m-%d %H:%M:%S} +00:00"}
    told |= {"channelIds": [MARKETING]} if whole else {"messageTypeIds": [NEWS]}
    if door.startswith("link"):
        return {"eventName": "emailUnSubscribe", "email": email, "dataFields": told | {"unsubSource": "EmailLink"}}
    source = "API" if door.startswith("API") else "HostedPage"
    return {"eventName": "emailSubscribe", "email": email, "dataFields": told | {"signupSource": source}}


def import_line(email: str, out: bool, at: datetime) -> None:
    line = {"email": email, "verdict": "withdrawn" if out else "granted", "occurred_at": at.isoformat()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        path.write_text(json.dumps(line))
        call_command("import_consent", str(path), "--from", "csv", stdout=StringIO())


def is_out(told: Sequence[Act], *, of_type: bool = False) -> bool:
    """Told without the product's code: some act says out, and no later one by the person says in of as much or more."""
    acts = [(*DOORS[door], minute) for door, minute in told]
    return any(
        not any(other == IN and later > minute and its in ("all", what) for other, its, later in acts)
        for verdict, what, minute in acts
        if verdict == OUT and (of_type or what == "all")
    )


def stands(email: str) -> list[tuple[str, str, bool | None]]:
    lines = matrix(address_key(email))
    return [(line.message_type.name, line.state, line.verdicts.should.allowed) for line in lines]


def moments_of(email: str) -> set[tuple[Any, ...]]:
    columns = ("target", "target_key", "withdrawn_at", "granted_at", "derived_at", "expired_at")
    return set(SubscriptionState.objects.filter(address_key=address_key(email)).values_list(*columns))


def check(told: Sequence[Act]) -> None:
    """Whatever has come so far."""
    key = address_key(MIXED)
    assert (key in live_withdrawals([key])) == is_out(told)
    if not Contact.objects.filter(address_key=key).exists():
        return
    found = {name: (state, allowed) for name, state, allowed in stands(MIXED)}
    for name, out in (("Marketing Message", is_out(told)), ("GitLab Marketing", is_out(told, of_type=True))):
        assert (found[name][0] == "withdrawn") == out
        assert not (out and found[name][1])


@given(history=histories, data=st.data())
@examples(15)
def test_late_twice_and_in_any_order_ends_as_in_order(doors: JsonClient, history: list[Act], data: st.DataObject) -> None:
    with transaction.atomic():
        for act in sorted(history, key=lambda act: act[1]):
            tell(doors, IN_ORDER, act)
        process_all()
        told: list[Act] = []
        for act in data.draw(st.permutations(history + history[:3])):
            tell(doors, MIXED, act)
            told.append(act)
            if data.draw(st.booleans()):
                process_all()
                check(told)
        process_all()
        check(told)
        assert (moments_of(MIXED), stands(MIXED)) == (moments_of(IN_ORDER), stands(IN_ORDER))
        assert Event.objects.exclude(state__in=("done", "held", "skipped")).count() == 0
        assert (list(faults()), list(differences())) == ([], [])
        assert SubscriptionChange.objects.filter(verdict="withdrawn").exists() == any(DOORS[door][0] == OUT for door, _ in told)
        transaction.set_rollback(True)
