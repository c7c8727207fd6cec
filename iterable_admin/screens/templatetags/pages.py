"""What the templates of joined pages need: pills, moments, payloads, and the panels that look across rooms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AnonymousUser, User
from django.template.context import Context
from django.utils.safestring import SafeString

from contacts.intake.models import EventType, Reconciliation
from contacts.intake.reconciling import next_step_of_reconciliation
from contacts.models import Contact
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.next_steps import next_step_of_row, next_step_of_run
from iterable_admin.audit import pills
from iterable_admin.audit.notices import RETRYABLE
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.next_steps import next_step as next_step_of_event
from iterable_admin.outbox.models import Attempt, Delivery
from iterable_admin.outbox.next_steps import next_step as next_step_of_delivery
from iterable_admin.outbox.noticing import sentences
from iterable_admin.redaction import redact
from iterable_admin.screens import first_sentences, joining
from iterable_admin.screens.curls import event_curl, first_call
from iterable_admin.screens.exchanges import exchange_of, exchanges_of

register = template.Library()


@register.simple_tag
def pill(state: str, label: str) -> SafeString:
    return pills.pill(state, label)


@register.filter
def moment(value: datetime | None) -> str:
    return pills.moment(value)


@register.filter
def exactly(value: datetime | None) -> str:
    return pills.exact_moment(value)


@register.filter
def span(value: timedelta | None) -> str:
    return pills.span(value)


@register.filter
def pretty(value: Any) -> str:
    """JSON as people read it; what is no JSON stays as it came."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "object", list: "list"}


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@register.filter
def json_type(value: Any) -> str:
    return JSON_TYPES.get(type(value), "-")


@register.filter
def notes(said: Mapping[str, Any]) -> list[str]:
    """What Iterable said in a call besides who failed."""
    return sentences(said)


@register.filter
def next_step(row: Event | Delivery | SyncRun | SyncRow | Reconciliation) -> str:
    match row:
        case Event():
            return next_step_of_event(row)
        case Delivery():
            return next_step_of_delivery(row)
        case SyncRun():
            return next_step_of_run(row)
        case SyncRow():
            return next_step_of_row(row)
        case Reconciliation():
            return next_step_of_reconciliation(row)


@register.filter
def words(code: str) -> str:
    """A reason's code as people say it."""
    return code.replace("_", " ")


def _may(context: Context, permission: str) -> bool:
    user: User | AnonymousUser = context["request"].user
    return user.has_perm(permission)


@register.simple_tag
def caused_by(event: Event) -> list[Delivery]:
    """Asked once, for the sentence and for the panel."""
    return joining.caused_deliveries(event)


@register.simple_tag
def first_sentence(row: Event | Delivery | Attempt, deliveries: Sequence[Delivery] = ()) -> SafeString:
    match row:
        case Event():
            return first_sentences.event_sentence(row, deliveries)
        case Delivery():
            return first_sentences.delivery_sentence(row)
        case Attempt():
            return first_sentences.attempt_sentence(row)


@register.filter
def without_secrets(text: str) -> str:
    return redact(text)


@register.simple_tag(takes_context=True)
def curl_of(context: Context, event: Event) -> str:
    return event_curl(event, _host(context))


@register.simple_tag(takes_context=True)
def first_call_of(context: Context, source: Source) -> str:
    """With the endpoint of a type of event that takes anything: the shortest body that is accepted."""
    slug = EventType.objects.filter(active=True).order_by("company_only", "pk").values_list("slug", flat=True).first()
    return first_call(source, _host(context), slug or "")


def _host(context: Context) -> str:
    return str(context["request"].build_absolute_uri("/").rstrip("/"))


@register.inclusion_tag("admin/panels/deliveries.html", takes_context=True)
def deliveries_panel(context: Context, row: Event | SyncRow, caused: Sequence[Delivery] | None = None) -> dict[str, Any]:
    """`caused`, where the page has asked for them already."""
    if not _may(context, "outbox.view_delivery"):
        return {"shown": False}
    if isinstance(row, Event):
        rows = joining.caused_deliveries(row) if caused is None else caused
        return {"shown": True, "deliveries": rows, "title": "Deliveries it caused"}
    return {"shown": True, "deliveries": joining.caused_by_row(row), "title": "Deliveries it caused"}


@register.inclusion_tag("admin/panels/callbacks.html", takes_context=True)
def callbacks_panel(context: Context, event: Event) -> dict[str, Any]:
    """Of a source that has an address for them, or had one."""
    sees = event.door == Event.Door.GATEWAY and _may(context, "gateway.view_callback")
    callbacks = joining.callbacks_of(event) if sees else []
    return {
        "shown": sees and bool(callbacks or event.source.callback_url),
        "event": event,
        "callbacks": callbacks,
        "retries": _may(context, "gateway.retry_callback"),
        "retryable": RETRYABLE,
        "checkbox": ACTION_CHECKBOX_NAME,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("admin/panels/exchanges.html", takes_context=True)
def exchanges_panel(context: Context, row: SyncRow) -> dict[str, Any]:
    shown = _may(context, "outbox.view_delivery")
    return {"shown": shown, "deliveries": joining.exchanges_of(row) if shown else []}


@register.inclusion_tag("admin/panels/attempts.html")
def attempts_panel(delivery: Delivery) -> dict[str, Any]:
    return {"delivery": delivery, "exchanges": exchanges_of(delivery, joining.refusals_of(delivery))}


@register.inclusion_tag("admin/panels/refused.html")
def refused_panel(attempt: Attempt) -> dict[str, Any]:
    refusals = joining.refused_in(attempt)
    return {"attempt": attempt, "refusals": refusals, "exchange": exchange_of(attempt, refusals)}


@register.inclusion_tag("admin/panels/cause.html", takes_context=True)
def cause_panel(context: Context, delivery: Delivery) -> dict[str, Any]:
    row = joining.causing_row(delivery) if _may(context, "sync.view_syncrow") else None
    event = joining.causing_event(delivery) if _may(context, "inbox.view_event") else None
    run = delivery.cause_id if delivery.cause == "load" and _may(context, "sync.view_syncrun") else ""
    return {"event": event, "row": row, "run": run, "contact": _contact(context, delivery.lane), "delivery": delivery}


@register.simple_tag(takes_context=True)
def contact_of(context: Context, lane: str) -> Contact | None:
    return _contact(context, lane)


def _contact(context: Context, lane: str) -> Contact | None:
    return joining.contact_of(lane) if _may(context, "contacts.view_contact") else None
