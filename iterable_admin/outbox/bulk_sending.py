"""Send profile updates and events: always in bulk, and never at the cost of an innocent row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.endpoints.lists import is_unknown_list
from iterable_admin.iterable.errors import Conflicted, IterableError, Refused, WrongTypes
from iterable_admin.iterable.mismatches import FieldMismatch
from iterable_admin.iterable.offenders import offending_rows
from iterable_admin.iterable.outcomes import BulkResult, Outcome, RowOutcome
from iterable_admin.iterable.writes import Person, ProfileUpdate, TrackedEvent
from iterable_admin.outbox.batching import CallRow, merges_nested
from iterable_admin.outbox.judging import AGAIN, ENDS, STILL_APPLYING, Circumstances, failures_of_their_own, judge
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End, Made, note_call, settle
from iterable_admin.outbox.splitting import judge_crowd, refused_unnamed

EXTRA_CALLS = 8
"""How many calls one batch may cost beyond its own, however much of it is refused."""
Send = Callable[[IterableClient, Sequence[CallRow]], BulkResult]


def send_profiles(client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
    updates = [
        ProfileUpdate(data_fields=row.fields, email=row.first.email, merge_nested_objects=merges_nested(row.first))
        for row in rows
    ]
    update_only = settings.ITERABLE_UPDATE_ONLY and not any(row.first.creates for row in rows)
    create_new_fields = rows[0].first.payload.get("createNewFields")
    return client.users.bulk_update(updates, create_new_fields=create_new_fields, update_only=update_only)


def send_events(client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
    return client.events.track_bulk([_event(row.first.email, row.first.payload) for row in rows])


def send_lists(client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
    """All of one list, and all of them in or all of them out."""
    told = rows[0].first.payload
    if told["joins"]:
        joining = [ProfileUpdate({}, email=row.first.email) for row in rows]
        existing = told.get("updateExistingUsersOnly", False)
        return client.lists.subscribe(told["listId"], joining, update_existing_users_only=existing)
    leaving = [Person(email=row.first.email) for row in rows]
    return client.lists.unsubscribe(told["listId"], leaving, campaign_id=told.get("campaignId"))


def _event(email: str, payload: dict[str, Any]) -> TrackedEvent:
    return TrackedEvent(
        event_name=payload["eventName"],
        data_fields=payload["dataFields"],
        email=email,
        id=payload["id"],
        created_at=payload["createdAt"],
        campaign_id=payload.get("campaignId"),
        template_id=payload.get("templateId"),
        create_new_fields=payload.get("createNewFields"),
    )


class Extra:
    """The calls that one batch may cost beyond its own, and what its refusals have taught about types."""

    def __init__(self) -> None:
        self.left = EXTRA_CALLS
        self.mismatches: list[FieldMismatch] = []

    def spend(self, calls: int = 1) -> bool:
        enough = self.left >= calls
        self.left -= calls if enough else 0
        return enough


def send_batch(client: IterableClient, send: Send, rows: Sequence[CallRow], extra: Extra | None = None) -> IterableError | None:
    """Settled row by row. Returns the error of a call that failed as a whole for everybody."""
    extra = extra or Extra()
    try:
        result = send(client, rows)
    except WrongTypes as error:
        return _without_offenders(client, send, rows, error, extra)
    except Refused as error:
        if is_unknown_list(error):
            _refuse(rows, error, ENDS[Outcome.INVALID], Outcome.INVALID)
            return None
        return _apart(client, send, rows, error, extra)
    except IterableError as error:
        deliveries = _deliveries(rows)
        refused = {row.pk: (type(error).__name__, str(error)) for row in deliveries}
        settle(deliveries, judge_crowd(rows, error), Made(error.call, str(error), refused=refused))
        return error
    _settle_result(rows, result)
    return None


def _without_offenders(
    client: IterableClient, send: Send, rows: Sequence[CallRow], error: WrongTypes, extra: Extra
) -> IterableError | None:
    """Iterable refuses the whole call for one value of the wrong type, but names field, value and expected type."""
    extra.mismatches += error.mismatches
    guilty = offending_rows([row.fields for row in rows], extra.mismatches)
    if not guilty:
        return _apart(client, send, rows, error, extra)
    _refuse([rows[index] for index in sorted(guilty)], error, ENDS[Outcome.WRONG_TYPE], Outcome.WRONG_TYPE)
    innocent = [row for index, row in enumerate(rows) if index not in guilty]
    if not innocent:
        return None
    return send_batch(client, send, innocent, extra) if extra.spend() else _later(innocent, error)


def _apart(client: IterableClient, send: Send, rows: Sequence[CallRow], error: Refused, extra: Extra) -> IterableError | None:
    """The call was refused without a row being named: halve it until the guilty one stands alone."""
    if len(rows) == 1:
        outcome = _outcome_of(error)
        _refuse(rows, error, ENDS[outcome], outcome)
        return None
    # What was not even sent, being too large, cost no call.
    if error.call.status is not None and not extra.spend(2):
        return _later(rows, error)
    deliveries = _deliveries(rows)
    note_call(Made(error.call, str(error), refused={row.pk: ("", "") for row in deliveries}), deliveries)
    middle = len(rows) // 2
    return send_batch(client, send, rows[:middle], extra) or send_batch(client, send, rows[middle:], extra)


def _later(rows: Sequence[CallRow], error: Refused) -> IterableError | None:
    deliveries = _deliveries(rows)
    refused = {row.pk: ("not_named", str(error)) for row in deliveries}
    settle(deliveries, refused_unnamed(rows, error), Made(error.call, str(error), refused=refused))
    return None


def _outcome_of(error: Refused) -> Outcome:
    if isinstance(error, WrongTypes):
        return Outcome.WRONG_TYPE
    return Outcome.CONFLICT if isinstance(error, Conflicted) else Outcome.INVALID


def _refuse(rows: Sequence[CallRow], error: Refused, end: End, outcome: Outcome) -> None:
    deliveries = _deliveries(rows)
    words = End(end.state, end.code, f"{end.reason} Iterable said: {error}")
    refused = {row.pk: (outcome.value, str(error)) for row in deliveries}
    settle(deliveries, {row.pk: words for row in deliveries}, Made(error.call, str(error), refused=refused))


def _settle_result(rows: Sequence[CallRow], result: BulkResult) -> None:
    outcomes = {delivery.pk: outcome for row, outcome in zip(rows, result.rows, strict=True) for delivery in row.deliveries}
    deliveries = _deliveries(rows)
    circumstances = _circumstances(deliveries, outcomes)
    ends = {row.pk: judge(row, outcomes[row.pk], circumstances) for row in deliveries}
    refused = {pk: (outcome.outcome.value, outcome.message) for pk, outcome in outcomes.items() if not _accepted(outcome)}
    settle(deliveries, ends, Made(result.call, notes=notes_of(result), refused=refused))


def _circumstances(deliveries: Sequence[Delivery], outcomes: Mapping[int, RowOutcome]) -> Circumstances:
    missing = [row.lane for row in deliveries if outcomes[row.pk].outcome == Outcome.NOT_FOUND]
    again = [row for row in deliveries if outcomes[row.pk].outcome in AGAIN]
    return Circumstances(timezone.now(), just_created(missing), failures_of_their_own(again))


def _accepted(outcome: RowOutcome) -> bool:
    return outcome.outcome in (Outcome.DELIVERED, Outcome.NO_OP)


def notes_of(result: BulkResult) -> dict[str, list[str]]:
    notes = {
        "created_fields": result.created_fields,
        "filtered_out_fields": result.filtered_out_fields,
        "disallowed_event_names": result.disallowed_event_names,
    }
    return {name: values for name, values in notes.items() if values}


def just_created(lanes: Sequence[str]) -> set[str]:
    accepted = Delivery.objects.filter(lane__in=lanes, creates=True, accepted_at__gte=timezone.now() - STILL_APPLYING)
    return set(accepted.values_list("lane", flat=True))


def _deliveries(rows: Sequence[CallRow]) -> list[Delivery]:
    return [delivery for row in rows for delivery in row.deliveries]
