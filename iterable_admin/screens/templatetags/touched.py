"""The links from a line of the audit to what it was about."""

from __future__ import annotations

from django import template
from django.template.context import Context

from iterable_admin.audit.models import OperatorAction
from iterable_admin.screens.touched import Link
from iterable_admin.screens.touched import touched as links_of

register = template.Library()


@register.simple_tag(takes_context=True)
def touched(context: Context, action: OperatorAction) -> list[Link]:
    return links_of(action, context["request"].user)
