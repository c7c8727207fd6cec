"""What the templates of a person's page need."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from contacts.consent.models import Erasure
from contacts.models import Contact, Namespace
from iterable_admin.screens.contact.page import Page, page_of, subscriptions_of
from iterable_admin.screens.joining import PANEL_ROWS
from iterable_admin.screens.live_profiles import PERMISSION

register = template.Library()


@register.simple_tag(takes_context=True)
def page_of_person(context: Context, contact: Contact) -> Page:
    return page_of(contact, context["request"])


@register.inclusion_tag("admin/panels/subscriptions.html", takes_context=True)
def subscriptions_panel(context: Context, person: Erasure) -> dict[str, Any]:
    """The matrix by itself, where the page is about something else of the person."""
    return {"subscriptions": subscriptions_of(person, context["request"]), "request": context["request"]}


@register.inclusion_tag("admin/panels/members.html", takes_context=True)
def members_panel(context: Context, namespace: Namespace) -> dict[str, Any]:
    """The newest of them, for those who may see people."""
    user = context["request"].user
    if not (user.has_perm("contacts.view_membership") and user.has_perm("contacts.view_contact")):
        return {"shown": False}
    rows = list(namespace.memberships.select_related("contact").order_by("-pk")[: PANEL_ROWS + 1])
    return {"shown": True, "namespace": namespace, "members": rows[:PANEL_ROWS], "cut": len(rows) > PANEL_ROWS}


@register.inclusion_tag("admin/panels/compare.html", takes_context=True)
def compare_button(context: Context, contact: Contact) -> dict[str, Any]:
    shown = bool(contact.email) and context["request"].user.has_perm(PERMISSION)
    return {"shown": shown, "contact": contact, "csrf_token": context.get("csrf_token")}
