"""One entry of a person's timeline: what happened, in a sentence, with its page and what caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from contacts.consent.models import AddressReport, ProfileObservation, SubscriptionChange
from contacts.models import AddressChange, FieldChange
from contacts.sync.models import SyncRow
from contacts.sync.next_steps import next_step_of_row
from contacts.sync.pages.changes import Line, shown
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import next_step as next_step_of_event
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.next_steps import next_step as next_step_of_delivery
from iterable_admin.screens.contact.causes import Cause

# What is received this long after it happened is told with both moments.
LATE = timedelta(minutes=1)
MOST_NAMED = 4
VERDICTS = {
    "granted": ("done", "Agreed to {target}"),
    "confirmed": ("done", "Confirmed {target} (double opt-in)"),
    "imported": ("done", "Imported: agreed to {target}"),
    "withdrawn": ("skipped", "Withdrew from {target}"),
    "expired": ("skipped", "The agreement to {target} expired"),
    "effective": ("done", "Iterable accepted the opt-out from {target}"),
}
SEEN = {"look_up": "a look-up", "webhook": "a webhook", "export": "an export", "import": "an import", "accepted": "an answer"}
# By array: what it says of the person there.
SAID = {
    "unsubscribed_channel_ids": "out of",
    "unsubscribed_message_type_ids": "out of",
    "subscribed_message_type_ids": "in",
}
# Iterable's id, by kind of thing, to its name.
Names = Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """`words` is the link to `url`, `rest` goes on from there. `note`: why, and what happens next."""

    at: datetime
    pk: int
    kind: str
    state: str
    label: str
    words: str
    url: str
    rest: str = ""
    note: str = ""
    cause: Cause | None = None
    lines: tuple[Line, ...] = ()


def _url(model: str, pk: int) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def of_event(event: Event, kind: str) -> Entry:
    words = event.name or event.get_door_display()
    came = "told by" if event.door == Event.Door.ITERABLE else "from"
    note = next_step_of_event(event) if event.state != Event.State.DONE else ""
    url = _url("inbox_event", event.pk)
    return Entry(
        event.received_at, event.pk, kind, event.state, event.get_state_display(), words, url, f"{came} {event.source}", note
    )


def of_delivery(row: Delivery, kind: str) -> Entry:
    target = row.payload.get("name") or row.payload.get("eventName") or ""
    words = f"{row.get_operation_display()} {target}".strip().capitalize() if not target else f"{_verb(row)} {target}"
    answer = f"HTTP {row.last_attempt.status}" if row.last_attempt and row.last_attempt.status else ""
    rest = f"(delivery {row.pk}{f', {answer}' if answer else ''})"
    note = next_step_of_delivery(row) if row.state != Delivery.State.DELIVERED else ""
    cause = ("erasure" if row.operation == Delivery.Operation.FORGET else row.cause, row.cause_id)
    url = _url("outbox_delivery", row.pk)
    return Entry(row.created_at, row.pk, kind, row.state, row.get_state_display(), words, url, rest, note, cause)


def _verb(row: Delivery) -> str:
    return {"unsubscribe": "Opt-out from", "subscribe": "Opt-in to"}.get(row.operation, "Event")


def of_ledger(row: SubscriptionChange, kind: str) -> Entry:
    state, words = VERDICTS[row.verdict]
    target = row.target_name or row.target_key if row.target != "all_marketing" else "all marketing"
    late = abs(row.received_at - row.occurred_at) > LATE
    learnt = f", learnt {row.received_at:%Y-%m-%d %H:%M} UTC" if late else ""
    rest = f"({row.source}{learnt}), {row.get_basis_display()}"
    url = _url("consent_subscriptionchange", row.pk)
    words = words.format(target=target)
    return Entry(row.occurred_at, row.pk, kind, state, row.verdict, words, url, rest, "", (row.cause, row.cause_id))


def of_sync_row(row: SyncRow, kind: str) -> Entry:
    words = f"{row.run.definition}, run {row.run_id}"
    fields = list(map(str, row.changed_fields))
    rest = f"{row.get_kind_display()}: {_listed(fields)}" if row.kind and fields else row.get_kind_display()
    url = _url("sync_syncrow", row.pk)
    return Entry(row.run.started_at, row.pk, kind, row.state, row.get_state_display(), words, url, rest, next_step_of_row(row))


def of_sight(row: ProfileObservation, kind: str, names: Names) -> Entry:
    how = SEEN.get(row.source, row.source)
    url = _url("consent_profileobservation", row.pk)
    if not row.present:
        return Entry(row.observed_at, row.pk, kind, "skipped", "absent", "Not found in Iterable", url, f"by {how}")
    return Entry(row.observed_at, row.pk, kind, "done", "seen", "Seen in Iterable", url, f"by {how}: {_arrays(row, names)}")


def _arrays(row: ProfileObservation, names: Names) -> str:
    """What differs from a profile that nobody has touched."""
    told = [
        f"{words} {names.get(('channel' if 'channel' in column else 'type', number), f'{number}')}"
        for column, words in SAID.items()
        for number in getattr(row, column)
    ]
    lists = len(row.list_ids)
    told += [f"on {lists} list{'' if lists == 1 else 's'}"] if lists else []
    return ", ".join(told) if told else "nothing set"


def of_report(row: AddressReport, kind: str) -> Entry:
    words = row.get_kind_display().capitalize()
    url = _url("consent_addressreport", row.pk)
    return Entry(
        row.occurred_at, row.pk, kind, "failed", "reported", words, url, "of this address", "", (row.cause, row.cause_id)
    )


def of_move(row: AddressChange, kind: str) -> Entry:
    words = "Change of address" if row.one_person else "Two people, one address"
    note = row.reason or ("A worker changes it in Iterable next; both addresses wait for it." if row.state == "pending" else "")
    cause = _of_field(row.cause, row.cause_id)
    url = _url("contacts_addresschange", row.pk)
    rest = f"of GitLab user {row.gitlab_user_id or '(erased)'}"
    return Entry(row.noticed_at, row.pk, kind, row.state, row.get_state_display(), words, url, rest, note, cause)


def of_fields(rows: Sequence[FieldChange], kind: str) -> Entry:
    """What one cause changed. The last row's id is where the next page begins."""
    last = rows[-1]
    names = [row.field for row in reversed(rows)]
    words = f"{_listed(names)} changed"
    lines = tuple(Line(row.field, shown(row.old), shown(row.new)) for row in reversed(rows))
    cause = _of_field(last.cause, last.cause_id)
    url = _url("contacts_fieldchange", last.pk)
    return Entry(last.changed_at, last.pk, kind, "done", "changed", words, url, "", "", cause, lines)


def _of_field(cause: str, cause_id: str) -> Cause:
    """The history of fields and addresses names the run, not its row."""
    return ("run" if cause == "sync" else cause, cause_id)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join([*names[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
