"""The page on which a rejected event's body is mended: as received, a copy to edit, and what is wrong by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.operating import Operated
from iterable_admin.audit.recording import record
from iterable_admin.inbox.mending import Repeated, read_again, take_up
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import Incoming

if TYPE_CHECKING:
    _Operated = Operated
else:
    _Operated = object

PERMISSION = "inbox.replay_event"


class MendForm(ReasonForm):
    """Valid when the body is understood: `incoming` is then what it means."""

    body = forms.CharField(
        label="Mended body",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "cols": 80, "spellcheck": "false", "class": "body-editor"}),
        help_text="What came in stays on record beside it.",
    )
    field_order = ("body", "reason")

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data, initial={"body": editable(event.mended_body or event.raw_body)})
        self.event = event
        self.incoming: Incoming | None = None

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].replace("\r\n", "\n")
        self.incoming = read_again(self.event, body)
        if self.incoming.errors:
            raise forms.ValidationError([f"{field}: {error}" for field, error in self.incoming.errors.items()])
        return str(body)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        # What was not touched is read again, not mended.
        as_received = answers.get("body") == editable(self.event.raw_body)
        return {**answers, "incoming": self.incoming, "mended": "" if as_received else answers.get("body", "")}


def editable(body: str) -> str:
    """JSON one field a line, in its own order; anything else as it came."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


class Mended(_Operated):
    """Gives the pages of events the button and the form."""

    def get_urls(self) -> list[URLPattern]:
        mend = path("<int:pk>/mend/", self.admin_site.admin_view(self.mend), name="inbox_event_mend")
        return [mend, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"mends": request.user.has_perm(PERMISSION), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def mend(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        event = Event.objects.select_related("source").filter(pk=pk, state=Event.State.REJECTED).exclude(raw_body="").first()
        if event is None:
            raise Http404("No such rejected event, or its body is no longer kept.")
        act = partial(_take_up, request, event)
        return ask_then_do(request, self.admin_site, _question(event), act, partial(MendForm, event=event))


def _question(event: Event) -> Question:
    return Question(
        title=f"Mend event {event.pk}",
        sentence="The mended body is read as if the caller had sent it. Once it is understood, the event is processed.",
        submit="Read it, and process it",
        back=_page(event),
        template="admin/inbox/event/mend.html",
        shown={"event": event},
    )


def _take_up(request: HttpRequest, event: Event, answers: Mapping[str, Any]) -> str | HttpResponse:
    try:
        take_up(event, answers["incoming"], answers["mended"])
    except Repeated as repeated:
        link = format_html('<a href="{}">event {}</a>', _page(repeated.first), repeated.first.pk)
        messages.error(request, format_html("{} See {}.", str(repeated), link))
        return HttpResponseRedirect(_page(event))
    told = "Mended: it is processed next." if answers["mended"] else "Read again, and understood: it is processed next."
    record(request.user, "mend", f"event {event.uuid}", {"ids": [str(event.pk)]}, 1, answers["reason"], told)
    return told


def _page(event: Event) -> str:
    return reverse("admin:inbox_event_change", args=[event.pk])
