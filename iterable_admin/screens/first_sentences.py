"""What a page says first: one sentence of what happened to the row, true for each state. Who acts next follows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from iterable_admin.audit.pills import moment_text, span
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Attempt, Delivery

# What became of the deliveries of an event, worst first, as the sentence says it.
ENDS = {
    Delivery.State.NEEDS_YOU: "needs the technical owner, now",
    Delivery.State.WAITING: "will be tried again by itself",
    Delivery.State.HELD: "held",
    Delivery.State.READY: "on its way",
    Delivery.State.SENDING: "on its way",
    Delivery.State.SETTLING: "accepted",
    Delivery.State.DELIVERED: "accepted",
    Delivery.State.SKIPPED: "skipped",
}
EVENTS = {
    Event.State.RECEIVED: "Received from {source} {ago}, and not processed yet{made}.",
    Event.State.PROCESSING: "Received from {source} {ago}, and being processed now{made}.",
    Event.State.WAITING: "Received from {source} {ago}; it could not be processed yet{made}.",
    Event.State.HELD: "Received from {source} {ago}, and held{made}.",
    Event.State.DONE: "Accepted from {source} {ago}, {did}.",
    Event.State.SKIPPED: "Received from {source} {ago}, and skipped{made}.",
    Event.State.NEEDS_YOU: "Received from {source} {ago}, and stuck: it needs the technical owner{made}.",
    Event.State.REJECTED: "Received from {source} {ago}, and rejected: its body was not understood{made}.",
}
DELIVERIES = {
    Delivery.State.READY: "This {what} was made {made}, and waits for its turn.",
    Delivery.State.SENDING: "This {what} is on its way to Iterable now, in attempt {tries} of {most}.",
    Delivery.State.WAITING: "This {what} did not arrive in {tries} of {most} attempts.",
    Delivery.State.HELD: "This {what} was made {made}, and is held.",
    Delivery.State.SETTLING: "Iterable accepted this {what} {accepted}, and is applying it.",
    Delivery.State.DELIVERED: "Iterable accepted this {what} {accepted}, in {which}.",
    Delivery.State.SKIPPED: "This {what} was skipped {ended}: it is not sent.",
    Delivery.State.NEEDS_YOU: "This {what} did not arrive, after {attempts}: it needs the technical owner.",
}


def ago(value: datetime | None) -> SafeString:
    """`3 min ago`, with the absolute time on hover."""
    if value is None:
        return format_html("{}", "at a time that is not known")
    passed = timezone.now() - value
    words = span(passed).split(" ")
    told = f"{' '.join(words[:2])} ago" if passed.total_seconds() >= 1 else "just now"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment_text(value), told)


def event_sentence(event: Event, deliveries: Sequence[Delivery]) -> SafeString:
    did = _made(deliveries)
    return format_html(
        EVENTS[Event.State(event.state)],
        source=event.source,
        ago=ago(event.received_at),
        did=did,
        made=f"; it {did}" if deliveries else "",
    )


def _made(deliveries: Sequence[Delivery]) -> str:
    """`made 2 deliveries, both accepted`."""
    if not deliveries:
        return "made no delivery"
    ends = Counter(ENDS[Delivery.State(row.state)] for row in deliveries)
    made = f"made {len(deliveries)} deliver{'y' if len(deliveries) == 1 else 'ies'}"
    if len(ends) > 1:
        ordered = dict.fromkeys(end for end in ENDS.values() if end in ends)
        return f"{made}: {', '.join(f'{ends[end]} {end}' for end in ordered)}"
    return f"{made}, {_all_of(len(deliveries))}{next(iter(ends))}"


def _all_of(count: int) -> str:
    return {1: "", 2: "both "}.get(count, "all ")


def delivery_sentence(delivery: Delivery) -> SafeString:
    tries, most = delivery.attempts, settings.DELIVERY_MAX_ATTEMPTS
    return format_html(
        DELIVERIES[Delivery.State(delivery.state)],
        what=delivery.get_operation_display(),
        made=ago(delivery.created_at),
        accepted=ago(delivery.accepted_at),
        ended=ago(delivery.ended_at),
        tries=tries,
        most=most,
        attempts=f"{tries} attempt{'' if tries == 1 else 's'}",
        which="the first attempt" if tries <= 1 else f"attempt {tries} of {most}",
    )


def attempt_sentence(attempt: Attempt) -> SafeString:
    rows = f"{attempt.rows:,} deliver{'y' if attempt.rows == 1 else 'ies'}"
    return format_html(
        "This call carried {rows} to Iterable {ago}: {said}",
        rows=rows,
        ago=ago(attempt.started_at),
        said=format_html_join(" ", "{}", [(part,) for part in _said(attempt)]),
    )


def _said(attempt: Attempt) -> list[str]:
    if attempt.status is None:
        return ["no answer came."]
    counts = f"{attempt.accepted:,} accepted, {attempt.refused:,} not."
    return [f"it answered {attempt.status} after {attempt.duration:.3f} s,", counts]
