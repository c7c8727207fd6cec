"""The counts of the page of observe mode. A fixed number of queries, each of which looks at no more rows than MOST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from contacts.sync.models import ComparedEvent, ComparedPerson, ObserveComparison
from iterable_admin.audit.pills import pill
from iterable_admin.outbox.models import Delivery

# Counting further takes seconds, and a page waits for it.
MOST = 20_000
WIDTH = 1_000
"""Of a bar, in its own units."""
Verdict = ComparedPerson.Verdict
Operation = Delivery.Operation
WRITES = {
    Operation.PROFILE: "profile updates",
    Operation.TRACK: "events",
    Operation.UNSUBSCRIBE: "opt-outs",
    Operation.SUBSCRIBE: "opt-ins",
    Operation.CHANGE_ADDRESS: "changes of address",
    Operation.FORGET: "erasures",
}
MEANING = {
    Verdict.DIFFER: (
        "Iterable holds something else than we would send, in one field at least. "
        "The technical owner finds out which side is right, before sending goes live."
    ),
    Verdict.AGREE: "Iterable holds all that we would send: another tool has sent the same, or nothing has changed.",
    Verdict.ABSENT: "We would create them, or update nobody. Look whether the other tool creates them, too.",
    Verdict.UNREAD: "Iterable was asked five times and did not answer for this address. Compare again.",
    Verdict.WAITING: "Nobody needs to act: a worker goes on.",
}
EVENT_MEANING = {
    ComparedEvent.Verdict.THERE: "Iterable holds it: by the same id, or by name within five minutes.",
    ComparedEvent.Verdict.MISSING: "We would have sent it, and Iterable holds none such. Look whether the other tool lost it.",
    ComparedEvent.Verdict.ONLY_THERE: (
        "Iterable holds it, and nothing of the kind came in here. Look whether the caller sends here, too."
    ),
    ComparedEvent.Verdict.UNTOLD: "Older than the latest 200 events of the person, which are all that Iterable tells.",
}


@dataclass(frozen=True, slots=True)
class WouldSend:
    label: str
    count: int
    url: str

    @property
    def capped(self) -> bool:
        return self.count > MOST

    @property
    def shown(self) -> str:
        return f"{MOST:,}+" if self.capped else f"{self.count:,}"


def would_send(days: int) -> list[WouldSend]:
    since = timezone.now() - timedelta(days=days)
    rows = Delivery.objects.would_send().filter(ended_at__gte=since).order_by()
    counts = {operation: rows.filter(operation=operation).values("pk")[: MOST + 1].count() for operation in WRITES}
    return [WouldSend(label, counts[operation], _deliveries(operation)) for operation, label in WRITES.items()]


def _deliveries(operation: str) -> str:
    query = urlencode({"reason_code": "would_send", "operation__exact": operation})
    return f"{reverse('admin:outbox_delivery_changelist')}?{query}"


def verdicts(comparison: ObserveComparison) -> list[dict[str, Any]]:
    return [
        {"verdict": verdict.value, "pill": pill(verdict, str(verdict.label)), "count": getattr(comparison, verdict), "why": why}
        for verdict, why in MEANING.items()
    ]


def by_field(comparison: ObserveComparison) -> list[dict[str, Any]]:
    """Those that differ in most people first."""
    rows = [{"field": name, **counts, "all": counts["agree"] + counts["differ"]} for name, counts in comparison.fields.items()]
    for row in rows:
        row["width"] = row["agree"] * WIDTH // row["all"] if row["all"] else 0
    return sorted(rows, key=lambda row: (-row["differ"], row["field"]))


def event_verdicts(comparison: ObserveComparison) -> list[dict[str, Any]]:
    return [
        {"verdict": verdict.value, "pill": pill(verdict, str(verdict.label)), "why": why}
        | {"count": sum(counts[verdict] for counts in comparison.events.values())}
        for verdict, why in EVENT_MEANING.items()
    ]


def by_event(comparison: ObserveComparison) -> list[dict[str, Any]]:
    """Those of which most are missing first."""
    rows = [{"name": name, **counts} for name, counts in comparison.events.items()]
    return sorted(rows, key=lambda row: (-row["missing"], -row["only_there"], row["name"]))


def told(comparison: ObserveComparison) -> dict[str, Any]:
    """As the page asks for it every few seconds."""
    under_way = comparison.state in ObserveComparison.OPEN
    all_calls = comparison.people + comparison.sampled
    made = all_calls - comparison.waiting - comparison.events_waiting
    return {
        "state": comparison.state,
        "under_way": under_way,
        "rows": _how_far(comparison),
        "next": comparison.error or ("A worker is at it; nobody needs to act, and this page may be left." if under_way else ""),
        "width": made * WIDTH // all_calls if all_calls else 0,
    }


def _how_far(comparison: ObserveComparison) -> str:
    if not comparison.planned_at:
        return "looking for the people"
    profiles = f"{comparison.compared:,} of {comparison.people:,} people"
    done = comparison.sampled - comparison.events_waiting
    return f"{profiles}, the events of {done:,} of {comparison.sampled:,}" if comparison.sampled else profiles
