"""How long a session lasts: so long without a page being opened, and never longer than so long since signing in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"
# A session is written, and its end put off, no more often than this: not with each page.
SECONDS_BETWEEN_WRITES = 300
SHARE_OF_AGE = 10
ENDED = "Your session ended because you signed in long ago. Please sign in again."


def begin(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """What Django calls at each sign-in."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(time.time())


class SessionAgeMiddleware:
    """Django ends a session that nobody uses; this one keeps those in use alive, and ends those that are too old."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie there is no session, and nothing to ask the database.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        now = int(time.time())
        # Sessions from before this rule count from now.
        if now - request.session.setdefault(SIGNED_IN_AT, now) >= settings.SESSION_LONGEST_AGE:
            logout(request)
            messages.warning(request, ENDED)
            return redirect_to_login(request.get_full_path() if request.method == "GET" else settings.LOGIN_REDIRECT_URL)
        pause = min(SECONDS_BETWEEN_WRITES, settings.SESSION_COOKIE_AGE // SHARE_OF_AGE)
        if _is_opened(request) and now - request.session.get(SEEN_AT, 0) >= pause:
            request.session[SEEN_AT] = now
        return self.get_response(request)


def _is_opened(request: HttpRequest) -> bool:
    """By a person, not by a page that asks for news of its own accord and may be left open for days."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
