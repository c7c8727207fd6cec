"""The month, played: by night the product's own entry points, by day its REST API and pages, then Iterable's public endpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import requests
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from contacts.sync.tasks import run_nightly_sync
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.conftest import JsonClient
from tests.story.cast import ORDER_ONLY, REFUSED, STRANGER
from tests.story.nights import (
    BY_EVENT_FIELDS,
    DAY_BREAKS_AT,
    DELETED,
    EVENT,
    FORGOTTEN,
    KEY_MENDED,
    MADE,
    RUNS_AT,
    UNSUBSCRIBED,
    Night,
    Trouble,
    at_the_start,
    first_fields,
    write_file,
)

KEY = {"Api-Key": "0123456789abcdef0123456789abcdef"}
# Iterable's are kept by itself.
MANAGED = {
    *("email", "itblInternal", "profileUpdatedAt", "signupDate", "signupSource", "emailListIds"),
    *("subscribedMessageTypeIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds"),
}
BULK_UPDATE = "/api/users/bulkUpdate"
FAULTS: dict[Trouble, dict[str, Any]] = {
    Trouble.ERRORS: {"errors-500": {"path": BULK_UPDATE}},
    Trouble.STORM: {"storm-429": True},
    Trouble.ONE_REFUSED: {"partial-named": {"path": BULK_UPDATE, "person": REFUSED}},
    Trouble.KEY_REFUSED: {"refused-key": True},
}
# Longer than the longest wait before a next try.
A_WHILE = timedelta(minutes=11)
MOST_ROUNDS = 30


@dataclass
class Seen:
    """All that was to be seen from outside."""

    run_of: dict[int, int] = field(default_factory=dict)
    """The run of each night."""
    at_dawn: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What REST says of the night's run while the trouble lasts."""
    pages_at_dawn: dict[int, str] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What REST says at the end, by the number of the night."""
    pages: dict[int, str] = field(default_factory=dict)
    named: dict[int, dict[str, str]] = field(default_factory=dict)
    """By address: what the lists of failed and skipped rows say."""
    profiles: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)
    """What the command said where it did not end well."""
    opted_out: dict[str, list[int]] = field(default_factory=dict)
    """The channels that each person is out of."""
    writes: dict[str, list[str]] = field(default_factory=dict)
    """Of some: the calls that changed them, oldest first."""


@dataclass
class Player:
    iterable: RunningSandbox
    api: JsonClient
    owner: Callable[[], Client]
    """The technical owner, logged in anew: sessions last hours, and the month has days."""
    warehouse: Path
    seen: Seen = field(default_factory=Seen)

    def play(self, nights: list[Night], addresses: set[str]) -> Seen:
        # One clock that only goes on, as the sandbox's and the product's do.
        with time_machine.travel(nights[0].at(RUNS_AT) - timedelta(hours=1), tick=True) as clock:
            for email, fields in at_the_start().items():
                self.make(email, fields)
            for night in nights:
                self.night(night, clock)
            self.look_at_the_end(addresses)
        return self.seen

    def night(self, night: Night, clock: time_machine.Traveller) -> None:
        write_file(self.warehouse, night)
        clock.move_to(night.at(RUNS_AT))
        with self.trouble(night.trouble):
            self.run(night)
            pass_on()
            self.look_at_dawn(night)
        if night.trouble is not Trouble.KEY_REFUSED:
            clock.shift(A_WHILE)
            come_to_rest(clock)
        clock.move_to(night.at(DAY_BREAKS_AT))
        for act, email in night.acts:
            self.act(act, email)
        if night.trouble is not Trouble.KEY_REFUSED or night.acts:
            come_to_rest(clock)

    def run(self, night: Night) -> None:
        """By the schedule's task in even nights, by the command in odd ones, which says itself that the run failed."""
        if night.number % 2 == 0:
            run_nightly_sync()
            return
        try:
            with (self.warehouse.parent / "output").open("w") as out:
                call_command("sync", stdout=out)
        except CommandError as refusal:
            self.seen.refusals[night.number] = str(refusal)

    @contextmanager
    def trouble(self, trouble: Trouble | None) -> Iterator[None]:
        faults = FAULTS.get(trouble, {}) if trouble else {}
        self.call("POST", "/sandbox/faults", faults)
        yield
        self.call("POST", "/sandbox/faults", dict.fromkeys(faults, False))

    def act(self, act: str, email: str) -> None:
        if act == EVENT:
            self.post("events/saas-trial/", {"email": email, **BY_EVENT_FIELDS})
        elif act == UNSUBSCRIBED:
            self.post("webhooks/marketo/unsubscribe/", {"email": email, "unsubscribed": True})
        elif act == MADE:
            self.make(email, first_fields(email))
        elif act == DELETED:
            self.call("DELETE", f"/api/users/{email}")
        elif act == FORGOTTEN:
            with (self.warehouse.parent / "output").open("w") as out:
                call_command("forget", email, yes=True, stdout=out)
        else:
            assert act == KEY_MENDED

    def post(self, path: str, body: Any) -> None:
        answer = self.api.post(f"/api/v1/{path}", body)
        assert answer.status_code == 202, answer.content

    def make(self, email: str, fields: dict[str, Any]) -> None:
        self.call("POST", "/api/users/update", {"email": email, "dataFields": fields})

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = requests.request(method, f"{self.iterable.url}{path}", params=query, json=body, headers=KEY, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def look_at_dawn(self, night: Night) -> None:
        newest = self.api.get("/api/v1/sync-runs/").json()["results"][0]
        assert newest["id"] not in self.seen.run_of.values(), f"night {night.number} has no run of its own"
        self.seen.run_of[night.number], self.seen.at_dawn[night.number] = newest["id"], newest
        if night.trouble:
            self.seen.pages_at_dawn[night.number] = read_page(self.owner(), newest["id"])

    def look_at_the_end(self, addresses: set[str]) -> None:
        owner, runs = self.owner(), {run["id"]: run for run in self.all_runs()}
        for number, run in self.seen.run_of.items():
            self.seen.runs[number] = runs[run]
            self.seen.pages[number] = read_page(owner, run)
            self.seen.named[number] = read_rows(owner, run)
        for email in sorted(addresses):
            self.look_at(email)
        for email in (ORDER_ONLY, STRANGER):
            calls = self.call("GET", "/sandbox/calls.json", email=email, limit=10_000)["calls"]
            self.seen.writes[email] = [call["path"] for call in reversed(calls) if call["method"] != "GET"]

    def all_runs(self) -> Iterator[dict[str, Any]]:
        url = "/api/v1/sync-runs/"
        while url:
            page = self.api.get(url).json()
            yield from page["results"]
            url = page["next"]

    def look_at(self, email: str) -> None:
        user = self.call("GET", "/api/users/getByEmail", email=email).get("user") if "@" in email else None
        fields = user["dataFields"] if user else {}
        self.seen.profiles[email] = {name: value for name, value in fields.items() if name not in MANAGED} if user else None
        self.seen.opted_out[email] = fields.get("unsubscribedChannelIds", [])


def pass_on() -> int:
    return process_all() + drain(linger=timedelta(0))


def come_to_rest(clock: time_machine.Traveller) -> None:
    """Our workers and their sweeps, until nothing is left to do."""
    for _ in range(MOST_ROUNDS):
        while process_all() + drain():
            pass
        if not Delivery.objects.open().exists():
            return
        clock.shift(A_WHILE)
    raise AssertionError(f"Not at rest: {list(Delivery.objects.open().values('operation', 'state', 'reason')[:3])}")


def read_page(owner: Client, run: int) -> str:
    """Its words, without the markup."""
    answer = owner.get(f"/admin/sync/syncrun/{run}/change/")
    assert answer.status_code == 200
    body = answer.content.decode().partition('id="content"')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def read_rows(owner: Client, run: int) -> dict[str, str]:
    """What the lists of failed and skipped rows say of each person."""
    said = {}
    for state in ("failed", "skipped"):
        answer = owner.get(f"/admin/sync/syncrow/?run__id__exact={run}&state__exact={state}&all=")
        assert answer.status_code == 200
        for row in re.findall(r"<tr>(?:(?!</tr>).)*field-person(?:(?!</tr>).)*</tr>", answer.content.decode(), re.DOTALL):
            words = " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split())
            cell = re.search(r"field-person[^>]*>(.*?)</t[dh]>", row, re.DOTALL)
            assert cell
            said[unescape(re.sub(r"<[^>]+>", "", cell[1])).strip()] = f"{state}: {words}"
    return said
