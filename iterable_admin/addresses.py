"""Email addresses as the house compares, keys and shows them."""

from __future__ import annotations

import hmac
import re

from django.conf import settings

# RFC 5321: 254 octets for the whole path, 64 for the local part.
LONGEST_ADDRESS = 254
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
ADDRESS = re.compile(rf"[^\s@,;:<>()\[\]\\\"{{}}]{{1,64}}@(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,63}})")


def normalise_email(received: str) -> str:
    """The form that identifies a mailbox here and in Iterable: trimmed and lower-cased (plus and dots are kept)."""
    return received.strip().lower()


def is_email(normalised: str) -> bool:
    return len(normalised) <= LONGEST_ADDRESS and ADDRESS.fullmatch(normalised) is not None


def address_key(email: str) -> str:
    """HMAC-SHA256 of the normalised address, in hex: names a person where no address may rest."""
    return _keyed_hash(normalise_email(email))


def user_id_lane(user_id: str) -> str:
    """The lane of someone of whom we know no address yet; never equal to an address key."""
    return "user:" + _keyed_hash(user_id)[:58]


def _keyed_hash(text: str) -> str:
    # In one call: an object for each costs three times as much, and a sync has a million of them.
    return hmac.digest(settings.ADDRESS_KEY.encode(), text.encode(), "sha256").hex()


def mask_email(email: str) -> str:
    """`j…@e….com`: enough to recognise in a log, too little to write to."""
    local, _, host = email.partition("@")
    return f"{local[:1]}…@{host[:1]}….{host.rpartition('.')[2]}"
