"""The page that the team's handbook has by hand: who is who, data fields, message types and journeys, as they are now."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from contacts.consent.models import MessageType
from contacts.intake.models import EventType
from contacts.sync.models import SyncDefinition
from iterable_admin.audit.asking import require
from iterable_admin.audit.models import Dri
from iterable_admin.audit.pills import moment_text
from iterable_admin.screens.markdown import Cell, Row, Section, Table, document
from journeys.lint.ground import triggers_of
from journeys.models import Journey
from journeys.pages.state import STATES, link_into_iterable, state_of

# What everybody with a role may see, and nobody without one.
PERMISSION = "journeys.view_journey"
TITLE = "Iterable: what we send it, and what it sends"
VACANT = "TBD (vacant)"


def handbook_view(request: HttpRequest) -> HttpResponse:
    require(request, PERMISSION)
    sections, as_of = list(handbook()), moment_text(timezone.now())
    text = document(TITLE, f"Made from the running instance, as of {as_of}.", sections)
    context = {**admin.site.each_context(request), "title": "The handbook page", "sections": sections, "markdown": text}
    return TemplateResponse(request, "admin/handbook.html", context | {"as_of": as_of})


def handbook() -> Iterator[Section]:
    yield Section("DRIs", "Who is directly responsible.", [_dris()])
    yield from _events()
    yield from _syncs()
    yield Section("Subscription preferences", "Each message type belongs to a channel and has its own policy.", [_types()])
    yield Section("Journeys", "What starts them, and who owns them.", [_journeys()])


def _dris() -> Table:
    return Table(("Role", "Person"), [(dri.get_role_display(), dri.name or VACANT) for dri in Dri.objects.all()])


def _events() -> Iterator[Section]:
    """Its data fields keep their names on the way: on the event, and on the profile."""
    for kind in EventType.objects.select_related("subscribes_to"):
        rows: list[Row] = [(item["name"], item.get("type", ""), _goes_out(kind, item["name"])) for item in kind.fields]
        yield Section(f"Custom event: {kind.name}", _about(kind), [Table(("Data field", "Type", "In Iterable"), rows)])


def _goes_out(kind: EventType, name: str) -> str:
    return name if kind.active and kind.forward else "not sent"


def _about(kind: EventType) -> str:
    told = [kind.notes] if kind.notes else []
    if not kind.active:
        told.append("Switched off.")
    elif not kind.forward:
        told.append("It is not sent to Iterable.")
    if kind.company_only:
        told.append("Personal sign-ups are kept here and not sent.")
    if kind.subscribes_to:
        told.append(f"An opt-in is recorded for {kind.subscribes_to}.")
    if kind.aliases:
        told.append(f"Also known as {', '.join(kind.aliases)}.")
    return " ".join(told)


def _syncs() -> Iterator[Section]:
    heads = ("Data field", "In Iterable", "Type", "Sent")
    for definition in SyncDefinition.objects.prefetch_related("mappings"):
        rows: list[Row] = [
            (row.source.rpartition(".")[2], row.field, row.get_type_display(), "✓ on" if row.enabled else "- off")
            for row in definition.mappings.all()
        ]
        state = "" if definition.enabled else "This sync is switched off. "
        kind = f"As the custom event {definition.event_name}. " if definition.event_name else "As fields of the profile. "
        yield Section(f"Data sync: {definition}", f"{state}{kind}{definition.notes}".strip(), [Table(heads, rows)])


def _types() -> Table:
    rows: list[Row] = [
        (row.channel.name, row.name, row.get_policy_display(), _use(row)) for row in MessageType.objects.select_related("channel")
    ]
    return Table(("Channel", "Message type", "Policy", "Notes"), rows)


def _use(row: MessageType) -> str:
    told = ["Must not be used."] if row.do_not_use else []
    return " ".join([*told, *([row.notes] if row.notes else []), *(["No longer in Iterable."] if row.missing_since else [])])


def _journeys() -> Table:
    rows: list[Row] = [
        (
            Cell(row.name, link_into_iterable(row)),
            STATES[state_of(row)][1],
            ", ".join(triggers_of(row)) or "no event",
            row.get_purpose_display() if row.purpose else "not said",
            _owners(row),
        )
        for row in Journey.objects.all()
    ]
    return Table(("Journey", "State", "Started by", "Purpose", "Owners"), rows)


def _owners(row: Journey) -> str:
    held = [name for name in (row.business_owner, row.technical_owner, row.campaigns_owner) if name]
    return ", ".join(dict.fromkeys(held)) or VACANT
