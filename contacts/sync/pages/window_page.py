"""The window made visible: who entered it and who left or vanished between two days, who stays behind, who changed plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from contacts.models import Contact
from contacts.sync.headcounts import left_behind
from contacts.sync.models import SyncDefinition, SyncRow, SyncState
from contacts.sync.pages.changes import Line, changes
from contacts.sync.seed import NAMESPACE_INFORMATION
from iterable_admin.audit.asking import require
from iterable_admin.audit.browsing import CappedPaginator
from iterable_admin.audit.recording import record

PERMISSION = "contacts.view_contact"
DAYS, A_PAGE = 7, 50
PLAN_KEYS = ("GITLAB_PLAN_TITLE", "GITLAB_PLAN_IS_PAID")
ENTERED, LEFT, VANISHED, PLAN = "entered", "left", "vanished", "plan"
SHOWN = {ENTERED: "Entered", LEFT: "Left", VANISHED: "Vanished", PLAN: "Changed plan"}
WHY = {
    ENTERED: "Read for the first time, or back after an absence: the account is young enough.",
    LEFT: "The account is older than the window by now: it is no longer read.",
    VANISHED: "Young enough, and yet no longer in the source: deleted, blocked, or lost on the way there.",
    PLAN: "A namespace of theirs has another plan, or is paid for where it was not, or the other way round.",
}


class PeriodForm(forms.Form):
    """Whatever is left out has a value all the same: a link needs to name only what it means."""

    definition = forms.ModelChoiceField(SyncDefinition.objects.order_by("name", "pk"), empty_label=None, required=False)
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}), help_text="Days in UTC.")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "The last day lies before the first one.")
        return cleaned


@dataclass(frozen=True, slots=True)
class Period:
    definition: SyncDefinition
    since: date
    until: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From the first day's beginning to before the beginning of the day after the last."""
        first, after = (datetime.combine(day, time.min, UTC) for day in (self.since, self.until + timedelta(days=1)))
        return first, after


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    contact: Contact | None
    at: datetime
    lines: list[Line]


def window_view(request: HttpRequest) -> HttpResponse:
    require(request, PERMISSION)
    form = PeriodForm(_filled(request))
    period = _period(form) if form.is_valid() else None
    shown = request.GET.get("show", "")
    context = {"title": "The sync's window", "form": form, "period": period}
    if period is not None:
        context |= window(period, shown if shown in SHOWN else ENTERED, request.GET.get("page"))
        _note_look(request, period, context)
    return TemplateResponse(request, "admin/sync/window.html", {**admin.site.each_context(request), **context})


def _note_look(request: HttpRequest, period: Period, context: Mapping[str, Any]) -> None:
    """Each look at the people behind a count is written down."""
    if number := len(context["found"]):
        days = {"definition": period.definition.pk, "since": period.since.isoformat(), "until": period.until.isoformat()}
        selection = {**days, "show": context["shown"], "page": context["page"].number}
        subject = f"{context['shown_label'].lower()}: window of {period.definition}"[:200]
        record(request.user, "view people", subject, selection, number, "", f"{number} people shown.")


def _filled(request: HttpRequest) -> dict[str, str]:
    today = timezone.now().astimezone(UTC).date()
    usual = SyncDefinition.objects.filter(slug=NAMESPACE_INFORMATION).values_list("pk", flat=True).first()
    defaults = {
        "definition": str(usual or ""),
        "since": (today - timedelta(days=DAYS - 1)).isoformat(),
        "until": today.isoformat(),
    }
    return defaults | {name: str(value) for name, value in request.GET.items() if value}


def _period(form: PeriodForm) -> Period | None:
    asked = form.cleaned_data
    return Period(asked["definition"], asked["since"], asked["until"]) if asked["definition"] else None


def window(period: Period, shown: str, page_number: str | None) -> dict[str, Any]:
    rows: QuerySet[Any] = changed_plan(period) if shown == PLAN else people(period, shown)
    page = CappedPaginator(rows, A_PAGE).get_page(page_number)
    counts = {**_gone(period), ENTERED: people(period, ENTERED).count(), PLAN: changed_plan(period).count()}
    return {
        "counts": [(name, label, counts[name], WHY[name]) for name, label in SHOWN.items()],
        "shown": shown,
        "shown_label": SHOWN[shown],
        "page": page,
        "found": _named(list(page.object_list), shown),
        "behind": left_behind(period.definition),
    }


def people(period: Period, shown: str) -> QuerySet[SyncState]:
    since, until = period.moments
    states = SyncState.objects.filter(definition=period.definition).defer("accepted")
    if shown == ENTERED:
        return states.filter(entered_at__gte=since, entered_at__lt=until).order_by("-entered_at", "-pk")
    return states.filter(gone=shown, gone_at__gte=since, gone_at__lt=until).order_by("-gone_at", "-pk")


def _gone(period: Period) -> dict[str, int]:
    since, until = period.moments
    gone = SyncState.objects.filter(definition=period.definition, gone_at__gte=since, gone_at__lt=until)
    return {LEFT: 0, VANISHED: 0, **dict(gone.order_by().values_list("gone").annotate(Count("pk")))}


def changed_plan(period: Period) -> QuerySet[SyncRow]:
    """Rows of real runs; a row of a dry run, or of a plan that nobody approved, changed nothing."""
    since, until = period.moments
    ends = [Q(words__contains=f'.{key}"') for key in PLAN_KEYS]
    rows = SyncRow.objects.filter(run__definition=period.definition, run__started_at__gte=since, run__started_at__lt=until)
    rows = rows.filter(run__dry_run=False, kind=SyncRow.Kind.CHANGED).exclude(state=SyncRow.State.PLANNED)
    told = rows.annotate(words=Cast("changed_fields", TextField())).filter(ends[0] | ends[1])
    return told.select_related("run").order_by("-pk")


def _named(rows: Sequence[Any], shown: str) -> list[Person]:
    keys = {row.address_key for row in rows}
    contacts = {contact.address_key: contact for contact in Contact.objects.filter(address_key__in=keys)}
    return [Person(row.address_key, contacts.get(row.address_key), *_told(row, shown)) for row in rows]


def _told(row: Any, shown: str) -> tuple[datetime, list[Line]]:
    if isinstance(row, SyncRow):
        plans = [word for word in row.changed_fields if word.endswith(PLAN_KEYS)]
        return row.run.started_at, [line for line in changes(row.before, row.after) if line.field in plans]
    return (row.entered_at if shown == ENTERED else row.gone_at), []
