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
# Public clients write emailUnsubscribe with a small s, or with underscores.
_BY_SPELLING = {name.casefold(): name for name in KNOWN}
# Iterable tells every medium's by the email names. Should one come under its own after all, a withdrawal is not lost by it.
_OF_ANY_MEDIUM = {
    f"{medium.casefold()}{word}{ending}": name
    for medium in _MEDIA
    for word, name in (("unsubscribe", UNSUBSCRIBE), ("subscribe", SUBSCRIBE))
    for ending in ("", "d")
    if medium or name == UNSUBSCRIBE
}


def canonical(name: str) -> str:
    spelling = plain(name)
    return _BY_SPELLING.get(spelling) or _OF_ANY_MEDIUM.get(spelling) or name


def plain(word: str) -> str:
    """Without blanks, punctuation and case."""
    return "".join(letter for letter in word if letter.isalnum()).casefold()


def is_known(name: str) -> bool:
    return name in KNOWN
