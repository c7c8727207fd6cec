"""System checks of how people sign in."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from iterable_admin.screens.roles import ROLES
from iterable_admin.screens.signing_in.claims import roles_by_group
from iterable_admin.screens.signing_in.provider import ENDPOINTS, is_safe

# A day: by then the purge has forgotten the failures.
LONGEST_LOCK_MINUTES = 24 * 60


def sign_in() -> Iterator[CheckMessage]:
    yield from lock()
    if settings.SESSION_LONGEST_AGE < settings.SESSION_COOKIE_AGE:
        mend = "Set it to SESSION_COOKIE_AGE or more."
        yield _error("E041", "SESSION_LONGEST_AGE is shorter than a session may lie unused.", mend)
    if settings.OIDC_ISSUER:
        yield from provider()
        yield from roles()
    elif settings.OIDC_CLIENT_ID or settings.OIDC_CLIENT_SECRET:
        mend = "Set it to the provider's address, like https://gitlab.example.com, or unset the client."
        yield _error("E042", "OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is set, and OIDC_ISSUER is not.", mend)


def lock() -> Iterator[CheckMessage]:
    if not 0 < settings.SIGN_IN_LOCK_MINUTES <= LONGEST_LOCK_MINUTES:
        mend = f"Set it to 1 to {LONGEST_LOCK_MINUTES}."
        yield _error("E043", f"SIGN_IN_LOCK_MINUTES is {settings.SIGN_IN_LOCK_MINUTES}.", mend)
    if settings.PROXY_COUNT < 0:
        yield _error("E044", "PROXY_COUNT is negative.", "Set it to the number of proxies that add to X-Forwarded-For.")
    if settings.PROXY_COUNT == 0 and settings.BEHIND_PROXY:
        yield Warning(
            "PROXY_COUNT is 0 behind a proxy: everybody seems to come from its address, and locks out everybody of one name.",
            hint="Set it to the number of proxies that add to X-Forwarded-For.",
            id="iterable_admin.W045",
        )


def provider() -> Iterator[CheckMessage]:
    if not is_safe(settings.OIDC_ISSUER):
        yield _error(
            "E046", "OIDC_ISSUER is no https address.", "Write it as the provider does, like https://gitlab.example.com."
        )
    if not settings.OIDC_CLIENT_ID:
        mend = "Set it to the id of the client that was registered there, with /oidc/return/ as its redirect address."
        yield _error("E047", "OIDC_CLIENT_ID is not set.", mend)
    if not settings.OIDC_CLIENT_SECRET:
        yield _error("E048", "OIDC_CLIENT_SECRET is not set.", "Set it to the secret that the provider shows with the client.")
    given = [setting for setting in ENDPOINTS.values() if getattr(settings, setting)]
    for setting in given:
        if not is_safe(getattr(settings, setting)):
            yield _error("E049", f"{setting} is no https address.", "Write https://…, or unset it to let it be discovered.")
    if "openid" not in settings.OIDC_SCOPES.split():
        yield Warning("OIDC_SCOPES lacks openid, which is asked for all the same.", hint="Add it.", id="iterable_admin.W050")


def roles() -> Iterator[CheckMessage]:
    if not settings.OIDC_GROUPS_CLAIM:
        mend = "Set it to the claim in which the provider lists a person's groups, like groups."
        yield _error("E051", "OIDC_GROUPS_CLAIM is not set.", mend)
    if not settings.OIDC_ROLES:
        mend = f"Write group=role with commas between; the roles are {', '.join(ROLES)}."
        yield _error("E052", "OIDC_ROLES is not set: nobody could come in.", mend)
    for group, role in roles_by_group():
        if not group or role not in ROLES:
            mend = f"Write group=role; the roles are {', '.join(ROLES)}."
            yield _error("E053", f"OIDC_ROLES maps {group!r} to {role!r}, which is no role.", mend)


def _error(code: str, message: str, mend: str) -> CheckMessage:
    return Error(message, hint=mend, id=f"iterable_admin.{code}")
