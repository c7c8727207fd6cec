"""From a person whom the provider vouches for to an account here, with exactly the roles that the provider says."""

from __future__ import annotations

import re
from hashlib import sha256

from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent, Temporary
from iterable_admin.screens.roles import ROLES
from iterable_admin.screens.signing_in.claims import Person
from iterable_admin.screens.signing_in.models import Identity

NO_ROLE = "Your account at the sign-in provider is in no group that has a role here. The business owner decides who gets one."
DEACTIVATED = "Your account here was deactivated. An administrator can activate it again."
ADMINISTRATOR = "An administrator's account is for signing in with its password alone."
TAKEN = (
    "There is an account here with your address, and the provider does not vouch that the address is yours. "
    "An administrator adds an identity to that account, with the subject {subject}."
)
SEVERAL = (
    "There are several accounts here with your address. "
    "An administrator adds an identity to the right one, with the subject {subject}."
)
AT_ONCE = "You signed in twice at the same moment. Please try again."
LONGEST_USERNAME = 150


class Refused(Permanent):
    """The person is who they say they are, and may not come in."""


def admit(issuer: str, person: Person) -> User:
    """The account, fit to be signed in to. Roles that the provider no longer gives are taken even of those who are refused."""
    try:
        with transaction.atomic():
            account = _find(issuer, person) or (_make(issuer, person) if person.roles else None)
            refusal = _refusal(account, person)
            if account is not None and not account.is_superuser:
                _bring_up_to_date(account, person)
    except IntegrityError as race:
        raise Temporary(AT_ONCE) from race
    if account is None or refusal:
        raise Refused(refusal)
    return account


def _refusal(account: User | None, person: Person) -> str:
    if account is not None and account.is_superuser:
        return ADMINISTRATOR
    if account is not None and not account.is_active:
        return DEACTIVATED
    return "" if person.roles else NO_ROLE


def _find(issuer: str, person: Person) -> User | None:
    known = Identity.objects.select_related("user").filter(issuer=issuer, subject=person.subject).first()
    if known:
        return known.user
    return _link(issuer, person) if person.email else None


def _link(issuer: str, person: Person) -> User | None:
    """An account from before the provider, by an address that the provider vouches for; never an administrator's."""
    alike = list(User.objects.filter(email__iexact=person.email, identities=None, is_superuser=False)[:2])
    if not alike:
        return None
    if not person.email_verified:
        raise Refused(TAKEN.format(subject=person.subject))
    if len(alike) > 1:
        raise Refused(SEVERAL.format(subject=person.subject))
    (account,) = alike
    Identity.objects.create(user=account, issuer=issuer, subject=person.subject)
    return account


def _make(issuer: str, person: Person) -> User:
    account = User.objects.create_user(_free_username(issuer, person))
    Identity.objects.create(user=account, issuer=issuer, subject=person.subject)
    return account


def _free_username(issuer: str, person: Person) -> str:
    wanted = re.sub(r"[^\w.@+-]", "_", person.username or (person.email if person.email_verified else "") or person.subject)
    if not User.objects.filter(username__iexact=wanted[:LONGEST_USERNAME]).exists():
        return wanted[:LONGEST_USERNAME]
    mark = sha256(f"{issuer} {person.subject}".encode()).hexdigest()[:12]
    return f"{wanted[: LONGEST_USERNAME - 13]}-{mark}"


def _bring_up_to_date(account: User, person: Person) -> None:
    """Our three roles, and `is_staff` with them. Other groups are somebody else's."""
    account.is_staff = bool(person.roles)
    account.first_name, account.last_name = person.first_name or account.first_name, person.last_name or account.last_name
    if person.email_verified and person.email:
        account.email = person.email
    account.save(update_fields=["is_staff", "first_name", "last_name", "email"])
    held = set(account.groups.filter(name__in=ROLES).values_list("name", flat=True))
    account.groups.remove(*Group.objects.filter(name__in=held - person.roles))
    account.groups.add(*Group.objects.filter(name__in=person.roles - held))
    if held != person.roles:
        _record(account, sorted(held), sorted(person.roles))


def _record(account: User, before: list[str], after: list[str]) -> None:
    told = f"{', '.join(before) or 'no role'} → {', '.join(after) or 'no role'}"
    reason = "The sign-in provider's groups at this sign-in"
    record(account, "roles", f"account {account.pk}", {"ids": [str(account.pk)]}, 1, reason, told)
