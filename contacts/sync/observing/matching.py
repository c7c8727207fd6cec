"""Which of two sides' events are the same: by id, or by name and time, one to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.sync.models import ComparedEvent

# Two tools that pass one event on stamp it apart by what their queues take.
NEARLY = timedelta(minutes=5)
Verdict = ComparedEvent.Verdict


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, as one side has it."""

    name: str
    at: datetime
    id: str = ""
    delivery: int | None = None

    def is_nearly(self, other: Happening) -> bool:
        return self.name == other.name and abs(self.at - other.at) <= NEARLY


@dataclass(frozen=True, slots=True)
class Period:
    """Events from `since` to `until` are asked about. Before `told_since` Iterable tells nothing."""

    since: datetime
    until: datetime
    told_since: datetime | None = None

    def is_told(self, event: Happening) -> bool:
        return self.told_since is None or event.at - NEARLY > self.told_since

    def holds(self, event: Happening) -> bool:
        """The youngest may still be on their way to us."""
        return self.since <= event.at <= self.until - NEARLY


Told = tuple[Happening, Verdict]


def match(ours: Sequence[Happening], theirs: Sequence[Happening], known: Sequence[Happening], period: Period) -> Iterator[Told]:
    """Each of `ours`, and those of `theirs` that are neither among them nor `known` here otherwise."""
    pairs = _pairs(ours, theirs)
    for at, event in enumerate(ours):
        yield event, Verdict.THERE if at in pairs else Verdict.MISSING if period.is_told(event) else Verdict.UNTOLD
    ids = {event.id for event in known if event.id}
    taken = set(pairs.values())
    for at, event in enumerate(theirs):
        is_ours = at in taken or event.id in ids or any(event.is_nearly(other) for other in known)
        if period.holds(event) and not is_ours:
            yield event, Verdict.ONLY_THERE


def _pairs(ours: Sequence[Happening], theirs: Sequence[Happening]) -> dict[int, int]:
    """Places in `ours` and `theirs`: the same ids first, then whoever is nearest."""
    by_id = {event.id: at for at, event in enumerate(theirs) if event.id}
    pairs = {at: by_id[event.id] for at, event in enumerate(ours) if event.id in by_id}
    taken = set(pairs.values())
    near = (
        (abs(our.at - their.at), at, other)
        for at, our in enumerate(ours)
        for other, their in enumerate(theirs)
        if at not in pairs and other not in taken and our.is_nearly(their)
    )
    for _, at, other in sorted(near):
        if at not in pairs and other not in taken:
            pairs[at] = other
            taken.add(other)
    return pairs
