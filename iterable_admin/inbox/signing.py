"""Whether a call bears its source's signature, after the Standard Webhooks scheme. It covers id, time and body, not the path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

import structlog
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import APIException
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from iterable_admin.errors import Misconfigured
from iterable_admin.inbox.encrypting import decrypt
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.raw_bodies import read_raw
from iterable_admin.inbox.refusing import BadSignature, Why
from iterable_admin.inbox.source_secrets import active_secrets

log = structlog.get_logger(__name__)

READS = ("GET", "HEAD", "OPTIONS")
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOLERANCE_SECONDS = 300
# Without a dot: what is signed is joined by dots, so that one in the id could be moved into the time.
ID = re.compile(r"[^\s.]{1,256}")
SECONDS = re.compile(r"[0-9]{1,12}")


class CannotCheck(APIException):
    """Ours to mend; the caller may try again."""

    status_code = 503
    default_detail = "Signatures cannot be checked right now. Please try again later."


@dataclass(frozen=True, slots=True)
class Message:
    """One signed call: hashes of its id and of what it says, and when it was signed, in seconds since the epoch."""

    digest: str
    content: str
    signed_at: int


def check_signature(source: Source, request: HttpRequest, most: int) -> Message | None:
    """None where nothing has to be signed: by this source, or to read. Raises BadSignature, TooLarge or CannotCheck."""
    if not getattr(source, "signs", False) or request.method in READS:
        return None
    said = {name: request.headers.get(name, "").strip() for name in NAMES}
    if not (ID.fullmatch(said["webhook-id"]) and SECONDS.fullmatch(said["webhook-timestamp"]) and said["webhook-signature"]):
        raise BadSignature(source, Why.UNSIGNED)
    signed_at = int(said["webhook-timestamp"])
    if abs(timezone.now().timestamp() - signed_at) > TOLERANCE_SECONDS:
        raise BadSignature(source, Why.EXPIRED)
    raw = read_raw(request, most)
    if not _is_signed(source, raw, said):
        raise BadSignature(source, Why.FORGED)
    content = b"\0".join((str(request.method).encode(), request.get_full_path().encode(), raw))
    return Message(sha256(said["webhook-id"].encode()).hexdigest(), sha256(content).hexdigest(), signed_at)


def _is_signed(source: Source, raw: bytes, said: dict[str, str]) -> bool:
    """By any of its secrets. One that cannot be read counts only where no other fits: then nobody knows, and nothing is taken."""
    problem = None
    for secret in active_secrets().filter(source=source):
        try:
            if _fits(decrypt(secret.encrypted), raw, said):
                return True
        except Misconfigured as unreadable:
            problem = unreadable
    if problem is None:
        return False
    log.error("signature not checked", source=source.name, reason=str(problem))
    raise CannotCheck


def _fits(secret: str, raw: bytes, said: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(raw, said, json_parse=False)
    # ValueError: a signature that is no list of "v1,base64", or a body that is no UTF-8, of which the library says no more.
    except (WebhookVerificationError, ValueError):
        return False
    return True
