"""Calls for one person each: look-ups, subscriptions, and forgetting. Several leave side by side, each settled by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from typing import Any

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Conflicted, IterableError, NotThere, Refused
from iterable_admin.iterable.identity import ProjectType
from iterable_admin.iterable.outcomes import Outcome
from iterable_admin.iterable.writes import Person, SubscriptionUpdate
from iterable_admin.outbox.changing_addresses import end_of, not_before_it_shows
from iterable_admin.outbox.enqueueing import CHANNEL
from iterable_admin.outbox.judging import DELIVERED, ENDS, judge_failure
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End, Made, note_steps, settle
from iterable_admin.outbox.turns import Halted, NoTurn, heed, stop_if_halted

AT_ONCE = 8
# Seconds between two looks at whether another worker was refused.
STEP = 0.1
Answer = tuple[Call, dict[str, Any]]
# The list takes the calls that lead up to the one that is answered: every call leaves an Attempt.
Perform = Callable[[IterableClient, Delivery, list[Made]], Answer]


def look_up(client: IterableClient, row: Delivery, _before: list[Made]) -> Answer:
    if _goes_by_user_id(client, row):
        user, call = client.users.by_user_id(row.user_id)
        return call, {"present": user is not None and user.email == row.email}
    user, call = client.users.by_email(row.email)
    return call, {"present": user is not None, "user": user, "asked_at": call.started_at}


def _goes_by_user_id(client: IterableClient, row: Delivery) -> bool:
    return client.project_type is ProjectType.USER_ID and bool(row.user_id)


def unsubscribe(client: IterableClient, row: Delivery, before: list[Made]) -> Answer:
    if _goes_by_user_id(client, row):
        return client.subscriptions.unsubscribe(row.payload["group"], row.payload["id"], user_id=row.user_id), {}
    try:
        return client.subscriptions.unsubscribe(row.payload["group"], row.payload["id"], row.email), {}
    except NotThere as error:
        before.append(_refused(row, error))
        return _rewrite(client, row, before, subscribed=False), {}


def subscribe(client: IterableClient, row: Delivery, before: list[Made]) -> Answer:
    try:
        return client.subscriptions.subscribe(row.payload["group"], row.payload["id"], row.email), {}
    except NotThere as error:
        before.append(_refused(row, error))
        return _rewrite(client, row, before, subscribed=True), {}


def overwrite(client: IterableClient, row: Delivery, _before: list[Made]) -> Answer:
    arrays = row.payload["arrays"]
    update = SubscriptionUpdate(
        email=row.email,
        email_list_ids=arrays.get("emailListIds"),
        unsubscribed_channel_ids=arrays.get("unsubscribedChannelIds"),
        unsubscribed_message_type_ids=arrays.get("unsubscribedMessageTypeIds"),
        subscribed_message_type_ids=arrays.get("subscribedMessageTypeIds"),
        campaign_id=arrays.get("campaignId"),
        template_id=arrays.get("templateId"),
        validate_channel_alignment=arrays.get("validateChannelAlignment"),
    )
    return client.subscriptions.update(update), {}


def forget(client: IterableClient, row: Delivery, _before: list[Made]) -> Answer:
    return client.users.forget(Person(email=row.email)), {}


def _rewrite(client: IterableClient, row: Delivery, before: list[Made], *, subscribed: bool) -> Call:
    """The subscriptions family answers 404 until Iterable enables it for a project: read, change, and write back.

    updateSubscriptions replaces every list that it is given, so only the list concerned is written; the lane keeps
    anything else of ours away from this person meanwhile.
    """
    user, read = client.users.by_email(row.email)
    before.append(Made(read))
    target = row.payload["id"]
    if row.payload["group"] == CHANNEL:
        out = _edited(user.unsubscribed_channel_ids if user else [], target, present=not subscribed)
        update = SubscriptionUpdate(email=row.email, unsubscribed_channel_ids=out)
    else:
        opted_in = _edited(user.subscribed_message_type_ids if user else [], target, present=subscribed)
        opted_out = _edited(user.unsubscribed_message_type_ids if user else [], target, present=not subscribed)
        # Which of the two counts depends on the type's policy; both are kept true, so either reading agrees.
        update = SubscriptionUpdate(
            email=row.email,
            subscribed_message_type_ids=opted_in,
            unsubscribed_message_type_ids=opted_out,
            # Somebody out of the channel keeps this preference; the channel wins all the same.
            validate_channel_alignment=False,
        )
    return client.subscriptions.update(update)


def _edited(ids: Sequence[int], target: int, *, present: bool) -> list[int]:
    return sorted({*ids, target} if present else {*ids} - {target})


def send_each(client: IterableClient, perform: Perform, rows: Sequence[Delivery]) -> IterableError | None:
    """Each row its own call. Returns an error that concerns everybody (a refused key), if there was one.

    After a refused key, here or with another worker, no further call is made: repeated 401s bring 429s elsewhere. The
    rows left over are not settled.
    """
    stops: list[Exception] = []
    before: dict[int, list[Made]] = {row.pk: [] for row in rows}

    def ask(row: Delivery) -> Answer | IterableError | None:
        return None if stops else _try(partial(perform, client, row, before[row.pk]), stops)

    with ThreadPoolExecutor(min(AT_ONCE, len(rows))) as pool:
        # Each with the context of the drain, which holds the turns that were taken for it.
        asked = [pool.submit(copy_context().run, ask, row) for row in rows]
        while not stops and wait(asked, STEP).not_done:
            _stop_with_the_others(stops)
        # At once, while other calls of ours may still be under way: nobody else begins one.
        for error in stops[:1]:
            if isinstance(error, IterableError):
                heed(error.call.endpoint, error)
        answers = [future.result() for future in asked]
    for row in rows:
        note_steps(row, before[row.pk])
    pairs = [(row, answer) for row, answer in zip(rows, answers, strict=True) if answer is not None]
    if pairs:
        settle(
            [row for row, _ in pairs],
            {row.pk: _end(row, answer) for row, answer in pairs},
            {row.pk: _made(row, answer) for row, answer in pairs},
            {row.pk: answer[1] for row, answer in pairs if not isinstance(answer, IterableError)},
        )
    errors = [answer for _, answer in pairs if isinstance(answer, IterableError)]
    # A refused key concerns everybody, too many calls all of this kind: both go before what concerns one person.
    return min(errors, key=lambda error: (not isinstance(error, Misconfigured), error.call.status != 429), default=None)


def _stop_with_the_others(stops: list[Exception]) -> None:
    try:
        stop_if_halted()
    except Halted as error:
        stops.append(error)


def _try(call: Callable[[], Answer], stops: list[Exception]) -> Answer | IterableError | None:
    try:
        return call()
    except (NoTurn, Halted):
        return None
    except IterableError as error:
        if isinstance(error, Misconfigured):
            stops.append(error)
        return error


def _made(row: Delivery, answer: Answer | IterableError) -> Made:
    return _refused(row, answer) if isinstance(answer, IterableError) else Made(answer[0])


def _refused(row: Delivery, error: IterableError) -> Made:
    return Made(error.call, str(error), refused={row.pk: (type(error).__name__, str(error))})


def _end(row: Delivery, answer: Answer | IterableError) -> End:
    if not isinstance(answer, IterableError):
        return end_of(row, answer[1].get("ended", "")) or DELIVERED
    end = _judge(row, answer)
    return not_before_it_shows(end) if row.operation == Delivery.Operation.CHANGE_ADDRESS else end


def _judge(row: Delivery, error: IterableError) -> End:
    if isinstance(error, Conflicted):
        # A 409 on these single-user writes is, besides a clash of identities, the answer for a forgotten person.
        forgotten = "forgot" in f"{error.code} {error}".lower()
        return ENDS[Outcome.FORGOTTEN if forgotten else Outcome.CONFLICT]
    if isinstance(error, Refused):
        return End(Delivery.State.NEEDS_YOU, "permanent", f"Iterable refused this: {error}")
    return judge_failure(row, error)
