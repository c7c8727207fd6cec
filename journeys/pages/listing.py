"""The list of journeys: what stands beside each of a page's rows, asked once for all of them; and its filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from iterable_admin.audit.pills import moment, pill
from journeys.lint.ground import triggers_of
from journeys.lint.models import LintFinding
from journeys.lint.reach import Reach
from journeys.lint.wording import TONES
from journeys.models import Journey
from journeys.pages.audience import audiences
from journeys.pages.page import SEE_FINDINGS
from journeys.pages.state import STATES, takes_people
from journeys.pages.triggers import DAYS, QUIET_DAYS, Trigger, triggers_by_name

WHO_MENDS = "The campaigns owner looks at its findings, now."
SILENT = pill("needs_you", f"not seen for {QUIET_DAYS} days")
OPEN = Q(state=LintFinding.State.OPEN)
FOLDER = Q(workflow_id=None, folder_id__isnull=False)


@dataclass(frozen=True, slots=True)
class Beside:
    """What the list shows of one journey that is not in its row."""

    triggers: Sequence[Trigger] = ()
    reaches: Sequence[Reach] = ()
    counted_at: datetime | None = None
    findings: dict[str, int] = field(default_factory=dict)
    folder: str = ""


class JourneyList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        beside = beside_of(rows, sees_findings=request.user.has_perm(SEE_FINDINGS))
        for row in rows:
            row.beside = beside[row.pk]
        self.result_list = rows


def beside_of(journeys: Sequence[Journey], *, sees_findings: bool) -> dict[int, Beside]:
    triggers, counted = triggers_by_name(journeys), audiences()
    findings = _open_findings(journeys) if sees_findings else {}
    folders = _folders()
    return {
        row.pk: Beside(
            [triggers[name] for name in triggers_of(row)],
            counted.of(row),
            counted.at,
            findings.get(row.pk, {}),
            folders.get(row.folder_id, ""),
        )
        for row in journeys
    }


def _folders() -> dict[int | None, str]:
    """Their names, where a row stands for the folder itself."""
    return dict(Journey.objects.filter(FOLDER).order_by("pk").values_list("folder_id", "name"))


def _open_findings(journeys: Sequence[Journey]) -> dict[int, dict[str, int]]:
    rows = LintFinding.objects.filter(OPEN, journey__in=journeys).order_by()
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for pk, severity, count in rows.values_list("journey_id", "severity").annotate(Count("id")):
        found[pk or 0][severity] = count
    return found


def started_by(journey: Journey) -> str:
    """Each event with its week and its last; one that has gone quiet is told where somebody waits for it."""
    now, waits = timezone.now(), takes_people(journey)
    lines = [
        (trigger.name, _seen(trigger), format_html("{} {}", SILENT, "The technical owner asks the sending system, now."))
        if waits and trigger.silent(now)
        else (trigger.name, _seen(trigger), "")
        for trigger in _beside(journey).triggers
    ]
    return format_html_join("", '<div>{} <span class="quiet">{}</span> {}</div>', lines) or "no event"


def _seen(trigger: Trigger) -> str:
    if trigger.kind is None:
        return "does not come in here"
    return format_html("{} in {} days, last {}", trigger.figure, DAYS, moment(trigger.last))


def reached(journey: Journey) -> str:
    """Of its steps the widest, and how many should not be mailed."""
    beside = _beside(journey)
    if not beside.reaches:
        return "-"
    widest, exposed = beside.reaches[0], max(reach.exposed for reach in beside.reaches)
    alarm = format_html("{} {}", pill("needs_you", f"{exposed:,} exposed"), WHO_MENDS) if exposed else ""
    as_of = format_html('<span class="quiet">as of {}</span>', moment(beside.counted_at))
    return format_html("<div>{} mailable {}</div>{}", f"{widest.will:,}", alarm, as_of)


def found(journey: Journey) -> str:
    counts = _beside(journey).findings
    rows = [(severity, counts[severity]) for severity in TONES if severity in counts]
    pills = ((pill(TONES[severity], f"{count:,} {_named(severity, count)}"),) for severity, count in rows)
    return format_html_join(" ", "{}", pills) or "✓ none"


def _named(severity: str, count: int) -> str:
    label = str(LintFinding.Severity(severity).label)
    return f"{label}s" if severity == LintFinding.Severity.WARNING and count != 1 else label


def in_folder(journey: Journey) -> str:
    if journey.folder_id is None:
        return "-"
    name = _beside(journey).folder
    return f"{name} ({journey.folder_id})" if name and journey.workflow_id else str(journey.folder_id)


def _beside(journey: Journey) -> Beside:
    beside: Beside = getattr(journey, "beside", Beside())
    return beside


class ByFolder(admin.SimpleListFilter):
    title, parameter_name = "folder", "folder_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By the name of the row that is the folder itself, where there is one."""
        rows = Journey.objects.exclude(folder_id=None).order_by("folder_id", "name")
        names: dict[str, str] = {}
        for number, workflow, name in rows.values_list("folder_id", "workflow_id", "name"):
            names[str(number)] = name if workflow is None else names.get(str(number), f"folder {number}")
        return list(names.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(folder_id=int(value)) if value.isdecimal() and len(value) <= 18 else queryset


class ByStatus(admin.SimpleListFilter):
    title, parameter_name = "state", "status"
    MEANS = {
        "enabled": Q(missing_since=None, enabled=True) & ~Q(archived=True),
        "disabled": Q(missing_since=None, enabled=False) & ~Q(archived=True),
        "archived": Q(missing_since=None, archived=True, enabled__isnull=False),
        "missing": Q(missing_since__isnull=False),
        "unknown": Q(missing_since=None, enabled=None) & ~FOLDER,
        "folder": Q(missing_since=None) & FOLDER,
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, STATES[name][1]) for name in self.MEANS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        means = self.MEANS.get(self.value() or "")
        return queryset if means is None else queryset.filter(means)


class ByTrigger(admin.SimpleListFilter):
    title, parameter_name = "started by", "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """There are as many journeys as people made: read once, matched here."""
        self.by_name: dict[str, list[int]] = {}
        for journey in Journey.objects.only("pk", "trigger_event", "trigger_events"):
            for name in triggers_of(journey):
                self.by_name.setdefault(name, []).append(journey.pk)
        return [(name, name) for name in sorted(self.by_name)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=self.by_name.get(self.value() or "", [])) if self.value() else queryset
