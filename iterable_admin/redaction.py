"""Keep secrets and addresses out of logs."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from iterable_admin.addresses import mask_email

# "BadApiKey: Disabled" is Iterable's word for it, and no key.
SECRET = re.compile(
    r"(?<!Bad)((?:api[-_]?key|authorization|token)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)([^\s\"',&}]{8,})", re.IGNORECASE
)
BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE)
# What sources sign with, whatever it is called where it stands.
SIGNING = re.compile(r"whsec_[\w+/=-]+")
# Our own tokens, whatever they are called where they stand; longer than what tells them apart on our pages.
OURS = re.compile(r"\b(it[ab]_)[\w.=-]{12,}")
# What a sign-in provider sends a browser back with.
RETURN = re.compile(r"(/oidc/return/\?)\S+")
EMAIL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def redact(text: str) -> str:
    """`text` without what follows a key or token name, and without what sources sign with."""
    text = OURS.sub(r"\1…", SIGNING.sub("whsec_…", text))
    return RETURN.sub(r"\1…", BEARER.sub(r"\1 …", SECRET.sub(r"\1…", text)))


def mask_emails(text: str) -> str:
    return EMAIL.sub(lambda found: mask_email(found.group().replace("%40", "@")), text)


def redact_log(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: no secret and no full address leaves through a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask_emails(redact(value))
    return event
