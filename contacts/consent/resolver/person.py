"""The two verdicts about one person, each with every reason and what caused it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contacts.consent.models import AddressReport, MessageType, ObservedProfile
from contacts.consent.resolver.conditions import Reading
from contacts.consent.resolver.moments import MOMENTS, is_marketing, latest, scope_of
from contacts.consent.resolver.records import AsOf, Record, Sight, load
from contacts.consent.resolver.rules import NOT_OBSERVED, RULES, SEND, SENTENCES, Rule, withdrew_broadly

CauseKind = Literal["ledger", "observation", "report", "list", "erasure", "forgotten elsewhere", ""]
# What, which row of it, and since when.
Cause = tuple[CauseKind, int | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not. `cause_id` is the row behind it (of an observation's cache: the observation); `since`: when that happened."""

    code: str
    sentence: str
    cause: CauseKind = ""
    cause_id: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allowed` is None where it is not known: the person was not seen in Iterable yet."""

    allowed: bool | None
    reasons: tuple[Reason, ...]

    @property
    def code(self) -> str:
        """The first reason's; SEND if there is none."""
        return self.reasons[0].code if self.reasons else SEND

    @property
    def sentence(self) -> str:
        return self.reasons[0].sentence if self.reasons else SENTENCES[SEND]


@dataclass(frozen=True, slots=True)
class Verdicts:
    message_type: MessageType
    will: Verdict
    should: Verdict
    observed_at: datetime | None

    @property
    def exposed(self) -> bool:
        return self.will.allowed is True and self.should.allowed is False


@dataclass(frozen=True, slots=True)
class Suppressions:
    """Ids of the lists that a campaign, or the journey it is in, keeps from its mail."""

    campaign: tuple[int, ...] = ()
    journey: tuple[int, ...] = ()


NONE = Suppressions()


def verdicts(address_key: str, *, at: datetime | None = None, known_at: datetime | None = None) -> list[Verdicts]:
    """Of each message type, in the order of channels and names."""
    return verdicts_of(load(address_key, AsOf(at, known_at)))


def verdicts_of(record: Record, types: Collection[MessageType] | None = None, suppressed: Suppressions = NONE) -> list[Verdicts]:
    types = list(MessageType.objects.select_related("channel")) if types is None else types
    return [_verdicts(record, message_type, types, suppressed) for message_type in types]


@dataclass(frozen=True, slots=True)
class Case:
    """One person and one message type. Of each moment the ledger row behind it, too."""

    record: Record
    reading: Reading
    moments: Mapping[str, tuple[datetime, int] | None]


def _verdicts(record: Record, message_type: MessageType, types: Iterable[MessageType], suppressed: Suppressions) -> Verdicts:
    scope = scope_of(message_type, types)
    moments = {name: latest(moment, scope, record.states) for name, moment in MOMENTS.items()}
    reading = Reading(facts_of(record, message_type, suppressed), {name: at[0] if at else None for name, at in moments.items()})
    case = Case(record, reading, moments)
    broken = [(rule, _reason(rule, case)) for rule in RULES if rule.condition.holds(reading)]
    will = tuple(reason for rule, reason in broken if rule.iterable)
    should = tuple(reason for rule, reason in broken if rule.ours)
    seen_at = _seen_at(record.sight)
    if not will and record.sight is None:
        will = (Reason(NOT_OBSERVED, SENTENCES[NOT_OBSERVED]),)
        return Verdicts(message_type, Verdict(None, will), Verdict(not should, should), seen_at)
    return Verdicts(message_type, Verdict(not will, will), Verdict(not should, should), seen_at)


def _seen_at(sight: Sight | None) -> datetime | None:
    """When the person was last seen like this."""
    if isinstance(sight, ObservedProfile):
        return sight.confirmed_at
    return sight.observed_at if sight else None


def facts_of(record: Record, message_type: MessageType, suppressed: Suppressions = NONE) -> dict[str, bool]:
    sight, kinds = record.sight, {report.kind for report in record.reports}
    lists = set(sight.list_ids) if sight and sight.present else set()
    return {
        "opt_in": message_type.policy == MessageType.Policy.OPT_IN,
        "marketing": is_marketing(message_type.channel),
        "forgotten": bool(record.erasure or record.elsewhere),
        "has_address": record.has_address,
        "bounced": AddressReport.Kind.HARD_BOUNCE in kinds,
        "suppressed_by_provider": AddressReport.Kind.SUPPRESSED in kinds,
        "globally_suppressed": bool(record.list_ids),
        "campaign_suppressed": bool(lists & set(suppressed.campaign)),
        "journey_suppressed": bool(lists & set(suppressed.journey)),
        "observed": sight is not None,
        "present": bool(sight and sight.present),
        "channel_unsubscribed": bool(sight and message_type.channel.iterable_id in sight.unsubscribed_channel_ids),
        "type_unsubscribed": bool(sight and message_type.iterable_id in sight.unsubscribed_message_type_ids),
        "type_subscribed": bool(sight and message_type.iterable_id in sight.subscribed_message_type_ids),
    }


def _reason(rule: Rule, case: Case) -> Reason:
    return Reason(rule.code, rule.sentence, *_cause(rule.code, case))


def _cause(code: str, case: Case) -> Cause:
    record = case.record
    if code == "FORGOTTEN" and record.erasure:
        return "erasure", record.erasure.pk, record.erasure.requested_at
    if code == "FORGOTTEN" and record.elsewhere:
        return "forgotten elsewhere", record.elsewhere.pk, record.elsewhere.first_seen_at
    if code in REPORTED:
        report = next(report for report in record.reports if report.kind == REPORTED[code])
        return "report", report.pk, report.occurred_at
    if code == "GLOBAL_SUPPRESSION":
        number, suppression = next(iter(record.list_ids.items()))
        seen_at = record.sight.observed_at if record.sight else None
        return "list", suppression.pk, record.listed_at.get(number, seen_at)
    if code in ("WITHDREW", "UPSTREAM_WITHDRAWN") and (withdrawn := _standing_withdrawal(case)):
        return "ledger", withdrawn[1], withdrawn[0]
    if code in SEEN and record.sight:
        sight = record.sight
        return "observation", sight.observation_id if isinstance(sight, ObservedProfile) else sight.pk, sight.observed_at
    return "", None, None


def _standing_withdrawal(case: Case) -> tuple[datetime, int] | None:
    broadly = withdrew_broadly.holds(case.reading)
    return case.moments["withdrawn_broadly" if broadly else "withdrawn_from_type"]


REPORTED = {"BOUNCED": AddressReport.Kind.HARD_BOUNCE, "ESP_SUPPRESSED": AddressReport.Kind.SUPPRESSED}
SEEN = {
    *("NOT_IN_ITERABLE", "CHANNEL_UNSUBSCRIBED", "TYPE_UNSUBSCRIBED", "NOT_OPTED_IN", "NEVER_ASKED"),
    *("CAMPAIGN_SUPPRESSION", "JOURNEY_SUPPRESSION"),
}
