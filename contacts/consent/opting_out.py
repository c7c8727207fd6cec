"""An operator opts one person out: the ledger first, then Iterable, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from contacts.consent.applying import opt_outs
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.consent.moving.closing import named
from contacts.consent.recording import record
from contacts.consent.targets import key_of
from contacts.models import Contact
from contacts.presence import ABSENT, PRESENT, presence_of
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE, Cause, enqueue, look_up, unsubscription
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip

# The version of these rules, kept with every ledger row that they made.
POLICY = "operator-1"
CAUSE = "operator"
# In the payload of an opt-out that is to create nobody.
ONLY_IF_PRESENT = "only_if_present"
NOBODY = Skip(
    "not_in_iterable", "In the ledger. Iterable does not have this person; the opt-out is applied when they come there."
)
# What somebody is opted out from; None is all marketing.
Target = Channel | MessageType | None


def opt_out(contact: Contact, target: Target, action_id: int, actor: str) -> Sequence[Delivery]:
    """`action_id` is the record of who did it and why. Returns what goes to Iterable."""
    record([_ledger_row(contact, target, action_id, actor)])
    return enqueue(_deliveries(contact, target, Cause(CAUSE, str(action_id))))


def _ledger_row(contact: Contact, target: Target, action_id: int, actor: str) -> SubscriptionChange:
    now = timezone.now()
    kind, key, name = _named(target)
    return SubscriptionChange(
        address_key=contact.address_key,
        target=kind,
        target_key=key,
        target_name=name,
        verdict=SubscriptionChange.Verdict.WITHDRAWN,
        basis=SubscriptionChange.Basis.OPERATOR,
        occurred_at=now,
        received_at=now,
        dated_by="receipt",
        source="an operator",
        cause=CAUSE,
        cause_id=str(action_id),
        actor=actor,
        policy=POLICY,
    )


def _named(target: Target) -> tuple[SubscriptionChange.Target, str, str]:
    if target is None:
        return SubscriptionChange.Target.ALL_MARKETING, "", ""
    kind = SubscriptionChange.Target.CHANNEL if isinstance(target, Channel) else SubscriptionChange.Target.MESSAGE_TYPE
    return kind, key_of(target), target.name


def _deliveries(contact: Contact, target: Target, cause: Cause) -> list[Delivery]:
    """Absent is asked again: somebody may have made the profile in Iterable since."""
    steps = _opt_outs(contact.email, target, cause)
    if presence_of([contact.address_key]).get(contact.address_key) is not PRESENT:
        for step in steps:
            step.payload[ONLY_IF_PRESENT] = True
        steps.insert(0, look_up(contact.email, cause, withdrawal=True))
    return [named(step, str(contact.gitlab_user_id or "")) for step in steps]


def _opt_outs(email: str, target: Target, cause: Cause) -> list[Delivery]:
    if target is None or (isinstance(target, Channel) and target.name == MARKETING_CHANNEL):
        return opt_outs(email, cause)
    group = CHANNEL if isinstance(target, Channel) else MESSAGE_TYPE
    return [unsubscription(email, group, target.name, target.iterable_id, cause)]


def spare_absent(deliveries: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    """The gate: such an opt-out ends where the look-up before it found nobody."""
    bound = [row for row in deliveries if row.payload.get(ONLY_IF_PRESENT)]
    present = presence_of({row.lane for row in bound}) if bound else {}
    return {row.pk: NOBODY for row in bound if present.get(row.lane) is ABSENT}
