"""What is synced: set up by the technical owner, its query under four eyes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ForeignKey
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from contacts.sync.approving import PERMISSION, approve_query, digest, propose_query, refuse_query
from contacts.sync.definition_form import DefinitionForm, PersonForm, QueryForm
from contacts.sync.mapping_inline import MappingInline
from contacts.sync.models import SyncDefinition
from contacts.sync.operating import dry_run, run_now
from contacts.sync.pages.definition_page import definition_page
from contacts.sync.pages.preview import preview
from contacts.sync.pages.query_diff import query_diff
from contacts.sync.pages.times import schedule_in_words
from contacts.sync.scheduling import schedule_of
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.recording import record

PAGE = "admin:sync_syncdefinition_change"
OPERATE, VIEW, SEES_PEOPLE = "sync.operate_syncrun", "sync.view_syncdefinition", "contacts.view_contact"
SHOWN = "admin/sync/query_question.html"
FIRST = ("name", "slug", "owner", "notes")


@admin.register(SyncDefinition)
class SyncDefinitionAdmin(Reasoned):
    form = DefinitionForm
    list_display = ("name", "slug", "enabled", "target", "mode", "starts", "owner")
    list_select_related = ("owner",)
    ordering = ("name", "id")
    search_words = ("name", "slug")
    inlines = (MappingInline,)
    change_form_template = "admin/sync/syncdefinition/change_form.html"
    fields = (
        *("name", "slug", "enabled", "owner", "notes", "target", "event_name", "match_key", "mode", "keeps_contacts"),
        *("cron", "window_months"),
        *("fewest_rows_percent", "most_changed_percent", "most_emptied_percent", "most_unknown_percent"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one is named first; it is switched on once it has a query and a mapping."""
        return super().get_fields(request, obj) if obj else [*FIRST, "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: SyncDefinition | None = None) -> tuple[str, ...]:
        return ("slug", "keeps_contacts") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: SyncDefinition | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def get_inlines(self, request: HttpRequest, obj: SyncDefinition | None) -> Any:
        return self.inlines if obj else ()

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: SyncDefinition, form: Any, change: bool) -> None:
        if change and set(form.changed_data) <= {"reason"}:
            # Only its mapping changes, which has a record of its own.
            return
        if not change:
            obj.enabled = False
        super().save_model(request, obj, form, change)
        schedule_of(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if formset.has_changed():
                _record_mapping(request, form, formset)

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, Callable[..., HttpResponse]] = {
            "run-now": self.run_now,
            "dry-run": self.dry_run,
            "preview": self.preview,
            "propose-query": self.propose_query,
            "approve-query": self.approve_query,
            "refuse-query": self.refuse_query,
        }
        name = "sync_syncdefinition_{}"
        wrap = self.admin_site.admin_view
        own = [path(f"<int:pk>/{url}/", wrap(page), name=name.format(url.replace("-", "_"))) for url, page in pages.items()]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        definition = self.get_object(request, object_id)
        context = definition_page(definition, request.user) if isinstance(definition, SyncDefinition) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def run_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        sentence = "The sync starts on its own cluster at once: it reads the source and sends only what changed."
        return self._start(request, pk, "Run now", sentence, run_now)

    def dry_run(self, request: HttpRequest, pk: int) -> HttpResponse:
        sentence = "The source is read and compared, nothing is stored or sent; the run shows what would be."
        return self._start(request, pk, "Dry run", sentence, dry_run)

    def _start(self, request: HttpRequest, pk: int, label: str, sentence: str, start: Callable[..., Any]) -> HttpResponse:
        require(request, OPERATE)
        definition = get_object_or_404(SyncDefinition, pk=pk)
        question = Question(f"{label}: {definition}", sentence, label, reverse(PAGE, args=[pk]))

        def act(answers: Mapping[str, Any]) -> str:
            return f"Started {start(request.user, answers['reason'], definition)}. Its page shows how far it is."

        return ask_then_do(request, self.admin_site, question, act)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asked for by POST, so that no address stands in a log; recorded, since it shows a person's values."""
        require(request, VIEW)
        require(request, SEES_PEOPLE)
        definition = get_object_or_404(SyncDefinition, pk=pk)
        form = PersonForm(request.POST if request.method == "POST" else None)
        found = preview(definition, form.cleaned_data["email"]) if form.is_valid() else None
        if found is not None:
            selection = {"definition": pk, "email": found.email}
            record(request.user, "view", f"preview of {definition}"[:200], selection, 1, "Preview", found.words)
        context = {"title": f"What {definition} would send", "definition": definition, "form": form, "preview": found}
        return TemplateResponse(request, "admin/sync/preview.html", {**self.admin_site.each_context(request), **context})

    def propose_query(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        definition = get_object_or_404(SyncDefinition, pk=pk)
        question = Question(
            title=f"Propose another query for {definition}",
            sentence="It runs once a second person with the same permission has approved it; until then the present one does.",
            submit="Propose",
            back=reverse(PAGE, args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> str:
            propose_query(definition, _user(request), answers["reason"], answers["query"])
            return "Proposed. Another person approves or refuses it."

        initial = {"query": definition.proposed_query or definition.query}
        return ask_then_do(request, self.admin_site, question, act, partial(QueryForm, initial=initial))

    def approve_query(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, "Approve", "The next run reads by it.", approve_query)

    def refuse_query(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, "Refuse", "The query stays as it is, and the proposal is gone.", refuse_query)

    def _decide(self, request: HttpRequest, pk: int, label: str, sentence: str, decide: Callable[..., None]) -> HttpResponse:
        require(request, PERMISSION)
        definition = get_object_or_404(SyncDefinition.objects.select_related("proposed_by"), pk=pk)
        question = Question(
            title=f"{label} the query proposed for {definition}",
            sentence=f"Proposed by {definition.proposed_by or 'nobody'}. {sentence}",
            submit=label,
            back=reverse(PAGE, args=[pk]),
            hidden=[("seen", digest(definition))],
            count=None if definition.proposed_query else 0,
            template=SHOWN,
            shown={"pieces": query_diff(definition.query, definition.proposed_query)},
        )

        def act(answers: Mapping[str, Any]) -> str:
            decide(definition, _user(request), answers["reason"], request.POST.get("seen", ""))
            return f"{label}d: the query proposed for {definition}."

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="by itself")
    def starts(self, definition: SyncDefinition) -> str:
        return schedule_in_words(definition)


def _user(request: HttpRequest) -> User:
    # require() has seen that somebody is signed in.
    assert isinstance(request.user, User)  # noqa: S101 - for the types alone
    return request.user


def _record_mapping(request: HttpRequest, form: Any, formset: Any) -> None:
    changed = {str(row): names for row, names in formset.changed_objects}
    told = {
        "definition": form.instance.pk,
        "added": [str(row) for row in formset.new_objects],
        "changed": changed,
        "removed": [str(row) for row in formset.deleted_objects],
    }
    count = len(formset.new_objects) + len(changed) + len(formset.deleted_objects)
    record(request.user, "change the mapping", f"sync definition {form.instance}"[:200], told, count, form.cleaned_data["reason"])
