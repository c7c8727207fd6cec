"""Versions: listed, looked at, sent through review; brought in as JSON, taken out as JSON, begun from the mirror."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment
from iterable_admin.errors import Permanent
from journeys.definition.editor.views import urls as editor_urls
from journeys.definition.exchanging import as_text, bring_in, from_text
from journeys.definition.inferring import infer
from journeys.definition.lifecycle import WRITE, By, propose
from journeys.definition.models import JourneyVersion
from journeys.definition.pages.acting import DEEDS, may, warnings
from journeys.definition.pages.page import drift_pill, state_pill, version_page
from journeys.definition.schema import schema
from journeys.models import Journey
from journeys.steps import steps_of

VIEW = "journeys.view_journeyversion"
PAGE = "admin:journeys_journeyversion_change"


class ImportForm(ReasonForm):
    body = forms.CharField(
        label="Definition",
        widget=forms.Textarea(attrs={"rows": 20, "cols": 80, "spellcheck": "false"}),
        help_text="As JSON: what an export gives, edited or not. The schema is linked from the page of a version.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("body", "reason")

    def clean_body(self) -> str:
        try:
            from_text(self.cleaned_data["body"])
        except Permanent as problem:
            raise forms.ValidationError(str(problem)) from None
        return str(self.cleaned_data["body"])


class SeenForm(ReasonForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


@admin.register(JourneyVersion)
class JourneyVersionAdmin(ReadOnly):
    list_display = ("title", "verdict", "drift", "provenance", "author", "changed")
    list_filter = ("state", "provenance")
    list_select_related = ("journey", "author")
    ordering = ("-id",)
    search_words = ("journey__name",)
    search_numbers = ("id",)
    fields = (
        "journey",
        "number",
        "verdict",
        "drift",
        "provenance",
        "author",
        "approver",
        "created",
        "changed",
        "notes",
        "graph_hash",
    )
    readonly_fields = fields
    change_form_template = "admin/journeys/journeyversion/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("schema/", wrap(self.schema), name="journeys_journeyversion_schema"),
            path("import/<int:pk>/", wrap(self.bring_in), name="journeys_journeyversion_import"),
            path("infer/<int:pk>/", wrap(self.infer), name="journeys_journeyversion_infer"),
            path("<int:pk>/export/", wrap(self.take_out), name="journeys_journeyversion_export"),
            path("<int:pk>/do/<slug:name>/", wrap(self.do), name="journeys_journeyversion_do"),
            *editor_urls(),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        rows = JourneyVersion.objects.select_related("journey", "author", "approver")
        row = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        shown = {"page": version_page(row, request.user, request.GET.get("against", ""))} if row else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        deed = DEEDS.get(name)
        if deed is None:
            raise Http404
        if not may(deed, request.user):
            require(request, deed.permissions[0])
        version = get_object_or_404(JourneyVersion.objects.select_related("journey"), pk=pk)
        question = Question(
            f"{deed.label}: {version}", deed.sentence, deed.label, page_of(version), warnings=warnings(deed, version)
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse | str:
            done = deed.act(version, by(request, answers), answers["seen"])
            told = f"{done}: {done.get_state_display()}."
            return told if done.pk == version.pk else self.led_to(request, done, told)

        return ask_then_do(request, self.admin_site, question, act, _form(SeenForm, seen=version.graph_hash))

    def bring_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, WRITE)
        journey = get_object_or_404(Journey, pk=pk)
        draft = journey.versions.filter(state=JourneyVersion.State.DRAFT).first()
        where = f"It takes the place of what {draft} says." if draft else "It becomes a new draft."
        sentence = f"What cannot be read is refused, with its place and the mend. {where} Nothing in Iterable is touched."
        question = Question(f"Import a definition of {journey}", sentence, "Import", back_to(journey))

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            made = bring_in(journey, by(request, answers), answers["body"], answers["revision"])
            return self.led_to(request, made, f"Imported: {made}.")

        body = as_text(draft.graph) if draft else ""
        form = _form(ImportForm, revision=draft.revision if draft else None, body=body)
        return ask_then_do(request, self.admin_site, question, act, form)

    def infer(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, WRITE)
        journey = get_object_or_404(Journey, pk=pk)
        steps = steps_of(journey)
        sentence = (
            f"A draft with what starts {journey} and its {len(steps)} messages, as Iterable's API tells them. How they hang "
            "together it does not tell: you join them."
        )
        question = Question(f"A first draft of {journey}", sentence, "Make the draft", back_to(journey))

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            graph = infer(journey, steps)
            made = propose(journey, by(request, answers), graph, JourneyVersion.Provenance.INFERRED)
            return self.led_to(request, made, f"Made: {made}.")

        return ask_then_do(request, self.admin_site, question, act)

    def take_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It names nobody, so nobody is asked why."""
        require(request, VIEW)
        version = get_object_or_404(JourneyVersion.objects.select_related("journey"), pk=pk)
        answer = HttpResponse(as_text(version.graph), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{slugify(str(version))}.json"'
        return answer

    def schema(self, request: HttpRequest) -> HttpResponse:
        require(request, VIEW)
        return JsonResponse(schema(), json_dumps_params={"indent": 2})

    def led_to(self, request: HttpRequest, version: JourneyVersion, told: str) -> HttpResponse:
        self.message_user(request, told)
        return HttpResponseRedirect(page_of(version))

    @admin.display(description="version", ordering="id")
    def title(self, row: JourneyVersion) -> str:
        return str(row)

    @admin.display(description="state", ordering="state")
    def verdict(self, row: JourneyVersion) -> str:
        return state_pill(row)

    @admin.display(description="against Iterable", ordering="verified_on")
    def drift(self, row: JourneyVersion) -> str:
        return drift_pill(row)

    @admin.display(description="begun", ordering="created_at")
    def created(self, row: JourneyVersion) -> str:
        return moment(row.created_at)

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, row: JourneyVersion) -> str:
        return moment(row.changed_at)


def by(request: HttpRequest, answers: Mapping[str, Any]) -> By:
    return By(cast("User", request.user), answers["reason"])


def page_of(version: JourneyVersion) -> str:
    return reverse(PAGE, args=[version.pk])


def back_to(journey: Journey) -> str:
    return reverse("admin:journeys_journey_change", args=[journey.pk])


def _form(form_class: type[forms.Form], **initial: Any) -> Any:
    return lambda data: form_class(data, initial=initial)
