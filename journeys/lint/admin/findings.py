"""Findings: listed worst first, each with its evidence, its people, its history, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record
from journeys.lint.admin.what_if import WithWhatIf
from journeys.lint.asking import ask_for_a_run
from journeys.lint.excepting import accept, make_exception
from journeys.lint.models import LintException, LintFinding
from journeys.lint.registry import RULES
from journeys.lint.wording import severity_pill

EXCEPT = "journeys.except_lintfinding"
SEE_PEOPLE = "journeys.see_exposed_people"
RUN = "journeys.run_lint"
A_PAGE = 50
LIST = "admin:journeys_lintfinding_changelist"
PAGES = {
    "journey": "journeys_journey",
    "version": "journeys_journeyversion",
    "campaign": "journeys_campaign",
    "template": "journeys_template",
    "message_type": "consent_messagetype",
    "list": "consent_list",
}


def accept_changes(rows: QuerySet[LintFinding]) -> QuerySet[LintFinding]:
    codes = [code for code, rule in RULES.items() if rule.of_a_change]
    return rows.filter(code__in=codes, state__in=LintFinding.STANDING)


ACCEPT = Operation(
    name="accept",
    label="Accept the change",
    permission=EXCEPT,
    sentence="The changes they tell of are as they should be: they are resolved, and a later change is found anew.",
    left_alone="Only what tells of a change can be accepted; anything else is mended, or excepted for a while.",
    fit=accept_changes,
    act=lambda rows, _user, _reason: accept(rows),
)


class ExceptForm(ReasonForm):
    owner = forms.CharField(max_length=200, help_text="Who sees to it until then.")
    until = forms.DateField(widget=AdminDateWidget, help_text="The last day, in UTC: then the finding is open again and told.")
    scope = forms.ChoiceField(
        choices=[("finding", "this finding"), ("type", "everything this rule finds on the same message type")], initial="finding"
    )
    field_order = ("scope", "owner", "until", "reason")


@admin.register(LintFinding)
class LintFindingAdmin(WithWhatIf, Operated):
    operations = (ACCEPT,)
    list_display = ("id", "gravity", "code", "subject", "people", "verdict", "what_next", "since")
    list_display_links = ("id", "code")
    list_filter = ("state", "severity", "code", "subject_kind")
    ordering = (F("exposed").desc(nulls_last=True), "-id")
    search_words = ("code", "subject_name")
    search_numbers = ("id",)
    fields = (
        *("id", "gravity", "code", "rule", "subject", "journey", "message_type", "people", "verdict"),
        *("since", "seen", "worse", "resolved", "accepted"),
    )
    readonly_fields = fields
    change_list_template = "admin/buttons_change_list.html"
    change_form_template = "admin/journeys/lintfinding/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("run/", wrap(self.run), name="journeys_lintfinding_run"),
            path("<int:pk>/except/", wrap(self.make_exception), name="journeys_lintfinding_except"),
            path("<int:pk>/people/", wrap(self.exposed_people), name="journeys_lintfinding_people"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        run = [("Lint now …", reverse("admin:journeys_lintfinding_run"))]
        context = {"buttons": run if request.user.has_perm(RUN) else [], **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = LintFinding.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        context = page_of(row, request) if row else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def run(self, request: HttpRequest) -> HttpResponse:
        require(request, RUN)
        sentence = "All rules look at everything, on a worker, within seconds. Nothing in Iterable is touched."
        question = Question("Run the lint now", sentence, "Run", reverse(LIST))

        def act(answers: Mapping[str, Any]) -> str:
            record(request.user, "run", "lint", {}, 1, answers["reason"])
            ask_for_a_run()
            return "A worker runs the lint next. Reload this page to see what it found."

        return ask_then_do(request, self.admin_site, question, act)

    def make_exception(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, EXCEPT)
        finding = get_object_or_404(LintFinding, pk=pk)
        back = reverse("admin:journeys_lintfinding_change", args=[pk])
        sentence = f"{finding.sentence} Until it expires the finding is not counted as open and not told. It expires by itself."
        question = Question(f"Except {finding}", sentence, "Except", back)

        def act(answers: Mapping[str, Any]) -> str:
            until = datetime.combine(answers["until"], time.max, UTC)
            by, whole = request.user.get_username(), answers["scope"] == "type"
            made = make_exception(
                finding, reason=answers["reason"], owner=answers["owner"], by=by, expires_at=until, whole_type=whole
            )
            told = f"Excepted until {until:%Y-%m-%d}: {made}."
            record(request.user, "except", str(finding), {"finding": pk, "exception": made.pk}, 1, answers["reason"], told)
            return told

        return ask_then_do(request, self.admin_site, question, act, ExceptForm)

    def exposed_people(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Each look is written down: these are people's addresses."""
        require(request, SEE_PEOPLE)
        finding = get_object_or_404(LintFinding, pk=pk)
        rows = people_of(finding)
        if rows is None:
            raise Http404
        page = Paginator(rows.order_by("-pk"), A_PAGE).get_page(request.GET.get("page"))
        shown = len(page.object_list)
        record(
            request.user, "view people", str(finding), {"finding": pk, "page": page.number}, shown, "", f"{shown} people shown."
        )
        context = {**self.admin_site.each_context(request), "title": f"People of {finding}", "finding": finding, "page": page}
        return TemplateResponse(request, "admin/journeys/lintfinding/people.html", context)

    @admin.display(description="severity", ordering="severity")
    def gravity(self, row: LintFinding) -> str:
        return severity_pill(row.severity)

    @admin.display(description="what the rule finds")
    def rule(self, row: LintFinding) -> str:
        return docstring(row.code)

    @admin.display(description="subject", ordering="subject_name")
    def subject(self, row: LintFinding) -> str:
        return link_to_subject(row)

    @admin.display(description="exposed", ordering="exposed")
    def people(self, row: LintFinding) -> str:
        return "-" if row.exposed is None else f"{row.exposed:,}"

    @admin.display(description="state", ordering="state")
    def verdict(self, row: LintFinding) -> str:
        return state_pill(row)

    @admin.display(description="what was found, and who acts next")
    def what_next(self, row: LintFinding) -> str:
        return found_and_next(row)

    @admin.display(description="since", ordering="first_seen")
    def since(self, row: LintFinding) -> str:
        return moment(row.first_seen)

    @admin.display(description="last seen")
    def seen(self, row: LintFinding) -> str:
        return moment(row.last_seen)

    @admin.display(description="last got worse")
    def worse(self, row: LintFinding) -> str:
        return moment(row.worse_at)

    @admin.display(description="resolved")
    def resolved(self, row: LintFinding) -> str:
        return moment(row.resolved_at)

    @admin.display(description="accepted")
    def accepted(self, row: LintFinding) -> str:
        return moment(row.accepted_at)


def page_of(row: LintFinding, request: HttpRequest) -> dict[str, Any]:
    return {
        "standing": severity_pill(row.severity) if row.state == LintFinding.State.OPEN else state_pill(row),
        "what_next": found_and_next(row),
        "evidence": row.evidence,
        "excepts": request.user.has_perm(EXCEPT) and row.state == LintFinding.State.OPEN,
        "sees_people": request.user.has_perm(SEE_PEOPLE) and people_of(row) is not None,
        "exceptions": [one for one in LintException.objects.filter(code=row.code)[:200] if one.covers(row)],
        "notifications": row.notifications.order_by("-pk")[:A_PAGE],
        "earlier": LintFinding.objects.filter(fingerprint=row.fingerprint).exclude(pk=row.pk)[:A_PAGE],
    }


def state_pill(row: LintFinding) -> SafeString:
    return pill({"open": "needs_you", "excepted": "held"}.get(row.state, "done"), row.get_state_display())


def found_and_next(row: LintFinding) -> str:
    return row.sentence if row.state == LintFinding.State.RESOLVED else f"{row.sentence} {row.next_step}"


def people_of(finding: LintFinding) -> QuerySet[Any] | None:
    rule = RULES.get(finding.code)
    return rule.people(finding) if rule else None


def docstring(code: str) -> str:
    rule = RULES.get(code)
    return " ".join((rule.__doc__ or "").split()) if rule else "This rule is gone."


def link_to_subject(row: LintFinding) -> str | SafeString:
    try:
        url = reverse(f"admin:{PAGES[row.subject_kind]}_change", args=[row.subject_id])
    except (KeyError, NoReverseMatch):
        return f"{row.get_subject_kind_display()}: {row.subject_name}"
    return format_html('{}: <a href="{}">{}</a>', row.get_subject_kind_display(), url, row.subject_name)
