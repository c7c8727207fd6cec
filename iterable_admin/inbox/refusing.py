"""What is kept of a refused call: one more on the line of its source, its reason, its endpoint and its day."""

from __future__ import annotations

from datetime import UTC

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.views import View
from rest_framework.exceptions import AuthenticationFailed

from iterable_admin.inbox.models import RefusedCall, Source

Why = RefusedCall.Why
SAID = {
    Why.UNSIGNED: (
        "This source signs its calls: send webhook-id (without a dot), webhook-timestamp (in seconds) and webhook-signature, "
        "after the Standard Webhooks scheme."
    ),
    Why.FORGED: "The signature does not fit: sign id, timestamp and the body's raw bytes with one of the source's secrets.",
    Why.EXPIRED: "webhook-timestamp is more than five minutes off: sign the call when it is sent, and mend the clock.",
    Why.REUSED: "This webhook-id was used before: a retry has the same body, a newer webhook-timestamp and its own signature.",
}
LEAKED = "if nobody knows of these calls, the token has leaked: the technical owner revokes it."
MENDS = {
    Why.UNSIGNED: "Whoever runs the caller has it sign; or the technical owner removes the source's secret.",
    Why.FORGED: f"Whoever runs the caller gives it the source's secret; {LEAKED}",
    Why.EXPIRED: "Whoever runs the caller mends its clock, and has it sign when it sends.",
    Why.REUSED: f"Nobody, if the caller repeats itself; {LEAKED}",
    Why.SCOPE: "The technical owner gives the source the scope, or whoever runs the caller has it ask for less.",
    Why.CREDENTIALS: "Whoever runs the caller gives it an active token of the source as its client secret.",
}


# A caller may make up methods, and each would be a line of its own.
METHODS = frozenset(View.http_method_names)


class BadSignature(AuthenticationFailed):
    """The token is good, the signature is not."""

    def __init__(self, source: Source, why: RefusedCall.Why) -> None:
        super().__init__(SAID[why], code=why)
        self.source, self.why = source, why


def count_refusal(source: Source, why: RefusedCall.Why, request: HttpRequest) -> None:
    now = timezone.now()
    found, method = request.resolver_match, str(request.method)
    line, _ = RefusedCall.objects.get_or_create(
        source=source,
        day=now.astimezone(UTC).date(),
        why=why,
        endpoint=f"{method if method.lower() in METHODS else 'OTHER'} {found.route if found else ''}"[:200],
        defaults={"first_at": now, "last_at": now},
    )
    RefusedCall.objects.filter(pk=line.pk).update(count=F("count") + 1, last_at=now)
