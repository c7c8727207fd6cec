"""What each role is told. Counts and names of things alone: nobody's data leaves by mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from contacts.consent.erasing.reconciling import undecided
from contacts.sync.models import SyncDefinition, SyncRun
from iterable_admin.audit.models import Dri
from iterable_admin.audit.pills import moment_text
from iterable_admin.inbox.models import Event, EventHour
from iterable_admin.redaction import mask_emails
from iterable_admin.screens.dashboard.counting import list_url, number_of
from iterable_admin.screens.dashboard.findings import findings
from iterable_admin.screens.dashboard.pipes import heartbeats, sending
from iterable_admin.screens.dashboard.trouble import trouble
from journeys.lint.models import LintException, LintFinding
from journeys.lint.running import clock
from journeys.models import Journey

WEEK = timedelta(days=7)
# An event that is expected and silent, and a journey whose event is.
SILENT = ("EVT01", "JRN09")
MOST_NAMES = 5
Role = Dri.Role


@dataclass(frozen=True, slots=True)
class Letter:
    """`figure` is the one number, with its unit; `path` leads to where it is looked after."""

    figure: str
    sentences: tuple[str, str, str]
    path: str

    @property
    def subject(self) -> str:
        return mask_emails(f"Monday: {self.figure}")

    def text(self, role: str) -> str:
        foot = f"-- \nTo the {Role(role).label.lower()}, as of {moment_text(timezone.now())}"
        link = f"{settings.PUBLIC_URL.rstrip('/')}{self.path}"
        return mask_emails("\n\n".join((" ".join(self.sentences), link, foot)))


def letter(role: str) -> Letter:
    return LETTERS[Role(role)]()


def for_the_business_owner() -> Letter:
    found = findings()
    exposed = number_of(found["most_exposed"], "person", "people")
    open_findings = list_url("journeys_lintfinding", state__exact="open")
    return Letter(f"{exposed} exposed tonight", (_exposure(found), _decisions(), _opt_outs()), open_findings)


def _exposure(found: dict[str, Any]) -> str:
    if not found["most_exposed"]:
        blocking = number_of(found["blocking"], "blocking finding") if found["blocking"] else "no blocking finding"
        return f"Nobody is exposed tonight as far as the lint sees, with {blocking} open."
    worst = found["worst"][0].worst
    people = number_of(found["most_exposed"], "person", "people")
    return f"Tonight Iterable would mail {people} and should not, by the worst finding alone ({worst.code} {worst.subject_name})."


def _decisions() -> str:
    soon = timezone.now() + WEEK
    waiting = (
        (SyncRun.objects.waiting_for_a_decision().count(), "plan of a sync", "plans of syncs"),
        (SyncDefinition.objects.exclude(proposed_query="").count(), "proposed query", "proposed queries"),
        (undecided().count(), "person forgotten in Iterable alone", "people forgotten in Iterable alone"),
        (LintException.objects.filter(ended_at=None, expires_at__lt=soon).count(), "exception that ends this week", ""),
    )
    told = [number_of(count, one, many or "exceptions that end this week") for count, one, many in waiting if count]
    return f"For somebody to decide: {', '.join(told)}." if told else "Nothing waits for a decision."


def _opt_outs() -> str:
    late, _ = clock()
    if not late.count or late.oldest is None:
        return "Every opt-out is effective in Iterable."
    return f"{number_of(late.count, 'opt-out')} not effective in Iterable yet, the oldest since {moment_text(late.oldest)}."


def for_the_technical_owner() -> Letter:
    rows = trouble(AnonymousUser())
    count = number_of(sum(row.count for row in rows), "row")
    worst = max(rows, key=lambda row: row.count, default=None)
    first = f"{count} waiting for somebody, most of them {worst.what}: {worst.reason}." if worst else "Nothing failed."
    return Letter(f"{count} waiting for somebody", (first, _syncs_of_the_week(), _workers()), reverse("admin:index"))


def _syncs_of_the_week() -> str:
    runs = SyncRun.objects.filter(dry_run=False, started_at__gte=timezone.now() - WEEK)
    ended_badly = (SyncRun.State.FAILED, SyncRun.State.STOPPED, SyncRun.State.WITH_ERRORS)
    last = runs.order_by("-id").first()
    if last is None:
        return "No sync ran this week."
    bad = runs.filter(state__in=ended_badly).count()
    told = f"{bad:,} did not end well" if bad else "none failed"
    return f"Of {number_of(runs.count(), 'sync')} this week {told}; the last one: {last.get_state_display()}."


def _workers() -> str:
    switch = sending()
    if switch["switch"].halted_at:
        return "Sending is halted: Iterable refused the key."
    silent = [pipe["name"] for pipe in heartbeats() if not pipe["alive"]]
    word = switch["mode"].value
    return (
        f"Sending is {word}, and no worker has taken up the {' or the '.join(silent)}."
        if silent
        else f"Sending is {word}, and workers answer."
    )


def for_the_campaigns_owner() -> Letter:
    stands = LintFinding.objects.filter(state=LintFinding.State.OPEN)
    journeys = stands.exclude(journey=None).aggregate(count=Count("journey", distinct=True))["count"]
    figure = f"{number_of(journeys, 'journey')} with open findings"
    have = "has" if journeys == 1 else "have"
    first = f"{journeys:,} of {number_of(Journey.objects.count(), 'journey')} {have} open findings."
    path = list_url("journeys_lintfinding", state__exact="open")
    return Letter(figure, (first, _silent_triggers(), _events_of_the_week()), path)


def _silent_triggers() -> str:
    silent = LintFinding.objects.filter(state=LintFinding.State.OPEN, code__in=SILENT)
    rows = silent.values_list("code", "subject_name", "evidence")
    names = sorted({name if code == "EVT01" else evidence.get("trigger_event", name) for code, name, evidence in rows})
    if not names:
        return "Every trigger came in as usual."
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{number_of(len(names), 'trigger')} not seen as usual: {', '.join(names[:MOST_NAMES])}{more}."


def _events_of_the_week() -> str:
    hours = EventHour.objects.filter(hour__gte=timezone.now() - WEEK).values_list("counts", flat=True)
    total = sum(sum(counts.values()) for counts in hours)
    rejected = sum(counts.get(Event.State.REJECTED, 0) for counts in hours)
    return f"{number_of(total, 'event')} came in this week, {f'{rejected:,}' if rejected else 'none'} of them rejected."


LETTERS: dict[Role, Callable[[], Letter]] = {
    Role.BUSINESS_OWNER: for_the_business_owner,
    Role.TECHNICAL_OWNER: for_the_technical_owner,
    Role.CAMPAIGNS_OWNER: for_the_campaigns_owner,
}
