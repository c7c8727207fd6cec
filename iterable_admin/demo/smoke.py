"""The main job once, then the question that counts: does Iterable hold what was sent, and is everybody out who left?

What Iterable holds is read through its public endpoints alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from contacts.consent.instance import GITLAB_MARKETING, MARKETING_CHANNEL
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.sync.models import SyncRow, SyncRun, SyncState
from iterable_admin.demo.stage import patiently, wait_for_user
from iterable_admin.demo.story import Expected
from iterable_admin.demo.upstream import read_input
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.reads import User
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.outbox.models import Delivery

# A sandbox with Iterable's own limits and a delay of its own may need minutes; without any progress for so long it is over.
STILL_FOR = 90.0
SAY_EVERY = 3.0
AT_ONCE = 4


@dataclass
class Report:
    lines: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def count(self, what: str, agree: int, of: int) -> None:
        self.lines.append(f"{what}: {agree:,} of {of:,}")

    def differ(self, what: str) -> None:
        self.differences.append(what)


def wait_until_done(say: Callable[[str], None]) -> None:
    """Returns when both pipes are empty and the sync has ended. Problem when nothing moves any more."""
    last, moved, said = "", time.monotonic(), 0.0
    while True:
        events, deliveries = Event.objects.open().count(), Delivery.objects.open().count()
        runs = SyncRun.objects.filter(state__in=SyncRun.UNDER_WAY).count()
        asking = Event.objects.filter(state=Event.State.HELD, reason_code="looking_up").count()
        if not (events or deliveries or runs or asking):
            return
        now = f"Waiting: {events:,} events, {deliveries:,} deliveries, {runs} sync run(s) under way …"
        if now != last:
            last, moved = now, time.monotonic()
        if moved - said > SAY_EVERY:
            said = moved
            say(now)
        if time.monotonic() - moved > STILL_FOR:
            raise Problem(f"Nothing has moved for {STILL_FOR:.0f} s. {last}")
        time.sleep(0.5)


def measure_delay(client: IterableClient, say: Callable[[str], None]) -> float:
    """Seconds until a new profile can be read: what an Iterable that is not ours takes to apply what it accepted."""
    email = f"probe.{timezone.now():%Y%m%d%H%M%S%f}@example.com"
    patiently(partial(client.users.bulk_update, [ProfileUpdate(data_fields={"probe": True}, email=email)]))
    began = time.monotonic()
    wait_for_user(client, email)
    delay = time.monotonic() - began
    say(f"This Iterable applies a new profile after {delay:.1f} s.")
    return 0.0 if delay < 0.15 else delay * 1.5


def delivered_events(ids: list[str]) -> int:
    """Of those accepted, how many ended as they should: done, or held by a person's own withdrawal."""
    held = Event.objects.filter(uuid__in=ids, state=Event.State.HELD, reason_code="not_in_iterable").count()
    superseded = Event.objects.filter(uuid__in=ids, state=Event.State.SKIPPED, reason_code="withdrawal_stands").count()
    done = Event.objects.filter(uuid__in=ids, state=Event.State.DONE)
    failed = Delivery.objects.filter(cause="event", cause_id__in=ids).exclude(state__in=("delivered", "skipped"))
    return done.count() + held + superseded - len(set(failed.values_list("cause_id", flat=True)))


def compare(expected: Expected, client: IterableClient) -> Report:
    report = Report()
    profiles = {**expected.profiles}
    for email, fields in _synced().items():
        profiles[email] = {**profiles.get(email, {}), **fields}
    users = dict(_read_users(client, {*profiles, *_withdrawn()}))
    _compare_profiles(report, profiles, users)
    _compare_events(report, expected, client)
    _compare_opt_outs(report, expected, users)
    return report


def _synced() -> dict[str, dict[str, Any]]:
    """What the sync says that Iterable accepted, by address; the instance's own namespace verbatim."""
    rows = SyncRow.objects.filter(state=SyncRow.State.DELIVERED).values_list("address_key", "email")
    states = dict(SyncState.objects.values_list("address_key", "accepted"))
    synced = {email: states[key] for key, email in rows if key in states}
    own = read_input("namespace_123456.json")
    synced["john.doe@example.com"] = {"namespace_information": [own]}
    return synced


def _read_users(client: IterableClient, emails: Iterable[str]) -> Iterator[tuple[str, User | None]]:
    # Its reads are limited to 100 a second; a sandbox that is scaled allows as much more.
    ordered = sorted(emails)
    pause = AT_ONCE / (80 * max(settings.ITERABLE_RATE_LIMIT_SCALE, 0.01))

    def read(email: str) -> User | None:
        time.sleep(pause)
        user, _ = patiently(partial(client.users.by_email, email))
        return user if isinstance(user, User) else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(ordered, pool.map(read, ordered), strict=True)


def _compare_profiles(report: Report, profiles: dict[str, dict[str, Any]], users: dict[str, User | None]) -> None:
    agree = 0
    for email, fields in profiles.items():
        user = users[email]
        held = user.data_fields if user else {}
        wrong = [name for name, value in fields.items() if not _same(held.get(name), value)]
        agree += not wrong
        for name in wrong[:3]:
            report.differ(f"{email}: {name} is {held.get(name)!r}, not {fields[name]!r}")
    report.count("profiles equal to the outgoing form, field by field", agree, len(profiles))


def _same(held: object, sent: object) -> bool:
    """Dates are read back with a time of day (facts of the vendor: `yyyy-MM-dd HH:mm:ss +00:00`)."""
    if isinstance(held, str) and isinstance(sent, str) and held != sent:
        return held == f"{sent} 00:00:00 +00:00"
    return held == sent and type(held) is type(sent)


def _compare_events(report: Report, expected: Expected, client: IterableClient) -> None:
    agree = 0
    wanted = sum(len(names) for names in expected.events.values())
    for email, names in expected.events.items():
        found, _ = patiently(partial(client.events.by_email, email))
        held = Counter(event.event_name for event in found if event.event_name)
        agree += sum((held & Counter(names)).values())
        if held != Counter(names):
            report.differ(f"{email}: Iterable holds the events {dict(held)}, not {dict(Counter(names))}")
    report.count("events in Iterable", agree, wanted)


def _withdrawn() -> set[str]:
    """Addresses of everybody whose withdrawal stands in the ledger."""
    keys = set(SubscriptionChange.objects.values_list("address_key", flat=True))
    lanes = set(live_withdrawals(keys))
    return set(Event.objects.filter(lane__in=lanes).exclude(email="").values_list("email", flat=True))


def _compare_opt_outs(report: Report, expected: Expected, users: dict[str, User | None]) -> None:
    channel = Channel.objects.get(name=MARKETING_CHANNEL).iterable_id
    message_type = MessageType.objects.get(name=GITLAB_MARKETING).iterable_id
    held = {email for email, user in users.items() if user and channel in user.unsubscribed_channel_ids}
    still_in = {email for email, user in users.items() if user and message_type in user.subscribed_message_type_ids}
    ledger = _withdrawn()
    for email in sorted((ledger | expected.opted_out) ^ held):
        report.differ(f"{email}: {'out' if email in held else 'not out'} of the Marketing Channel, unlike in the ledger")
    for email in sorted(held & still_in):
        report.differ(f"{email}: still subscribed to {GITLAB_MARKETING}")
    report.count("opt-outs equal to the ledger", len(held & ledger & expected.opted_out), len(ledger | expected.opted_out))
