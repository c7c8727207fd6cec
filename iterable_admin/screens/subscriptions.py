"""A person's subscription matrix on the contact page: now, or as of a moment that the viewer asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.consent.matrix import matrix
from contacts.consent.models import Erasure
from contacts.consent.resolver.person import Reason, Verdict
from contacts.models import Contact

# The model whose page shows what caused a reason, with the permission to see it.
CAUSES = {
    "ledger": "subscriptionchange",
    "observation": "profileobservation",
    "report": "addressreport",
    "list": "list",
    "erasure": "erasure",
    "forgotten elsewhere": "forgottenelsewhere",
}
WORDS = {True: ("done", "yes"), False: ("skipped", "no"), None: ("waiting", "not known")}


def matrix_of(contact: Contact | Erasure, request: HttpRequest) -> dict[str, Any]:
    """What the panel shows, also of a person who was erased. A moment that is none is told, and now is shown."""
    told = {name: request.GET.get(name, "") for name in ("at", "known_at")}
    asked = {name: _moment(text) for name, text in told.items()}
    odd = [name for name, text in told.items() if text and asked[name] is None]
    return {
        "lines": matrix(contact.address_key, **asked),
        "asked_at": asked["at"],
        "known_at": asked["known_at"],
        "at_text": told["at"],
        "known_at_text": told["known_at"],
        "problem": f"{', '.join(odd)}: not a moment; write 2026-03-31T14:30." if odd else "",
        "zone": timezone.get_current_timezone_name(),
    }


def _moment(text: str) -> datetime | None:
    """In the zone of the page where the text names none."""
    try:
        value = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(value) if value and timezone.is_naive(value) else value


def verdict_in_words(verdict: Verdict, request: HttpRequest) -> dict[str, Any]:
    state, word = WORDS[verdict.allowed]
    return {"state": state, "word": word, "reasons": [_reason(reason, request) for reason in verdict.reasons]}


def _reason(reason: Reason, request: HttpRequest) -> dict[str, Any]:
    model = CAUSES.get(reason.cause)
    shown = model and reason.cause_id and request.user.has_perm(f"consent.view_{model}")
    url = reverse(f"admin:consent_{model}_change", args=[reason.cause_id]) if shown else ""
    return {"code": reason.code, "sentence": reason.sentence, "since": reason.since, "url": url}
