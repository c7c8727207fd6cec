"""An opt-out that vanished from a profile is applied again, as long as the ledger holds the withdrawal behind it.

A profile that was deleted and made anew has lost it, and so has one whose arrays were replaced by somebody's call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import structlog

from contacts.consent.applying import opt_outs
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.models import Channel, MessageType, ObservedProfile
from contacts.consent.withdrawals import withdrawn_from
from contacts.models import Contact
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE, Cause, enqueue, unsubscription
from iterable_admin.outbox.models import Delivery

log = structlog.get_logger(__name__)

CAUSE = "observation"


def restore_opt_outs(seen: Sequence[ObservedProfile]) -> int:
    """`seen`: the latest sights of people who lost an opt-out, or were made anew. Returns how many people get theirs again.

    Nobody for whom one is on its way already, or waits for a person.
    """
    if not seen:
        return 0
    keys = {row.address_key for row in seen} - _on_their_way({row.address_key for row in seen})
    emails = dict(Contact.objects.filter(address_key__in=keys).exclude(email="").values_list("address_key", "email"))
    there = [profile for profile in seen if profile.address_key in emails and profile.present]
    rows = [row for channel in _channels() for row in _missing(channel, there, emails)]
    closed = {row.lane for row in rows}
    there = [profile for profile in there if profile.address_key not in closed]
    rows += [row for message_type in _opt_out_types() for row in _missing_of_type(message_type, there, emails)]
    enqueue(rows)
    restored = {row.lane for row in rows}
    if restored:
        log.warning("opt-outs restored", people=len(restored))
    return len(restored)


def _on_their_way(keys: Collection[str]) -> set[str]:
    opt_outs_of = Delivery.objects.filter(lane__in=keys, operation=Delivery.Operation.UNSUBSCRIBE)
    rows = opt_outs_of.open() | opt_outs_of.stuck_withdrawals()
    return set(rows.values_list("lane", flat=True))


def _channels() -> list[Channel]:
    return list(Channel.objects.filter(iterable_id__isnull=False))


def _missing(channel: Channel, there: Sequence[ObservedProfile], emails: Mapping[str, str]) -> list[Delivery]:
    """Opt-outs from this channel, of those who withdrew from it and are not unsubscribed."""
    open_to = [profile for profile in there if channel.iterable_id not in profile.unsubscribed_channel_ids]
    withdrawn = withdrawn_from(channel, {profile.address_key for profile in open_to}) if open_to else {}
    return [
        row
        for profile in open_to
        if profile.address_key in withdrawn
        for row in _steps(channel, emails[profile.address_key], Cause(CAUSE, str(profile.observation_id)))
    ]


def _opt_out_types() -> list[MessageType]:
    """An opt-in type mails nobody who is made anew: there is nothing to be lost."""
    of_policy = MessageType.objects.filter(policy=MessageType.Policy.OPT_OUT, iterable_id__isnull=False)
    return list(of_policy.select_related("channel"))


def _missing_of_type(message_type: MessageType, there: Sequence[ObservedProfile], emails: Mapping[str, str]) -> list[Delivery]:
    """Opt-outs from this type alone, of those who left it and would get it."""
    number, channel = message_type.iterable_id, message_type.channel.iterable_id
    open_to = [
        profile
        for profile in there
        if number not in profile.unsubscribed_message_type_ids and channel not in profile.unsubscribed_channel_ids
    ]
    withdrawn = withdrawn_from(message_type, {profile.address_key for profile in open_to}) if open_to else {}
    return [
        unsubscription(
            emails[profile.address_key], MESSAGE_TYPE, message_type.name, number, Cause(CAUSE, str(profile.observation_id))
        )
        for profile in open_to
        if profile.address_key in withdrawn
    ]


def _steps(channel: Channel, email: str, cause: Cause) -> list[Delivery]:
    if channel.name == MARKETING_CHANNEL:
        return opt_outs(email, cause)
    return [unsubscription(email, CHANNEL, channel.name, channel.iterable_id, cause)]
