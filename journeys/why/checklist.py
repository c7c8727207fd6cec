"""An explanation as values: tests in their order with what was wanted and what was found, and the row behind each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

EvidenceKind = Literal["ledger", "observation", "report", "list", "erasure", "forgotten elsewhere", "event", "field"]
Side = Literal["both", "iterable", "us"]
Place = Literal["", "behind", "here", "ahead"]
"""Where a step is from somebody who is on their way; empty where that is not known."""
Outcome = Literal["sent", "exposed", "blocked", "unknown", "enters", "stays_out"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The row that an answer rests on; an event's `key` is its UUID."""

    kind: EvidenceKind
    key: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """`passed` is None where it is not known, or where nobody has to know. `asked_by`: who keeps to it.

    `depth` is that of a part of a condition, from 1; whatever stands for itself has 0.
    """

    __test__ = False

    name: str
    wanted: str
    got: str
    passed: bool | None
    code: str = ""
    evidence: Evidence | None = None
    asked_by: Side = "both"
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Needed:
    """One thing that would have to be different. `where`: ledger, profile, list, address, field, namespace, event or journey."""

    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Flipped:
    """The fewest changes that bring another outcome, all of them together; none at all: nothing brings it."""

    outcome: str
    needed: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """About one message type, or one journey as a whole. Of a type: whether Iterable will, and whether we should."""

    subject: str
    outcome: Outcome
    sentence: str
    tests: tuple[Test, ...]
    flips: tuple[Flipped, ...] = ()
    will: bool | None = None
    should: bool | None = None

    @property
    def blocker(self) -> Test | None:
        return first_blocker(self.tests)


@dataclass(frozen=True, slots=True)
class Stop:
    """A step on the way: how the person comes there, and what happens. `certain`: whether nothing of the future decides it."""

    key: str
    name: str
    kind: str
    reached_by: str
    certain: bool
    happens: str
    message: Explained | None = None
    tests: tuple[Test, ...] = ()
    comes_at: datetime | None = None
    """None where it is not known, or where they never entered."""
    place: Place = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Of one person through one journey: whether they enter, then step by step."""

    entry: Explained
    stops: tuple[Stop, ...]
    exits: tuple[Test, ...] = ()

    @property
    def left_by(self) -> Test | None:
        """The exit rule that takes them out."""
        return first_blocker(self.exits)


def first_blocker(tests: Iterable[Test]) -> Test | None:
    """Parts of a condition do not stand for themselves: the condition as a whole does, and tells the part that failed."""
    return next((test for test in tests if test.passed is False and test.depth == 0), None)
