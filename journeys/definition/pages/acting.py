"""What may be done to a version, by whom, and the question that is asked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from journeys.definition.blocking import blocking
from journeys.definition.lifecycle import APPROVE, WRITE, By, approve, propose, submit, supersede, verify, withdraw
from journeys.definition.models import JourneyVersion

State = JourneyVersion.State
Act = Callable[[JourneyVersion, By, str], JourneyVersion]


@dataclass(frozen=True, slots=True)
class Deed:
    """`permissions`: one of them is enough. `act` gets the hash of the graph that was seen."""

    name: str
    label: str
    sentence: str
    permissions: tuple[str, ...]
    states: tuple[str, ...]
    act: Act


def _begin(version: JourneyVersion, by: By, _seen: str) -> JourneyVersion:
    return propose(version.journey, by, version.read(), notes=f"Begun from version {version.number}.")


DEEDS: Mapping[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed(
            "submit",
            "Send to review",
            "The business owner is asked to approve it. It cannot be edited meanwhile; it can be withdrawn.",
            (WRITE,),
            (State.DRAFT,),
            lambda version, by, _: submit(version, by),
        ),
        Deed(
            "approve",
            "Approve",
            "It becomes the description that holds, and the one approved before is superseded. Nothing in Iterable is touched.",
            (APPROVE,),
            (State.IN_REVIEW,),
            approve,
        ),
        Deed(
            "withdraw",
            "Withdraw to draft",
            "It is a draft again and can be edited.",
            (WRITE, APPROVE),
            (State.IN_REVIEW,),
            lambda version, by, _: withdraw(version, by),
        ),
        Deed(
            "verify",
            "Verified today",
            "You compared it with Iterable today, and it says what stands there. It is kept as verified on this day.",
            (WRITE,),
            JourneyVersion.STANDING,
            lambda version, by, _: verify(version, by),
        ),
        Deed(
            "begin",
            "Begin another version",
            "A new draft that begins as a copy of this one; this one stays as it is.",
            (WRITE,),
            (State.APPROVED, State.SUPERSEDED),
            _begin,
        ),
        Deed(
            "give-up",
            "Give up",
            "It is superseded without another one in its place, and kept for comparison.",
            (WRITE,),
            JourneyVersion.OPEN,
            lambda version, by, _: supersede(version, by),
        ),
        Deed(
            "take-back",
            "Take the approval back",
            "It no longer holds, and no other version does. It is kept for comparison.",
            (APPROVE,),
            (State.APPROVED,),
            lambda version, by, _: supersede(version, by),
        ),
    )
}


def offered(version: JourneyVersion, user: User | AnonymousUser) -> list[Deed]:
    return [deed for deed in DEEDS.values() if version.state in deed.states and may(deed, user)]


def may(deed: Deed, user: User | AnonymousUser) -> bool:
    return user.is_active and any(user.has_perm(permission) for permission in deed.permissions)


def warnings(deed: Deed, version: JourneyVersion) -> list[str]:
    """What stands in the way of an approval."""
    found = blocking(version) if deed.name in ("submit", "approve") else []
    return [f"{row.code} blocks the approval: {row.sentence} {row.next_step}" for row in found]
