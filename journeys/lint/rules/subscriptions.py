"""Steps of running journeys, and blasts, that mail people who should not be mailed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from contacts.consent.models import Channel, MessageType
from contacts.consent.resolver.exposing import exposed_contacts
from contacts.consent.resolver.moments import is_marketing
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.person import Suppressions
from contacts.models import Contact
from journeys.definition.described import Described
from journeys.definition.graph import Message
from journeys.lint.ground import Ground, triggers_of
from journeys.lint.models import LintFinding
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.subjects import of_step, of_version
from journeys.models import Journey
from journeys.steps import Step

GIVE_ANOTHER = "The campaigns owner gives the step the type GitLab Marketing, in Iterable and here."
MOVE = "The campaigns owner gives its template the type GitLab Marketing in Iterable, or stops the step, now."
TOP_REASONS = 3
# Of the verdicts those that keep a person from our mail and not from Iterable's.
IN_SHORT = {"UPSTREAM_WITHDRAWN": "withdrew", "NO_EVIDENCE": "never agreed to marketing"}


def is_open_to_all(message_type: MessageType) -> bool:
    """Opt-out by policy, in a marketing channel: it mails whoever did not say no to this very type."""
    return message_type.policy == MessageType.Policy.OPT_OUT and is_marketing(message_type.channel)


class OfSteps(Rule):
    """The people behind a finding about a step are those who are exposed by it."""

    def people(self, finding: LintFinding) -> QuerySet[Contact] | None:
        if finding.message_type is None:
            return None
        lists = (tuple(finding.evidence.get(name, [])) for name in ("suppression_list_ids", "suppressed_by_start"))
        return exposed_contacts(finding.message_type, Variant(finding.message_type, Suppressions(*lists)))


@register
class SUB01(OfSteps):
    """A running step uses an opt-out type in a marketing channel.

    Such a type mails everybody who did not say no to this very type: who withdrew in Marketo, who left another type, who was
    never asked. A type that may be used all the same is excepted, with an owner and an end.
    """

    code, severity, title = "SUB01", Severity.BLOCKING, "opt-out type in a marketing channel"

    def find(self, ground: Ground) -> Iterator[Found]:
        for step, message_type in ground.typed_steps():
            if is_open_to_all(message_type):
                sentence = f"{_place(step)} uses {message_type}, which is opt-out in {message_type.channel}."
                yield _found(ground, step, message_type, sentence)
        for described in ground.described:
            yield from self.look(described, ground)

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        for step, message_type in _messages(described, ground):
            if is_open_to_all(message_type):
                yield _of_message(described, step, message_type, f"which is opt-out in {message_type.channel}")


@register
class SUB02(OfSteps):
    """A running step uses a message type that must not be used.

    Here: Marketing Message, Iterable's default, which mails people who unsubscribed and will be deleted.
    """

    code, severity, title = "SUB02", Severity.BLOCKING, "type that must not be used"

    def find(self, ground: Ground) -> Iterator[Found]:
        for step, message_type in ground.typed_steps():
            if message_type.do_not_use:
                yield _found(ground, step, message_type, f"{_place(step)} uses {message_type}, which must not be used.")
        for described in ground.described:
            yield from self.look(described, ground)

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        for step, message_type in _messages(described, ground):
            if message_type.do_not_use:
                yield _of_message(described, step, message_type, "which must not be used")


@register
class SUB03(OfSteps):
    """A running step will mail people whom it should not: Iterable will, the ledger says no.

    Counted over everybody, less the lists that the campaign or the journey's start suppresses, with the most frequent reasons.
    """

    code, severity, title = "SUB03", Severity.BLOCKING, "exposed people"

    def find(self, ground: Ground) -> Iterator[Found]:
        for step, message_type in ground.typed_steps():
            seen = ground.exposure(step, message_type)
            if not seen.exposed:
                continue
            top = sorted(seen.reasons.items(), key=lambda reason: (-reason[1], reason[0]))[:TOP_REASONS]
            told = ", ".join(f"{count:,} {IN_SHORT.get(code, code)}" for code, count in top)
            sentence = f"{_place(step)} mails {seen.exposed:,} people by {message_type} who should not be: {told}."
            yield _found(ground, step, message_type, sentence)


@register
class SUB05(Rule):
    """A mail in a transactional channel, in a journey that is marketing, or that no event of the person's starts.

    An unsubscribe from marketing does not stop it, and it carries no list-unsubscribe header. A blast,
    which has no trigger, is a warning; a journey of which nobody said what it is for is told for information.
    """

    code, severity, title = "SUB05", Severity.BLOCKING, "transactional mail that may be marketing"

    def find(self, ground: Ground) -> Iterator[Found]:
        for step, message_type in ground.typed_steps():
            if is_marketing(message_type.channel):
                continue
            severity, why = _doubt(step)
            if severity:
                next_step = (
                    "The campaigns owner says what the journey is for, or gives the template a marketing type in Iterable."
                )
                sentence = f"{_place(step)} is sent in {message_type.channel}, {why}."
                yield Found(of_step(step), sentence, next_step, severity, evidence=evidence_of(step, message_type))


def _doubt(step: Step) -> tuple[Severity | None, str]:
    journey = step.journey
    if journey is None:
        return (None, "") if step.triggered else (Severity.WARNING, "although a blast has no transactional trigger")
    if journey.purpose == Journey.Purpose.MARKETING:
        return Severity.BLOCKING, "although the journey is marketing"
    if journey.purpose == Journey.Purpose.TRANSACTIONAL:
        return None, ""
    if not triggers_of(journey):
        return Severity.BLOCKING, "although no event starts the journey"
    return Severity.INFO, "and nobody has said whether the journey is transactional"


def _place(step: Step) -> str:
    if step.journey:
        return f"A step of {step.journey}"
    return "A campaign that calls of the API trigger" if step.triggered else "A blast"


def _found(ground: Ground, step: Step, message_type: MessageType, sentence: str) -> Found:
    seen = ground.exposure(step, message_type)
    evidence = evidence_of(step, message_type) | {"exposed": seen.exposed, "reasons": seen.reasons, "unknown": seen.unknown}
    # Of each type by itself: what is excepted of one is not excepted once somebody gives the template another.
    return Found(of_step(step), sentence, MOVE, exposed=seen.exposed, evidence=evidence, part=str(message_type.pk))


def _messages(described: Described, ground: Ground) -> Iterator[tuple[Message, MessageType]]:
    """Of a version: its messages whose type we know."""
    for step in described.graph.steps if described.graph else ():
        if isinstance(step, Message) and step.message_type in ground.types:
            yield step, ground.types[step.message_type]


def _of_message(described: Described, step: Message, message_type: MessageType, why: str) -> Found:
    """Without a count: that is what a rehearsal is for."""
    suppressed = sorted(described.graph.start.suppress_lists) if described.graph else []
    evidence = {"step": step.key, "message_type": message_type.name, "suppressed_by_start": suppressed}
    sentence = f"Step {step.name} uses {message_type}, {why}."
    about = of_version(described.version, message_type)
    return Found(about, sentence, GIVE_ANOTHER, evidence=evidence, part=f"{step.key}:{message_type.pk}")


def evidence_of(step: Step, message_type: MessageType) -> dict[str, Any]:
    channel: Channel = message_type.channel
    return {
        "campaign": {"id": step.campaign.iterable_id, "name": step.campaign.name, "state": step.campaign.state},
        "journey": {"id": step.journey.workflow_id, "name": step.journey.name} if step.journey else None,
        "template": {"id": step.template.iterable_id, "name": step.template.name} if step.template else None,
        "message_type": {"id": message_type.iterable_id, "name": message_type.name, "policy": message_type.policy},
        "channel": {"id": channel.iterable_id, "name": channel.name, "type": channel.channel_type},
        "suppression_list_ids": sorted(set(step.suppression_list_ids)),
        "suppressed_by_start": sorted(set(step.suppressed_by_start)),
    }
