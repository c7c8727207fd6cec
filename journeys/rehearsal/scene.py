"""What a rehearsal takes place in: the moment people enter, what is known by then, the message types, and who ages out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.conf import settings

from contacts.conditions.frames import Fixed, Frame
from contacts.conditions.tree import All, Compare, Condition, InList, Performed
from contacts.consent.models import MessageType
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.person import Suppressions
from contacts.consent.resolver.records import AsOf
from contacts.sync.window import window_start
from iterable_admin.errors import Permanent
from journeys.definition.graph import Graph, Message
from journeys.rehearsal.conditions_changed import with_conditions
from journeys.rehearsal.spans import Span
from journeys.rehearsal.visits import Visit, unfold

WINDOW_FIELD = "account_created_at"


@dataclass(frozen=True)
class Overlay:
    """What if: types retired, types whose steps use another one, lists suppressed besides, conditions that are others."""

    retired: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)
    suppressed: tuple[int, ...] = ()
    conditions: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """`past`: everything is as it was at `entered`; otherwise as it is known now. `described`: without what is tried."""

    described: Graph
    entered: datetime
    past: bool = False
    overlay: Overlay = field(default_factory=Overlay)

    @cached_property
    def graph(self) -> Graph:
        return with_conditions(self.described, self.overlay.conditions)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        return unfold(self.graph, self.entered)

    @cached_property
    def types(self) -> dict[str, MessageType]:
        return {found.name: found for found in MessageType.objects.select_related("channel")}

    @property
    def as_of(self) -> AsOf:
        return AsOf(self.entered) if self.past else AsOf()

    @property
    def enters(self) -> Condition:
        """Whoever enters: who did the event ever, or is in the list, and fulfils the condition."""
        entry, parts = self.graph.start.entry, [self.graph.start.where]
        if entry.kind == "event" and entry.event:
            parts.insert(0, Performed(entry.event))
        if entry.kind == "list" and entry.list_id is not None:
            parts.insert(0, InList(entry.list_id))
        return All(tuple(parts))

    def frame(self, span: Span, *, sure: bool = True) -> Frame:
        """Of what comes after entry, events are not known."""
        now = Fixed(self.entered)
        told_until = now if span.latest > self.entered else None
        return Frame(Fixed(span.earliest), Fixed(span.latest), sure, told_until, now if self.past else None)

    def variant(self, step: Message) -> Variant | None:
        """None: its type is retired."""
        name = self.overlay.moved.get(step.message_type, step.message_type)
        if name in self.overlay.retired:
            return None
        if name not in self.types:
            raise Permanent(f"Step {step.name or step.key}: there is no message type named {name}. Choose one that Iterable has.")
        lists = tuple(sorted({*self.graph.start.suppress_lists, *self.overlay.suppressed}))
        return Variant(self.types[name], Suppressions(journey=lists))

    def messages(self) -> Iterator[Message]:
        return (step for step in self.graph.steps if isinstance(step, Message))

    def aged(self, moment: datetime) -> Condition:
        """In the window of the sync as they entered, and out of it by then."""
        return All(
            (
                Compare(WINDOW_FIELD, "from", _window(self.entered)),
                Compare(WINDOW_FIELD, "before", _window(moment)),
            )
        )


def _window(moment: datetime) -> str:
    return window_start(moment.date(), settings.SYNC_WINDOW_MONTHS).isoformat()
