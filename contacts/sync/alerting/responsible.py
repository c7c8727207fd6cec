"""Who acts next, and who is written to: somebody hears of it, also while a role is vacant."""

from __future__ import annotations

from django.conf import settings

from contacts.sync.models import SyncTrigger
from iterable_admin.audit.models import Dri
from iterable_admin.audit.notices import NotTold

Role = Dri.Role
# Whoever is there, in this order.
ROLES = (Role.TECHNICAL_OWNER, Role.BUSINESS_OWNER, Role.CAMPAIGNS_OWNER)
NOBODY = "Nobody to write to: give the trigger an address, or a DRI a name and an address, or set NOTIFY_EMAILS."


def who_acts() -> str:
    """`The technical owner`, or who stands in while that role is vacant."""
    held = _held()
    role = next((role for role in ROLES if role in held), ROLES[0])
    return f"The {role.label.lower()}"


def recipients(trigger: SyncTrigger) -> tuple[list[str], str]:
    """And why they are written to, where it is not they who should be. Raises NotTold when there is nobody."""
    if own := trigger.recipients.split():
        return own, ""
    held = _held()
    reached = next((held[role] for role in ROLES if role in held and held[role].email), None)
    if reached and reached.role == ROLES[0]:
        return [reached.email], ""
    to = [reached.email] if reached else list(settings.NOTIFY_EMAILS)
    if not to:
        raise NotTold(NOBODY)
    return to, _why_not_the_first(held.get(ROLES[0]))


def _held() -> dict[str, Dri]:
    return {dri.role: dri for dri in Dri.objects.all() if not dri.vacant}


def _why_not_the_first(first: Dri | None) -> str:
    if first is None:
        return f"You get this because the role of the {ROLES[0].label} is vacant."
    return f"You get this because no address of the {ROLES[0].label}, {first.name}, is known."
