"""What a webhook puts into the ledger: any unsubscribe that is not our echo, and a subscribe only where the person acted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contacts.consent.models import SubscriptionChange
from contacts.consent.recording import record
from contacts.intake.iterable_webhooks.names import SUBSCRIBE, plain
from contacts.intake.iterable_webhooks.reports import is_complaint
from contacts.intake.iterable_webhooks.targets import Catalogue, Target
from iterable_admin.inbox.models import Event

Verdict, Basis = SubscriptionChange.Verdict, SubscriptionChange.Basis

# The version of these rules, kept with every ledger row that they made.
POLICY = "iterable-1"
# Where it came from, as Iterable calls it, without blanks and case. An API call, an import, a journey, a click of a
# colleague in Iterable (WebApp) are nobody's consent.
BY_THE_PERSON = {
    *("webform", "form", "embeddedform", "hostedpage", "hostedform", "hostedsubscribe", "hostedunsubscribe"),
    *("hostedunsubscribeclick", "hostedunsubscribepage", "emaillink", "link", "oneclick", "listunsubscribe"),
    *("sms", "smskeyword", "smsoptin", "whatsapp", "preferencecenter", "preferencecentre", "subscriptioncenter"),
    *("subscriptionpreferencecenter", "subscriptionpreferences", "userpreferences", "doubleoptin", "confirmedoptin"),
}
AUTOMATIC = {"api", "listapi", "import", "workflow", "webapp", "hardbounce", ""}
LONGEST_SOURCE = 40


def acted(event: Event) -> bool:
    """Whether a subscribe is an act of the person that can be dated: a grant without a time could lift any withdrawal."""
    return event.occurred_at is not None and plain(event.payload.get("source", "")) in BY_THE_PERSON


def withdrawals(event: Event, targets: Collection[Target], catalogue: Catalogue) -> list[SubscriptionChange]:
    by_system = plain(event.payload.get("source", "")) in AUTOMATIC and not is_complaint(event)
    basis = Basis.SYSTEM if by_system else Basis.EXPLICIT
    return [_row(event, target, catalogue, Verdict.WITHDRAWN, basis) for target in targets]


def grants(event: Event, targets: Collection[Target], catalogue: Catalogue) -> list[SubscriptionChange]:
    if event.name != SUBSCRIBE or not acted(event):
        return []
    return [_row(event, target, catalogue, Verdict.GRANTED, Basis.EXPLICIT) for target in targets]


def record_acts(rows: Sequence[SubscriptionChange]) -> None:
    """A withdrawal of which Iterable itself tells is in effect there from its moment on."""
    added = record(rows)
    record([_effective(row) for row in added if row.verdict == Verdict.WITHDRAWN])


def _row(event: Event, target: Target, catalogue: Catalogue, verdict: str, basis: str) -> SubscriptionChange:
    return SubscriptionChange(
        address_key=event.lane,
        target=target.kind,
        target_key=target.key,
        target_name=catalogue.name_of(target),
        verdict=verdict,
        basis=basis,
        occurred_at=event.occurred_at or event.received_at,
        received_at=event.received_at,
        dated_by="caller" if event.occurred_at else "receipt",
        source=source_of(event),
        cause="event",
        cause_id=str(event.uuid),
        policy=POLICY,
    )


def source_of(event: Event) -> str:
    """The ledger holds no free text: of the sender's word only what looks like one."""
    told = event.payload.get("source", "")
    word = told if told.isascii() and told.isalnum() and len(told) <= LONGEST_SOURCE else ""
    return f"Iterable, {word}" if word else "Iterable"


def _effective(row: SubscriptionChange) -> SubscriptionChange:
    return SubscriptionChange(
        address_key=row.address_key,
        target=row.target,
        target_key=row.target_key,
        target_name=row.target_name,
        verdict=Verdict.EFFECTIVE,
        basis=Basis.SYSTEM,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        dated_by=row.dated_by,
        source="Iterable",
        cause=row.cause,
        cause_id=row.cause_id,
        policy=POLICY,
        supersedes=row,
    )
