"""The page of the withdrawal clock: how long withdrawals took, and which ones still wait, for what and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from contacts.consent.clock import THRESHOLDS, running, times, unanswered, unread, waiting
from contacts.consent.waiting import Waiting, explain, explain_unread
from contacts.models import Contact
from iterable_admin.audit.asking import require
from iterable_admin.audit.recording import record

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

# The page names people by their contacts.
PERMISSION = "contacts.view_contact"
PERIODS = (1, 7, 30, 90)
A_PAGE = 50


class WithClock(_ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        clock = path("clock/", self.admin_site.admin_view(self.clock), name="consent_subscriptionchange_clock")
        return [clock, *super().get_urls()]

    def clock(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        days = chosen(request.GET.get("days", ""))
        now = timezone.now()
        page = Paginator(waiting(), A_PAGE).get_page(request.GET.get("page"))
        explained = [
            *(explain_unread(list(unread()[:A_PAGE]), now) if page.number == 1 else ()),
            *explain(list(page.object_list), now),
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": "The withdrawal clock",
            "days": days,
            "periods": PERIODS,
            "thresholds": THRESHOLDS,
            "times": times(now - timedelta(days=days)),
            "running": running(now),
            "page": page,
            "waiting": [(row, contact) for row, contact in zip(explained, contacts_of(explained), strict=True)],
            # Cheaper than their own count.
            "absent": unanswered().count() - page.paginator.count,
        }
        _note_look(request, context["waiting"], page.number)
        return TemplateResponse(request, "admin/consent/clock.html", context)


def _note_look(request: HttpRequest, waiting: Sequence[tuple[Waiting, Contact | None]], page: int) -> None:
    """Each look at people behind a count is written down."""
    if number := sum(contact is not None for _, contact in waiting):
        record(request.user, "view people", "the withdrawal clock", {"page": page}, number, "", f"{number} people shown.")


def chosen(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in PERIODS else 30


def contacts_of(rows: list[Waiting]) -> list[Contact | None]:
    keys = [row.address_key for row in rows]
    by_key = {contact.address_key: contact for contact in Contact.objects.filter(address_key__in=keys)}
    return [by_key.get(key) for key in keys]
