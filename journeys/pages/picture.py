"""The messages of a journey as a drawing, and in words what of it Iterable's API leaves open."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from journeys.diagram import Edge, Node, draw
from journeys.models import Journey
from journeys.pages.triggers import DAYS, Trigger
from journeys.steps import Step

START, PATH = "start", "path"
UNTOLD = (
    "Iterable's API tells which messages a journey has, and not how they hang together: the order, delays, splits, filters, "
    "exit rules, the folder, entries other than by an event, and who is inside now stand in Iterable alone."
)


def picture(journey: Journey, triggers: Sequence[Trigger], steps: Sequence[Step]) -> SafeString:
    nodes = [*_starts(triggers), Node(PATH, "Delays, splits and order", "untold", ("Iterable's API does not tell them",))]
    edges = [Edge(node.id, PATH) for node in nodes[:-1]]
    messages = [_message(step) for step in steps]
    edges += [Edge(PATH, message.id) for message in messages]
    return draw([*nodes, *messages], edges, f"What is known of the path of {journey}", "journey")


def _starts(triggers: Sequence[Trigger]) -> list[Node]:
    if not triggers:
        return [Node(START, "No event starts it", "untold", ("a schedule, a call or another journey may",))]
    return [_start(number, trigger) for number, trigger in enumerate(triggers)]


def _start(number: int, trigger: Trigger) -> Node:
    notes = (f"event, {trigger.figure} in {DAYS} days",) if trigger.kind else ("event that does not come in here",)
    return Node(f"{START}{number}", trigger.name, "start", notes)


def _message(step: Step) -> Node:
    kind = "trouble" if step.message_type and step.message_type.do_not_use else "message"
    return Node(f"campaign{step.campaign.pk}", f"{medium_of(step)}: {step.campaign}", kind, tuple(policy_words(step)))


def medium_of(step: Step) -> str:
    return step.campaign.medium or "Message"


def policy_words(step: Step) -> list[str]:
    if step.message_type is None:
        return ["message type not seen yet"]
    told = [f"{step.message_type}, {step.message_type.get_policy_display()}"]
    return [*told, "! must not be used"] if step.message_type.do_not_use else told
