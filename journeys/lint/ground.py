"""What the rules of one run look at: loaded once, the exposure of all steps computed together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from contacts.consent.clock import Running, running
from contacts.consent.models import MessageType
from contacts.consent.resolver.exposing import Exposure, exposure_of
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.person import Suppressions
from contacts.consent.resolver.records import AsOf
from journeys.definition.described import Described, standing
from journeys.models import Journey
from journeys.steps import Step, running_steps


@dataclass
class Ground:
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def steps(self) -> list[Step]:
        """Of running journeys and blasts."""
        return running_steps()

    @cached_property
    def journeys(self) -> list[Journey]:
        """Those that take people in, no folders of them; one that the mirror has not met yet may."""
        there = Journey.objects.filter(missing_since=None, workflow_id__isnull=False)
        return [row for row in there if row.enabled is not False and not row.archived]

    @cached_property
    def described(self) -> list[Described]:
        """Drafts, what is in review, and what was approved."""
        return standing()

    @cached_property
    def types(self) -> dict[str, MessageType]:
        """Message types by name."""
        return {row.name: row for row in MessageType.objects.select_related("channel")}

    @cached_property
    def clock(self) -> Running:
        return running(self.now)

    @cached_property
    def starving(self) -> dict[str, list[Journey]]:
        """The journeys that each event starts, by its name in lower case."""
        found: defaultdict[str, list[Journey]] = defaultdict(list)
        for journey in self.journeys:
            for name in triggers_of(journey):
                found[name.casefold()].append(journey)
        return found

    def typed_steps(self) -> Iterator[tuple[Step, MessageType]]:
        """Steps whose template's message type is known."""
        yield from ((step, step.message_type) for step in self.steps if step.message_type)

    @property
    def counted(self) -> bool:
        """Whether a rule has had everybody looked at."""
        return "_exposures" in vars(self)

    def exposure(self, step: Step, message_type: MessageType) -> Exposure:
        return self._exposures[variant_of(step, message_type)]

    @cached_property
    def _exposures(self) -> dict[Variant, Exposure]:
        """One statement over everybody, for all rules; steps that suppress the same lists share theirs."""
        variants = list(dict.fromkeys(variant_of(*typed) for typed in self.typed_steps()))
        types = list(MessageType.objects.select_related("channel"))
        return dict(zip(variants, exposure_of(variants, types, AsOf()), strict=True))


def variant_of(step: Step, message_type: MessageType) -> Variant:
    """The type, less whom the campaign and the journey's start suppress."""
    by_campaign, by_journey = (tuple(sorted(set(ids))) for ids in (step.suppression_list_ids, step.suppressed_by_start))
    return Variant(message_type, Suppressions(by_campaign, by_journey))


def triggers_of(journey: Journey) -> list[str]:
    """What is entered by hand counts until the mirror has met the journey."""
    named = journey.trigger_events or [journey.trigger_event]
    return [name for name in named if name]
