"""What came of a drill, in figures and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from iterable_admin.demo.drills.standing import Standing

SHOWN = 5


@dataclass(frozen=True)
class Verdict:
    drill: str
    sent: int
    """Requests that the REST API accepted."""
    delivered: int
    """Of these, how many have their effect in Iterable, each row of theirs accepted."""
    calls: int
    struck: int
    """Calls that a fault hit."""
    twice: Sequence[str] = ()
    """What Iterable holds more than once."""
    missing: Sequence[str] = ()
    """What Iterable does not hold as sent."""
    stood: Sequence[Standing] = ()
    """Rows that waited, for a person or for the key, while the fault was on."""
    stuck: Sequence[Standing] = ()
    """Rows that stand at the end."""
    wrong: Sequence[str] = ()
    """What else is not as it must be."""
    notes: Sequence[str] = field(default=())

    @property
    def speechless(self) -> list[Standing]:
        return [row for row in (*self.stood, *self.stuck) if not row.why.strip()]

    @property
    def passed(self) -> bool:
        whole = self.sent == self.delivered and self.sent > 0 and self.struck > 0
        return whole and not (self.twice or self.missing or self.stuck or self.wrong or self.speechless)

    def describe(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}

    def in_words(self) -> str:
        head = f"{'PASSED' if self.passed else 'FAILED'}  {self.drill}: {self.delivered} of {self.sent} sent were delivered."
        return "\n".join([head, *(f"  {line}" for line in self._lines())])

    def _lines(self) -> list[str]:
        return [
            f"Of {self.calls} calls to Iterable the fault struck {self.struck}.",
            *self.notes,
            *_listed("Stood while the fault was on, and said why:", self.stood),
            "Nothing is in Iterable twice." if not self.twice else f"TWICE IN ITERABLE: {'; '.join(self.twice)}",
            *(f"NOT AS SENT: {line}" for line in self.missing),
            *_listed("STILL STUCK:", self.stuck),
            *(f"SAYS NOT WHY: {row.what} of {row.person}" for row in self.speechless),
            *(f"WRONG: {line}" for line in self.wrong),
            *(["WRONG: the fault never struck."] if not self.struck else []),
        ]


def _listed(head: str, rows: Sequence[Standing]) -> list[str]:
    if not rows:
        return []
    lines = [f"  {row.what} of {row.person} ({row.state.replace('_', ' ')}): {row.why}" for row in rows[:SHOWN]]
    more = [f"  and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return [f"{head} {len(rows)} {'row' if len(rows) == 1 else 'rows'}", *lines, *more]
