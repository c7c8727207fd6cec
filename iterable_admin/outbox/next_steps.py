"""Why a delivery stands where it stands, and who does what about it, and when: one sentence or two."""

from __future__ import annotations

from iterable_admin.audit.pills import moment_text
from iterable_admin.outbox.models import Delivery

WHO_MENDS = {
    "configuration": "The technical owner mends the setting, now; then retries it.",
    "permanent": "The same again would be refused again: the technical owner mends the data or the rule, then retries it.",
    "gave_up": "The technical owner looks at its attempts, now; then retries it.",
    "ambiguous": "It may have been applied: the technical owner looks in Iterable, now; then retries it or gives it up.",
    "address_taken": "Two profiles, one person: the technical owner merges them in Iterable; then retries this.",
    "our_bug": "Our error: the technical owner has it mended in the code, then retries it.",
}


def next_step(delivery: Delivery) -> str:
    return f"{_why(delivery)} {_then(delivery)}".strip()


def _why(delivery: Delivery) -> str:
    reason = delivery.reason.strip()
    return reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."


def _then(delivery: Delivery) -> str:
    match delivery.state:
        case Delivery.State.READY:
            return "A worker sends it next, as the rate limit, the sending switch and an accepted key allow."
        case Delivery.State.SENDING:
            return f"On its way until {moment_text(delivery.lease_until)}; after that another worker takes it."
        case Delivery.State.WAITING:
            return f"Tried again by itself at {moment_text(delivery.next_attempt_at)}, after {delivery.attempts} tries."
        case Delivery.State.HELD:
            return _held(delivery)
        case Delivery.State.SETTLING:
            return f"Iterable accepted it; it counts as applied from {moment_text(delivery.settles_at)}."
        case Delivery.State.NEEDS_YOU:
            return WHO_MENDS.get(delivery.reason_code, "The technical owner mends the cause, then retries it: now.")
    return ""


def _held(delivery: Delivery) -> str:
    if delivery.held_for_id:
        return f"It leaves by itself once withdrawal {delivery.held_for_id} is applied in Iterable."
    return f"Asked about again by itself at {moment_text(delivery.next_attempt_at)}."
