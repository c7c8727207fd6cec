"""The OpenID Connect provider: what is set, where its doors are, and a client that proves what it says.

Authlib makes state, nonce and the PKCE challenge, and checks signature, issuer, audience, times and nonce of the ID token.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings

from iterable_admin.errors import Misconfigured, Temporary
from iterable_admin.outbox.connection import is_loopback

NAME = "provider"
SECONDS = 5
# Signed by a key that the provider alone has: none and the HS family are not for a published set of keys.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# The name of each address in the provider's document, and the setting that gives it where there is no such document.
ENDPOINTS = {
    "authorization_endpoint": "OIDC_AUTHORIZATION_ENDPOINT",
    "token_endpoint": "OIDC_TOKEN_ENDPOINT",
    "jwks_uri": "OIDC_JWKS_ENDPOINT",
    "userinfo_endpoint": "OIDC_USERINFO_ENDPOINT",
}
REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def is_configured() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def provider_name() -> str:
    """What the button says; empty where there is no provider."""
    return (settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname or "") if is_configured() else ""


def scopes() -> str:
    """Without `openid` there would be no ID token, and so nothing to prove."""
    return " ".join(dict.fromkeys(["openid", *settings.OIDC_SCOPES.split()]))


def client() -> Any:
    """A new one each time: signing in is rare, and so a key that the provider changed is never an old one here."""
    document = described()
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    how = {} if "client_secret_basic" in methods else {"token_endpoint_auth_method": "client_secret_post"}
    return DjangoOAuth2App(
        DjangoIntegration(NAME),
        NAME,
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        client_kwargs={"scope": scopes(), "code_challenge_method": "S256", "default_timeout": SECONDS, **how},
        issuer=document["issuer"],
        id_token_signing_alg_values_supported=list(ALGORITHMS),
        **{name: document[name] for name in ENDPOINTS if document.get(name)},
    )


def described() -> dict[str, Any]:
    """The provider's document; what the settings give goes before it."""
    given = {name: getattr(settings, setting) for name, setting in ENDPOINTS.items() if getattr(settings, setting)}
    found = {} if all(name in given for name in REQUIRED) else _discovered()
    document = {"issuer": settings.OIDC_ISSUER, **found, **given}
    for name in ENDPOINTS:
        if (name in REQUIRED or document.get(name)) and not is_safe(document.get(name)):
            raise Misconfigured(f"The sign-in provider names no https address as its {name}.")
    return document


def _discovered() -> dict[str, Any]:
    address = f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=SECONDS)
        answer.raise_for_status()
        document = answer.json()
    except requests.RequestException as problem:
        raise Temporary(f"The sign-in provider did not answer at {address}: {type(problem).__name__}.") from problem
    if not isinstance(document, dict) or document.get("issuer") != settings.OIDC_ISSUER:
        raise Misconfigured("The sign-in provider calls itself by another name than OIDC_ISSUER; they have to be the same.")
    return document


def is_safe(address: object) -> bool:
    """A code or a token never travels in the clear, but to this machine."""
    url = urlsplit(address) if isinstance(address, str) else None
    return url is not None and bool(url.hostname) and (url.scheme == "https" or is_loopback(str(address)))
