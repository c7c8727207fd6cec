"""The shapes in which Iterable explains itself: two JSON envelopes, plain text, HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
HTML = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title)\b", re.IGNORECASE | re.DOTALL)
INVALID_BODY = re.compile(r"(\[/[\w/.{}-]*\] )?Invalid JSON body")


class BodyKind(StrEnum):
    JSON = "json"
    """The standard envelope, or another JSON object."""
    SECOND = "second envelope"
    TEXT = "text"
    HTML = "html"
    EMPTY = "empty"
    NONE = "none"
    """No answer came."""


@dataclass(frozen=True, slots=True)
class Envelope:
    message: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def kind_of_body(text: str | None) -> BodyKind:
    """A JSON value that is no object counts as text: Iterable never answers with one."""
    if text is None:
        return BodyKind.NONE
    if not text.strip():
        return BodyKind.EMPTY
    if is_html(text):
        return BodyKind.HTML
    body = parse_object(text)
    if body is None:
        return BodyKind.TEXT
    return BodyKind.SECOND if "error" in body and "msg" not in body else BodyKind.JSON


def parse_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_html(text: str) -> bool:
    return HTML.match(text[:2000]) is not None


def read_envelope(text: str) -> Envelope:
    """Never fails: an error may come in any shape, from Iterable or from something in front of it.

    Nothing is cut or redacted yet.
    """
    body = parse_object(text)
    if body is None:
        return Envelope(_plain(text))
    # `msg` in the standard envelope, `message` or `error` in that of the newer endpoints; `params` is often null.
    message = body.get("msg") or body.get("message") or body.get("error") or ""
    params = body.get("params")
    return Envelope(
        message=str(message),
        code=body["code"] if isinstance(body.get("code"), str) else "",
        params=params if isinstance(params, Mapping) else {},
    )


def told_by(envelope: Envelope) -> str:
    """Its message without what it quotes of our request: that would be other people's data in everybody's reason."""
    if envelope.code == "BadJsonBody":
        found = INVALID_BODY.match(envelope.message)
        reasons = (f"{path}: {_reason(reason)}" for path, reason in envelope.params.items())
        return "; ".join([found[0] if found else "Invalid JSON body", *reasons])
    quoted = envelope.message.find('{"', 1)
    return envelope.message if quoted < 0 else envelope.message[:quoted].rstrip() + " […]"


def _reason(found: object) -> str:
    """A text, or in the older form a list of `{msg, args}`; an argument may be a value."""
    if isinstance(found, list):
        return ", ".join(str(item["msg"]) for item in found if isinstance(item, Mapping) and "msg" in item)
    return found if isinstance(found, str) else ""


def _plain(text: str) -> str:
    title = TITLE.search(text) if is_html(text) else None
    return " ".join((title.group(1) if title else text).split())
