"""The first page: is anything wrong, who acts next, and where to look. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, F, Min
from django.urls import reverse
from django.utils import timezone

from contacts.consent.erasing.reconciling import overdue, undecided
from contacts.consent.models import ResolverCheck
from contacts.intake.models import Reconciliation
from contacts.models import AddressChange
from contacts.sync.models import SyncRun
from iterable_admin.audit.models import Dri
from iterable_admin.audit.pills import pill
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import WHO_MENDS as EVENT_MENDS
from iterable_admin.inbox.querysets import NEEDS_SOMEBODY
from iterable_admin.outbox.models import Delivery, Notice, SendingSwitch
from iterable_admin.outbox.next_steps import WHO_MENDS as DELIVERY_MENDS
from iterable_admin.outbox.noticing import MENDS as NOTICE_MENDS
from iterable_admin.outbox.noticing import WHAT
from iterable_admin.outbox.switching import mode
from iterable_admin.waking.models import WakeUp
from journeys.lint.models import LintFinding
from journeys.lint.running import clock
from journeys.lint.wording import severity_pill

# The schedule wakes both pipes every minute: three missed ones are no accident.
SILENT_AFTER = timedelta(minutes=3)
# A field that is dropped each night stays on the page until a night goes by without it.
NOTICED_FOR = timedelta(hours=26)
MOST_NOTICES = 50
MOST_FINDINGS = 10
PIPES = ("inbox", "outbox")
ONE_OF = {"deliveries": "delivery", "events": "event", "changes of address": "change of address"}
UNCONFIRMED = "The technical owner looks at what each says and sends it again, now."
UNDECIDED = "The business owner decides whether they are forgotten here too, now."


def dashboard(user: User | AnonymousUser) -> dict[str, Any]:
    """Only what `user` may see: events for all who browse, the health of the pipes for owners."""
    context: dict[str, Any] = {"now": timezone.now(), "sees_events": False, "sees_health": False}
    if user.has_perm("inbox.view_event"):
        context |= {"sees_events": True, "events": events_by_state()}
    if user.has_perm("journeys.view_lintfinding"):
        context |= {"sees_findings": True, "findings": findings(), "clock": clock()}
    if user.has_perm("outbox.view_sendingswitch"):
        context |= {
            "sees_health": True,
            "sees_deliveries": user.has_perm("outbox.view_delivery"),
            "waiting": waiting(),
            "needs_you": [*stuck_deliveries(), *stuck_events(), *stuck_addresses(), *erasures_in_doubt()],
            "sees_erasures": user.has_perm("consent.view_erasure"),
            "withdrawals": withdrawals_not_applied(),
            "last_run": SyncRun.objects.select_related("definition").filter(dry_run=False).order_by("-id").first(),
            "reconciliation": Reconciliation.objects.order_by("-id").first(),
            "agreement": ResolverCheck.objects.first(),
            "sending": sending(),
            "notices": notices(),
            "pipes": heartbeats(),
            "vacant": [dri for dri in Dri.objects.all() if dri.vacant],
        }
    return context


def list_url(kind: str, **filters: str) -> str:
    return f"{reverse(f'admin:{kind}_changelist')}?{urlencode(filters)}"


def events_by_state() -> list[dict[str, Any]]:
    since = timezone.now() - timedelta(hours=24)
    counts = Event.objects.filter(received_at__gte=since).order_by().values_list("state").annotate(Count("id"))
    labels = dict(Event.State.choices)
    return [
        {
            "pill": pill(state, str(labels[state])),
            "count": count,
            "url": list_url("inbox_event", state__exact=state, received_at__gte=since.isoformat()),
        }
        for state, count in sorted(counts)
    ]


def waiting() -> dict[str, Any]:
    found = Delivery.objects.open().aggregate(count=Count("id"), oldest=Min("created_at"))
    return {**found, "url": list_url("outbox_delivery", attention="open")}


def stuck_deliveries() -> list[dict[str, Any]]:
    rows = Delivery.objects.filter(state=Delivery.State.NEEDS_YOU)
    return [
        _trouble("deliveries", "outbox_delivery", {"state__exact": "needs_you"}, code, count, oldest, DELIVERY_MENDS)
        for code, count, oldest in _by_reason(rows, "created_at")
    ]


def stuck_events() -> list[dict[str, Any]]:
    rows = Event.objects.filter(NEEDS_SOMEBODY)
    return [
        _trouble("events", "inbox_event", {"attention": "you"}, code, count, oldest, EVENT_MENDS)
        for code, count, oldest in _by_reason(rows, "received_at")
    ]


def stuck_addresses() -> list[dict[str, Any]]:
    """Those that no delivery stands for: another GitLab user has the address."""
    rows = AddressChange.objects.filter(state=AddressChange.State.NEEDS_YOU, one_person=False)
    found = rows.aggregate(count=Count("id"), oldest=Min("noticed_at"))
    if not found["count"]:
        return []
    filters = {"state__exact": "needs_you"}
    trouble = _trouble(
        "changes of address", "contacts_addresschange", filters, "address_taken", found["count"], found["oldest"], EVENT_MENDS
    )
    return [trouble]


def erasures_in_doubt() -> list[dict[str, Any]]:
    """People whom Iterable was to forget and does not list, and people whom it forgot without us."""
    late = overdue().aggregate(count=Count("id"), oldest=Min("requested_at"))
    elsewhere = undecided().aggregate(count=Count("id"), oldest=Min("first_seen_at"))
    rows = (
        (late, "consent_erasure", "erasure", "not confirmed by Iterable", UNCONFIRMED),
        (elsewhere, "consent_forgottenelsewhere", "contact", "forgotten in Iterable, not here", UNDECIDED),
    )
    return [
        {
            "kind": "erasures",
            "what": f"{found['count']:,} {one}{'' if found['count'] == 1 else 's'}",
            "reason": reason,
            "oldest": found["oldest"],
            "next": who,
            "url": reverse(f"admin:{view}_changelist"),
        }
        for found, view, one, reason, who in rows
        if found["count"]
    ]


def _by_reason(rows: Any, since: str) -> list[tuple[str, int, datetime]]:
    found = rows.order_by().values_list("reason_code").annotate(count=Count("id"), oldest=Min(since))
    return sorted(found, key=lambda row: -row[1])


def _trouble(
    kind: str, view: str, filters: dict[str, str], code: str, count: int, oldest: datetime, mends: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "what": f"{count:,} {ONE_OF[kind] if count == 1 else kind}",
        "reason": code.replace("_", " ") or "no code",
        "count": count,
        "oldest": oldest,
        "next": mends.get(code, "The technical owner looks at the reason and mends it, now."),
        "url": list_url(view, **({} if view == "contacts_addresschange" else {"reason_code": code}), **filters),
        "permission": view,
    }


def withdrawals_not_applied() -> dict[str, Any]:
    """From the moment one came in until Iterable has applied it; while one stands here its person gets nothing."""
    unsent = Delivery.objects.filter(withdrawal=True, state__in=(*Delivery.OPEN, Delivery.State.NEEDS_YOU))
    deliveries = unsent.aggregate(count=Count("id"), oldest=Min("created_at"))
    unread = Event.objects.filter(withdrawal=True, state__in=(*Event.OPEN, Event.State.NEEDS_YOU))
    events = unread.aggregate(count=Count("id"), oldest=Min("received_at"))
    ages = [oldest for oldest in (deliveries["oldest"], events["oldest"]) if oldest]
    return {
        "count": deliveries["count"] + events["count"],
        "oldest": min(ages, default=None),
        "deliveries_url": list_url("outbox_delivery", attention="withdrawals"),
        "events_url": list_url("inbox_event", withdrawal__exact="1", attention="open"),
    }


def findings() -> dict[str, Any]:
    """Of the lint: how many stand open of each severity, and the worst by exposed people."""
    stands = LintFinding.objects.filter(state=LintFinding.State.OPEN)
    counts = dict(stands.order_by().values_list("severity").annotate(Count("id")))
    worst = stands.order_by(F("exposed").desc(nulls_last=True), "severity", "-pk")[:MOST_FINDINGS]
    return {
        "counts": [(severity_pill(severity), counts[severity], severity) for severity in ("B", "W", "I") if severity in counts],
        "worst": [(severity_pill(row.severity), row) for row in worst],
    }


def sending() -> dict[str, Any]:
    switch = SendingSwitch.objects.filter(pk=1).first() or SendingSwitch()
    effective = mode(switch)
    return {
        "switch": switch,
        "pill": pill(effective.value, str(effective.label)),
        "stricter": effective.value != switch.mode,
    }


def notices() -> list[dict[str, Any]]:
    """What Iterable dropped in the last day, a line a kind."""
    lately = Notice.objects.filter(last_at__gte=timezone.now() - NOTICED_FOR).order_by("kind", "-last_at")
    by_kind: dict[str, list[Notice]] = {}
    for notice in lately[:MOST_NOTICES]:
        by_kind.setdefault(notice.kind, []).append(notice)
    return [
        {
            "what": WHAT[Notice.Kind(kind)],
            "names": ", ".join(notice.name for notice in found),
            "last_at": found[0].last_at,
            "mend": NOTICE_MENDS[Notice.Kind(kind)],
            "url": list_url("outbox_notice", kind__exact=kind),
        }
        for kind, found in by_kind.items()
    ]


def heartbeats() -> list[dict[str, Any]]:
    wake_ups = WakeUp.objects.in_bulk()
    return [_heartbeat(name, wake_ups.get(name)) for name in PIPES]


def _heartbeat(name: str, wake_up: WakeUp | None) -> dict[str, Any]:
    started = wake_up.started_at if wake_up else None
    alive = started is not None and started > timezone.now() - SILENT_AFTER
    words = "a worker is alive" if alive else "no worker answers"
    return {"name": name, "alive": alive, "started": started, "pill": pill("live" if alive else "failed", words)}
