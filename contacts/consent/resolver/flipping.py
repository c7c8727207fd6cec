"""What would have to be different for the other answer: the fewest changes of ledger and profile, each tried with the rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.consent.models import MessageType
from contacts.consent.resolver.changes import Change, block, lift, mend, out_of_channel
from contacts.consent.resolver.moments import is_marketing
from contacts.consent.resolver.person import NONE, Reason, Suppressions, Verdicts, verdicts_of
from contacts.consent.resolver.records import Record

MOST_ROUNDS = 6
"""A change may bring up a reason that stood behind the first; no rule hides more than this many."""
Goal = Callable[[Verdicts], bool]


@dataclass(frozen=True, slots=True)
class Flip:
    """All of `changes` together bring `outcome`; without any of them it does not come. None at all: nothing brings it."""

    outcome: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Question:
    record: Record
    message_type: MessageType
    types: Collection[MessageType]
    now: datetime
    suppressed: Suppressions = NONE

    def ask(self, changes: Sequence[Change] = ()) -> Verdicts:
        record = self.record
        for change in changes:
            record = change.apply(record)
        channel = [one for one in self.types if one.channel_id == self.message_type.channel_id]
        found = verdicts_of(record, channel, self.suppressed)
        return next(one for one in found if one.message_type.pk == self.message_type.pk)


def flips(question: Question, found: Verdicts) -> tuple[Flip, ...]:
    if found.exposed:
        stopped = Flip("Iterable would not send it either", (out_of_channel(question.message_type, question.now),))
        return stopped, _flip(question, "we might send it", lambda verdicts: verdicts.should.allowed is True)
    if found.will.allowed and found.should.allowed:
        return _stops(question)
    return (_flip(question, "it would be sent", _is_sent),)


def _is_sent(found: Verdicts) -> bool:
    return found.will.allowed is True and found.should.allowed is True


def _stops(question: Question) -> tuple[Flip, ...]:
    stop = block(question.message_type, question.now)
    outcome = "we would not send it any more" if is_marketing(question.message_type.channel) else "Iterable would not send it"
    return (Flip(outcome, (stop,)),) if not _is_sent(question.ask([stop])) else ()


def _flip(question: Question, outcome: str, goal: Goal) -> Flip:
    return Flip(outcome, _fewest(question, goal))


def _fewest(question: Question, goal: Goal) -> tuple[Change, ...]:
    changes: list[Change] = []
    for _ in range(MOST_ROUNDS):
        found = question.ask(changes)
        if goal(found):
            return _without_needless(question, goal, changes)
        new = [_change(question, reason) for reason in _reasons(found)]
        if not new or any(one is None for one in new):
            return ()
        changes += [one for one in new if one is not None and one not in changes]
    return ()


def _reasons(found: Verdicts) -> list[Reason]:
    return list({reason.code: reason for reason in (*found.will.reasons, *found.should.reasons)}.values())


def _change(question: Question, reason: Reason) -> Change | None:
    if reason.code == "UPSTREAM_WITHDRAWN":
        return lift(question.message_type, question.record, reason.cause_id, question.now)
    return mend(reason.code, question.message_type, question.record, question.now)


def _without_needless(question: Question, goal: Goal, changes: list[Change]) -> tuple[Change, ...]:
    for change in list(changes):
        fewer = [one for one in changes if one is not change]
        if goal(question.ask(fewer)):
            changes = fewer
    return tuple(changes)
