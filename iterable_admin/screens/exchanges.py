"""The calls made for one delivery, and what one call carried: request and response side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from iterable_admin.outbox.requests_made import Request, request_of
from iterable_admin.screens.curls import request_curl

# A page shows the newest; the list behind its link shows all.
MOST = 50


@dataclass(frozen=True)
class Exchange:
    """One call, with those of its deliveries that the page is about."""

    attempt: Attempt
    deliveries: Sequence[Delivery]
    outcome: str = ""
    message: str = ""

    @cached_property
    def request(self) -> Request | None:
        return request_of(self.attempt, self.deliveries)

    @property
    def curl(self) -> str:
        return request_curl(self.request) if self.request else ""

    @property
    def curl_id(self) -> str:
        return f"curl-{self.attempt.pk}"

    @property
    def complete(self) -> bool:
        return len(self.deliveries) == self.attempt.rows


def exchanges_of(delivery: Delivery, refusals: Sequence[RefusedRow]) -> list[Exchange]:
    """Every attempt that did not deliver it, and the last one, newest first."""
    found = {said.attempt_id: Exchange(said.attempt, [delivery], said.outcome, said.message) for said in refusals}
    last = delivery.last_attempt
    if last is not None and last.pk not in found:
        outcome = "accepted" if delivery.accepted_at else ""
        found[last.pk] = Exchange(last, [delivery], outcome)
    return [found[pk] for pk in sorted(found, reverse=True)]


def exchange_of(attempt: Attempt, refusals: Sequence[RefusedRow]) -> Exchange:
    """Those that it refused, and those of which it is the last: what was retried since and arrived is not told of it."""
    found = {said.delivery_id: said.delivery for said in refusals}
    # Two questions: asked in one, with an or, the database would go through all deliveries.
    found |= {row.pk: row for row in Delivery.objects.filter(last_attempt=attempt).order_by("pk")[:MOST]}
    return Exchange(attempt, [found[pk] for pk in sorted(found)[:MOST]])
