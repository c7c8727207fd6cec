"""What a journey does, as values: who enters, what happens to them step by step, how they leave.

How it is read and checked, kept, drawn and rehearsed stands in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any as Anything
from typing import Literal

from contacts.conditions.tree import All, Condition

EntryKind = Literal["event", "schedule", "api", "journey", "profile_update", "list"]
Medium = Literal["email", "sms", "push", "web_push", "in_app", "embedded", "whatsapp"]
START = "start"
"""The key that edges use for where people enter."""
EVERYBODY: Condition = All(())

NEXT, ELSE, HAPPENED, TIMED_OUT = "next", "else", "happened", "timeout"
"""Outcomes: of a step that has one only; of a split where no branch holds; of a wait that may end in two ways."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Exactly one a journey. `event` names the event; `field` the one whose update enters; `journey` the one before."""

    kind: EntryKind
    event: str = ""
    field: str = ""
    list_id: int | None = None
    journey: str = ""
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class ExitRule:
    """Journey-wide: whoever does `event`, or of whom `where` becomes true, leaves, at the latest at the end of their step."""

    name: str
    event: str = ""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Start:
    entry: Entry
    where: Condition = EVERYBODY
    suppress_lists: tuple[int, ...] = ()
    lifetime_limit: int | None = None
    """Entries ever, for each person; None: without limit."""
    simultaneous_limit: int | None = None
    exit_rules: tuple[ExitRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Whoever may not get it is skipped and goes on."""

    key: str
    name: str
    message_type: str
    medium: Medium = "email"
    campaign_id: int | None = None
    template_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """A period; what would end on a weekend ends on Monday where `skip_weekends`."""

    key: str
    name: str
    hours: float
    skip_weekends: bool = False


@dataclass(frozen=True, slots=True)
class DelayUntil:
    """Until `offset_hours` after (negative: before) the moment in a field of the person's; over already: no wait."""

    key: str
    name: str
    field: str
    offset_hours: float = 0
    skip_weekends: bool = False


@dataclass(frozen=True, slots=True)
class HoldUntil:
    """Outcome `happened` as soon as the event comes or the condition is true, `timeout` after that many hours."""

    key: str
    name: str
    timeout_hours: float
    event: str = ""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """`key` is the outcome."""

    key: str
    name: str
    where: Condition


@dataclass(frozen=True, slots=True)
class Split:
    """The first branch that holds; otherwise `else`."""

    key: str
    name: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    key: str
    name: str
    percent: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """An A/B split: by a hash of person and step, so that whoever is rehearsed twice goes the same way."""

    key: str
    name: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class SetProfile:
    key: str
    name: str
    fields: Mapping[str, Anything]


@dataclass(frozen=True, slots=True)
class ChangeList:
    key: str
    name: str
    list_id: int
    add: bool = True


@dataclass(frozen=True, slots=True)
class ChangeSubscription:
    """Subscribing brings in people who had opted out: the lint's SUB07."""

    key: str
    name: str
    kind: Literal["message_type", "channel"]
    target: str
    subscribe: bool = True


@dataclass(frozen=True, slots=True)
class CallWebhook:
    key: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class GoTo:
    """Leaves this journey for another, by its name."""

    key: str
    name: str
    journey: str


@dataclass(frozen=True, slots=True)
class Note:
    """Stands beside the steps; nothing leads to it or from it."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Exit:
    key: str
    name: str = "Exit"


Step = (
    Message
    | Delay
    | DelayUntil
    | HoldUntil
    | Split
    | Experiment
    | SetProfile
    | ChangeList
    | ChangeSubscription
    | CallWebhook
    | GoTo
    | Note
    | Exit
)


@dataclass(frozen=True, slots=True)
class Edge:
    """From a step's key, or `start`, by one of its outcomes."""

    source: str
    outcome: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """An outcome that no edge leads on is an exit. Keys are for ever: counts are told by them over all versions."""

    start: Start
    steps: tuple[Step, ...] = ()
    edges: tuple[Edge, ...] = ()

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def after(self, key: str, outcome: str = NEXT) -> Step | None:
        """What follows; None: they leave."""
        edge = next((edge for edge in self.edges if (edge.source, edge.outcome) == (key, outcome)), None)
        return self.step(edge.target) if edge else None


def outcomes(step: Step) -> tuple[str, ...]:
    """All ways to leave a step, in the order in which they are told; none of a step that ends the journey."""
    match step:
        case Split():
            return (*(branch.key for branch in step.branches), ELSE)
        case Experiment():
            return tuple(variant.key for variant in step.variants)
        case HoldUntil():
            return (HAPPENED, TIMED_OUT)
        case Exit() | GoTo() | Note():
            return ()
    return (NEXT,)
