"""What decides which way somebody goes. The answer is a pair: whether it is certainly so, and whether it may be so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import md5

from contacts.conditions.tree import Condition
from journeys.rehearsal.spans import Span

DIGITS = 8
"""Of the hash: a share is exact to a four-billionth."""


class Plain(Enum):
    ALWAYS = "always"
    MAYBE = "maybe"
    """It depends on what people will do, which nobody knows."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Whether a condition holds at some moment of the span."""

    condition: Condition
    span: Span


@dataclass(frozen=True, slots=True)
class Share:
    """Whether the hash of person and step falls below so many percent: the same people each time, on any database."""

    key: str
    below: float

    @property
    def limit(self) -> str:
        return format(round(self.below / 100 * 16**DIGITS), f"0{DIGITS}x")

    def holds(self, address_key: str) -> bool:
        told = md5(f"{address_key}:{self.key}".encode(), usedforsecurity=False).hexdigest()
        return told[:DIGITS] < self.limit


Question = Plain | Asks | Share
Answer = tuple[bool, bool]
PLAIN: dict[Plain, Answer] = {Plain.ALWAYS: (True, True), Plain.MAYBE: (False, True)}
