"""Which handler turns which door's events into changes. Rooms above fill it when their app is ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iterable_admin.errors import Misconfigured
from iterable_admin.inbox.models import Event


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an event ended, in words."""

    state: Event.State
    code: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()  # added to the event's own


# Called inside a transaction, with events of one door and of different people, and gives one verdict for each, in order.
# Whatever it raises rolls everything back; the events are then handled one by one, so that only the guilty one is parked.
Handler = Callable[[Sequence[Event]], list[Verdict]]

_handlers: dict[str, Handler] = {}


def register(door: str, handler: Handler) -> None:
    _handlers[door] = handler


def handler_for(door: str) -> Handler:
    try:
        return _handlers[door]
    except KeyError:
        raise Misconfigured(f"No handler is registered for the door {door!r}: is its app in INSTALLED_APPS?") from None
