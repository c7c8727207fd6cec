"""Who may be mailed: Iterable's channels, types and lists, the ledger of what people said, and what was observed in Iterable."""

from __future__ import annotations

from contacts.consent.models.catalogue import Channel, List, ListMembership, MessageType
from contacts.consent.models.checks import ResolverCheck
from contacts.consent.models.erasures import Erasure, ForgottenElsewhere
from contacts.consent.models.ledger import LedgerSeal, SubscriptionChange, SubscriptionState
from contacts.consent.models.observations import AddressReport, ObservedProfile, ProfileObservation

__all__ = [
    "AddressReport",
    "Channel",
    "Erasure",
    "ForgottenElsewhere",
    "LedgerSeal",
    "List",
    "ListMembership",
    "MessageType",
    "ObservedProfile",
    "ProfileObservation",
    "ResolverCheck",
    "SubscriptionChange",
    "SubscriptionState",
]
