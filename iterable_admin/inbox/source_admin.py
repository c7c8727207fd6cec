"""Sources and their tokens: made and revoked here, shown once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Max, Model, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.maintaining import Reasoned, ReasonedForm
from iterable_admin.audit.pills import moment
from iterable_admin.audit.recording import record
from iterable_admin.inbox.client_credentials import CLIENT_PREFIX
from iterable_admin.inbox.models import RefusedCall, Source, SourceSecret, SourceToken
from iterable_admin.inbox.secret_admin import Signing
from iterable_admin.inbox.source_secrets import active_secrets, is_readable
from iterable_admin.inbox.tokens import ACTIVE_AT_A_TIME, create_token, revoke_token

PERMISSION = "inbox.manage_token"
LATELY = timedelta(days=7)
SHOWN_ONCE = "It is shown once, on the next page, and never again: keep it where the caller keeps its secrets."
ROTATION = "The present one goes on working beside it: revoke it once the caller uses the new one."


def signs_with(object_id: str) -> list[tuple[SourceSecret, bool]]:
    """Its active secrets, and whether each can be read."""
    of_source = active_secrets().filter(source_id=object_id) if object_id.isdecimal() else ()
    return [(secret, is_readable(secret)) for secret in of_source]


def refused_lately(object_id: str) -> int:
    lately = RefusedCall.objects.filter(source_id=object_id if object_id.isdecimal() else 0, last_at__gte=timezone.now() - LATELY)
    return lately.aggregate(calls=Sum("count"))["calls"] or 0


class SourceForm(ReasonedForm):
    scopes = forms.MultipleChoiceField(choices=Source.Scope.choices, widget=forms.CheckboxSelectMultiple, required=False)


@admin.register(Source)
class SourceAdmin(Signing, Reasoned):
    form = SourceForm
    list_display = ("name", "active", "may", "tokens_active", "last_used", "created")
    list_filter = ("active",)
    ordering = ("name",)
    search_words = ("name",)
    fields = ("name", "scopes", "active", "callback_url", "notes")
    change_form_template = "admin/inbox/source/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/make-token/", wrap(self.make_token), name="inbox_source_make_token"),
            path("<int:pk>/revoke-token/<int:token>/", wrap(self.revoke_token), name="inbox_source_revoke_token"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tokens = SourceToken.objects.filter(source_id=object_id) if object_id.isdecimal() else SourceToken.objects.none()
        manages = request.user.has_perm(PERMISSION)
        active = [token for token in tokens if token.revoked_at is None]
        context = {"tokens": tokens, "manages": manages, "active": active, "limit": ACTIVE_AT_A_TIME}
        context |= {
            "client_id": f"{CLIENT_PREFIX}{object_id}",
            "secrets": (secrets := signs_with(object_id)),
            "unreadable": [secret for secret, readable in secrets if not readable],
            "refused": refused_lately(object_id),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        active = Count("tokens", filter=Q(tokens__revoked_at=None))
        sources: QuerySet[Any] = (
            super().get_queryset(request).annotate(tokens_active=active, last_used_at=Max("tokens__last_used_at"))
        )
        return sources

    def make_token(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        source = get_object_or_404(Source, pk=pk)
        rotates = source.tokens.filter(revoked_at=None).exists()
        question = Question(
            title=f"Rotate the token of {source}" if rotates else f"Make a token for {source}",
            sentence=f"{SHOWN_ONCE} {ROTATION if rotates else ''}".strip(),
            submit="Make the new token" if rotates else "Make a token",
            back=reverse("admin:inbox_source_change", args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            token = create_token(source)
            told = f"Made {token[:12]}…"
            record(request.user, "make token", f"source {source}", {"ids": [str(pk)]}, 1, answers["reason"], told)
            return self.show_once(request, source, "token", token)

        return ask_then_do(request, self.admin_site, question, act)

    def revoke_token(self, request: HttpRequest, pk: int, token: int) -> HttpResponse:
        require(request, PERMISSION)
        row = SourceToken.objects.filter(pk=token, source=pk, revoked_at=None).select_related("source").first()
        if row is None:
            raise Http404("This source has no such active token.")
        question = Question(
            title=f"Revoke {row}",
            sentence=f"From then on {row.source} is refused with this token. It cannot be undone; a new one can be made.",
            submit="Revoke it",
            back=reverse("admin:inbox_source_change", args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> str:
            revoke_token(row)
            record(request.user, "revoke token", f"source {row.source}", {"ids": [row.prefix]}, 1, answers["reason"], "Revoked.")
            return f"{row} is revoked."

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="may")
    def may(self, source: Source) -> str:
        return ", ".join(source.scopes) or "nothing"

    @admin.display(description="active tokens")
    def tokens_active(self, source: Any) -> str:
        return str(source.tokens_active or "! none: nobody can call")

    @admin.display(description="last used")
    def last_used(self, source: Any) -> str:
        return moment(source.last_used_at) if source.last_used_at else "never"

    @admin.display(description="created", ordering="created_at")
    def created(self, source: Source) -> str:
        return moment(source.created_at)


@admin.register(SourceToken)
class SourceTokenAdmin(ReadOnly):
    list_display = ("prefix", "source", "created", "last_used", "revoked")
    list_select_related = ("source",)
    ordering = ("-created_at", "-id")
    search_words = ("prefix",)
    # Never the digest: nobody needs to see it.
    fields = ("prefix", "source", "created", "last_used", "revoked")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(PERMISSION)

    @admin.display(description="made", ordering="created_at")
    def created(self, token: SourceToken) -> str:
        return moment(token.created_at)

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, token: SourceToken) -> str:
        return moment(token.last_used_at)

    @admin.display(description="revoked", ordering="revoked_at")
    def revoked(self, token: SourceToken) -> str:
        return moment(token.revoked_at)
