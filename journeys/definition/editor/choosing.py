"""What the fields of the forms offer: what is known here. A value that is not known any more stays to be chosen."""

from __future__ import annotations

from contacts.conditions.catalogue import OF_PERSON
from contacts.consent.models import Channel, List, MessageType
from contacts.intake.models import EventType
from journeys.definition.values import MOMENTS
from journeys.models import Campaign, Journey, Template

Choices = list[tuple[str, str]]
MOST = 500
"""Of what Iterable may hold thousands of, those named first."""
NONE = ("", "none")
DO_NOT_USE = "! {name}: do not use"


def message_types(now: str = "") -> Choices:
    """Those not to be used are marked, and stand last."""
    rows = (
        MessageType.objects.filter(missing_since=None).order_by("do_not_use", "channel__name", "name").select_related("channel")
    )
    told = [(row.name, _marked(f"{row.name} ({row.channel})", row.do_not_use)) for row in rows]
    return with_now([("", "choose a message type"), *told], now)


def targets(now: str = "") -> Choices:
    """Message types and channels, each as `kind:name`."""
    types = [(f"message_type:{name}", f"Message type {label}") for name, label in message_types()[1:]]
    channels = [
        (f"channel:{name}", f"Channel {name}") for name in Channel.objects.order_by("name").values_list("name", flat=True)
    ]
    return with_now([("", "choose a message type or channel"), *types, *channels], now)


def events(now: str = "") -> Choices:
    names = EventType.objects.order_by("name").values_list("name", flat=True)
    return with_now([NONE, *((name, name) for name in names)], now)


def lists(*now: int | None) -> Choices:
    rows = List.objects.order_by("name", "iterable_id")[:MOST]
    told = [(str(row.iterable_id), f"{row.name} ({row.iterable_id})") for row in rows]
    for one in now:
        told = with_now(told, str(one or ""))
    return told


def journeys(now: str = "") -> Choices:
    names = Journey.objects.order_by("name").values_list("name", flat=True).distinct()[:MOST]
    return with_now([NONE, *((name, name) for name in names)], now)


def campaigns(workflow_id: int | None, now: int | None = None) -> Choices:
    """Those of the journey first."""
    rows = Campaign.objects.filter(missing_since=None, campaign_type=Campaign.TRIGGERED).order_by("name", "iterable_id")[:MOST]
    mine = sorted(rows, key=lambda row: row.workflow_id is None or row.workflow_id != workflow_id)
    return with_now([NONE, *((str(row.iterable_id), f"{row} ({row.iterable_id})") for row in mine)], str(now or ""))


def templates(now: int | None = None) -> Choices:
    rows = Template.objects.filter(missing_since=None).order_by("name", "iterable_id")[:MOST]
    return with_now([NONE, *((str(row.iterable_id), f"{row} ({row.iterable_id})") for row in rows)], str(now or ""))


def moments() -> Choices:
    return [(name, f"{OF_PERSON[name].label} ({OF_PERSON[name].unit})") for name in MOMENTS]


def with_now(told: Choices, now: str) -> Choices:
    return told if not now or now in dict(told) else [*told, (now, f"{now}, not known here")]


def _marked(name: str, marked: bool) -> str:
    return DO_NOT_USE.format(name=name) if marked else name
