"""The questions of `manage.py doctor`: each answers with what is wrong and what to do, and none shows a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import requests
from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule

from contacts.consent.erasing.reconciling import overdue, undecided
from contacts.consent.learning import learn_ids
from contacts.consent.models import Channel, MessageType
from contacts.consent.triggers import missing
from contacts.sync.models import SyncRun
from iterable_admin.errors import Misconfigured, Problem
from iterable_admin.health import NEEDED_FIRST, STALLED_AFTER, find_faults
from iterable_admin.inbox.source_secrets import active_secrets, is_readable
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.outbox.turns import trying_the_key
from iterable_admin.schedules import SCHEDULES
from iterable_admin.warehouse.source import open_source

Level = Literal["ok", "warn", "fail"]

CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=5), timedelta(seconds=60)
"""Which of two acts of a person is the newer decides over consent, and a Date header is rounded to the second."""
SYNC_OVERDUE = timedelta(hours=26)
"""A night, and two hours for a late start and a long run."""


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    about: str
    said: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    yield from examine_settings()
    for name, fault in find_faults():
        yield Finding("fail", name, fault.said, fault.mend) if fault else Finding("ok", name, IN_ORDER[name]())
        if fault and name in NEEDED_FIRST:
            return
    for question in QUESTIONS:
        yield from question()


IN_ORDER: dict[str, Callable[[], str]] = {
    "database": lambda: f"{connection.display_name} answers.",
    "migrations": lambda: "All applied.",
    "broker": lambda: "Redis answers." if settings.REDIS_URL else "The database is the broker.",
    "worker": lambda: "Finished with both pipes within the last minutes.",
    "progress": lambda: "Nothing waits for longer than it should.",
    "sending": lambda: "Not halted.",
}


def examine_settings() -> Iterator[Finding]:
    messages = [message for message in run_checks(include_deployment_checks=settings.PRODUCTION) if message.level >= WARNING]
    for message in messages:
        said = f"{message.msg} ({message.id})"
        yield Finding("fail" if message.level >= ERROR else "warn", "settings", said, message.hint or "")
    if not messages:
        yield Finding("ok", "settings", "Every setting makes sense.")


def examine_switch() -> Iterator[Finding]:
    now = mode(current())
    if now == Mode.LIVE:
        yield Finding("ok", "switch", "The switch says live.")
    else:
        mend = "Set it to live in the admin, and SENDING in the environment (the stricter of the two counts)."
        yield Finding("warn", "switch", f"The switch says {now.label}.", mend)


def examine_ledger() -> Iterator[Finding]:
    gone = missing(connection)
    if gone:
        mend = "Run `manage.py migrate consent 0001` and `manage.py migrate`, and find out who removed them."
        yield Finding("fail", "ledger", f"Anybody may change the ledger: the database lacks {', '.join(gone)}.", mend)
    else:
        yield Finding("ok", "ledger", "The database refuses to change it.")


def examine_withdrawals() -> Iterator[Finding]:
    stuck = Delivery.objects.stuck_withdrawals().count()
    if stuck:
        said = f"{stuck} withdrawals are not applied in Iterable and hold back everything of their people."
        yield Finding("fail", "withdrawals", said, "Open Deliveries in the admin, filter by needs you, mend and retry.")
    else:
        yield Finding("ok", "withdrawals", "None waits for a person.")


def examine_erasures() -> Iterator[Finding]:
    late, elsewhere = overdue().count(), undecided().count()
    if late:
        said = f"{late} people were erased here, and Iterable does not list them as forgotten after a day."
        yield Finding("fail", "erasures", said, "Open Erasures in the admin, look at what each says, and send it again.")
    if elsewhere:
        said = f"{elsewhere} contacts of ours were forgotten in Iterable, and not here."
        mend = "The business owner decides, under People forgotten elsewhere in the admin."
        yield Finding("warn", "erasures", said, mend)
    if not late and not elsewhere:
        yield Finding("ok", "erasures", "Iterable and we have forgotten the same people.")


def examine_secrets() -> Iterator[Finding]:
    unreadable = [secret for secret in active_secrets().select_related("source") if not is_readable(secret)]
    if unreadable:
        names = ", ".join(sorted({secret.source.name for secret in unreadable}))
        mend = "Put the key that encrypted them behind the others in SECRETS_KEYS, or make these sources new secrets."
        yield Finding("fail", "secrets", f"{len(unreadable)} cannot be decrypted; signed calls are refused of: {names}.", mend)
    else:
        yield Finding("ok", "secrets", "All that sources sign with can be read.")


def examine_iterable() -> Iterator[Finding]:
    try:
        # Also while sending is halted: whoever mended the key asks here first, and a good answer lifts the halt.
        with trying_the_key():
            learnt = learn_ids()
    except Misconfigured as problem:
        yield Finding("fail", "api key", str(problem), "Set ITERABLE_API_KEY to a server-side key of this project.")
        return
    except Problem as problem:
        yield Finding("fail", "api key", f"Not tried: {problem}", "Check ITERABLE_BASE_URL and the way out of this machine.")
        return
    yield Finding("ok", "api key", "Iterable takes it.")
    nameless = _nameless()
    for line in learnt:
        yield Finding("warn" if line.partition(": ")[0] in nameless else "ok", "ids", line)
    if not learnt:
        yield Finding("ok", "ids", "Of all channels and message types known; nothing new.")


def _nameless() -> set[str]:
    channels = {f"channel {row}" for row in Channel.objects.filter(iterable_id=None)}
    return channels | {f"message type {row}" for row in MessageType.objects.filter(iterable_id=None)}


def examine_clock() -> Iterator[Finding]:
    try:
        # Without the key: what any answer says in its Date header is enough.
        with requests.get(settings.ITERABLE_BASE_URL, timeout=5, stream=True, allow_redirects=False) as answer:
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        yield Finding("warn", "clock", "Not compared: Iterable's server told no time.")
        return
    apart = abs(datetime.now(UTC) - theirs)
    said = f"{apart.total_seconds():.0f} s apart from Iterable's."
    mend = "Start time synchronisation (chrony or systemd-timesyncd)." if apart > CLOCK_WARN else ""
    yield Finding("fail" if apart > CLOCK_FAIL else "warn" if mend else "ok", "clock", said, mend)


def examine_warehouse() -> Iterator[Finding]:
    try:
        with open_source(settings.WAREHOUSE_URL) as source:
            yield Finding("ok", "warehouse", source.check())
    except Problem as problem:
        yield Finding("fail", "warehouse", str(problem), "Mend WAREHOUSE_URL, or what it names.")


def examine_schedules() -> Iterator[Finding]:
    missing = sorted(set(SCHEDULES) - set(Schedule.objects.values_list("name", flat=True)))
    if missing:
        yield Finding("fail", "schedules", f"Missing: {', '.join(missing)}.", "Run: python manage.py seed")
        return
    # Only the cluster of that name takes them, and it moves the next run forward as soon as it does.
    late = Schedule.objects.filter(next_run__lt=timezone.now() - STALLED_AFTER).order_by("next_run").first()
    if late is None:
        yield Finding("ok", "schedules", "None is late.")
        return
    command = f"Q_CLUSTER_NAME={late.cluster} python manage.py qcluster" if late.cluster else "python manage.py qcluster"
    yield Finding("fail", "schedules", f"{late.name} was due at {late.next_run:%Y-%m-%d %H:%M} UTC.", f"Start: {command}")


def examine_sync() -> Iterator[Finding]:
    run = SyncRun.objects.filter(dry_run=False).order_by("-id").first()
    again = "Start one: python manage.py sync, or run now in the admin."
    if run is None:
        yield Finding("warn", "last sync", "There was none.", again)
    elif run.state in (SyncRun.State.FAILED, SyncRun.State.STOPPED):
        yield Finding("fail", "last sync", f"{run} {run.get_state_display()}: {run.error}", again)
    elif run.state == SyncRun.State.WITH_ERRORS:
        yield Finding("warn", "last sync", f"{run}: {run.failed} rows failed.", "Retry its failed rows in the admin.")
    elif timezone.now() - run.started_at > SYNC_OVERDUE:
        yield Finding("warn", "last sync", f"{run} started at {run.started_at:%Y-%m-%d %H:%M} UTC.", again)
    else:
        yield Finding("ok", "last sync", f"{run}: {run.get_state_display()}, {run.read} read, {run.delivered} delivered.")


QUESTIONS = (
    examine_schedules,
    examine_switch,
    examine_secrets,
    examine_iterable,
    # After the ids are learnt, which sets withdrawals free.
    examine_withdrawals,
    examine_erasures,
    examine_ledger,
    examine_clock,
    examine_warehouse,
    examine_sync,
)
