"""Nothing secret leaves this room in a text: not in an error, not in a Call, not in a log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

REDACTED = "[redacted]"
EXCERPT_LENGTH = 2000
# Cut before the patterns run, so that a huge page costs little; ten times the excerpt, because redaction shortens.
SEARCHED_LENGTH = 10 * EXCERPT_LENGTH

# Iterable's older BadJsonBody echoes the request's headers in its message, the Api-Key among them, in whatever
# notation its server prints a map: `Api-Key: x`, `"Api-Key":["x"]`, `(Api-Key,x)`, `Api-Key -> x`, `api_key=x`.
ECHOED_HEADER = re.compile(
    r"""(?P<name>api[-_]key|authorization)(?P<between>[\s"'\\:=>,(\[-]*)(?P<value>[^"'\\\r\n,;&)\]}<]+)""", re.IGNORECASE
)


def redact(text: str, secret: str) -> str:
    hidden = ECHOED_HEADER.sub(rf"\g<name>\g<between>{REDACTED}", storable(text[:SEARCHED_LENGTH]))
    for form in _forms(secret):
        hidden = re.sub(re.escape(form), REDACTED, hidden, flags=re.IGNORECASE)
    return hidden


def without(text: str, secrets: Iterable[str]) -> str:
    """Hides what was sent, e.g. a webhook's password, in an answer that echoes it."""
    for form in (form for secret in secrets for form in _forms(secret)):
        text = text.replace(form, REDACTED)
    return text


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]} - {""}


def excerpt(text: str, secret: str) -> str:
    """Redacted first and cut afterwards, so that no half of a key survives at the end."""
    return redact(text, secret)[:EXCERPT_LENGTH]


def storable(text: str) -> str:
    """Without what PostgreSQL refuses in a text: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
