"""Which source is calling the REST API, and what it may do."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from iterable_admin.inbox.models import Source
from iterable_admin.inbox.presented import KEY, Headers, authorization_in, bearer_in, key_in
from iterable_admin.inbox.signing import Message, check_signature
from iterable_admin.inbox.tokens import find_source

SCHEMES = ("bearer", "basic", "oauth2", "token")

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Caller:
    """What `request.user` is for a source: authenticated, and never a Django account. `message`: its signed call, if it signs."""

    is_authenticated = True
    is_active = True

    def __init__(self, source: Source, message: Message | None = None) -> None:
        self.source, self.message = source, message
        self.pk = f"source:{source.pk}"

    def __str__(self) -> str:
        return self.source.name


def caller_of(request: Request) -> Caller:
    """Behind the permission that lets nobody else in."""
    return cast(Caller, request.user)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, or `X-Api-Key: <token>` for callers that cannot set the former."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        token = bearer_in(request.headers) or key_in(request.headers, KEY)
        if not token:
            return None
        source = find_source(token)
        if source is None:
            raise AuthenticationFailed("Unknown or revoked token.")
        return _caller(request, source), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _caller(request: Request, source: Source) -> Caller:
    return Caller(source, check_signature(source, request._request, settings.INTAKE_MAX_BYTES))


class LooseTokenAuthentication(TokenAuthentication):
    """The token in each of the ways in which Iterable's webhooks can be told to send it.

    Its "Basic" sends the token bare, without that word; "OAuth2" sends it after its own. A user and password are taken too.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        tokens = list(dict.fromkeys(_possible_tokens(request.headers)))
        for token in tokens:
            if source := find_source(token):
                return _caller(request, source), None
        if tokens:
            raise AuthenticationFailed("Unknown or revoked token.")
        return None


def _possible_tokens(headers: Headers) -> Iterator[str]:
    scheme, rest = authorization_in(headers)
    if scheme and not rest:
        # As it stands: a token, and base64, are spelled in both cases.
        bare = headers["Authorization"].strip()
        yield bare
        yield from _user_and_password(bare)
    elif scheme in SCHEMES:
        yield rest
        if scheme == "basic":
            yield from _user_and_password(rest)
    if key := key_in(headers, KEY):
        yield key


def _user_and_password(encoded: str) -> Iterator[str]:
    """The token may stand in either's place."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return
    yield from filter(None, (password.strip(), user.strip()))


class HasScope(BasePermission):
    """The view names the scope it needs; a view that names none needs `read`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        source = getattr(request.user, "source", None)
        if not isinstance(source, Source):
            return False
        needed = getattr(view, "scope", Source.Scope.READ)
        self.message = f"This token's source may not do this: it lacks the scope {needed}."
        return needed in source.scopes
