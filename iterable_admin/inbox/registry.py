"""What each door's events mean: a handler that acts on them, a reader of bodies. Rooms above fill it when their app is ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iterable_admin.errors import Misconfigured
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import Incoming


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an event ended, in words."""

    state: Event.State
    code: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()  # added to the event's own


ERASED = Verdict(Event.State.SKIPPED, "erased", "The person was erased.")

# Called inside a transaction, with events of one door and of different people, and gives one verdict for each, in order.
# Whatever it raises rolls everything back; the events are then handled one by one, so that only the guilty one is parked.
Handler = Callable[[Sequence[Event]], list[Verdict]]

# Called with a rejected event and a body to be read in its stead; the result's `errors` say what is still wrong.
Reader = Callable[[Event, str], Incoming]

_handlers: dict[str, Handler] = {}
_readers: dict[str, Reader] = {}


def register(door: str, handler: Handler) -> None:
    _handlers[door] = handler


def handler_for(door: str) -> Handler:
    try:
        return _handlers[door]
    except KeyError:
        raise Misconfigured(f"No handler is registered for the door {door!r}: is its app in INSTALLED_APPS?") from None


def register_reader(door: str, reader: Reader) -> None:
    _readers[door] = reader


def reader_for(door: str) -> Reader:
    try:
        return _readers[door]
    except KeyError:
        raise Misconfigured(f"No reader is registered for the door {door!r}: is its app in INSTALLED_APPS?") from None
