"""The names of Iterable's system webhooks, and what each kind of them means to us."""

from __future__ import annotations

UNSUBSCRIBE, SUBSCRIBE = "emailUnSubscribe", "emailSubscribe"
BOUNCE, COMPLAINT, CLICK = "emailBounce", "emailComplaint", "hostedUnsubscribeClick"
SEND_SKIP = "emailSendSkip"
# About one person's subscriptions or address: without the person nothing can be done, so it has to be mended.
ABOUT_SOMEBODY = (UNSUBSCRIBE, SUBSCRIBE, BOUNCE, COMPLAINT)
WITHDRAWALS = (UNSUBSCRIBE, COMPLAINT)

_MEDIA = {
    "email": ("Send", "Open", "Click", "Complaint", "Bounce", "SendSkip", "Subscribe", "UnSubscribe"),
    "push": ("Send", "Open", "Uninstall", "Bounce", "SendSkip"),
    "inApp": ("Send", "Open", "Click", "Close", "Delete", "Delivery", "SendSkip", "Recall"),
    "sms": ("Send", "Bounce", "Click", "Received", "SendSkip", "UsageInfo"),
    "webPush": ("Send", "Click", "SendSkip"),
    "rcs": ("Send", "SendSkip"),
    "embedded": ("Send", "SendSkip", "Click", "Received", "Impression", "Session"),
    "whatsApp": ("Bounce", "Click", "Received", "Seen", "Send", "SendSkip", "UsageInfo"),
    "": ("hostedUnsubscribeClick", "inboxSession", "inboxMessageImpression", "journeyExit", "inAppRequest", "profileUpdate"),
}
KNOWN = tuple(medium + word for medium, words in _MEDIA.items() for word in words)
# Public clients write emailUnsubscribe with a small s.
_BY_SPELLING = {name.casefold(): name for name in KNOWN}


def canonical(name: str) -> str:
    return _BY_SPELLING.get(name.casefold(), name)


def is_known(name: str) -> bool:
    return name in KNOWN
