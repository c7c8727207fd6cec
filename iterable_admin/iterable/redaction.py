"""Nothing secret leaves this room in a text: not in an error, not in a Call, not in a log."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

REDACTED = "[redacted]"
EXCERPT_LENGTH = 2000
# Cut before the patterns run, so that a huge page costs little; ten times the excerpt, because redaction shortens.
SEARCHED_LENGTH = 10 * EXCERPT_LENGTH

# Iterable's older BadJsonBody echoes the request's headers in its message, the Api-Key among them, in whatever
# notation its server prints a map: `Api-Key: x`, `"Api-Key":["x"]`, `(Api-Key,x)`, `Api-Key -> x`, `api_key=x`.
ECHOED_HEADER = re.compile(
    r"""(?P<name>api[-_]key|authorization)(?P<between>[\s"'\\:=>,(\[-]*)(?!\[?redacted)(?P<value>[^"'\\\r\n,;&)\]}<]+)""",
    re.IGNORECASE,
)
# An export's file can be read by whoever has its link.
SIGNATURE = re.compile(r"""((?:x-amz-[a-z-]+|signature|sig|policy)=)[^&"'\\\s<]+""", re.IGNORECASE)

# A piece of a key as long as this is hidden too: an echo may be cut. Iterable itself names a key by its first eight.
SHORTEST_PIECE = 12


class Secret(str):
    """A str in all but its looks: frames on an error page, reprs and format strings show that it is hidden."""

    __slots__ = ()

    def __new__(cls, value: str) -> Secret:
        return value if isinstance(value, Secret) else super().__new__(cls, value)

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return REDACTED

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not to be stored")


def redact(text: str, secret: str) -> str:
    """`text` as it may be stored and shown, at most SEARCHED_LENGTH characters of it."""
    hidden = storable(text[:SEARCHED_LENGTH])
    for form in _forms_of_a_key(Secret(secret)):
        hidden = _hide_pieces(hidden, form, SHORTEST_PIECE * len(form) // max(len(secret), 1))
    hidden = SIGNATURE.sub(rf"\g<1>{REDACTED}", hidden)
    # Afterwards, so that a value in two pieces does not end this one early.
    return ECHOED_HEADER.sub(rf"\g<name>\g<between>{REDACTED}", hidden)


def redact_all(value: Any, secret: str) -> Any:
    """The same for every text in a JSON value, names included."""
    if isinstance(value, str):
        return redact(value, secret)
    if isinstance(value, list):
        return [redact_all(item, secret) for item in value]
    if isinstance(value, dict):
        return {redact(str(name), secret): redact_all(item, secret) for name, item in value.items()}
    return value


@lru_cache(maxsize=8)
def _forms_of_a_key(secret: Secret) -> tuple[Secret, ...]:
    """As a service may write it: plain, escaped for a URL, JSON or HTML, in base64 at any of three offsets, in hexadecimal."""
    raw = secret.encode()
    packed = [base64.b64encode(b"\0" * shift + raw).decode()[4 if shift else 0 : -4] for shift in range(3)]
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in secret)
    percent = "".join(f"%{byte:02x}" for byte in raw)
    references = "".join(f"&#{ord(letter)};" for letter in secret)
    spaced = (" ".join(secret), "\n".join(secret))
    forms = {*_forms(secret), html.escape(secret), *packed, escaped, percent, references, raw.hex(), *spaced} - {""}
    return tuple(map(Secret, sorted(forms, key=len, reverse=True)))


def _hide_pieces(text: str, form: str, size: int) -> str:
    """Every stretch of `text` that is made of pieces of `form`, in any case, `size` letters long or longer."""
    shown: list[str] = []
    at = 0
    for start, end in sorted(set(_spans(text, form, min(size, len(form))))):
        if start > at or not shown:
            shown += [text[at:start], REDACTED]
        at = max(at, end)
    return "".join([*shown, text[at:]])


def _spans(text: str, form: str, size: int) -> Iterator[tuple[int, int]]:
    # Lower-cased letter by letter, so that places in the one are places in the other.
    haystack, needle = _lowered(text), _lowered(form)
    for piece in {needle[at : at + size] for at in range(len(needle) - size + 1)}:
        start = haystack.find(piece)
        while start >= 0:
            yield start, start + size
            start = haystack.find(piece, start + 1)


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(letter.lower()[:1] for letter in text)


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
