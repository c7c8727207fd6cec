"""The search box of the header. Terms are posted: an address in a query string would stand in logs and histories."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from contacts.sync.models import SyncRow
from iterable_admin.addresses import normalise_email
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.screens.roles import require_role
from iterable_admin.screens.search import MOST_HITS, Found, find
from journeys.links import NotIterable

BY_ADDRESS = (
    ("events", Event, "inbox_event", "inbox.view_event"),
    ("deliveries", Delivery, "outbox_delivery", "outbox.view_delivery"),
    ("rows of the sync", SyncRow, "sync_syncrow", "sync.view_syncrow"),
)
NOTHING = Found([], [])


class SearchForm(forms.Form):
    q = forms.CharField(max_length=1000, strip=True)


def search_page(request: HttpRequest) -> HttpResponse:
    """One hit goes straight to its page; several, or none, are told."""
    require_role(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _told(request, "", NOTHING, "Type or paste something to look for." if form.is_bound else "")
    term = form.cleaned_data["q"]
    try:
        found = find(term, request.user)
    except NotIterable as mend:
        return _told(request, term, NOTHING, str(mend))
    return HttpResponseRedirect(found.hits[0].url) if len(found.hits) == 1 else _told(request, term, found)


def _told(request: HttpRequest, term: str, found: Found, problem: str = "") -> HttpResponse:
    lists = [] if found.hits else _lists_of(term, request.user)
    context = {
        **admin.site.each_context(request),
        "title": "Search",
        "term": term,
        "hits": found.hits,
        "longer": found.longer,
        "most": MOST_HITS,
        "lists": lists,
        "problem": problem,
    }
    return TemplateResponse(request, "admin/search.html", context)


def _lists_of(term: str, user: User | AnonymousUser) -> list[tuple[str, str]]:
    """Of an address that is no contact's: what came in or went out under it."""
    if "@" not in term or "://" in term:
        return []
    email = normalise_email(term)
    return [
        (words, f"{reverse(f'admin:{view}_changelist')}?{urlencode({'q': email})}")
        for words, model, view, permission in BY_ADDRESS
        if user.has_perm(permission) and model._default_manager.filter(email=email).exists()
    ]
