"""The kinds of entries that can be exported, by the names of the published description."""

from __future__ import annotations

from iterable_admin.sandbox.answers import bad_params

_MEDIA = {
    "email": ("Send", "Open", "Click", "Complaint", "Bounce", "SendSkip", "Subscribe", "UnSubscribe"),
    "push": ("Send", "Open", "Uninstall", "Bounce", "SendSkip"),
    "inApp": ("Send", "Open", "Click", "Close", "Delete", "Delivery", "SendSkip", "Recall"),
    "sms": ("Send", "Bounce", "Click", "Received", "SendSkip", "UsageInfo"),
    "webPush": ("Send", "Click", "SendSkip"),
    "rcs": ("Send", "SendSkip"),
    "embedded": ("Send", "SendSkip", "Click", "Received", "Impression", "Session"),
    "whatsApp": ("Bounce", "Click", "Received", "Seen", "Send", "SendSkip", "UsageInfo"),
    "": (
        "hostedUnsubscribeClick",
        "inboxSession",
        "inboxMessageImpression",
        "purchase",
        "customEvent",
        "user",
        "unknownSession",
        "journeyExit",
    ),
}
TYPES = tuple(medium + word for medium, words in _MEDIA.items() for word in words)
# Public clients spell emailUnSubscribe with a small s, and one calls unknownSession by its former name.
_BY_SPELLING = {name.lower(): name for name in TYPES} | {"anonsession": "unknownSession"}


def read_type(name: str) -> str:
    if (found := _BY_SPELLING.get(name.lower())) is None:
        raise bad_params(f"Invalid dataTypeName: {name}")
    return found
