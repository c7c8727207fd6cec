"""What a source signs with: made, rotated and removed on its page; shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.recording import record
from iterable_admin.inbox.models import Source, SourceSecret
from iterable_admin.inbox.source_secrets import create_secret, remove_secret

if TYPE_CHECKING:
    _Reasoned = Reasoned
else:
    _Reasoned = object

PERMISSION = "inbox.manage_token"
FIRST = (
    "From then on every call of {} has to be signed with it: one that is not is refused. It is shown once, on the next page, "
    "and never again: keep it where the caller keeps its secrets, and have the caller ready."
)
SECOND = (
    "It is shown once, on the next page, and never again. The present one goes on working beside it: remove it once the caller "
    "signs with the new one."
)
LAST = "It is the only one: from then on nothing that {} sends is signed, and its token alone lets it in."
NOT_LAST = "From then on {} is refused where it signs with this one. It cannot be undone; a new one can be made."


class Signing(_Reasoned):
    """Gives the page of a source its secrets."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/make-secret/", wrap(self.make_secret), name="inbox_source_make_secret"),
            path("<int:pk>/remove-secret/<int:secret>/", wrap(self.remove_secret), name="inbox_source_remove_secret"),
            *super().get_urls(),
        ]

    def make_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        source = get_object_or_404(Source, pk=pk)
        rotates = source.secrets.filter(removed_at=None).exists()
        question = Question(
            title=f"Rotate the secret of {source}" if rotates else f"Have {source} sign its calls",
            sentence=SECOND if rotates else FIRST.format(source),
            submit="Make the new secret" if rotates else "Make a secret",
            back=reverse("admin:inbox_source_change", args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            secret = create_secret(source)
            record(request.user, "make secret", f"source {source}", {"ids": [str(pk)]}, 1, answers["reason"], "Made.")
            return self.show_once(request, source, "secret", secret)

        return ask_then_do(request, self.admin_site, question, act)

    def show_once(self, request: HttpRequest, source: Source, kind: str, shown: str) -> HttpResponse:
        """`kind`: a token or a secret."""
        context = {"title": f"The new {kind} of {source}", "kind": kind, "shown": shown, "source": source}
        return TemplateResponse(
            request, "admin/inbox/source/shown_once.html", {**self.admin_site.each_context(request), **context}
        )

    def remove_secret(self, request: HttpRequest, pk: int, secret: int) -> HttpResponse:
        require(request, PERMISSION)
        row = SourceSecret.objects.filter(pk=secret, source=pk, removed_at=None).select_related("source").first()
        if row is None:
            raise Http404("This source has no such active secret.")
        others = row.source.secrets.filter(removed_at=None).exclude(pk=row.pk).exists()
        question = Question(
            title=f"Remove {row} of {row.source}",
            sentence=(NOT_LAST if others else LAST).format(row.source),
            submit="Remove it",
            back=reverse("admin:inbox_source_change", args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> str:
            remove_secret(row)
            ids = {"ids": [str(row.pk)]}
            record(request.user, "remove secret", f"source {row.source}", ids, 1, answers["reason"], "Removed.")
            return f"{row} is removed.".capitalize()

        return ask_then_do(request, self.admin_site, question, act)
