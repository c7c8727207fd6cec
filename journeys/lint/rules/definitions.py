"""What is wrong with a journey as somebody described it: told with each save, before it is approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dateutil.relativedelta import relativedelta
from django.conf import settings

from contacts.sync.models import FieldMapping
from journeys.definition.described import Described
from journeys.definition.describing import name_of, period, step_words
from journeys.definition.graph import ChangeSubscription, GoTo, Graph, Message
from journeys.definition.models import JourneyVersion
from journeys.definition.soundness import in_circles, troubles
from journeys.definition.waits import arrivals
from journeys.lint.ground import Ground
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.subjects import of_version

EDITS = "The campaigns owner edits the draft, or begins another version."
SOME_YEAR = 2_026


class OfVersions(Rule):
    """A rule that looks at each version by itself."""

    def find(self, ground: Ground) -> Iterator[Found]:
        for described in ground.described:
            yield from self.look(described, ground)


@register
class JRN01(OfVersions):
    """A description that nobody can follow.

    A step that no way leads to, percentages that do not add up to 100, a circle without a delay, a message type that is not known
    here; or it cannot be read any more, because a field that it asks for is gone.
    """

    code, severity, title = "JRN01", Severity.BLOCKING, "description that nobody can follow"

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        about = of_version(described.version)
        if described.graph is None:
            yield Found(about, described.problem, EDITS, part="unreadable")
            return
        for key, words in troubles(described.graph):
            yield Found(about, words, EDITS, evidence={"step": key}, part=key)
        for step in described.graph.steps:
            if isinstance(step, Message) and step.message_type not in ground.types:
                words = f"Step {step.name} uses the message type {step.message_type}, which is not known here."
                yield Found(about, words, EDITS, evidence={"step": step.key}, part=f"type:{step.key}")


@register
class JRN02(OfVersions):
    """Entered by an update of a field that the sync writes, without a lifetime limit: each sync may let everybody in again."""

    code, severity, title = "JRN02", Severity.WARNING, "entry by what the sync writes"

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        start = described.graph.start if described.graph else None
        if start is None or start.entry.kind != "profile_update" or start.lifetime_limit is not None:
            return
        if start.entry.field.split(".")[0] in written_by_the_sync():
            sentence = f"Entered by each update of {start.entry.field}, which the sync writes, as often as it does."
            next_step = f"The campaigns owner sets a lifetime limit in Iterable. {EDITS}"
            yield Found(of_version(described.version), sentence, next_step, evidence={"field": start.entry.field})


def written_by_the_sync() -> set[str]:
    """The names of profile fields in Iterable, of an array the array's own."""
    named = FieldMapping.objects.filter(enabled=True, definition__enabled=True).values_list("field", flat=True)
    return {name.split(".")[0] for name in named}


@register
class JRN04(OfVersions):
    """Several messages, or a circle, and no exit rule: whoever reached the goal, or asked to be left alone, is mailed on."""

    code, severity, title = "JRN04", Severity.WARNING, "no exit rule"

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        if described.graph is None or described.graph.start.exit_rules:
            return
        messages = sum(isinstance(step, Message) for step in described.graph.steps)
        next_step = "The campaigns owner adds an exit rule in Iterable, and here."
        if messages and in_circles(described.graph):
            sentence = "It leads in a circle and has no exit rule: whoever is in it goes round as long as Iterable lets them."
            yield Found(of_version(described.version), sentence, next_step, evidence={"messages": messages})
        elif messages > 1:
            sentence = f"It has {messages} messages and no exit rule: whoever reached its goal gets the rest all the same."
            yield Found(of_version(described.version), sentence, next_step, evidence={"messages": messages})


@register
class SUB07(OfVersions):
    """A step subscribes people, or leads into a journey with one that does: who had opted out is mailed again.

    Only an act of the person's own lifts a withdrawal.
    """

    code, severity, title = "SUB07", Severity.BLOCKING, "step that subscribes people"

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        if described.graph is None:
            return
        for step in described.graph.steps:
            words = step_words(step) if _subscribes(step) else ""
            if isinstance(step, GoTo) and step.journey in subscribing(ground):
                words = f"leads into {step.journey}, which subscribes people"
            if words:
                sentence = f"Step {name_of(step)} {words}: those who had opted out, too."
                next_step = f"The campaigns owner takes the step out in Iterable, and here. {EDITS}"
                yield Found(of_version(described.version), sentence, next_step, evidence={"step": step.key}, part=step.key)


def _subscribes(step: object) -> bool:
    return isinstance(step, ChangeSubscription) and step.subscribe


def subscribing(ground: Ground) -> set[str]:
    """Names of journeys with a standing version that subscribes people."""
    return {
        described.version.journey.name
        for described in ground.described
        if described.graph and any(_subscribes(step) for step in described.graph.steps)
    }


@register
class DAT01(OfVersions):
    """A wait reaches past the time for which accounts are kept in sync: people vanish in the middle of the journey.

    Counted from an account's creation, so whoever enters later is gone sooner.
    """

    code, severity, title = "DAT01", Severity.WARNING, "longer than people are kept"

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        late = _late(described.graph) if described.graph else []
        if described.graph is None or not late:
            return
        key, hours = late[0]
        step, days = described.graph.step(key), kept_days()
        sentence = (
            f"{len(late)} of its messages may come later than {days} days after the entry, up to {period(late[-1][1])}: "
            f"accounts older than {settings.SYNC_WINDOW_MONTHS} months are no longer kept in sync."
        )
        next_step = "The campaigns owner shortens the waits, or asks the technical owner for a longer window."
        evidence = {"first": key, "name": name_of(step) if step else key, "after_hours": hours, "kept_days": days}
        yield Found(of_version(described.version), sentence, next_step, evidence=evidence)


def _late(graph: Graph) -> list[tuple[str, float]]:
    """Messages that come after the window is over, with the hours, the first to come first."""
    came = {key: arrival.latest for key, arrival in arrivals(graph).items() if isinstance(graph.step(key), Message)}
    late = [(key, hours) for key, hours in came.items() if hours > kept_days() * 24]
    return sorted(late, key=lambda found: found[1])


def kept_days() -> int:
    """The fewest days that the window's months may have."""
    months = relativedelta(months=settings.SYNC_WINDOW_MONTHS)
    firsts = (date(SOME_YEAR, month, 1) for month in range(1, 13))
    return min((first + months - first).days for first in firsts)


def newest_of_each(ground: Ground) -> dict[int, Described]:
    """By journey: what is approved, else what is in the making."""
    found: dict[int, Described] = {}
    for described in ground.described:
        key = described.version.journey_id
        if described.graph and (key not in found or described.version.state == JourneyVersion.State.APPROVED):
            found[key] = described
    return found
