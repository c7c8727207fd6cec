"""The endpoint that Iterable's system webhooks call. Committed, then answered: what it means is worked out afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.intake import schemas
from contacts.intake.accepting import Answer, Arrival, answer_one, arrival_of
from contacts.intake.bodies import parse_json, read_body
from contacts.intake.iterable_webhooks.reading import ARRAYS, NOBODY_LANE, Webhook, read_webhook
from contacts.intake.people import addresses_of, gitlab_user_id
from iterable_admin.inbox.authentication import LooseTokenAuthentication
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, store

TAKEN_FROM_THE_MAIL = "email: missing, taken from the mail's id or from a user id that is an address"


class IterableWebhooks(APIView):
    scope = Source.Scope.SUBSCRIPTIONS_WRITE
    authentication_classes = (LooseTokenAuthentication,)

    @extend_schema(
        operation_id="send_iterable_webhook",
        summary="Iterable's system webhooks: one, or a list of them",
        request=schemas.IterableWebhook,
        responses=schemas.ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        raw = read_body(request)
        body = parse_json(raw)
        bodies = listed(body)
        arrival = arrival_of(request)
        if bodies is None:
            return answer_one(take(arrival, [body], [raw.decode()])[0])
        answers = take(arrival, bodies, [orjson.dumps(item).decode() for item in bodies])
        return Response({"events": [_answer_in_list(answer) for answer in answers]}, status=_status(answers))


def listed(body: Any) -> list[Any] | None:
    """The webhooks of a list; None for one webhook by itself."""
    if isinstance(body, dict) and isinstance(body.get("events"), list) and "eventName" not in body:
        body = body["events"]
    if isinstance(body, dict):
        return None
    if not isinstance(body, list) or not body:
        raise ParseError("Send one JSON object, a system webhook, or a list of them.")
    if len(body) > settings.INTAKE_MAX_EVENTS:
        raise ParseError(f"Send at most {settings.INTAKE_MAX_EVENTS:,} events at once.")
    return body


def take(arrival: Arrival, bodies: Sequence[Any], raws: Sequence[str]) -> list[Answer]:
    webhooks = [read_webhook(body, arrival.received_at) for body in bodies]
    find_addresses(webhooks)
    incoming = [incoming_of(arrival, webhook, raw) for webhook, raw in zip(webhooks, raws, strict=True)]
    stored = store(arrival.source, incoming, arrival.message)
    return [Answer(row, item.errors) for row, item in zip(stored, incoming, strict=True)]


def find_addresses(webhooks: Sequence[Webhook]) -> None:
    """Before a lane is chosen: what comes by user id has to stand among the rest of the same person."""
    nameless = [(webhook, gitlab_user_id(webhook.user_id)) for webhook in webhooks if webhook.identity and not webhook.email]
    known = addresses_of({number for _, number in nameless if number is not None})
    for webhook, number in nameless:
        webhook.email = known.get(number or 0, "")
        if webhook.mailed_to and not webhook.email:
            webhook.email = webhook.mailed_to
            webhook.flags.append(TAKEN_FROM_THE_MAIL)


def incoming_of(arrival: Arrival, webhook: Webhook, raw: str) -> Incoming:
    return Incoming(
        door=Event.Door.ITERABLE,
        lane=webhook.lane or f"{NOBODY_LANE}{uuid.uuid4().hex}",
        name=webhook.name,
        email=webhook.email,
        user_id=webhook.user_id,
        payload=webhook.payload(),
        raw_body=raw,
        content_type=arrival.content_type,
        path=arrival.path,
        request_id=arrival.request_id,
        flags=webhook.flags,
        errors=webhook.errors,
        occurred_at=webhook.created_at,
        withdrawal=webhook.withdraws,
        repeat_key=repeat_key(webhook),
    )


def repeat_key(webhook: Webhook) -> str:
    """Iterable gives its webhooks no id: the same of the same person at the same second is one that was posted again.

    Without a time, or without a name, each is taken for an act of its own.
    """
    if webhook.told_at is None or not webhook.identity:
        return ""
    told = [webhook.name.casefold(), webhook.identity, webhook.told_at.isoformat(), webhook.source]
    told += [str(webhook.details.get(name) or "") for name in ("message_id", "campaign_id", "recipient_state", "url")]
    told += [",".join(map(str, webhook.arrays.get(name, ()))) for name in ARRAYS]
    return "\x1f".join(["iterable", *told])


def _answer_in_list(answer: Answer) -> dict[str, Any]:
    stored = answer.stored
    status = "rejected" if answer.errors else "accepted"
    return {"status": status, "id": str(stored.uuid), "duplicate": stored.duplicate, "errors": answer.errors}


def _status(answers: Sequence[Answer]) -> int:
    """One that is understood makes the list accepted: Iterable would post all of it again."""
    return 422 if all(answer.errors for answer in answers) else 202
