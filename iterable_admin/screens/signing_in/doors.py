"""The way to the provider and back."""

from __future__ import annotations

from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.django_client import DjangoIntegration, OAuthError
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from joserfc.errors import JoseError

from iterable_admin.errors import Problem
from iterable_admin.screens.signing_in.accounts import Refused, admit
from iterable_admin.screens.signing_in.claims import read
from iterable_admin.screens.signing_in.provider import NAME, client, is_configured, provider_name

NEXT = "signing_in_next"
BACKEND = "django.contrib.auth.backends.ModelBackend"
UNPROVEN = "What the sign-in provider sent could not be proven to be meant for you, here and now. Please begin again."
UNANSWERED = "The sign-in provider did not answer as it should. Please try again in a few minutes, or ask the technical owner."
# OpenID Connect Core, 2; and the column's.
LONGEST_SUBJECT = 255
FORBIDDEN, BAD_REQUEST, BAD_GATEWAY = 403, 400, 502


@never_cache
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    _require_provider()
    request.session[NEXT] = _safe_next(request)
    try:
        answer: HttpResponse = client().authorize_redirect(request, request.build_absolute_uri(reverse("sign_in_return")))
    except (Problem, requests.RequestException) as problem:
        return refuse(request, str(problem) if isinstance(problem, Problem) else UNANSWERED, BAD_GATEWAY)
    return answer


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    _require_provider()
    try:
        account = admit(settings.OIDC_ISSUER, read(_proven_claims(request)))
    except Refused as refused:
        return refuse(request, str(refused), FORBIDDEN)
    except (Problem, requests.RequestException) as problem:
        return refuse(request, str(problem) if isinstance(problem, Problem) else UNANSWERED, BAD_GATEWAY)
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as fault:
        return refuse(request, _words_for(fault), BAD_REQUEST)
    whither = request.session.pop(NEXT, "") or resolve_url(settings.LOGIN_REDIRECT_URL)
    login(request, account, backend=BACKEND)
    return HttpResponseRedirect(whither)


def _proven_claims(request: HttpRequest) -> dict[str, Any]:
    """Of the ID token, and of the userinfo beside it if that is about the same person."""
    _require_departure(request)
    provider = client()
    wanted = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
    }
    token = provider.authorize_access_token(request, claims_options=wanted, leeway=60)
    proven = token.get("userinfo")
    if not proven or not isinstance(proven.get("sub"), str) or not 0 < len(proven["sub"]) <= LONGEST_SUBJECT:
        raise ValueError("no ID token, or of nobody")
    if not provider.server_metadata.get("userinfo_endpoint"):
        return dict(proven)
    told = provider.userinfo(token=token)
    if told.get("sub") != proven["sub"]:
        raise ValueError("userinfo of somebody else")
    return {**told, **proven}


def _require_departure(request: HttpRequest) -> None:
    """Nobody makes us call the provider who has not left from here, in this browser."""
    if request.GET.get("error"):
        raise OAuthError(error=request.GET["error"])
    if not DjangoIntegration(NAME).get_state_data(request.session, request.GET.get("state", "")):
        raise MismatchingStateError


def _words_for(fault: Exception) -> str:
    """The provider may say itself that the person, or an administrator there, refused."""
    return "The sign-in provider did not let you in." if getattr(fault, "error", "") == "access_denied" else UNPROVEN


def refuse(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "admin/sign_in_refused.html", {"sentence": sentence, "provider": provider_name()}, status=status)


def _require_provider() -> None:
    if not is_configured():
        raise Http404("No sign-in provider is set.")


def _safe_next(request: HttpRequest) -> str:
    """Never to another site, whoever wrote the link."""
    wanted = request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else ""
