"""Why an event stands where it stands, and who does what about it, and when: one sentence or two."""

from __future__ import annotations

from iterable_admin.audit.pills import moment_text
from iterable_admin.inbox.models import Event

WHO_MENDS = {
    "configuration": "The technical owner mends the setting it names, then replays it.",
    "no_handler": "The technical owner mends the installation, then replays it.",
    "address_taken": "The technical owner finds out in GitLab who has the address now; then replays it.",
    "our_bug": "Our error: the technical owner has it mended in the code, then replays it.",
    "no_address": "It goes on by itself once its user id has an address here; the technical owner looks it up in GitLab, now.",
    "nobody": "The technical owner finds out in Iterable whose it is, by campaign and time, and adds the email to its body, now.",
    "invalid": "The technical owner mends its body on its page, now; or the caller sends it again, mended.",
    "gave_up": "The technical owner looks at the reason, then replays it.",
}


def next_step(event: Event) -> str:
    """One sentence of why, one of what happens next; empty of secrets and addresses."""
    return f"{_why(event)} {_then(event)}".strip()


def _why(event: Event) -> str:
    reason = event.reason.strip()
    if event.state == Event.State.REJECTED and event.errors:
        reason = "; ".join(f"{field}: {_first(words)}" for field, words in event.errors.items())
    return reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."


def _first(words: object) -> object:
    return words[0] if isinstance(words, list) and words else words


def _then(event: Event) -> str:
    match event.state:
        case Event.State.RECEIVED:
            return "A worker takes it next, within a minute."
        case Event.State.PROCESSING:
            return f"A worker has it until {moment_text(event.lease_until)}; after that another one takes it."
        case Event.State.WAITING:
            return f"Tried again by itself at {moment_text(event.next_attempt_at)}, after {event.attempts} tries."
        case Event.State.HELD:
            return "It goes on by itself when what it waits for has come; the technical owner can replay it now."
        case Event.State.NEEDS_YOU:
            return WHO_MENDS.get(event.reason_code, "The technical owner mends the cause, then replays it: now.")
        case Event.State.REJECTED:
            return WHO_MENDS.get(event.reason_code, WHO_MENDS["invalid"])
    return ""
