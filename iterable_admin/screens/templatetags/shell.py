"""What stands around every page: the sending switch, the way to its help, the filters of a list, and what an empty one says."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.template.context import Context
from django.utils.text import capfirst
from django.utils.translation import gettext

from iterable_admin.audit.pills import TONES
from iterable_admin.outbox.models import SendingSwitch
from iterable_admin.outbox.switching import mode
from iterable_admin.screens.emptiness import filled_by
from iterable_admin.screens.help.topics import topic

register = template.Library()

SHORT = {SendingSwitch.Mode.LIVE: "live", SendingSwitch.Mode.OBSERVE: "observing", SendingSwitch.Mode.PAUSED: "paused"}


@register.inclusion_tag("admin/shell/sending.html", takes_context=True)
def sending_state(context: Context) -> dict[str, Any]:
    """One look-up by key with every page: nobody should have to ask whether anything leaves."""
    switch = SendingSwitch.objects.filter(pk=1).first() or SendingSwitch()
    effective = mode(switch)
    tone, glyph = ("bad", "!") if switch.halted_at else TONES[effective.value]
    may_look = context["request"].user.has_perm("outbox.view_sendingswitch")
    return {"word": "halted" if switch.halted_at else SHORT[effective], "tone": tone, "glyph": glyph, "linked": may_look}


@register.simple_tag(takes_context=True)
def help_url(context: Context) -> str:
    match = context["request"].resolver_match
    opts = context.get("opts")
    return topic(opts.model_name if opts else "", match.url_name if match else "")


@register.simple_tag(takes_context=True)
def current_page(context: Context) -> str:
    """Where one is among the pages of the navigation, the closest alone: a page may stand below another's list."""
    path = context["request"].path
    urls = [str(page["admin_url"]) for task in context.get("available_apps") or () for page in task["models"]]
    return max((url for url in urls if _is_at(url, path)), key=len, default="")


def _is_at(url: str, path: str) -> bool:
    """The dashboard is itself alone; a list is current on the pages of its rows as well."""
    return path == url or (url.count("/") > 2 and path.startswith(url))


@register.simple_tag(takes_context=True)
def page_title(context: Context) -> str:
    """Django calls the page of a row that cannot be changed "View event": what it shows is an event."""
    title, opts = str(context.get("title", "")), context.get("opts")
    kind = str(opts.verbose_name) if opts else ""
    return capfirst(kind) if kind and title == gettext("View %s") % kind else title


@register.filter
def active_filters(changes: ChangeList, specs: list[Any]) -> list[str]:
    """What narrows the list, in words. The first choice of a filter is the one that does not."""
    chosen = ((spec.title, _chosen(list(spec.choices(changes)))) for spec in specs)
    return [f"{title}: {choice}" for title, choice in chosen if choice]


def _chosen(choices: list[dict[str, Any]]) -> str:
    selected = [str(choice["display"]) for choice in choices[1:] if choice["selected"]]
    return ", ".join(selected)


@register.simple_tag
def what_fills(changes: ChangeList) -> str:
    return filled_by(changes.opts.model_name or "")
