"""One person's way through a journey, in Python: the same questions as the statement asks of everybody, answered one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contacts.conditions.facts import Facts
from contacts.conditions.tracing import trace
from contacts.consent.resolver.person import Suppressions, Verdicts, verdicts_of
from contacts.consent.resolver.records import Record
from contacts.consent.resolver.rules import SEND
from journeys.definition.graph import Message
from journeys.rehearsal.bounding import Answers, Bounds, Said, bounds
from journeys.rehearsal.causes import cause_in_words
from journeys.rehearsal.counting import RETIRED
from journeys.rehearsal.looking import Look
from journeys.rehearsal.questions import PLAIN, Answer, Plain, Question, Share
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.visits import Visit


@dataclass(frozen=True)
class Person:
    """As they were known at the moment of the scene: `record` for what they may be sent, `facts` for all else."""

    record: Record
    facts: Facts

    @property
    def address_key(self) -> str:
        return self.record.address_key


def walk(scene: Scene, person: Person) -> Bounds | None:
    """What surely becomes of them, and what may; None: they do not enter."""
    if not enters(scene, person):
        return None
    return bounds(scene.visits, answers_of(scene, person))


def enters(scene: Scene, person: Person) -> bool:
    return bool(person.facts.columns.get("email")) and trace(scene.enters, person.facts, scene.entered).holds


def answers_of(scene: Scene, person: Person) -> Answers:
    """For whoever wants to walk by themselves, step by step."""

    def of(question: Question) -> Answer:
        if isinstance(question, Share):
            holds = question.holds(person.address_key)
            return holds, holds
        if isinstance(question, Plain):
            return PLAIN[question]
        return Look(person.facts, question.span, scene.entered).at(question.condition)

    def aged(visit: Visit) -> Answer:
        if visit.span.latest == scene.entered:
            return False, False
        first, last = (scene.aged(moment) for moment in (visit.span.earliest, visit.span.latest))
        return trace(first, person.facts, scene.entered).holds, trace(last, person.facts, scene.entered).holds

    return Answers(of, said_of(scene, person), aged)


def said_of(scene: Scene, person: Person) -> Callable[[Message], Said]:
    def said(step: Message) -> Said:
        found = verdict_on(scene, person, step)
        if found is None:
            return Said(RETIRED, "", False)
        sight = person.record.sight
        reason = found.should.reasons[0] if found.should.reasons else None
        return Said(reason.code if reason else SEND, cause_in_words(reason) if reason else "", sight.present if sight else None)

    return said


def verdict_on(scene: Scene, person: Person, step: Message) -> Verdicts | None:
    """Both verdicts on the type that the step uses, with the lists that the journey suppresses; None: it is retired."""
    variant = scene.variant(step)
    if variant is None:
        return None
    (found,) = _verdicts(scene, person, variant.message_type.pk, variant.suppressed)
    return found


def _verdicts(scene: Scene, person: Person, pk: int, suppressed: Suppressions) -> list[Verdicts]:
    types = list(scene.types.values())
    found = verdicts_of(person.record, types, suppressed)
    return [one for one in found if one.message_type.pk == pk]
