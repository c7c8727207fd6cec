"""Why one person gets a message type, or does not: each rule of consent in its order, with what was wanted and found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from contacts.consent.models import MessageType
from contacts.consent.resolver.flipping import Flip, Question, flips
from contacts.consent.resolver.moments import MOMENTS, is_marketing, latest, scope_of
from contacts.consent.resolver.person import NONE, Reason, Suppressions, Verdicts
from contacts.consent.resolver.rules import NOT_OBSERVED, SENTENCES
from journeys.why.checklist import Evidence, EvidenceKind, Explained, Flipped, Needed, Outcome, Side, Test
from journeys.why.person import Person, when

NOT_SEEN = "not seen in Iterable yet"


@dataclass(frozen=True, slots=True)
class Asked:
    """`codes` are the rules' that speak of it; `of_profile`: nothing is known of it before the person was seen in Iterable."""

    name: str
    codes: tuple[str, ...]
    wanted: str
    of_profile: bool = False
    by: Side = "both"


def explain(person: Person, message_type: MessageType, suppressed: Suppressions = NONE) -> Explained:
    asked = (message_type.pk, suppressed)
    if asked not in person.explained:
        person.explained[asked] = _explain(person, message_type, suppressed)
    return person.explained[asked]


def _explain(person: Person, message_type: MessageType, suppressed: Suppressions) -> Explained:
    found = person.verdicts(message_type, suppressed)
    reasons = {reason.code: reason for reason in (*found.will.reasons, *found.should.reasons)}
    tests = tuple(_test(asked, reasons, found, person) for asked in checks(message_type, suppressed))
    question = Question(person.record, message_type, person.types, person.now, suppressed)
    outcome, sentence = _outcome(found, person)
    changed = tuple(_told(flip) for flip in flips(question, found))
    return Explained(message_type.name, outcome, sentence, tests, changed, found.will.allowed, found.should.allowed)


def checks(message_type: MessageType, suppressed: Suppressions = NONE) -> list[Asked]:
    """Those that this type can fail."""
    name, channel = message_type.name, message_type.channel.name
    asked = [
        Asked("Forgotten", ("FORGOTTEN",), "no"),
        Asked("Address", ("NO_ADDRESS",), "a valid one"),
        Asked("Hard bounce", ("BOUNCED",), "none reported"),
        Asked("Mail provider's suppression", ("ESP_SUPPRESSED",), "none reported"),
        Asked("Global suppression lists", ("GLOBAL_SUPPRESSION",), "on none"),
    ]
    if suppressed.campaign:
        asked.append(Asked("Lists that the campaign suppresses", ("CAMPAIGN_SUPPRESSION",), "on none", of_profile=True))
    if suppressed.journey:
        asked.append(Asked("Lists that the journey suppresses", ("JOURNEY_SUPPRESSION",), "on none", of_profile=True))
    asked += [
        Asked("Profile in Iterable", ("NOT_IN_ITERABLE", NOT_OBSERVED), "there", of_profile=True, by="iterable"),
        Asked(f"Subscription to {channel}", ("CHANNEL_UNSUBSCRIBED",), "not unsubscribed", of_profile=True),
    ]
    if message_type.policy == MessageType.Policy.OPT_IN:
        codes = ("WITHDREW", "NOT_OPTED_IN", "NEVER_ASKED")
        asked.append(Asked(f"Subscription to {name}", codes, "opted in", of_profile=True))
    else:
        asked.append(Asked(f"Subscription to {name}", ("TYPE_UNSUBSCRIBED",), "not unsubscribed", of_profile=True))
    asked.append(Asked("Withdrawals in the ledger", ("UPSTREAM_WITHDRAWN",), "none that Iterable does not show", by="us"))
    if is_marketing(message_type.channel):
        asked.append(Asked("Agreement in the ledger", ("NO_EVIDENCE",), "agreed to marketing", by="us"))
    return asked


def _test(asked: Asked, reasons: dict[str, Reason], found: Verdicts, person: Person) -> Test:
    reason = next((reasons[code] for code in asked.codes if code in reasons), None)
    if reason and reason.code == NOT_OBSERVED:
        return Test(asked.name, asked.wanted, NOT_SEEN, None, NOT_OBSERVED, asked_by=asked.by)
    if reason:
        return Test(asked.name, asked.wanted, reason.sentence, False, reason.code, _evidence(reason), asked.by)
    if asked.of_profile and not _seen(person):
        return Test(asked.name, asked.wanted, NOT_SEEN, None, asked.codes[0], asked_by=asked.by)
    return _passed(asked, found, person)


def _seen(person: Person) -> bool:
    return person.record.sight is not None and person.record.sight.present


def _evidence(reason: Reason) -> Evidence | None:
    """Of a reason that nothing on record is behind, the rule alone."""
    if not reason.cause or reason.cause_id is None:
        return None
    return Evidence(cast("EvidenceKind", reason.cause), str(reason.cause_id), reason.since)


def _passed(asked: Asked, found: Verdicts, person: Person) -> Test:
    code = asked.codes[0]
    if code in FROM_LEDGER:
        return FROM_LEDGER[code](asked, found.message_type, person)
    evidence = _sight(person) if asked.of_profile else None
    return Test(asked.name, asked.wanted, asked.wanted, True, code, evidence, asked.by)


def _sight(person: Person) -> Evidence | None:
    sight = person.record.sight
    number = getattr(sight, "observation_id", None) or (sight.pk if sight else None)
    return Evidence("observation", str(number), sight.observed_at) if sight else None


def _withdrawals(asked: Asked, message_type: MessageType, person: Person) -> Test:
    withdrawn, acted = _latest("withdrawn", message_type, person), _latest("acted", message_type, person)
    if withdrawn is None:
        return Test(asked.name, asked.wanted, "never withdrew", True, asked.codes[0], asked_by=asked.by)
    if acted and acted[0] > withdrawn[0]:
        got, row = f"withdrew on {_day(withdrawn)}, and came back on {_day(acted)}", acted
    else:
        got, row = f"withdrew on {_day(withdrawn)}, which Iterable shows", withdrawn
    return Test(asked.name, asked.wanted, got, True, asked.codes[0], _row(row), asked.by)


def _agreement(asked: Asked, message_type: MessageType, person: Person) -> Test:
    """Where somebody withdrew, the withdrawal answers: whether they had agreed is not asked."""
    names = ("acted_on_type_unexpired", "told_in_channel")
    agreed = max(filter(None, (_latest(name, message_type, person) for name in names)), default=None)
    withdrawn = _latest("withdrawn", message_type, person)
    if withdrawn and (agreed is None or agreed[0] <= withdrawn[0]):
        got = "withdrew, so that no earlier agreement counts"
        return Test(asked.name, asked.wanted, got, None, asked.codes[0], _row(withdrawn), asked.by)
    got = f"agreed on {_day(agreed)}" if agreed else "agreed"
    return Test(asked.name, asked.wanted, got, True, asked.codes[0], _row(agreed) if agreed else None, asked.by)


FROM_LEDGER: dict[str, Callable[[Asked, MessageType, Person], Test]] = {
    "UPSTREAM_WITHDRAWN": _withdrawals,
    "NO_EVIDENCE": _agreement,
}
Row = tuple[datetime, int]


def _latest(name: str, message_type: MessageType, person: Person) -> Row | None:
    return latest(MOMENTS[name], scope_of(message_type, person.types), person.record.states)


def _row(row: Row) -> Evidence:
    return Evidence("ledger", str(row[1]), row[0])


def _day(row: Row) -> str:
    return when(row[0])


def _outcome(found: Verdicts, person: Person) -> tuple[Outcome, str]:
    name, past = found.message_type.name, person.at is not None
    will, should = found.will.allowed, found.should.allowed
    if found.exposed:
        would = "would have sent" if past else "would send"
        return "exposed", f"Iterable {would} {name}, and we should not: {_lower(found.should.sentence)}"
    if will is False or should is False:
        verdict = found.should if should is False else found.will
        return "blocked", f"{name} {'was' if past else 'is'} kept from this person: {_lower(verdict.sentence)}"
    if will is None:
        return "unknown", f"We may send {name}. {SENTENCES[NOT_OBSERVED]}"
    return "sent", f"Nothing {'kept' if past else 'keeps'} {name} from this person."


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:] if not sentence.startswith("Iterable") else sentence


def _told(flip: Flip) -> Flipped:
    return Flipped(flip.outcome, tuple(Needed(change.where, change.words) for change in flip.changes))
